"""Taking reports in, on the real store with the real parser and taxonomy."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.model import Paper, Section
from digest.model.clock import FixedClock
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report
from digest.services.archive import Archive, PaperChange
from digest.storage import Store
from tests.render.email.sample_emails import seed_taxonomy
from tests.support.database import TODAY
from tests.support.report_parsing import parse_in_process

SEED = Path("seeds/2026-01-24.md").read_bytes()
SATURDAY = date(2026, 1, 24)
SUNDAY = date(2026, 1, 25)


@pytest.fixture
def archive(store: Store, clock: FixedClock) -> Archive:
    """Return the archive of the store."""
    return Archive(store=store.papers, taxonomy=seed_taxonomy(), clock=clock, parse=parse_in_process)


def make_report(day: date | None, *papers: tuple[str, str]) -> bytes:
    """Write a report; each paper is an arXiv id and what it contributes."""
    head = ["# Hugging Face Daily Papers Report", f"**Date**: {day}" if day else ""]
    entries = [
        f"""{"=" * 80}
## 📄 The paper {name}
- **链接**: https://huggingface.co/papers/{name}
- **阅读来源**: HTML

### 1. 应用领域
机器人

### 2. 一句话核心贡献
{text}
"""
        for name, text in papers
    ]
    return "\n".join([*head, *entries]).encode()


async def stored_contribution(archive: Archive, paper: str) -> str:
    """Return what the archive holds as a paper's contribution."""
    seen = await archive.find_paper(paper)
    assert seen is not None
    return seen.paper.sections[Section.CONTRIBUTION]


async def test_the_seed_is_taken_in_whole(archive: Archive) -> None:
    taken = await archive.ingest(SEED)

    day = await archive.latest_summary()
    assert (taken.date, taken.new, taken.updated, taken.unchanged) == (SATURDAY, 27, 0, 0)
    assert day is not None
    assert (day.date, day.paper_count, day.new_count) == (SATURDAY, 27, 27)
    assert sum(day.domain_counts.values()) >= 27


async def test_a_paper_comes_back_as_it_was_read(archive: Archive) -> None:
    await archive.ingest(SEED)
    read = {paper.id: archive.classify(paper) for paper in parse_report(SEED).papers}

    kept = await archive.get_many([*read, "2601.99999"])

    assert kept == read


async def test_the_same_bytes_again_change_nothing(archive: Archive, store: Store) -> None:
    await archive.ingest(SEED, name="2026-01-24.md")
    before = await store.stats.load_stats()

    again = await archive.ingest(SEED, name="2026-01-24.md")

    assert again.already_ingested
    assert (again.new, again.updated, again.unchanged) == (0, 0, 27)
    assert await store.stats.load_stats() == before


async def test_an_edited_report_updates_the_text_and_keeps_first_seen(archive: Archive, clock: FixedClock) -> None:
    await archive.ingest(make_report(SATURDAY, ("2601.00001", "first"), ("2601.00002", "same")))
    clock.advance(timedelta(days=3))

    taken = await archive.ingest(make_report(SATURDAY, ("2601.00001", "second"), ("2601.00002", "same")))

    seen = await archive.find_paper("2601.00001")
    assert (taken.new, taken.updated, taken.unchanged) == (0, 1, 1)
    assert seen is not None
    assert seen.paper.sections[Section.CONTRIBUTION] == "second"
    assert (seen.first_date, seen.report_dates) == (SATURDAY, (SATURDAY,))


async def test_an_edit_that_is_taken_back_is_taken_back(archive: Archive) -> None:
    first, second = (make_report(SATURDAY, ("2601.00001", text)) for text in ("first", "second"))

    ends = [await archive.ingest(data, name="report.md") for data in (first, second, first)]

    assert [(end.already_ingested, end.updated) for end in ends] == [(False, 0), (False, 1), (False, 1)]
    assert await stored_contribution(archive, "2601.00001") == "first"


