"""Papers and reports: stored versions, and candidates for selection."""

import json
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Candidate, Paper, Report, Section
from digest.model.clock import monotonic
from digest.services.archive import ArchivedPaper, PaperChange, ReportSummary
from digest.services.subscriptions import StartingPoint
from digest.storage.app_state import select_state, set_state
from digest.storage.database import Database
from digest.storage.sqlite.search_index import index_text, invalidate_index, is_index_current, update_index
from digest.storage.tables import paper_domains, paper_texts, papers, report_papers, reports

_CHUNK = 500


async def load_papers(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Paper]:
    """Return papers by id, with their newest text; unknown ids are absent."""
    found: dict[str, Paper] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = await connection.execute(
            select(papers.c.id, papers.c.seq, paper_texts)
            .join(paper_texts, paper_texts.c.id == papers.c.text_id)
            .where(papers.c.id.in_(ids[start : start + _CHUNK]))
        )
        listed = rows.all()
        slugs = await _load_domains(connection, [row.seq for row in listed])
        found |= {row[0]: _build_paper(row, slugs.get(row.seq, ())) for row in listed}
    return found


def _build_paper(row: Row[Any], slugs: tuple[str, ...]) -> Paper:
    return Paper(
        id=row[0],
        title=row.title,
        url=row.url,
        version=row.version,
        summary_source=row.summary_source,
        sections={Section(name): text for name, text in row.sections.items()},
        domains=slugs,
    )


async def _load_domains(connection: AsyncConnection, seqs: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(seqs), _CHUNK):
        rows = await connection.execute(
            select(paper_domains)
            .where(paper_domains.c.paper_seq.in_(seqs[start : start + _CHUNK]))
            .order_by(paper_domains.c.paper_seq, paper_domains.c.position)
        )
        for row in rows:
            found[row.paper_seq] = (*found.get(row.paper_seq, ()), row.slug)
    return found


async def newest_report_date(connection: AsyncConnection) -> date | None:
    """Return the date of the newest report that holds papers."""
    newest: date | None = (await connection.execute(select(func.max(report_papers.c.date)))).scalar()
    return newest


async def load_candidates(connection: AsyncConnection, day: date) -> tuple[Candidate, ...]:
    """Return the papers of one report's date, in the report's order."""
    listed = await connection.execute(
        select(papers.c.seq, papers.c.id, papers.c.first_date)
        .join(report_papers, report_papers.c.paper_seq == papers.c.seq)
        .where(report_papers.c.date == day)
        .order_by(report_papers.c.position)
    )
    return await build_candidates(connection, listed.all())


async def build_candidates(connection: AsyncConnection, rows: Sequence[Row[int, str, date]]) -> tuple[Candidate, ...]:
    """Return candidates from rows of (seq, id, first_date), with their domains."""
    slugs = await _load_domains(connection, [row.seq for row in rows])
    return tuple(
        Candidate(paper_id=row.id, seq=row.seq, date=row.first_date, domains=slugs.get(row.seq, ())) for row in rows
    )


async def load_starting_point(connection: AsyncConnection) -> StartingPoint:
    """Return where a reader who joins now begins: just before the newest report that brought new papers.

    A report that only repeats, as on a Sunday, would leave a new reader with nothing.
    """
    newest = (await connection.execute(select(func.max(papers.c.first_date)))).scalar_one_or_none()
    if newest is None:
        return StartingPoint(last_paper_seq=0, papers_since=None)
    first = await connection.execute(select(func.min(papers.c.seq)).where(papers.c.first_date == newest))
    return StartingPoint(last_paper_seq=first.scalar_one() - 1, papers_since=newest)


CACHE_SECONDS = 5.0
"""How old they may be where another process took a report in; what this one takes in counts at once."""


@dataclass(slots=True)
class ReportSummaryCache:
    """Keeps the numbers until they are ``CACHE_SECONDS`` old, or forgotten because something changed."""

    _summary: ReportSummary | None = None
    _fresh_until: float = -math.inf
    _generation: int = 0

    async def get(self, load: Callable[[], Awaitable[ReportSummary | None]]) -> ReportSummary | None:
        """Return the numbers, from ``load`` where they are not fresh."""
        now = monotonic()
        if now < self._fresh_until:
            return self._summary
        changes = self._generation
        day = await load()
        if changes == self._generation:
            self._summary, self._fresh_until = day, now + CACHE_SECONDS
        return day

    def invalidate(self) -> None:
        """Read again next time; what is being read just now is not kept."""
        self._generation += 1
        self._fresh_until = -math.inf


