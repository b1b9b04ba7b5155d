"""Signals from other systems"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("starts_with", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_keys_sha256")),
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("silent_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_to", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sources")),
    )
    op.create_table(
        "usage_by_group",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("active_seconds", sa.BigInteger(), nullable=False),
        sa.Column("logins", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "day", "feature", name=op.f("pk_usage_by_group")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_by_user",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("active_seconds", sa.BigInteger(), nullable=False),
        sa.Column("logins", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", "feature", name=op.f("pk_usage_by_user")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "usage_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_events")),
        sa.UniqueConstraint("source", "message_id", name=op.f("uq_usage_events_source_message_id")),
    )
    with op.batch_alter_table("usage_events", schema=None) as batch_op:
        batch_op.create_index("ix_usage_events_received_at", ["received_at"], unique=False)

    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["team.id"],
            name=op.f("fk_calendar_feeds_owner_id_team"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("owner_id", "url", name=op.f("uq_calendar_feeds_owner_id_url")),
    )
    op.create_table(
        "billing_customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("domain", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("name_key", sa.String(), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_billing_customers_account_id_accounts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_customers")),
        sa.UniqueConstraint(
            "sender", "external_id", name=op.f("uq_billing_customers_sender_external_id")
        ),
    )
    with op.batch_alter_table("billing_customers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_billing_customers_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "product_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("name_key", sa.String(), nullable=True),
        sa.Column("domain", sa.String(), nullable=True),
        sa.Column("traits", sa.JSON(), nullable=False),
        sa.Column("traits_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_product_groups_account_id_accounts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"],
            ["product_groups.id"],
            name=op.f("fk_product_groups_same_as_id_product_groups"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_groups")),
        sa.UniqueConstraint("key", name=op.f("uq_product_groups_key")),
    )
    with op.batch_alter_table("product_groups", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_product_groups_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_product_groups_domain"), ["domain"], unique=False)
        batch_op.create_index(batch_op.f("ix_product_groups_name_key"), ["name_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_product_groups_same_as_id"), ["same_as_id"], unique=False
        )

    op.create_table(
        "meeting_refs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meetings.id"],
            name=op.f("fk_meeting_refs_meeting_id_meetings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_refs")),
        sa.UniqueConstraint(
            "source", "external_id", name=op.f("uq_meeting_refs_source_external_id")
        ),
    )
    with op.batch_alter_table("meeting_refs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meeting_refs_external_id"), ["external_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_meeting_refs_meeting_id"), ["meeting_id"], unique=False
        )

    op.create_table(
        "payments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["billing_customers.id"],
            name=op.f("fk_payments_customer_id_billing_customers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint(
            "customer_id", "external_id", name=op.f("uq_payments_customer_id_external_id")
        ),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index("ix_payments_status_at", ["status", "at"], unique=False)

    op.create_table(
        "product_users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("same_as_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("traits", sa.JSON(), nullable=False),
        sa.Column("traits_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_product_users_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["product_groups.id"],
            name=op.f("fk_product_users_group_id_product_groups"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"],
            ["product_users.id"],
            name=op.f("fk_product_users_same_as_id_product_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_users")),
        sa.UniqueConstraint("key", name=op.f("uq_product_users_key")),
    )
    with op.batch_alter_table("product_users", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_product_users_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_product_users_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_product_users_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_product_users_same_as_id"), ["same_as_id"], unique=False
        )
        batch_op.create_index(
            "ix_product_users_waiting",
            ["group_id"],
            unique=False,
            sqlite_where=sa.text("contact_id IS NULL AND email IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NULL AND email IS NOT NULL"),
        )

    op.create_table(
        "subscription_states",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("subscription", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("mrr", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("renews_on", sa.Date(), nullable=True),
        sa.Column("term_months", sa.Integer(), nullable=True),
        sa.Column("trial_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["billing_customers.id"],
            name=op.f("fk_subscription_states_customer_id_billing_customers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_states")),
        sa.UniqueConstraint(
            "customer_id", "event_id", name=op.f("uq_subscription_states_customer_id_event_id")
        ),
    )
    with op.batch_alter_table("subscription_states", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscription_states_customer_id_at", ["customer_id", "at"], unique=False
        )

    op.create_table(
        "tickets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("sentiment", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_tickets_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_tickets_contact_id_contacts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("sender", "external_id", name=op.f("uq_tickets_sender_external_id")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tickets_account_id_opened_at", ["account_id", "opened_at"], unique=False
        )
        batch_op.create_index("ix_tickets_status_opened_at", ["status", "opened_at"], unique=False)

    op.create_table(
        "usage_milestones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["product_groups.id"],
            name=op.f("fk_usage_milestones_group_id_product_groups"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["product_users.id"],
            name=op.f("fk_usage_milestones_user_id_product_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_milestones")),
        sa.UniqueConstraint("group_id", "name", name=op.f("uq_usage_milestones_group_id_name")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_email"), ["email"], unique=False)

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sender", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("external_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("as_of", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "uq_feedback_sender_external_id", ["sender", "external_id"], unique=True
        )

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(), server_default="done", nullable=False))
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("body", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("problem", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index("ix_inbox_received_at", ["received_at"], unique=False)
        batch_op.create_index("ix_inbox_state_id", ["state", "id"], unique=False)

    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("as_of", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("revenue", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("source", sa.String(), server_default="import", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("revenue", schema=None) as batch_op:
        batch_op.drop_column("source")

    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_column("as_of")
        batch_op.drop_column("source")

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index("ix_inbox_state_id")
        batch_op.drop_index("ix_inbox_received_at")
        batch_op.drop_column("tries")
        batch_op.drop_column("tried_at")
        batch_op.drop_column("problem")
        batch_op.drop_column("body")
        batch_op.drop_column("kind")
        batch_op.drop_column("state")

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index("uq_feedback_sender_external_id")
        batch_op.drop_column("as_of")
        batch_op.drop_column("external_id")
        batch_op.drop_column("sender")

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contacts_email"))

    op.drop_table("usage_milestones")
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_index("ix_tickets_status_opened_at")
        batch_op.drop_index("ix_tickets_account_id_opened_at")

    op.drop_table("tickets")
    with op.batch_alter_table("subscription_states", schema=None) as batch_op:
        batch_op.drop_index("ix_subscription_states_customer_id_at")

    op.drop_table("subscription_states")
    with op.batch_alter_table("product_users", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_product_users_waiting",
            sqlite_where=sa.text("contact_id IS NULL AND email IS NOT NULL"),
            postgresql_where=sa.text("contact_id IS NULL AND email IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_product_users_same_as_id"))
        batch_op.drop_index(batch_op.f("ix_product_users_group_id"))
        batch_op.drop_index(batch_op.f("ix_product_users_email"))
        batch_op.drop_index(batch_op.f("ix_product_users_contact_id"))

    op.drop_table("product_users")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index("ix_payments_status_at")

    op.drop_table("payments")
    with op.batch_alter_table("meeting_refs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meeting_refs_meeting_id"))
        batch_op.drop_index(batch_op.f("ix_meeting_refs_external_id"))

    op.drop_table("meeting_refs")
    with op.batch_alter_table("product_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_groups_same_as_id"))
        batch_op.drop_index(batch_op.f("ix_product_groups_name_key"))
        batch_op.drop_index(batch_op.f("ix_product_groups_domain"))
        batch_op.drop_index(batch_op.f("ix_product_groups_account_id"))

    op.drop_table("product_groups")
    with op.batch_alter_table("billing_customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_billing_customers_account_id"))

    op.drop_table("billing_customers")
    op.drop_table("calendar_feeds")
    with op.batch_alter_table("usage_events", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_events_received_at")

    op.drop_table("usage_events")
    op.drop_table("usage_by_user")
    op.drop_table("usage_by_group")
    op.drop_table("sources")
    op.drop_table("api_keys")
