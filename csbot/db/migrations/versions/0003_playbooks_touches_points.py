"""Playbooks, touches, points"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The playbooks of the library that ask for the alerts which csbot raised by itself before.
PLAYBOOKS = {
    "inactive": "inactive-users",
    "feedback": "feedback",
    "task": "tasks",
    "meeting_tomorrow": "meeting-tomorrow",
    "meeting_soon": "meeting-soon",
    "renewal": "renewal-window",
    "payment_failed": "payments",
    "unowned": "no-owner",
}
ALERTS = sa.table("alerts", sa.column("kind"), sa.column("playbook"))


# What has happened lately is asked for every minute.
LATELY = (
    ("ix_accounts_created_at", "accounts", "created_at"),
    ("ix_feedback_at", "feedback", "at"),
    ("ix_health_history_at", "health_history", "at"),
    ("ix_meetings_created_at", "meetings", "created_at"),
    ("ix_subscription_states_at", "subscription_states", "at"),
    ("ix_tasks_created_at", "tasks", "created_at"),
)


def upgrade() -> None:
    op.create_table(
        "playbook_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_versions")),
        sa.UniqueConstraint("name", "digest", name=op.f("uq_playbook_versions_name_digest")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["team.id"],
            name=op.f("fk_approvals_decided_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["team.id"], name=op.f("fk_approvals_owner_id_team"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(
            "ix_approvals_state_expires_at", ["state", "expires_at"], unique=False
        )

    op.create_table(
        "playbooks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("baseline_id", sa.Integer(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=True),
        sa.Column("sends", sa.Boolean(), nullable=True),
        sa.Column("on_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("problem_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["baseline_id"],
            ["playbook_versions.id"],
            name=op.f("fk_playbooks_baseline_id_playbook_versions"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["team.id"],
            name=op.f("fk_playbooks_changed_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["playbook_versions.id"],
            name=op.f("fk_playbooks_version_id_playbook_versions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_playbooks")),
    )
    op.create_table(
        "alert_mutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_alert_mutes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["team.id"], name=op.f("fk_alert_mutes_by_id_team"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team.id"],
            name=op.f("fk_alert_mutes_member_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_mutes")),
        sa.UniqueConstraint(
            "playbook", "account_id", name=op.f("uq_alert_mutes_playbook_account_id")
        ),
        sa.UniqueConstraint(
            "playbook", "member_id", name=op.f("uq_alert_mutes_playbook_member_id")
        ),
    )
    op.create_table(
        "playbook_members",
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_playbook_members_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("playbook", "account_id", name=op.f("pk_playbook_members")),
    )
    op.create_table(
        "alert_verdicts",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name=op.f("fk_alert_verdicts_alert_id_alerts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team.id"],
            name=op.f("fk_alert_verdicts_member_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_id", "member_id", name=op.f("pk_alert_verdicts")),
    )
    with op.batch_alter_table("alert_verdicts", schema=None) as batch_op:
        batch_op.create_index("ix_alert_verdicts_at", ["at"], unique=False)

    op.create_table(
        "playbook_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("goal_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_playbook_runs_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_playbook_runs_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"],
            ["team.id"],
            name=op.f("fk_playbook_runs_started_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["playbook_versions.id"],
            name=op.f("fk_playbook_runs_version_id_playbook_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_runs")),
    )
    with op.batch_alter_table("playbook_runs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_playbook_runs_account_id_started_at", ["account_id", "started_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_playbook_runs_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(
            "ix_playbook_runs_no_goal",
            ["version_id", "started_at"],
            unique=False,
            sqlite_where=sa.text("goal_at IS NULL"),
            postgresql_where=sa.text("goal_at IS NULL"),
        )
        batch_op.create_index(
            "ix_playbook_runs_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'active' AND due_at IS NOT NULL"),
            postgresql_where=sa.text("state = 'active' AND due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_playbook_runs_state_version_id_step", ["state", "version_id", "step"], unique=False
        )
        batch_op.create_index(
            "uq_playbook_runs_holds",
            ["playbook", "account_id", "subject"],
            unique=True,
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )

    op.create_table(
        "threshold_suggestions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("parameter", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["alerts.id"],
            name=op.f("fk_threshold_suggestions_alert_id_alerts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["team.id"],
            name=op.f("fk_threshold_suggestions_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_suggestions")),
    )
    op.create_table(
        "pipeline_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("pipeline", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("came_from", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_pipeline_history_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["team.id"], name=op.f("fk_pipeline_history_by_id_team"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["playbook_runs.id"],
            name=op.f("fk_pipeline_history_run_id_playbook_runs"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline_history")),
    )
    with op.batch_alter_table("pipeline_history", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pipeline_history_account_id_at", ["account_id", "at"], unique=False
        )
        batch_op.create_index("ix_pipeline_history_pipeline_at", ["pipeline", "at"], unique=False)

    op.create_table(
        "playbook_alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("next_step", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_playbook_alerts_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"],
            ["team.id"],
            name=op.f("fk_playbook_alerts_done_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["team.id"],
            name=op.f("fk_playbook_alerts_person_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["playbook_runs.id"],
            name=op.f("fk_playbook_alerts_run_id_playbook_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_alerts")),
        sa.UniqueConstraint("run_id", "step", name=op.f("uq_playbook_alerts_run_id_step")),
    )
    with op.batch_alter_table("playbook_alerts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_playbook_alerts_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_playbook_alerts_done_at"), ["done_at"], unique=False)

    op.create_table(
        "playbook_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["playbook_runs.id"],
            name=op.f("fk_playbook_steps_run_id_playbook_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_steps")),
        sa.UniqueConstraint("run_id", "step", name=op.f("uq_playbook_steps_run_id_step")),
    )
    op.create_table(
        "points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_points_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_points_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["playbook_runs.id"],
            name=op.f("fk_points_run_id_playbook_runs"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points")),
        sa.UniqueConstraint("key", name=op.f("uq_points_key")),
    )
    with op.batch_alter_table("points", schema=None) as batch_op:
        batch_op.create_index("ix_points_account_id_at", ["account_id", "at"], unique=False)

    op.create_table(
        "touches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("approval_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("attachment", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_by_id", sa.Integer(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_touches_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["approvals.id"],
            name=op.f("fk_touches_approval_id_approvals"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_touches_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["team.id"],
            name=op.f("fk_touches_decided_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["edited_by_id"],
            ["team.id"],
            name=op.f("fk_touches_edited_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["team.id"], name=op.f("fk_touches_owner_id_team"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["playbook_runs.id"],
            name=op.f("fk_touches_run_id_playbook_runs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_touches")),
        sa.UniqueConstraint(
            "run_id", "step", "contact_id", name=op.f("uq_touches_run_id_step_contact_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_touches_token")),
    )
    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.create_index(
            "ix_touches_account_id_created_at", ["account_id", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_touches_approval_id"), ["approval_id"], unique=False)
        batch_op.create_index(
            "ix_touches_contact_id_queued_at", ["contact_id", "queued_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_touches_external_id"), ["external_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_touches_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            "ix_touches_waiting",
            ["send_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('draft', 'approved')"),
            postgresql_where=sa.text("state IN ('draft', 'approved')"),
        )

    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("playbook", sa.String(), server_default="", nullable=False))
        batch_op.drop_index(batch_op.f("uq_alerts_open"), sqlite_where=sa.text("closed_at IS NULL"))
        batch_op.create_index(
            "uq_alerts_open",
            ["kind", "playbook", "account_id", "subject"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    for kind, playbook in PLAYBOOKS.items():
        op.execute(sa.update(ALERTS).where(ALERTS.c.kind == kind).values(playbook=playbook))

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("timezone", sa.String(), nullable=True))

    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("source", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("external_id", sa.String(), nullable=True))
        batch_op.create_index("uq_tasks_source_external_id", ["source", "external_id"], unique=True)
        batch_op.create_foreign_key(
            batch_op.f("fk_tasks_contact_id_contacts"),
            "contacts",
            ["contact_id"],
            ["id"],
            ondelete="SET NULL",
        )

    for name, table, column in LATELY:
        op.create_index(name, table, [column], unique=False)


def downgrade() -> None:
    for name, table, _ in LATELY:
        op.drop_index(name, table_name=table)

    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_tasks_contact_id_contacts"), type_="foreignkey")
        batch_op.drop_index("uq_tasks_source_external_id")
        batch_op.drop_column("external_id")
        batch_op.drop_column("source")
        batch_op.drop_column("contact_id")

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_column("timezone")

    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_alerts_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("uq_alerts_open"),
            ["kind", "account_id", "subject"],
            unique=1,
            sqlite_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_column("playbook")

    with op.batch_alter_table("touches", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_touches_waiting",
            sqlite_where=sa.text("state IN ('draft', 'approved')"),
            postgresql_where=sa.text("state IN ('draft', 'approved')"),
        )
        batch_op.drop_index(batch_op.f("ix_touches_run_id"))
        batch_op.drop_index(batch_op.f("ix_touches_external_id"))
        batch_op.drop_index("ix_touches_contact_id_queued_at")
        batch_op.drop_index(batch_op.f("ix_touches_approval_id"))
        batch_op.drop_index("ix_touches_account_id_created_at")

    op.drop_table("touches")
    with op.batch_alter_table("points", schema=None) as batch_op:
        batch_op.drop_index("ix_points_account_id_at")

    op.drop_table("points")
    op.drop_table("playbook_steps")
    with op.batch_alter_table("playbook_alerts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_playbook_alerts_done_at"))
        batch_op.drop_index(batch_op.f("ix_playbook_alerts_account_id"))

    op.drop_table("playbook_alerts")
    with op.batch_alter_table("pipeline_history", schema=None) as batch_op:
        batch_op.drop_index("ix_pipeline_history_pipeline_at")
        batch_op.drop_index("ix_pipeline_history_account_id_at")

    op.drop_table("pipeline_history")
    op.drop_table("threshold_suggestions")
    with op.batch_alter_table("playbook_runs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_playbook_runs_holds",
            sqlite_where=sa.text("over_at IS NULL"),
            postgresql_where=sa.text("over_at IS NULL"),
        )
        batch_op.drop_index("ix_playbook_runs_state_version_id_step")
        batch_op.drop_index(
            "ix_playbook_runs_no_goal",
            sqlite_where=sa.text("goal_at IS NULL"),
            postgresql_where=sa.text("goal_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_playbook_runs_due",
            sqlite_where=sa.text("state = 'active' AND due_at IS NOT NULL"),
            postgresql_where=sa.text("state = 'active' AND due_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_playbook_runs_contact_id"))
        batch_op.drop_index("ix_playbook_runs_account_id_started_at")

    op.drop_table("playbook_runs")
    with op.batch_alter_table("alert_verdicts", schema=None) as batch_op:
        batch_op.drop_index("ix_alert_verdicts_at")

    op.drop_table("alert_verdicts")
    op.drop_table("playbook_members")
    op.drop_table("alert_mutes")
    op.drop_table("playbooks")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index("ix_approvals_state_expires_at")

    op.drop_table("approvals")
    op.drop_table("playbook_versions")
