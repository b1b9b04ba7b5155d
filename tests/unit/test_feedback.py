"""Recording what a customer said."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.accounts.model import AccountPipeline, AccountTag
from csbot.alerts.model import Alert
from csbot.errors import Forbidden, Refused
from csbot.feedback import rules
from csbot.feedback.model import Feedback
from csbot.settings import Thresholds
from messages.checkins import CheckInForm
from messages.feedback import FeedbackForm, FeedbackRecorded, FeedbackUnclear
from messages.ids import Action
from tests import builders
from tests.asking import Floor, controls, shown


@pytest.fixture
def floor(sessions):
    with sessions.begin() as session:
        yield Floor(session)


def stored(floor) -> list[Feedback]:
    return list(floor.session.scalars(select(Feedback).order_by(Feedback.id)))


def stage(floor) -> tuple[str | None, list[str]]:
    rows = floor.session.scalars(
        select(AccountPipeline.stage).where(AccountPipeline.pipeline == "User Happiness Level")
    ).all()
    tags = sorted(floor.session.scalars(select(AccountTag.tag)))
    return (rows[0] if len(rows) == 1 else None), tags


@pytest.mark.parametrize(
    ("kind", "levels"),
    [
        ("nps", {0: "Not Happy", 4: "Not Happy", 6: "Not Happy", 7: "Neutral",
                 8: "Happy", 9: "Very Happy", 10: "Very Happy"}),
        ("csat", {1: "Not Happy", 2: "Not Happy", 3: "Neutral", 4: "Happy", 5: "Very Happy"}),
        ("happiness", {1: "Not Happy", 3: "Neutral", 5: "Very Happy"}),
    ],
)  # fmt: skip
def test_a_score_makes_a_level_of_happiness(kind, levels):
    assert {score: rules.level(kind=kind, score=score) for score in levels} == levels


@pytest.mark.parametrize(
    ("kind", "score", "negative"),
    [("nps", 6, True), ("nps", 7, False), ("csat", 2, True), ("csat", 3, False),
     ("happiness", 2, True), ("happiness", 3, False)],
)  # fmt: skip
def test_what_is_bad_news_is_a_setting(kind, score, negative):
    assert rules.is_negative(kind=kind, score=score, limits=Thresholds()) is negative
    strict = Thresholds(nps_detractor_max=10, csat_negative_max=5, happiness_negative_max=5)
    assert rules.is_negative(kind=kind, score=score, limits=strict)


def test_nobody_is_called_a_detractor_in_one_place_and_neutral_in_another():
    words = {rules.called(kind="nps", score=score): set() for score in (0, 7, 9)}
    for score in range(11):
        words[rules.called(kind="nps", score=score)].add(rules.level(kind="nps", score=score))
        negative = rules.is_negative(kind="nps", score=score, limits=Thresholds())
        assert negative == (rules.called(kind="nps", score=score) == "detractor")
    assert words == {
        "detractor": {"Not Happy"}, "passive": {"Neutral", "Happy"}, "promoter": {"Very Happy"},
    }  # fmt: skip


def test_one_line_records_score_and_words_and_moves_the_account(floor):
    answer = floor.command(floor.dana, '/cs nps acme 4 "slow support"')
    (row,) = stored(floor)
    assert (row.kind, row.score, row.comment, row.negative) == ("nps", 4, "slow support", True)
    assert (row.recorded_by_id, row.answered_at) == (floor.dana.id, None)
    assert stage(floor) == ("Not Happy", ["Not Happy"])
    assert floor.verbs() == ["feedback.recorded", "alert.raised"]
    assert "NPS 4 of 10 (detractor) from Acme" in shown(answer)
    ((action, value),) = controls(answer)
    form = floor.press(floor.dana, Action(action), value)
    assert isinstance(form, CheckInForm)
    assert form.account == "Acme"


def test_later_feedback_moves_the_account_on_and_swaps_its_tag(floor):
    floor.session.add(AccountTag(account_id=floor.acme.id, tag="beta", added_at=floor.now))
    floor.command(floor.dana, "/cs nps acme 4")
    answer = floor.command(floor.dana, "/cs csat acme 5 much better")
    assert stage(floor) == ("Very Happy", ["Very Happy", "beta"])
    assert controls(answer) == []


def test_the_same_again_is_recorded_once(floor):
    form = FeedbackForm(account_id=floor.acme.id)
    for values in ({"comment": "slow"}, {"comment": None}):
        filled = {"kind": "nps", "score": "3"} | values
        floor.submit(floor.dana, form, **filled)
        answer = floor.submit(floor.dana, form, **filled)
        assert isinstance(answer, FeedbackRecorded)
        assert answer.again
    assert len(stored(floor)) == 2
    floor.now += timedelta(days=1)
    floor.submit(floor.dana, form, kind="nps", score="3", comment="slow")
    assert len(stored(floor)) == 3


def test_who_said_it_is_found_among_the_contacts(floor):
    ann = builders.contact(floor.acme.id)
    floor.session.add(ann)
    floor.session.flush()
    form = FeedbackForm(account_id=floor.acme.id)
    floor.submit(floor.dana, form, kind="nps", score="9", email="Ann@Customer.example")
    floor.submit(floor.dana, form, kind="nps", score="8", email="new@customer.example")
    assert [row.contact_id for row in stored(floor)] == [ann.id, None]
    assert stored(floor)[1].email == "new@customer.example"


@pytest.mark.parametrize("text", ["/cs nps", "/cs nps acme"])
def test_what_is_missing_opens_the_form(floor, text):
    form = floor.command(floor.dana, text)
    assert isinstance(form, FeedbackForm)
    assert form.kind == "nps"
    assert stored(floor) == []


@pytest.mark.parametrize("kind", ["nps", "csat", "happiness"])
def test_an_unreadable_score_is_said_with_what_is_expected(floor, kind):
    answer = floor.command(floor.dana, f"/cs {kind} acme four slow support")
    assert isinstance(answer, FeedbackUnclear)
    assert "I can't read the score four" in shown(answer)
    ((action, value),) = controls(answer)
    form = floor.press(floor.dana, Action(action), value)
    assert isinstance(form, FeedbackForm)
    assert (form.kind, form.account, form.comment) == (kind, "Acme", "slow support")


def test_half_a_point_is_no_score(floor):
    for score in ("5,5", "5.5"):
        assert isinstance(floor.command(floor.dana, f"/cs nps acme {score} meh"), FeedbackUnclear)
    assert stored(floor) == []


@pytest.mark.parametrize(
    ("text", "scale"),
    [("nps acme 11", "from 0 to 10"), ("nps acme -1", "from 0 to 10"),
     ("csat acme 0", "from 1 to 5"), ("happiness acme 6", "from 1 to 5"),
     ("nps acme 4/5", "from 0 to 10"), ("nps acme 999999999", "from 0 to 10")],
)  # fmt: skip
def test_a_score_off_the_scale_is_said_with_the_scale_and_the_account(floor, text, scale):
    answer = floor.command(floor.dana, f"/cs {text}")
    assert isinstance(answer, FeedbackUnclear)
    assert scale in shown(answer)
    assert "I understood: feedback of Acme." in shown(answer)
    assert stored(floor) == []


def test_the_words_behind_a_wrong_score_are_kept_however_many(floor):
    answer = floor.command(floor.dana, '/cs nps acme 11 "slow support"')
    assert "slow support" in shown(answer)
    ((_, value),) = controls(answer)
    assert floor.press(floor.dana, Action.FORM_OPEN, value).comment == "slow support"
    words = "slow " * 500
    form = floor.command(floor.dana, f"/cs nps acme 11 {words}")
    assert (form.account_id, form.comment) == (floor.acme.id, words.strip())


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"kind": "mood"}, "kind"),
        ({"kind": "csat", "score": "0"}, "score"),
        ({"kind": "csat", "score": "9"}, "score"),
        ({"score": "many"}, "score"),
        ({"score": None}, "score"),
        ({"comment": "x" * 3001}, "comment"),
        ({"email": "ann"}, "email"),
        ({"email": "@acme.example"}, "email"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(floor, over, field):
    values = {"kind": "nps", "score": "3"} | over
    with pytest.raises(Refused) as caught:
        floor.submit(floor.dana, FeedbackForm(account_id=floor.acme.id), **values)
    assert caught.value.field == field
    assert stored(floor) == []


def test_a_viewer_cannot_record(floor):
    with pytest.raises(Forbidden):
        floor.command(floor.vic, "/cs nps acme 4")


def test_an_unhappy_customer_is_an_alert_at_once_and_only_once(floor):
    floor.command(floor.dana, '/cs nps acme 4 "slow support"')
    floor.command(floor.dana, '/cs nps acme 4 "slow support"')
    floor.command(floor.dana, "/cs nps globex 9 love it")
    alert = floor.session.scalars(select(Alert)).one()
    assert (alert.kind, alert.account_id) == ("feedback", floor.acme.id)
