"""The newest day's numbers: kept for a moment, and never older than what this process took in."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from digest.archive import Day
from digest.clock import SetClock
from digest.store import Store, newest, open_store
from digest.store.newest import Newest
from tests.support.stores import TODAY, a_paper, take_in

OLD = Day(date=date(2026, 1, 23), papers=1, new=1, domains={})
NEW = Day(date=date(2026, 1, 24), papers=2, new=2, domains={})


def giving(*days: Day | None) -> Callable[[], Awaitable[Day | None]]:
    """Give what reads these, one after the other."""
    left = list(days)

    async def read() -> Day | None:
        return left.pop(0)

    return read


async def test_what_was_read_is_kept_for_a_moment() -> None:
    kept, read = Newest(), giving(OLD, NEW)

    assert [await kept.day(read) for _ in range(3)] == [OLD] * 3


async def test_that_there_is_no_report_is_kept_too() -> None:
    kept, read = Newest(), giving(None, NEW)

    assert [await kept.day(read) for _ in range(2)] == [None, None]


async def test_after_a_while_and_after_a_change_it_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, read = Newest(), giving(OLD, NEW, OLD)
    await kept.day(read)

    kept.forget()
    changed = await kept.day(read)
    monkeypatch.setattr(newest, "monotonic", lambda: kept._fresh_until)  # noqa: SLF001 - the moment at which it ends
    later = await kept.day(read)

    assert (changed, later) == (NEW, OLD)


async def test_what_was_being_read_during_a_change_is_not_kept() -> None:
    kept = Newest()

    async def read_while_it_changes() -> Day | None:
        kept.forget()
        return OLD

    first = await kept.day(read_while_it_changes)
    second = await kept.day(giving(NEW))

    assert (first, second) == (OLD, NEW)


async def test_a_report_counts_at_once(store: Store) -> None:
    before = await store.papers.day()
    await take_in(store, TODAY, a_paper(1, "robotics"))
    one = await store.papers.day()
    await take_in(store, TODAY, a_paper(2, "robotics"), name="second")
    two = await store.papers.day()

    assert before is None
    assert (one and one.domains, two and two.domains) == ({"robotics": 1}, {"robotics": 2})


async def test_a_report_of_another_process_counts_after_a_while(
    store: Store, url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "FRESH_SECONDS", 0.0)
    await store.papers.day()
    other = await open_store(url, clock)
    await take_in(other, TODAY, a_paper(1))
    await other.close()

    day = await store.papers.day()

    assert day is not None
    assert day.papers == 1
