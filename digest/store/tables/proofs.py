"""What proves or bars an address: codes, links, sign-ups with their limits, and who was erased."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from digest.store.tables.metadata import metadata
from digest.store.types import Key, Moment

email_codes = Table(
    "email_codes",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    sqlite_strict=True,
)

code_marks = Table(
    "code_marks",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mark", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_code_marks_mark_at", "mark", "at"),
    sqlite_strict=True,
)

link_keys = Table(
    "link_keys",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="SET NULL")),
    Column("purpose", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("ix_link_keys_endpoint_id", "endpoint_id"),
    sqlite_strict=True,
)

opt_ins = Table(
    "opt_ins",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("hash"),
    Index("ix_opt_ins_expires_at", "expires_at"),
    sqlite_strict=True,
)

limits = Table(
    "limits",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("taken", Integer, nullable=False),
    sqlite_strict=True,
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)