_FINGERPRINT_KEY = "taxonomy"


@dataclass(frozen=True, slots=True)
class SqlPapers:
    """Implements ``digest.services.archive.PaperStore``."""

    database: Database
    _summary_cache: ReportSummaryCache = field(default_factory=ReportSummaryCache)

    async def last_checksum(self, day: date, name: str) -> str | None:
        query = (
            select(reports.c.checksum)
            .where(reports.c.date == day, reports.c.name == name)
            .order_by(reports.c.id.desc())
            .limit(1)
        )
        checksum: str | None = await self.database.scalar(query)
        return checksum

    async def last_ingested_at(self) -> datetime | None:
        """Return when the newest report came, None where none ever did."""
        query = select(reports.c.ingested_at).order_by(reports.c.id.desc()).limit(1)
        newest: datetime | None = await self.database.scalar(query)
        return newest

    async def save_report(
        self, day: date, name: str, report: Report, checksum: str, at: datetime
    ) -> Sequence[PaperChange]:
        async def work(connection: AsyncConnection) -> Sequence[PaperChange]:
            await connection.execute(
                insert(reports).values(
                    date=day,
                    name=name,
                    source_url=report.source_url,
                    checksum=checksum,
                    papers=len(report.papers),
                    problems=[asdict(problem) for problem in report.problems],
                    ingested_at=at,
                )
            )
            indexed = await is_index_current(connection)
            return [
                await _save_paper(connection, day, position, paper, at, indexed=indexed)
                for position, paper in enumerate(report.papers)
            ]

        try:
            return await self.database.write(work)
        finally:
            self._summary_cache.invalidate()

    async def preview_changes(self, day: date, report: Report) -> Sequence[PaperChange]:
        async with self.database.read_only() as connection:
            return [await _preview_change(connection, day, paper) for paper in report.papers]

    async def paper_ids_on(self, day: date) -> Collection[str]:
        query = (
            select(papers.c.id)
            .join(report_papers, report_papers.c.paper_seq == papers.c.seq)
            .where(report_papers.c.date == day)
        )
        return frozenset(await self.database.scalars(query))

    async def find_paper(self, paper_id: str) -> ArchivedPaper | None:
        async with self.database.read_only() as connection:
            found = await load_papers(connection, [paper_id])
            if paper_id not in found:
                return None
            row = (await connection.execute(select(papers).where(papers.c.id == paper_id))).one()
            days = await connection.execute(
                select(report_papers.c.date).where(report_papers.c.paper_seq == row.seq).order_by(report_papers.c.date)
            )
            return ArchivedPaper(paper=found[paper_id], first_date=row.first_date, report_dates=tuple(days.scalars()))

    async def get_many(self, paper_ids: Sequence[str]) -> Mapping[str, Paper]:
        async with self.database.read_only() as connection:
            return await load_papers(connection, paper_ids)

    async def latest_summary(self) -> ReportSummary | None:
        return await self._summary_cache.get(self._load_summary)

    async def _load_summary(self) -> ReportSummary | None:
        async with self.database.read_only() as connection:
            newest = await newest_report_date(connection)
            if newest is None:
                return None
            listed = await load_candidates(connection, newest)
            return ReportSummary(
                date=newest,
                paper_count=len(listed),
                new_count=sum(candidate.date == newest for candidate in listed),
                domain_counts=Counter(slug for candidate in listed for slug in candidate.domains),
            )

    async def reclassify(self, classify: Callable[[Paper], tuple[str, ...]], fingerprint: str) -> int:
        if await self.database.scalar(select_state(_FINGERPRINT_KEY)) == fingerprint:
            return 0
        ids = await self.database.scalars(select(papers.c.id))
        if ids:
            await self.database.write(invalidate_index)
        for start in range(0, len(ids), _CHUNK):
            await self._reclassify_chunk(ids[start : start + _CHUNK], classify)
        await self.database.execute(set_state(_FINGERPRINT_KEY, fingerprint))
        self._summary_cache.invalidate()
        await update_index(self.database)
        return len(ids)

    async def _reclassify_chunk(self, ids: Sequence[str], classify: Callable[[Paper], tuple[str, ...]]) -> None:
        async def work(connection: AsyncConnection) -> None:
            found = await load_papers(connection, ids)
            numbers = await connection.execute(select(papers.c.id, papers.c.seq).where(papers.c.id.in_(ids)))
            for row in numbers.all():
                await _set_domains(connection, row.seq, classify(found[row.id]))

        await self.database.write(work)


