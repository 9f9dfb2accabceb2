"""Subscribers and their endpoints, what they did with papers, and what was shown in a chat last."""

from sqlalchemy import REAL, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from digest.model import Channel, DetailLevel, EndpointState, Frequency
from digest.storage.reason_columns import reason_columns
from digest.storage.tables.metadata import metadata, one_of
from digest.storage.types import IntBoolean, IsoDate, JsonText, RowId, UtcDateTime

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
