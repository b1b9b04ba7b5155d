"""Messages to customers between their draft and the outbox, without Slack."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, update

from csbot.accounts.model import Account
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.errors import Refused
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks import runs
from csbot.playbooks.definition import Definition, EmailStep, SmsStep
from csbot.playbooks.going import Batch, load
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookVersion
from csbot.playbooks.program import Program
from csbot.playbooks.reading import parse
from csbot.settings import Config, Environment, Settings
from csbot.touches import approval, deciding, recipients, service, words
from csbot.touches.model import Approval, Touch
from csbot.touches.preview import preview
from csbot.touches.release import release_due
from csbot.touches.rules import WEEK
from messages.letters import Unwritten
from messages.render import render, use_folder
from messages.touches import ApprovalEnded
from tests.builders import MONDAY, account, contact, meeting, member
from tests.unit.playing import HEAD

LINKS = {"name": "Example GmbH", "product": "Shipments", "help_url": "https://help.example/"}
SETTINGS = Settings(
    env=Environment(csbot_public_url="https://csbot.example", smtp_url="smtp://127.0.0.1"),
    config=Config(
        company=LINKS, touches={"per_week": 3}, email={"from": "Example <success@example.com>"}
    ),
)
BARE = Settings(env=Environment.model_validate({}), config=Config())
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMAIL = {"to": "champion", "subject": "Hello", "text": "Thank you."}


def definition(*steps: dict[str, Any], **over: Any) -> Definition:
    said = {"name": "thanks", "trigger": {"by_hand": True}, "steps": list(steps)}
    return Definition.model_validate(HEAD | said | over)


class World:
    """Accounts of Dana's, each with a run of a playbook that is at its first step."""

    def __init__(self, session: Any, said: Definition, *, now: datetime = MONDAY) -> None:
        self.session, self.said, self.now = session, said, now
        self.first = next(iter(Program.of(said).instructions.values()))
        self.dana = self.add(member("Dana Reyes"))
        stored = said.model_dump(mode="json", by_alias=True, exclude_none=True)
        self.version = self.add(
            PlaybookVersion(
                name=said.name, digest=uuid4().hex, source="own", definition=stored, seen_at=now
            )
        )
        self.add(Playbook(name=said.name, version_id=self.version.id))

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def run(self, name: str = "Acme", **over: Any) -> PlaybookRun:
        acme = self.add(account(name, owner_id=self.dana.id))
        ann = self.add(contact(acme.id, **over))
        return self.run_of(acme, ann)

    def run_of(self, acme: Any, ann: Any = None, **over: Any) -> PlaybookRun:
        return self.add(
            PlaybookRun(
                playbook=self.said.name, version_id=self.version.id, account_id=acme.id,
                contact_id=ann.id if ann else None, started_at=self.now,
                step=self.first.name, **over,
            )
        )  # fmt: skip

    def draft(self, settings: Settings = SETTINGS) -> Batch:
        ids = self.session.scalars(select(PlaybookRun.id)).all()
        scope = Scope.load(self.session, settings, self.now)
        first = self.first
        batch = Batch(scope, self.said, first, load(scope, ids, first.name))
        service.draft(self.session, batch, first.kind, first.step.spec)
        return batch

    def touches(self) -> list[Touch]:
        fresh = {"populate_existing": True}
        query = select(Touch).order_by(Touch.id)
        return list(self.session.scalars(query, execution_options=fresh))


def letter(spec: dict[str, Any], settings: Settings = SETTINGS, **over: Any) -> dict[str, str]:
    status = over.pop("status", "Healthy")
    recipient = words.Recipient(
        account=account("Quietwater", health_status=status), contact=contact(1), owner=member(),
        facts={"minutes": 9}, unsubscribe_url="https://csbot.example/u/x",
    )  # fmt: skip
    step = (EmailStep if "subject" in spec or "template" in spec else SmsStep).model_validate(spec)
    return words.letter(step, replace(recipient, **over), settings=settings)


