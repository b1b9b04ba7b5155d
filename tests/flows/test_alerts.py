"""Alerts through Slack's protocol: raised by the job, acted on with buttons, read by everybody."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.playbooks.model import PlaybookAlert, PlaybookRun, PlaybookVersion
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id
from schedules.runner import Runner
from schedules.table import named
from tests import builders
from tests.builders import MONDAY


@pytest.fixture
def dana_id(desk) -> int:
    with desk.sessions() as session:
        return by_slack_id(session, "U_DANA").id


def quiet(desk, owner_id, name="Quietwater Freight", **over):
    made = desk.add(builders.account(name, **{"owner_id": owner_id, "arr": 120_000} | over))
    desk.add(builders.contact(made.id, last_login_at=MONDAY - timedelta(days=9)))
    return made


@pytest.fixture
def raised(desk, dana_id):
    """One critical alert in #cs-alerts."""
    made = quiet(desk, dana_id)
    desk.run("detect")
    return made


def card(desk):
    return desk.in_channel()[0]


def replies(desk, thread):
    return desk.person("U_DANA").messages("C_ALERTS", thread.ts)[1:]


def alert(desk):
    with desk.sessions() as session:
        return session.scalars(select(Alert)).one()


def verbs(desk):
    with desk.sessions() as session:
        return [
            verb
            for verb in session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id))
            if verb.startswith("alert.")
        ]


def private(desk, person):
    """The newest thing that only they see, which the outbox may carry."""
    desk.deliver()
    return [m for m in person.messages("C_ALERTS") if m.ephemeral][-1]


def test_the_job_posts_one_card_and_running_it_again_posts_nothing(desk, raised):
    (posted,) = desk.in_channel()
    assert posted.text.startswith("Critical: nobody at Quietwater Freight has logged in for 9 days")
    assert "<@U_DANA>" in posted.blocks[0]["text"]["text"]
    assert posted.labels == ["Acknowledge", "Log Check-In"]
    desk.run("detect")
    assert desk.in_channel() == [posted]


def test_dana_takes_it_and_lee_s_old_button_is_answered_to_lee_alone(desk, raised):
    old = card(desk)
    seen = desk.person("U_DANA").press(old, label="Acknowledge")
    assert seen.ok
    desk.deliver()
    (now,) = desk.in_channel()
    assert "Dana Reyes has it since" in now.words
    assert now.labels == ["Log Check-In", "Hand Over"]
    again = desk.person("U_LEE").press(old, label="Acknowledge")
    assert again.ephemeral is not None
    assert "Dana Reyes took this one just now" in again.ephemeral.words
    desk.deliver()
    assert desk.in_channel() == [now]
    assert verbs(desk) == ["alert.raised", "alert.taken"]


def test_taken_and_undone_is_open_again(desk, raised):
    dana = desk.person("U_DANA")
    dana.press(card(desk), label="Acknowledge")
    desk.deliver()
    taken = card(desk)
    assert dana.choose(taken, "Undo").ok
    desk.deliver()
    assert card(desk).labels == ["Acknowledge", "Log Check-In"]
    assert "nothing to undo" in dana.choose(taken, "Undo").ephemeral.words


def test_a_viewer_may_look_and_not_act(desk, raised):
    robin = desk.person("U_ROBIN")
    for label in ("Acknowledge", "Log Check-In"):
        assert "viewer" not in card(desk).words
        seen = robin.press(card(desk), label=label)
        assert seen.view is None
        assert "can act on alerts" in seen.words or "can log" in seen.words
    assert alert(desk).state == "open"


def test_what_is_refused_stands_where_it_was_pressed_also_beneath_a_thread(desk, raised):
    shown = card(desk)
    desk.person("U_LEE").say("Who calls?", channel=shown.channel, thread_ts=shown.ts)
    robin = desk.person("U_ROBIN", shown.channel)
    refused = robin.press(shown, label="Acknowledge").ephemeral
    assert "can act on alerts" in refused.words
    assert refused.thread_ts is None


