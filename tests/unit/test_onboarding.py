"""Stages as data, and moving an account through them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.audit import AuditEntry
from csbot.errors import Forbidden, Refused
from csbot.onboarding import rules
from csbot.onboarding.model import StageTick
from csbot.onboarding.stages import after, find, track, tracks
from csbot.undoing.service import undo
from messages.answers import AccountPickForm
from messages.ids import Action
from messages.onboarding import StageFinished, StageNone, StageShown
from messages.onboarding_forms import StageCriteriaForm, StageOverrideForm
from messages.render import render
from tests import builders
from tests.asking import SETTINGS, Floor, controls, shown


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        made = Floor(session)
        enter(made, "second-onboarding-meeting")
        yield made


def enter(floor, key):
    floor.globex.lifecycle_stage = "onboarding"
    floor.globex.onboarding_stage = key
    floor.globex.onboarding_stage_since = floor.now - timedelta(days=12)
    floor.session.flush()


def tick_all(floor, person=None):
    stage = find("enterprise", floor.globex.onboarding_stage)
    assert stage is not None
    form = floor.press(person or floor.dana, Action.STAGE_TICK, button(floor))
    assert isinstance(form, StageCriteriaForm)
    return floor.submit(
        person or floor.dana, form, criteria=[c.key for c in stage.criteria if c.by_hand]
    )


def button(floor) -> str:
    return f"{floor.globex.id}:{floor.globex.onboarding_stage or ''}"


def test_the_tracks_have_the_six_and_the_eight_stages():
    assert [stage.name for stage in track("transactional")] == [
        "Onboarding", "Transition to support or account manager", "Metrics tracking",
        "Proactive issue resolution", "Ongoing nurturing", "Simplified renewal",
    ]  # fmt: skip
    assert [stage.name for stage in track("enterprise")] == [
        "Transition", "First onboarding meeting", "Second onboarding meeting", "Follow-up e-mail",
        "Third onboarding meeting", "Wrap-up meeting", "Final follow-up e-mail",
        "Ongoing nurturing",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["transactional", "enterprise"])
def test_every_stage_has_a_goal_criteria_days_and_a_key_of_its_own(name):
    stages = tracks()[name]
    assert len({stage.key for stage in stages}) == len(stages)
    for stage in stages:
        assert stage.goal.endswith(".")
        assert 0 < stage.days <= 180
        assert 1 <= len(stage.criteria) <= 10
        assert len({item.key for item in stage.criteria}) == len(stage.criteria)
        assert any(item.by_hand for item in stage.criteria)
    assert after(name, stages[-1]) is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("3", "second-onboarding-meeting"),
        ("Wrap-up meeting", "wrap-up-meeting"),
        ("wrap", "wrap-up-meeting"),
        ("second", "second-onboarding-meeting"),
        ("nurturing", "nurturing"),
    ],
)
def test_a_stage_is_found_by_number_name_or_a_part_of_it(text, key):
    assert rules.called("enterprise", text).key == key


@pytest.mark.parametrize("text", ["meeting", "splendid", "", "9"])
def test_a_stage_that_is_unclear_is_refused_with_all_of_them(text):
    with pytest.raises(Refused, match="Wrap-up meeting"):
        rules.called("enterprise", text)


def test_the_stage_is_shown_with_what_is_still_open(floor):
    answer = floor.command(floor.dana, "/cs stage globex")
    assert isinstance(answer, StageShown)
    words = shown(answer)
    assert "Globex is in Second onboarding meeting, step 3 of 8." in words
    assert "Training held, Admin user active" in words
    assert [action for action, _ in controls(answer)] == [Action.STAGE_TICK]
    assert len(controls(floor.command(floor.priya, "/cs stage globex"))) == 2


def test_next_is_held_while_criteria_are_open_and_nothing_changes(floor):
    answer = floor.command(floor.priya, "/cs stage globex next")
    assert isinstance(answer, StageShown)
    assert (
        "Globex cannot leave Second onboarding meeting yet. "
        "Still open: Training held, Admin user active." in shown(answer)
    )
    assert [action for action, _ in controls(answer)] == [
        Action.STAGE_TICK, Action.STAGE_OVERRIDE,
    ]  # fmt: skip
    assert floor.globex.onboarding_stage == "second-onboarding-meeting"
    assert (floor.posts(), floor.verbs()) == ([], [])


def test_ticks_are_kept_and_saved_once(floor):
    form = floor.press(floor.dana, Action.STAGE_TICK, button(floor))
    for _ in range(2):
        answer = floor.submit(floor.dana, form, criteria=["trained"])
        assert isinstance(answer, StageShown)
        assert (answer.done, answer.open) == (["Training held"], ["Admin user active"])
    tick = floor.session.scalars(select(StageTick)).one()
    assert (tick.criterion, tick.by_id) == ("trained", floor.dana.id)
    again = floor.press(floor.dana, Action.STAGE_TICK, button(floor))
    floor.submit(floor.dana, again, criteria=None)
    assert floor.session.scalars(select(StageTick)).all() == []
    assert floor.verbs() == ["stage.ticked", "stage.ticked"]


def test_what_csbot_has_seen_is_met_without_a_tick(floor):
    floor.session.add_all([
        builders.meeting(
            floor.globex.id, starts_at=floor.now - timedelta(days=2), outcome="attended"
        ),
        builders.contact(floor.globex.id, last_login_at=floor.now - timedelta(days=1)),
    ])  # fmt: skip
    floor.session.flush()
    answer = floor.command(floor.dana, "/cs stage globex")
    assert isinstance(answer, StageShown)
    assert answer.open == []
    assert controls(answer) == [(Action.STAGE_ADVANCE, button(floor))]


def test_the_meeting_that_the_stage_waits_for_is_told(floor):
    asked = "/cs stage globex"
    assert floor.command(floor.dana, asked).planned is None
    soon = floor.now + timedelta(days=3)
    floor.session.add_all([
        builders.meeting(floor.globex.id, starts_at=soon + timedelta(days=1)),
        builders.meeting(floor.globex.id, starts_at=soon),
        builders.meeting(floor.globex.id, starts_at=floor.now + timedelta(1), outcome="cancelled"),
    ])  # fmt: skip
    floor.session.flush()
    answer = floor.command(floor.dana, asked)
    assert answer.planned == soon
    assert "*Meeting planned:* <!date^" in shown(answer)


def test_a_meeting_before_the_stage_began_does_not_count(floor):
    before = floor.now - timedelta(days=13)
    floor.session.add(builders.meeting(floor.globex.id, starts_at=before, outcome="attended"))
    floor.session.flush()
    answer = floor.command(floor.dana, "/cs stage globex")
    assert isinstance(answer, StageShown)
    assert "Training held" in answer.open


def test_advance_pressed_twice_advances_and_announces_once(floor):
    answer = tick_all(floor)
    ((action, value),) = controls(answer)
    moved = floor.press(floor.dana, Action(action), value)
    assert isinstance(moved, StageShown)
    assert "Globex is in Follow-up e-mail now, step 4 of 8" in shown(moved)
    for person in (floor.dana, floor.priya):
        with pytest.raises(Refused, match="moved on: it is in Follow-up e-mail now"):
            floor.press(person, Action(action), value)
    assert floor.globex.onboarding_stage == "follow-up-email"
    (post,) = floor.posts()
    assert (post.lane, post.message) == ("#cs-alerts", "stage_completed")
    assert post.payload["text"] == (
        "Globex completed Second onboarding meeting after 12 days (goal 14)."
    )
    assert floor.verbs() == ["stage.ticked", "stage.advanced"]


def test_the_announcement_goes_to_the_accounts_own_channel(floor):
    floor.globex.channel = "C0GLOBEX"
    tick_all(floor)
    floor.command(floor.dana, "/cs stage globex next")
    assert [post.lane for post in floor.posts()] == ["C0GLOBEX"]


def test_the_last_stage_done_ends_onboarding(floor):
    enter(floor, "nurturing")
    tick_all(floor)
    answer = floor.command(floor.dana, "/cs stage globex next")
    assert isinstance(answer, StageFinished)
    assert (floor.globex.onboarding_stage, floor.globex.lifecycle_stage) == (None, "adoption")
    again = floor.command(floor.dana, "/cs stage globex next")
    assert "Globex is not in onboarding: it is in adoption." in shown(again)
    assert floor.verbs()[-1] == "onboarding.finished"
    assert len(floor.posts()) == 1


def test_a_manager_puts_whoever_is_in_a_stage_on_the_other_track_with_a_reason(floor):
    asked, before = "/cs onboarding globex track transactional", floor.globex.onboarding_stage_since
    with pytest.raises(Refused, match="manager"):
        floor.command(floor.dana, f"{asked} because they are four people")
    with pytest.raises(Refused, match="Write why"):
        floor.command(floor.priya, asked)
    moved = floor.command(floor.priya, f"{asked} because they are four people")
    assert "Globex is in Onboarding now, step 1 of 6" in shown(moved)
    assert floor.globex.process == "transactional"
    with pytest.raises(Refused, match="on the transactional track already"):
        floor.command(floor.priya, asked)
    words = shown(floor.command(floor.priya, "/cs timeline globex"))
    assert "Track changed from enterprise to transactional" in words
    assert "they are four people" in words
    undo(floor.session, by=floor.priya, now=floor.now, settings=SETTINGS)
    held = floor.globex.process, floor.globex.onboarding_stage
    assert held == ("enterprise", "second-onboarding-meeting")
    assert floor.globex.onboarding_stage_since == before


def test_the_track_of_whoever_is_in_no_stage_is_noted_for_the_next_time(floor):
    asked = "/cs onboarding acme track"
    answer = floor.command(floor.dana, f"{asked} Enterprise")
    assert "on the enterprise track" in shown(answer)
    assert floor.acme.onboarding_stage is None
    floor.command(floor.dana, "/cs onboarding acme start")
    assert floor.acme.onboarding_stage == "transition"
    for text in ("", "premium", "enterprise since they grew"):
        with pytest.raises(Refused, match="`track transactional`"):
            floor.command(floor.dana, f"{asked} {text}")


def test_a_large_customer_has_had_a_business_review_before_onboarding_ends(floor):
    enter(floor, "nurturing")
    day = timedelta(days=1)
    for kind in ("success session", "qbr"):
        assert "First business review held" in floor.command(floor.dana, "/cs stage globex").open
        floor.session.add(builders.meeting(
            floor.globex.id, starts_at=floor.now - day, kind=kind, outcome="attended"
        ))  # fmt: skip
        floor.session.flush()
    assert "First business review held" in floor.command(floor.dana, "/cs stage globex").done


def test_a_manager_overrides_with_a_reason_that_is_kept(floor):
    form = floor.press(floor.priya, Action.STAGE_OVERRIDE, button(floor))
    assert isinstance(form, StageOverrideForm)
    assert form.to == "follow-up-email"
    values = {"to": form.to, "reason": "Trained on site last week"}
    floor.submit(floor.priya, form, **values)
    with pytest.raises(Refused, match="moved on"):
        floor.submit(floor.priya, form, **values)
    assert floor.globex.onboarding_stage == "follow-up-email"
    entry = floor.session.scalars(select(AuditEntry)).one()
    assert (entry.why, entry.by_id) == ("Trained on site last week", floor.priya.id)
    assert entry.before is not None
    assert entry.before["stage"] == "second-onboarding-meeting"
    assert len(floor.posts()) == 1


def test_next_because_overrides_for_managers_alone(floor):
    with pytest.raises(Forbidden):
        floor.command(floor.dana, "/cs stage globex next because they are in a hurry")
    floor.command(floor.priya, "/cs stage globex next because they are in a hurry")
    assert floor.globex.onboarding_stage == "follow-up-email"


@pytest.mark.parametrize(
    ("to", "key"),
    [("wrap-up-meeting", "wrap-up-meeting"), ("transition", "transition"), ("end", None)],
)
def test_an_override_can_skip_go_back_or_end(floor, to, key):
    form = floor.press(floor.priya, Action.STAGE_OVERRIDE, button(floor))
    floor.submit(floor.priya, form, to=to, reason="Bought by a customer of ours")
    assert floor.globex.onboarding_stage == key
    assert len(floor.posts()) == 1


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x"}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"to": "nowhere"}, "to"),
        ({"to": "second-onboarding-meeting"}, "to"),
        ({"to": None}, "to"),
    ],
)
def test_an_override_that_does_not_fit_is_said_at_its_field(floor, over, field):
    form = floor.press(floor.priya, Action.STAGE_OVERRIDE, button(floor))
    with pytest.raises(Refused) as caught:
        floor.submit(floor.priya, form, **{"to": "wrap-up-meeting", "reason": "A reason"} | over)
    assert caught.value.field == field
    assert floor.posts() == []


def test_a_stage_by_name_is_entered_when_next_and_else_wants_a_managers_reason(floor):
    tick_all(floor)
    with pytest.raises(Refused, match="A manager can"):
        floor.command(floor.dana, "/cs stage globex wrap-up")
    form = floor.command(floor.priya, "/cs stage globex wrap-up")
    assert isinstance(form, StageOverrideForm)
    assert form.to == "wrap-up-meeting"
    floor.command(floor.dana, "/cs stage globex follow-up e-mail")
    assert floor.globex.onboarding_stage == "follow-up-email"


def test_onboarding_starts_once_with_the_first_stage_and_no_old_ticks(floor):
    floor.acme.lifecycle_stage = "onboarding"
    floor.session.add(
        StageTick(account_id=floor.acme.id, stage="onboarding", criterion="welcomed", at=floor.now)
    )
    floor.session.flush()
    answer = floor.command(floor.dana, "/cs stage acme")
    assert isinstance(answer, StageNone)
    assert "waits for its onboarding to begin" in shown(answer)
    ((action, value),) = controls(answer)
    begun = floor.press(floor.dana, Action(action), value)
    assert isinstance(begun, StageShown)
    assert (floor.acme.onboarding_stage, floor.acme.onboarding_stage_since) == (
        "onboarding", floor.now,
    )  # fmt: skip
    assert floor.session.scalars(select(StageTick)).all() == []
    with pytest.raises(Refused, match="in onboarding already"):
        floor.press(floor.dana, Action(action), value)
    assert (floor.verbs(), floor.posts()) == (["onboarding.started"], [])


def test_an_account_past_onboarding_says_where_it_is_and_can_begin_anew(floor):
    assert "it is in adoption" in shown(floor.command(floor.dana, "/cs stage acme"))
    floor.command(floor.dana, "/cs stage acme start")
    assert floor.acme.lifecycle_stage == "onboarding"


def test_past_onboarding_only_a_manager_is_offered_to_begin_anew_and_is_asked(floor):
    assert controls(floor.command(floor.dana, "/cs stage acme")) == []
    answer = floor.command(floor.priya, "/cs stage acme")
    assert controls(answer) == [(Action.STAGE_ADVANCE, f"{floor.acme.id}:")]
    assert "Acme is past onboarding, and begins anew." in str(render(answer))


def test_who_has_left_begins_anew_by_a_manager_alone(floor):
    floor.acme.lifecycle_stage = "churned"
    answer = floor.command(floor.dana, "/cs stage acme")
    assert controls(answer) == []
    assert "Acme has left" in shown(answer)
    for ask in (
        lambda: floor.press(floor.dana, Action.STAGE_ADVANCE, f"{floor.acme.id}:"),
        lambda: floor.command(floor.dana, "/cs stage acme start"),
    ):
        with pytest.raises(Refused, match=r"They Stay.*With a new contract a manager begins anew"):
            ask()
    assert (floor.acme.lifecycle_stage, floor.verbs()) == ("churned", [])
    ((action, value),) = controls(floor.command(floor.priya, "/cs stage acme"))
    floor.press(floor.priya, Action(action), value)
    assert floor.acme.lifecycle_stage == "onboarding"


def test_a_stage_that_the_track_no_longer_has_is_said(floor):
    enter(floor, "retired-stage")
    with pytest.raises(Refused, match="does not have"):
        floor.command(floor.dana, "/cs stage globex next")
    floor.command(floor.dana, "/cs stage globex start")
    assert floor.globex.onboarding_stage == "transition"


@pytest.mark.parametrize(
    "value", ["", "x", "1", "-1:transition", ":", "99999999999999:x", "0:", "77777:"]
)
@pytest.mark.parametrize("action", [Action.STAGE_ADVANCE, Action.STAGE_TICK, Action.STAGE_OVERRIDE])
def test_a_button_value_that_does_not_fit_is_refused(floor, action, value):
    with pytest.raises(Refused):
        floor.press(floor.priya, action, value)
    assert floor.verbs() == []


def test_an_unknown_criterion_in_the_form_is_refused(floor):
    form = floor.press(floor.dana, Action.STAGE_TICK, button(floor))
    with pytest.raises(Refused, match="older version"):
        floor.submit(floor.dana, form, criteria=["trained", "forged"])


def test_ticks_for_a_stage_it_has_left_change_nothing(floor):
    form = floor.press(floor.dana, Action.STAGE_TICK, button(floor))
    enter(floor, "follow-up-email")
    with pytest.raises(Refused, match="moved on"):
        floor.submit(floor.dana, form, criteria=["trained"])


def test_only_an_e_mail_is_the_follow_up_e_mail(floor):
    enter(floor, "follow-up-email")
    sent = "Sent, with homework, tips and resources"
    floor.command(floor.dana, "/cs checkin globex called Ann, all is well")
    answer = floor.command(floor.dana, "/cs stage globex")
    assert isinstance(answer, StageShown)
    assert sent in answer.open
    floor.command(floor.dana, "/cs checkin globex e-mailed the homework")
    answer = floor.command(floor.dana, "/cs stage globex")
    assert isinstance(answer, StageShown)
    assert sent not in answer.open


def test_a_viewer_sees_the_stage_but_moves_nothing(floor):
    assert isinstance(floor.command(floor.vic, "/cs stage globex"), StageShown)
    for text in ("next", "start", "wrap-up"):
        with pytest.raises(Forbidden):
            floor.command(floor.vic, f"/cs stage globex {text}")
    for action in (Action.STAGE_ADVANCE, Action.STAGE_TICK, Action.STAGE_OVERRIDE):
        with pytest.raises(Forbidden):
            floor.press(floor.vic, action, button(floor))


def test_stage_alone_opens_a_form_that_asks_for_the_account(floor):
    form = floor.command(floor.dana, "/cs stage")
    assert isinstance(form, AccountPickForm)
    answer = floor.submit(floor.dana, form, account=str(floor.globex.id))
    assert isinstance(answer, StageShown)


@pytest.mark.parametrize("words", ["next", "wrap-up"])
def test_who_wants_to_leave_a_stage_before_the_first_is_offered_to_begin(floor, words):
    enter(floor, None)
    floor.globex.lifecycle_stage = "onboarding"
    answer = floor.command(floor.dana, f"/cs stage globex {words}")
    assert "Globex waits for its onboarding to begin." in shown(answer)
    assert controls(answer) == [(Action.STAGE_ADVANCE, f"{floor.globex.id}:")]
    floor.press(floor.dana, *controls(answer)[0])
    assert floor.verbs() == ["onboarding.started"]


@pytest.mark.parametrize("words", ["next", "transition"])
def test_an_account_whose_name_was_guessed_is_said_with_the_stage(floor, words):
    tick_all(floor) if words == "next" else None
    answer = floor.command(floor.dana, f"/cs stage globx {words}")
    assert "(you wrote *globx*)" in shown(answer)


def test_the_channel_is_not_told_that_a_stage_was_completed_which_was_left_early(floor):
    floor.command(floor.priya, "/cs stage globex next because they trained themselves")
    [post] = floor.posts()
    assert "before all of it was done" in post.payload["text"]
    assert "completed" not in post.payload["text"]
