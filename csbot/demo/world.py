"""What happens outside csbot while the demo's clock moves: customers log in, a worker is killed."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot import clock
from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.demo.people import ANN
from csbot.demo.processes import Processes
from csbot.outbox.queue import enqueue
from csbot.workspace.model import Json
from csbot.workspace.state import Workspace
from messages.drill import DeliveryDrill

DRILL = 8
ANN_RETURNS = timedelta(days=2, minutes=32)  # Wednesday, 09:02
QUIET = "Quietwater Freight"


class World:
    def __init__(
        self,
        workspace: Workspace,
        sessions: sessionmaker[Session],
        processes: Processes,
        monday: datetime,
    ) -> None:
        self._workspace, self._sessions = workspace, sessions
        self._processes, self._monday = processes, monday
        self._drills = 0
        self._ann_is_back = False

    def connect(self) -> None:
        self._workspace.on_clock.append(self.move_on)
        self._workspace.on_kill = self.drill

    def move_on(self, now: datetime) -> None:
        """The demo's own people use the product as before; Ann comes back on Wednesday.

        Of whom somebody tells the demo, by an import or an event, only that is so.
        """
        quiet = select(Account.id).where(Account.name == QUIET).scalar_subquery()
        away = select(Account.id).where(
            or_(Account.name == QUIET, Account.lifecycle_stage == "churned")
        )
        with self._sessions.begin() as session:
            session.execute(
                update(Contact)
                .where(
                    Contact.account_id.not_in(away),
                    Contact.last_login_at.is_not(None),
                    Contact.created_at < self._monday,
                )
                .values(last_login_at=now - timedelta(hours=14))
            )
            back = self._monday + ANN_RETURNS
            if now >= back:  # she is the last of them, so it is she who ends the alert
                earlier = case((Contact.name == ANN, back), else_=back - timedelta(minutes=20))
                session.execute(
                    update(Contact).where(Contact.account_id == quiet).values(last_login_at=earlier)
                )
        if now >= self._monday + ANN_RETURNS:
            self._say_that_ann_is_back()

    def _say_that_ann_is_back(self) -> None:
        """Once, with the way to the alert that now closes by itself."""
        alerts = self._workspace.in_channel("C_ALERTS")
        card = next((one for one in alerts if QUIET in one.text), None)
        if card and not self._ann_is_back:
            self._ann_is_back = True
            text = f"Ann of {QUIET} has just logged in; the alert closes by itself."
            self._workspace.journal.note("toast", text=text, channel=card.channel, ts=card.ts)

    def drill(self) -> Json:
        """Queue a few messages and kill the worker while it posts them."""
        self._drills += 1
        with self._sessions.begin() as session:
            for number in range(1, DRILL + 1):
                enqueue(
                    session,
                    DeliveryDrill(number=number, of=DRILL),
                    to="C_DRILL",
                    key=f"drill:{self._drills}:{number}",
                    now=clock.now(),
                )
        threading.Thread(target=self._kill_in_the_middle, daemon=True).start()
        return {
            "channel": "C_DRILL",
            "text": f"{DRILL} messages are on their way. After the third the worker is killed.",
        }

    def _kill_in_the_middle(self) -> None:
        before = len(self._workspace.in_channel("C_DRILL"))
        waited = threading.Event()
        for _ in range(100):
            if len(self._workspace.in_channel("C_DRILL")) >= before + 3:
                break
            waited.wait(0.1)
        self._processes.kill_worker()
        self._workspace.journal.note(
            "toast", text="The worker is dead. Like any supervisor, the demo starts it again."
        )