def test_an_e_mail_is_plain_text_with_its_ending_and_the_same_as_html():
    made = letter({"subject": "For {{ account.name }}", "text":
                   "Hello {{ contact.first_name }},\n\n"
                   "{{ trigger.minutes }} minutes. {{ links.help }}"})  # fmt: skip
    assert made["subject"] == "For Quietwater"
    assert made["text"] == (
        "Hello Ann,\n\n9 minutes. https://help.example/\n\n--\n"
        "Your answer reaches Dana Reyes, Example GmbH.\n"
        "No more e-mails like this one: https://csbot.example/u/x"
    )
    assert made["html"].count("<p>") == 3
    assert '<a href="https://csbot.example/u/x">' in made["html"]


def test_words_that_say_themselves_how_to_end_them_get_no_second_ending():
    made = letter({"subject": "x", "text": "Enough? {{ unsubscribe_url }}"})
    assert made["text"] == "Enough? https://csbot.example/u/x"
    without = letter({"subject": "x", "text": "Hello"}, unsubscribe_url=None)
    assert "answer with “unsubscribe”" in without["text"]


def test_where_nobody_owns_the_customer_no_letter_says_i_and_its_ending_has_no_gap():
    page = Path(words.__file__).parents[1] / "playbooks/library/inactive-user-mail.yaml"
    steps = parse(page.read_text("utf-8"), page.name).walk()
    spec = next(step.email for step in steps if step.email)
    recipient = words.Recipient(
        account=account("Quietwater", health_status="Healthy"), contact=contact(1), owner=None,
        facts={"days": 20}, unsubscribe_url="https://csbot.example/u/x",
    )  # fmt: skip
    made = words.letter(spec, recipient, settings=SETTINGS)["text"]
    assert "and we will see to it.\n\n--\nNo more e-mails like this one: https" in made


@pytest.mark.parametrize(("sent", "said"), [(1, "It leaves in its"), (2, "Each leaves in its")])
def test_one_message_that_goes_out_is_told_of_in_the_singular(sent, said):
    assert said in str(render(replace(ApprovalEnded.example(), sent=sent)))


def test_each_health_status_has_its_tone_and_the_others_the_usual_words():
    tones = {"Struggling": {"text": "We are sorry."},
             "Thriving": {"subject": "Bravo", "text": "Well done."}}  # fmt: skip
    spec = {"subject": "Hello", "text": "Thank you.", "tones": tones}
    said = {status: (made["subject"], made["body"]) for status in
            ("Struggling", "Thriving", "Steady", None)
            for made in [letter(spec, status=status)]}  # fmt: skip
    assert said == {
        "Struggling": ("Hello", "We are sorry."), "Thriving": ("Bravo", "Well done."),
        "Steady": ("Hello", "Thank you."), None: ("Hello", "Thank you."),
    }  # fmt: skip


OWN = "{% block subject %}Ours{% endblock %}{% block text %}For {{ account.name }}{% endblock %}"


def test_a_template_of_ones_own_replaces_ours_for_customers_too(tmp_path):
    (tmp_path / "touch_own_words.j2").write_text(OWN)
    (tmp_path / "touch_footer.j2").write_text("Bye. {{ unsubscribe_url }}")
    use_folder(tmp_path)
    try:
        made = letter({"template": "own_words"})
        renamed = letter({"template": "own_words", "subject": "Mine"})
    finally:
        use_folder(None)
    assert made["subject"] == "Ours"
    assert made["text"] == "For Quietwater\n\nBye. https://csbot.example/u/x"
    assert renamed["subject"] == "Mine"


