"""What a security reviewer asks of an installation, as findings of the doctor."""

from collections.abc import Iterator

from csbot.email.server import is_this_machine
from csbot.findings import ASK, BAD, WARN, Finding
from csbot.outbox import removal
from csbot.settings import Settings
from csbot.wiring import Wiring

COLLABORATOR = Finding(
    ASK,
    "people: has the Slack app a second collaborator (api.slack.com/apps, Collaborators)? "
    "Only then does it outlive the account of whoever made it",
)


def of_the_way_in(settings: Settings) -> Iterator[Finding]:
    """csbot itself speaks plain http: over a network it needs TLS in front of it."""
    env = settings.env
    if not (is_this_machine(env.csbot_host) or env.csbot_public_url):
        yield Finding(
            WARN,
            f"way in: csbot listens on {env.csbot_host} in plain http",
            "put TLS in front of it and its https address into CSBOT_PUBLIC_URL;"
            " CSBOT_HOST=127.0.0.1 keeps it on this machine",
        )


def of_the_app(wiring: Wiring) -> Iterator[Finding]:
    with wiring.sessions() as session:
        if removal.removed(session):
            yield Finding(
                BAD,
                "slack: csbot was removed from the workspace, and sends nothing there",
                "install the app again, put its new bot token into SLACK_BOT_TOKEN, start csbot;"
                " to remove the data as well: csbot uninstall --purge",
            )
