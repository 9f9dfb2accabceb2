"""What a run of five thousand tests spares itself: work that is the same in each of them."""

import gc
import signal
from types import FrameType
from typing import NoReturn

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util import LRUCache

SLOW_TESTS = (
    "tests/e2e/",
    "tests/faults/test_faults.py::test_the_rows",
    "tests/faults/test_faults.py::test_a_safeguard",
    "tests/e2e/test_bounces_over_days.py",
    "tests/test_docs.py::test_the_commands_of_a_page",
    "tests/web/test_log_secrets.py",
)
"""Where the tests stand that run whole programs."""

SPREAD_FRACTION = 0.6

_COMPILED_CACHE: LRUCache[object, object] = LRUCache(2_000)
"""SQL by its statement. SQLAlchemy keeps one for each engine, and nearly every test has two engines."""


def pytest_configure() -> None:
    """Set up what holds for the whole run."""
    # asyncio's runner, which each test and fixture goes through, describes its task at length to put its own
    # handler in the place of Python's. It leaves any other handler where it is.
    signal.signal(signal.SIGINT, _raise_interrupt)
    # A compiled statement belongs to its dialect, and is found only by the same one.
    SQLiteDialect_aiosqlite.__eq__ = _is_same_type  # type: ignore[method-assign]
    SQLiteDialect_aiosqlite.__hash__ = _type_hash  # type: ignore[method-assign, assignment]
    event.listen(Engine, "engine_connect", _share_compiled_cache)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread tests that mostly wait over the first part of the run, whatever the order of all the others.

    Several at once would leave the processors idle; at the end all would wait for the last of them.
    """
    waiting = [item for item in items if item.nodeid.startswith(SLOW_TESTS)]
    others = [item for item in items if not item.nodeid.startswith(SLOW_TESTS)]
    if waiting and others:
        step = int(len(others) * SPREAD_FRACTION) // len(waiting)
        for number, item in enumerate(waiting):
            others.insert(number * (step + 1), item)
        items[:] = others


def pytest_collection_finish() -> None:
    """Keep the garbage collector away from modules and tests, which live as long as the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _raise_interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _is_same_type(one: object, other: object) -> bool:
    return type(one) is type(other)


def _type_hash(one: object) -> int:
    return hash(type(one))


def _share_compiled_cache(connection: Connection) -> None:
    connection.engine._compiled_cache = _COMPILED_CACHE  # type: ignore[assignment] # noqa: SLF001 - it has no setting
