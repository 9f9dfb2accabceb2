"""Search over all papers: words read into terms, the index asked, an excerpt around what was found."""

from digest.search.excerpt import excerpt
from digest.search.finding import DEEPEST, Found, Hit, Hits, Results, Search, Searches
from digest.search.query import LONGEST, Term, spellings

__all__ = [
    "DEEPEST",
    "LONGEST",
    "Found",
    "Hit",
    "Hits",
    "Results",
    "Search",
    "Searches",
    "Term",
    "excerpt",
    "spellings",
]