@pytest.mark.parametrize(
    ("spec", "over", "why"),
    [
        ({"subject": "x", "text": "{{ links.billing }}"}, {},
         r"`billing_url` in \[company\] of csbot.toml is not set"),
        ({"subject": "x", "text": "{{ company.name }}"}, {"settings": BARE}, "`name` in"),
        ({"subject": "x", "text": "{{ owner.name }}"}, {"owner": None}, "has no owner"),
        ({"subject": "x", "text": "{{ unsubscribe_url }}"}, {"unsubscribe_url": None},
         "CSBOT_PUBLIC_URL is not set"),
        ({"subject": "x", "text": "{{ meeting.title }}"}, {}, "`meeting.title` is not known"),
        ({"subject": "{{ '' }}", "text": "x"}, {}, "are empty"),
        ({"subject": "x", "text": "{% if account.plan %}x{% endif %}"}, {}, "are empty"),
        ({"text": "x" * 450 + "{{ account.name }}"}, {"account": account("y" * 40)},
         "490 characters, an SMS at most 480"),
        ({"template": "no_such"}, {}, "there is no template `touch_no_such.j2`"),
        ({"template": "../said"}, {}, "there is no template"),
    ],
)  # fmt: skip
def test_what_cannot_go_out_is_refused_with_the_mend(spec, over, why):
    with pytest.raises(Unwritten, match=why):
        letter(spec, **over)


@pytest.mark.parametrize(
    ("to", "whom"),
    [
        ("contact", ["ann"]), ("champion", ["ann", "max"]), ("decision_maker", ["eve"]),
        ("billing", ["eve"]), ("everybody", ["ann", "max", "eve", "joe"]),
    ],
)  # fmt: skip
def test_a_step_reaches_those_it_means_who_can_be_reached(sessions, to, whom):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL | {"to": to}}))
        acme = world.add(account("Acme", owner_id=world.dana.id))
        people = {name: world.add(contact(acme.id, name.title(), **over)) for name, over in {
            "ann": {}, "max": {"role": "Champion"}, "eve": {"role": "decision maker"},
            "joe": {"role": "user"}, "out": {"opt_outs": ["email"]}, "no": {"email": "none"},
        }.items()}  # fmt: skip
        run = world.run_of(acme, people["ann"])
        batch = world.draft()
        found = [touch.contact_id for touch in world.touches()]
        assert found == [people[name].id for name in whom]
        assert batch.told[run.id][0] == ("done" if whom else "skipped")


def test_a_run_without_a_contact_writes_to_who_stands_in(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL | {"to": "contact"}}))
        for name, role in (("Acme", "champion"), ("Globex", "user")):
            acme = world.add(account(name, owner_id=world.dana.id))
            for first in ("Ann", "Max"):
                world.add(contact(acme.id, f"{first} {name}", role=role))
            world.run_of(acme)
        batch = world.draft()
        assert len(world.touches()) == 2
        nobody = "nobody was written to: Globex has no contact with the role"
        assert [text.startswith(nobody) for _, text in sorted(batch.told.values())] == [False, True]


def test_two_who_approve_at_the_same_moment_have_one_effect(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}))
        priya = world.add(member("Priya Shah", role="manager"))
        world.run()
        world.draft()
        people, asked = [world.dana, priya], session.scalars(select(Approval.id)).one()
    start, refused = Barrier(2), list[str]()

    def decide(person: Any, act: Any, **also: Any) -> None:
        start.wait()
        try:
            with sessions.begin() as session:
                act(session, approval_id=asked, version=1, by=person, settings=SETTINGS,
                    now=MONDAY, **also)  # fmt: skip
        except Refused as refusal:
            refused.append(refusal.reason)

    threads = [
        Thread(target=decide, args=(people[0], deciding.approve), kwargs={"ticked": None}),
        Thread(target=decide, args=(people[1], deciding.skip)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        verbs = select(AuditEntry.verb).where(AuditEntry.verb != "touch.drafted")
        [verb] = session.scalars(verbs)
    assert refused == [
        "Dana Reyes approved this already."
        if verb == "touch.approved"
        else "Priya Shah skipped this already."
    ]


def test_a_question_grows_until_it_has_enough_and_then_there_is_another(sessions, monkeypatch):
    monkeypatch.setattr(approval, "TOGETHER", 2)
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}))
        for nth in range(4):
            world.run(f"Customer {nth}", email=f"a{nth}@c.example")
            world.draft()
        counts = select(func.count()).select_from(Touch).group_by(Touch.approval_id)
        assert session.scalars(counts).all() == [2, 2]


