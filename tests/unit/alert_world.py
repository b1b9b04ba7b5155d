"""A small company for the alert tests: Dana looks after accounts, Priya is her manager."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot.alerts.model import Alert
from csbot.alerts.reconcile import Outcome, detect
from csbot.outbox.model import OutgoingMessage
from csbot.payments.model import BillingCustomer, Payment
from csbot.playbooks.model import PlaybookAlert, PlaybookRun, PlaybookVersion
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from tests.builders import MONDAY, account, contact, member

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def settings(**config: Any) -> Settings:
    env = Environment(database_url="sqlite://", csbot_alerts_channel="#cs-alerts")
    return Settings(env=env, config=Config(**config))


class World:
    """Rows in one session, the detectors over them, and what they asked to be sent."""

    def __init__(self, session: Session, **config: Any) -> None:
        self.session = session
        self.settings = settings(**config)
        self.now = MONDAY
        self.priya = self.add(member("Priya Shah", role="manager"))
        self.dana = self.add(member("Dana Reyes", manager_id=self.priya.id))
        self.lee = self.add(member("Lee Wong", manager_id=self.priya.id))

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def account(self, name: str = "Acme", **over: Any) -> Any:
        return self.add(account(name, **{"owner_id": self.dana.id} | over))

    def contact(
        self, account: Any, name: str = "Ann Lee", *, days: float | None, **over: Any
    ) -> Any:
        """Somebody who logged in `days` ago, or never."""
        last = None if days is None else self.now - timedelta(days=days)
        return self.add(contact(account.id, name, last_login_at=last, **over))

    def quiet(self, name: str = "Acme", *, days: float = 9, **over: Any) -> Any:
        """An account whose only user is away."""
        made = self.account(name, **over)
        self.contact(made, days=days)
        return made

    def unpaid(self, account: Any) -> Any:
        """An invoice of 400 USD that fell due today and failed for the first time."""
        customer = self.add(
            BillingCustomer(sender="stripe", external_id=f"cus_{account.id}", told={},
                            account_id=account.id, as_of=MONDAY)
        )  # fmt: skip
        return self.add(
            Payment(customer_id=customer.id, external_id=f"in_{account.id}", status="failed",
                    amount=400, currency="USD", at=MONDAY, attempts=1,
                    next_attempt_at=MONDAY + 3 * DAY, as_of=MONDAY)
        )  # fmt: skip

    def asked(
        self, account: Any, title: str = "Call Ann", *, playbook: str = "steady-use", **over: Any
    ) -> Any:
        """What the step `call` of a run asks somebody to do."""
        version = self.add(
            PlaybookVersion(name=playbook, digest=str(len(self.session.new) + account.id) + title,
                            source="own", definition={"title": "Steady use"}, seen_at=MONDAY)
        )  # fmt: skip
        run = self.add(
            PlaybookRun(playbook=playbook, version_id=version.id, account_id=account.id,
                        subject=title, started_at=MONDAY)
        )  # fmt: skip
        fields = {"severity": "soon", "why": "It is time.", "next_step": "ask what is in the way",
                  "at": MONDAY}  # fmt: skip
        return self.add(
            PlaybookAlert(run_id=run.id, step="call", account_id=account.id, title=title,
                          **fields | over)
        )  # fmt: skip

    def detect(self, after: timedelta = timedelta(0), **limits: Any) -> Outcome:
        self.now += after
        outcome = detect(self.session, settings=self.settings, now=self.now, **limits)
        self.session.expire_all()
        return outcome

    def send_all(self) -> None:
        """As the senders do, in the time until the next run."""
        self.session.execute(
            update(OutgoingMessage)
            .where(OutgoingMessage.state == "waiting")
            .values(state="sent", attempts=1)
        )

    def alerts(self, *, all: bool = False) -> list[Alert]:
        query = select(Alert).order_by(Alert.id)
        return list(self.session.scalars(query if all else query.where(Alert.closed_at.is_(None))))

    def alert(self) -> Alert:
        (one,) = self.alerts()
        return one

    def outbox(self, *calls: str) -> list[OutgoingMessage]:
        query = select(OutgoingMessage).order_by(OutgoingMessage.id)
        rows = list(self.session.scalars(query))
        return [row for row in rows if row.call in calls] if calls else rows

    def posts(self) -> list[tuple[str, str]]:
        """Where each post goes and which message it is."""
        return [(row.lane, row.message) for row in self.outbox("post")]


def words(rows: Iterable[OutgoingMessage]) -> list[str]:
    return [row.payload["text"] for row in rows]


def first_block(row: OutgoingMessage) -> str:
    return str(row.payload["blocks"][0]["text"]["text"])


def controls(row: OutgoingMessage) -> list[str]:
    """What the buttons and menus of a message are called, in order."""
    found = []
    for block in row.payload["blocks"]:
        if block["type"] == "actions":
            for element in block["elements"]:
                found += (
                    [option["text"]["text"] for option in element["options"]]
                    if "options" in element
                    else [element["text"]["text"]]
                )
    return found


def someone(name: str, **over: Any) -> TeamMember:
    return member(name, **over)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
