"""What /cs onboarding answers, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from csbot.access import Role
from csbot.accounts.choosing import Vocabulary, segment_key
from csbot.accounts.model import Account
from csbot.checkins.model import CheckIn
from csbot.errors import Refused
from csbot.onboarding.filters import Filters, from_code, read, stages
from csbot.onboarding.model import StageSpell, StageTick
from csbot.onboarding.overview import PAGE
from csbot.onboarding.stages import find
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from handlers import onboarding_list as handlers
from handlers.ask import PRESSES, Command, Press
from messages.ids import Action
from messages.message import Message
from messages.onboarding_list import GanttAsked, NoOnboarding, OnboardingList
from messages.render import render
from tests.builders import MONDAY, account, meeting, member

DAY = timedelta(days=1)
SETTINGS = Settings(Environment(), Config())
FIRST, SECOND, THIRD = (f"{which}-onboarding-meeting" for which in ("first", "second", "third"))


def ask(session: Session, person: TeamMember, text: str = "") -> Any:
    return handlers.answer(
        Command(
            session=session, settings=SETTINGS, person=person, now=MONDAY, text=text, shared=False
        )
    )


def press(session: Session, person: TeamMember, action: Action, value: str) -> Any:
    made = Press(session=session, settings=SETTINGS, person=person, now=MONDAY, value=value)
    return PRESSES[action](made)


def add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def onboarding(
    session: Session, name: str, stage: str, days: int, owner: TeamMember | None = None, **over: Any
) -> Account:
    """An account that has been in a stage of the enterprise track for so many days."""
    process = over.pop("process", "enterprise")
    made: Account = add(
        session,
        account(
            name, domain=None, process=process, lifecycle_stage="onboarding",
            onboarding_stage=stage, onboarding_stage_since=MONDAY - days * DAY,
            owner_id=owner.id if owner else None, **over,
        ),
    )  # fmt: skip
    known = find(process, stage)
    add(
        session,
        StageSpell(
            account_id=made.id, process=process, stage=stage, days=known.days if known else 1,
            begun_at=MONDAY - days * DAY,
        ),
    )  # fmt: skip
    return made


def words(message: Message) -> str:
    blocks = render(message)["blocks"]
    parts = [block.get("text", {}).get("text", "") for block in blocks]
    held = [one["text"] for block in blocks for one in block.get("elements", ()) if "text" in one]
    return "\n".join(parts + [one for one in held if isinstance(one, str)])


@pytest.fixture
def people(sessions: sessionmaker[Session]) -> tuple[TeamMember, TeamMember]:
    with sessions.begin() as session:
        return add(session, member("Priya Shah", role="manager")), add(session, member())


People = tuple[TeamMember, TeamMember]


def test_the_list_says_who_is_where_who_is_late_and_what_is_open(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        globex = onboarding(session, "Globex", SECOND, 19, dana)
        add(session, meeting(globex.id, starts_at=MONDAY + 3 * DAY))
        onboarding(session, "Initech", SECOND, 2)
        hooli = onboarding(session, "Hooli", "follow-up-email", 1, dana)
        add(session, CheckIn(account_id=hooli.id, at=MONDAY - DAY / 2, channel="email", note="-"))
        onboarding(session, "Kite", "onboarding", 3, dana, process="transactional")
        add(session, account("Idle", domain=None, lifecycle_stage="onboarding"))
        add(session, account("Grown", domain=None))
        shown = ask(session, priya)
        said = render(shown)["text"]
    assert said == "Onboarding: 4 accounts, 1 late, 75 % on time"
    body = words(shown)
    assert body.startswith(f"*{said}*\nTransactional: Onboarding 1\nEnterprise: Second onboarding")
    assert "Second onboarding meeting 2 (1 late) · Follow-up e-mail 1" in body
    assert "*Second onboarding meeting* · enterprise 3 of 8 · 2 accounts, 1 late" in body
    assert "*Globex* 5 days late, open: " in body
    assert " and 1 more, Dana Reyes, next meeting <!date^" in body
    assert "*Initech* day 3 of 14, open: " in body
    assert ", no owner" in body
    assert "*Hooli* day 2 of 3, nothing open, ready to move on, Dana Reyes" in body
    assert "1 account waits for onboarding to begin." in body
    assert [line.account for line in shown.lines] == ["Kite", "Globex", "Initech", "Hooli"]


def test_late_begins_when_the_days_of_the_stage_are_over(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, _ = people
    with sessions.begin() as session:
        for name, days in (("Day 14", 13), ("Just over", 14), ("Long over", 30)):
            onboarding(session, name, SECOND, days)
        lines = {line.account: line.when for line in ask(session, priya, "late").lines}
        assert lines == {"Long over": "16 days late", "Just over": "late since today"}
        assert words(ask(session, priya, "late")).startswith(
            "*Onboarding (only late): 2 of 3 accounts late, 33 % on time*"
        )


def test_what_is_ticked_off_is_no_longer_open(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, _ = people
    with sessions.begin() as session:
        one, other = onboarding(session, "One", THIRD, 2), onboarding(session, "Other", SECOND, 2)
        stage = find("enterprise", THIRD)
        assert stage
        for key in {item.key for item in stage.criteria if item.by_hand}:
            for made in (one, other):  # of a stage that the other is not in
                add(session, StageTick(account_id=made.id, stage=THIRD, criterion=key, at=MONDAY))
        opened = {line.account: line.open for line in ask(session, priya).lines}
    assert opened["One"] == ()
    assert len(opened["Other"]) == 2


def test_a_csm_sees_her_own_and_everybody_by_saying_so(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        onboarding(session, "Hers", SECOND, 2, dana)
        onboarding(session, "Theirs", SECOND, 2, priya)
        mine = ask(session, dana)
        assert [line.account for line in mine.lines] == ["Hers"]
        wider = press(session, dana, Action.ONBOARDING_MORE, mine.turn.whose)
        assert [line.account for line in wider.lines] == ["Hers", "Theirs"]
        assert wider.turn.whose_label == "Only Mine"
        assert ask(session, dana, "everybody").lines == wider.lines
        assert len(ask(session, priya).lines) == 2
        assert [line.account for line in ask(session, priya, "me").lines] == ["Theirs"]


def test_somebody_without_any_is_told_so_and_of_the_rest(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        onboarding(session, "Theirs", SECOND, 2, priya)
        none = ask(session, dana)
        assert isinstance(none, NoOnboarding)
        assert none.wider
        assert render(none)["text"] == "Nobody is in onboarding (Dana Reyes)."
        assert isinstance(press(session, dana, Action.ONBOARDING_PAGE, none.wider), OnboardingList)
        late = ask(session, priya, "late")
        assert render(late)["text"] == (
            "Nobody is late (only late); 1 account is in onboarding and in time."
        )


def test_filters_narrow_the_list_in_any_order(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        onboarding(session, "A", SECOND, 20, dana, segment="enterprise")
        onboarding(session, "B", SECOND, 20, dana, segment="smb")
        onboarding(session, "C", "transition", 1, dana, process="transactional", segment="smb")
        onboarding(session, "D", "transition", 20, None, segment="enterprise")
        for text, names in (
            ("late @dana smb", "B"), ("smb late", "B"), ("transition", "CD"), ("dana", "CAB"),
            ("enterprise", "DA"), ("enterprise track", "DAB"), ("transactional", "C"),
            ("second onboarding meeting", "AB"), ("second late enterprise", "A"), ("", "CDAB"),
        ):  # fmt: skip
            assert "".join(line.account for line in ask(session, priya, text).lines) == names, text
        assert ask(session, priya, "acme") is None
        add(session, account("Late Lunch"))
        assert ask(session, priya, "late lunch") is None
        with pytest.raises(Refused, match=r"can.t read \*lumch\*. I understood: \*smb\*"):
            ask(session, priya, "smb lumch")
        with pytest.raises(Refused, match="nobody in the team called"):
            ask(session, priya, "@nobody late")


def test_pages_carry_the_whole_choice_and_the_last_stays_the_last(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        for number in range(2 * PAGE + 1):
            onboarding(session, f"A{number:02}", SECOND, 40 - number, dana, segment="smb")
        onboarding(session, "Other", SECOND, 2, dana, segment="enterprise")
        first = ask(session, priya, "smb")
        assert (len(first.lines), first.pages, first.turn.back) == (PAGE, 3, None)
        second = press(session, priya, Action.ONBOARDING_PAGE, first.turn.onward)
        third = press(session, priya, Action.ONBOARDING_PAGE, second.turn.onward)
        assert [line.account for line in third.lines] == ["A20"]
        assert third.turn.onward is None
        assert third.lines[0].begins is not None
        back = press(session, priya, Action.ONBOARDING_BACK, third.turn.back)
        assert back.lines == second.lines
        beyond = press(session, priya, Action.ONBOARDING_PAGE, first.turn.onward.replace("2", "9"))
        assert beyond.page == 3


def test_a_stage_that_its_track_no_longer_has_is_listed_by_its_key(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, _ = people
    with sessions.begin() as session:
        onboarding(session, "Old", "pilot", 500)
        onboarding(session, "New", SECOND, 1, process="odd")  # a process without a track
        shown = ask(session, priya)
        assert {line.account: (line.when, line.open) for line in shown.lines} == {
            "New": ("day 2", ()), "Old": ("day 501", ()),
        }  # fmt: skip
        assert "*pilot* · enterprise · 1 account" in words(shown)


def test_a_list_is_kept_once_and_its_chart_is_asked_for(
    sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        onboarding(session, "Globex", SECOND, 19, dana)
        turn = ask(session, priya).turn
        for said in ("Kept: it is", "You have kept this one already."):
            assert press(session, priya, Action.ONBOARDING_MORE, turn.keep).sentence.startswith(
                said
            )
        for again in (False, True):
            asked = press(session, priya, Action.ONBOARDING_MORE, turn.gantt)
            assert isinstance(asked, GanttAsked)
            assert (asked.again, asked.lines) == (
                again, ("Globex: 5 days late in Second onboarding meeting",),
            )  # fmt: skip


@pytest.mark.parametrize(
    "value", ["", "x", "l|0||||", "l|1|x|||", "|1||e9||", "|1|||1;drop|", "|1||||zzzzzz", "q|1||||"]
)
def test_a_forged_button_is_refused(
    sessions: sessionmaker[Session], people: People, value: str
) -> None:
    with sessions.begin() as session:
        for action in (Action.ONBOARDING_PAGE, Action.ONBOARDING_MORE):
            with pytest.raises(Refused, match="older version"):
                press(session, people[0], action, value)


def test_the_number_of_queries_is_the_same_for_ten_and_for_a_thousand(
    engine: Engine, sessions: sessionmaker[Session], people: People
) -> None:
    priya, dana = people
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    counts = []
    for size in (10, 990):
        with sessions.begin() as session:
            places = list(stages().values())
            session.add_all(
                account(
                    f"A{size}-{n}", domain=None, process=places[n % 14][0], owner_id=dana.id,
                    onboarding_stage=places[n % 14][1].key,
                    onboarding_stage_since=MONDAY - n % 50 * DAY,
                )
                for n in range(size)
            )  # fmt: skip
            session.flush()
            seen.clear()
            shown = ask(session, priya)
            counts.append(len(seen))
    assert shown.count == 1000
    assert counts == [7, 7]


@settings(max_examples=60, deadline=None)
@given(
    st.builds(
        Filters,
        owners=st.lists(st.integers(1, 99_999_999), max_size=3).map(tuple),
        segments=st.lists(st.text(max_size=9).map(segment_key), max_size=3).map(tuple),
        process=st.sampled_from(["", "enterprise", "transactional"]),
        stages=st.lists(st.sampled_from(sorted(stages())), max_size=4, unique=True).map(tuple),
        late=st.booleans(),
        everybody=st.booleans(),
        page=st.integers(1, 9_999),
    )
)
def test_a_button_carries_every_choice_within_what_an_option_may_hold(chosen: Filters) -> None:
    assert from_code(chosen.code()) == chosen
    assert len(chosen.code()) < 75


def test_what_is_not_understood_is_told_with_what_is_expected() -> None:
    words = Vocabulary(["smb"], {"me": 1}, lambda mention: 1)
    with pytest.raises(Refused) as refused:
        read("late smb blurb", words)
    assert "*blurb*. I understood: *late* and *smb*." in refused.value.reason
    assert "`late`" in refused.value.reason


def test_a_viewer_may_look_and_an_owner_who_left_is_named_so(
    sessions: sessionmaker[Session], people: People
) -> None:
    with sessions.begin() as session:
        lee = add(session, member("Lee Park", role=Role.VIEWER))
        onboarding(session, "Globex", SECOND, 19, people[1])
        assert isinstance(ask(session, lee), OnboardingList)
        gone = press(session, lee, Action.ONBOARDING_PAGE, "|1|||99999999|")
        assert "somebody who left" in render(gone)["text"]