async def test_two_files_of_one_date_stand_beside_each_other(archive: Archive, store: Store) -> None:
    morning = make_report(SATURDAY, ("2601.00001", "morning"))
    evening = make_report(SATURDAY, ("2601.00001", "evening"), ("2601.00002", "late"))
    await archive.ingest(morning, name="2026-01-24.md")
    await archive.ingest(evening, name="2026-01-24-evening.md")

    again = [
        await archive.ingest(morning, name="2026-01-24.md"),
        await archive.ingest(evening, name="2026-01-24-evening.md"),
    ]

    assert [end.already_ingested for end in again] == [True, True]
    assert await stored_contribution(archive, "2601.00001") == "evening"
    assert (await store.stats.load_stats()).reports == 1


async def test_the_same_paper_under_two_dates_has_the_text_of_the_newer(archive: Archive) -> None:
    await archive.ingest(make_report(SUNDAY, ("2601.00001", "sunday")))

    older = await archive.ingest(make_report(SATURDAY, ("2601.00001", "saturday")))

    seen = await archive.find_paper("2601.00001")
    assert (older.new, older.updated) == (0, 1)
    assert seen is not None
    assert seen.paper.sections[Section.CONTRIBUTION] == "sunday"
    assert seen.report_dates == (SATURDAY, SUNDAY)


async def test_an_older_edit_does_not_undo_a_newer_text(archive: Archive) -> None:
    await archive.ingest(make_report(SATURDAY, ("2601.00001", "first")))
    await archive.ingest(make_report(SUNDAY, ("2601.00001", "newer")))

    await archive.ingest(make_report(SATURDAY, ("2601.00001", "edited late")))

    assert await stored_contribution(archive, "2601.00001") == "newer"


async def test_first_seen_is_the_first_report_that_told_of_it(archive: Archive) -> None:
    await archive.ingest(make_report(SATURDAY, ("2601.00001", "text")))
    await archive.ingest(make_report(SUNDAY, ("2601.00001", "text"), ("2601.00002", "text")))

    first, second = await archive.find_paper("2601.00001"), await archive.find_paper("2601.00002")
    day = await archive.latest_summary()

    assert first is not None
    assert second is not None
    assert (first.first_date, second.first_date) == (SATURDAY, SUNDAY)
    assert day is not None
    assert (day.paper_count, day.new_count) == (2, 1)


async def test_a_version_of_the_id_is_the_same_paper(archive: Archive) -> None:
    await archive.ingest(make_report(SATURDAY, ("2601.00001v1", "text")))

    taken = await archive.ingest(make_report(SUNDAY, ("2601.00001v2", "text")))

    assert (taken.new, taken.updated) == (0, 1)


async def test_without_a_date_in_the_report_its_name_tells(archive: Archive) -> None:
    taken = await archive.ingest(make_report(None, ("2601.00001", "text")), name="papers-2026-01-24.md")

    assert taken.date == SATURDAY


@pytest.mark.parametrize("name", ["", "today.md", "2026-13-45.md"])
async def test_without_any_date_it_is_no_report(archive: Archive, name: str) -> None:
    with pytest.raises(InvalidReport, match="no date"):
        await archive.ingest(make_report(None, ("2601.00001", "text")), name=name)


async def test_tomorrow_has_begun_somewhere_and_the_day_after_has_not(archive: Archive) -> None:
    await archive.ingest(make_report(TODAY + timedelta(days=1), ("2601.00001", "text")))

    with pytest.raises(InvalidReport, match="future"):
        await archive.ingest(make_report(TODAY + timedelta(days=2), ("2601.00001", "text")))


async def test_a_date_before_arxiv_is_a_slip_and_harms_nothing(archive: Archive, store: Store) -> None:
    with pytest.raises(InvalidReport, match="before arXiv"):
        await archive.ingest(make_report(date(1, 1, 1), ("2601.00001", "text")))

    assert await store.editions.current_edition() is None


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 99, b"<html></html>", b'{"papers": []}'])
async def test_what_is_no_report_leaves_the_store_unchanged(archive: Archive, store: Store, data: bytes) -> None:
    with pytest.raises(InvalidReport):
        await archive.ingest(data, name="2026-01-24.md")

    assert (await store.stats.load_stats()).reports == 0