def test_snoozing_asks_until_when_and_why_and_it_wakes_in_its_thread(desk, raised):
    dana = desk.person("U_DANA")
    form = dana.choose(card(desk), "Snooze…").view
    assert form.title == "Snooze"
    past = dana.submit(
        form, {"until": int((MONDAY - timedelta(hours=1)).timestamp()), "reason": "Max is away"}
    )
    assert past.errors == {"until": "Choose a time that is still to come."}
    until = MONDAY + timedelta(hours=3)
    assert dana.submit(form, {"until": int(until.timestamp()), "reason": "Max is away"}).ok
    desk.deliver()
    assert "by Dana Reyes*: Max is away" in card(desk).words
    assert card(desk).labels == ["Log Check-In"]
    desk.at(until)
    desk.run("detect")
    (reply,) = replies(desk, card(desk))
    assert "Awake again: nobody at Quietwater Freight" in reply.words
    assert card(desk).labels == ["Acknowledge", "Log Check-In"]


def test_a_hand_over_reaches_the_new_owner_once(desk, raised):
    dana = desk.person("U_DANA")
    form = dana.choose(card(desk), "Reassign…").view
    refused = dana.submit(form, {"to": "U_ROBIN"})
    assert refused.errors == {"to": "Robin cannot act on alerts in csbot."}
    assert dana.submit(form, {"to": "U_LEE", "why": "you know Max"}).ok
    desk.deliver()
    (reply,) = replies(desk, card(desk))
    assert "<@U_LEE>" in reply.blocks[0]["text"]["text"]
    assert desk.person("U_LEE").messages() == []
    assert "you know Max" in reply.words


def test_an_owner_is_chosen_once_however_often_it_is_pressed(desk):
    made = desk.add(builders.account("Nobody Noodles"))
    desk.run("detect")
    dana, lee, old = desk.person("U_DANA"), desk.person("U_LEE"), card(desk)
    first, second = (one.press(old, label="Choose Owner").view for one in (dana, lee))
    assert dana.submit(first, {"to": "U_DANA"}).ok
    again = lee.submit(second, {"to": "U_LEE"})
    assert "closed" in again.words
    assert "closed" in dana.press(old, label="Choose Owner").words
    desk.deliver()
    assert card(desk).text.startswith("Closed:")
    with desk.sessions() as session:
        chosen = select(func.count()).where(AuditEntry.verb == "account.assigned")
        assert session.scalar(chosen) == 1
        assert session.get_one(Account, made.id).owner_id == by_slack_id(session, "U_DANA").id


def test_the_account_can_go_along(desk, raised):
    dana = desk.person("U_DANA")
    form = dana.choose(card(desk), "Reassign…").view
    assert dana.submit(form, {"to": "U_LEE", "also": ["ownership"]}).ok
    desk.deliver()
    assert len(desk.person("U_LEE").messages()) == 1
    assert replies(desk, card(desk)) == []


def test_a_check_in_from_the_alert_is_prefilled_and_takes_it(desk, raised):
    dana = desk.person("U_DANA")
    form = dana.press(card(desk), label="Log Check-In").view
    assert "Quietwater Freight" in form.words
    assert dana.submit(form, {"how": "Call", "note": "Ann is on leave"}).ok
    desk.deliver()
    assert "Dana Reyes has it since" in card(desk).words


def test_a_task_from_the_alert_knows_its_account(desk, raised):
    dana = desk.person("U_DANA")
    form = dana.choose(card(desk), "Create Task…").view
    assert form.title == "Add a Task"
    assert "Quietwater Freight" in form.words


def test_the_account_and_the_reason_open_from_the_menu(desk, raised):
    dana = desk.person("U_DANA")
    opened = dana.choose(card(desk), "Open Account")
    assert "Quietwater Freight" in opened.ephemeral.words
    why = dana.choose(card(desk), "Why This?…").view
    assert why.title == "Why This Alert"
    assert "1 of 1 people who used to log in stay away" in why.words
    assert "the default" in why.words
    assert "1 time here in 90 days" in why.words


