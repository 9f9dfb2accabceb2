"""The tables. A change here needs a revision under ``migrations/versions``; a test compares the two."""

from enum import StrEnum

from sqlalchemy import (
    DDL,
    REAL,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from digest.model import Channel, DeliveryState, DetailLevel, EndpointState, Frequency
from digest.storage.types import IntBoolean, IsoDate, JsonText, RowId, UtcDateTime, reason_columns

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Return the rule that a column holds one of these words."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


reports = Table(
    "reports",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("date", IsoDate, nullable=False),
    Column("name", Text, nullable=False),
    Column("source_url", Text),
    Column("checksum", Text, nullable=False),
    Column("papers", Integer, nullable=False),
    Column("problems", JsonText, nullable=False),
    Column("ingested_at", UtcDateTime, nullable=False),
    Index("ix_reports_date_name", "date", "name"),
    sqlite_strict=True,
)

papers = Table(
    "papers",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("id", Text, nullable=False),
    Column("first_date", IsoDate, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("text_id", RowId),
    UniqueConstraint("id"),
    Index("ix_papers_first_date", "first_date"),
    Index("ix_papers_text_id", "text_id"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

paper_texts = Table(
    "paper_texts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), nullable=False),
    Column("report_date", IsoDate, nullable=False),
    Column("version", Integer),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("summary_source", Text),
    Column("sections", JsonText, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_paper_texts_paper_seq_report_date", "paper_seq", "report_date"),
    sqlite_strict=True,
)

paper_domains = Table(
    "paper_domains",
    metadata,
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Index("ix_paper_domains_slug", "slug"),
    sqlite_strict=True,
)

report_papers = Table(
    "report_papers",
    metadata,
    Column("date", IsoDate, primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False),
    Index("ix_report_papers_paper_seq", "paper_seq"),
    sqlite_strict=True,
)

PAPER_SEARCH = (
    "CREATE VIRTUAL TABLE paper_search USING fts5("
    "title, text, domains, arxiv, content='', tokenize='unicode61 remove_diacritics 2')"
)
"""The index over papers' words, for SQLite: ``digest.storage.sqlite.search_index`` fills and asks it, nobody else.

Its rows are numbered as ``paper_texts``, and it holds no text of its own.
"""

_search_of_sqlite = DDL(PAPER_SEARCH)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
event.listen(metadata, "after_create", _search_of_sqlite.execute_if(dialect="sqlite"))


subscribers = Table(
    "subscribers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("all_domains", IntBoolean, nullable=False),
    Column("send_minute", Integer, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("frequency", Text, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("locale", Text, nullable=False),
    Column("max_papers", Integer),
    Column("notify_when_empty", IntBoolean, nullable=False),
    Column("paused", IntBoolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_digest_at", UtcDateTime),
    Column("last_digest_at", UtcDateTime),
    Column("last_paper_seq", RowId, nullable=False),
    Column("papers_since", IsoDate),
    Column("detail_level", Text, server_default="short", nullable=False),
    Column("silent", IntBoolean, server_default=text("0"), nullable=False),
    Column("include_keywords", JsonText, server_default="[]", nullable=False),
    Column("mute_keywords", JsonText, server_default="[]", nullable=False),
    Column("paused_until", IsoDate),
    CheckConstraint("send_minute BETWEEN 0 AND 1439", name="send_minute"),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("max_papers >= 1", name="max_papers"),
    one_of("frequency", Frequency),
    CheckConstraint("length(locale) BETWEEN 2 AND 12", name="locale"),
    one_of("detail_level", DetailLevel),
    Index("ix_subscribers_next_digest_at", "next_digest_at"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

subscriber_domains = Table(
    "subscriber_domains",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Index("ix_subscriber_domains_slug", "slug"),
    sqlite_strict=True,
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("thread", Integer, nullable=False),
    Column("state", Text, nullable=False),
    *reason_columns(),
    Column("failure_count", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("bounce_score", REAL, server_default=text("0"), nullable=False),
    Column("last_bounce_at", UtcDateTime),
    Column("owner", RowId),
    Column("title", Text),
    UniqueConstraint("subscriber_id", "channel", "address", "thread"),
    Index(
        "uq_endpoints_owned",
        "channel",
        "address",
        "thread",
        unique=True,
        sqlite_where=text("state <> 'pending'"),
        postgresql_where=text("state <> 'pending'"),
    ),
    Index(
        "ix_endpoints_pending",
        "channel",
        "address",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    one_of("channel", Channel),
    one_of("state", EndpointState),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

saved_papers = Table(
    "saved_papers",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("saved_at", UtcDateTime, nullable=False),
    Index("ix_saved_papers_paper_seq", "paper_seq"),
    sqlite_strict=True,
)

votes = Table(
    "votes",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("vote", Integer, nullable=False),
    Column("voted_at", UtcDateTime, nullable=False),
    CheckConstraint("vote IN (-1, 1)", name="vote"),
    Index("ix_votes_paper_seq", "paper_seq"),
    sqlite_strict=True,
)

last_lists = Table(
    "last_lists",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("thread", Integer, primary_key=True),
    Column("papers", JsonText, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    sqlite_strict=True,
)

last_searches = Table(
    "last_searches",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("thread", Integer, primary_key=True),
    Column("query", Text, nullable=False),
    Column("searched_at", UtcDateTime, nullable=False),
    sqlite_strict=True,
)


email_codes = Table(
    "email_codes",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    sqlite_strict=True,
)

code_requests = Table(
    "code_requests",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key_hash", Text, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Index("ix_code_requests_key_hash_requested_at", "key_hash", "requested_at"),
    sqlite_strict=True,
)

link_tokens = Table(
    "link_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="SET NULL")),
    Column("purpose", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_link_tokens_endpoint_id", "endpoint_id"),
    sqlite_strict=True,
)

pending_signups = Table(
    "pending_signups",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("token_hash", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    UniqueConstraint("token_hash"),
    Index("ix_pending_signups_expires_at", "expires_at"),
    sqlite_strict=True,
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("window_start", UtcDateTime, nullable=False),
    Column("used", Integer, nullable=False),
    sqlite_strict=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("key_hash", Text, primary_key=True),
    Column("reason_code", Text, nullable=False),
    Column("suppressed_at", UtcDateTime, nullable=False),
    sqlite_strict=True,
)


class Kind(StrEnum):
    """What an edition is, and what a delivery carries."""

    DIGEST = "digest"
    BROADCAST = "broadcast"
    CODE = "code"
    ALERT = "alert"
    OPT_IN = "opt_in"


editions = Table(
    "editions",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("date", IsoDate),
    Column("text", Text),
    Column("audience", JsonText),
    Column("created_by", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("paused_at", UtcDateTime),
    Column("progress_message", JsonText),
    Index(
        "uq_editions_date",
        "date",
        unique=True,
        sqlite_where=text("kind = 'digest'"),
        postgresql_where=text("kind = 'digest'"),
    ),
    one_of("kind", Kind),
    CheckConstraint("(kind = 'digest') = (date IS NOT NULL)", name="date"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE")),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("content", JsonText, nullable=False),
    Column("state", Text, nullable=False),
    *reason_columns(),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claims", Integer, nullable=False),
    Column("receipts", JsonText, nullable=False),
    Column("shortened", IntBoolean, nullable=False),
    Column("undelivered", IntBoolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("key"),
    UniqueConstraint("edition_id", "endpoint_id"),
    Index("ix_outbox_endpoint_id", "endpoint_id"),
    Index(
        "ix_outbox_undelivered",
        "endpoint_id",
        sqlite_where=text("undelivered = 1"),
        postgresql_where=text("undelivered = 1"),
    ),
    Index(
        "ix_outbox_open",
        "channel",
        "state",
        "claims",
        "priority",
        "not_before",
        sqlite_where=text("settled_at IS NULL"),
        postgresql_where=text("settled_at IS NULL"),
    ),
    Index(
        "ix_outbox_owner", "owner", sqlite_where=text("owner IS NOT NULL"), postgresql_where=text("owner IS NOT NULL")
    ),
    one_of("kind", Kind),
    one_of("channel", Channel),
    one_of("state", DeliveryState),
    CheckConstraint("(state IN ('leased', 'sending')) = (owner IS NOT NULL)", name="owner"),
    CheckConstraint("(state IN ('due', 'leased', 'sending')) = (settled_at IS NULL)", name="settled_at"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

bounces = Table(
    "bounces",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="CASCADE")),
    Column("kind", Text, nullable=False),
    *reason_columns(),
    Column("received_at", UtcDateTime, nullable=False),
    UniqueConstraint("fingerprint"),
    Index("ix_bounces_endpoint_id", "endpoint_id"),
    sqlite_strict=True,
)


daily_counts = Table(
    "daily_counts",
    metadata,
    Column("day", IsoDate, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
    sqlite_strict=True,
)

telegram_updates = Table(
    "telegram_updates",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
    Index("ix_telegram_updates_received_at", "received_at"),
    sqlite_strict=True,
)

app_state = Table(
    "app_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_strict=True,
)
