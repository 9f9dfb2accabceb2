"""The tables. A change here needs a revision under ``migrations/versions``; a test holds the two together."""

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

from digest.model import Channel, DeliveryState, EndpointState, Layout, Rhythm
from digest.store.types import Day, Document, Flag, Key, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Kind(StrEnum):
    """What an edition is, and what a delivery carries."""

    DIGEST = "digest"
    BROADCAST = "broadcast"
    CODE = "code"
    ALERT = "alert"
    OPT_IN = "opt_in"


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


reports = Table(
    "reports",
    metadata,
    Column("id", Key, primary_key=True),
    Column("date", Day, nullable=False),
    Column("name", Text, nullable=False),
    Column("source_url", Text),
    Column("checksum", Text, nullable=False),
    Column("papers", Integer, nullable=False),
    Column("problems", Document, nullable=False),
    Column("ingested_at", Moment, nullable=False),
    Index("ix_reports_date_name", "date", "name"),
    sqlite_strict=True,
)

papers = Table(
    "papers",
    metadata,
    Column("seq", Key, primary_key=True),
    Column("id", Text, nullable=False),
    Column("first_date", Day, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("text_id", Key),
    UniqueConstraint("id"),
    Index("ix_papers_first_date", "first_date"),
    Index("ix_papers_text_id", "text_id"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

paper_texts = Table(
    "paper_texts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), nullable=False),
    Column("report_date", Day, nullable=False),
    Column("version", Integer),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("read_from", Text),
    Column("sections", Document, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
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
    Column("date", Day, primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, nullable=False),
    Index("ix_report_papers_paper_seq", "paper_seq"),
    sqlite_strict=True,
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("everything", Flag, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("rhythm", Text, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("locale", Text, nullable=False),
    Column("most", Integer),
    Column("empty_days", Flag, nullable=False),
    Column("paused", Flag, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("next_at", Moment),
    Column("served_at", Moment),
    Column("watermark", Key, nullable=False),
    Column("since", Day),
    Column("layout", Text, server_default="short", nullable=False),
    Column("silent", Flag, server_default=text("0"), nullable=False),
    Column("include", Document, server_default="[]", nullable=False),
    Column("mute", Document, server_default="[]", nullable=False),
    Column("paused_until", Day),
    CheckConstraint("minute BETWEEN 0 AND 1439", name="minute"),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("most >= 1", name="most"),
    _one_of("rhythm", Rhythm),
    CheckConstraint("length(locale) BETWEEN 2 AND 12", name="locale"),
    _one_of("layout", Layout),
    Index("ix_subscribers_next_at", "next_at"),
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
    Column("id", Key, primary_key=True),
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("thread", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("points", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("bounce_score", REAL, server_default=text("0"), nullable=False),
    Column("bounced_at", Moment),
    Column("owner", Key),
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
    _one_of("channel", Channel),
    _one_of("state", EndpointState),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

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

bounces = Table(
    "bounces",
    metadata,
    Column("id", Key, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="CASCADE")),
    Column("verdict", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("fingerprint"),
    Index("ix_bounces_endpoint_id", "endpoint_id"),
    sqlite_strict=True,
)

editions = Table(
    "editions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("date", Day),
    Column("text", Text),
    Column("audience", Document),
    Column("by", Text),
    Column("created_at", Moment, nullable=False),
    Column("paused_at", Moment),
    Column("progress", Document),
    Index(
        "uq_editions_date",
        "date",
        unique=True,
        sqlite_where=text("kind = 'digest'"),
        postgresql_where=text("kind = 'digest'"),
    ),
    _one_of("kind", Kind),
    CheckConstraint("(kind = 'digest') = (date IS NOT NULL)", name="date"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("edition_id", ForeignKey("editions.id", ondelete="CASCADE")),
    Column("endpoint_id", ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("content", Document, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("not_before", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claims", Integer, nullable=False),
    Column("receipts", Document, nullable=False),
    Column("shorter", Flag, nullable=False),
    Column("owes", Flag, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("key"),
    UniqueConstraint("edition_id", "endpoint_id"),
    Index("ix_outbox_endpoint_id", "endpoint_id"),
    Index(
        "ix_outbox_owes",
        "endpoint_id",
        sqlite_where=text("owes = 1"),
        postgresql_where=text("owes = 1"),
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
        "ix_outbox_owner",
        "owner",
        sqlite_where=text("owner IS NOT NULL"),
        postgresql_where=text("owner IS NOT NULL"),
    ),
    _one_of("kind", Kind),
    _one_of("channel", Channel),
    _one_of("state", DeliveryState),
    CheckConstraint("(state IN ('leased', 'sending')) = (owner IS NOT NULL)", name="owner"),
    CheckConstraint("(state IN ('due', 'leased', 'sending')) = (settled_at IS NULL)", name="settled_at"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)

listings = Table(
    "listings",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("thread", Integer, primary_key=True),
    Column("papers", Document, nullable=False),
    Column("shown_at", Moment, nullable=False),
    sqlite_strict=True,
)

searches = Table(
    "searches",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("thread", Integer, primary_key=True),
    Column("query", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    sqlite_strict=True,
)

saved = Table(
    "saved",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("at", Moment, nullable=False),
    Index("ix_saved_paper_seq", "paper_seq"),
    sqlite_strict=True,
)

votes = Table(
    "votes",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_seq", ForeignKey("papers.seq", ondelete="CASCADE"), primary_key=True),
    Column("vote", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("vote IN (-1, 1)", name="vote"),
    Index("ix_votes_paper_seq", "paper_seq"),
    sqlite_strict=True,
)

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

PAPER_SEARCH = (
    "CREATE VIRTUAL TABLE paper_search USING fts5("
    "title, text, domains, arxiv, content='', tokenize='unicode61 remove_diacritics 2')"
)
"""The index over papers' words, for SQLite: ``digest.store.search`` fills and asks it, nobody else.

Its rows are numbered as ``paper_texts``, and it holds no text of its own.
"""

_search_of_sqlite = DDL(PAPER_SEARCH)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
event.listen(metadata, "after_create", _search_of_sqlite.execute_if(dialect="sqlite"))
