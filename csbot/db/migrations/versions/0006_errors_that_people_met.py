"""Errors that people met; the forecast's weeks by the months that they look at"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faults",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["team.id"], name=op.f("fk_faults_member_id_team"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faults")),
    )
    with op.batch_alter_table("faults", schema=None) as batch_op:
        batch_op.create_index("ix_faults_at", ["at"], unique=False)

    with op.batch_alter_table("renewal_forecasts", schema=None) as batch_op:
        batch_op.create_index("ix_renewal_forecasts_week_on_due_month", ["week_on", "due_month"])
        batch_op.drop_index("ix_renewal_forecasts_week_on")

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.create_index(
            "ix_touches_asked",
            ["approval_id", "state"],
            sqlite_where=sa.text("approval_id IS NOT NULL"),
            postgresql_where=sa.text("approval_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_touches_approval_id")

    with op.batch_alter_table("subscription_states", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unsent", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded", sa.Integer(), server_default="0", nullable=False))

    _name_ends("subject || '@' || (facts ->> 'ends_on')", "subject NOT LIKE '%@____-__-__'")


def downgrade() -> None:
    stem = "substr(subject, 1, length(subject) - 11)"
    extended = f"""id IN (SELECT max(id) FROM playbook_runs
        WHERE subject LIKE '%@____-__-__' GROUP BY playbook, account_id, {stem})"""  # noqa: S608
    _name_ends(stem, extended)

    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_column("reminded")

    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.drop_column("done_at")

    with op.batch_alter_table("subscription_states", schema=None) as batch_op:
        batch_op.drop_column("unsent")

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.create_index("ix_touches_approval_id", ["approval_id"])
        batch_op.drop_index("ix_touches_asked")

    with op.batch_alter_table("renewal_forecasts", schema=None) as batch_op:
        batch_op.create_index("ix_renewal_forecasts_week_on", ["week_on"])
        batch_op.drop_index("ix_renewal_forecasts_week_on_due_month")

    with op.batch_alter_table("faults", schema=None) as batch_op:
        batch_op.drop_index("ix_faults_at")

    op.drop_table("faults")


def _name_ends(subject: str, which: str) -> None:
    """Runs before the end of a trial say which day: extended, it is a cause of its own."""
    op.execute(
        f"""UPDATE playbook_runs SET subject = {subject}
        WHERE {which} AND facts ->> 'ends_on' IS NOT NULL
          AND subject NOT LIKE 'by hand:%' AND subject NOT LIKE 'from:%'
          AND version_id IN (SELECT id FROM playbook_versions
            WHERE definition -> 'trigger' ->> 'event' = 'trial.will_end')"""  # noqa: S608
    )
