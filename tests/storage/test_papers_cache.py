"""The newest day's numbers: kept for a moment, and never older than what this process took in."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from digest.model.clock import FixedClock
from digest.services.archive import ReportSummary
from digest.storage import Store, open_store, papers
from digest.storage.papers import ReportSummaryCache
from tests.support.database import TODAY, make_paper, save_report

OLD_DAY = ReportSummary(date=date(2026, 1, 23), paper_count=1, new_count=1, domain_counts={})
NEW_DAY = ReportSummary(date=date(2026, 1, 24), paper_count=2, new_count=2, domain_counts={})


def returns_in_turn(*days: ReportSummary | None) -> Callable[[], Awaitable[ReportSummary | None]]:
    """Return what reads these, one after the other."""
    left = list(days)

    async def read_next() -> ReportSummary | None:
        return left.pop(0)

    return read_next


async def test_what_was_read_is_kept_for_a_moment() -> None:
    kept, read = ReportSummaryCache(), returns_in_turn(OLD_DAY, NEW_DAY)

    assert [await kept.get(read) for _ in range(3)] == [OLD_DAY] * 3


async def test_that_there_is_no_report_is_kept_too() -> None:
    kept, read = ReportSummaryCache(), returns_in_turn(None, NEW_DAY)

    assert [await kept.get(read) for _ in range(2)] == [None, None]


async def test_after_a_while_and_after_a_change_it_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, read = ReportSummaryCache(), returns_in_turn(OLD_DAY, NEW_DAY, OLD_DAY)
    await kept.get(read)

    kept.invalidate()
    changed = await kept.get(read)
    monkeypatch.setattr(papers, "monotonic", lambda: kept._fresh_until)  # noqa: SLF001 - the moment at which it ends
    later = await kept.get(read)

    assert (changed, later) == (NEW_DAY, OLD_DAY)


async def test_what_was_being_read_during_a_change_is_not_kept() -> None:
    kept = ReportSummaryCache()

    async def read_while_it_changes() -> ReportSummary | None:
        kept.invalidate()
        return OLD_DAY

    first = await kept.get(read_while_it_changes)
    second = await kept.get(returns_in_turn(NEW_DAY))

    assert (first, second) == (OLD_DAY, NEW_DAY)


async def test_a_report_counts_at_once(store: Store) -> None:
    before = await store.papers.latest_summary()
    await save_report(store, TODAY, make_paper(1, "robotics"))
    one = await store.papers.latest_summary()
    await save_report(store, TODAY, make_paper(2, "robotics"), name="second")
    two = await store.papers.latest_summary()

    assert before is None
    assert (one and one.domain_counts, two and two.domain_counts) == ({"robotics": 1}, {"robotics": 2})


async def test_a_report_of_another_process_counts_after_a_while(
    store: Store, url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers, "CACHE_SECONDS", 0.0)
    await store.papers.latest_summary()
    other = await open_store(url, clock)
    await save_report(other, TODAY, make_paper(1))
    await other.close()

    day = await store.papers.latest_summary()

    assert day is not None
    assert day.paper_count == 1
