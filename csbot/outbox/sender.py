"""Drains the outbox: the only code that posts to Slack, and that writes to customers."""

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Condition, Event, Thread

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from csbot import clock
from csbot.home.drawing import draw
from csbot.outbox.claim import TO_SLACK, Claimed, Wait, claim
from csbot.outbox.crash import crash
from csbot.outbox.deliver import Courier, Frozen
from csbot.outbox.model import LANES, OutgoingMessage
from csbot.outbox.outcome import Held, Outcome, Unknown
from csbot.outbox.postman import postman
from csbot.outbox.settle import settle
from csbot.overrides import in_force
from csbot.slack.directory import Directory
from csbot.wiring import Wiring

log = logging.getLogger(__name__)
AT_ONCE = 8  # a conversation that hangs takes one of them for one request in each lease
TO_CUSTOMERS_AT_ONCE = 2  # of e-mails, and of SMS: a slow mail server holds up nobody else
LOOK_EVERY = 0.25  # seconds, at most, between two looks for new work
AFTER_TROUBLE = 1.0
GRACE = 5.0  # seconds that a stopping sender gives to requests under way
SETTLE_TRIES = (0.2, 1.0, 3.0)


@dataclass(frozen=True)
class Drained:
    """`waiting` counts what is due and still to be sent, `dead` and `uncertain` this run's."""

    sent: int
    waiting: int
    dead: int
    uncertain: int

    def __str__(self) -> str:
        parts = [f"{self.sent} sent", f"{self.waiting} waiting"]
        parts += [f"{self.dead} refused"] if self.dead else []
        parts += [f"{self.uncertain} uncertain"] if self.uncertain else []
        return ", ".join(parts)


class Sender:
    """Claims in one thread, sends in a few: conversations drain side by side."""

    def __init__(self, wiring: Wiring, *, at_once: int = AT_ONCE) -> None:
        self._wiring, self._at_once = wiring, at_once
        self.shut = set[str]()  # the ways to customers that were held up lately
        self._delivery = wiring.settings.config.delivery
        self._courier = Courier(
            wiring.slack,
            Directory(wiring.sessions, wiring.slack),
            wiring.settings.config.channels.shared_allowed,
            partial(draw, wiring.engine, wiring.settings),
        )
        self._postman = postman(wiring.settings, wiring.sessions)
        self._changed = Condition()
        self._under_way = Counter[str]()
        self._ended = self._seen = 0
        self.outcomes: Counter[str] = Counter()

    def run(self, stop: Event) -> None:
        """Send what falls due until `stop`; then give requests under way a moment to end."""
        while not stop.is_set():
            try:
                waited = self.step(clock.now())
                if waited is not None:
                    self.rest(waited)
            except Exception:  # the loop outlives a database that is away for a while
                log.exception("sender cannot look for work")
                stop.wait(AFTER_TROUBLE)
        with self._changed:
            self._changed.wait_for(lambda: self.idle, timeout=GRACE)

    def step(self, now: datetime, *, but: Collection[str] = ()) -> Wait | None:
        """Begin to send one message due at `now`, but none of these; None if there was one."""
        self._seen = self._ended
        calls = self._with_room() - frozenset(but)
        if not calls:
            return Wait(LOOK_EVERY)
        with self._wiring.sessions.begin() as session:
            wall = clock.now()
            found = claim(session, now=now, wall=wall, delivery=self._delivery, calls=calls)
        if isinstance(found, Wait):
            return found
        crash("outbox.after_claim")
        with self._changed:
            self._under_way[_kind(found.row.call)] += 1
        Thread(target=self._work, args=(found,), name="sender", daemon=True).start()
        return None

    def rest(self, waited: Wait) -> None:
        """Until the next look is worth while, or something ends that was under way at the last."""
        seconds = LOOK_EVERY if waited.seconds is None else min(waited.seconds, LOOK_EVERY)
        with self._changed:
            self._changed.wait_for(lambda: self._ended != self._seen, timeout=max(seconds, 0.02))

    @property
    def idle(self) -> bool:
        return self._under_way.total() == 0

    def _with_room(self) -> frozenset[str]:
        """What may begin now, besides what is under way."""
        room = {"slack": self._at_once} | dict.fromkeys(LANES, TO_CUSTOMERS_AT_ONCE)
        able = TO_SLACK | self._postman.calls
        return frozenset(c for c in able if self._under_way[_kind(c)] < room[_kind(c)])

    def _work(self, claimed: Claimed) -> None:
        try:
            outcome = self._attempt(claimed)
            if outcome is not None:
                self._settle(claimed, outcome)
                self.outcomes[type(outcome).__name__] += 1
                if isinstance(outcome, Held) and claimed.row.call in LANES:
                    self.shut.add(claimed.row.call)
        except Exception:  # the message waits for its lease, and the next attempt looks first
            log.exception("outcome not recorded", extra={"outbox_id": claimed.row.id})
        finally:
            with self._changed:
                self._under_way[_kind(claimed.row.call)] -= 1
                self._ended += 1
                self._changed.notify_all()

    def _attempt(self, claimed: Claimed) -> Outcome | None:
        who = self._postman if claimed.row.call in LANES else self._courier
        try:
            return who.deliver(claimed, now=clock.now())
        except Frozen:
            log.warning("stood still for too long", extra={"outbox_id": claimed.row.id})
            return None
        except Exception as bug:  # one poisoned message must not stop the others
            log.exception("sending failed", extra={"outbox_id": claimed.row.id})
            return Unknown(type(bug).__name__)

    def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        """Tries for a while: what is written down need not be found out again."""
        crash("outbox.before_settle")
        for pause in SETTLE_TRIES:
            try:
                return self._settle_once(claimed, outcome)
            except DBAPIError:
                log.warning("database away", extra={"outbox_id": claimed.row.id})
                Event().wait(pause)
        self._settle_once(claimed, outcome)

    def _settle_once(self, claimed: Claimed, outcome: Outcome) -> None:
        with self._wiring.sessions.begin() as session:
            settings = in_force(session, self._wiring.settings)
            settle(session, claimed, outcome, settings=settings, now=clock.now())
        crash("outbox.after_settle")


def drain(wiring: Wiring, *, now: datetime, patience: float | None = None) -> Drained:
    """Send everything that is due at `now`; returns when nothing is left, or nothing will soon be.

    It waits, in real time, for Slack's pace, for a Retry-After and for a lease, each for up to
    `patience` seconds (by default as long as an unknown end takes to be looked into). A mail
    server or Twilio that takes nothing now is left to the worker: it may be away for hours.
    """
    delivery = wiring.settings.config.delivery
    longest = delivery.lease + delivery.request_timeout if patience is None else patience
    sender = Sender(wiring)
    while True:
        idle = sender.idle  # as it was before the look: what was under way may leave more to do
        waited = sender.step(now, but=sender.shut)
        if waited is None:
            continue
        if idle and (waited.seconds is None or waited.seconds > longest):
            break
        sender.rest(waited)
    done = sender.outcomes
    with wiring.sessions() as session:
        left = count_due(session, now=now)
    return Drained(done["Sent"], left, done["Dead"], done["Uncertain"])


def _kind(call: str) -> str:
    return call if call in LANES else "slack"


def count_due(session: Session, *, now: datetime) -> int:
    due = select(func.count()).where(
        (OutgoingMessage.state == "sending")
        | (OutgoingMessage.state == "waiting") & (OutgoingMessage.not_before <= now)
    )
    return session.scalar(due) or 0
