"""The morning's digest through Slack's protocol: once, and its lines follow the alerts."""

from datetime import timedelta

import pytest

from csbot.digests import writing
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def unhappy(desk):
    """Dana's account Acme, whose champion gave 2 of 10."""
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    acme = desk.add(builders.account("Acme", owner_id=dana.id))
    ann = desk.add(builders.contact(acme.id))
    desk.add(builders.feedback(acme.id, 2, contact_id=ann.id))
    desk.run("detect")
    desk.at(desk.now + timedelta(days=1, minutes=-30))
    return acme


def digests(person) -> list:
    return [shown for shown in person.messages() if shown.text.startswith("Good morning")]


def test_everybody_gets_theirs_once(desk, unhappy):
    assert "4 digests" in desk.run("digest")
    assert "0 digests" in desk.run("digest", desk.now + timedelta(minutes=1))
    (dana,) = digests(desk.person("U_DANA"))
    assert dana.text == "Good morning Dana. 1 needs you today, and it is new."
    line = "Critical, new, on you: Ann Lee at Acme gave 2 of 10 and has no answer yet."
    assert line in dana.words
    (lee,) = digests(desk.person("U_LEE"))
    assert lee.text == "Good morning Lee. Nothing needs you today."
    (priya,) = digests(desk.person("U_PRIYA"))
    assert "Your team has 1 critical and 0 soon." in priya.text


def test_the_button_in_the_digest_closes_the_alert_and_strikes_the_line(desk, unhappy):
    desk.run("digest")
    dana = desk.person("U_DANA")
    (morning,) = digests(dana)
    form = dana.press(morning, label="Log Check-In").view
    assert form is not None
    dana.submit(form, {"note": "Called Ann, she is fine again"})
    desk.run("digest", desk.now + timedelta(minutes=1))
    (after,) = digests(dana)
    assert after.ts == morning.ts
    assert after.text == "Good morning Dana. 1 needed you today, and it is dealt with."
    assert after.labels == ["Less Like This…"]
    (closed,) = desk.in_channel()
    assert closed.labels == []


def test_acknowledging_in_the_channel_strikes_the_line_in_the_digest(desk, unhappy):
    desk.run("digest")
    dana = desk.person("U_DANA")
    (card,) = desk.in_channel()
    dana.press(card, label="Acknowledge")
    desk.run("digest", desk.now + timedelta(minutes=1))
    (after,) = digests(dana)
    assert "You have it." in after.words
    tomorrow = desk.now + timedelta(days=1)
    desk.at(tomorrow)
    desk.run("digest")
    newest = digests(dana)[-1]
    assert newest.text == "Good morning Dana. Nothing new needs you today; 1 still open, taken."
    assert "1 unchanged, oldest 2 days, taken" in newest.words
    dana.home()
    desk.deliver()
    assert "Dana Reyes: 0 alerts need you, 1 taken." in str(desk.slack.homes["U_DANA"].blocks)
    assert "0 alerts need you, 1 taken" in dana.command("/cs my").words
    assert "0 alerts need them, 1 taken" in desk.person("U_PRIYA").command("/cs team").words
    shown = dana.press(newest, label="Show").view
    assert shown is not None
    assert "Dana Reyes has it" in str(shown.blocks)


def test_less_like_this_opens_one_s_own_settings_and_the_digest_keeps_to_them(desk, unhappy):
    desk.run("digest")
    dana = desk.person("U_DANA")
    (morning,) = digests(dana)
    form = dana.press(morning, label="Less Like This…").view
    assert form is not None
    assert "How alerts reach me" in form.words
    week = {"days": ["3"], "digest_at": "10:00", "alerts_by": "digest"}
    assert dana.submit(form, week).ok
    said = dana.command("/cs settings").words
    assert "Alerts wait for your digest" in said
    assert "your digest comes at 10:00, Wednesday" in said
    desk.at(desk.now + timedelta(days=1))  # Wednesday, half past eight
    desk.run("digest")
    assert len(digests(dana)) == 1
    desk.at(desk.now + timedelta(hours=2))
    desk.run("digest")
    assert len(digests(dana)) == 2