def test_when_ann_is_back_the_message_says_so_and_a_late_press_changes_nothing(desk, raised):
    old = card(desk)
    with desk.sessions.begin() as session:
        session.scalars(select(Contact)).one().last_login_at = MONDAY + timedelta(hours=1)
    desk.at(MONDAY + timedelta(hours=2))
    desk.run("detect")
    assert card(desk).text.startswith("Closed: Quietwater Freight is back. Ann Lee logged in")
    assert card(desk).controls == []
    late = desk.person("U_LEE").press(old, label="Acknowledge")
    assert "nothing was changed" in late.ephemeral.words
    assert alert(desk).state == "closed"


def test_feedback_that_is_negative_is_an_alert_at_once_and_ends_with_the_answer(desk, dana_id):
    desk.add(builders.account("Grumpy Grapes", owner_id=dana_id))
    lee = desk.person("U_LEE", "C_ALERTS")
    lee.command("/cs nps grumpy 2 slow support")
    desk.deliver()
    (posted,) = desk.in_channel()
    assert posted.text.startswith("Critical: somebody at Grumpy Grapes gave 2 of 10")
    assert "“slow support”" in posted.words
    lee.command("/cs checkin grumpy called them, all is well")
    desk.deliver()
    assert card(desk).text.startswith("Closed: the feedback of Grumpy Grapes is answered.")


def test_a_task_is_finished_from_its_alert(desk, dana_id):
    made = desk.add(builders.account("Acme", owner_id=dana_id))
    desk.add(builders.task(made.id, assignee_id=dana_id))
    desk.run("detect")
    assert "is due today" in card(desk).text
    dana = desk.person("U_DANA")
    old = card(desk)
    assert dana.choose(old, "Done").ok
    desk.deliver()
    assert card(desk).text.startswith("Closed: task “Call legal” for Acme is done. Dana Reyes")
    assert "This one closed on" in dana.choose(old, "Done").ephemeral.words


def test_what_a_playbook_asks_for_is_done_from_its_alert(desk, dana_id):
    made = desk.add(builders.account("Acme", owner_id=dana_id))
    said = {"title": "Steady use"}
    version = desk.add(
        PlaybookVersion(
            name="steady-use", digest="1", source="own", definition=said, seen_at=MONDAY
        )
    )
    run = desk.add(
        PlaybookRun(
            playbook="steady-use", version_id=version.id, account_id=made.id, started_at=MONDAY
        )
    )
    asked = desk.add(
        PlaybookAlert(
            run_id=run.id, step="call", account_id=made.id, severity="critical",
            title="Call Ann", why="*It is* <!here> time.", at=MONDAY,
        )
    )  # fmt: skip
    desk.run("detect")
    old = card(desk)
    assert old.text.startswith("Critical: Call Ann, Acme. ")
    assert "<@U_DANA>" in str(old.blocks)
    assert "<!here>" not in str(old.blocks)
    assert "“Steady use”" in desk.person("U_DANA").choose(old, "Why This?…").view.words
    assert desk.person("U_LEE").choose(old, "Done").ok
    desk.deliver()
    assert card(desk).text.startswith("Closed: “Call Ann” for Acme is done. Lee Park was done")
    with desk.sessions() as session:
        lee = by_slack_id(session, "U_LEE")
        assert session.get_one(PlaybookAlert, asked.id).done_by_id == lee.id
    assert "This one closed on" in desk.person("U_DANA").choose(old, "Done").ephemeral.words


