"""Looking before switching on: a replay asked for in Slack, answered by the worker."""

from datetime import timedelta

from sqlalchemy import select

from csbot.inbox.model import Received
from csbot.playbooks import store
from csbot.team.queries import by_slack_id
from tests import builders


def quiet(desk):
    """A customer who stopped logging in a fortnight ago, and the library read in."""
    with desk.sessions.begin() as session:
        dana = by_slack_id(session, "U_DANA")
        store.sync(session, settings=desk.settings, now=desk.now)
    acme = desk.add(builders.account("Acme <b>", owner_id=dana.id))
    desk.add(builders.contact(acme.id, last_login_at=desk.now - timedelta(days=14)))


def test_a_replay_that_is_asked_for_in_slack_comes_as_a_direct_message_once(desk):
    quiet(desk)
    priya = desk.person("U_PRIYA", "C_OTHER")
    for _ in range(2):
        asked = priya.command("/cs playbook simulate inactive users 12d").messages[-1]
        assert asked.ephemeral
        assert "I am at it" in asked.text
    assert (
        "I can't read"
        in priya.command("/cs playbook simulate inactive-users soon").messages[-1].words
    )
    for _ in range(2):
        desk.run("simulations")
        desk.deliver()
    (told,) = priya.messages()
    assert "would have started 1 time in the 12 days to 23 Nov, for 1 account" in told.text
    assert "Worst week of a person: Dana Reyes, 1 message from 16 Nov" in told.words
    assert desk.in_channel() == []
    with desk.sessions() as session:
        rows = list(session.scalars(select(Received).where(Received.source == "simulate")))
    assert [(row.state, row.body, row.tries) for row in rows] == [("done", None, 1)]


def test_a_replay_that_fails_each_time_is_given_up_and_said(desk):
    quiet(desk)
    priya = desk.person("U_PRIYA", "C_OTHER")
    priya.command("/cs playbook simulate inactive-users 12d")
    with desk.sessions.begin() as session:
        (row,) = session.scalars(select(Received).where(Received.source == "simulate"))
        row.tries, row.tried_at = 3, desk.now - timedelta(minutes=5)
    desk.run("simulations")  # somebody else may be at it still
    desk.run("simulations", at=desk.now + timedelta(minutes=6))
    desk.deliver()
    (told,) = priya.messages()
    assert "I could not say" in told.text
    assert "failed 3 times" in told.words


def test_nobody_keeps_the_worker_busy_and_who_has_left_is_told_nothing(desk):
    quiet(desk)
    priya, dana = desk.person("U_PRIYA", "C_OTHER"), desk.person("U_DANA", "C_OTHER")
    for days in (12, 13, 14, 12):
        said = priya.command(f"/cs playbook simulate inactive-users {days}d").messages[-1].words
        assert "I am at it" in said
    for again in ("15d", "365d"):
        said = priya.command(f"/cs playbook simulate inactive-users {again}").messages[-1].words
        assert "I am at 3 that you asked for already" in said
    assert (
        "I am at it" in dana.command("/cs playbook simulate inactive-users 15d").messages[-1].words
    )
    for name in ("inactive-users", "tasks", "no-owner", "payment-failed"):
        said = priya.command(f"/cs playbook diagram {name}").messages[-1].words
    assert "I am at 3 that you asked for already" in said
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_PRIYA").active = False
    for job in ("simulations", "files"):
        desk.run(job)
    desk.deliver()
    assert priya.messages() == []
    assert "would have started" in dana.messages()[-1].text


def test_the_picture_of_a_playbook_is_sent_once_to_whoever_asks(desk):
    quiet(desk)
    priya = desk.person("U_PRIYA", "C_OTHER")
    for _ in range(2):
        asked = priya.command("/cs playbook diagram inactive users").messages[-1]
        assert "is on its way to your direct messages" in asked.text
        assert "1. Alert, soon: template alert_inactive (CSM)" in asked.words
    for _ in range(2):
        desk.run("files")
    (file,) = desk.slack.files.values()
    assert file.complete
    assert file.content.startswith(b"\x89PNG")
    assert file.alt_text.startswith("Swimlanes of csbot, CSM: starts when contact.inactive")
    (told,) = priya.messages()
    assert told.text == "Who does what in “Users who stay away”"


def test_without_the_scope_for_files_the_mend_is_said_instead(desk):
    quiet(desk)
    desk.slack.tokens[desk.slack.bot_token].scopes -= {"files:write"}
    priya = desk.person("U_PRIYA", "C_OTHER")
    priya.command("/cs playbook diagram inactive users")
    desk.run("files")
    desk.deliver()
    (told,) = priya.messages()
    assert "adds the scope files:write" in told.words
