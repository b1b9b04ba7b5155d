"""A replay is what the engine did when the same days were played forward, whatever people did."""

import random
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from csbot import audit
from csbot.accounts import service as accounts
from csbot.checkins.service import log_checkin
from csbot.errors import Refused
from csbot.feedback.service import record_feedback
from csbot.playbooks import store
from csbot.playbooks.engine import Pass
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookVersion
from csbot.playbooks.simulate.service import simulate
from csbot.renewals import service as renewals
from csbot.renewals.model import Renewal
from csbot.renewals.sync import sync
from csbot.tasks.model import Task
from csbot.tasks.service import add_task, finish_task
from tests.builders import MONDAY
from tests.unit.alert_world import World
from tests.unit.test_playbook_diagram import playbook

DAY, DAYS = timedelta(days=1), 12
FIRST = datetime.combine(MONDAY.date(), time(), UTC)
LAST = FIRST + DAYS * DAY
LOW = {"account.health": {"below": 50}}
WATCHED = {
    "tasks": {"trigger": {"detector": "task.due"}},
    "tasks-of-vips": {
        "trigger": {"detector": "task.due"},
        "filter": {"account.tags": {"has": "VIP"}, "task.priority": "high"},
    },
    "unanswered": {"trigger": {"detector": "feedback.unanswered"}, "filter": {"not": LOW}},
    "falls": {"trigger": {"entering": LOW}},
    "vip-no-more": {"trigger": {"leaving": {"account.tags": {"has": "VIP"}}}},
    "moods": {"trigger": {"event": "health.set"}, "filter": {"account.segment": "enterprise"}},
    "voices": {"trigger": {"event": "feedback.received"}, "enrol": {"at_most": 1, "per": "5 days"}},
    "renewals": {"trigger": {"detector": "renewal.due"}, "filter": {"account.arr": {"above": 99}}},
    "busy": {"trigger": {"entering": {"account.overdue_tasks": {"at_least": 1}}}},
    "silent": {"trigger": {"entering": {"account.last_checkin": {"at_most": "2 days"}}}},
}


class Life(World):
    """A team that does something to each account each day, by csbot's own verbs."""

    def __init__(self, session):
        super().__init__(session)
        self.dice = random.Random(20261123)  # noqa: S311  no secret
        self.ours = [
            self.account(f"Account {nth}", segment=segment, health=70, created_at=FIRST - 90 * DAY,
                         renewal_on=FIRST.date() + timedelta(days=88 + 3 * nth))
            for nth, segment in enumerate(("enterprise", "small", "enterprise", "mid-market"))
        ]  # fmt: skip
        sync(session, None, FIRST - 80 * DAY)

    def live(self, morning):
        for nth, account in enumerate(self.ours):
            act = self.dice.choice(self.ACTS)
            self.given = {"by": self.dana, "now": morning + timedelta(hours=7 + nth)}
            try:
                act(self, account)
            except Refused:
                continue

    def _tag(self, account):
        add, remove = self.dice.choice(((["VIP"], []), ([], ["VIP"]), (["Blue"], [])))
        accounts.tag(self.session, account_id=account.id, add=add, remove=remove, **self.given)

    def _judge(self, account):
        score = self.dice.randrange(20, 90, 10)
        given = self.given | {"settings": self.settings}
        accounts.set_health(self.session, account_id=account.id, score=score, **given)

    def _assign(self, account):
        to = self.dice.choice((self.dana, self.lee))
        given = self.given | {"by": self.priya, "settings": self.settings}
        accounts.assign(self.session, account_id=account.id, to=to, **given)

    def _task(self, account):
        due = self.given["now"].date() + timedelta(days=self.dice.randrange(0, 5))
        priority = self.dice.choice(("high", "normal"))
        add_task(self.session, account_id=account.id, title=f"Do {self.given['now']}", due_on=due,
                 priority=priority, settings=self.settings, **self.given)  # fmt: skip

    def _finish(self, account):
        open_ones = select(Task).where(Task.account_id == account.id, Task.done_at.is_(None))
        for task in self.session.scalars(open_ones.limit(1)):
            given = self.given | {"by": self.priya, "settings": self.settings}
            finish_task(self.session, task_id=task.id, **given)

    def _feedback(self, account):
        record_feedback(self.session, account_id=account.id, kind="nps",
                        score=self.dice.randrange(0, 11), settings=self.settings,
                        **self.given)  # fmt: skip

    def _check_in(self, account):
        log_checkin(self.session, account_id=account.id, note="Spoke", channel="call",
                    next_step=self.dice.choice((None, "Send it")), settings=self.settings,
                    **self.given)  # fmt: skip

    def _import(self, account):
        """As a file changes an account; its renewal follows."""
        before = {"segment": account.segment, "arr": str(account.arr)}
        account.segment = self.dice.choice(("enterprise", "small"))
        account.arr = self.dice.choice((50, 5_000))
        after = {"segment": account.segment, "arr": str(account.arr)}
        now = self.given["now"]
        audit.record(self.session, verb="import", subject=f"account:{account.id}", by=None,
                     account=account.id, now=now, before=before, after=after)  # fmt: skip
        sync(self.session, [account.id], now)

    def _renewal(self, account):
        query = select(Renewal).where(Renewal.account_id == account.id, Renewal.status == "open")
        renewal = self.session.scalars(query).one()
        given = self.given | {"settings": self.settings}
        told = {"next_step": self.dice.choice(("", "Call them")), "next_step_on": None}
        renewals.change(self.session, renewal_id=renewal.id, told=told, **given)

    ACTS = (_tag, _judge, _assign, _task, _task, _finish, _feedback, _check_in, _import, _renewal)


def test_a_replay_starts_what_the_engine_started_then(sessions):
    definitions = {name: playbook(name=name, **said) for name, said in WATCHED.items()}
    with sessions.begin() as session:
        life = Life(session)
        for name, definition in definitions.items():
            said = definition.model_dump(mode="json", by_alias=True)
            version = life.add(PlaybookVersion(name=name, digest=f"forward:{name}", source="own",
                                               definition=said, seen_at=FIRST))  # fmt: skip
            life.add(Playbook(name=name, version_id=version.id, on_since=FIRST))
    for nth in range(DAYS):
        with sessions.begin() as session:
            life.session = session
            life.ours = [session.merge(account) for account in life.ours]
            life.live(FIRST + nth * DAY)
        with sessions() as session:
            forces = store.in_force(session)
        Pass(sessions, life.settings, FIRST + (nth + 1) * DAY).carry_out(forces)
    with sessions() as session:
        told = session.execute(
            select(PlaybookRun.playbook, PlaybookRun.account_id, PlaybookRun.subject,
                   PlaybookRun.started_at)
        ).all()  # fmt: skip
        for name, definition in definitions.items():
            report = simulate(session, definition, settings=life.settings, since=FIRST, now=LAST)
            replayed = sorted((s.account_id, s.subject, s.at) for s in report.starts)
            played = sorted(tuple(row[1:]) for row in told if row[0] == name)
            assert replayed == played, name
    assert len({row[0] for row in told}) > 7
