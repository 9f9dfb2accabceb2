"""Search over all papers: words read into terms, the index asked, an excerpt around what was found."""

from digest.search.excerpt import build_excerpt
from digest.search.finding import (
    MAX_RESULTS,
    IndexHit,
    IndexHits,
    LastQueryStore,
    SearchPage,
    SearchResult,
    SearchService,
)
from digest.search.query import MAX_QUERY_LENGTH, SearchTerm, word_forms

__all__ = [
    "MAX_QUERY_LENGTH",
    "MAX_RESULTS",
    "IndexHit",
    "IndexHits",
    "LastQueryStore",
    "SearchPage",
    "SearchResult",
    "SearchService",
    "SearchTerm",
    "build_excerpt",
    "word_forms",
]
