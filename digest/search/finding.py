"""Search over all papers: who reads the words, asks the index, and fetches what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.arxiv import find_arxiv_id
from digest.domains import Taxonomy
from digest.model import Paper, Target
from digest.search.query import Term, in_pairs, read_query

DEEPEST = 200
"""The last place that is shown: whoever has not found it by then uses other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A paper that the index found, and the report's date that first told of it."""

    paper: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """How many papers there are, and the best of them."""

    total: int
    best: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A paper that was found, and the report's date that first told of it."""

    paper: Paper
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was found: ``found`` from the place ``start`` (from 0), of ``total`` in all.

    ``listed`` are the ids of all papers from the first to the last of ``found``, so that numbers count
    through. ``every`` False: no paper has all of the terms, and these have most of them. ``cut``: the query
    was longer than what was searched for.
    """

    total: int
    start: int
    found: tuple[Found, ...]
    listed: tuple[str, ...]
    terms: tuple[Term, ...]
    every: bool = True
    cut: bool = False

    @property
    def reachable(self) -> int:
        """How many of them can be shown."""
        return min(self.total, DEEPEST)


class Index(Protocol):
    """What search needs of the store."""

    async def having_all(self, terms: Sequence[Term], most: int) -> Hits:
        """Count the papers that have every term, and give the best; of equal ones the newest first."""
        ...

    async def having_most(self, terms: Sequence[Term], most: int) -> Hits:
        """Do the same for those that have as many of the terms as any paper has."""
        ...


class Papers(Protocol):
    """Where papers come from."""

    async def several(self, papers: Sequence[str]) -> Mapping[str, Paper]:
        """Give papers by id, with their newest text; unknown ids are absent."""
        ...


class Searches(Protocol):
    """What each chat searched for last, so that its pages can be turned; implemented by the store."""

    async def remember(self, target: Target, query: str, at: datetime) -> None:
        """Keep the query that was just asked."""
        ...

    async def recall(self, target: Target) -> str | None:
        """Give the newest query, None where there was none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Finds papers by their title, sections, id and domains; a word of two Chinese signs is found too."""

    index: Index
    papers: Papers
    taxonomy: Taxonomy

    async def find(self, text: str, *, start: int = 0, most: int = 10, typing: bool = False) -> Results:
        """Give ``most`` papers from the place ``start``, the best first, of equal ones the newest.

        Every word must match; where no paper has all of them, those with most come. An arXiv id or address
        finds that paper alone. ``typing``: the last word may be the beginning of one, and only papers with
        every word come, for the next letter asks again.
        """
        query = read_query(_id_in(text) or text, self.taxonomy, typing=typing)
        if not query.terms:
            return Results(total=0, start=start, found=(), listed=(), terms=(), cut=query.cut)
        last = min(start + most, DEEPEST)
        terms, every = query.terms, True
        hits = await self.index.having_all(terms, last)
        near = in_pairs(terms)
        if not hits.total and len(near) > 1 and not typing:
            terms, every = near, False
            hits = await self.index.having_most(terms, last)
        page = hits.best[start:]
        papers = await self.papers.several([hit.paper for hit in page])
        return Results(
            total=hits.total,
            start=start,
            found=tuple(Found(paper=papers[hit.paper], day=hit.day) for hit in page if hit.paper in papers),
            listed=tuple(hit.paper for hit in hits.best),
            terms=terms,
            every=every,
            cut=query.cut,
        )


def _id_in(text: str) -> str | None:
    """Give the arXiv id where ``text`` is nothing but one, or a single address of one."""
    found = find_arxiv_id(text) if len(text.split()) == 1 else None
    return found.id if found else None