async def test_another_taxonomy_classifies_every_paper_again_and_once(archive: Archive, store: Store) -> None:
    await archive.ingest(SEED)

    def anew(paper: Paper) -> tuple[str, ...]:
        return ("everything-new", paper.id)

    counts = [await store.papers.reclassify(anew, "second taxonomy") for _ in range(2)]

    seen = await archive.find_paper("2601.15876")
    assert counts == [27, 0]
    assert seen is not None
    assert seen.paper.domains == ("everything-new", "2601.15876")


async def test_an_unknown_paper_is_none(archive: Archive) -> None:
    assert await archive.find_paper("2601.15876") is None
    assert await archive.get_many([]) == {}
    assert await archive.latest_summary() is None


async def test_a_thousand_papers_are_looked_up_at_once(archive: Archive) -> None:
    names = [f"2601.{number:05}" for number in range(1200)]
    await archive.ingest(make_report(SATURDAY, *((name, "text") for name in names)))

    found = await archive.get_many(names)

    assert len(found) == 1200


async def test_when_it_was_first_seen_is_written_once(archive: Archive, store: Store, clock: FixedClock) -> None:
    await archive.ingest(make_report(SUNDAY, ("2601.00001", "text")))
    clock.advance(timedelta(days=1))
    await archive.ingest(make_report(TODAY, ("2601.00001", "text")))

    edition = await store.editions.current_edition()

    assert edition is not None
    assert edition.date == TODAY
    assert [candidate.date for candidate in edition.candidates] == [SUNDAY]


async def test_an_outline_tells_what_taking_in_would_do_and_does_nothing(archive: Archive) -> None:
    await archive.ingest(make_report(SATURDAY, ("2601.00001", "one"), ("2601.00002", "two")), name="a.md")
    edited = make_report(SATURDAY, ("2601.00001", "one"), ("2601.00002", "changed"), ("2601.00003", "new"))

    outline = await archive.preview_ingest(edited, name="a.md")
    taken = await archive.ingest(edited, name="a.md")

    assert outline.paper_changes == (PaperChange.UNCHANGED, PaperChange.UPDATED, PaperChange.NEW)
    assert outline.titles == ("The paper 2601.00001", "The paper 2601.00002", "The paper 2601.00003")
    assert (outline.date, outline.added_count, outline.has_changes) == (SATURDAY, 1, True)
    assert outline.domain_counts == {"robotics": 3}
    assert (taken.new, taken.updated, taken.unchanged) == (1, 1, 1)


async def test_an_outline_of_what_is_there_changes_nothing_under_any_name(archive: Archive) -> None:
    report = make_report(SATURDAY, ("2601.00001", "one"))
    await archive.ingest(report, name="a.md")

    same, elsewhere = [await archive.preview_ingest(report, name=name) for name in ("a.md", "b.md")]

    assert (same.already_ingested, same.has_changes) == (True, False)
    assert (elsewhere.already_ingested, elsewhere.has_changes) == (False, False)


async def test_an_outline_of_a_day_that_only_repeats_changes_that_day(archive: Archive) -> None:
    await archive.ingest(make_report(SATURDAY, ("2601.00001", "one")))

    outline = await archive.preview_ingest(make_report(SUNDAY, ("2601.00001", "one")))

    assert (outline.paper_changes, outline.added_count, outline.has_changes) == ((PaperChange.UNCHANGED,), 1, True)


@pytest.mark.parametrize("data", [b"", b"\x00\x01" * 99, b"<html></html>"])
async def test_an_outline_of_no_report_is_refused_as_taking_in_is(archive: Archive, data: bytes) -> None:
    with pytest.raises(InvalidReport):
        await archive.preview_ingest(data, name="2026-01-24.md")
