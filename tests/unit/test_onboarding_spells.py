"""How long accounts were in each stage, whatever moved them; and onboarding begun by csbot."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.accounts.service import assign
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.onboarding import people, requirements, service
from csbot.onboarding.checkup import findings
from csbot.onboarding.model import AccountRole, Requirements, StageSpell, StageTick
from csbot.onboarding.rules import END
from csbot.onboarding.settings import Onboarding, People
from csbot.onboarding.stages import Role, find, track
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Config, Environment, Settings, SettingsError
from csbot.undoing.service import undo
from messages.ids import Action
from messages.onboarding_requirements import Wanted
from tests import builders
from tests.asking import SETTINGS, Floor, shown
from tests.builders import MONDAY
from tests.statements import statements

TEAM = Settings(
    env=Environment(),
    config=Config(
        onboarding=Onboarding(
            people=People(onboarding_manager="LEE@vendor.example", support="nobody@x.example")
        )
    ),
)


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def spells(floor):
    """Stage and days in it of Globex, in order; None for the one that it is in."""
    rows = floor.session.scalars(
        select(StageSpell)
        .where(StageSpell.account_id == floor.globex.id)
        .order_by(StageSpell.begun_at, StageSpell.id)
    )
    return [(one.stage, one.ended_at and (one.ended_at - one.begun_at).days) for one in rows]


def one_unfinished(floor):
    """For each account in onboarding there is one, in its stage, and for no other any."""
    floor.session.flush()
    unfinished = {
        one.account_id: (one.stage, one.begun_at)
        for one in floor.session.scalars(select(StageSpell).where(StageSpell.ended_at.is_(None)))
    }
    count = floor.session.scalar(
        select(func.count()).select_from(StageSpell).where(StageSpell.ended_at.is_(None))
    )
    there = floor.session.scalars(select(Account).where(Account.onboarding_stage.is_not(None)))
    wanted = {one.id: (one.onboarding_stage, one.onboarding_stage_since) for one in there}
    assert (unfinished, count) == (wanted, len(wanted))


def on(floor, days):
    floor.now = MONDAY + timedelta(days=days)


def move(floor, to=None, why="They know it all"):
    how = {"by": floor.priya, "now": floor.now, "settings": SETTINGS}
    service.advance(floor.session, account_id=floor.globex.id, to=to, override_reason=why, **how)
    one_unfinished(floor)


def start(floor):
    floor.press(floor.dana, Action.STAGE_ADVANCE, f"{floor.globex.id}:")
    one_unfinished(floor)


def test_whatever_moves_an_account_there_is_one_unfinished_spell(floor):
    start(floor)
    began = floor.globex.onboarding_began_at
    for day, to in ((2, None), (3, "wrap-up-meeting"), (5, "first-onboarding-meeting"), (9, END)):
        on(floor, day)
        move(floor, to)
    assert spells(floor) == [
        ("transition", 2), ("first-onboarding-meeting", 1), ("wrap-up-meeting", 2),
        ("first-onboarding-meeting", 4),
    ]  # fmt: skip
    assert (floor.globex.onboarding_began_at, floor.globex.onboarding_ended_at) == (
        began, floor.now,
    )  # fmt: skip
    on(floor, 20)
    start(floor)
    assert spells(floor)[4:] == [("transition", None)]
    assert (floor.globex.onboarding_began_at, floor.globex.onboarding_ended_at) == (
        floor.now, None,
    )  # fmt: skip
    on(floor, 21)
    move(floor)
    undo(floor.session, by=floor.priya, now=floor.now, settings=SETTINGS)
    one_unfinished(floor)
    assert spells(floor)[4:] == [("transition", None)]
    floor.globex.onboarding_stage = "retired-stage"
    start_anew = floor.command(floor.dana, "/cs stage globex start")
    assert "is in Transition now" in shown(start_anew)
    one_unfinished(floor)
    service.begin(floor.session, [floor.globex.id], now=floor.now, settings=SETTINGS)
    one_unfinished(floor)


def test_a_spell_says_who_let_it_begin_why_and_how_long_it_should_take(floor):
    start(floor)
    on(floor, 1)
    move(floor, "wrap-up-meeting")
    [_, spell] = floor.session.scalars(select(StageSpell).order_by(StageSpell.id))
    stage = find("enterprise", "wrap-up-meeting")
    assert (spell.days, spell.why, spell.by_id, spell.owner_id, spell.process) == (
        stage.days, "They know it all", floor.priya.id, floor.dana.id, "enterprise",
    )  # fmt: skip


def test_csbot_begins_many_once_and_in_as_many_statements_as_one(floor, engine):
    counts = []
    for size in (1, 40):
        made = [builders.account(f"New {size}-{n}", domain=None) for n in range(size)]
        floor.session.add_all(made)
        floor.session.flush()
        ids = [one.id for one in made]
        with statements(engine) as seen:
            begun = service.begin(floor.session, ids, now=MONDAY, settings=TEAM)
        counts.append(len(seen))
        assert begun == set(ids)
        assert service.begin(floor.session, ids, now=MONDAY, settings=TEAM) == set()
        one_unfinished(floor)
    assert counts[0] == counts[1]
    assert set(floor.session.scalars(select(AuditEntry.by_id))) == {None}


def test_what_nobody_owns_goes_to_whoever_the_team_names_and_they_are_told_once(floor):
    floor.session.add(
        Alert(
            kind="unowned", account_id=floor.orphan.id, severity="soon", state="open", evidence={},
            fingerprint="", channel="#x", since=MONDAY, opened_at=MONDAY, changed_at=MONDAY,
        )
    )  # fmt: skip
    both = [floor.orphan.id, floor.acme.id]
    assert service.begin(floor.session, both, now=MONDAY, settings=TEAM) == set(both)
    assert (floor.orphan.owner_id, floor.acme.owner_id) == (floor.lee.id, floor.dana.id)
    assert floor.session.scalar(select(Alert.owner_id)) == floor.lee.id
    [told] = floor.posts()
    assert (told.lane, told.message) == ("U_LEE", "account_assigned")
    assert "csbot handed it over to you: its onboarding begins" in str(told.payload)
    owners = floor.session.scalars(select(StageSpell.owner_id).order_by(StageSpell.account_id))
    assert list(owners) == [floor.dana.id, floor.lee.id]


def test_who_is_named_for_the_account_comes_before_who_is_for_all(floor):
    assert people.of(floor.session, floor.acme, settings=TEAM) == {
        Role.ONBOARDING_MANAGER: floor.lee
    }
    floor.session.add(
        AccountRole(
            account_id=floor.acme.id, role="onboarding_manager", member_id=floor.priya.id
        )
    )  # fmt: skip
    floor.session.flush()
    assert people.of(floor.session, floor.acme, settings=TEAM)[Role.ONBOARDING_MANAGER].id == (
        floor.priya.id
    )
    floor.priya.active = False
    floor.session.flush()
    named = people.of_many(floor.session, [floor.acme.id, floor.orphan.id], settings=TEAM)
    assert [one[Role.ONBOARDING_MANAGER].id for one in named.values()] == [floor.lee.id] * 2


def test_somebody_who_may_not_own_accounts_or_has_gone_gets_none(floor):
    for gone in ({"active": False}, {"role": "viewer"}, {"is_outsider": True}):
        for name, value in gone.items():
            setattr(floor.lee, name, value)
        floor.session.flush()
        floor.orphan.onboarding_stage = None
        service.begin(floor.session, [floor.orphan.id], now=MONDAY, settings=TEAM)
        assert floor.orphan.owner_id is None
        floor.lee.active, floor.lee.role, floor.lee.is_outsider = True, "csm", False
    assert floor.posts() == []


def test_a_person_who_begins_it_gives_it_to_whoever_is_named(floor):
    floor.settings = TEAM
    floor.press(floor.dana, Action.STAGE_ADVANCE, f"{floor.acme.id}:")
    assert floor.acme.owner_id == floor.lee.id
    assert floor.verbs() == ["onboarding.started", "account.assigned"]
    assert [post.lane for post in floor.posts()] == ["U_LEE"]
    [spell] = floor.session.scalars(select(StageSpell))
    assert spell.owner_id == floor.lee.id
    undo(floor.session, by=floor.dana, now=MONDAY, settings=TEAM)
    assert (floor.acme.owner_id, floor.acme.onboarding_stage) == (floor.dana.id, None)
    assert floor.session.scalars(select(StageSpell)).all() == []


def test_an_account_that_was_given_away_by_hand_is_not_taken_back_within_a_role(floor):
    """Only where the next stage is another one's does it change hands."""
    floor.settings = TEAM
    floor.globex.onboarding_stage = "second-onboarding-meeting"
    floor.globex.onboarding_stage_since = MONDAY
    assign(
        floor.session, account_id=floor.globex.id, to=floor.priya, by=floor.dana, now=MONDAY,
        settings=TEAM,
    )  # fmt: skip
    floor.command(floor.priya, "/cs stage globex next because they know it")
    assert floor.globex.onboarding_stage == "follow-up-email"
    assert floor.globex.owner_id == floor.priya.id


