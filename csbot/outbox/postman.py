"""Hands e-mails and SMS to their gateways, each of them once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from csbot.email import gateway as email
from csbot.email.server import server
from csbot.outbox import touching
from csbot.outbox.claim import Claimed
from csbot.outbox.crash import crash
from csbot.outbox.deliver import still_safe
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.outcome import Outcome
from csbot.settings import Settings
from csbot.sms import gateway as sms

Door = Callable[[OutgoingMessage, datetime], Outcome]
TO_END_WITHIN = 1.0  # seconds before the lease is over


@dataclass(frozen=True)
class Postman:
    sessions: sessionmaker[Session]
    doors: dict[str, Door]

    @property
    def calls(self) -> frozenset[str]:
        """What can be sent with the settings there are; the rest waits for its settings."""
        return frozenset(self.doors)

    def deliver(self, claimed: Claimed, *, now: datetime) -> Outcome:
        """Raises Frozen when it may no longer send; anything else unexpected may have been sent."""
        with self.sessions.begin() as session:
            settled = touching.begin(session, claimed)
        if settled is not None:
            return settled
        crash("outbox.before_send")
        still_safe(claimed)
        outcome = self.doors[claimed.row.call](claimed.row, now)
        crash("outbox.after_send")
        return outcome


def postman(settings: Settings, sessions: sessionmaker[Session]) -> Postman:
    doors = {"email": _email(settings), "sms": _sms(settings)}
    return Postman(sessions, {call: door for call, door in doors.items() if door is not None})


def _email(settings: Settings) -> Door | None:
    """None where nobody is named as the sender, or no link to unsubscribe could be made."""
    env, sender, delivery = settings.env, settings.config.email.sender, settings.config.delivery
    if not (env.smtp_url and env.csbot_public_url and sender):
        return None
    longest = delivery.lease / 2 - TO_END_WITHIN
    made = email.Gateway(server(env.smtp_url), sender, delivery.request_timeout, longest)
    return lambda row, now: made.send(row.payload, key=row.key, now=now)


def _sms(settings: Settings) -> Door | None:
    env = settings.env
    if not (env.twilio_account_sid and env.twilio_auth_token and env.twilio_from):
        return None
    made = sms.Gateway(
        env.twilio_api_url,
        env.twilio_account_sid,
        env.twilio_auth_token,
        env.twilio_from,
        settings.config.delivery.request_timeout,
    )
    return lambda row, now: made.send(row.payload)