def test_seven_are_one_message_with_a_menu_that_opens_each(desk, dana_id):
    for n in range(7):
        quiet(desk, dana_id, f"Customer {n}")
    desk.run("detect")
    (group,) = desk.in_channel()
    assert group.text.startswith("Critical: people at 7 accounts have stopped logging in")
    dana = desk.person("U_DANA")
    listed = dana.press(group, label="Show All").view
    assert listed.title == "All of Them"
    assert "Customer 6" in listed.words
    dana.close(listed)
    opened = dana.choose(group, "Customer 3: nobody for 9 days").ephemeral
    assert opened.text.startswith("Critical: nobody at Customer 3")
    taken = dana.press(opened, label="Acknowledge")
    assert "Dana Reyes has it since" in taken.words
    desk.deliver()
    assert "people at 6 accounts" in card(desk).text
    assert "Customer 3" not in card(desk).words
    again = dana.choose(group, "Customer 3: nobody for 9 days").ephemeral
    assert "Dana Reyes has it" in again.text


@pytest.mark.parametrize(
    "value", ["", "x", "1", "1:1:1", "-1:1", "1:x", f"{10**12}:1", "999:1", "<@U_DANA>", "٣:1"]
)
def test_forged_values_are_refused_and_change_nothing(desk, raised, value):
    dana = desk.person("U_DANA")
    forged = card(desk)
    for element in forged.blocks[-1]["elements"]:
        if element["type"] == "button":
            element["value"] = value
        else:
            element["options"][0]["value"] = f"snooze:{value}"
            element["options"][1]["value"] = f"destroy:{value}"
    for label in ("Acknowledge", "Log Check-In"):
        seen = dana.press(forged, label=label)
        assert seen.view is None
        assert seen.error or seen.ephemeral
    assert alert(desk).state == "open"
    assert verbs(desk) == ["alert.raised"]


def test_nobody_acted_it_follows_by_direct_message_and_goes_to_the_manager(desk, raised):
    desk.at(MONDAY + timedelta(minutes=11))
    desk.run("detect")
    dana, priya = desk.person("U_DANA"), desk.person("U_PRIYA")
    (direct,) = dana.messages()
    assert direct.text == card(desk).text
    desk.at(MONDAY + timedelta(hours=4, minutes=1))
    desk.run("detect")
    (reply,) = replies(desk, card(desk))
    assert "<@U_PRIYA>" in reply.blocks[0]["text"]["text"]
    priya.press(direct if direct.channel == priya.dm else card(desk), label="Acknowledge")
    desk.deliver()
    assert "Priya Shah has it since" in dana.messages()[0].words
    assert "Priya Shah has it since" in card(desk).words


def test_a_person_s_wish_for_direct_messages_is_kept(desk, dana_id):
    with desk.sessions.begin() as session:
        session.get_one(TeamMember, dana_id).alerts_by = "dm"
    quiet(desk, dana_id, arr=1_000)
    desk.run("detect")
    assert "<@U_DANA>" not in card(desk).blocks[0]["text"]["text"]
    (direct,) = desk.person("U_DANA").messages()
    assert desk.person("U_DANA").press(direct, label="Acknowledge").ok
    desk.deliver()
    assert "Dana Reyes has it" in card(desk).words
    assert "Dana Reyes has it" in desk.person("U_DANA").messages()[0].words


def test_nobody_is_pinged_for_feedback_that_they_wrote_down_themselves(desk, dana_id):
    desk.add(builders.account("Acme", owner_id=dana_id))
    desk.person("U_DANA", "C_OTHER").command("/cs nps acme 2 slow support")
    desk.deliver()
    assert "2 of 10" in desk.in_channel()[-1].words
    assert "<@U_DANA>" not in str(desk.in_channel()[-1].blocks)
    desk.person("U_LEE", "C_OTHER").command("/cs nps acme 1 slower still")
    desk.deliver()
    assert "<@U_DANA>" in str(desk.in_channel()[-1].blocks)


