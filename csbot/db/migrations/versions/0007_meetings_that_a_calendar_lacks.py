"""Meetings that a calendar lacks once; what was written to an address; segments"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CUSTOMERS = sa.table(
    "billing_customers",
    sa.column("id", sa.Integer),
    sa.column("as_of", sa.DateTime(timezone=True)),
    sa.column("domain", sa.String),
    sa.column("name_key", sa.String),
    sa.column("told", sa.JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("meeting_refs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.create_index("ix_touches_address_queued_at", ["address", "queued_at"])

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index("ix_accounts_segment", ["segment"])

    with op.batch_alter_table("subscription_states", schema=None) as batch_op:
        batch_op.add_column(sa.Column("arr", sa.BigInteger(), nullable=True))

    op.create_table(
        "opted_out",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email", "channel", name=op.f("pk_opted_out")),
    )

    _keep_what_customers_are_found_by()


def downgrade() -> None:
    op.drop_table("opted_out")

    with op.batch_alter_table("subscription_states", schema=None) as batch_op:
        batch_op.drop_column("arr")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_accounts_segment")

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.drop_index("ix_touches_address_queued_at")

    with op.batch_alter_table("meeting_refs", schema=None) as batch_op:
        batch_op.drop_column("missed_at")


def _keep_what_customers_are_found_by() -> None:
    """Beside what was told: until they are heard of again at least the newest of it."""
    bind = op.get_bind()
    keys = CUSTOMERS.c.domain, CUSTOMERS.c.name_key
    rows = bind.execute(sa.select(CUSTOMERS).where(sa.or_(*(key.is_not(None) for key in keys))))
    changed = [
        {"row": row.id, "with_keys": {**_key("domain", row), **_key("name_key", row), **row.told}}
        for row in rows.all()
    ]
    if changed:
        which = CUSTOMERS.c.id == sa.bindparam("row")
        told = sa.bindparam("with_keys", type_=sa.JSON)
        bind.execute(CUSTOMERS.update().where(which).values(told=told), changed)


def _key(kind: str, row: sa.Row[tuple[object, ...]]) -> dict[str, dict[str, str]]:
    value = getattr(row, kind)
    return {kind: {value: row.as_of.isoformat()}} if value else {}
