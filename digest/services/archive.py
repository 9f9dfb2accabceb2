"""The papers and reports that came so far: taking reports in, looking papers up, counting."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from digest.model import Paper, Problem, Report
from digest.model.clock import Clock
from digest.model.errors import InvalidReport
from digest.papers.domains import Taxonomy

_DATE_IN_NAME = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MAX_AHEAD = timedelta(days=1)
"""The day has begun somewhere on Earth at most so much before it begins in UTC."""

_MIN_DATE = date(1991, 8, 14)
"""arXiv's first day; no report can be older."""


class PaperChange(StrEnum):
    """What a report's arrival did to one paper."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What taking a report in did; ``already_ingested`` True: these very bytes were this file's last word."""

    date: date
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    already_ingested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestPreview:
    """What a report holds and what it would do to each paper, in order, before anything is stored.

    ``domain_counts`` counts its papers by slug, ``added_count`` those that its date does not have yet.
    ``already_ingested`` is as in ``IngestResult``.
    """

    date: date
    titles: tuple[str, ...]
    paper_changes: tuple[PaperChange, ...]
    domain_counts: Mapping[str, int]
    added_count: int
    problems: tuple[Problem, ...] = ()
    already_ingested: bool = False

    def count(self, change: PaperChange) -> int:
        """Count the papers to which this would happen."""
        return self.paper_changes.count(change)

    @property
    def has_changes(self) -> bool:
        """Return whether taking it in would change anything."""
        return not self.already_ingested and (
            self.added_count > 0 or self.count(PaperChange.UNCHANGED) < len(self.paper_changes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPaper:
    """A paper as the archive holds it: its newest text, when it was first seen, and on which days."""

    paper: Paper
    first_date: date
    report_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSummary:
    """The newest report's day in numbers: its papers, those never seen before, and papers per slug."""

    date: date
    paper_count: int
    new_count: int
    domain_counts: Mapping[str, int]


class PaperStore(Protocol):
    """What the archive needs of the store."""

    async def last_checksum(self, day: date, name: str) -> str | None:
        """Return the checksum of the report last taken in for a date under a file name."""
        ...

    async def save_report(
        self, day: date, name: str, report: Report, checksum: str, at: datetime
    ) -> Sequence[PaperChange]:
        """Store a classified report in one transaction; give what happened to each paper, in order."""
        ...

    async def preview_changes(self, day: date, report: Report) -> Sequence[PaperChange]:
        """Return what ``save_report`` would do to each paper; store nothing."""
        ...

    async def paper_ids_on(self, day: date) -> Collection[str]:
        """Return the ids of the papers that a date's reports hold."""
        ...

    async def find_paper(self, paper_id: str) -> ArchivedPaper | None:
        """Return one paper with its newest text."""
        ...

    async def get_many(self, paper_ids: Sequence[str]) -> Mapping[str, Paper]:
        """Return papers by id, with their newest text; unknown ids are absent."""
        ...

    async def latest_summary(self) -> ReportSummary | None:
        """Return the numbers of the newest report's day."""
        ...

    async def reclassify(self, classify: Callable[[Paper], tuple[str, ...]], fingerprint: str) -> int:
        """Classify every paper again unless ``fingerprint`` is what they were classified with; count them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Takes reports in and answers about papers.

    ``parse`` turns bytes into a report, outside the event loop, and raises ``InvalidReport``.
    """

    store: PaperStore
    taxonomy: Taxonomy
    clock: Clock
    parse: Callable[[bytes], Awaitable[Report]]

    async def ingest(self, data: bytes, *, name: str = "") -> IngestResult:
        """Take one report in; the same bytes again change nothing, an edited report updates texts.

        The date is the report's own, or else one in the file's ``name``. Two files of one date stand beside
        each other; the one taken in last has the word on a paper that both hold. Raises ``InvalidReport``
        where the bytes are no report, where no date can be had, and where it lies in the future or before
        arXiv.
        """
        report, day, checksum = await self._parse_and_classify(data, name)
        if await self.store.last_checksum(day, name) == checksum:
            return IngestResult(date=day, unchanged=len(report.papers), problems=report.problems, already_ingested=True)
        changes = await self.store.save_report(day, name, report, checksum, self.clock())
        return IngestResult(
            date=day,
            new=changes.count(PaperChange.NEW),
            updated=changes.count(PaperChange.UPDATED),
            unchanged=changes.count(PaperChange.UNCHANGED),
            problems=report.problems,
        )

    async def preview_ingest(self, data: bytes, *, name: str = "") -> IngestPreview:
        """Return what ingesting a report would do; store nothing.

        Raises ``InvalidReport`` as ``ingest``.
        """
        report, day, checksum = await self._parse_and_classify(data, name)
        there = await self.store.paper_ids_on(day)
        return IngestPreview(
            date=day,
            titles=tuple(paper.title for paper in report.papers),
            paper_changes=tuple(await self.store.preview_changes(day, report)),
            domain_counts=Counter(slug for paper in report.papers for slug in paper.domains),
            added_count=sum(paper.id not in there for paper in report.papers),
            problems=report.problems,
            already_ingested=await self.store.last_checksum(day, name) == checksum,
        )

    async def _parse_and_classify(self, data: bytes, name: str) -> tuple[Report, date, str]:
        """Return a report with its papers classified, its date, and the checksum of its bytes."""
        report = await self.parse(data)
        day = report.date or _date_from_name(name)
        if day is None:
            raise InvalidReport("no date in the report or in its file name; name it like 2026-01-24.md")
        if day > self.clock().date() + _MAX_AHEAD:
            raise InvalidReport(f"the report's date {day} lies in the future; correct its **Date** line")
        if day < _MIN_DATE:
            raise InvalidReport(f"the report's date {day} lies before arXiv began; correct its **Date** line")
        # One paper at a time, so that a stop or another task waits for one paper at most.
        papers = [await asyncio.to_thread(self.classify, paper) for paper in report.papers]
        return replace(report, papers=tuple(papers)), day, sha256(data).hexdigest()

    def classify(self, paper: Paper) -> Paper:
        """Return the paper with its domains."""
        return replace(paper, domains=self.taxonomy.classify(paper))

    async def find_paper(self, paper_id: str) -> ArchivedPaper | None:
        """Return the paper with this arXiv id (without version), or None."""
        return await self.store.find_paper(paper_id)

    async def get_many(self, paper_ids: Sequence[str]) -> Mapping[str, Paper]:
        """Return papers by id; unknown ids are absent."""
        return await self.store.get_many(paper_ids)

    async def latest_summary(self) -> ReportSummary | None:
        """Return the newest report's day in numbers, None before the first report."""
        return await self.store.latest_summary()


def _date_from_name(name: str) -> date | None:
    """Return the date that a file name carries, or None."""
    found = _DATE_IN_NAME.search(name)
    if not found:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None
