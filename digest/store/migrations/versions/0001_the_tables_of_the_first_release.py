"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from digest.store import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "code_marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_marks")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("code_marks", schema=None) as batch_op:
        batch_op.create_index("ix_code_marks_mark_at", ["mark", "at"], unique=False)

    op.create_table(
        "editions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("date", types.Day(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("audience", types.Document(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.CheckConstraint("(kind = 'digest') = (date IS NOT NULL)", name=op.f("ck_editions_date")),
        sa.CheckConstraint("kind IN ('digest', 'broadcast', 'code', 'alert')", name=op.f("ck_editions_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_editions_date",
            ["date"],
            unique=True,
            sqlite_where=sa.text("kind = 'digest'"),
            postgresql_where=sa.text("kind = 'digest'"),
        )

    op.create_table(
        "facts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
        sqlite_strict=True,
    )
    op.create_table(
        "listings",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("papers", types.Document(), nullable=False),
        sa.Column("shown_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", "thread", name=op.f("pk_listings")),
        sqlite_strict=True,
    )
    op.create_table(
        "papers",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("first_date", types.Day(), nullable=False),
        sa.Column("first_seen_at", types.Moment(), nullable=False),
        sa.Column("text_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_papers")),
        sa.UniqueConstraint("id", name=op.f("uq_papers_id")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.create_index("ix_papers_first_date", ["first_date"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("date", types.Day(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("problems", types.Document(), nullable=False),
        sa.Column("ingested_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("ix_reports_date_name", ["date", "name"], unique=False)

    op.create_table(
        "subscribers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("everything", types.Flag(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("empty_days", types.Flag(), nullable=False),
        sa.Column("paused", types.Flag(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("next_at", types.Moment(), nullable=True),
        sa.Column("served_at", types.Moment(), nullable=True),
        sa.Column("watermark", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", types.Day(), nullable=True),
        sa.CheckConstraint("locale IN ('en', 'zh')", name=op.f("ck_subscribers_locale")),
        sa.CheckConstraint("rhythm IN ('daily', 'weekdays', 'weekly')", name=op.f("ck_subscribers_rhythm")),
        sa.CheckConstraint("minute BETWEEN 0 AND 1439", name=op.f("ck_subscribers_minute")),
        sa.CheckConstraint("most >= 1", name=op.f("ck_subscribers_most")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_subscribers_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscribers")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.create_index("ix_subscribers_next_at", ["next_at"], unique=False)

    op.create_table(
        "email_codes",
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
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
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("thread", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'telegram')", name=op.f("ck_endpoints_channel")),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'gone', 'suppressed')", name=op.f("ck_endpoints_state")
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
    with op.batch_alter_table("endpoints", schema=None) as batch_op:
        batch_op.create_index(
            "uq_endpoints_owned",
            ["channel", "address", "thread"],
            unique=True,
            sqlite_where=sa.text("state <> 'pending'"),
            postgresql_where=sa.text("state <> 'pending'"),
        )

    op.create_table(
        "paper_domains",
        sa.Column("paper_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_paper_domains_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("paper_seq", "slug", name=op.f("pk_paper_domains")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("paper_domains", schema=None) as batch_op:
        batch_op.create_index("ix_paper_domains_slug", ["slug"], unique=False)

    op.create_table(
        "paper_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_date", types.Day(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("read_from", sa.Text(), nullable=True),
        sa.Column("sections", types.Document(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("seen_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_paper_texts_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_texts")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("paper_texts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_paper_texts_paper_seq_report_date", ["paper_seq", "report_date"], unique=False
        )

    op.create_table(
        "report_papers",
        sa.Column("date", types.Day(), nullable=False),
        sa.Column("paper_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_seq"], ["papers.seq"], name=op.f("fk_report_papers_paper_seq_papers"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("date", "paper_seq", name=op.f("pk_report_papers")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("report_papers", schema=None) as batch_op:
        batch_op.create_index("ix_report_papers_paper_seq", ["paper_seq"], unique=False)

    op.create_table(
        "subscriber_domains",
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
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
    with op.batch_alter_table("subscriber_domains", schema=None) as batch_op:
        batch_op.create_index("ix_subscriber_domains_slug", ["slug"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("endpoint_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("content", types.Document(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("lease_until", types.Moment(), nullable=True),
        sa.Column("not_before", types.Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("receipts", types.Document(), nullable=False),
        sa.Column("shorter", types.Flag(), nullable=False),
        sa.Column("owes", types.Flag(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("settled_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('leased', 'sending')) = (owner IS NOT NULL)", name=op.f("ck_outbox_owner")
        ),
        sa.CheckConstraint(
            "(state IN ('due', 'leased', 'sending')) = (settled_at IS NULL)",
            name=op.f("ck_outbox_settled_at"),
        ),
        sa.CheckConstraint("channel IN ('email', 'telegram')", name=op.f("ck_outbox_channel")),
        sa.CheckConstraint("kind IN ('digest', 'broadcast', 'code', 'alert')", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint(
            "state IN ('due', 'leased', 'sending', 'sent', 'uncertain', 'gone', 'refused', 'cancelled')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["editions.id"], name=op.f("fk_outbox_edition_id_editions"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["endpoints.id"],
            name=op.f("fk_outbox_endpoint_id_endpoints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("edition_id", "endpoint_id", name=op.f("uq_outbox_edition_id_endpoint_id")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_endpoint_id", ["endpoint_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_open",
            ["channel", "state", "claims", "priority", "not_before"],
            unique=False,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.create_index(
            "ix_outbox_owner",
            ["owner"],
            unique=False,
            sqlite_where=sa.text("owner IS NOT NULL"),
            postgresql_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_outbox_owes",
            ["endpoint_id"],
            unique=False,
            sqlite_where=sa.text("owes = 1"),
            postgresql_where=sa.text("owes = 1"),
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_owes",
            sqlite_where=sa.text("owes = 1"),
            postgresql_where=sa.text("owes = 1"),
        )
        batch_op.drop_index(
            "ix_outbox_owner",
            sqlite_where=sa.text("owner IS NOT NULL"),
            postgresql_where=sa.text("owner IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index("ix_outbox_endpoint_id")

    op.drop_table("outbox")
    with op.batch_alter_table("subscriber_domains", schema=None) as batch_op:
        batch_op.drop_index("ix_subscriber_domains_slug")

    op.drop_table("subscriber_domains")
    with op.batch_alter_table("report_papers", schema=None) as batch_op:
        batch_op.drop_index("ix_report_papers_paper_seq")

    op.drop_table("report_papers")
    with op.batch_alter_table("paper_texts", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_texts_paper_seq_report_date")

    op.drop_table("paper_texts")
    with op.batch_alter_table("paper_domains", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_domains_slug")

    op.drop_table("paper_domains")
    with op.batch_alter_table("endpoints", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_endpoints_owned",
            sqlite_where=sa.text("state <> 'pending'"),
            postgresql_where=sa.text("state <> 'pending'"),
        )

    op.drop_table("endpoints")
    op.drop_table("email_codes")
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.drop_index("ix_subscribers_next_at")

    op.drop_table("subscribers")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index("ix_reports_date_name")

    op.drop_table("reports")
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.drop_index("ix_papers_first_date")

    op.drop_table("papers")
    op.drop_table("listings")
    op.drop_table("facts")
    with op.batch_alter_table("editions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_editions_date",
            sqlite_where=sa.text("kind = 'digest'"),
            postgresql_where=sa.text("kind = 'digest'"),
        )

    op.drop_table("editions")
    with op.batch_alter_table("code_marks", schema=None) as batch_op:
        batch_op.drop_index("ix_code_marks_mark_at")

    op.drop_table("code_marks")
