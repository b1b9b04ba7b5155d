"""Onboarding, renewals and churn in full"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# How long each stage should take, in days, as it was until now.
DAYS = {
    "transactional": {
        "onboarding": 14, "transition": 7, "metrics-tracking": 30, "issue-resolution": 30,
        "nurturing": 180, "simplified-renewal": 60,
    },
    "enterprise": {
        "transition": 5, "first-onboarding-meeting": 10, "second-onboarding-meeting": 14,
        "follow-up-email": 3, "third-onboarding-meeting": 14, "wrap-up-meeting": 10,
        "final-follow-up-email": 3, "nurturing": 90,
    },
}  # fmt: skip
ACCOUNTS = sa.table(
    "accounts",
    *(sa.column(name) for name in ("id", "process", "owner_id", "created_at", "onboarding_stage")),
    sa.column("onboarding_stage_since", sa.DateTime(timezone=True)),
    sa.column("onboarding_began_at", sa.DateTime(timezone=True)),
)
SPELLS = sa.table(
    "account_stages",
    *(sa.column(name) for name in ("account_id", "process", "stage", "days", "owner_id")),
    sa.column("begun_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    op.create_table(
        "renewal_forecasts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("due_month", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("segment", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["team.id"],
            name=op.f("fk_renewal_forecasts_owner_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal_forecasts")),
    )
    with op.batch_alter_table("renewal_forecasts", schema=None) as batch_op:
        batch_op.create_index("ix_renewal_forecasts_week_on", ["week_on"], unique=False)

    op.create_table(
        "account_requirements",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("why_bought", sa.String(), nullable=True),
        sa.Column("intended_use", sa.String(), nullable=True),
        sa.Column("used_before", sa.String(), nullable=True),
        sa.Column("success", sa.String(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_requirements_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["team.id"],
            name=op.f("fk_account_requirements_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_requirements")),
    )
    op.create_table(
        "account_roles",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_roles_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team.id"],
            name=op.f("fk_account_roles_member_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "role", name=op.f("pk_account_roles")),
    )
    with op.batch_alter_table("account_roles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_roles_member_id"), ["member_id"], unique=False)

    op.create_table(
        "account_stages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_stages_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["team.id"], name=op.f("fk_account_stages_by_id_team"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["team.id"],
            name=op.f("fk_account_stages_owner_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_stages")),
    )
    with op.batch_alter_table("account_stages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_account_stages_account_id_begun_at", ["account_id", "begun_at"], unique=False
        )
        batch_op.create_index("ix_account_stages_ended_at", ["ended_at"], unique=False)

    op.create_table(
        "churns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("avoidable", sa.Boolean(), nullable=True),
        sa.Column("win_back_on", sa.Date(), nullable=True),
        sa.Column("arr", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_churns_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["team.id"], name=op.f("fk_churns_by_id_team"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_churns")),
    )
    with op.batch_alter_table("churns", schema=None) as batch_op:
        batch_op.create_index("ix_churns_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_churns_effective_on", ["effective_on"], unique=False)

    op.create_table(
        "alert_promises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("nudged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name=op.f("fk_alert_promises_alert_id_alerts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team.id"],
            name=op.f("fk_alert_promises_member_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_promises")),
    )
    with op.batch_alter_table("alert_promises", schema=None) as batch_op:
        batch_op.create_index("ix_alert_promises_alert_id", ["alert_id"], unique=False)
        batch_op.create_index(
            "ix_alert_promises_due_at",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "meeting_debriefs",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meetings.id"],
            name=op.f("fk_meeting_debriefs_meeting_id_meetings"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team.id"],
            name=op.f("fk_meeting_debriefs_member_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meeting_debriefs")),
    )
    with op.batch_alter_table("meeting_debriefs", schema=None) as batch_op:
        batch_op.create_index("ix_meeting_debriefs_message", ["message"], unique=False)
        batch_op.create_index(
            "ix_meeting_debriefs_member_id",
            ["member_id"],
            unique=False,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("onboarding_began_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("onboarding_ended_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("first_value_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("first_value_what", sa.String(), nullable=True))

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("undoes_id", sa.Integer(), nullable=True))
        batch_op.create_index("ix_audit_by_id_at", ["by_id", "at"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_audit_undoes_id"), ["undoes_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_audit_undoes_id_audit"),
            "audit",
            ["undoes_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("renewals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forecast_amount", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("incentive", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("offered_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("final_amount", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("final_months", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("signal", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("signal_why", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("signal_at", sa.DateTime(timezone=True), nullable=True))
    _those_under_way()


def downgrade() -> None:
    with op.batch_alter_table("renewals", schema=None) as batch_op:
        batch_op.drop_column("signal_at")
        batch_op.drop_column("signal_why")
        batch_op.drop_column("signal")
        batch_op.drop_column("final_months")
        batch_op.drop_column("final_amount")
        batch_op.drop_column("offered_months")
        batch_op.drop_column("incentive")
        batch_op.drop_column("forecast_amount")

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_audit_undoes_id_audit"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_audit_undoes_id"), type_="unique")
        batch_op.drop_index("ix_audit_by_id_at")
        batch_op.drop_column("undoes_id")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("first_value_what")
        batch_op.drop_column("first_value_at")
        batch_op.drop_column("onboarding_ended_at")
        batch_op.drop_column("onboarding_began_at")

    with op.batch_alter_table("meeting_debriefs", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_meeting_debriefs_member_id",
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )
        batch_op.drop_index("ix_meeting_debriefs_message")

    op.drop_table("meeting_debriefs")
    with op.batch_alter_table("alert_promises", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_alert_promises_due_at",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_alert_promises_alert_id")

    op.drop_table("alert_promises")
    with op.batch_alter_table("churns", schema=None) as batch_op:
        batch_op.drop_index("ix_churns_effective_on")
        batch_op.drop_index("ix_churns_account_id")

    op.drop_table("churns")
    with op.batch_alter_table("account_stages", schema=None) as batch_op:
        batch_op.drop_index("ix_account_stages_ended_at")
        batch_op.drop_index("ix_account_stages_account_id_begun_at")

    op.drop_table("account_stages")
    with op.batch_alter_table("account_roles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_roles_member_id"))

    op.drop_table("account_roles")
    op.drop_table("account_requirements")
    with op.batch_alter_table("renewal_forecasts", schema=None) as batch_op:
        batch_op.drop_index("ix_renewal_forecasts_week_on")

    op.drop_table("renewal_forecasts")


def _those_under_way() -> None:
    """Whoever is in a stage now began it when it was entered."""
    since = sa.func.coalesce(ACCOUNTS.c.onboarding_stage_since, ACCOUNTS.c.created_at)
    for process, stages in DAYS.items():
        for stage, days in stages.items():
            there = sa.and_(ACCOUNTS.c.process == process, ACCOUNTS.c.onboarding_stage == stage)
            row = sa.select(
                ACCOUNTS.c.id, ACCOUNTS.c.process, ACCOUNTS.c.onboarding_stage,
                sa.literal(days), ACCOUNTS.c.owner_id, since,
            ).where(there)  # fmt: skip
            columns = ["account_id", "process", "stage", "days", "owner_id", "begun_at"]
            op.execute(SPELLS.insert().from_select(columns, row))
            op.execute(ACCOUNTS.update().where(there).values(onboarding_began_at=since))
