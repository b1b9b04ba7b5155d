"""From the link in a received e-mail, and from Twilio's callbacks, to what csbot knows."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import select

from csbot import clock
from csbot.accounts.timeline import timeline
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.sender import drain
from csbot.outbox.to_customers import enqueue_touch
from csbot.touches.model import Touch
from tests.builders import account, contact, member
from tests.faults.customers import queued
from tests.flows.office import Office
from tests.mail_server import PostOffice, mail_server
from tests.twilio_server import ACCOUNT, NUMBER, TOKEN, Network, signature, twilio_server

PUBLIC = "https://csbot.acme.example"
PHONE = "+14158675309"
TOML = '[email]\nfrom = "Acme Success <success@acme.example>"\n[company]\nname = "Acme <Ltd>"\n'


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with mail_server() as made:
        yield made


@pytest.fixture
def network() -> Iterator[Network]:
    with twilio_server() as made:
        yield made


@pytest.fixture
def office(open_office: Callable[..., Office], post: PostOffice, network: Network) -> Office:
    return open_office(
        TOML,
        SMTP_URL=post.url,
        CSBOT_PUBLIC_URL=PUBLIC,
        TWILIO_ACCOUNT_SID=ACCOUNT,
        TWILIO_AUTH_TOKEN=TOKEN,
        TWILIO_FROM=NUMBER,
        TWILIO_API_URL=network.url,
    )


def write(office: Office, channel: str = "email", to: str = "ann@customer.example") -> Touch:
    """One to Ann of Acme, who is a contact of Globex too."""
    with office.sessions.begin() as session:
        dana = member("Dana Reyes")
        companies = [account("Acme"), account("Globex")]
        session.add_all([dana, *companies])
        session.flush()
        people = [contact(one.id, "Ann Lee", phone="+1 (415) 867-5309") for one in companies]
        session.add_all(people)
        session.flush()
        ann = people[0]
        touch = queued(
            to, channel, clock.now(),
            owner_id=dana.id, account_id=ann.account_id, contact_id=ann.id,
        )  # fmt: skip
        session.add(touch)
        session.flush()
        payload = {
            "from_name": "Dana Reyes",
            "reply_to": "dana@vendor.example",
            "to": to,
            "subject": "Your board",
            "text": "Hello Ann",
            "html": "<p>Hello Ann</p>",
            "unsubscribe_url": f"{PUBLIC}/u/{touch.token}",
            "callback_url": f"{PUBLIC}/webhooks/twilio/{touch.token}",
        }
        key = f"touch:{touch.id}"
        enqueue_touch(
            session, touch.id, call="sms" if channel == "sms" else "email",
            payload=payload, key=key, now=clock.now(),
        )  # fmt: skip
        return touch


def deliver(office: Office) -> None:
    drain(office.wiring, now=clock.now(), patience=1)


def state(office: Office, touch: Touch) -> str:
    with office.sessions() as session:
        return session.get_one(Touch, touch.id).state


def opt_outs(office: Office) -> list[list[str]]:
    with office.sessions() as session:
        return list(session.scalars(select(Contact.opt_outs).order_by(Contact.id)))


def verbs(office: Office) -> list[str]:
    with office.sessions() as session:
        return list(session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def told(office: Office) -> list[str]:
    with office.sessions() as session:
        posts = select(OutgoingMessage).where(OutgoingMessage.call == "post")
        return [row.payload["text"] for row in session.scalars(posts.order_by(OutgoingMessage.id))]


def from_twilio(
    office: Office, form: dict[str, str], path: str = "/webhooks/twilio", **headers: str
) -> httpx.Response:
    signed = {"X-Twilio-Signature": signature(f"{PUBLIC}{path}", form)}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return office.http.post(path, content=urlencode(form), headers=kind | signed | headers)


def test_one_click_in_the_mail_program_ends_all_e_mails_to_that_person(
    office: Office, post: PostOffice
) -> None:
    touch = write(office)
    deliver(office)
    arrived = post.messages("ann@customer.example")[0]
    link = urlsplit(str(arrived["List-Unsubscribe"]).strip("<>"))
    assert f"{link.scheme}://{link.netloc}" == PUBLIC
    for _ in range(2):  # pressed twice
        answer = office.http.post(link.path, content=str(arrived["List-Unsubscribe-Post"]))
        assert answer.status_code == 200
    assert opt_outs(office) == [["email"], ["email"]]
    assert verbs(office) == ["touch.sent", *["contact.opted_out"] * 2]
    with office.sessions() as session:
        happened = [event.what for event in timeline(session, touch.account_id, 10)]
    assert happened == [
        "A contact wants no more e-mail",
        "E-mail to Ann Lee sent: \u201cYour board\u201d",
    ]


def test_a_scanner_that_follows_the_link_changes_nothing(office: Office) -> None:
    path = f"/u/{write(office).token}"
    page = office.http.get(path)
    assert office.http.head(path).status_code == page.status_code == 200
    assert opt_outs(office) == [[], []]
    assert re.findall(r'<form method="post">', page.text)
    assert "Acme &lt;Ltd&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", ["nobody", "x" * 3_000, "%00", "\u00e9", "'--"])
def test_a_token_that_is_nobody_s_reads_the_same(office: Office, token: str) -> None:
    known = f"/u/{write(office).token}"
    assert office.http.get(f"/u/{token}").text == office.http.get(known).text
    assert office.http.post(f"/u/{token}").text == office.http.post(known).text


def test_who_unsubscribes_between_question_and_sending_gets_nothing(
    office: Office, post: PostOffice
) -> None:
    touch = write(office)
    office.http.post(f"/u/{touch.token}")
    deliver(office)
    assert post.received == []
    assert state(office, touch) == "withdrawn"


def test_what_became_of_an_sms_counts_once_and_its_owner_is_told(office: Office) -> None:
    touch = write(office, "sms", PHONE)
    deliver(office)
    with office.sessions() as session:
        sid = session.get_one(Touch, touch.id).external_id
    form = {"MessageSid": sid or "", "MessageStatus": "delivered", "To": PHONE}
    path = f"/webhooks/twilio/{touch.token}"
    assert from_twilio(office, form, path).headers["content-type"].startswith("text/xml")
    assert state(office, touch) == "sent"
    lost = form | {"MessageStatus": "undelivered", "ErrorCode": "30005"}
    for _ in range(2):
        assert from_twilio(office, lost).status_code == 200
    assert state(office, touch) == "bounced"
    assert verbs(office) == ["touch.sent", "touch.bounced"]
    assert told(office) == ["Ann Lee of Acme was not reached: the phone number is no good."]
    assert from_twilio(office, form, path).status_code == 200
    assert state(office, touch) == "bounced"


def test_a_callback_tells_of_an_sms_whose_answer_got_lost(office: Office, network: Network) -> None:
    touch = write(office, "sms", PHONE)
    network.says = "take and drop"
    deliver(office)
    assert state(office, touch) == "uncertain"
    form = {"MessageSid": "SM1", "MessageStatus": "sent"}
    from_twilio(office, form, f"/webhooks/twilio/{touch.token}")
    assert state(office, touch) == "sent"
    assert verbs(office) == ["touch.uncertain", "touch.sent"]


def test_a_callback_that_is_faster_than_our_own_record_is_not_overwritten(office: Office) -> None:
    touch = write(office, "sms", PHONE)
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610"}
    from_twilio(office, form, f"/webhooks/twilio/{touch.token}")
    deliver(office)
    assert state(office, touch) == "failed"
    assert opt_outs(office)[0] == ["sms"]


def test_stop_ends_the_sms_and_start_begins_them_again(office: Office, network: Network) -> None:
    touch = write(office, "sms", PHONE)
    for body, kept in (("Stop", ["sms"]), ("STOP", ["sms"]), ("start", [])):
        from_twilio(office, {"MessageSid": "SM1", "From": PHONE, "Body": body})
        assert opt_outs(office) == [kept, kept]
    from_twilio(office, {"MessageSid": "SM2", "From": PHONE, "Body": "", "OptOutType": "STOP"})
    deliver(office)
    assert network.sent == []
    assert state(office, touch) == "withdrawn"


def test_an_answer_in_words_reaches_whoever_wrote(office: Office) -> None:
    write(office, "sms", PHONE)
    form = {"MessageSid": "SM7", "From": PHONE, "Body": "Thursday <!channel> is fine"}
    for _ in range(2):
        from_twilio(office, form)
    assert told(office) == ["Ann Lee of Acme answered your SMS."]
    assert verbs(office) == ["contact.answered"]
    from_twilio(office, form | {"From": "+49301234567", "MessageSid": "SM8"})  # a stranger
    assert verbs(office) == ["contact.answered"]


def test_yes_of_whoever_gets_our_sms_is_an_answer(office: Office) -> None:
    write(office, "sms", PHONE)
    from_twilio(office, {"MessageSid": "SM9", "From": PHONE, "Body": "Yes!"})
    assert verbs(office) == ["contact.answered"]


def test_only_what_twilio_signed_for_this_address_is_read(office: Office) -> None:
    write(office, "sms", PHONE)
    form = {"MessageSid": "SM1", "From": PHONE, "Body": "STOP"}
    right = signature(f"{PUBLIC}/webhooks/twilio", form)
    for headers in (
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": signature(f"{PUBLIC}/webhooks/twilio", form, "another")},
        {"X-Twilio-Signature": signature("http://127.0.0.1/webhooks/twilio", form)},
        {"X-Twilio-Signature": "x" * 5_000},
    ):
        assert from_twilio(office, form, **headers).status_code == 401
    changed = form | {"From": "+14158675300"}
    assert from_twilio(office, changed, **{"X-Twilio-Signature": right}).status_code == 401
    assert from_twilio(office, form, "/webhooks/twilio/x?y=1").status_code == 200
    assert opt_outs(office)[0] == ["sms"]


def test_without_its_settings_nothing_of_twilio_is_believed(
    open_office: Callable[..., Office],
) -> None:
    office = open_office()
    answer = from_twilio(office, {"From": PHONE, "Body": "STOP"})
    assert answer.status_code == 401
    assert "TWILIO_AUTH_TOKEN" in answer.json()["mend"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&" * 300, b"a=1&" * 300, b"x" * 70_000])
def test_what_is_no_form_is_refused(office: Office, body: bytes) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = office.http.post("/webhooks/twilio", content=body, headers=kind)
    assert answer.status_code in (400, 401, 413)
