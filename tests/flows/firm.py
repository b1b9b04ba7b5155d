"""A firm whose customers come in over the real API, and are reached by real mail and SMS."""

import base64
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
from sqlalchemy import select
from stripe import WebhookSignature

from csbot import terminal
from csbot.accounts.command import show_account
from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.keys import service as keys
from csbot.team.queries import by_email
from csbot.workspace.seen import Shown
from tests.builders import account, contact
from tests.flows.desk import Desk
from tests.mail_server import PostOffice
from tests.payloads import stripe
from tests.twilio_server import ACCOUNT, NUMBER, TOKEN, Network

STRIPE_SECRET = "whsec_ofTheWorkflows"
COMPANY = """
[email]
from = "Vendor <success@vendor.example>"
[company]
name = "Vendor"
product = "Shipments"
help_url = "https://vendor.example/help"
login_url = "https://vendor.example/login"
booking_url = "https://vendor.example/book"
billing_url = "https://vendor.example/billing"
tutorials_url = "https://vendor.example/tutorials"
news_url = "https://vendor.example/news"
walkthrough_url = "https://vendor.example/walkthrough"
affiliate_url = "https://vendor.example/affiliates"
survey_url = "https://vendor.example/survey"
[usage.unused_after]
Reports = 20
Calendars = 20
[calendars]
allowed_networks = ["127.0.0.0/8"]
"""
CONNECTED = {
    "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
    "CSBOT_PUBLIC_URL": "https://csbot.vendor.example",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_FROM": NUMBER,
}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# What no customer may ever read.
INTERNAL = ("health", "score", "churn", "ARR", "playbook", "struggling", "detractor", "NPS")


