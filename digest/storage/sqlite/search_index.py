"""The index over all papers' words: kept in step, made again where it is of another make, and asked.

It is SQLite's FTS5 (https://www.sqlite.org/fts5.html) without a text of its own. A row is one text of a paper
and is never changed: a paper's older texts are passed over when the index is asked, for only its newest is in
``papers.text_id``. Another database needs this file written for it, and nothing else.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Paper
from digest.services.search import IndexHit, IndexHits, SearchTerm, word_forms
from digest.storage.app_state import select_state, set_state
from digest.storage.database import Database
from digest.storage.tables import app_state, paper_domains, paper_texts, papers
from digest.storage.types import IsoDate

_INDEX_VERSION = "1"
"""Goes up with every change of what is put into the index."""

_STATE_KEY = "search index"
"""The make of the index, and behind a colon the last text that it has while it is being made."""

_CHUNK = 500
_LOG_INTERVAL = 5000
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
MAX_RANKED = 5000
"""Papers that are ranked at most: to weigh each of a great archive would take longer than anybody waits."""

_COUNT_SQL = """
    SELECT count(*) FROM paper_search JOIN papers ON papers.text_id = paper_search.rowid
    WHERE paper_search MATCH :wanted
"""
_BEST_SQL = """
    SELECT papers.id, papers.first_date FROM (
        SELECT rowid, bm25(paper_search, 10.0, 1.0, 2.0, 10.0) AS score FROM paper_search
        WHERE paper_search MATCH :wanted ORDER BY rowid DESC LIMIT :ranked
    ) AS found JOIN papers ON papers.text_id = found.rowid
    ORDER BY found.score, papers.first_date DESC, papers.seq DESC LIMIT :most
"""
"""What stands in a title counts ten times; the smaller a score, the better."""

_NEAR_SQL = """
    WITH part (term, found) AS ({parts}),
    newest AS (SELECT term, found FROM part JOIN papers ON papers.text_id = part.found),
    rare AS (SELECT term, 1.0 / count(*) AS weight FROM newest GROUP BY term),
    near AS (
        SELECT found, count(*) AS has, sum(weight) AS score FROM newest JOIN rare USING (term) GROUP BY found
    )
    SELECT papers.id, papers.first_date, count(*) OVER () AS total
    FROM near JOIN papers ON papers.text_id = near.found WHERE has = (SELECT max(has) FROM near)
    ORDER BY score DESC, papers.first_date DESC, papers.seq DESC LIMIT :most
"""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SqlSearchIndex:
    """Implements ``digest.services.search.service.SearchIndex``."""

    database: Database

    async def match_all(self, terms: Sequence[SearchTerm], limit: int) -> IndexHits:
        wanted = {"wanted": " AND ".join(map(_fts_expression, terms))}
        async with self.database.read_only() as connection:
            total = (await connection.execute(text(_COUNT_SQL), wanted)).scalar_one()
            best, bounds = (text(_BEST_SQL).columns(first_date=IsoDate()), {"ranked": MAX_RANKED, "most": limit})
            rows = await connection.execute(best, {**wanted, **bounds}) if total else ()
            return IndexHits(
                total=total, best=tuple(IndexHit(paper_id=row.id, first_date=row.first_date) for row in rows)
            )

    async def match_best(self, terms: Sequence[SearchTerm], limit: int) -> IndexHits:
        parts = " UNION ALL ".join(
            f"SELECT {at}, rowid FROM paper_search WHERE paper_search MATCH :term{at}"  # noqa: S608 - a number
            for at in range(len(terms))
        )
        near = text(_NEAR_SQL.format(parts=parts)).columns(first_date=IsoDate())
        values = {f"term{at}": _fts_expression(term) for at, term in enumerate(terms)}
        async with self.database.read_only() as connection:
            rows = (await connection.execute(near, {**values, "most": limit})).all()
        hits = tuple(IndexHit(paper_id=row.id, first_date=row.first_date) for row in rows)
        return IndexHits(total=rows[0].total if rows else 0, best=hits)


async def is_index_current(connection: AsyncConnection) -> bool:
    """Return whether the index is whole and of our make."""
    return await _load_state(connection) == _INDEX_VERSION


async def invalidate_index(connection: AsyncConnection) -> None:
    """Mark the index as outdated, so that it is rebuilt."""
    await connection.execute(delete(app_state).where(app_state.c.name == _STATE_KEY))


async def index_text(connection: AsyncConnection, text_id: int, paper: Paper) -> None:
    """Take the newest text of a paper into the index, under the text's number."""
    await _insert_rows(connection, [_index_row(text_id, paper.id, paper.title, paper.sections, paper.domains)])


