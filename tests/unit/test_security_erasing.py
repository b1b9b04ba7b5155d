"""Whoever is erased is nowhere any more, and everything means everything."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot import capturing
from csbot.accounts.model import Account
from csbot.alerts.service import detect
from csbot.audit import AuditEntry, record
from csbot.captures import Capture
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.db.tables import metadata
from csbot.erasing import everything, person
from csbot.errors import Refused
from csbot.feedback.model import Feedback
from csbot.inbox.model import Received
from csbot.notes.model import Note
from csbot.outbox.model import Lane, OutgoingMessage
from csbot.outbox.queue import enqueue
from csbot.team.model import TeamMember
from csbot.tickets.model import Ticket
from csbot.touches.model import Touch
from csbot.undoing.service import undo
from csbot.usage.model import ProductUser, UsageEvent
from messages.captures import MessageKept, Quote
from messages.said import Said
from tests.asking import SETTINGS
from tests.builders import MONDAY, account, contact, feedback, meeting, member, task

ADDRESS, NAME = "zoé.quill@customer.example", "Zoé Quill"


def everything_kept(session) -> str:
    """All rows of all tables, as they would be read by anybody."""
    rows = [list(row) for table in metadata.sorted_tables for row in session.execute(select(table))]
    return json.dumps(rows, default=str, ensure_ascii=False)


@pytest.fixture
def known(sessions):
    """A customer's Zoé in every place that a person gets into, beside Ann, who stays."""
    with sessions() as session:
        dana = member("Dana Reyes")
        session.add_all([dana, acme := account("Acme"), other := account("Bolt")])
        session.flush()
        acme.owner_id = dana.id
        zoe, ann = (
            contact(acme.id, NAME, email=ADDRESS.title()),
            contact(acme.id, "Ann Lee", email="ann@customer.example"),
        )
        session.add_all([zoe, ann, CheckIn(
            account_id=acme.id, by_id=dana.id, at=MONDAY, channel="slack", note="It is too slow",
        )])  # fmt: skip
        session.flush()
        checkin = session.scalars(select(CheckIn)).one()
        now = MONDAY
        session.add_all([
            feedback(acme.id, contact_id=zoe.id, email=ADDRESS, comment="Awful, says Zoé"),
            meeting(acme.id, attendees=[ADDRESS, "ann@customer.example"]),
            task(acme.id, title=f"Call {NAME} back"),
            Note(account_id=acme.id, by_id=dana.id, at=now, text=f"{NAME.upper()} is unhappy"),
            Note(account_id=other.id, by_id=dana.id, at=now, text=f"Another {NAME} works here"),
            Capture(
                kind="checkin", account_id=acme.id, subject_id=checkin.id, text="It is too slow",
                said_by=NAME, said_by_slack_id="U_ZOE", said_at=now, permalink=None,
                channel_id="C_1", ts="1.1", by_id=dana.id, at=now,
            ),
            Touch(
                playbook="welcome", account_id=acme.id, contact_id=zoe.id, channel="email",
                address=ADDRESS, words={"text": f"Hello {NAME}"}, created_at=now, send_at=now,
                expires_at=now + timedelta(days=1), token="t" * 20,
            ),
            ProductUser(
                key=ADDRESS, contact_id=zoe.id, email=ADDRESS, name=NAME, traits={"name": NAME},
                first_seen_at=now,
            ),
            Received(
                source="zendesk", event_id="1", received_at=now, state="set_aside",
                body=json.dumps({"from": ADDRESS}),
            ),
        ])  # fmt: skip
        session.flush()
        user = session.scalars(select(ProductUser)).one()
        session.add(UsageEvent(
            source="usage", message_id="m1", user_id=user.id, group_id=1, type="track", name="x",
            at=now, received_at=now, properties={"by": ADDRESS},
        ))  # fmt: skip
        said = Said(sentence=f"Call {NAME} of Acme, {ADDRESS}.")
        enqueue(session, said, to="#cs-alerts", key="one", now=now)
        record(
            session, verb="contact.changed", subject=f"contact:{zoe.id}", by=None, now=now,
            account=acme.id, before={"name": NAME}, after={"email": ADDRESS},
        )  # fmt: skip
        session.commit()
    return sessions


