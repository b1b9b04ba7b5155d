"""What App Home costs and how long it is, however much somebody has to look after."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.away import acting
from csbot.errors import Refused
from csbot.home.browsing import browse
from csbot.home.drawing import home
from csbot.home.filters import Filters, from_code
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from csbot.workspace.blockkit.surfaces import check_view
from csbot.workspace.state import Workspace
from messages.form import render_form
from messages.home import render_home
from messages.home_forms import RISKS
from tests.builders import MONDAY, account, hold, meeting, member, renewal, task
from tests.statements import statements

SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
HOSTILE = "<!channel> *x* & " * 40


def company(session: Session) -> TeamMember:
    """An admin with twelve reports and four decisions to take."""
    priya = member("Priya Shah", role="admin")
    session.add(priya)
    session.flush()
    session.add_all(
        member(f"{HOSTILE} {n}", email=f"m{n}@vendor.example", slack_id=f"U_M{n}",
               manager_id=priya.id)
        for n in range(12)
    )  # fmt: skip
    session.add_all([hold() for _ in range(4)])
    return priya


def grow(session: Session, priya: TeamMember, size: int) -> None:
    """As many more accounts of hers, with something of everything, and as many without owner."""
    mine = [
        account(f"A{n} {HOSTILE}", owner_id=priya.id, segment=f"segment {n % 7}",
                onboarding_stage="onboarding", lifecycle_stage="onboarding",
                onboarding_stage_since=MONDAY - timedelta(days=90))
        for n in range(size)
    ]  # fmt: skip
    session.add_all([*mine, *(account(f"O{n} {HOSTILE}") for n in range(size))])
    session.flush()
    session.add_all(row for one in mine for row in _of(one.id, priya.id))
    session.flush()


def _of(account_id: int, owner_id: int) -> list[object]:
    return [
        Alert(kind="feedback", account_id=account_id, owner_id=owner_id, severity="critical",
              evidence={"scale": "nps", "score": 2, "out_of": 10, "who": HOSTILE,
                        "comment": HOSTILE}, fingerprint="x", channel="#a",
              since=MONDAY, opened_at=MONDAY, changed_at=MONDAY),
        meeting(account_id, HOSTILE, starts_at=MONDAY, organizer_id=owner_id),
        task(account_id, HOSTILE, assignee_id=owner_id, due_on=MONDAY.date() - timedelta(days=1)),
        renewal(account_id, due_on=MONDAY.date() + timedelta(days=9), next_step=HOSTILE),
        AuditEntry(at=MONDAY - timedelta(minutes=account_id), by_id=owner_id, verb="task.added",
                   subject="task:1", account_id=account_id, after={"title": HOSTILE}),
    ]  # fmt: skip


def look(session: Session, priya: TeamMember, size: int) -> tuple[int, int, int]:
    """How many statements Home and its longest list take, and how many blocks it has."""
    session.expire_all()
    acting.forget(session)
    session.refresh(priya)
    with statements(session.get_bind()) as asked:  # type: ignore[arg-type]
        made = home(session, priya, settings=SETTINGS, now=MONDAY)
    view = render_home(made)
    report = check_view(view, Workspace(), "home")
    assert report.lines("") + report.warnings == []
    assert (made.alerts_count.total, made.tasks_count, made.accounts_count) == (size, size, size)
    with statements(session.get_bind()) as listing:  # type: ignore[arg-type]
        listed = browse(session, Filters(owner=priya.id), by=priya, now=MONDAY)
    assert check_view(render_form(listed), Workspace()).lines("") == []
    return len(asked), len(listing), len(view["blocks"])


def test_home_asks_the_same_questions_and_fits_a_view_whatever_its_size(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        priya = company(session)
        grow(session, priya, 12)
        small = look(session, priya, 12)
        grow(session, priya, 988)
        assert look(session, priya, 1_000) == small
        assert small[2] <= 100


@pytest.mark.parametrize(
    "code", ["", "1|1", "x|1|||", "1|0|||", "1|1|<a>||", "1|1|||rich", "|" * 9]
)
def test_a_button_that_is_none_of_ours_is_refused(code: str) -> None:
    with pytest.raises(Refused):
        from_code(code)


def test_filters_come_back_from_their_code_and_every_risk_is_known() -> None:
    for risk in RISKS:
        chosen = Filters(owner=7, page=3, segment="a1b2c3", stage="d4e5f6", risk=risk)
        assert from_code(chosen.code()) == chosen
        assert len(chosen.code()) <= 75
