"""App Home, absences, account channels, holds"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caught_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["cover_id"], ["team.id"], name=op.f("fk_absences_cover_id_team"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"],
            ["team.id"],
            name=op.f("fk_absences_made_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["team.id"], name=op.f("fk_absences_member_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index(
            "ix_absences_member_id_ends_at", ["member_id", "ends_at"], unique=False
        )

    op.create_table(
        "alert_choices",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["team.id"],
            name=op.f("fk_alert_choices_member_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "kind", name=op.f("pk_alert_choices")),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("playbook", sa.String(), nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ended_by_id"],
            ["team.id"],
            name=op.f("fk_holds_ended_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_table(
        "homes",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("first_opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["team.id"], name=op.f("fk_homes_member_id_team"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_homes")),
    )
    op.create_table(
        "overrides",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by_id"],
            ["team.id"],
            name=op.f("fk_overrides_set_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_overrides")),
    )
    op.create_table(
        "account_channels",
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("followed_by_id", sa.Integer(), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("header", sa.String(), nullable=True),
        sa.Column("seen", sa.String(), nullable=True),
        sa.Column("header_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("topic_before", sa.String(), nullable=True),
        sa.Column("bookmarks", sa.JSON(), nullable=False),
        sa.Column("remade", sa.Integer(), nullable=False),
        sa.Column("neutral_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_account_channels_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["followed_by_id"],
            ["team.id"],
            name=op.f("fk_account_channels_followed_by_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_account_channels")),
    )
    with op.batch_alter_table("account_channels", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_account_channels_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "captures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=False),
        sa.Column("said_by_slack_id", sa.String(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("permalink", sa.String(), nullable=True),
        sa.Column("channel_id", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_captures_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["team.id"], name=op.f("fk_captures_by_id_team"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captures")),
        sa.UniqueConstraint(
            "kind",
            "channel_id",
            "ts",
            "account_id",
            name=op.f("uq_captures_kind_channel_id_ts_account_id"),
        ),
    )
    with op.batch_alter_table("captures", schema=None) as batch_op:
        batch_op.create_index("ix_captures_account_id_at", ["account_id", "at"], unique=False)

    op.create_table(
        "held_alerts",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("playbook", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_held_alerts_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.id"], name=op.f("fk_held_alerts_hold_id_holds"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["team.id"],
            name=op.f("fk_held_alerts_person_id_team"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint(
            "kind", "playbook", "account_id", "subject", name=op.f("pk_held_alerts")
        ),
    )
    with op.batch_alter_table("held_alerts", schema=None) as batch_op:
        batch_op.create_index("ix_held_alerts_hold_id", ["hold_id"], unique=False)

    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_notes_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["team.id"], name=op.f("fk_notes_by_id_team"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index("ix_notes_account_id_at", ["account_id", "at"], unique=False)

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acting_for_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_audit_acting_for_id_team"),
            "team",
            ["acting_for_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("slack_channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_general", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("topic", sa.String(), nullable=True))

    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("introduction_closed_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_column("seen_at")
        batch_op.drop_column("introduction_closed_at")
        batch_op.drop_column("introduced_at")
        batch_op.drop_column("country")

    with op.batch_alter_table("slack_channels", schema=None) as batch_op:
        batch_op.drop_column("topic")
        batch_op.drop_column("is_general")

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_audit_acting_for_id_team"), type_="foreignkey")
        batch_op.drop_column("acting_for_id")

    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.drop_index("ix_notes_account_id_at")

    op.drop_table("notes")
    with op.batch_alter_table("held_alerts", schema=None) as batch_op:
        batch_op.drop_index("ix_held_alerts_hold_id")

    op.drop_table("held_alerts")
    with op.batch_alter_table("captures", schema=None) as batch_op:
        batch_op.drop_index("ix_captures_account_id_at")

    op.drop_table("captures")
    with op.batch_alter_table("account_channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_channels_account_id"))

    op.drop_table("account_channels")
    op.drop_table("overrides")
    op.drop_table("homes")
    op.drop_table("holds")
    op.drop_table("alert_choices")
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.drop_index("ix_absences_member_id_ends_at")

    op.drop_table("absences")