def test_ticks_of_a_time_before_are_gone_and_those_that_begin_anew_are_counted(floor):
    for one in (floor.acme, floor.globex):
        key = track(one.process)[0].key
        floor.session.add(StageTick(account_id=one.id, stage=key, criterion="x", at=MONDAY))
    floor.session.flush()
    service.begin(floor.session, [floor.acme.id], now=MONDAY, settings=SETTINGS)
    assert list(floor.session.scalars(select(StageTick.account_id))) == [floor.globex.id]


def test_people_and_wishes_can_be_put_back(floor):
    how = {"by": floor.dana, "settings": SETTINGS}
    kept = Wanted(why_bought="To see", intended_use="To plan")
    for minute, act in enumerate(
        (
            lambda now: requirements.save(
                floor.session, account_id=floor.acme.id, wanted=kept, now=now, **how
            ),
            lambda now: requirements.save(
                floor.session, account_id=floor.acme.id, wanted=Wanted(), now=now, **how
            ),
            lambda now: people.name(
                floor.session, account_id=floor.acme.id, people={Role.CSM: floor.lee},
                by=floor.dana, now=now,
            ),
        )
    ):  # fmt: skip
        now = MONDAY + timedelta(minutes=minute)
        act(now)
        if minute:
            undo(floor.session, now=now, **how)
    found = floor.session.get(Requirements, floor.acme.id)
    assert (found.why_bought, found.intended_use) == ("To see", "To plan")
    assert floor.session.scalars(select(AccountRole)).all() == []


