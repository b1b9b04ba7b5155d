"""A customer who leaves: what is recorded, what closes with it, and the way back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.churn import queries, rules
from csbot.churn.applying import apply_due
from csbot.churn.model import Churn
from csbot.churn.service import Recorded, record
from csbot.churn.staying import Stayed, withdraw
from csbot.errors import Forbidden, Refused
from csbot.onboarding.model import StageSpell
from csbot.payments.booking import book
from csbot.payments.ledger import changes
from csbot.payments.model import BillingCustomer, SubscriptionState
from csbot.payments.rules import Kind
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookVersion
from csbot.renewals.model import Renewal
from csbot.renewals.sync import sync
from csbot.revenue import Revenue
from csbot.settings import Config, Environment, Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.touches.model import Touch
from tests.builders import MONDAY, account, contact, member, renewal, task
from tests.unit.playing import HEAD

SETTINGS = Settings(Environment(), Config())
TODAY, DAY = MONDAY.date(), timedelta(days=1)
LATER = TODAY + timedelta(days=69)  # 31 Jan
EVIDENCE = "They signed with Rival on 12 Nov for its customs module."


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions.begin() as session:
        session.add(member())
        session.flush()
        yield session


def dana(session: Session) -> TeamMember:
    return session.scalars(select(TeamMember).where(TeamMember.email.like("dana@%"))).one()


def add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def acme(session: Session, **over: Any) -> Account:
    made: Account = add(session, account(**{"owner_id": dana(session).id} | over))
    return made


def left(session: Session, held: Account, **over: Any) -> Recorded:
    said: dict[str, Any] = {
        "type": "competitor", "evidence": EVIDENCE, "notice_on": TODAY, "effective_on": TODAY,
        "avoidable": "yes", "win_back_on": None, "by": dana(session), "now": MONDAY,
    }  # fmt: skip
    return record(session, account_id=held.id, settings=SETTINGS, **said | over)


def stay(session: Session, churn: Churn, now: datetime = MONDAY, **over: Any) -> Stayed:
    by = over.get("by") or dana(session)
    return withdraw(session, churn_id=churn.id, by=by, now=now, settings=SETTINGS)


def run_of(session: Session, held: Account, name: str, **said: Any) -> PlaybookRun:
    """A run that is under way, with a message that waits for its approval."""
    step = {"id": "write", "email": {"subject": "Hello", "text": "Thank you."}}
    definition = HEAD | {"name": name, "trigger": {"by_hand": True}, "steps": [step]} | said
    version = add(
        session,
        PlaybookVersion(
            name=name, digest=uuid4().hex, source="own", definition=definition, seen_at=MONDAY
        ),
    )
    session.merge(Playbook(name=name, version_id=version.id))
    run: PlaybookRun = add(
        session,
        PlaybookRun(
            playbook=name, version_id=version.id, account_id=held.id, started_at=MONDAY,
            step="write", due_at=MONDAY + DAY,
        ),
    )  # fmt: skip
    ann = add(session, contact(held.id, email=f"{uuid4().hex}@customer.example"))
    touch = Touch(
        run_id=run.id, step="write", playbook=name, account_id=held.id, contact_id=ann.id,
        channel="email", address=ann.email, words={"subject": "Hello"}, state="draft",
        created_at=MONDAY, send_at=MONDAY, expires_at=MONDAY + DAY, token=uuid4().hex,
    )  # fmt: skip
    add(session, touch)
    return run


def kinds(session: Session) -> list[tuple[Kind, Decimal, date]]:
    return [(one.kind, one.amount, one.effective_on) for one in changes(session)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "boredom"}, "type"),
        ({"evidence": "  no budget  "}, "evidence"),
        ({"evidence": "x" * 2001}, "evidence"),
        ({"notice_on": TODAY + DAY, "effective_on": LATER}, "notice_on"),
        ({"notice_on": TODAY - timedelta(days=800)}, "notice_on"),
        ({"effective_on": TODAY - DAY}, "effective_on"),
        ({"effective_on": date(2035, 1, 1)}, "effective_on"),
        ({"effective_on": LATER, "win_back_on": LATER}, "win_back_on"),
        ({"win_back_on": date(2040, 1, 1)}, "win_back_on"),
        ({"avoidable": "perhaps"}, "avoidable"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(session, wrong, field):
    held = acme(session)
    with pytest.raises(Refused) as refused:
        left(session, held, **wrong)
    assert refused.value.field == field
    assert session.scalars(select(Churn)).all() == []


def test_each_type_asks_for_its_own_evidence():
    assert len(rules.EVIDENCE) == len(set(rules.EVIDENCE.values())) == len(rules.Type)
    for type in rules.Type:
        with pytest.raises(Refused, match=rules.EVIDENCE[type]):
            rules.check(
                type=type, evidence="they left", notice_on=TODAY, effective_on=TODAY,
                win_back_on=None, today=TODAY,
            )  # fmt: skip


def test_who_leaves_today_has_left_and_what_was_open_is_closed(session):
    held = acme(session, arr=Decimal(48_000), onboarding_stage="kickoff")
    held.onboarding_stage_since = MONDAY - DAY
    add(session, renewal(held.id, due_on=held.renewal_on))
    open_task, done = add(session, task(held.id)), add(session, task(held.id, "Done before"))
    done.done_at = MONDAY - DAY
    spell = add(
        session,
        StageSpell(
            account_id=held.id, process="transactional", stage="kickoff", days=7,
            begun_at=MONDAY - DAY,
        ),
    )  # fmt: skip
    run, goodbye = run_of(session, held, "tips"), run_of(
        session, held, "goodbye", trigger={"event": "churn.recorded"}
    )  # fmt: skip

    made = left(session, held)

    session.expire_all()
    assert (held.lifecycle_stage, held.onboarding_stage, held.arr) == ("churned", None, 0)
    assert made.closed is not None
    assert made.closed.parts() == [
        "the renewal of 1 May 2027", "1 task", "1 playbook", "1 message not sent", "onboarding",
    ]  # fmt: skip
    assert session.scalars(select(Renewal.status)).one() == "lost"
    assert (open_task.done_at, done.done_at) == (MONDAY, MONDAY - DAY)
    assert spell.ended_at == MONDAY
    assert (run.state, goodbye.state) == ("stopped", "active")
    states = session.execute(select(Touch.playbook, Touch.state))
    assert {name: state for name, state in states} == {"tips": "withdrawn", "goodbye": "draft"}
    assert (made.churn.arr, made.churn.currency) == (48_000, "USD")
    assert kinds(session)[-1] == (Kind.CHURN, Decimal(4_000), TODAY)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.verb, last.by_id, last.why) == ("churn.recorded", dana(session).id, EVIDENCE)


def test_who_leaves_later_stays_a_customer_until_the_day_and_leaves_once(sessions):
    with sessions.begin() as session:
        session.add(member())
        session.flush()
        held = acme(session)
        add(session, renewal(held.id, due_on=held.renewal_on))
        add(session, task(held.id))
        made = left(session, held, effective_on=LATER)
        assert made.closed is not None
        assert made.closed.parts() == ["the renewal of 1 May 2027"]
        assert (held.lifecycle_stage, made.churn.applied_at) == ("adoption", None)
        assert session.scalar(select(queries.leaves_on()).select_from(Account)) == LATER
        assert session.scalars(select(Revenue)).all() == []
        held.renewal_on = LATER + 400 * DAY
        assert sync(session, None, MONDAY) == 0  # whatever date a CRM still has for it
        add(session, task(held.id, "Hand out their data", created_at=MONDAY + DAY))
    on_the_day = datetime.combine(LATER, datetime.min.time(), UTC)
    before = on_the_day - timedelta(minutes=1)
    assert apply_due(sessions, settings=SETTINGS, now=before) == 0
    together(lambda _: apply_due(sessions, settings=SETTINGS, now=on_the_day))
    assert apply_due(sessions, settings=SETTINGS, now=on_the_day) == 0
    with sessions.begin() as session:
        assert session.scalars(select(Account.lifecycle_stage)).one() == "churned"
        still = session.scalars(select(Task.title).where(Task.done_at.is_(None))).all()
        assert still == ["Hand out their data"]
        verbs = session.scalars(select(AuditEntry.verb)).all()
        assert verbs.count("churn.applied") == 1
        assert kinds(session)[-1] == (Kind.CHURN, Decimal(4_000), LATER)


def together(act: Any, count: int = 2) -> None:
    """All at the same moment; whatever one of them raises, raises here."""
    gate, failed = Barrier(count), list[Exception]()

    def one(number: int) -> None:
        gate.wait()
        try:
            act(number)
        except Exception as error:  # told to the test, whatever it is
            failed.append(error)

    threads = [Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_two_people_at_once_record_one_churn_and_the_second_reads_the_first(sessions):
    with sessions.begin() as session:
        session.add_all([member(), member("Lee Park")])
        session.flush()
        held = acme(session)
        account_id = held.id
    again: list[bool] = []

    def press(number: int) -> None:
        with sessions.begin() as session:
            who = session.scalars(select(TeamMember).order_by(TeamMember.id)).all()[number]
            held = session.get_one(Account, account_id)
            again.append(left(session, held, by=who).again)

    together(press)
    assert sorted(again) == [False, True]
    with sessions.begin() as session:
        assert len(session.scalars(select(Churn)).all()) == 1


def test_they_stay_puts_everything_back_once(session):
    held = acme(session, onboarding_stage="kickoff", renewal_on=LATER)
    held.onboarding_stage_since = MONDAY - DAY
    add(session, renewal(held.id, due_on=LATER, next_step="Exec call"))
    open_task = add(session, task(held.id))
    add(
        session,
        Revenue(
            account_id=held.id, effective_on=TODAY, mrr=Decimal(4_100), currency="USD"
        ),
    )  # fmt: skip
    made = left(session, held)
    stayed = stay(session, made.churn, MONDAY + DAY)
    session.expire_all()
    assert (stayed.lifecycle, stayed.renewal_on, stayed.tasks) == ("adoption", LATER, 1)
    assert (held.lifecycle_stage, held.onboarding_stage) == ("adoption", "kickoff")
    assert (held.onboarding_stage_since, held.arr) == (MONDAY - DAY, 48_000)
    assert open_task.done_at is None
    lost = session.scalars(select(Renewal)).one()
    assert (lost.status, lost.next_step) == ("open", "Exec call")
    rows = session.execute(select(Revenue.effective_on, Revenue.mrr, Revenue.source)).all()
    assert (TODAY, Decimal(4_100), "import") in [tuple(row) for row in rows]
    assert Kind.CHURN not in {kind for kind, _, _ in kinds(session)}
    again = stay(session, made.churn, MONDAY + 2 * DAY)
    assert again.already
    assert again.by is dana(session)
    assert sync(session, [held.id], MONDAY) == 0
    new = left(session, held, now=MONDAY + 2 * DAY, effective_on=LATER)
    assert not new.again
    assert not stay(session, new.churn, MONDAY + 3 * DAY).already


def test_what_was_to_come_in_later_does_not_and_does_again_when_they_stay(session):
    held = acme(session)
    plan = {TODAY - 90 * DAY: 4_000, TODAY + 30 * DAY: 5_000, TODAY + 60 * DAY: 6_000}
    for day, mrr in plan.items():
        add(
            session,
            Revenue(account_id=held.id, effective_on=day, mrr=Decimal(mrr), currency="USD"),
        )
    made = left(session, held)
    assert [(kind, day) for kind, _, day in kinds(session)][1:] == [(Kind.CHURN, TODAY)]
    imported = session.scalars(select(Revenue).order_by(Revenue.effective_on.desc())).first()
    imported.mrr, imported.source = Decimal(7_000), "import"
    stay(session, made.churn, MONDAY + DAY)
    session.expire_all()
    rows = session.execute(
        select(Revenue.effective_on, Revenue.mrr, Revenue.source).order_by(Revenue.effective_on)
    )
    assert [tuple(row) for row in rows] == [
        (TODAY - 90 * DAY, 4_000, "import"), (TODAY + 30 * DAY, 5_000, "import"),
        (TODAY + 60 * DAY, 7_000, "import"),
    ]  # fmt: skip


def test_nobody_takes_back_the_churn_of_a_customer_who_came_back(session):
    held = acme(session)
    made = left(session, held)
    held.lifecycle_stage = "adoption"
    session.flush()
    with pytest.raises(Refused, match="customer again"):
        stay(session, made.churn)
    assert not left(session, held).again
    assert len(session.scalars(select(Churn)).all()) == 2


def test_who_may_only_look_neither_records_nor_takes_back(session):
    held, viewer = acme(session), add(session, member("Vera Noor", role="viewer"))
    made = left(session, held)
    with pytest.raises(Forbidden):
        left(session, held, by=viewer)
    with pytest.raises(Forbidden):
        stay(session, made.churn, by=viewer)


def test_billing_keeps_the_ledger_of_those_it_knows_and_the_word_of_a_person_stays(session):
    held, other = acme(session, arr=Decimal(0)), acme(session, name="Globex")
    payer = add(
        session,
        BillingCustomer(sender="stripe", external_id="cus_1", account_id=held.id, as_of=MONDAY),
    )
    past = MONDAY - timedelta(days=100)
    for event, at, mrr in (("e1", past, 500), ("e2", MONDAY - DAY, 0)):
        add(
            session,
            SubscriptionState(
                customer_id=payer.id, event_id=event, subscription="sub_1", at=at, rank=0,
                status="active" if mrr else "canceled", mrr=Decimal(mrr), currency="USD",
            ),
        )  # fmt: skip
    book(session, [held.id], now=MONDAY)
    made = left(session, held)
    assert made.churn.arr == 6_000  # what billing had known before it ended
    assert "churn" not in session.scalars(select(Revenue.source)).all()

    left(session, other)
    payer.account_id = other.id
    session.flush()
    book(session, [held.id, other.id], now=MONDAY + DAY)
    theirs = select(Revenue.effective_on, Revenue.mrr).where(
        Revenue.account_id == other.id, Revenue.source == "churn"
    )
    assert (TODAY, Decimal(0)) in [tuple(row) for row in session.execute(theirs)]
