"""What every test may use."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.fixtures", "tests.support.stores"]

# A law is broken by an example, never by a machine that is busy with other things.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
