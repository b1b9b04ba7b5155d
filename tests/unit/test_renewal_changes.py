"""What becomes of renewals: made from dates, moved by imports, changed by people."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, delete, event, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.errors import Forbidden, Refused
from csbot.renewals.card import change_form
from csbot.renewals.filters import Filters
from csbot.renewals.model import Renewal, RenewalCategoryChange, RenewalMove
from csbot.renewals.overview import overview
from csbot.renewals.service import Changed, change, sync
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from csbot.undoing.service import undo
from handlers import renewal as handlers
from handlers.ask import SUBMITS, Submission
from messages.ids import View
from messages.render import render
from messages.renewals import RenewalsList
from tests.builders import MONDAY, account, member, renewal
from tests.meanwhile import meanwhile

TODAY = MONDAY.date()
SETTINGS = Settings(Environment(), Config())


@pytest.fixture
def dana(sessions: sessionmaker[Session]) -> TeamMember:
    with sessions.begin() as session:
        made = member()
        session.add(made)
    return made


def renewing(session: Session, **over: Any) -> Renewal:
    held = account("Acme", domain=None)
    session.add(held)
    session.flush()
    made = renewal(held.id, **over)
    session.add(made)
    session.flush()
    return made


def changed(session: Session, made: Renewal, by: TeamMember, **over: Any) -> Changed:
    how = {name: over.pop(name) for name in ("reason", "seen", "mark") if name in over}
    return change(
        session, renewal_id=made.id, told=over, settings=SETTINGS, by=by, now=MONDAY, **how
    )


def test_a_new_category_needs_a_reason_and_leaves_history_and_a_record(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = renewing(session)
        with pytest.raises(Refused, match="why the category changes") as refused:
            changed(session, made, dana, category="at_risk", reason="  ")
        assert refused.value.field == "reason"
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        result = changed(session, made, dana, category="at_risk", reason="champion left")
        assert (result.changed, result.before) == (True, "probable")
        [step] = session.scalars(select(RenewalCategoryChange))
        assert (step.before, step.after, step.reason) == ("probable", "at_risk", "champion left")
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.verb == "renewal.changed"))
        assert (entry.by_id, entry.why) == (dana.id, "champion left")
        nothing = dict.fromkeys(
            ["next_step", "next_step_on", "forecast_amount", "incentive", "offered_months"]
        )
        assert entry.before == {"category": "probable", **nothing}
        assert entry.after == {"category": "at_risk", **nothing}


def test_a_next_step_needs_no_reason(sessions: sessionmaker[Session], dana: TeamMember) -> None:
    with sessions.begin() as session:
        made = renewing(session)
        changed(session, made, dana, next_step="Exec call", next_step_on=TODAY)
        assert (made.next_step, made.next_step_on) == ("Exec call", TODAY)
        assert session.scalar(select(func.count()).select_from(RenewalCategoryChange)) == 0


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"category": "surely", "reason": "x"}, "category"),
        ({"next_step": "Call", "next_step_on": TODAY - timedelta(1)}, "next_step_on"),
        ({"next_step": "", "next_step_on": TODAY}, "next_step"),
        ({"category": "commit", "reason": "x", "seen": "at_risk"}, "category"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    sessions: sessionmaker[Session], dana: TeamMember, over: dict[str, Any], field: str
) -> None:
    with sessions.begin() as session:
        made = renewing(session)
        with pytest.raises(Refused) as refused:
            changed(session, made, dana, **over)
        assert refused.value.field == field
        assert (made.category, made.next_step) == ("probable", None)


def test_a_step_whose_date_has_passed_may_stay_while_the_category_changes(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = renewing(session, next_step="Call", next_step_on=TODAY - timedelta(3))
        assert changed(session, made, dana, category="commit", reason="signed").changed


def test_a_viewer_may_not_and_a_closed_renewal_cannot_change(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = renewing(session)
        vic = member("Vic Viewer", role="viewer")
        session.add(vic)
        session.flush()
        with pytest.raises(Forbidden):
            changed(session, made, vic, category="commit", reason="x")
        made.status = "won"
        session.flush()
        with pytest.raises(Refused, match="no longer open"):
            changed(session, made, dana, category="commit", reason="x")


def test_the_form_submitted_twice_changes_it_once_and_says_so(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = renewing(session)
        form = change_form(made, session.get_one(Account, made.account_id))
        values = {"category": "at_risk", "reason": "budget cut", "next_step": "Exec call",
                  "next_step_on": "2026-12-02"}  # fmt: skip
        asked = Submission(
            session=session, settings=SETTINGS, person=dana, now=MONDAY, values=values,
            remembered=form.remember(),
        )  # fmt: skip
        assert SUBMITS[View.RENEWAL] is handlers.submitted
        first, second = handlers.submitted(asked), handlers.submitted(asked)
        assert render(first)["text"] == (  # type: ignore[arg-type]
            "Acme: at risk (was probable). Next: Exec call, by 2 Dec 2026."
        )
        assert "nothing was changed" in render(second)["text"]  # type: ignore[arg-type]
        assert session.scalar(select(func.count()).select_from(RenewalCategoryChange)) == 1


def synced(session: Session) -> list[tuple[date, Decimal, str, str]]:
    session.flush()
    rows = session.scalars(select(Renewal).order_by(Renewal.id))
    return [(row.due_on, row.amount_due, row.currency, row.category) for row in rows]


def test_an_account_with_a_date_gets_one_renewal_that_follows_it(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        held = account("Acme", arr=Decimal(48_000), contract_months=18, health=10)
        session.add(held)
        session.flush()
        assert sync(session, [held.id], MONDAY) == 1
        assert sync(session, None, MONDAY) == 0
        first = (date(2027, 5, 1), Decimal(72_000), "USD", "probable")
        assert synced(session) == [first]
        loaded = session.scalars(select(Renewal)).one()
        held.renewal_on, held.currency = date(2027, 6, 1), "EUR"
        assert sync(session, [held.id], MONDAY) == 1
        assert loaded.due_on == date(2027, 6, 1)
        assert synced(session) == [(date(2027, 6, 1), Decimal(72_000), "EUR", "probable")]
        [move] = session.scalars(select(RenewalMove))
        assert (move.due_on, move.amount_due, move.currency) == first[:3]
        assert [e.verb for e in session.scalars(select(AuditEntry))] == ["renewal.moved"]


def test_an_account_that_loses_its_date_has_no_open_renewal(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        held = account("Acme")
        session.add(held)
        session.flush()
        sync(session, None, MONDAY)
        held.renewal_on = None
        sync(session, None, MONDAY)
        [row] = session.scalars(select(Renewal))
        assert (row.status, row.closed_at) == ("withdrawn", MONDAY)


def test_a_date_that_is_settled_or_long_past_makes_no_renewal(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        made = renewing(session, status="won", due_on=TODAY)
        session.get_one(Account, made.account_id).renewal_on = TODAY
        stale = account("Stale", domain=None, renewal_on=TODAY - timedelta(31))
        late = account("Late", domain=None, renewal_on=TODAY - timedelta(30), arr=None)
        session.add_all([stale, late])
        session.flush()
        assert sync(session, None, MONDAY) == 1
        assert synced(session)[1:] == [(late.renewal_on, Decimal(0), "USD", "probable")]


def test_a_date_one_term_later_ends_the_renewal_and_begins_the_next_with_nothing_planned(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        made = renewing(session, due_on=TODAY + timedelta(20))
        changed(session, made, dana, category="at_risk", reason="budget", next_step="Call Max")
        held = session.get_one(Account, made.account_id)
        first, held.renewal_on = made.due_on, made.due_on + timedelta(365)
        assert sync(session, [held.id], MONDAY) > 0
        assert sync(session, [held.id], MONDAY) == 0
        then, now = session.scalars(select(Renewal).order_by(Renewal.due_on))
        assert (then.status, then.closed_at, then.category) == ("renewed", MONDAY, "at_risk")
        assert (now.status, now.category, now.next_step) == ("open", "probable", None)
        held.renewal_on = first  # somebody puts the date right
        sync(session, [held.id], MONDAY)
        assert (then.status, then.next_step, now.status) == ("open", "Call Max", "withdrawn")
        held.renewal_on = first + timedelta(365)
        sync(session, [held.id], MONDAY)
        assert (then.status, now.status) == ("renewed", "open")


def test_a_date_that_comes_back_opens_its_renewal_again(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        held = account("Acme")
        session.add(held)
        session.flush()
        sync(session, None, MONDAY)
        day, held.renewal_on = held.renewal_on, None
        sync(session, None, MONDAY)
        held.renewal_on = day
        assert sync(session, None, MONDAY) == 1
        [row] = session.scalars(select(Renewal))
        assert (row.status, row.closed_at) == ("open", None)


def statements(engine: Engine, session: Session) -> int:
    seen: list[str] = []
    count = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", count)
    sync(session, None, MONDAY)
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def test_a_thousand_accounts_take_as_many_statements_as_ten(
    engine: Engine, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        session.add_all([account(f"A{n}", domain=None) for n in range(10)])
        session.flush()
        ten = statements(engine, session)
        session.add_all([account(f"B{n}", domain=None) for n in range(900)])
        session.flush()
        assert statements(engine, session) == ten


def test_last_week_is_what_the_list_would_have_said_then(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    def figures(session: Session) -> tuple[Decimal, Decimal | None]:
        shown = overview(session, Filters(), person=dana, settings=SETTINGS, now=MONDAY)
        assert isinstance(shown, RenewalsList)
        week = shown.sums[0].last_week
        return shown.sums[0].forecast.amount, week.amount if week else None

    with sessions.begin() as session:
        made = renewing(session, amount_due=Decimal(1000))
        assert figures(session) == (750, 750)
        changed(session, made, dana, category="at_risk", reason="budget")
        assert figures(session) == (150, 750)
        moved_from(session, made, date(2026, 12, 1), 2000, MONDAY)
        assert figures(session) == (150, 1500)
        moved_from(session, made, date(2028, 1, 1), 500, MONDAY - timedelta(days=3))
        assert figures(session) == (150, 0)


def moved_from(session: Session, made: Renewal, day: date, amount: int, at: datetime) -> None:
    session.add(
        RenewalMove(
            renewal_id=made.id, at=at, due_on=day, amount_due=Decimal(amount), currency="USD"
        )
    )
    session.flush()


def test_last_week_is_left_out_when_nobody_can_know_it(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        renewing(session, created_at=MONDAY - timedelta(days=6))
        shown = overview(session, Filters(), person=dana, settings=SETTINGS, now=MONDAY)
    assert "last week" not in render(shown)["text"]


def test_what_is_taken_back_is_named_as_it_was_and_is(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    acts: tuple[tuple[dict[str, Any], str, str], ...] = (
        ({"forecast_amount": Decimal(40_000)}, "Renewal: expected amount changed",
         "As before: $48,000 expected, all that is due."),
        ({"incentive": "10 % off", "offered_months": 24},
         "Renewal: incentive, contract length changed", "As before: offered nothing."),
        ({"category": "at_risk", "next_step": "Call Max"},
         "Renewal: at risk, next step Call Max (price)", "As before: probable, next step none."),
    )  # fmt: skip
    with sessions.begin() as session:
        made = renewing(session)
        for told, did, now_is in acts:
            changed(session, made, dana, reason="price" if "category" in told else None, **told)
            undone = undo(session, by=dana, now=MONDAY, settings=SETTINGS)
            assert (undone.did, undone.now_is) == (did, (now_is,))
            session.execute(delete(AuditEntry))


def test_what_somebody_closes_while_the_dates_are_read_stays_as_they_closed_it(
    sessions: sessionmaker[Session], engine: Engine
) -> None:
    with sessions.begin() as session:
        made = renewing(session)
        session.execute(update(Account).values(renewal_on=None))

    def lost() -> None:
        with sessions.begin() as session:
            session.execute(update(Renewal).values(status="lost", closed_at=MONDAY))

    with meanwhile(engine, "FROM accounts", lost), sessions.begin() as session:
        sync(session, [made.account_id], MONDAY + timedelta(minutes=1))
    with sessions() as session:
        assert session.execute(select(Renewal.status, Renewal.closed_at)).one() == ("lost", MONDAY)