def test_too_long_a_wish_is_refused_at_its_field(floor):
    with pytest.raises(Refused, match="At most 1,000") as caught:
        requirements.save(
            floor.session, account_id=floor.acme.id, wanted=Wanted(success="x" * 1001),
            by=floor.dana, now=MONDAY, settings=SETTINGS,
        )  # fmt: skip
    assert caught.value.field == "success"


def test_an_address_that_is_none_is_a_wrong_setting(tmp_path, monkeypatch):
    file = tmp_path / "csbot.toml"
    file.write_text('[onboarding.people]\ncsm = "Dana"\nboss = "b@x.example"\n')
    monkeypatch.setenv("CSBOT_CONFIG", str(file))
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert "onboarding.people.csm" in str(caught.value)
    assert "onboarding.people.boss" in str(caught.value)


def test_nothing_is_posted_by_what_only_writes_down(floor):
    people.name(
        floor.session, account_id=floor.acme.id, people={Role.CSM: floor.lee}, by=floor.dana,
        now=MONDAY,
    )  # fmt: skip
    assert floor.session.scalars(select(OutgoingMessage)).all() == []


def test_doctor_tells_who_is_named_and_is_not_there_or_cannot_own_accounts(floor):
    floor.lee.role = "viewer"
    floor.session.flush()
    told = {one.what: one.level for one in findings(floor.session, TEAM)}
    assert told == {
        "onboarding.people.onboarding_manager: LEE@vendor.example cannot own accounts": "warn",
        "onboarding.people.support: nobody of the team is nobody@x.example": "warn",
    }
    assert list(findings(floor.session, SETTINGS)) == []
