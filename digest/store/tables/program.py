"""What the program remembers of itself: counts of each day, updates it had, and single facts."""

from sqlalchemy import Column, Index, Integer, Table, Text

from digest.store.tables.metadata import metadata
from digest.store.types import Day, Key, Moment

tallies = Table(
    "tallies",
    metadata,
    Column("day", Day, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_strict=True,
)

updates = Table(
    "updates",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Moment, nullable=False),
    Index("ix_updates_at", "at"),
    sqlite_strict=True,
)

facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_strict=True,
)
