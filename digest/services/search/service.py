"""Search over all papers: who reads the words, asks the index, and fetches what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.model import Paper, Target
from digest.papers.arxiv import find_arxiv_id
from digest.papers.domains import Taxonomy
from digest.services.search.query import SearchTerm, parse_query, to_bigrams

MAX_RESULTS = 200
"""The last place that is shown: whoever has not found it by then uses other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexHit:
    """A paper that the index found, and the report's date that first told of it."""

    paper_id: str
    first_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexHits:
    """How many papers there are, and the best of them."""

    total: int
    best: tuple[IndexHit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A paper that was found, and the report's date that first told of it."""

    paper: Paper
    first_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was found: ``results`` from the place ``offset`` (from 0), of ``total`` in all.

    ``paper_ids`` are the ids of all papers from the first to the last of ``results``, so that numbers count
    through. ``all_terms`` False: no paper has all of the terms, and these have most of them. ``truncated``:
    the query was longer than what was searched for.
    """

    total: int
    offset: int
    results: tuple[SearchResult, ...]
    paper_ids: tuple[str, ...]
    terms: tuple[SearchTerm, ...]
    all_terms: bool = True
    truncated: bool = False

    @property
    def reachable(self) -> int:
        """How many of them can be shown."""
        return min(self.total, MAX_RESULTS)


class SearchIndex(Protocol):
    """What search needs of the store."""

    async def match_all(self, terms: Sequence[SearchTerm], limit: int) -> IndexHits:
        """Count the papers that have every term, and give the best; of equal ones the newest first."""
        ...

    async def match_best(self, terms: Sequence[SearchTerm], limit: int) -> IndexHits:
        """Do the same for those that have as many of the terms as any paper has."""
        ...


class PaperSource(Protocol):
    """Where papers come from."""

    async def get_many(self, paper_ids: Sequence[str]) -> Mapping[str, Paper]:
        """Return papers by id, with their newest text; unknown ids are absent."""
        ...


class LastQueryStore(Protocol):
    """What each chat searched for last, so that its pages can be turned; implemented by the store."""

    async def save(self, target: Target, query: str, at: datetime) -> None:
        """Keep the query that was just asked."""
        ...

    async def load(self, target: Target) -> str | None:
        """Return the newest query, None where there was none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchService:
    """Finds papers by their title, sections, id and domains; a word of two Chinese signs is found too."""

    index: SearchIndex
    papers: PaperSource
    taxonomy: Taxonomy

    async def find(self, text: str, *, offset: int = 0, limit: int = 10, as_prefix: bool = False) -> SearchPage:
        """Return ``limit`` papers from the place ``offset``, the best first, of equal ones the newest.

        Every word must match; where no paper has all of them, those with most come. An arXiv id or address
        finds that paper alone. ``as_prefix``: the last word may be the beginning of one, and only papers with
        every word come, for the next letter asks again.
        """
        query = parse_query(_arxiv_id_in(text) or text, self.taxonomy, as_prefix=as_prefix)
        if not query.terms:
            return SearchPage(total=0, offset=offset, results=(), paper_ids=(), terms=(), truncated=query.truncated)
        last = min(offset + limit, MAX_RESULTS)
        terms, every = query.terms, True
        hits = await self.index.match_all(terms, last)
        near = to_bigrams(terms)
        if not hits.total and len(near) > 1 and not as_prefix:
            terms, every = near, False
            hits = await self.index.match_best(terms, last)
        page = hits.best[offset:]
        papers = await self.papers.get_many([hit.paper_id for hit in page])
        return SearchPage(
            total=hits.total,
            offset=offset,
            results=tuple(
                SearchResult(paper=papers[hit.paper_id], first_date=hit.first_date)
                for hit in page
                if hit.paper_id in papers
            ),
            paper_ids=tuple(hit.paper_id for hit in hits.best),
            terms=terms,
            all_terms=every,
            truncated=query.truncated,
        )


def _arxiv_id_in(text: str) -> str | None:
    """Return the arXiv id where ``text`` is nothing but one, or a single address of one."""
    found = find_arxiv_id(text) if len(text.split()) == 1 else None
    return found.id if found else None
