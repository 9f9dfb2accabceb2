"""Editions, the outbox, and mail that came back."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from digest.model import Channel, DeliveryState
from digest.storage.reason_columns import reason_columns
from digest.storage.tables.metadata import metadata, one_of
from digest.storage.types import IntBoolean, IsoDate, JsonText, RowId, UtcDateTime


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