class Firm(Desk):
    """`open` lets the playbooks begin; `later` moves the clock and does what the schedule does."""

    post: PostOffice
    network: Network

    def open(self) -> None:
        self.keys: dict[str, str] = {}
        self.numbers = iter(range(1, 100_000))
        self.tick()
        self.at(self.now + MINUTE)

    # --- time -------------------------------------------------------------------------------

    def tick(self, *jobs: str) -> None:
        """What the schedule does at this moment."""
        for job in jobs or ("detect", "playbooks", "deliver"):
            self.run(job)

    def later(self, by: timedelta = MINUTE, *jobs: str) -> None:
        self.at(self.now + by)
        self.tick(*jobs)

    def until(self, moment: datetime) -> None:
        self.at(moment)
        self.tick()

    def days(self, count: int) -> None:
        """So many days, with a look at each."""
        for _ in range(count):
            self.later(DAY)

    # --- what comes in ----------------------------------------------------------------------

    def key(self, source: str) -> dict[str, str]:
        if source not in self.keys:
            with self.sessions.begin() as session:
                made = keys.create(session, source=source, name="test", now=self.now)
                self.keys[source] = base64.b64encode(f"{made.text}:".encode()).decode()
        return {"Authorization": f"Basic {self.keys[source]}"}

    def hook(self, path: str, body: Any) -> httpx.Response:
        answer = httpx.post(
            f"{self.url}/webhooks/{path}", json=body, headers=self.key(path), timeout=30
        )
        assert answer.status_code == 200, answer.text
        return answer

    def usage(self, *events: dict[str, Any]) -> None:
        batch = [{"messageId": f"m-{next(self.numbers)}", "timestamp": self.now.isoformat()} | one
                 for one in events]  # fmt: skip
        answer = httpx.post(
            f"{self.url}/v1/batch", json={"batch": batch}, headers=self.key("usage"), timeout=30
        )
        assert answer.status_code == 200, answer.text

    def login(self, user: str = "ann", **over: Any) -> None:
        self.usage({"type": "track", "userId": user, "event": "Signed In"} | over)

    def work(self, feature: str, minutes: float, user: str = "ann", **over: Any) -> None:
        told = {"feature": feature, "duration_minutes": minutes}
        self.usage(
            {"type": "track", "userId": user, "event": "Feature Used", "properties": told} | over
        )

    def survey(self, score: int, **over: Any) -> None:
        told = {"id": f"answer-{next(self.numbers)}", "kind": "nps", "score": score,
                "email": "ann@acme.example", "at": self.now.isoformat()}  # fmt: skip
        self.hook("surveys", told | over)

    def meeting(self, starts_at: datetime, id: str = "session-1", **over: Any) -> None:
        told = {
            "id": id,
            "title": "Success session",
            "starts_at": starts_at.isoformat(),
            "agenda": "The Shipments board",
            "attendees": ["ann@acme.example"],
            "organizer": "dana@vendor.example",
            "updated_at": self.now.isoformat(),
        }
        self.hook("meetings", told | over)

    def stripe(self, kind: str, held: dict[str, Any], event_id: str = "") -> dict[str, Any]:
        """An event that happens now; the same `event_id` is the same delivery."""
        moment = self.now.replace(tzinfo=None).isoformat()
        over = {"id": event_id} if event_id else {}
        body: dict[str, Any] = stripe.event(kind, held, at=moment, **over)
        self.billing(body)
        return body

    def billing(self, body: dict[str, Any]) -> None:
        payload = json.dumps(body)
        signature = WebhookSignature.generate_signature_header(
            payload, STRIPE_SECRET, int(self.now.timestamp())
        )
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        answer = httpx.post(
            f"{self.url}/webhooks/stripe", content=payload.encode(), headers=headers, timeout=30
        )
        assert answer.status_code == 200, answer.text

    def invoice(self, paid: bool, number: str = "in_1", attempts: int = 1) -> dict[str, Any]:
        kind = "invoice.payment_succeeded" if paid else "invoice.payment_failed"
        on = self.now.replace(tzinfo=None).isoformat()
        held = stripe.invoice(number, paid=paid, attempts=attempts, on=on,
                              customer_email="ann@acme.example")  # fmt: skip
        return self.stripe(kind, held)

    # --- who is there -----------------------------------------------------------------------

    def acme(
        self, name: str = "Acme", people: Iterable[str] = ("Ann Lee",), **over: Any
    ) -> Account:
        """A customer of Dana's of long ago, known to the product; the first is its champion."""
        domain = f"{name.lower()}.example"
        with self.sessions.begin() as session:
            dana = by_email(session, "dana@vendor.example")
            row = account(name, domain=domain, **{"owner_id": dana and dana.id} | over)
            session.add(row)
            session.flush()
            for nth, person in enumerate(people):
                first = person.split()[0].lower()
                session.add(contact(
                    row.id, person, email=f"{first}@{domain}", phone=f"+1415867530{nth}",
                    role="champion" if nth == 0 else "user",
                ))  # fmt: skip
        return row

    def sends(self, *playbooks: str) -> None:
        """Their messages to customers go out by themselves from now on."""
        priya = self.person("U_PRIYA", "C_ALERTS")
        for name in playbooks:
            assert "by itself" in str(priya.command(f"/cs playbook send {name}"))

    def opt_out(self, name: str, *channels: str) -> None:
        with self.sessions.begin() as session:
            session.scalars(select(Contact).where(Contact.name == name)).one().opt_outs = list(
                channels or ("email", "sms")
            )

    # --- what comes of it -------------------------------------------------------------------

    def mails(self, to: str = "ann@acme.example") -> list[EmailMessage]:
        """What has arrived; no word in it is one of ours."""
        found = self.post.messages(to)
        for mail in found:
            check(words(mail))
        return found

    def subjects(self, to: str = "ann@acme.example") -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails(to)]

    def texts(self) -> list[str]:
        """The SMS that arrived."""
        found = [one["Body"] for one in self.network.sent]
        for text in found:
            check(text)
        return found

    def dm(self, slack_id: str = "U_DANA") -> list[Shown]:
        return [one for one in self.person(slack_id).messages() if not one.ephemeral]

    def questions(self, slack_id: str = "U_DANA") -> list[Shown]:
        """What somebody is asked to approve."""
        return [
            one for one in self.dm(slack_id) if any(x.startswith("Send to") for x in one.labels)
        ]

    def approve(self, about: str = "", slack_id: str = "U_DANA") -> None:
        """Presses Send on the only such question, twice, and lets it out."""
        [question] = [one for one in self.questions(slack_id) if about in one.words]
        label = next(one for one in question.labels if one.startswith("Send to"))
        person = self.person(slack_id)
        assert person.press(question, label=label).ephemeral is None
        again = person.press(question, label=label).ephemeral
        assert again is not None
        assert "You approved this already" in again.words
        self.later(MINUTE, "playbooks", "deliver")

    def said(self, channel: str = "#cs-alerts") -> list[str]:
        """First lines, as they stand now."""
        return [one.text for one in self.in_channel(channel)]

    def shown(self, name: str = "Acme") -> dict[str, Any]:
        """What `csbot account show NAME --json` says."""
        with self.sessions() as session:
            shown = show_account(session, name, settings=self.settings, now=self.now)
        found: dict[str, Any] = json.loads(terminal.as_json(shown))
        return found

    def did(self, name: str = "Acme") -> list[str]:
        """The timeline, oldest first."""
        return [one["what"] for one in reversed(self.shown(name)["timeline"])]


def words(mail: EmailMessage) -> str:
    """What the customer reads: the subject and the plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return f"{mail['Subject']}\n{part.get_content()}"


def check(text: str) -> None:
    found = [word for word in INTERNAL if word.lower() in text.lower().split()]
    assert not found, f"a customer would read {found}: {text}"