async def update_index(database: Database) -> int:
    """Make the index again where it is not whole or of another make; return how many papers it took in.

    It goes forward in short transactions, so that nobody waits long; whoever stops half-way, and whoever does
    the same at the same time, loses and doubles nothing.
    """
    async with database.read_only() as connection:
        if await is_index_current(connection):
            return 0
    taken, whole = 0, False
    while not whole:
        some, whole = await database.write(_index_next_chunk)
        if taken // _LOG_INTERVAL < (taken + some) // _LOG_INTERVAL:
            _log.info("search: reading all papers once", so_far=taken + some)
        taken += some
    return taken


async def _index_next_chunk(connection: AsyncConnection) -> tuple[int, bool]:
    """Index some more papers; return how many, and whether that was all."""
    make, _, after = (await _load_state(connection)).partition(":")
    if make != _INDEX_VERSION:
        await connection.execute(text("INSERT INTO paper_search (paper_search) VALUES ('delete-all')"))
        after = "0"
    elif not after:
        return 0, True
    rows = await connection.execute(
        select(papers.c.seq, papers.c.id.label("paper"), paper_texts)
        .join(paper_texts, paper_texts.c.id == papers.c.text_id)
        .where(papers.c.text_id > int(after))
        .order_by(papers.c.text_id)
        .limit(_CHUNK)
    )
    some = rows.all()
    domains = await _load_paper_domains(connection, [row.seq for row in some])
    await _insert_rows(
        connection, [_index_row(row.id, row.paper, row.title, row.sections, domains.get(row.seq, [])) for row in some]
    )
    whole = len(some) < _CHUNK
    await connection.execute(set_state(_STATE_KEY, _INDEX_VERSION if whole else f"{_INDEX_VERSION}:{some[-1].id}"))
    return len(some), whole


async def _load_state(connection: AsyncConnection) -> str:
    return (await connection.execute(select_state(_STATE_KEY))).scalar_one_or_none() or ""


async def _load_paper_domains(connection: AsyncConnection, seqs: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = select(paper_domains.c.paper_seq, paper_domains.c.slug)
    for row in await connection.execute(query.where(paper_domains.c.paper_seq.in_(seqs))):
        found.setdefault(row.paper_seq, []).append(row.slug)
    return found


def _index_row(
    text_id: int, paper: str, title: str, sections: Mapping[Any, str], slugs: Sequence[str]
) -> dict[str, int | str]:
    return {
        "number": text_id,
        "title": _separate_ideographs(title),
        "text": _separate_ideographs("\n".join(sections.values())),
        "domains": " ".join(map(_domain_token, slugs)),
        "arxiv": paper,
    }


async def _insert_rows(connection: AsyncConnection, rows: list[dict[str, int | str]]) -> None:
    if rows:
        insert = "INSERT INTO paper_search (rowid, title, text, domains, arxiv) VALUES "
        await connection.execute(text(insert + "(:number, :title, :text, :domains, :arxiv)"), rows)


def _separate_ideographs(text_value: str) -> str:
    """Put spaces around each Chinese character: each becomes a word of the index, and a phrase finds several."""
    return _IDEOGRAPHS.sub(_space_out, unicodedata.normalize("NFKC", text_value))


def _space_out(run: re.Match[str]) -> str:
    return f" {' '.join(run[0])} "


def _domain_token(slug: str) -> str:
    """Return a slug as one word of the index."""
    return "".join(sign for sign in slug if sign.isalnum())


def _fts_expression(term: SearchTerm) -> str:
    """Return a term in FTS5's syntax, in which everything that a person wrote stands between quotes."""
    *first, last = term.words
    words = [_fts_any_form(word) for word in first]
    words.append(f"({_fts_phrase(last)} *)" if term.as_prefix else _fts_any_form(last))
    written = f"{{title text arxiv}} : ({' AND '.join(words)})"
    return f"({written} OR domains : {_fts_phrase(_domain_token(term.domain))})" if term.domain else f"({written})"


def _fts_any_form(word: str) -> str:
    return f"({' OR '.join(map(_fts_phrase, word_forms(word)))})"


def _fts_phrase(words: str) -> str:
    """Return words as a phrase; FTS5 knows no other sign between quotes than the quote, which is doubled."""
    return '"' + _separate_ideographs(words).replace('"', '""').replace("\0", " ") + '"'