def erased(sessions, who):
    with sessions.begin() as session:
        return person.erase(session, who, now=MONDAY)


def test_an_erased_contact_is_nowhere_and_the_account_keeps_what_is_its_own(known):
    gone = erased(known, ADDRESS)
    with known() as session:
        kept = everything_kept(session).lower().replace(r"\\u00e9", "é")
        assert ADDRESS not in kept
        assert kept.count("zoé quill") == 1  # of another customer, who is somebody else
        assert "it is too slow" not in kept
        assert session.scalars(select(Contact.name)).all() == ["Ann Lee"]
        assert session.scalars(select(Feedback.score)).all() == [2]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "person.erased")).one()
    assert entry.after == {"rows": gone}
    assert {"contacts", "touches", "captures", "checkins", "usage_events", "inbox"} <= set(gone)


def test_a_slack_id_takes_along_what_they_said(known):
    gone = erased(known, "U_ZOE")
    assert gone["captures"] == gone["checkins"] == 1
    with known() as session:
        assert "U_ZOE" not in everything_kept(session)
        assert session.scalar(select(CheckIn.note)) == "erased"


SAID = "Rollout is stuck &\nso are we, say we all of us here"


def keep(session, author, author_id, *, back):
    """A check-in and a task of what they said, told as Slack would be; `back`: both undone."""
    acme = session.scalars(select(Account).where(Account.name == "Acme")).one()
    dana = session.scalars(select(TeamMember)).one()
    lee = member("Lee Park")
    session.add(lee)
    session.flush()
    how = {"account_id": acme.id, "by": dana, "settings": SETTINGS}
    for n, act in enumerate((capturing.as_checkin, capturing.as_task)):
        now = MONDAY + timedelta(minutes=n)
        quote = Quote(text=SAID, author=author, author_id=author_id, channel="C", ts=f"{n}.000001",
                      link=None)  # fmt: skip
        form = {"note": SAID, "channel": "chat", "next_step": SAID} if n == 0 else {
            "title": " ".join(SAID.split()), "due_on": MONDAY.date(), "priority": "high",
            "assignee": lee,
        }  # fmt: skip
        kept = act(session, quote, now=now, **form, **how)
        told = MessageKept(kind=kept.capture.kind, account_id=acme.id, account="Acme",
                           author=author, text=SAID, task_id=1, title=SAID)  # fmt: skip
        enqueue(session, told, to="U_DANA", key=f"answer:{n}", now=now)
        if back:
            undo(session, by=dana, now=now + timedelta(seconds=9), settings=SETTINGS)


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("who", ["U_ZED", ADDRESS, "lee@vendor.example"])
def test_what_they_said_is_in_no_log_and_no_message_also_after_it_was_taken_back(known, who, back):
    names = {"U_ZED": ("Zed Other", "U_ZED"), ADDRESS: (NAME, "U_X")}
    with known.begin() as session:
        author, id = names.get(who, ("Lee Park", "U_LEE"))
        keep(session, author, id, back=back)
    erased(known, who)
    with known() as session:
        kept = everything_kept(session)
        assert "ollout is stuck" not in kept
        assert "so are we" not in kept
        assert id not in kept
        entries = session.scalars(select(AuditEntry).where(AuditEntry.verb == "task.added")).all()
        assert [entry.after["title"] for entry in entries] == ["erased"]
        if not back:  # the row and its log still agree, as taking it back would have it
            assert "erased" in session.scalars(select(CheckIn.note)).all()


def test_a_colleague_is_erased_and_their_accounts_are_left_without_an_owner(known):
    with known.begin() as session:
        enqueue(session, Said(sentence="Good morning."), to="U_DANA", key="two", now=MONDAY)
        session.add(Lane(lane="U_DANA", next_at=MONDAY))
        record(
            session, verb="account.assigned", subject="account:1", by=None, now=MONDAY,
            after={"name": "Dana Reyes"},
        )  # fmt: skip
        enqueue(session, Said(sentence="Ask Dana Reyes."), to="#cs", key="three", now=MONDAY)
    gone = erased(known, "U_DANA")
    assert gone["accounts without an owner"] == gone["team"] == gone["outbox"] == 1
    with known() as session:
        kept = everything_kept(session)
        assert "U_DANA" not in kept
        assert "Dana Reyes" not in kept
        assert "dana@vendor.example" not in kept
        assert session.scalar(select(func.count()).select_from(Account)) == 2


