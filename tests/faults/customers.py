"""Customers who are written to: a mail server and a phone network, and processes that send."""

import os
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from threading import Event
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import select, update

from csbot import clock
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.email.settings import Email
from csbot.outbox.claim import steady
from csbot.outbox.model import Lane, OutgoingMessage
from csbot.outbox.queue import Priority
from csbot.outbox.sender import Drained, Sender, drain
from csbot.outbox.to_customers import enqueue_touch
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches.model import Touch
from csbot.touches.settings import Touches
from csbot.wiring import Wiring, wire
from tests.builders import account, contact, member
from tests.faults.rig import settings_for
from tests.mail_server import PostOffice
from tests.twilio_server import ACCOUNT, NUMBER, TOKEN, Network

PUBLIC = "https://csbot.acme.example/"
SENDER = "Acme Success <success@acme.example>"


def settings(
    api_url: str, database_url: str, smtp_url: str, twilio_url: str, **more: Any
) -> Settings:
    pace: dict[str, Any] = {"emails_per_minute": 6_000, "sms_per_minute": 6_000}
    pace |= {"lease": 16.0, "request_timeout": 7.0}
    made = settings_for(api_url, database_url, **pace | more)
    env = made.env.model_copy(
        update={
            "smtp_url": smtp_url,
            "csbot_public_url": PUBLIC,
            "twilio_api_url": twilio_url,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": TOKEN,
            "twilio_from": NUMBER,
        }
    )
    never = Touches(quiet_from=time(0), quiet_to=time(0))  # these tests run at any hour
    config = made.config.model_copy(update={"email": Email(from_=SENDER), "touches": never})
    return replace(made, env=env, config=config)


def send(urls: tuple[str, str, str, str], crash_at: str | None) -> None:
    """A worker's sender, until something ends it."""
    if crash_at:
        os.environ["CSBOT_CRASH_AT"] = crash_at
    Sender(wire(settings(*urls))).run(Event())


def send_once(urls: tuple[str, str, str, str]) -> None:
    drain(wire(settings(*urls)), now=clock.now(), patience=1.5)


@dataclass(frozen=True)
class Customers:
    """Dana writes to people of Acme; what mail server and phones got is the judge."""

    wiring: Wiring
    office: PostOffice
    network: Network
    urls: tuple[str, str, str, str]

    def write(
        self,
        to: str,
        channel: Literal["email", "sms"] = "email",
        *,
        priority: Priority = Priority.NORMAL,
        **over: Any,
    ) -> int:
        """Queue one message; returns the touch's id."""
        now = clock.now()
        with self.wiring.sessions.begin() as session:
            dana = session.scalar(select(TeamMember).where(TeamMember.slack_id == "U_DANA"))
            if dana is None:
                dana = member("Dana Reyes")
                session.add(dana)
            acme = account(f"Acme {uuid4().hex[:8]}")
            session.add(acme)
            session.flush()
            person = contact(acme.id, "Ann Lee", email=to if "@" in to else "ann@customer.example")
            session.add(person)
            session.flush()
            theirs = {"owner_id": dana.id, "account_id": acme.id, "contact_id": person.id}
            touch = queued(to, channel, now, **theirs | over)
            session.add(touch)
            session.flush()
            payload = {
                "from_name": "Dana Reyes",
                "reply_to": "dana@vendor.example",
                "to": to,
                "text": f"Hello {to}",
                "subject": "Your board",
                "html": "<p>Hello</p>",
                "unsubscribe_url": f"{PUBLIC}u/{touch.token}",
                "callback_url": f"{PUBLIC}webhooks/twilio/{touch.token}",
            }
            key = f"touch:{touch.id}"
            enqueue_touch(
                session, touch.id, call=channel, payload=payload, key=key, now=now,
                priority=priority,
            )  # fmt: skip
            return touch.id

    def drain(self, patience: float = 1.5) -> Drained:
        return drain(self.wiring, now=clock.now(), patience=patience)

    def drain_out(self) -> None:
        for _ in range(4):
            self.time_passes()
            if self.drain().waiting == 0:
                return

    def time_passes(self) -> None:
        """As if leases and rests were over; nobody may be at work meanwhile."""
        with self.wiring.sessions.begin() as session:
            moment = steady(session)
            under_way = update(OutgoingMessage).where(OutgoingMessage.state == "sending")
            session.execute(under_way.values(lease_until=moment))
            session.execute(update(Lane).values(next_at=moment))
            put_off = update(OutgoingMessage).where(OutgoingMessage.state == "waiting")
            session.execute(put_off.values(not_before=clock.now()))

    def state(self, touch_id: int) -> tuple[str, str]:
        """Of the touch, and of its row in the outbox."""
        with self.wiring.sessions() as session:
            touch = session.get_one(Touch, touch_id)
            rows = session.scalars(select(OutgoingMessage))
            row = next(one for one in rows if one.payload.get("touch_id") == touch_id)
            return touch.state, row.state

    def touch(self, touch_id: int) -> Touch:
        with self.wiring.sessions() as session:
            return session.get_one(Touch, touch_id)

    def person(self, touch_id: int) -> Contact:
        with self.wiring.sessions() as session:
            return session.get_one(Contact, session.get_one(Touch, touch_id).contact_id)

    def verbs(self, touch_id: int) -> list[str]:
        with self.wiring.sessions() as session:
            mine = AuditEntry.account_id == session.get_one(Touch, touch_id).account_id
            found = select(AuditEntry.verb).where(mine).order_by(AuditEntry.id)
            return list(session.scalars(found))

    def mailed(self) -> list[str]:
        return [to for one in self.office.received for to in one.to]

    def texted(self) -> list[str]:
        return [one["To"] for one in self.network.sent]


def queued(to: str, channel: str, now: datetime, **more: Any) -> Touch:
    fields: dict[str, Any] = {
        "playbook": "inactive-users",
        "step": "write",
        "channel": channel,
        "address": to,
        "words": {"subject": "Your board", "text": f"Hello {to}", "html": "<p>Hello</p>"},
        "state": "queued",
        "created_at": now,
        "send_at": now,
        "queued_at": now,
        "expires_at": now + timedelta(days=5),
        "token": uuid4().hex,
    }
    return Touch(**fields | more)
