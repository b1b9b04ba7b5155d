"""Meetings that a calendar lacks once; what was written to an address; segments"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("meeting_refs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.create_index("ix_touches_address_queued_at", ["address", "queued_at"])

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index("ix_accounts_segment", ["segment"])


def downgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_accounts_segment")

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.drop_index("ix_touches_address_queued_at")

    with op.batch_alter_table("meeting_refs", schema=None) as batch_op:
        batch_op.drop_column("missed_at")