def test_a_number_is_needed_for_an_sms_and_nobody_who_left_or_was_never_reached(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"sms": {"text": "Hello {{ account.name }}"}}))
        for name, over in {
            "A": {"phone": "+49 170 1234567"},
            "B": {"phone": "0170 1"},
            "C": {},
        }.items():
            world.run(name, **over)
        gone = world.run("D", phone="+4917099", email="d@c.example")
        session.get_one(Contact, gone.contact_id).opt_outs = ["sms"]
        left = world.add(account("E", lifecycle_stage="churned"))
        world.run_of(left, world.add(contact(left.id, phone="+49170555555")))
        batch = world.draft()
        [touch] = world.touches()
        assert (touch.address, touch.words["text"]) == ("+491701234567", "Hello A")
        notes = [batch.told[id][1] for id in sorted(batch.told)]
        assert notes == [
            "an SMS waits for approval, for Ann Lee",
            "nobody was written to: no phone number is known",
            "nobody was written to: no phone number is known",
            "nobody was written to: they want no more messages",
            "nobody was written to: E has left",
        ]


def test_drafting_again_writes_nothing_again(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}))
        world.run()
        world.draft()
        world.draft()
        assert len(world.touches()) == 1
        assert session.scalar(select(func.count()).select_from(Approval)) == 1


def test_a_meeting_is_told_in_the_customers_zone_with_its_calendar_file(sessions):
    text = "{{ meeting.title }}: {{ meeting.starts }}, {{ meeting.starts | clock_time }}"
    said = definition({"email": EMAIL | {"to": "contact", "text": text, "calendar_file": True}},
                      trigger={"event": "meeting.booked"})  # fmt: skip
    with sessions.begin() as session:
        world = World(session, said)
        acme = world.add(account("Acme", owner_id=world.dana.id))
        ann = world.add(contact(acme.id, timezone="Asia/Tokyo"))
        booked = world.add(meeting(acme.id, "Start\r\nATTACH:x", starts_at=MONDAY))
        world.run_of(acme, ann, subject="1", subject_id=booked.id)
        world.draft()
        [touch] = world.touches()
    body = touch.words["body"]
    assert body == "Start ATTACH:x: Monday 23 November at 18:00 (JST), 18:00"
    assert touch.attachment["type"] == "text/calendar; method=PUBLISH"
    lines = touch.attachment["text"].splitlines()
    assert "DTSTART:20261123T090000Z" in lines
    assert not any(line.startswith("ATTACH") for line in lines)


def approved(session: Any, person: Contact, count: int = 1, **over: Any) -> None:
    for nth in range(count):
        made = {
            "playbook": "thanks", "step": "1", "account_id": person.account_id,
            "contact_id": person.id, "channel": "email", "address": person.email,
            "words": words.email("Hello", f"Number {nth}", ""), "state": "approved",
            "created_at": MONDAY, "send_at": MONDAY, "expires_at": MONDAY + 30 * DAY,
            "token": uuid4().hex,
        }  # fmt: skip
        session.add(Touch(**made | over))


def people(session: Any, count: int, **over: Any) -> list[Contact]:
    acme = account("Acme")
    session.add(acme)
    session.flush()
    made = [contact(acme.id, f"P{nth}", **over) for nth in range(count)]
    session.add_all(made)
    session.flush()
    return made


def released(session: Any, now: datetime, settings: Settings = SETTINGS) -> list[str]:
    """What was handed over, by the names that the addresses begin with."""
    release_due(session, settings=settings, now=now)
    session.flush()
    query = select(OutgoingMessage.payload).where(OutgoingMessage.call == "email")
    query = query.order_by(OutgoingMessage.id)
    return [payload["to"].partition("@")[0] for payload in session.scalars(query)]


def arrived(session: Any, at: datetime) -> None:
    """What was handed over went out."""
    gone = update(Touch).where(Touch.state == "queued")
    session.execute(gone.values(state="sent", sent_at=at))


