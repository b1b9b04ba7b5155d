"""What the fault tests do and look at: ask for messages, kill, and read what Slack received."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from csbot import clock
from csbot.outbox.claim import steady
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.outbox.sender import Drained, drain
from csbot.settings import (
    Channels,
    Config,
    Delivery,
    Environment,
    Settings,
    Thresholds,
    WorkingHours,
)
from csbot.wiring import Wiring
from csbot.workspace.faults import Fault
from csbot.workspace.model import Message
from csbot.workspace.state import BOT_TOKEN, Workspace
from messages.said import Said

ROOMS = ("CA", "CB", "CC", "CD")
ADMIN = "U_PRIYA"
PEOPLE = (ADMIN, "U_DANA", "U_LEE")
TIMEOUT, LEASE = 9.0, 20.0
IMPATIENT = 1.5  # for what waits until an answer is given up


def settings_for(api_url: str, database_url: str, **delivery: Any) -> Settings:
    """Shorter times than real settings allow, and the pace of the fast workspace."""
    pace: dict[str, Any] = {
        "request_timeout": TIMEOUT,
        "lease": LEASE,
        "per_channel_interval": 0.06,
        "workspace_per_minute": 10_000,
    }
    values: dict[str, Any] = {
        "slack_bot_token": BOT_TOKEN,
        "slack_api_url": api_url,
        "database_url": database_url,
        "csbot_admins": [ADMIN],
    }
    config = Config.model_construct(
        channels=Channels(),
        thresholds=Thresholds(),
        working_hours=WorkingHours(),
        delivery=Delivery(**pace | delivery),
    )
    return Settings(env=Environment(**values), config=config)


@dataclass(frozen=True)
class Rig:
    slack: Workspace
    wiring: Wiring

    def ask(self, *texts: str, to: str = "CA", now: datetime | None = None, **more: Any) -> None:
        """One post for each text, under the text as its key."""
        items = [Outgoing(Said(sentence=text), to, key=text, **more) for text in texts]
        with self.wiring.sessions.begin() as session:
            enqueue_many(session, items, now=now or clock.now())

    def drain(self, patience: float = 1.5) -> Drained:
        """Send what is due; waits for a Retry-After of a second, but for no lease."""
        return drain(self.wiring, now=clock.now(), patience=patience)

    def drain_out(self) -> None:
        """Send all there is, every time as if the leases that were left had ended."""
        for _ in range(5):
            self.leases_end()
            if self.drain().waiting == 0:
                return

    def leases_end(self) -> None:
        """As if their time were over; nobody may be at work meanwhile."""
        with self.wiring.sessions.begin() as session:
            under_way = update(OutgoingMessage).where(OutgoingMessage.state == "sending")
            session.execute(under_way.values(lease_until=steady(session)))

    def fail(self, mode: str, method: str = "chat.postMessage", **more: Any) -> None:
        self.slack.faults.order(Fault(method, mode, **more))

    def received(self, room: str | None = None) -> list[str]:
        """The texts that stand in Slack, in the order they came."""
        rooms = [room] if room else list(self.slack.messages)
        found = [m for r in rooms for m in self.slack.in_channel(r) if not m.ephemeral_to]
        return [m.text for m in sorted(found, key=lambda m: m.ts)]

    def direct(self, person: str) -> str:
        """The id of the direct conversation between a person and the bot."""
        return self.slack.open_im(person).id

    def told(self, person: str) -> list[str]:
        return self.received(self.direct(person))

    def people_write(self, count: int, *, room: str) -> None:
        for n in range(count):
            ts = self.slack.new_ts(room)
            self.slack.post(Message(room, ts, "U_DANA", f"chatter {n}"))

    def message(self, text: str) -> Message:
        return next(
            m for room in self.slack.messages.values() for m in room.values() if m.text == text
        )

    def row(self, key: str) -> OutgoingMessage:
        with self.wiring.sessions() as session:
            return session.scalars(select(OutgoingMessage).where(OutgoingMessage.key == key)).one()

    def states(self) -> dict[str, str]:
        with self.wiring.sessions() as session:
            return {row.key: row.state for row in session.scalars(select(OutgoingMessage))}

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [call.args for call in self.slack.calls if call.method == method]

    def assert_each_once(self, *texts: str) -> None:
        counted = Counter(self.received())
        assert {text: counted[text] for text in texts} == dict.fromkeys(texts, 1)
