"""Who may do what: every action with every role, in the table and at every door."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import func, select

from csbot.access import LABELS, TABLE, May, Role, allows, require
from csbot.accounts import service
from csbot.accounts.rules import Health
from csbot.accounts.snoozing import snooze_account
from csbot.audit import AuditEntry
from csbot.errors import Forbidden
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Config, Environment, Settings
from csbot.team.service import grant_access
from tests.builders import MONDAY, account, member

SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
LEAST = {
    May.SEE_ACCOUNTS: Role.VIEWER,
    May.SETTINGS_OWN: Role.VIEWER,
    May.SEE_RENEWALS: Role.CSM,
    May.ACT_ON_ALERTS: Role.CSM,
    May.LOG: Role.CSM,
    May.EDIT_ACCOUNTS: Role.CSM,
    May.ASSIGN_OWN: Role.CSM,
    May.ADVANCE: Role.CSM,
    May.TASKS: Role.CSM,
    May.FORECAST: Role.CSM,
    May.SHARE: Role.CSM,
    May.ASSIGN_ANY: Role.MANAGER,
    May.OVERRIDE: Role.MANAGER,
    May.SEE_TEAM_DIGEST: Role.MANAGER,
    May.TEAM: Role.ADMIN,
}
RISING = [Role.VIEWER, Role.CSM, Role.MANAGER, Role.ADMIN]


def test_every_action_has_its_least_role():
    assert set(LEAST) == set(May)
    assert set(TABLE) == set(LABELS) == set(Role)


@pytest.mark.parametrize(("action", "role"), list(product(May, Role)))
def test_a_role_may_what_the_table_says_and_is_told_who_may_the_rest(action, role):
    may = RISING.index(role) >= RISING.index(LEAST[action])
    assert allows(role, action) is may
    person = member(role=role)
    if may:
        require(person, action)
    else:
        with pytest.raises(Forbidden, match=f"can {action}"):
            require(person, action)


ACTS = {
    "assign": (
        May.ASSIGN_OWN,
        lambda s, a, me, lee: service.assign(s, account_id=a, to=lee, by=me, now=MONDAY),
    ),
    "set health": (
        May.EDIT_ACCOUNTS,
        lambda s, a, me, lee: service.set_health(
            s, account_id=a, status=Health.STEADY, by=me, now=MONDAY
        ),
    ),
    "tag": (
        May.EDIT_ACCOUNTS,
        lambda s, a, me, lee: service.tag(
            s, account_id=a, add=["x"], remove=[], by=me, now=MONDAY
        ),
    ),
    "snooze": (
        May.ACT_ON_ALERTS,
        lambda s, a, me, lee: snooze_account(
            s, account_id=a, until=MONDAY + timedelta(days=1), reason="x", by=me, now=MONDAY,
            settings=SETTINGS,
        ),
    ),
    "let somebody in": (
        May.TEAM,
        lambda s, a, me, lee: grant_access(
            s, slack_id="U_NEW", name="New", role="csm", by=me, now=MONDAY, settings=SETTINGS
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("act", "role"), list(product(ACTS, Role)))
def test_services_refuse_whoever_may_not_and_leave_no_trace(sessions, act, role):
    action, do = ACTS[act]
    if allows(role, action):
        return
    with sessions.begin() as session:
        session.add_all([me := member("Me Myself", role=role), lee := member("Lee Park")])
        session.add(mine := account("Acme"))
        session.flush()
        with pytest.raises(Forbidden):
            do(session, mine.id, me, lee)
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
        assert session.scalar(select(func.count()).select_from(OutgoingMessage)) == 0


@pytest.mark.parametrize("role", [Role.CSM])
def test_somebody_elses_account_is_a_managers_to_move(sessions, role):
    with sessions.begin() as session:
        session.add_all([me := member("Me Myself", role=role), lee := member("Lee Park")])
        session.flush()
        session.add(hers := account("Acme", owner_id=lee.id))
        session.flush()
        with pytest.raises(Forbidden, match="managers"):
            service.assign(session, account_id=hers.id, to=me, by=me, now=MONDAY)
