"""What people find in the morning: once a day, what changed, and one state with the alerts."""

import json
import threading
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.book import book
from csbot.accounts.model import HealthChange
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.away.model import Absence
from csbot.db.engine import open_database, session_factory
from csbot.digests import service
from csbot.digests.model import DigestRun
from csbot.home.drawing import home
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Config, Environment, Settings
from csbot.team.listing import team_list
from csbot.team.model import TeamMember
from handlers import digests as handlers
from handlers.ask import Command, Press
from messages.digest_lists import AlertsInFull, DigestList
from messages.digests import OPEN, TASKS, Digest
from messages.form import render_form
from messages.ids import Action
from messages.render import render
from messages.waiting import Waiting
from tests.builders import MONDAY, account, feedback, meeting, member, renewal, task
from tests.meanwhile import meanwhile
from tests.unit.test_digest_rules import CLOCKS, EVERY_DAY, utc

SETTINGS = Settings(Environment(), Config())
TUESDAY = MONDAY + timedelta(days=1)


def add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def alert(account_id: int, owner: TeamMember, **over: Any) -> Alert:
    evidence = {"inactive": 5, "known": 5, "days": 9, "threshold": 7, "people": []}
    fields: dict[str, Any] = {
        "kind": "inactive", "account_id": account_id, "owner_id": owner.id, "severity": "critical",
        "evidence": evidence, "fingerprint": f"2|{owner.id}|x", "channel": "C1", "since": MONDAY,
        "opened_at": MONDAY - timedelta(hours=2), "changed_at": MONDAY, "post_at": None,
    }  # fmt: skip
    return Alert(**fields | over)


@pytest.fixture
def dana(sessions: sessionmaker[Session]) -> TeamMember:
    with sessions.begin() as session:
        made: TeamMember = add(session, member())
    return made


def alarming(session: Session, name: str, owner: TeamMember, **over: Any) -> Alert:
    held = add(session, account(name, domain=None, owner_id=owner.id))
    made: Alert = add(session, alert(held.id, owner, **over))
    return made


def mine(session: Session, person: TeamMember, now: datetime = MONDAY) -> Digest:
    return service.present(session, person=person, reader=person, settings=SETTINGS, now=now)


def send(session: Session, now: datetime) -> int:
    return service.send_due(session, settings=SETTINGS, now=now)


def posted(session: Session, call: str = "post") -> list[OutgoingMessage]:
    query = select(OutgoingMessage).where(OutgoingMessage.call == call)
    return list(session.scalars(query.order_by(OutgoingMessage.id)))


def words(message: Digest | dict[str, Any]) -> str:
    said = render(message) if isinstance(message, Digest) else message
    return "\n".join(block["text"]["text"] for block in said["blocks"] if "text" in block)


