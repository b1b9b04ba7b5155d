"""What admins read by mail when Slack has removed csbot: there is no other way to tell them."""

SUBJECT = "csbot was removed from Slack, and sends nothing any more"
TEXT = """Slack says that csbot was uninstalled from your workspace, or that its token was revoked.

Nothing is lost: csbot keeps its data, and what was on its way to Slack waits.

To have it back: install the app again (csbot manifest --link), put the new bot token into
SLACK_BOT_TOKEN and start csbot anew. It goes on by itself; csbot doctor says whether it does.

To remove csbot for good: csbot uninstall --purge shows what would be deleted, and asks first.
"""
