"""Reports, papers with every version of their text, and the index of search."""

from sqlalchemy import DDL, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, event

from digest.storage.tables.metadata import metadata
from digest.storage.types import IsoDate, JsonText, RowId, UtcDateTime

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