def test_a_card_says_whose_move_it_is_and_follows_a_word_of_ours_and_of_theirs(desk, dana_id):
    acme = desk.add(builders.account(owner_id=dana_id))
    desk.add(builders.contact(acme.id, last_login_at=MONDAY - timedelta(days=9)))
    desk.run("detect")
    assert "On us" in card(desk).words
    dana = desk.person("U_DANA", "C_ALERTS")
    desk.at(MONDAY + timedelta(hours=1))
    dana.command("/cs checkin acme Wrote to Ann, asked what is in the way")
    desk.deliver()
    assert "On customer" in card(desk).words
    desk.at(MONDAY + timedelta(hours=2))
    dana.command("/cs nps acme 9 Ann: all is well")
    desk.deliver()
    assert "On us" in card(desk).words
    assert len(desk.in_channel()) == 1


def told_of(desk, name):
    """What mentions them beneath the card, or stands in their direct messages."""
    desk.deliver()
    person = desk.person(f"U_{name.upper()}")
    asked = [m for m in replies(desk, card(desk)) if f"<@U_{name.upper()}>" in m.words]
    return len(asked), len(person.messages())


def ignored(desk, *spans):
    """The job runs, twice each time, after these times in which nobody acts."""
    for span in spans:
        desk.at(desk.now + span)
        desk.run("detect")
        desk.run("detect")


MINUTES, HOURS = timedelta(minutes=11), timedelta(hours=5)


def test_each_time_it_is_ignored_anew_it_goes_further_once_and_every_copy_ends(desk, raised):
    dana = desk.person("U_DANA")
    with desk.sessions.begin() as session:
        robin = by_slack_id(session, "U_ROBIN")
        robin.role = "manager"
        by_slack_id(session, "U_LEE").manager_id = robin.id
    ignored(desk, MINUTES, HOURS)
    assert (told_of(desk, "dana"), told_of(desk, "priya")) == ((0, 1), (1, 0))
    until = desk.now + timedelta(days=1)
    form = dana.choose(card(desk), "Snooze…").view
    dana.submit(form, {"until": int(until.timestamp()), "reason": "Max is away"})
    ignored(desk, timedelta(days=1), MINUTES, HOURS, timedelta(days=1))
    assert (told_of(desk, "dana"), told_of(desk, "priya")) == ((1, 2), (2, 0))
    form = dana.choose(card(desk), "Reassign…").view
    assert dana.submit(form, {"to": "U_LEE", "why": "you know Max"}).ok
    ignored(desk, MINUTES, timedelta(days=1), HOURS)
    assert (told_of(desk, "lee"), told_of(desk, "robin")) == ((1, 1), (1, 0))
    assert (told_of(desk, "dana"), told_of(desk, "priya")) == ((1, 2), (2, 0))
    assert verbs(desk).count("alert.escalated") == 3
    desk.person("U_LEE").press(card(desk), label="Acknowledge")
    desk.deliver()
    copies = dana.messages() + desk.person("U_LEE").messages()
    assert ["Lee Park has it" in copy.words for copy in copies] == [True] * 3


@pytest.mark.parametrize("how", ["account", "everything"])
def test_whose_account_it_becomes_has_as_long_as_anybody(desk, dana_id, how):
    acme = desk.add(builders.account("Acme", owner_id=dana_id))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")
    desk.at(MONDAY + timedelta(hours=3, minutes=50))
    priya = desk.person("U_PRIYA", "C_OTHER")
    if how == "account":
        assert priya.command("/cs assign acme @lee").ok
    else:
        priya.home()
        desk.deliver()
        priya.press(priya.home(), label="Hand Over…", value="0")
        priya.submit(None, {"former": "U_DANA", "person": "U_LEE"})
        assert "to Lee Park" in priya.submit(None, {}).words
    ignored(desk, timedelta(minutes=15), timedelta(hours=3))
    assert replies(desk, card(desk)) == []
    ignored(desk, timedelta(hours=1))
    (reply,) = replies(desk, card(desk))
    assert "<@U_PRIYA>" in reply.words
    assert "with Lee Park" in reply.text