def test_a_colleagues_name_stays_where_somebody_else_has_it_too(known):
    with known.begin() as session:
        acme = session.scalars(select(Account).where(Account.name == "Acme")).one()
        session.add(contact(acme.id, "dana reyes", email="dr@customer.example"))
    erased(known, "U_DANA")
    with known() as session:
        assert "dana reyes" in session.scalars(select(Contact.name)).all()


def test_the_log_of_a_contact_keeps_neither_a_short_name_nor_title_nor_phone(known):
    card = {"name": "Quill", "title": "Head of Ink", "phone": "+49 30 1234567"}
    with known.begin() as session:
        zoe = session.scalars(select(Contact).where(Contact.name == NAME)).one()
        zoe.phone, acme = "0049 30 9", session.get_one(Account, zoe.account_id)
        session.add(Note(account_id=acme.id, by_id=None, at=MONDAY, text="Ring 0049 30 9"))
        record(
            session, verb="usage.contact_changed", subject=f"contact:{zoe.id}", by=None,
            now=MONDAY, account=acme.id, before=card, after=card | {"phone": zoe.phone},
        )  # fmt: skip
    erased(known, ADDRESS)
    with known() as session:
        kept = everything_kept(session)
    assert [word for word in (*card.values(), "0049 30 9") if word in kept.replace(NAME, "")] == []


def test_what_a_customer_wrote_is_repeated_by_no_alert_message_or_log(known):
    words = ["Nothing of it works", "Printer eats the paper", "Stop texting me now"]
    with known.begin() as session:
        zoe = session.scalars(select(Contact).where(Contact.name == NAME)).one()
        touch = session.scalars(select(Touch)).one()
        how = {"account": zoe.account_id, "by": None, "now": MONDAY}
        session.add(feedback(zoe.account_id, contact_id=zoe.id, comment=words[0]))
        session.add(ticket := Ticket(
            account_id=zoe.account_id, contact_id=zoe.id, sender="zendesk", external_id="1",
            subject=words[1], status="open", opened_at=MONDAY, as_of=MONDAY,
        ))  # fmt: skip
        session.flush()
        record(session, verb="ticket.opened", subject=f"ticket:{ticket.id}", **how,
               after={"title": words[1]})  # fmt: skip
        record(session, verb="contact.answered", subject="sms:1", **how,
               after={"text": words[2], "touch_id": touch.id})  # fmt: skip
        detect(session, settings=SETTINGS, now=MONDAY, at_once=True)
        for n, said in enumerate(words):
            enqueue(session, Said(sentence=f"Acme: {said}"), to="#cs", key=f"w{n}", now=MONDAY)
    with known() as session:
        assert everything_kept(session).count(words[0]) >= 3  # also in an alert and its message
    erased(known, ADDRESS)
    with known() as session:
        kept = everything_kept(session)
    assert [said for said in words if said in kept] == []


@pytest.mark.parametrize("who", ["nobody@customer.example", "U_NOBODY", "%", "_", "", "'; --"])
def test_who_is_unknown_is_refused_and_nothing_changes(known, who):
    with known() as session:
        before = everything_kept(session)
    with known() as session, pytest.raises(Refused):
        person.erase(session, who, now=MONDAY)
    with known() as session:
        assert everything_kept(session) == before


def test_a_purge_leaves_not_one_row(known):
    with known.begin() as session:
        found = everything.counted(session)
        assert found["accounts"] == 2
        everything.purge(session)
        assert everything.counted(session) == {}
        assert session.scalar(select(func.count()).select_from(TeamMember)) == 0
        assert session.scalar(select(func.count()).select_from(OutgoingMessage)) == 0
