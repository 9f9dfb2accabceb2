"""Papers as rows: read into papers, into candidates for selection, and into where a new reader begins."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.membership import Start
from digest.model import Candidate, Paper, Section
from digest.store.tables import paper_domains, paper_texts, papers, report_papers

_CHUNK = 500


async def papers_by_id(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Paper]:
    """Give papers by id, with their newest text; unknown ids are absent."""
    found: dict[str, Paper] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = await connection.execute(
            select(papers.c.id, papers.c.seq, paper_texts)
            .join(paper_texts, paper_texts.c.id == papers.c.text_id)
            .where(papers.c.id.in_(ids[start : start + _CHUNK]))
        )
        listed = rows.all()
        slugs = await _domains(connection, [row.seq for row in listed])
        found |= {row[0]: _paper(row, slugs.get(row.seq, ())) for row in listed}
    return found


def _paper(row: Row[Any], slugs: tuple[str, ...]) -> Paper:
    return Paper(
        id=row[0],
        title=row.title,
        url=row.url,
        version=row.version,
        read_from=row.summary_source,
        sections={Section(name): text for name, text in row.sections.items()},
        domains=slugs,
    )


async def _domains(connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(numbers), _CHUNK):
        rows = await connection.execute(
            select(paper_domains)
            .where(paper_domains.c.paper_seq.in_(numbers[start : start + _CHUNK]))
            .order_by(paper_domains.c.paper_seq, paper_domains.c.position)
        )
        for row in rows:
            found[row.paper_seq] = (*found.get(row.paper_seq, ()), row.slug)
    return found


async def newest_date(connection: AsyncConnection) -> date | None:
    """Give the date of the newest report that holds papers."""
    newest: date | None = (await connection.execute(select(func.max(report_papers.c.date)))).scalar()
    return newest


async def candidates_of(connection: AsyncConnection, day: date) -> tuple[Candidate, ...]:
    """Give the papers of one report's date, in the report's order."""
    listed = await connection.execute(
        select(papers.c.seq, papers.c.id, papers.c.first_date)
        .join(report_papers, report_papers.c.paper_seq == papers.c.seq)
        .where(report_papers.c.date == day)
        .order_by(report_papers.c.position)
    )
    return await as_candidates(connection, listed.all())


async def as_candidates(
    connection: AsyncConnection, rows: Sequence[Row[int, str, date]]
) -> tuple[Candidate, ...]:
    """Give candidates from rows of (seq, id, first_date), with their domains."""
    slugs = await _domains(connection, [row.seq for row in rows])
    return tuple(
        Candidate(paper=row.id, seq=row.seq, date=row.first_date, domains=slugs.get(row.seq, ()))
        for row in rows
    )


async def start_of_newest(connection: AsyncConnection) -> Start:
    """Give where a reader who joins now begins: just before the newest report that brought new papers.

    A report that only repeats, as on a Sunday, would leave a new reader with nothing.
    """
    newest = (await connection.execute(select(func.max(papers.c.first_date)))).scalar_one_or_none()
    if newest is None:
        return Start(watermark=0, since=None)
    first = await connection.execute(select(func.min(papers.c.seq)).where(papers.c.first_date == newest))
    return Start(watermark=first.scalar_one() - 1, since=newest)
