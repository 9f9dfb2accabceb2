"""The tables. A change here needs a revision under ``migrations/versions``; a test holds the two together."""

from digest.store.tables.archive import (
    PAPER_SEARCH,
    paper_domains,
    paper_texts,
    papers,
    report_papers,
    reports,
)
from digest.store.tables.delivery import Kind, bounces, editions, outbox
from digest.store.tables.metadata import metadata
from digest.store.tables.program import facts, tallies, updates
from digest.store.tables.proofs import code_marks, email_codes, limits, link_keys, opt_ins, suppressions
from digest.store.tables.readers import (
    endpoints,
    listings,
    saved,
    searches,
    subscriber_domains,
    subscribers,
    votes,
)

__all__ = [
    "PAPER_SEARCH",
    "Kind",
    "bounces",
    "code_marks",
    "editions",
    "email_codes",
    "endpoints",
    "facts",
    "limits",
    "link_keys",
    "listings",
    "metadata",
    "opt_ins",
    "outbox",
    "paper_domains",
    "paper_texts",
    "papers",
    "report_papers",
    "reports",
    "saved",
    "searches",
    "subscriber_domains",
    "subscribers",
    "suppressions",
    "tallies",
    "updates",
    "votes",
]
