"""One attempt to send one message: where to, is it there already, is it still ours, send it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from csbot.outbox import pace
from csbot.outbox.claim import Claimed
from csbot.outbox.crash import crash
from csbot.outbox.marking import MARKED, set_mark
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.outcome import (
    SHARED_CHANNEL,
    Dead,
    Held,
    Outcome,
    Overtaken,
    Redirected,
    Sent,
    Uncertain,
    Unknown,
)
from csbot.outbox.places import Anchor
from csbot.slack.directory import Directory
from csbot.slack.gateway import (
    ChannelInfo,
    Gateway,
    OutcomeUnknown,
    Posted,
    RateLimited,
    RefusedBySlack,
)
from messages.account_channels import AccountHeader, ChannelNeutral
from messages.charts import without_charts

Payload = dict[str, Any]
Send = Callable[[Payload], None]
Homes = Callable[[str, datetime], Payload | None]
OURS = UUID("6f2c0f0e-2f0b-5d55-9d0e-0c5b0c7b0a11")
# A clock that is an hour off when a message is first sent must not hide the message from us.
CLOCK_ERROR = timedelta(minutes=65)
LOOK_AGAIN = timedelta(seconds=5)
THREAD_GONE = {
    "thread_not_found", "message_not_found", "cannot_reply_to_message",
    "restricted_action_thread_locked", "restricted_action_non_threadable_channel",
}  # fmt: skip
NOT_IN_THERE = {"not_in_channel", "user_not_in_channel", "channel_not_found", "is_archived"}
ELSEWHERE = NOT_IN_THERE | {"restricted_action", "missing_scope"}
# Says nothing about anybody, so that it may stand where another organisation reads along.
NEUTRAL = {ChannelNeutral.name}
CHANGED = "changed"
CHARTS_REFUSED = "charts_refused"


class Frozen(Exception):
    """This process stood still for too long: the message may be somebody else's by now."""


