"""What proves or bars an address: codes, links, sign-ups with their limits, and who was erased."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from digest.storage.tables.metadata import metadata
from digest.storage.types import RowId, UtcDateTime

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
