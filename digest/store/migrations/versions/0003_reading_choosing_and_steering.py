"""Layouts, keywords, pauses with an end; saved papers, votes, search; owners; broadcasts that pause."""

import sqlalchemy as sa
from alembic import op

from digest.store import types
from digest.store.rebuild import rebuild

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SINCE = "since TEXT, "
CHOSEN = (
    "\n\tlayout TEXT DEFAULT 'short' NOT NULL, \n\tsilent INTEGER DEFAULT 0 NOT NULL, "
    "\n\tinclude TEXT DEFAULT '[]' NOT NULL, \n\tmute TEXT DEFAULT '[]' NOT NULL, \n\tpaused_until TEXT, "
)
LOCALE = "CONSTRAINT ck_subscribers_locale CHECK (locale IN ('en', 'zh'))"
ANY_LOCALE = "CONSTRAINT ck_subscribers_locale CHECK (length(locale) BETWEEN 2 AND 12)"
LAYOUT = ", \n\tCONSTRAINT ck_subscribers_layout CHECK (layout IN ('titles', 'short', 'full'))"
BOUNCED = "bounced_at TEXT, "
OWNED = "\n\towner INTEGER, \n\ttitle TEXT, "
CREATED = "created_at TEXT NOT NULL, "
PAPER_SEARCH = (
    "CREATE VIRTUAL TABLE paper_search USING fts5("
    "title, text, domains, arxiv, content='', tokenize='unicode61 remove_diacritics 2')"
)
STEERED = "\n\tpaused_at TEXT, \n\tprogress TEXT, "


def upgrade() -> None:
    """Go up."""
    rebuild("subscribers", (SINCE, SINCE + CHOSEN), (LOCALE, ANY_LOCALE + LAYOUT))
    rebuild("endpoints", (BOUNCED, BOUNCED + OWNED))
    rebuild("editions", (CREATED, CREATED + STEERED))
    for table in ("saved", "votes"):
        vote = [
            sa.Column("vote", sa.Integer(), nullable=False),
            sa.CheckConstraint("vote IN (-1, 1)", name=op.f("ck_votes_vote")),
        ]
        op.create_table(
            table,
            sa.Column("subscriber_id", types.Key, nullable=False),
            sa.Column("paper_seq", types.Key, nullable=False),
            *(vote if table == "votes" else []),
            sa.Column("at", types.Moment(), nullable=False),
            sa.PrimaryKeyConstraint("subscriber_id", "paper_seq", name=op.f(f"pk_{table}")),
            _goes_with(table, "subscriber_id", "subscribers", "id"),
            _goes_with(table, "paper_seq", "papers", "seq"),
            sqlite_strict=True,
        )
        op.create_index(f"ix_{table}_paper_seq", table, ["paper_seq"])
    op.create_table(
        "searches",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", "thread", name=op.f("pk_searches")),
        sqlite_strict=True,
    )
    op.create_index("ix_papers_text_id", "papers", ["text_id"])
    op.execute(PAPER_SEARCH)
    op.create_table(
        "tallies",
        sa.Column("day", types.Day(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name=op.f("pk_tallies")),
        sqlite_strict=True,
    )
    op.create_table(
        "updates",
        sa.Column("id", types.Key, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_updates")),
        sqlite_strict=True,
    )
    op.create_index("ix_updates_at", "updates", ["at"])


def _goes_with(table: str, column: str, other: str, key: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name, ondelete="CASCADE")