def test_the_digest_on_demand_is_private_and_changes_nothing(desk, unhappy):
    dana = desk.person("U_DANA", "C_ALERTS")
    seen = dana.command("/cs digest").messages[-1]
    assert seen.ephemeral
    assert seen.text.startswith("Good morning Dana. 1 needs you today")
    assert "4 digests" in desk.run("digest")


def test_a_manager_reads_somebody_else_s_digest_and_its_lists(desk, unhappy):
    for n in range(2):
        desk.add(builders.task(unhappy.id, f"Call {n}", due_on=desk.now.date()))
    priya = desk.person("U_PRIYA", "C_ALERTS")
    seen = priya.command("/cs digest @dana").messages[-1]
    assert seen.ephemeral
    assert seen.text.startswith("Dana's digest: 1 needs Dana today")
    assert "you today" not in seen.words
    assert "only you see this one" in seen.words
    assert "Less Like This…" not in seen.labels
    tasks = priya.press(seen, label="Show").view
    assert tasks is not None
    assert "2 tasks are due" in str(tasks.blocks)


def test_nobody_else_does_and_is_told_who_may(desk, unhappy):
    lee = desk.person("U_LEE", "C_ALERTS")
    words = lee.command("/cs digest @dana").ephemeral.words
    assert "Only managers and admins can see the team's digest" in words
    assert lee.command("/cs digest @lee").messages[-1].text.startswith("Good morning Lee")


def test_what_keeps_one_digest_from_being_written_costs_nobody_else_theirs(
    desk, unhappy, monkeypatch
):
    """Dana's cannot be put together for a while; the next run tries hers again."""
    whole, broken = writing._digest, True

    def put_together(reader, *rest):
        if broken and reader.member.slack_id == "U_DANA":
            raise LookupError("a part of it is missing")
        return whole(reader, *rest)

    monkeypatch.setattr(writing, "_digest", put_together)
    for minute in range(2):
        with pytest.raises(LookupError, match="a part of it is missing"):
            desk.run("digest", desk.now + timedelta(minutes=minute))
    desk.deliver()
    assert not digests(desk.person("U_DANA"))
    assert [len(digests(desk.person(one))) for one in ("U_LEE", "U_PRIYA")] == [1, 1]
    broken = False
    assert "1 digest" in desk.run("digest", desk.now + timedelta(minutes=2))
    assert [len(digests(desk.person(one))) for one in ("U_DANA", "U_LEE")] == [1, 1]


def test_what_is_only_to_be_known_waits_for_the_digest_of_whoever_chose_that_and_stands_there_once(
    desk,
):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    acme = desk.add(builders.account("Acme", owner_id=dana.id, renewal_on=None))
    desk.add(builders.renewal(acme.id, due_on=desk.now.date() + timedelta(days=80)))
    person = desk.person("U_DANA", "C_OTHER")
    person.press(person.command("/cs settings").ephemeral, label="Choose by Kind")
    person.submit(None, {})
    assert person.submit(None, {"renewal": "digest"}).ok
    desk.run("detect")
    (card,) = desk.in_channel()
    assert "<@U_DANA>" not in card.words
    line = "Acme renews in 79 days and has no next step"
    desk.at(desk.now + timedelta(days=1, minutes=-30))
    desk.run("detect")
    desk.run("digest")
    (morning,) = digests(person)
    assert (
        morning.text
        == "Good morning Dana. Nothing needs you today; next renewal in 79 days (Acme)."
    )
    assert line in morning.words
    assert line not in desk.person("U_PRIYA").last().words
    desk.at(desk.now + timedelta(days=1))
    desk.run("digest")
    assert "no next step" not in digests(person)[-1].words


def test_what_mentioned_somebody_and_is_only_to_be_known_is_not_repeated_in_their_digest(desk):
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    acme = desk.add(builders.account("Acme", owner_id=dana.id, renewal_on=None))
    desk.add(builders.renewal(acme.id, due_on=desk.now.date() + timedelta(days=80)))
    desk.run("detect")
    assert "<@U_DANA>" in desk.in_channel()[0].words
    desk.at(desk.now + timedelta(days=1, minutes=-30))
    desk.run("digest")
    assert "no next step" not in digests(desk.person("U_DANA"))[0].words