def test_each_goes_out_in_its_own_morning_and_not_before(sessions):
    night = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    with sessions.begin() as session:
        for name, zone in (("tokyo", "Asia/Tokyo"), ("berlin", "Europe/Berlin"), ("none", "x/y")):
            [one] = people(session, 1, email=f"{name}@a.example", timezone=zone)
            approved(session, one, send_at=night)
        seen = [released(session, night + hours * HOUR) for hours in (0, 4, 5, 6)]
    assert seen == [["tokyo"], ["tokyo"], ["tokyo", "berlin"], ["tokyo", "berlin", "none"]]


def test_the_fourth_of_a_week_waits_and_is_not_sent_once_it_expires(sessions):
    with sessions.begin() as session:
        [ann] = people(session, 1)
        approved(session, ann, 4)
        approved(session, ann, 1, expires_at=MONDAY + 2 * DAY)
        assert len(released(session, MONDAY)) == 3
        arrived(session, MONDAY + 2 * DAY)  # a mail server was away, and they count from then on
        assert len(released(session, MONDAY + WEEK + HOUR)) == 3
        assert len(released(session, MONDAY + WEEK + 2 * DAY)) == 4
        states = session.execute(select(Touch.state, Touch.why).order_by(Touch.id)).all()
    assert states[-1] == ("expired", "there was no moment for it in time")


def known_twice(session: Any) -> list[Contact]:
    """Ann, who is a contact of two accounts."""
    made = []
    for name in ("Acme", "Globex"):
        row = account(name)
        session.add(row)
        session.flush()
        made.append(contact(row.id))
    session.add_all(made)
    session.flush()
    return made


def test_one_person_at_two_accounts_has_one_cap_and_one_wish(sessions):
    with sessions.begin() as session:
        here, there = known_twice(session)
        approved(session, here, 2)
        approved(session, there, 2)
        assert len(released(session, MONDAY)) == 3
        session.execute(delete(Touch))
        approved(session, here)
        approved(session, there, state="bounced", bounced_at=MONDAY)
        session.flush()
        assert set(recipients.unwilling(session, session.scalars(select(Touch))).values()) == {
            "an earlier one came back from this address"
        }
        there.opt_outs = ["email"]
        session.flush()
        asked = session.scalars(select(Touch).where(Touch.state == "approved")).all()
        assert set(recipients.unwilling(session, asked).values()) == {
            "its person wants no more of these"
        }
        assert len(released(session, MONDAY + 2 * WEEK)) == 3
        assert sorted(session.scalars(select(Touch.state))) == ["bounced", "withdrawn"]


def test_whoever_left_word_at_another_account_is_not_drafted_for_and_the_run_says_why(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL | {"to": "everybody"}}))
        acme = world.add(account("Acme", owner_id=world.dana.id))
        globex = world.add(account("Globex", owner_id=world.dana.id))
        for name in ("Ann", "Max", "Eve"):
            world.add(contact(acme.id, name))
        world.add(contact(globex.id, "Max", opt_outs=["email"]))
        approved(session, world.add(contact(globex.id, "Eve")), state="bounced", bounced_at=MONDAY)
        run = world.run_of(acme)
        batch = world.draft()
    assert batch.told[run.id] == (
        "done",
        "an e-mail waits for approval, for Ann; Eve left out: earlier ones came back; "
        "Max left out: no more are wanted",
    )


def test_what_is_about_a_meeting_waits_for_the_end_of_the_night_but_not_past_its_beginning(
    sessions,
):
    said = definition({"email": EMAIL | {"to": "contact", "service": True}},
                      trigger={"event": "meeting.booked"}, touches="send")  # fmt: skip
    seven = MONDAY.replace(hour=7)
    with sessions.begin() as session:
        world = World(session, said, now=seven)
        for name, hour in (("early", 8), ("later", 9)):
            row = world.add(account(name, owner_id=world.dana.id))
            person = world.add(contact(row.id, name, email=f"{name}@c.example"))
            booked = world.add(meeting(row.id, starts_at=MONDAY.replace(hour=hour)))
            world.run_of(row, person, subject=str(booked.id), subject_id=booked.id)
        world.draft()
        assert released(session, seven) == []
        assert released(session, MONDAY.replace(hour=8)) == ["later"]
        assert [touch.state for touch in world.touches()] == ["expired", "queued"]


