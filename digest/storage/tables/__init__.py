"""The tables. A change here needs a revision under ``migrations/versions``; a test holds the two together."""

from digest.storage.tables.deliveries import Kind, bounces, editions, outbox
from digest.storage.tables.metadata import metadata
from digest.storage.tables.papers import PAPER_SEARCH, paper_domains, paper_texts, papers, report_papers, reports
from digest.storage.tables.subscribers import (
    endpoints,
    last_lists,
    last_searches,
    saved_papers,
    subscriber_domains,
    subscribers,
    votes,
)
from digest.storage.tables.system import app_state, daily_counts, telegram_updates
from digest.storage.tables.verification import (
    code_requests,
    email_codes,
    link_tokens,
    pending_signups,
    rate_limits,
    suppressions,
)

__all__ = [
    "PAPER_SEARCH",
    "Kind",
    "app_state",
    "bounces",
    "code_requests",
    "daily_counts",
    "editions",
    "email_codes",
    "endpoints",
    "last_lists",
    "last_searches",
    "link_tokens",
    "metadata",
    "outbox",
    "paper_domains",
    "paper_texts",
    "papers",
    "pending_signups",
    "rate_limits",
    "report_papers",
    "reports",
    "saved_papers",
    "subscriber_domains",
    "subscribers",
    "suppressions",
    "telegram_updates",
    "votes",
]