async def _save_paper(
    connection: AsyncConnection, day: date, position: int, paper: Paper, at: datetime, *, indexed: bool
) -> PaperChange:
    """Store one paper of a report: a new one, a text that differs from this date's last, or nothing.

    ``indexed``: the index of search is whole, and takes the newest text in; else whoever makes it will.
    """
    seq = (await connection.execute(select(papers.c.seq).where(papers.c.id == paper.id))).scalar_one_or_none()
    is_new = seq is None
    if seq is None:
        made = await connection.execute(
            insert(papers).values(id=paper.id, first_date=day, first_seen_at=at).returning(papers.c.seq)
        )
        seq = made.scalar_one()
    await connection.execute(
        upsert(report_papers)
        .values(date=day, paper_seq=seq, position=position)
        .on_conflict_do_update(index_elements=["date", "paper_seq"], set_={"position": position})
    )
    if not is_new and await _has_text(connection, seq, day, _checksum(paper)):
        return PaperChange.UNCHANGED
    number = await _add_text(connection, seq, day, paper, at)
    if is_new or await _is_newest_text(connection, seq, day):
        await connection.execute(update(papers).where(papers.c.seq == seq).values(text_id=number))
        await _set_domains(connection, seq, paper.domains)
        if indexed:
            await index_text(connection, number, paper)
    return PaperChange.NEW if is_new else PaperChange.UPDATED


async def _preview_change(connection: AsyncConnection, day: date, paper: Paper) -> PaperChange:
    """Return how storing one paper of a report would change it."""
    seq = (await connection.execute(select(papers.c.seq).where(papers.c.id == paper.id))).scalar_one_or_none()
    if seq is None:
        return PaperChange.NEW
    known = await _has_text(connection, seq, day, _checksum(paper))
    return PaperChange.UNCHANGED if known else PaperChange.UPDATED


async def _has_text(connection: AsyncConnection, seq: int, day: date, checksum: str) -> bool:
    """Return whether this is the last text of that date's report or, without one, a text of any report."""
    found = await connection.execute(
        select(paper_texts.c.report_date, paper_texts.c.checksum)
        .where(paper_texts.c.paper_seq == seq)
        .order_by(paper_texts.c.id)
    )
    rows = found.all()
    of_day = [row.checksum for row in rows if row.report_date == day]
    return of_day[-1] == checksum if of_day else checksum in {row.checksum for row in rows}


async def _is_newest_text(connection: AsyncConnection, seq: int, day: date) -> bool:
    """Return whether no report of a later date has the paper: an old text never replaces a newer one."""
    newest = await connection.execute(select(func.max(paper_texts.c.report_date)).where(paper_texts.c.paper_seq == seq))
    return bool(newest.scalar_one() <= day)


async def _add_text(connection: AsyncConnection, seq: int, day: date, paper: Paper, at: datetime) -> int:
    made = await connection.execute(
        insert(paper_texts)
        .values(
            paper_seq=seq,
            report_date=day,
            version=paper.version,
            title=paper.title,
            url=paper.url,
            summary_source=paper.summary_source,
            sections=dict(paper.sections),
            checksum=_checksum(paper),
            seen_at=at,
        )
        .returning(paper_texts.c.id)
    )
    return int(made.scalar_one())


async def _set_domains(connection: AsyncConnection, seq: int, slugs: tuple[str, ...]) -> None:
    await connection.execute(delete(paper_domains).where(paper_domains.c.paper_seq == seq))
    if slugs:
        await connection.execute(
            insert(paper_domains), [{"paper_seq": seq, "slug": slug, "position": at} for at, slug in enumerate(slugs)]
        )


def _checksum(paper: Paper) -> str:
    """Return the checksum of a paper's text: everything that is shown of it except its domains."""
    seen = [paper.version, paper.title, paper.url, paper.summary_source, sorted(paper.sections.items())]
    return sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()