def test_a_question_stays_open_for_the_last_of_its_drafts_and_sends_none_that_is_too_late(sessions):
    said = definition({"email": EMAIL | {"to": "contact"}}, trigger={"event": "meeting.booked"})
    with sessions.begin() as session:
        world = World(session, said)
        for nth, ahead in enumerate((HOUR, 3 * HOUR, 2 * HOUR)):
            row = world.add(account(f"Customer {nth}", owner_id=world.dana.id))
            person = world.add(contact(row.id, email=f"a{nth}@c.example"))
            booked = world.add(meeting(row.id, starts_at=MONDAY + ahead))
            world.run_of(row, person, subject=str(booked.id), subject_id=booked.id)
            world.draft()
        [question] = session.scalars(select(Approval))
        assert question.expires_at == MONDAY + 3 * HOUR
        ticked = [str(touch.id) for touch in world.touches()]
        deciding.approve(
            session, approval_id=question.id, version=3, ticked=ticked, by=world.dana,
            settings=SETTINGS, now=MONDAY + 2 * HOUR,
        )  # fmt: skip
        assert [(touch.state, touch.why) for touch in world.touches()] == [
            ("withdrawn", "it is too late for it"), ("approved", None),
            ("withdrawn", "it is too late for it"),
        ]  # fmt: skip


def test_a_service_waits_neither_for_the_week_nor_for_monday_but_a_wish_holds(
    sessions,
):
    saturday = MONDAY + 5 * DAY
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL | {"service": True}}, touches="send"))
        ann, out = world.run("Acme"), world.run("Globex", email="out@c.example")
        world.now = saturday
        world.draft()
        approved(session, session.get_one(Contact, ann.contact_id), 4)
        session.get_one(Contact, out.contact_id).opt_outs = ["email"]
        assert released(session, MONDAY) == ["ann"] * 3
        assert released(session, saturday) == ["ann"] * 4
        arrived(session, saturday)
        assert released(session, MONDAY + WEEK - HOUR) == ["ann"] * 4


def test_a_service_counts_in_the_week(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL | {"service": True}}, touches="send"))
        ann = world.run("Acme")
        world.draft()
        assert released(session, MONDAY) == ["ann"]
        approved(session, session.get_one(Contact, ann.contact_id), 4)
        assert released(session, MONDAY) == ["ann"] * 3


def test_a_phone_that_several_share_gets_an_sms_once(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"sms": {"text": "Hello", "to": "everybody"}}))
        acme = world.add(account("Acme", owner_id=world.dana.id))
        for name in ("Ann", "Max"):
            world.add(contact(acme.id, name, phone="+49 170 1234567"))
        world.run_of(acme)
        world.draft()
        assert len(world.touches()) == 1


def test_stopping_takes_back_what_a_finished_run_wrote(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}))
        run = world.run()
        world.draft()
        run.state, run.step = "finished", None
        world.dana.role = "manager"
        session.flush()
        scope = Scope.load(session, SETTINGS, MONDAY)
        stopped = [
            runs.stop(scope, playbook="thanks", account_id=run.account_id, by=world.dana)
            for _ in range(2)
        ]
        assert stopped == [1, 0]
        assert [touch.state for touch in world.touches()] == ["withdrawn"]
        assert (run.state, run.ended_because) == ("finished", None)


def test_what_cannot_be_sent_here_is_not_handed_over_and_ends_in_time(sessions):
    bare = replace(SETTINGS, env=Environment(csbot_public_url="https://csbot.example"))
    with sessions.begin() as session:
        [ann] = people(session, 1)
        approved(session, ann, expires_at=MONDAY + DAY)
        assert released(session, MONDAY, bare) == []
        assert session.scalars(select(Touch.state)).all() == ["approved"]
        assert released(session, MONDAY + DAY, bare) == []
        assert session.scalars(select(Touch.state)).all() == ["expired"]


