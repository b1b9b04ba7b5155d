"""What a delivery that waits knows of its account; check-ins that are the customer's words"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signs", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("checkins", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("theirs", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("checkins", schema=None) as batch_op:
        batch_op.drop_column("theirs")

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_column("signs")