def test_whoever_hands_an_overdue_task_over_is_not_told_of_it_at_once(desk, dana_id):
    acme = desk.add(builders.account("Acme", owner_id=dana_id))
    late = MONDAY.date() - timedelta(days=3)
    desk.add(builders.task(acme.id, due_on=late, priority="high", assignee_id=dana_id))
    ignored(desk, timedelta(minutes=2))
    assert "<@U_PRIYA>" in replies(desk, card(desk))[-1].words
    priya = desk.person("U_PRIYA", "C_ALERTS")
    priya.choose(card(desk), "Reassign…")
    assert priya.submit(None, {"to": "U_LEE", "why": "you know them"}).ok
    ignored(desk, timedelta(minutes=2), timedelta(hours=3))
    assert ["<@U_PRIYA>" in m.words for m in replies(desk, card(desk))] == [True, False]
    ignored(desk, timedelta(hours=1))
    assert "<@U_PRIYA>" in replies(desk, card(desk))[-1].words


def test_an_alert_that_waits_for_working_hours_waits_for_those_of_its_new_owner(desk, dana_id):
    with desk.sessions.begin() as session:
        lee = by_slack_id(session, "U_LEE")
        lee.timezone = "Asia/Tokyo"  # 18:00 there, and over for the day
        acme = builders.account("Acme", owner_id=lee.id)
        session.add(acme)
        session.flush()
        session.add(builders.feedback(acme.id, 5))
    Runner(desk.wiring).tick(named("detect"))
    desk.deliver()
    assert desk.in_channel() == []
    assert desk.person("U_PRIYA", "C_OTHER").command("/cs assign acme @dana").ok
    desk.deliver()
    assert "<@U_DANA>" in card(desk).words


@pytest.mark.parametrize("how", ["account", "everything"])
def test_what_the_former_owner_had_taken_is_the_new_ones_to_take(desk, dana_id, how):
    acme = desk.add(builders.account("Acme", owner_id=dana_id))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")
    assert desk.person("U_DANA").press(card(desk), label="Acknowledge").ok
    priya = desk.person("U_PRIYA", "C_OTHER")
    if how == "account":
        assert priya.command("/cs assign acme @lee").ok
    else:
        priya.home()
        desk.deliver()
        priya.press(priya.home(), label="Hand Over…", value="0")
        priya.submit(None, {"former": "U_DANA", "person": "U_LEE"})
        assert "1 open alert" in priya.submit(None, {}).words
    desk.deliver()
    assert "Dana Reyes" not in card(desk).words
    assert "<@U_LEE>" in card(desk).words
    assert "1 alert needs you" in desk.person("U_LEE").command("/cs my").words
    told = len(desk.person("U_DANA").messages())
    for _ in range(3):
        desk.at(desk.now + timedelta(days=1))
        desk.run("reminders")
        desk.deliver()
    assert len(desk.person("U_DANA").messages()) == told


def test_what_a_colleague_had_taken_stays_with_them_when_the_account_changes_hands(desk, dana_id):
    acme = desk.add(builders.account("Acme", owner_id=dana_id))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")
    assert desk.person("U_PRIYA").press(card(desk), label="Acknowledge").ok
    assert desk.person("U_PRIYA", "C_OTHER").command("/cs assign acme @lee").ok
    desk.deliver()
    assert "Priya Shah has it" in card(desk).words


def test_the_card_names_its_owner_again_once_a_hand_over_is_taken_back(desk, dana_id):
    acme = desk.add(builders.account("Acme", owner_id=dana_id))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")
    priya = desk.person("U_PRIYA", "C_OTHER")
    assert priya.command("/cs assign acme @lee").ok
    desk.deliver()
    assert "<@U_LEE>" in card(desk).words
    assert "Dana Reyes owns it again" in priya.command("/cs undo").words
    desk.deliver()
    assert "<@U_DANA>" in card(desk).words
    assert "<@U_LEE>" not in card(desk).words