def test_what_a_paused_run_wrote_waits_with_it(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}, touches="send"))
        run = world.run()
        world.draft()
        run.state = "paused"
        assert released(session, MONDAY) == []
        run.state = "active"
        assert released(session, MONDAY + HOUR) == ["ann"]


@pytest.mark.parametrize("how", [{"enabled": False}, {"gone_at": MONDAY}])
def test_what_a_playbook_wrote_that_is_off_waits_until_it_is_on_again(sessions, how):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}, touches="send"))
        world.run()
        world.draft()
        session.execute(update(Playbook).values(how))
        assert released(session, MONDAY) == []
        session.execute(update(Playbook).values(dict.fromkeys(how)))
        assert released(session, MONDAY + HOUR) == ["ann"]


def test_what_came_back_counts_and_what_was_refused_does_not(sessions):
    with sessions.begin() as session:
        ann, max_ = people(session, 2)
        for one, state in ((ann, "bounced"), (max_, "failed")):
            approved(session, one, 3, state=state, queued_at=MONDAY - DAY)
            approved(session, one, 1)
        assert released(session, MONDAY) == ["p1"]


def test_who_opted_out_left_or_is_gone_gets_nothing(sessions):
    with sessions.begin() as session:
        out, gone, stays = people(session, 3)
        out.opt_outs = ["email"]
        [left] = people(session, 1, email="left@c.example")
        for one in (out, gone, stays, left):
            approved(session, one)
        session.flush()
        session.get_one(Account, left.account_id).lifecycle_stage = "churned"
        session.execute(delete(Contact).where(Contact.id == gone.id))
        assert released(session, MONDAY) == ["p2"]
        found = session.execute(select(Touch.state, Touch.why).order_by(Touch.id)).all()
    assert found == [
        ("withdrawn", "its person wants no more of these"), ("withdrawn", "its person is gone"),
        ("queued", None), ("withdrawn", "the customer has left"),
    ]  # fmt: skip


def test_a_version_that_cannot_be_read_any_more_keeps_no_message_of_others_back(sessions):
    with sessions.begin() as session:
        world = World(session, definition({"email": EMAIL}, touches="send"))
        world.run("Acme", email="left@c.example")
        world.draft()
        session.scalars(select(Account)).one().lifecycle_stage = "churned"
        world.version.definition, world.version.digest = {"of": "yesterday"}, uuid4().hex
        [stays] = people(session, 1)
        approved(session, stays)
        assert released(session, MONDAY) == ["p0"]


def test_many_workers_never_write_more_than_the_cap(sessions):
    with sessions.begin() as session:
        for one in people(session, 4):
            approved(session, one, 8)
    start = Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(3):
            with sessions.begin() as session:
                release_due(session, settings=SETTINGS, now=MONDAY)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        counts = select(func.count()).where(Touch.state == "queued").group_by(Touch.contact_id)
        assert session.scalars(counts).all() == [3, 3, 3, 3]
        assert session.scalar(select(func.count()).select_from(OutgoingMessage)) == 12


PLANS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40 * 24)), max_size=25)
TIMES = st.lists(st.integers(0, 40 * 24), max_size=25).map(sorted)