class Unsettled(Exception):
    """Ends an attempt early with an outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(frozen=True)
class Place:
    """`info` is None for direct messages, which nobody else can see."""

    channel: str
    thread_ts: str | None
    info: ChannelInfo | None


@dataclass(frozen=True)
class Courier:
    """What sending needs; `shared_allowed` are channels that another organisation may read.

    `homes` draws somebody's App Home as it is at a moment; None for whom it is nobody's.
    """

    slack: Gateway
    directory: Directory
    shared_allowed: list[str]
    homes: Homes

    def deliver(self, claimed: Claimed, *, now: datetime) -> Outcome:
        """Raises Frozen when it may no longer send; anything else unexpected may have been sent."""
        send = {
            "post": self._post, "update": self._update, "ephemeral": self._ephemeral,
            "home": self._home, "pin": self._mark, "topic": self._mark, "bookmark": self._mark,
        }  # fmt: skip
        try:
            return send[claimed.row.call](claimed, now)
        except Unsettled as end:
            return end.outcome
        except RateLimited as failure:
            return Held(failure.code, pace.hold(failure.retry_after))
        except RefusedBySlack as failure:
            return _refused(claimed.row, failure)
        except OutcomeUnknown as failure:
            return Unknown(failure.code)

    def _post(self, claimed: Claimed, now: datetime) -> Outcome:
        row = claimed.row
        place = self._place(claimed, now)
        if row.attempts > 1:
            found, place = self._look(claimed, place)
            if found is not None:
                return Sent(found.channel, found.ts)
        self._check(claimed, place)
        try:
            return self._post_now(claimed, place)
        except RefusedBySlack as failure:
            if not (place.thread_ts and failure.code in THREAD_GONE):
                raise
        return self._post_now(claimed, Place(place.channel, None, place.info))

    def _post_now(self, claimed: Claimed, place: Place) -> Outcome:
        posted: list[Posted] = []

        def send(payload: Payload) -> None:
            posted.append(
                self.slack.post(
                    place.channel,
                    payload,
                    key=opaque(claimed.row.key),
                    thread_ts=place.thread_ts,
                    broadcast=claimed.row.broadcast,
                )
            )

        note = _with_fallback(claimed, send)
        return Sent(posted[-1].channel, posted[-1].ts, note)

    def _update(self, claimed: Claimed, now: datetime) -> Outcome:
        anchor = _need(claimed.anchor)
        if claimed.row.message not in NEUTRAL:
            self._check(claimed, self._in_channel(anchor.channel, None, now))
        note = _with_fallback(
            claimed, lambda payload: self.slack.update(anchor.channel, anchor.ts, payload)
        )
        return Sent(anchor.channel, anchor.ts, note)

    def _mark(self, claimed: Claimed, now: datetime) -> Outcome:
        """What stands beside the messages of a channel: refused, it is left out without a word.

        Each may be done again; what says nothing internal goes out before anything is asked.
        """
        row, changed = claimed.row, list[bool]()

        def send(said: Payload) -> None:
            changed.append(set_mark(self.slack, row.call, row.lane, claimed.anchor, said))

        try:
            if row.message not in NEUTRAL:
                self._check(claimed, self._in_channel(row.lane, None, now))
            _send(claimed, send, row.payload)
        except RefusedBySlack as failure:
            return Overtaken(failure.code)
        return Sent(row.lane, ts=CHANGED if changed[-1] else None)

    def _home(self, claimed: Claimed, now: datetime) -> Outcome:
        """Drawn only now, so that it is never stale; an unknown end is simply tried again."""
        person = claimed.row.lane
        view = self.homes(person, claimed.due)
        if view is None:
            return Overtaken("nobody's Home")
        _send(claimed, lambda payload: self.slack.publish_home(person, payload), view)
        return Sent()

    def _ephemeral(self, claimed: Claimed, now: datetime) -> Outcome:
        row = claimed.row
        if row.attempts > 1:
            return Uncertain("not repeated")
        person = row.to_person or ""
        try:
            place = self._place(claimed, now)
            still_safe(claimed)
            self.slack.ephemeral(place.channel, person, row.payload, thread_ts=place.thread_ts)
        except RefusedBySlack as failure:
            elsewhere = failure.code in ELSEWHERE | THREAD_GONE
            return Redirected(failure.code) if elsewhere else Dead(failure.code)
        except OutcomeUnknown as failure:
            return Uncertain(failure.code)
        return Sent(place.channel)

    def _place(self, claimed: Claimed, now: datetime) -> Place:
        """Where it goes; a failure in here is no doubt about the message: nothing was sent yet."""
        row, anchor = claimed.row, claimed.anchor
        try:
            if anchor is not None:
                return self._in_channel(anchor.channel, anchor.ts, now)
            return self._in_channel(row.lane, None, now)
        except RefusedBySlack as failure:
            if row.attempts > 1 and row.call == "post":
                raise Unsettled(Uncertain(failure.code)) from None
            raise

    def _in_channel(self, lane: str, thread_ts: str | None, now: datetime) -> Place:
        """Slack takes a person's id for the direct conversation, so nothing is asked for those."""
        if lane.startswith(("U", "W")) and self.directory.shuts_out(lane):
            raise RefusedBySlack("outsider")
        if lane.startswith(("D", "U", "W")):
            return Place(lane, thread_ts, None)
        try:
            info = self.directory.channel(lane, now=now)
        except OutcomeUnknown as failure:
            raise Unsettled(Held(failure.code, LOOK_AGAIN)) from None
        return Place(info.id, thread_ts, info)

    def _look(self, claimed: Claimed, place: Place) -> tuple[Posted | None, Place]:
        """The message, if an earlier attempt got it there; without the thread if that is gone."""
        crash("outbox.before_look")
        row = claimed.row
        since = (row.first_claim_at or row.created_at) - CLOCK_ERROR
        try:
            room = place.channel
            if room.startswith(("U", "W")):
                room = self.directory.direct(room)
            found = self.directory.turnstile.ask(
                "history",
                lambda: self.slack.find_posted(
                    room, opaque(row.key), since=since, thread_ts=place.thread_ts
                ),
            )
        except RefusedBySlack as failure:
            if place.thread_ts is None or failure.code not in THREAD_GONE:
                raise Unsettled(Uncertain(failure.code)) from None
            return self._look(claimed, Place(place.channel, None, place.info))
        crash("outbox.after_look")
        return found, place

    def _check(self, claimed: Claimed, place: Place) -> None:
        row, info = claimed.row, place.info
        if info is None:
            return
        if info.is_archived:
            raise RefusedBySlack("is_archived")
        listed = row.call not in MARKED and row.message != AccountHeader.name
        allowed = {name.lstrip("#") for name in self.shared_allowed} if listed else set()
        if info.is_ext_shared and not allowed & {info.id, info.name}:
            self.directory.forget(info.id)  # it may be put right at any time
            raise RefusedBySlack(SHARED_CHANNEL)


def _refused(row: OutgoingMessage, failure: RefusedBySlack) -> Outcome:
    """An answer that cannot be given there, or not to everybody, is still for whoever asked."""
    asked = row.call == "post" and row.to_person and row.lane != row.to_person
    if asked and failure.code in ELSEWHERE | {SHARED_CHANNEL}:
        return Redirected(failure.code)
    return Dead(failure.code)


def opaque(key: str) -> str:
    """What Slack gets to see of a key: anybody in the workspace may read a message's metadata."""
    return str(uuid5(OURS, key))


def _with_fallback(claimed: Claimed, send: Send) -> str | None:
    """Send, once more without charts where Slack refuses those; says so if that was needed."""
    payload = claimed.row.payload
    try:
        _send(claimed, send, payload)
    except RefusedBySlack as failure:
        plain = without_charts(payload["blocks"])
        if failure.code != "invalid_blocks" or plain == payload["blocks"]:
            raise
        _send(claimed, send, payload | {"blocks": plain})
        return CHARTS_REFUSED
    return None


def _send(claimed: Claimed, send: Send, payload: Payload) -> None:
    crash("outbox.before_send")
    still_safe(claimed)
    send(payload)
    crash("outbox.after_send")


def still_safe(claimed: Claimed) -> None:
    if not claimed.safe:
        raise Frozen


def _need(anchor: Anchor | None) -> Anchor:
    if anchor is None:
        raise RefusedBySlack("message_not_found")
    return anchor
