"""Papers as rows: read into papers, into candidates for selection, and into where a new reader begins."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Candidate, Paper, Section
from digest.services.subscriptions import StartingPoint
from digest.storage.tables import paper_domains, paper_texts, papers, report_papers

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
