"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from digest.storage import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PAPER_SEARCH = (
    "CREATE VIRTUAL TABLE paper_search USING fts5("
    "title, text, domains, arxiv, content='', tokenize='unicode61 remove_diacritics 2')"
)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "app_state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_app_state")),
        sqlite_strict=True,
    )
    op.create_table(
        "code_requests",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("requested_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_requests")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_code_requests_key_hash_requested_at", "code_requests", ["key_hash", "requested_at"], unique=False
    )
    op.create_table(
        "daily_counts",
        sa.Column("day", types.IsoDate(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name=op.f("pk_daily_counts")),
        sqlite_strict=True,
    )
    op.create_table(
        "editions",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("date", types.IsoDate(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("audience", types.JsonText(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("paused_at", types.UtcDateTime(), nullable=True),
        sa.Column("progress_message", types.JsonText(), nullable=True),
        sa.CheckConstraint("(kind = 'digest') = (date IS NOT NULL)", name=op.f("ck_editions_date")),
        sa.CheckConstraint("kind IN ('digest', 'broadcast', 'code', 'alert', 'opt_in')", name=op.f("ck_editions_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "uq_editions_date",
        "editions",
        ["date"],
        unique=True,
        sqlite_where=sa.text("kind = 'digest'"),
        postgresql_where=sa.text("kind = 'digest'"),
    )
    op.create_table(
        "last_lists",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("papers", types.JsonText(), nullable=False),
        sa.Column("shown_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", "thread", name=op.f("pk_last_lists")),
        sqlite_strict=True,
    )
    op.create_table(
        "last_searches",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("searched_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", "thread", name=op.f("pk_last_searches")),
        sqlite_strict=True,
    )
    op.create_table(
        "papers",
        sa.Column("seq", types.RowId, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("first_date", types.IsoDate(), nullable=False),
        sa.Column("first_seen_at", types.UtcDateTime(), nullable=False),
        sa.Column("text_id", types.RowId, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_papers")),
        sa.UniqueConstraint("id", name=op.f("uq_papers_id")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_papers_first_date", "papers", ["first_date"], unique=False)
    op.create_index("ix_papers_text_id", "papers", ["text_id"], unique=False)
    op.create_table(
        "rate_limits",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("window_start", types.UtcDateTime(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_rate_limits")),
        sqlite_strict=True,
    )
    op.create_table(
        "reports",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("date", types.IsoDate(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("problems", types.JsonText(), nullable=False),
        sa.Column("ingested_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sqlite_strict=True,
    )
    op.create_index("ix_reports_date_name", "reports", ["date", "name"], unique=False)
    op.create_table(
        "subscribers",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("all_domains", types.IntBoolean(), nullable=False),
        sa.Column("send_minute", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("max_papers", sa.Integer(), nullable=True),
        sa.Column("notify_when_empty", types.IntBoolean(), nullable=False),
        sa.Column("paused", types.IntBoolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("next_digest_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_digest_at", types.UtcDateTime(), nullable=True),
        sa.Column("last_paper_seq", types.RowId, nullable=False),
        sa.Column("papers_since", types.IsoDate(), nullable=True),
        sa.Column("detail_level", sa.Text(), server_default="short", nullable=False),
        sa.Column("silent", types.IntBoolean(), server_default=sa.text("0"), nullable=False),
        sa.Column("include_keywords", types.JsonText(), server_default="[]", nullable=False),
        sa.Column("mute_keywords", types.JsonText(), server_default="[]", nullable=False),
        sa.Column("paused_until", types.IsoDate(), nullable=True),
        sa.CheckConstraint("detail_level IN ('titles', 'short', 'full')", name=op.f("ck_subscribers_detail_level")),
        sa.CheckConstraint("frequency IN ('daily', 'weekdays', 'weekly')", name=op.f("ck_subscribers_frequency")),
        sa.CheckConstraint("length(locale) BETWEEN 2 AND 12", name=op.f("ck_subscribers_locale")),
        sa.CheckConstraint("max_papers >= 1", name=op.f("ck_subscribers_max_papers")),
        sa.CheckConstraint("send_minute BETWEEN 0 AND 1439", name=op.f("ck_subscribers_send_minute")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_subscribers_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_subscribers_next_digest_at", "subscribers", ["next_digest_at"], unique=False)
    op.create_table(
        "suppressions",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("suppressed_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_suppressions")),
        sqlite_strict=True,
    )
    op.create_table(
        "telegram_updates",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_updates")),
        sqlite_strict=True,
    )
    op.create_index("ix_telegram_updates_received_at", "telegram_updates", ["received_at"], unique=False)
    op.create_table(
        "email_codes",
        sa.Column("subscriber_id", types.RowId, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_email_codes_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_email_codes")),
        sqlite_strict=True,
    )
    op.create_table(
        "endpoints",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("subscriber_id", types.RowId, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_cause", sa.Text(), nullable=True),
        sa.Column("reason_detail", sa.Text(), nullable=True),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("bounce_score", sa.REAL(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_bounce_at", types.UtcDateTime(), nullable=True),
        sa.Column("owner", types.RowId, nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'telegram')", name=op.f("ck_endpoints_channel")),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'unreachable', 'unsubscribed', 'suppressed')",
            name=op.f("ck_endpoints_state"),
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_endpoints_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        sa.UniqueConstraint(
            "subscriber_id",
            "channel",
            "address",
            "thread",
            name=op.f("uq_endpoints_subscriber_id_channel_address_thread"),
        ),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "ix_endpoints_pending",
        "endpoints",
        ["channel", "address"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "uq_endpoints_owned",
        "endpoints",
        ["channel", "address", "thread"],
        unique=True,
        sqlite_where=sa.text("state <> 'pending'"),
        postgresql_where=sa.text("state <> 'pending'"),
    )
    op.create_table(
        "paper_domains",
        sa.Column("paper_seq", types.RowId, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_paper_domains_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("paper_seq", "slug", name=op.f("pk_paper_domains")),
        sqlite_strict=True,
    )
    op.create_index("ix_paper_domains_slug", "paper_domains", ["slug"], unique=False)
    op.create_table(
        "paper_texts",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("paper_seq", types.RowId, nullable=False),
        sa.Column("report_date", types.IsoDate(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("summary_source", sa.Text(), nullable=True),
        sa.Column("sections", types.JsonText(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("seen_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_paper_texts_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_texts")),
        sqlite_strict=True,
    )
    op.create_index("ix_paper_texts_paper_seq_report_date", "paper_texts", ["paper_seq", "report_date"], unique=False)
    op.create_table(
        "pending_signups",
        sa.Column("subscriber_id", types.RowId, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_pending_signups_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_pending_signups")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pending_signups_token_hash")),
        sqlite_strict=True,
    )
    op.create_index("ix_pending_signups_expires_at", "pending_signups", ["expires_at"], unique=False)
    op.create_table(
        "report_papers",
        sa.Column("date", types.IsoDate(), nullable=False),
        sa.Column("paper_seq", types.RowId, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_report_papers_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("date", "paper_seq", name=op.f("pk_report_papers")),
        sqlite_strict=True,
    )
    op.create_index("ix_report_papers_paper_seq", "report_papers", ["paper_seq"], unique=False)
    op.create_table(
        "saved_papers",
        sa.Column("subscriber_id", types.RowId, nullable=False),
        sa.Column("paper_seq", types.RowId, nullable=False),
        sa.Column("saved_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_saved_papers_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_saved_papers_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "paper_seq", name=op.f("pk_saved_papers")),
        sqlite_strict=True,
    )
    op.create_index("ix_saved_papers_paper_seq", "saved_papers", ["paper_seq"], unique=False)
    op.create_table(
        "subscriber_domains",
        sa.Column("subscriber_id", types.RowId, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_subscriber_domains_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "slug", name=op.f("pk_subscriber_domains")),
        sqlite_strict=True,
    )
    op.create_index("ix_subscriber_domains_slug", "subscriber_domains", ["slug"], unique=False)
    op.create_table(
        "votes",
        sa.Column("subscriber_id", types.RowId, nullable=False),
        sa.Column("paper_seq", types.RowId, nullable=False),
        sa.Column("vote", sa.Integer(), nullable=False),
        sa.Column("voted_at", types.UtcDateTime(), nullable=False),
        sa.CheckConstraint("vote IN (-1, 1)", name=op.f("ck_votes_vote")),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_votes_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_votes_subscriber_id_subscribers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "paper_seq", name=op.f("pk_votes")),
        sqlite_strict=True,
    )
    op.create_index("ix_votes_paper_seq", "votes", ["paper_seq"], unique=False)
    op.create_table(
        "bounces",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("endpoint_id", types.RowId, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_cause", sa.Text(), nullable=True),
        sa.Column("reason_detail", sa.Text(), nullable=True),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_bounces_endpoint_id_endpoints"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bounces_fingerprint")),
        sqlite_strict=True,
    )
    op.create_index("ix_bounces_endpoint_id", "bounces", ["endpoint_id"], unique=False)
    op.create_table(
        "link_tokens",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("endpoint_id", types.RowId, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_link_tokens_endpoint_id_endpoints"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_link_tokens")),
        sqlite_strict=True,
    )
    op.create_index("ix_link_tokens_endpoint_id", "link_tokens", ["endpoint_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", types.RowId, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edition_id", types.RowId, nullable=True),
        sa.Column("endpoint_id", types.RowId, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("content", types.JsonText(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_cause", sa.Text(), nullable=True),
        sa.Column("reason_detail", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", types.UtcDateTime(), nullable=True),
        sa.Column("not_before", types.UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("receipts", types.JsonText(), nullable=False),
        sa.Column("shortened", types.IntBoolean(), nullable=False),
        sa.Column("undelivered", types.IntBoolean(), nullable=False),
        sa.Column("created_at", types.UtcDateTime(), nullable=False),
        sa.Column("settled_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('due', 'leased', 'sending')) = (settled_at IS NULL)", name=op.f("ck_outbox_settled_at")
        ),
        sa.CheckConstraint("(state IN ('leased', 'sending')) = (owner IS NOT NULL)", name=op.f("ck_outbox_owner")),
        sa.CheckConstraint("channel IN ('email', 'telegram')", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint("kind IN ('digest', 'broadcast', 'code', 'alert', 'opt_in')", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint(
            "state IN ('due', 'leased', 'sending', 'sent', 'uncertain', 'gone', 'refused', 'cancelled')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_outbox_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_outbox_endpoint_id_endpoints"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("edition_id", "endpoint_id", name=op.f("uq_outbox_edition_id_endpoint_id")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_endpoint_id", "outbox", ["endpoint_id"], unique=False)
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["channel", "state", "claims", "priority", "not_before"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_owner",
        "outbox",
        ["owner"],
        unique=False,
        sqlite_where=sa.text("owner IS NOT NULL"),
        postgresql_where=sa.text("owner IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["endpoint_id"],
        unique=False,
        sqlite_where=sa.text("undelivered = 1"),
        postgresql_where=sa.text("undelivered = 1"),
    )
    op.execute(PAPER_SEARCH)
