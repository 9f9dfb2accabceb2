"""What every test may use."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.fixtures", "tests.support.database", "tests.support.run_order"]

# A law is broken by an example, never by a machine that is busy with other things.
NO_DEADLINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", NO_DEADLINE, max_examples=25)
settings.register_profile("thorough", NO_DEADLINE, max_examples=1_000)
settings.load_profile("patient")
