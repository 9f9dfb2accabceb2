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

from digest.clock import Clock
from digest.domains import Taxonomy
from digest.errors import NotAReport
from digest.model import Paper, Problem, Report

_DATE_IN_NAME = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_AHEAD = timedelta(days=1)
"""The day has begun somewhere on Earth at most so much before it begins in UTC."""

_FIRST = date(1991, 8, 14)
"""arXiv's first day; no report can be older."""


class Change(StrEnum):
    """What a report's arrival did to one paper."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What taking a report in did; ``known`` True: these very bytes were this file's last word."""

    date: date
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a report holds and what it would do to each paper, in order, before anything is stored.

    ``domains`` counts its papers by slug, ``added`` those that its date does not have yet. ``known`` is as in
    ``Ingested``.
    """

    date: date
    titles: tuple[str, ...]
    effects: tuple[Change, ...]
    domains: Mapping[str, int]
    added: int
    problems: tuple[Problem, ...] = ()
    known: bool = False

    def count(self, change: Change) -> int:
        """Count the papers to which this would happen."""
        return self.effects.count(change)

    @property
    def changes(self) -> bool:
        """Tell whether taking it in would change anything."""
        return not self.known and (self.added > 0 or self.count(Change.UNCHANGED) < len(self.effects))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A paper as the archive holds it: its newest text, when it was first seen, and on which days."""

    paper: Paper
    first_seen: date
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The newest report's day in numbers: its papers, those never seen before, and papers per slug."""

    date: date
    papers: int
    new: int
    domains: Mapping[str, int]


class Papers(Protocol):
    """What the archive needs of the store."""

    async def last_checksum(self, day: date, name: str) -> str | None:
        """Give the checksum of the report last taken in for a date under a file name."""
        ...

    async def keep(
        self, day: date, name: str, report: Report, checksum: str, at: datetime
    ) -> Sequence[Change]:
        """Store a classified report in one transaction; give what happened to each paper, in order."""
        ...

    async def effects(self, day: date, report: Report) -> Sequence[Change]:
        """Tell what ``keep`` would do to each paper, and store nothing."""
        ...

    async def on(self, day: date) -> Collection[str]:
        """Give the ids of the papers that a date's reports hold."""
        ...

    async def seen(self, paper: str) -> Seen | None:
        """Give one paper with its newest text."""
        ...

    async def several(self, papers: Sequence[str]) -> Mapping[str, Paper]:
        """Give papers by id, with their newest text; unknown ids are absent."""
        ...

    async def day(self) -> Day | None:
        """Give the numbers of the newest report's day."""
        ...

    async def reclassify(self, classify: Callable[[Paper], tuple[str, ...]], fingerprint: str) -> int:
        """Classify every paper again unless ``fingerprint`` is what they were classified with; count them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Takes reports in and answers about papers.

    ``parse`` turns bytes into a report, outside the event loop, and raises ``NotAReport``.
    """

    papers: Papers
    taxonomy: Taxonomy
    clock: Clock
    parse: Callable[[bytes], Awaitable[Report]]

    async def ingest(self, data: bytes, *, name: str = "") -> Ingested:
        """Take one report in; the same bytes again change nothing, an edited report updates texts.

        The date is the report's own, or else one in the file's ``name``. Two files of one date stand beside
        each other; the one taken in last has the word on a paper that both hold. Raises ``NotAReport`` where
        the bytes are no report, where no date can be had, and where it lies in the future or before arXiv.
        """
        report, day, checksum = await self._read(data, name)
        if await self.papers.last_checksum(day, name) == checksum:
            return Ingested(date=day, unchanged=len(report.papers), problems=report.problems, known=True)
        changes = await self.papers.keep(day, name, report, checksum, self.clock())
        return Ingested(
            date=day,
            new=changes.count(Change.NEW),
            updated=changes.count(Change.UPDATED),
            unchanged=changes.count(Change.UNCHANGED),
            problems=report.problems,
        )

    async def outline(self, data: bytes, *, name: str = "") -> Outline:
        """Tell what taking a report in would do, and store nothing; raises ``NotAReport`` as ``ingest``."""
        report, day, checksum = await self._read(data, name)
        there = await self.papers.on(day)
        return Outline(
            date=day,
            titles=tuple(paper.title for paper in report.papers),
            effects=tuple(await self.papers.effects(day, report)),
            domains=Counter(slug for paper in report.papers for slug in paper.domains),
            added=sum(paper.id not in there for paper in report.papers),
            problems=report.problems,
            known=await self.papers.last_checksum(day, name) == checksum,
        )

    async def _read(self, data: bytes, name: str) -> tuple[Report, date, str]:
        """Give a report with its papers classified, its date, and the checksum of its bytes."""
        report = await self.parse(data)
        day = report.date or _date_in(name)
        if day is None:
            raise NotAReport("no date in the report or in its file name; name it like 2026-01-24.md")
        if day > self.clock().date() + _AHEAD:
            raise NotAReport(f"the report's date {day} lies in the future; correct its **Date** line")
        if day < _FIRST:
            raise NotAReport(f"the report's date {day} lies before arXiv began; correct its **Date** line")
        # One paper at a time, so that a stop or another task waits for one paper at most.
        papers = [await asyncio.to_thread(self.classified, paper) for paper in report.papers]
        return replace(report, papers=tuple(papers)), day, sha256(data).hexdigest()

    def classified(self, paper: Paper) -> Paper:
        """Give the paper with its domains."""
        return replace(paper, domains=self.taxonomy.classify(paper))

    async def paper(self, paper: str) -> Seen | None:
        """Give the paper with this arXiv id (without version), or None."""
        return await self.papers.seen(paper)

    async def several(self, papers: Sequence[str]) -> Mapping[str, Paper]:
        """Give papers by id; unknown ids are absent."""
        return await self.papers.several(papers)

    async def today(self) -> Day | None:
        """Give the newest report's day in numbers, None before the first report."""
        return await self.papers.day()


def _date_in(name: str) -> date | None:
    """Give the date that a file name carries, or None."""
    found = _DATE_IN_NAME.search(name)
    if not found:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None
