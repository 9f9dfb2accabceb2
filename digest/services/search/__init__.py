"""Search over all papers: words read into terms, the index asked, an excerpt around what was found."""

from digest.services.search.excerpt import build_excerpt
from digest.services.search.query import MAX_QUERY_LENGTH, SearchTerm, word_forms
from digest.services.search.service import (
    MAX_RESULTS,
    IndexHit,
    IndexHits,
    LastQueryStore,
    SearchPage,
    SearchResult,
    SearchService,
)

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
