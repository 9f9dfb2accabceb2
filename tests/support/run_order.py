"""The order of the tests in a run, and an end for a test whose teardown hangs."""

import faulthandler
import sys

import pytest

SLOW_TESTS = (
    "tests/e2e/",
    "tests/faults/test_faults.py::test_the_rows",
    "tests/faults/test_faults.py::test_a_safeguard",
    "tests/test_docs.py::test_the_commands_of_a_page",
    "tests/web/test_log_secrets.py",
)
"""Where the tests are that run whole programs."""

SPREAD_FRACTION = 0.6

TEARDOWN_TIMEOUT = 120.0
"""Seconds that the teardown of a failed test may take."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread tests that mostly wait over the first part of the run, whatever the order of all others.

    Several at once would leave the processors idle; at the end, all would wait for the last of them.
    """
    waiting = [item for item in items if item.nodeid.startswith(SLOW_TESTS)]
    others = [item for item in items if not item.nodeid.startswith(SLOW_TESTS)]
    if waiting and others:
        step = int(len(others) * SPREAD_FRACTION) // len(waiting)
        for number, item in enumerate(waiting):
            others.insert(number * (step + 1), item)
        items[:] = others


@pytest.hookimpl(trylast=True)
def pytest_exception_interact() -> None:
    """Limit the teardown of a failed test: pytest-timeout stops its clock at the failure.

    A worker that hangs there is ended with its stacks, so that the run goes on and says which test it was.
    """
    faulthandler.dump_traceback_later(TEARDOWN_TIMEOUT, exit=True, file=sys.__stderr__ or sys.stderr)


def pytest_runtest_logfinish() -> None:
    """End the limit of a teardown that has ended."""
    faulthandler.cancel_dump_traceback_later()