def test_one_digest_for_each_local_date_whatever_the_clocks_do(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        people = [
            add(session, member(f"P{n} X", timezone=zone, digest_at=at, working_days=EVERY_DAY))
            for n, (zone, _, at, _) in enumerate(CLOCKS)
        ]
        wanted = {
            (person.id, case[1]): utc(case[3]) for person, case in zip(people, CLOCKS, strict=True)
        }
    for first in sorted(set(wanted.values())):
        for hours in (-1, 0, 1, 1, 5):
            for _ in ("one worker", "another"):
                with sessions.begin() as session:
                    send(session, first + timedelta(hours=hours))
    with sessions.begin() as session:
        runs = {
            (run.member_id, run.local_date): run.sent_at
            for run in session.scalars(select(DigestRun))
        }
        keys = [row.key for row in posted(session)]
    assert len(keys) == len(set(keys)) == len(runs)
    for key, moment in wanted.items():
        assert moment <= runs[key] < moment + timedelta(hours=1), key


def test_ticks_of_two_workers_over_a_whole_day_send_one(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        add(
            session,
            member(timezone="America/New_York", digest_at=time(1, 30), working_days=EVERY_DAY),
        )
    tick, sent = utc("2026-11-01 04:00"), list[datetime]()
    while tick < utc("2026-11-02 05:00"):
        for _ in ("one worker", "another"):
            with sessions.begin() as session:
                sent += [tick] * send(session, tick)
        tick += timedelta(minutes=5)
    assert sent == [utc("2026-11-01 05:30")]


def test_two_workers_at_once_send_one(
    database_url: str, sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        alarming(session, "Quiet", dana)
    barrier, sent = threading.Barrier(4), list[int]()

    def worker() -> None:
        engine = open_database(database_url)
        barrier.wait()
        with session_factory(engine).begin() as session:
            sent.append(send(session, MONDAY))
        engine.dispose()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions.begin() as session:
        assert [row.lane for row in posted(session)] == ["U_DANA"]
        assert len(list(session.scalars(select(DigestRun)))) == 1
    assert sorted(sent) == [0, 0, 0, 1]


def test_an_alert_that_closes_while_digests_are_written_keeps_nobody_waiting_for_theirs(
    engine: Engine, sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        over = alarming(session, "Over", dana).id
        alarming(session, "Quiet", dana)

    def close() -> None:
        with sessions.begin() as session:
            session.execute(update(Alert).where(Alert.id == over).values(closed_at=MONDAY))

    with meanwhile(engine, "FROM renewals", close), sessions.begin() as session:
        assert send(session, MONDAY) == 1
    with sessions() as session:
        assert "Quiet" in json.dumps([row.payload for row in posted(session)])


def test_late_is_better_than_never_and_weekends_are_free(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        assert send(session, MONDAY.replace(hour=8, minute=29)) == 0
        assert send(session, MONDAY.replace(hour=23)) == 1
        assert posted(session)[0].payload["text"].startswith("Hello Dana.")
        assert send(session, MONDAY - timedelta(days=1)) == 0


def test_people_whom_slack_does_not_know_are_left_out_and_counted(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        add(session, member("Una Known", slack_id=None))
        add(session, member("Gone Away", active=False))
        add(session, member("Guest", is_outsider=True))
        assert send(session, MONDAY) == 0
        assert service.left_out(session) == 1


def test_the_first_line_counts_what_needs_somebody(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        assert render(mine(session, dana))["text"] == "Good morning Dana. Nothing needs you today."
        alarming(session, "Quiet", dana)
        assert render(mine(session, dana))["text"] == (
            "Good morning Dana. 1 needs you today, and it is new."
        )
        alarming(
            session, "Grumpy", dana, severity="soon", opened_at=MONDAY - timedelta(days=1, hours=1)
        )
        shown = mine(session, dana)
    assert render(shown)["text"] == "Good morning Dana. 2 need you today, one of them new."
    assert (
        "🔴 *Critical, new, on you: nobody at Quiet has logged in for 9 days.* "
        "$48k ARR, renews in 159 days. Next: call" in words(shown)
    )
    assert "🟠 *Soon, day 2, on you: nobody at Grumpy" in words(shown)
    buttons = [b["accessory"] for b in render(shown)["blocks"] if "accessory" in b]
    assert [b["text"]["text"] for b in buttons] == ["Log Check-In", "Log Check-In"]
    assert buttons[0]["value"] == f"{shown.needs[0].alert_id}:1"


def test_nothing_to_say_is_one_kind_line(sessions: sessionmaker[Session], dana: TeamMember) -> None:
    with sessions.begin() as session:
        held = add(session, account("Overdue Optics", owner_id=dana.id))
        add(session, renewal(held.id, due_on=MONDAY.date() + timedelta(days=80)))
        said = render(mine(session, dana))
    assert said["text"] == (
        "Good morning Dana. Nothing needs you today; next renewal in 80 days (Overdue Optics)."
    )
    assert len(said["blocks"]) == 1


def test_five_days_without_change_are_spelled_out_once_then_folded(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = [alarming(session, f"A{n}", dana) for n in range(3)]
    said = []
    for day in range(5):
        with sessions.begin() as session:
            for one in made:
                row = session.get_one(Alert, one.id)
                row.evidence = row.evidence | {"days": 9 + day}
            session.flush()
            assert send(session, MONDAY + timedelta(days=day)) == 1
            said.append(posted(session)[-1].payload)
    assert said[0]["text"].startswith("Good morning Dana. 3 need you today, all of them new.")
    for day, later in enumerate(said[1:], start=1):
        assert later["text"] == "Good morning Dana. Nothing new needs you today; 3 still open."
        assert f"3 unchanged, oldest {day} day" in words(later)
        assert "logged in" not in words(later)
    with sessions.begin() as session:
        row = session.get_one(Alert, made[1].id)
        row.evidence = row.evidence | {"inactive": 4}
        session.flush()
        friday = mine(session, dana, MONDAY + timedelta(days=4))
        assert ([need.alert_id for need in friday.needs], friday.folded) == ([row.id], 2)
        monday = mine(session, dana, MONDAY + timedelta(days=7))
        assert (len(monday.needs), monday.folded) == (3, 0)
        assert {need.age for need in monday.needs} == {"day 8"}


def test_snoozed_others_and_ordinary_things_are_not_needs(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        lee = add(session, member("Lee Okafor"))
        alarming(
            session, "Snoozed", dana, state="snoozed", snoozed_until=TUESDAY, snoozed_by_id=dana.id
        )
        alarming(session, "Closed", dana, closed_at=MONDAY)
        alarming(session, "Info", dana, severity="info")
        alarming(session, "Lee's", lee)
        alarming(session, "Taken by Lee", dana, state="taken", taken_by_id=lee.id, taken_at=MONDAY)
        shown = mine(session, dana)
        assert (shown.needs, shown.folded, shown.waiting) == ((), 0, 0)
        assert len(mine(session, dana, TUESDAY).needs) == 1
        hers = mine(session, lee)
        assert ([need.age for need in hers.needs], hers.folded) == (["new"], 1)


def test_the_day_is_told_in_sections(sessions: sessionmaker[Session], dana: TeamMember) -> None:
    with sessions.begin() as session:
        globex = add(
            session, account("Globex", owner_id=dana.id, health=84, process="transactional")
        )
        bakery = add(session, account("Bakery", domain=None, owner_id=dana.id, health=41))
        add(session, meeting(globex.id, starts_at=MONDAY + timedelta(hours=1), agenda="Rollout"))
        add(session, meeting(bakery.id, "Cancelled", starts_at=MONDAY, outcome="cancelled"))
        add(session, meeting(bakery.id, "Tomorrow", starts_at=TUESDAY))
        for days, who in ((-1, dana.id), (0, dana.id), (0, None), (1, dana.id)):
            add(session, task(globex.id, due_on=MONDAY.date() + timedelta(days), assignee_id=who))
        for held, before, after in ((globex, 71, 84), (bakery, 63, 41)):
            add(
                session,
                HealthChange(account_id=held.id, at=MONDAY - timedelta(days=9), score=before),
            )
            add(
                session,
                HealthChange(account_id=held.id, at=MONDAY - timedelta(hours=3), score=after),
            )
        add(session, feedback(bakery.id, 10, email="ann@bakery.example"))
        add(session, feedback(bakery.id, 8))
        for held, before, after, why in (
            (globex, "kickoff", "training", None),
            (globex, "training", "kickoff", "begin again"),
            (bakery, "kickoff", "training", "they know us"),
        ):
            add(
                session,
                AuditEntry(
                    at=MONDAY - timedelta(hours=1),
                    verb="stage.advanced",
                    subject="x",
                    account_id=held.id,
                    why=why,
                    before={"stage": STAGES[before]},
                    after={"stage": STAGES[after]},
                ),
            )
        for category, amount in (("commit", 100_000), ("at_risk", 20_000)):
            other = add(session, account(category, domain=None, owner_id=dana.id))
            add(session, renewal(other.id, category=category, amount_due=Decimal(amount)))
        said = words(mine(session, dana))
    assert "Globex, Success session (Rollout)" in said
    assert "Cancelled" not in said
    assert "Tomorrow" not in said
    assert "*Tasks*  1 overdue, 2 due today" in said
    assert "*Since yesterday*\nHealth: Bakery down 22 to 41 · Globex up 13 to 84" in said
    assert (
        f"Wins: Globex completed {FIRST.name} · ann@bakery.example at Bakery gave 10 of 10" in said
    )
    assert "*Renewals, next 60 days*  2 accounts, $120k: commit 1, at risk 1" in said


def _stages() -> tuple[Any, dict[str, str]]:
    from csbot.onboarding.stages import track

    first, second = track("transactional")[:2]
    return first, {"kickoff": first.key, "training": second.key}


FIRST, STAGES = _stages()


def test_a_manager_reads_the_team_and_what_went_up(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        priya = add(session, member("Priya Shah", role="manager"))
        lee = add(session, member("Lee Okafor", manager_id=priya.id))
        session.merge(dana).manager_id = priya.id
        alarming(session, "Up", lee, escalated_at=MONDAY)
        alarming(session, "Down", lee, severity="soon")
        held = add(session, account("Big", domain=None, owner_id=lee.id))
        add(session, renewal(held.id))
        add(session, task(held.id, due_on=MONDAY.date() - timedelta(1), assignee_id=lee.id))
        add(session, account("Orphan", domain=None))
        shown = mine(session, priya)
        assert [need.sentence for need in shown.needs] == ["nobody at Up has logged in for 9 days"]
        assert "Your team has 1 critical and 1 soon." in render(shown)["text"]
        assert (
            "Lee Okafor: 1 critical, 1 soon · 1 task overdue · 1 renewal, $48k\n"
            "Dana Reyes: 0 critical, 0 soon" in words(shown)
        )
        assert (
            "*All:* 1 critical, 1 soon · 1 task overdue · 1 renewal, $48k · 1 account without owner"
            in words(shown)
        )
        assert mine(session, lee).team is None


def test_a_viewer_sees_no_amounts(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        vic = add(session, member("Vic Viewer", role="viewer"))
        held = add(session, account("A", domain=None, owner_id=vic.id))
        add(session, renewal(held.id))
        assert mine(session, vic).renewing is None


def test_a_line_is_struck_when_its_alert_is_dealt_with_and_comes_back_when_that_is_undone(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = alarming(session, "Quiet", dana)
        alarming(session, "Other", dana)
        send(session, MONDAY)
        for row in posted(session):
            row.state, row.attempts = "sent", 1
        session.flush()

        def follow() -> str:
            service.alert_changed(session, [made.id], settings=SETTINGS, now=TUESDAY)
            return words(posted(session, "update")[-1].payload)

        assert service.alert_changed(session, [made.id], settings=SETTINGS, now=MONDAY) == 0
        made.state, made.taken_by_id, made.taken_at = "taken", dana.id, MONDAY
        session.flush()
        said = follow()
        assert "⚪ ~nobody at Quiet has logged in for 9 days~ You have it." in said
        assert "Good morning Dana. 1 needs you today, and it is new." in said
        assert len(posted(session, "update")) == 1
        assert service.alert_changed(session, [made.id], settings=SETTINGS, now=MONDAY) == 0
        made.state, made.taken_by_id, made.taken_at, made.version = "open", None, None, 3
        session.flush()
        said = follow()
        assert "~" not in said
        blocks = posted(session, "update")[-1].payload["blocks"]
        assert f"{made.id}:3" in [b["accessory"]["value"] for b in blocks if "accessory" in b]
        made.closed_at, made.closed_because = TUESDAY, "Ann logged in on 24 Nov."
        session.flush()
        assert "~ Ann logged in on 24 Nov." in follow()
        assert len(posted(session)) == 1


def test_the_worker_follows_alerts_by_itself(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = alarming(session, "Quiet", dana)
        send(session, MONDAY)
        made.closed_at = MONDAY
        session.flush()
        assert send(session, MONDAY + timedelta(minutes=1)) == 0
        session.expire_all()
        assert "1 needed you today, and it is dealt with." in posted(session)[0].payload["text"]


def test_the_digest_on_demand_is_not_the_one_of_the_day(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        alarming(session, "Quiet", dana)
        asked = Command(
            session=session, settings=SETTINGS, person=dana, now=MONDAY, text="", shared=False,
        )  # fmt: skip
        assert isinstance(handlers.digest(asked), Digest)
        assert send(session, MONDAY) == 1
        again = handlers.digest(asked)
        assert isinstance(again, Digest)
        assert [need.age for need in again.needs] == ["new"]


def show(session: Session, person: TeamMember, what: str) -> Any:
    pressed = Press(
        session=session, settings=SETTINGS, person=person, now=MONDAY, value=what,
    )  # fmt: skip
    shown = handlers.show(pressed)
    assert isinstance(shown, DigestList | AlertsInFull)
    return shown


def test_what_needs_somebody_is_one_number_wherever_it_stands(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    """Given or taken, now: no note, nothing snoozed, what another took on one's own account.

    Whoever covers has what the other has, too; what went up to them besides counts once.
    """
    with sessions.begin() as session:
        add(session, priya := member("Priya Shah", role="manager"))
        add(session, lee := member("Lee Park", manager_id=priya.id))
        dana = session.merge(dana)
        dana.manager_id = priya.id
        taken = {"state": "taken", "taken_at": MONDAY}
        alarming(session, "Mine", dana)
        alarming(session, "Hers by now", dana, **taken, taken_by_id=lee.id)
        alarming(session, "My help", lee, **taken, taken_by_id=dana.id)
        alarming(session, "Late", lee, escalated_at=MONDAY)
        alarming(session, "A note", dana, severity="note")
        later = MONDAY + timedelta(days=1)
        alarming(session, "Sleeps", dana, state="snoozed", snoozed_until=later)
        add(session, kim := member("Kim Adler", manager_id=priya.id))
        alarming(session, "Both ways", kim, escalated_at=MONDAY)
        dates = {"starts_at": MONDAY - timedelta(days=1), "ends_at": TUESDAY, "made_at": MONDAY}
        add(session, Absence(member_id=dana.id, cover_id=lee.id, **dates))
        add(session, Absence(member_id=kim.id, cover_id=priya.id, **dates))
        said = {}
        for one, needing, taken in ((dana, 1, 1), (lee, 2, 2), (priya, 2, 0), (kim, 1, 0)):
            loads = team_list(session, reader=priya, now=MONDAY).mates
            [load] = [mate.load for mate in loads if mate.who.name == one.name]
            said[one.name] = {
                load.alerts if load else None,
                book(session, one, viewer=one, now=MONDAY).alerts,
                home(session, one, settings=SETTINGS, now=MONDAY).alerts_count,
            }
            assert said[one.name] == {Waiting(needing, taken)}, one.name
            assert show(session, one, OPEN).heading == Waiting(needing, taken).words("you")


def test_show_opens_the_list_behind_the_line(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        alarming(session, "Quiet", dana, severity="soon", opened_at=MONDAY - timedelta(days=3))
        alarming(session, "Mine", dana, state="taken", taken_by_id=dana.id, taken_at=MONDAY)
        held = add(session, account("Acme", domain=None, owner_id=dana.id))
        add(session, task(held.id, assignee_id=dana.id, priority="high"))
        add(session, task(held.id, assignee_id=dana.id, due_on=TUESDAY.date()))
        alerts, tasks = show(session, dana, OPEN), show(session, dana, TASKS)
        assert show(session, dana, "of an older version").heading == alerts.heading
    assert alerts.heading == "1 alert needs you, 1 taken"
    assert alerts.alerts[0].line.endswith(
        "nobody at Mine has logged in for 9 days (Dana Reyes has it)"
    )
    assert alerts.alerts[1].line.startswith("🟠 *Soon, day 4, on you:* nobody at Quiet")
    assert (tasks.heading, len(tasks.lines)) == ("1 task is due", 1)
    assert "Call legal for Acme" in tasks.lines[0]


NASTY = "<!channel> <@U1> \x02*b*\n> q & `c` " + "🥐é" * 50 + "x" * 10_000


def test_whatever_the_load_a_digest_stays_within_slacks_limits(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        priya = add(session, member("Priya Shah " + NASTY[:200], role="manager"))
        session.merge(dana).manager_id = priya.id
        for n in range(12):
            add(
                session,
                member(
                    f"C{n} {NASTY[:100]}",
                    email=f"c{n}@v.example",
                    slack_id=f"U{n}",
                    manager_id=priya.id,
                ),
            )
        for n in range(200):
            owner = priya if n % 2 else dana
            made = alarming(
                session,
                f"{n}{NASTY}",
                owner,
                evidence=EVIDENCE,
                opened_at=MONDAY - timedelta(days=n),
            )
            add(
                session,
                meeting(
                    made.account_id,
                    NASTY,
                    starts_at=MONDAY + timedelta(minutes=n),
                    organizer_id=priya.id,
                    agenda=NASTY,
                ),
            )
            add(
                session,
                task(
                    made.account_id,
                    NASTY,
                    due_on=MONDAY.date() - timedelta(n % 2),
                    assignee_id=owner.id,
                ),
            )
            add(session, renewal(made.account_id, currency=["USD", "EUR", "JPY", "CHF"][n % 4]))
            add(
                session, HealthChange(account_id=made.account_id, at=MONDAY - timedelta(3), score=9)
            )
            add(session, HealthChange(account_id=made.account_id, at=MONDAY, score=70))
            add(session, feedback(made.account_id, 10, email=NASTY))
        shown = mine(session, priya)
        lists = [render_form(show(session, priya, what)) for what in (OPEN, TASKS)]
    said = render(shown)
    assert (len(shown.needs), shown.waiting) == (5, 95)
    assert len(said["blocks"]) <= 45
    assert len(json.dumps(said, ensure_ascii=False)) <= 9_500
    assert len(said["text"]) <= 200
    texts = [block["text"]["text"] for block in said["blocks"] if "text" in block]
    for view in lists:
        assert len(view["blocks"]) <= 100
        texts += [block["text"]["text"] for block in view["blocks"] if "text" in block]
        assert len(json.dumps(view, ensure_ascii=False)) < 250_000
        assert " more" not in json.dumps(view)
    assert all(len(text) <= 3000 for text in texts)
    assert "<!c" not in "".join(texts)
    assert "<@" not in "".join(texts)
    ids = [block["block_id"] for block in said["blocks"] if "block_id" in block]
    assert len(ids) == len(set(ids))


EVIDENCE = {
    "inactive": 5, "known": 5, "days": 9, "threshold": 7,
    "people": [{"name": NASTY, "role": NASTY, "last": MONDAY.isoformat()}],
}  # fmt: skip


def statements(engine: Engine, session: Session, now: datetime) -> int:
    seen: list[str] = []
    count = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", count)
    assert send(session, now) > 0
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def fill(session: Session, people: list[TeamMember], start: int, end: int) -> None:
    for n in range(start, end):
        owner = people[n % len(people)]
        held = account(f"Account {n}", domain=None, owner_id=owner.id)
        session.add(held)
        session.flush()
        session.add(alert(held.id, owner, severity=["critical", "soon"][n % 2]))
        session.add(renewal(held.id))
        session.add(task(held.id, assignee_id=owner.id))
        session.add(meeting(held.id, starts_at=MONDAY))
        session.add(feedback(held.id, 10))
    session.flush()


def test_ten_and_a_thousand_accounts_and_thirty_people_take_the_same_number_of_statements(
    engine: Engine, sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        priya = add(session, member("Priya Shah", role="manager"))
        fill(session, [dana, priya], 0, 10)
        send(session, MONDAY - timedelta(days=3))
        few = statements(engine, session, MONDAY)
        team = [
            add(session, member(f"C{n} D", email=f"c{n}@v.example", slack_id=f"U{n}"))
            for n in range(28)
        ]
        fill(session, [dana, priya, *team], 10, 1000)
        assert statements(engine, session, TUESDAY) == few


def test_ids_in_the_digest_are_those_that_answer() -> None:
    said = json.dumps(render(Digest.example()))
    debriefs = {Action.DEBRIEF_HAPPENED, Action.DEBRIEF_NO_SHOW, Action.DEBRIEF_MOVED}
    assert {Action.ALERT_CHECKIN, Action.DIGEST_SHOW, Action.SETTINGS_EDIT, *debriefs} == {
        action for action in Action if f'"{action}"' in said
    }