@trying(
    max_examples=12, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(PLANS, TIMES, st.integers(1, 4))
def test_no_seven_days_have_more_than_the_cap_whenever_it_is_looked(sessions, plan, times, cap):
    limits = SETTINGS.config.touches.model_copy(update={"per_week": cap})
    settings = replace(SETTINGS, config=SETTINGS.config.model_copy(update={"touches": limits}))
    session = sessions()
    folk = people(session, 3, timezone="America/New_York")
    for who, hour in plan:
        approved(session, folk[who], send_at=MONDAY + hour * HOUR, expires_at=MONDAY + 60 * DAY)
    for hour in times:
        release_due(session, settings=settings, now=MONDAY + hour * HOUR)
        arrived(session, MONDAY + hour * HOUR)
    for one in folk:
        query = select(Touch.sent_at).where(Touch.contact_id == one.id, Touch.state == "sent")
        sent = sorted(filter(None, session.scalars(query)))
        assert all(b - a >= WEEK for a, b in zip(sent, sent[cap:], strict=False))
        for at in sent:
            local = at.astimezone(ZoneInfo("America/New_York"))
            assert 8 <= local.hour < 20
            assert local.isoweekday() <= 5
    session.rollback()
    session.close()


def statements(session: Any, act: Any) -> int:
    seen: list[str] = []
    engine = session.get_bind()

    def note(_: Any, __: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    act()
    session.flush()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize(("few", "owners"), [(3, 1), (10, 60)])
def test_a_hundred_take_as_many_statements_as_a_few(sessions, few: int, owners: int):
    """Of one owner, and of many: each is asked in a question of their own."""

    def counted(count: int) -> list[int]:
        with sessions() as session:
            world = World(session, definition({"email": EMAIL}, touches="draft"))
            mates = [world.add(member(f"Mate{n} Lee")) for n in range(min(owners, count))]
            session.flush()
            for nth in range(count):
                run = world.run(f"Customer {nth}", email=f"a{nth}@c.example")
                if owners > 1:
                    session.get_one(Account, run.account_id).owner_id = mates[nth % owners].id
            session.flush()
            session.expunge_all()
            drafted = statements(session, world.draft)
            for touch in world.touches():
                touch.state = "approved"
            session.flush()
            sent = statements(session, lambda: released(session, MONDAY))
            ids = [touch.run_id for touch in world.touches()]
            taken = statements(session, lambda: service.withdraw(
                session, run_ids=ids, why="it is over", settings=SETTINGS, now=MONDAY))  # fmt: skip
            assert {touch.state for touch in world.touches()} == {"withdrawn"}
            session.rollback()
            return [drafted, sent, taken]

    assert counted(few) == counted(100)


def test_a_preview_shows_the_words_and_writes_nothing_down(sessions):
    said = definition(
        {"email": EMAIL | {"to": "everybody", "text": "Hello {{ contact.first_name }}"}},
        {"sms": {"text": "Hello"}, "id": "short"},
    )
    with sessions.begin() as session:
        world = World(session, said)
        acme = world.add(account("Acme", owner_id=world.dana.id))
        for name in ("Ann Lee", "Max Berg"):
            world.add(contact(acme.id, name))

        def seen(step: str | None):
            return preview(session, said, step, acme.id, settings=SETTINGS, now=MONDAY)

        first, short = seen(None), seen("short")
        assert (first.to, first.words.split("\n")[0]) == (("Ann Lee", "Max Berg"), "Hello Ann")
        assert (first.sender, first.subject, first.problem) == ("Dana Reyes", "Hello", None)
        assert short.problem == "no phone number is known"
        with pytest.raises(Refused, match="in these steps: 1, short"):
            seen("nonsense")
        assert world.touches() == []
        assert session.scalar(select(func.count()).select_from(PlaybookRun)) == 0
        [*_, small] = render(short)["blocks"]
        assert "2 of 2 messages; the other: `/cs playbook preview" in small["elements"][0]["text"]
        assert f"{said.name} Acme 1`." in small["elements"][0]["text"]


def test_a_preview_says_what_is_made_up_and_gives_nobody_the_customer_s_own_link(sessions):
    words = "You were there for {{ trigger.minutes }} minutes. Enough? {{ unsubscribe_url }}"
    said = definition({"email": EMAIL | {"text": words}}, trigger={"detector": "feature.used"})
    with sessions.begin() as session:
        world = World(session, said)
        acme = world.add(account("Acme", owner_id=world.dana.id))
        world.add(contact(acme.id, "Ann Lee"))
        seen = preview(session, said, None, acme.id, settings=SETTINGS, now=MONDAY)
    assert seen.words.endswith("minutes. Enough? (their own unsubscribe link)")
    shown = str(render(seen))
    assert "Made up as an example: minutes." in shown
    assert "the other" not in shown
    assert "csbot.example" not in shown
