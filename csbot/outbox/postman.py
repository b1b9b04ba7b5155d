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
    settings: Settings
    sessions: sessionmaker[Session]
    doors: dict[str, Door]

    @property
    def calls(self) -> frozenset[str]:
        """What can be sent with the settings there are; the rest waits for its settings."""
        return frozenset(self.doors)

    def deliver(self, claimed: Claimed, *, now: datetime) -> Outcome:
        """Raises Frozen when it may no longer send; anything else unexpected may have been sent."""
        with self.sessions.begin() as session:
            settled = touching.begin(session, claimed, settings=self.settings)
        if settled is not None:
            return settled
        crash("outbox.before_send")
        still_safe(claimed)
        outcome = self.doors[claimed.row.call](claimed.row, now)
        crash("outbox.after_send")
        return outcome


def postman(settings: Settings, sessions: sessionmaker[Session]) -> Postman:
    doors = {"email": _email(settings), "sms": _sms(settings)}
    return Postman(
        settings, sessions, {call: door for call, door in doors.items() if door is not None}
    )


def missing(settings: Settings) -> dict[str, list[str]]:
    """For each call the settings without which it waits.

    An e-mail needs the public address too: nobody is written to who could not unsubscribe.
    """
    env = settings.env
    needed = {
        "email": {
            "SMTP_URL": env.smtp_url,
            "CSBOT_PUBLIC_URL": env.csbot_public_url,
            "[email] from in csbot.toml": settings.config.email.from_,
        },
        "sms": {
            "TWILIO_ACCOUNT_SID": env.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": env.twilio_auth_token,
            "TWILIO_FROM": env.twilio_from,
        },
    }
    return {
        call: [name for name, value in names.items() if not value] for call, names in needed.items()
    }


def problem(settings: Settings, call: str) -> str | None:
    """Why nothing could be handed over at this moment, as far as can be tried without sending."""
    gateway = _mail(settings) if call == "email" else None
    found = gateway.try_out() if gateway else None
    return found.code if found else None


def _mail(settings: Settings) -> email.Gateway | None:
    env, sender, delivery = settings.env, settings.config.email.sender, settings.config.delivery
    if sender is None or missing(settings)["email"]:
        return None
    longest = delivery.lease / 2 - TO_END_WITHIN
    return email.Gateway(server(env.smtp_url), sender, delivery.request_timeout, longest)


def _email(settings: Settings) -> Door | None:
    made = _mail(settings)
    if made is None:
        return None
    return lambda row, now: made.send(row.payload, key=row.key, now=now)


def _sms(settings: Settings) -> Door | None:
    env = settings.env
    if missing(settings)["sms"]:
        return None
    made = sms.Gateway(
        env.twilio_api_url,
        env.twilio_account_sid,
        env.twilio_auth_token,
        env.twilio_from,
        settings.config.delivery.request_timeout,
    )
    return lambda row, now: made.send(row.payload)
