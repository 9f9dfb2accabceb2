"""What the program remembers of itself: counts of each day, updates it had, and single facts."""

from sqlalchemy import Column, Index, Integer, Table, Text

from digest.storage.tables.metadata import metadata
from digest.storage.types import IsoDate, RowId, UtcDateTime

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
