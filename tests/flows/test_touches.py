"""Messages to customers in Slack: asked about, edited, sent, skipped, expired, taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.email.settings import Email
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks.model import PlaybookStep
from csbot.settings import Settings
from csbot.team.queries import by_email
from csbot.touches.model import Touch
from tests.builders import account, contact, feedback
from tests.unit.playing import Stage

DAY = timedelta(days=1)
ALIKE = "Thank you for what you told us.\n\nIs there a day for a short call?"
EMAIL = {"to": "champion", "subject": "What you told us", "text": ALIKE}


@pytest.fixture
def stage(desk, tmp_path) -> Stage:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    there = {"smtp_url": "smtp://127.0.0.1", "csbot_public_url": "https://csbot.vendor.example/"}
    env = desk.settings.env.model_copy(update=there)
    config = desk.settings.config.model_copy(update={"email": Email(from_="us@vendor.example")})
    return Stage(desk.sessions, Settings(env=env, config=config), folder)


def customers(desk, stage, count: int, owner: str | None = "dana@vendor.example") -> None:
    """Each with a champion who has just told us something."""
    with desk.sessions.begin() as session:
        found = by_email(session, owner) if owner else None
        known = session.scalar(select(func.count()).select_from(Account)) or 0
        for nth in range(known, known + count):
            row = account(f"Customer {nth}", domain=f"c{nth}.example", owner_id=found and found.id)
            session.add(row)
            session.flush()
            session.add(contact(row.id, f"Ann{nth} Lee", email=f"ann@c{nth}.example"))
            session.add(feedback(row.id, 9, at=stage.now))


def asked(desk, stage, count: int = 3, owner: str | None = "dana@vendor.example", **email):
    """The question in Slack about the drafts of so many customers."""
    stage.write("thanks", trigger={"event": "feedback.received"},
                steps=[{"email": EMAIL | email, "id": "ask"}])  # fmt: skip
    begin(desk, stage)
    customers(desk, stage, count, owner)
    play(desk, stage)
    return shown(desk) if owner else None


def begin(desk, stage) -> None:
    """Switched on: what happens from now on counts."""
    stage.play()
    stage.now += timedelta(minutes=1)
    desk.at(stage.now)


def play(desk, stage, later: timedelta = timedelta()) -> None:
    stage.play(later)
    desk.at(stage.now)
    desk.deliver()


def shown(desk, who: str = "U_DANA"):
    return [one for one in desk.person(who).messages() if not one.ephemeral][-1]


def states(desk) -> list[str]:
    with desk.sessions() as session:
        return list(session.scalars(select(Touch.state).order_by(Touch.id)))


def mails(desk) -> list[dict]:
    with desk.sessions() as session:
        rows = select(OutgoingMessage.payload).where(OutgoingMessage.call == "email")
        return list(session.scalars(rows.order_by(OutgoingMessage.id)))


def told(desk, verb: str) -> list[AuditEntry]:
    with desk.sessions() as session:
        query = select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.id)
        return list(session.scalars(query))


def test_one_question_says_action_scope_and_name_and_shows_the_words(desk, stage):
    question = asked(desk, stage, 3)
    assert question.text == "Send an e-mail to 3 customers in Dana Reyes's name?"
    assert "What you told us" in question.words
    assert "Is there a day for a short call?" in question.words
    assert "Customer 0: Ann0 Lee" in question.words
    assert question.labels == ["Send to 3", "Edit…", "Skip"]
    assert desk.person("U_DANA").choose(question, "Customer 1: Ann1 Lee").ok
    assert states(desk) == ["draft"] * 3
    assert mails(desk) == []
    assert [entry.after["to"] for entry in told(desk, "touch.drafted")] == [
        "Ann0 Lee", "Ann1 Lee", "Ann2 Lee",
    ]  # fmt: skip


def test_what_has_a_tick_goes_out_once_however_often_it_is_pressed(desk, stage):
    question, dana = asked(desk, stage, 3), desk.person("U_DANA")
    untick(question, 1)
    assert dana.press(question, label="Send to 3").ephemeral is None
    assert "You approved this already" in words_of(dana.press(question, label="Send to 3"))
    assert states(desk) == ["approved", "skipped", "approved"]
    play(desk, stage)
    play(desk, stage, timedelta(minutes=1))
    assert [mail["to"] for mail in mails(desk)] == ["ann@c0.example", "ann@c2.example"]
    assert states(desk) == ["queued", "skipped", "queued"]
    ended = shown(desk)
    assert "2 messages of “A playbook of the tests” go out: Dana Reyes approved them" in ended.words
    assert "1 left out" in ended.words
    assert ended.labels == []


def test_whoever_decides_is_told_at_once_that_nothing_can_leave_and_what_to_set(desk, stage):
    folder = {"csbot_playbooks_dir": stage.folder}
    bare = desk.settings.env.model_copy(update=folder)
    stage.settings = Settings(env=bare, config=desk.settings.config)
    question = asked(desk, stage, 1)
    lacking = "SMTP_URL, CSBOT_PUBLIC_URL, [email] from in csbot.toml are not set"
    assert f"It cannot leave yet: {lacking}" in question.words.replace("*", "")
    assert desk.person("U_DANA").press(question, label="Send to 1").ephemeral is None
    play(desk, stage, timedelta(minutes=1))
    assert "None can leave before" in shown(desk).words
    assert states(desk) == ["approved"]
    assert mails(desk) == []


def untick(message, nth: int) -> None:
    """As somebody does before they press: Slack sends the ticks along with the press."""
    for blocks in (message.blocks, message.raw["blocks"]):
        box = next(e for b in blocks for e in b.get("elements", []) if e["type"] == "checkboxes")
        box["initial_options"] = [o for o in box["options"] if o != box["options"][nth]]


def words_of(seen) -> str:
    return seen.ephemeral.words


def test_nothing_ticked_sends_nothing(desk, stage):
    question = asked(desk, stage, 2)
    for blocks in (question.blocks, question.raw["blocks"]):
        for block in blocks:
            for element in block.get("elements", []):
                element.pop("initial_options", None)
    assert "Tick at least one" in words_of(desk.person("U_DANA").press(question, label="Send to 2"))
    assert states(desk) == ["draft"] * 2


def test_words_that_all_share_are_edited_once_and_go_out_exactly_so(desk, stage):
    question, dana = asked(desk, stage, 2), desk.person("U_DANA")
    form = dana.press(question, label="Edit…").view
    assert "all 2" in form.words
    said = "Thank you & <b>hello</b>.\n\n  Two blanks, https://status.example/a?b=1."
    assert dana.submit(form, {"subject": "Just a word", "body": said}).ok
    assert "changed since you looked" in words_of(dana.press(question, label="Send to 2"))
    desk.deliver()
    newer = shown(desk)
    assert "Dana Reyes changed the words" in newer.words
    assert dana.press(newer, label="Send to 2").ephemeral is None
    play(desk, stage)
    sent = mails(desk)
    assert {mail["subject"] for mail in sent} == {"Just a word"}
    for mail in sent:
        assert mail["text"].startswith(f"{said}\n\n--\n")
        assert "<p>Thank you &amp; &lt;b&gt;hello&lt;/b&gt;.</p>" in mail["html"]
        assert '<a href="https://status.example/a?b=1">' in mail["html"]
    [first, _] = told(desk, "touch.edited")
    assert (first.before["body"], first.after["body"]) == (ALIKE, said)


def test_a_placeholder_in_edited_words_is_refused_at_its_field(desk, stage):
    dana = desk.person("U_DANA")
    form = dana.press(asked(desk, stage, 1), label="Edit…").view
    refused = dana.submit(form, {"body": "Dear {{ contact.first_name }}, thank you."}).errors
    assert refused["body"] == (
        "Nothing is filled in here: write the words that {{ contact.first_name }} stands for."
    )
    refused = dana.submit(form, {"subject": "{% if contact %}Hello{% endif %}"}).errors
    assert refused["subject"].startswith("Nothing is filled in here")
    assert dana.submit(form, {"subject": "50 % off {today}", "body": "Dear Ann, thank you."}).ok


def test_of_words_that_differ_one_draft_is_picked_and_only_it_changes(desk, stage):
    question = asked(desk, stage, 2, text="Hello {{ contact.first_name }},\n\nthank you.")
    dana = desk.person("U_DANA")
    picking = dana.press(question, label="Edit…").view
    form = dana.submit(picking, {"touch": "Customer 1: Ann1 Lee"}).view
    assert "Ann1 Lee at Customer 1" in form.words
    assert dana.submit(form, {"body": "Dear Ann, thank you."}).ok
    desk.deliver()
    dana.press(shown(desk), label="Send to 2")
    play(desk, stage)
    assert [mail["text"].split("\n")[0] for mail in mails(desk)] == [
        "Hello Ann0,", "Dear Ann, thank you.",
    ]  # fmt: skip


def test_skipping_sends_nothing_and_says_who(desk, stage):
    question, dana = asked(desk, stage, 2), desk.person("U_DANA")
    dana.press(question, label="Skip")
    assert "You skipped this already" in words_of(dana.press(question, label="Skip"))
    play(desk, stage, timedelta(minutes=1))
    assert states(desk) == ["skipped"] * 2
    assert "Not sent: Dana Reyes skipped 2 messages" in shown(desk).words
    assert mails(desk) == []


def test_undecided_for_five_working_days_is_not_sent_and_the_message_says_so(desk, stage):
    question = asked(desk, stage, 1)
    play(desk, stage, 7 * DAY - timedelta(minutes=1))
    assert states(desk) == ["draft"]
    play(desk, stage, timedelta(minutes=1))
    assert states(desk) == ["expired"]
    assert "Not sent: nobody decided in time" in shown(desk).words
    late = desk.person("U_DANA").press(question, label="Send to 1")
    assert "Nobody decided in time" in words_of(late)
    play(desk, stage, DAY)
    assert mails(desk) == []


def test_two_who_may_decide_have_one_effect(desk, stage):
    asked(desk, stage, 1, owner=None)
    [asks] = [one for one in desk.in_channel() if one.text.startswith("Send")]
    assert "Nobody looks after this customer: <@U_PRIYA>, please decide" in asks.words
    priya = desk.person("U_PRIYA", "C_ALERTS")
    priya.press(asks, label="Send to 1")
    seen = desk.person("U_LEE", "C_ALERTS").press(asks, label="Skip")
    assert "Priya Shah approved this already" in words_of(seen)
    assert states(desk) == ["approved"]


def test_only_who_owns_the_customer_or_manages_decides(desk, stage):
    question = asked(desk, stage, 1)
    robin, lee = desk.person("U_ROBIN"), desk.person("U_LEE")
    for person, why in ((robin, "Only CSMs, managers and admins can"), (lee, "is not yours")):
        copy = passed_on(desk, question, person)
        for label in ("Send to 1", "Edit…", "Skip"):
            assert why in words_of(person.press(copy, label=label))
    assert states(desk) == ["draft"]


def test_where_nobody_looks_after_the_customer_nobody_who_does_is_named(desk, stage):
    asked(desk, stage, 1, owner=None)
    [question] = [one for one in desk.in_channel() if one.text.startswith("Send")]
    said = words_of(desk.person("U_LEE", "C_ALERTS").press(question, label="Send to 1"))
    assert "has no owner yet, so a manager or admin decides" in said
    assert "looks after it" not in said
    assert states(desk) == ["draft"]


def passed_on(desk, message, person):
    """A copy of the message where this person can press it, as in a channel."""
    with desk.slack.lock:
        room = desk.slack.channels[message.channel]
        room.members.add(person.id)
    return message


def test_later_drafts_of_the_day_join_the_question_and_older_buttons_are_refused(desk, stage):
    question, dana = asked(desk, stage, 1), desk.person("U_DANA")
    customers(desk, stage, 1)
    play(desk, stage, timedelta(hours=2))
    assert "changed since you looked" in words_of(dana.press(question, label="Send to 1"))
    newer = shown(desk)
    assert (newer.ts, newer.labels[0]) == (question.ts, "Send to 2")
    dana.press(newer, label="Send to 2")
    customers(desk, stage, 1)
    play(desk, stage, timedelta(hours=1))
    assert shown(desk).ts != question.ts
    assert shown(desk).labels[0] == "Send to 1"
    customers(desk, stage, 1)
    play(desk, stage, DAY)
    assert shown(desk).labels[0] == "Send to 1"


def test_more_than_fit_with_ticks_are_listed_and_get_theirs(desk, stage):
    question, dana = asked(desk, stage, 13), desk.person("U_DANA")
    assert "and 3 more" in question.words
    listing = dana.press(question, label="Show All").view
    assert "Customer 12" in listing.words
    untick(question, 0)
    dana.close(listing)
    dana.press(question, label="Send to 13")
    assert states(desk) == ["skipped", *["approved"] * 12]


def test_when_the_run_ends_its_drafts_are_taken_back_and_the_question_follows(desk, stage):
    stage.write("thanks", trigger={"event": "feedback.received"},
                exit={"account.plan": "gone"}, steps=[{"email": EMAIL, "id": "ask"}, {"wait": {
                    "for": "9 days"}}])  # fmt: skip
    begin(desk, stage)
    customers(desk, stage, 2)
    play(desk, stage)
    question, dana = shown(desk), desk.person("U_DANA")
    leave(desk, "Customer 0")
    play(desk, stage, timedelta(minutes=1))
    assert states(desk) == ["withdrawn", "draft"]
    assert "changed since you looked" in words_of(dana.press(question, label="Send to 2"))
    dana.press(shown(desk), label="Send to 1")
    leave(desk, "Customer 1")
    play(desk, stage, timedelta(minutes=1))
    assert states(desk) == ["withdrawn", "withdrawn"]
    assert mails(desk) == []
    assert len(told(desk, "touch.withdrawn")) == 2


def leave(desk, name: str) -> None:
    on_plan(desk, name, "gone")


def on_plan(desk, name: str, plan: str) -> None:
    with desk.sessions.begin() as session:
        session.scalars(select(Account).where(Account.name == name)).one().plan = plan


def test_a_run_that_has_finished_takes_back_what_waits_once_its_exit_holds_or_its_cause_is_gone(
    desk, stage
):
    praised = {"trigger": {"event": "feedback.received"}, "exit": {"account.plan": "gone"}}
    begun = {"trigger": {"entering": {"account.plan": "new"}}}
    for name, said in (("thanks", praised), ("welcome", begun)):
        stage.write(name, steps=[{"email": EMAIL}], **said)
    begin(desk, stage)
    customers(desk, stage, 2)
    on_plan(desk, "Customer 1", "new")
    play(desk, stage)
    assert states(desk) == ["draft"] * 3
    on_plan(desk, "Customer 0", "gone")
    on_plan(desk, "Customer 1", "old")
    play(desk, stage, timedelta(minutes=1))
    with desk.sessions() as session:
        found = session.execute(select(Touch.playbook, Touch.state, Touch.why).order_by(Touch.id))
        assert sorted(map(tuple, found)) == [
            ("thanks", "draft", None),
            ("thanks", "withdrawn", "its exit criteria hold"),
            ("welcome", "withdrawn", "its cause went away"),
        ]


def test_a_question_whose_drafts_are_all_taken_back_says_so(desk, stage):
    stage.write("thanks", trigger={"event": "feedback.received"}, exit={"account.plan": "gone"},
                steps=[{"email": EMAIL, "id": "ask"}, {"wait": {"for": "9 days"}}])  # fmt: skip
    begin(desk, stage)
    customers(desk, stage, 1)
    play(desk, stage)
    question = shown(desk)
    leave(desk, "Customer 0")
    play(desk, stage, timedelta(minutes=1))
    assert "no longer needed" in shown(desk).words
    assert "no longer needed" in words_of(desk.person("U_DANA").press(question, label="Send to 1"))


def test_what_waits_in_the_outbox_is_taken_back_also_after_a_no_and_what_was_begun_is_not(
    desk, stage
):
    stage.write("thanks", trigger={"event": "feedback.received"}, exit={"account.plan": "gone"},
                touches="send", steps=[{"email": EMAIL}, {"wait": {"for": "9 days"}}])  # fmt: skip
    begin(desk, stage)
    customers(desk, stage, 3)
    play(desk, stage)
    assert states(desk) == ["queued"] * 3
    with desk.sessions.begin() as session:
        rows = select(OutgoingMessage).where(OutgoingMessage.call == "email")
        _, put_off, begun = session.scalars(rows.order_by(OutgoingMessage.id))
        put_off.last_error, begun.state = "451 4.7.1 greylisted", "sending"
    for nth in range(3):
        leave(desk, f"Customer {nth}")
    play(desk, stage, timedelta(minutes=1))
    assert states(desk) == ["withdrawn", "withdrawn", "queued"]


def test_who_opts_out_meanwhile_is_not_written_to(desk, stage):
    question, dana = asked(desk, stage, 3), desk.person("U_DANA")
    opt_out(desk, "Ann0 Lee")
    dana.press(question, label="Send to 3")
    assert states(desk) == ["withdrawn", "approved", "approved"]
    opt_out(desk, "Ann1 Lee")
    play(desk, stage)
    assert states(desk) == ["withdrawn", "withdrawn", "queued"]
    customers(desk, stage, 1)
    opt_out(desk, "Ann3 Lee")
    play(desk, stage)
    assert len(states(desk)) == 3
    with desk.sessions() as session:
        notes = list(session.scalars(select(PlaybookStep.note).order_by(PlaybookStep.id)))
    assert notes[-1] == "nobody was written to: they want no more messages"


def opt_out(desk, name: str) -> None:
    with desk.sessions.begin() as session:
        session.scalars(select(Contact).where(Contact.name == name)).one().opt_outs = ["email"]


def test_words_that_fail_for_one_customer_fail_for_that_one_alone(desk, stage):
    asked(desk, stage, 2, text="Hello {{ contact.first_name }}, thank you.")
    with desk.sessions.begin() as session:
        dana = by_email(session, "dana@vendor.example")
        unnamed = account("Customer X", owner_id=dana.id)
        session.add(unnamed)
        session.flush()
        nobody = contact(unnamed.id, "X", email="x@x.example")
        nobody.name = None
        session.add(nobody)
        session.add(feedback(unnamed.id, 9, at=stage.now))
    customers(desk, stage, 1)
    play(desk, stage, timedelta(minutes=1))
    assert shown(desk).labels[0] == "Send to 3"
    with desk.sessions() as session:
        steps = session.execute(select(PlaybookStep.outcome, PlaybookStep.note))
        failed = [note for outcome, note in steps if outcome == "failed"]
    assert failed == ["an e-mail could not be written: `contact.first_name` is not known"]
    trouble = shown(desk, "U_PRIYA")
    assert "Customer X could not be written" in trouble.words
    before = len(desk.person("U_PRIYA").messages())
    with desk.sessions.begin() as session:
        session.add(feedback(unnamed.id, 8, at=stage.now))
    play(desk, stage, timedelta(minutes=5))
    assert len(desk.person("U_PRIYA").messages()) == before
