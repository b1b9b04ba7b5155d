"""Private answers pass; what somebody keeps of them stays, and says what is so."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.kept import service
from csbot.outbox.model import OutgoingMessage
from csbot.team.queries import by_slack_id
from tests import builders
from tests.builders import MONDAY

ASKED = (
    "account acme", "my", "timeline acme", "tasks", "meetings", "brief acme qbr", "onboarding",
    "onboarding value", "stage acme", "renewals", "renewal acme", "renewals history", "churn",
    "playbook", "playbook inactive-users", "digest", "help", "team",
)  # fmt: skip


@pytest.fixture
def acme(desk):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    acme = desk.add(
        builders.account(
            owner_id=dana.id, lifecycle_stage="onboarding", onboarding_stage="onboarding",
            onboarding_began_at=desk.now - timedelta(days=3),
            onboarding_stage_since=desk.now - timedelta(days=3),
        )
    )  # fmt: skip
    gone = desk.add(builders.account("Gone", lifecycle_stage="churned"))
    desk.add(builders.renewal(acme.id), builders.feedback(acme.id), builders.churn(gone.id))
    desk.add(*(builders.task(acme.id, f"Task {n}", assignee_id=dana.id) for n in range(3)))
    desk.add(*(builders.meeting(acme.id, f"Session {n}") for n in range(4)))
    return acme


def keep(person, shown):
    if "Keep" in shown.labels:
        return person.press(shown, label="Keep")
    return person.choose(shown, "Keep")


def test_every_long_answer_is_kept_word_for_word_and_once(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    desk.run("playbooks")  # reads the files of playbooks in
    before = len(dana.messages())
    for asked in ASKED:
        answer = dana.command(f"/cs {asked}").ephemeral
        assert "Keep" in answer.words, (asked, answer.words)
        assert "Kept: it is on its way" in keep(dana, answer).words, asked
        assert "kept this one already" in keep(dana, answer).words, asked
        desk.deliver()
        kept = dana.messages()[-1]
        assert kept.text == answer.text, asked
        assert "Keep" not in kept.words, asked
    assert len(dana.messages()) == before + len(ASKED)


def test_a_stage_that_is_called_as_the_phase_is_said_once(desk, acme):
    card = desk.person("U_DANA", "C_OTHER").command("/cs account acme").words
    assert "*Stage* onboarding (transactional onboarding)" in card


def test_a_short_answer_and_one_that_everybody_reads_have_nothing_to_keep(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    assert "Keep" not in dana.command("/cs tasks globex").words
    dana.command("/cs account acme --share")
    desk.deliver()
    assert "Keep" not in desk.in_channel("#other")[0].words


def test_what_is_kept_follows_what_happens_without_a_new_message(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    keep(dana, dana.command("/cs tasks").ephemeral)
    desk.deliver()
    assert "3 tasks" in dana.messages()[0].words
    assert "0 kept answers" in desk.run("kept")
    dana.press(dana.command("/cs tasks").ephemeral, label="Done", value=done_value(desk))
    assert "1 kept answer brought" in desk.run("kept")
    assert "0 kept answers" in desk.run("kept")
    desk.deliver()
    (kept,) = dana.messages()
    assert "2 tasks" in kept.words


def done_value(desk):
    shown = desk.person("U_DANA").messages()[0]
    return next(one["value"] for one in buttons(shown) if one["text"]["text"] == "Done")


def buttons(shown):
    return [block["accessory"] for block in shown.blocks if "accessory" in block]


def test_an_answer_that_is_half_an_hour_old_still_answers(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    listed = dana.command("/cs renewals").ephemeral
    desk.at(desk.now + timedelta(minutes=45))
    assert "Kept: it is on its way" in keep(dana, listed).words
    assert dana.press(listed, label="Change…").view is not None


def test_who_may_not_see_it_any_more_loses_the_copy_and_a_copy_of_what_is_gone_says_so(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    keep(dana, dana.command("/cs renewals").ephemeral)
    keep(dana, dana.command("/cs account acme").ephemeral)
    desk.deliver()
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_DANA").role = "viewer"
        session.delete(session.get(Account, acme.id))
    desk.run("kept")
    desk.deliver()
    for shown in dana.messages():
        assert "Acme" not in shown.words
        assert "$" not in shown.words


def test_who_has_become_a_guest_reads_nothing_more_of_customers(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    keep(dana, dana.command("/cs account acme").ephemeral)
    desk.deliver()
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_DANA").is_outsider = True
        session.get_one(Account, acme.id).arr = 777_000
    desk.run("kept")
    desk.deliver()
    assert "Acme" not in dana.messages()[-1].words


def test_of_more_than_one_look_holds_each_has_its_turn(desk, acme, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 1)
    dana = desk.person("U_DANA", "C_OTHER")
    for command in ("/cs account acme", "/cs my"):
        keep(dana, dana.command(command).ephemeral)
    desk.deliver()
    with desk.sessions.begin() as session:
        session.get_one(Account, acme.id).arr = 777_000
    for minutes in (2, 4):
        desk.run("kept", MONDAY + timedelta(minutes=minutes))
    with desk.sessions() as session:
        updates = select(func.count()).where(OutgoingMessage.call == "update")
        assert session.scalar(updates) == 2


def test_after_two_weeks_it_stays_as_it_was(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    keep(dana, dana.command("/cs tasks").ephemeral)
    desk.deliver()
    desk.at(desk.now + timedelta(days=15))
    assert "0 kept answers" in desk.run("kept")
    with desk.sessions() as session:
        updates = select(func.count()).where(OutgoingMessage.call == "update")
        assert session.scalar(updates) == 0


def test_a_doubtful_name_and_an_odd_amount_say_once_that_nothing_has_changed(desk, acme):
    priya = desk.person("U_PRIYA", "C_OTHER")
    form = priya.command("/cs renewal acm won 9000000").view
    assert form.words.count("nothing has changed yet") == 1


def test_who_is_done_with_onboarding_is_no_account(desk, acme):
    words = desk.person("U_DANA", "C_OTHER").command("/cs onboarding done").words
    assert "I list who is in onboarding now" in words


def test_every_long_list_has_another_page_and_an_old_button_answers(desk, acme):
    with desk.sessions() as session:
        dana_id = by_slack_id(session, "U_DANA").id
    desk.add(
        *(builders.task(acme.id, f"Later {n:02}", assignee_id=dana_id) for n in range(20)),
        *(builders.meeting(acme.id, f"Later {n:02}") for n in range(12)),
        *(builders.feedback(acme.id, comment=f"Word {n:02}") for n in range(30)),
    )
    dana = desk.person("U_DANA", "C_OTHER")
    for asked, first, second in (
        ("tasks", "Page 1 of 2", "Page 2 of 2"),
        ("meetings", "Page 1 of 2", "Page 2 of 2"),
        ("timeline acme", "Page 1, there are older ones", "Page 2"),
    ):
        shown = dana.command(f"/cs {asked}").ephemeral
        assert first in shown.words, asked
        for _ in range(2):
            turned = dana.press(shown, label="Next Page")
            assert second in turned.words, asked
            assert turned.error is None, asked
