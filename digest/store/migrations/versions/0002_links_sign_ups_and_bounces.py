"""Links into the pages, sign-ups, bounces; endpoints can be unsubscribed."""

import sqlalchemy as sa
from alembic import op

from digest.store import types
from digest.store.rebuild import rebuild

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "kind IN ('digest', 'broadcast', 'code', 'alert'{more})"
STATES = "state IN ('pending', 'active', 'gone'{more}, 'suppressed')"
CREATED = "created_at TEXT NOT NULL, "
BOUNCED = "\n\tbounce_score REAL DEFAULT 0 NOT NULL, \n\tbounced_at TEXT, "


def upgrade() -> None:
    """Go up."""
    for table in ("editions", "outbox"):
        rebuild(table, (KINDS.format(more=""), KINDS.format(more=", 'opt_in'")))
    rebuild(
        "endpoints",
        (STATES.format(more=""), STATES.format(more=", 'unsubscribed'")),
        (CREATED, CREATED + BOUNCED),
    )
    pending = sa.text("state = 'pending'")
    op.create_index(
        "ix_endpoints_pending",
        "endpoints",
        ["channel", "address"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_table(
        "link_keys",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("endpoint_id", types.Key),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_link_keys")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["endpoints.id"],
            name=op.f("fk_link_keys_endpoint_id_endpoints"),
            ondelete="SET NULL",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_link_keys_endpoint_id", "link_keys", ["endpoint_id"])
    op.create_table(
        "opt_ins",
        sa.Column("subscriber_id", types.Key, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_opt_ins")),
        sa.UniqueConstraint("hash", name=op.f("uq_opt_ins_hash")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name=op.f("fk_opt_ins_subscriber_id_subscribers"),
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_opt_ins_expires_at", "opt_ins", ["expires_at"])
    op.create_table(
        "limits",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_limits")),
        sqlite_strict=True,
    )
    op.create_table(
        "suppressions",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_suppressions")),
        sqlite_strict=True,
    )
    op.create_table(
        "bounces",
        sa.Column("id", types.Key, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("endpoint_id", types.Key),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_bounces_fingerprint")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["endpoints.id"],
            name=op.f("fk_bounces_endpoint_id_endpoints"),
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_bounces_endpoint_id", "bounces", ["endpoint_id"])
