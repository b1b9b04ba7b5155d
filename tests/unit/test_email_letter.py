"""What an e-mail looks like on the wire, whatever stands in its words, names and addresses."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.email.letter import address, mailbox, write
from csbot.email.server import server

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SENDER = Address("Acme Success", addr_spec="success@acme.example")
LINK = "https://csbot.acme.example/u/" + "t" * 43
OURS = {
    "from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted",
    "list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type",
    "content-transfer-encoding",
}  # fmt: skip


def payload(**over: Any) -> dict[str, Any]:
    usual = {
        "from_name": "Dana Reyes, Acme",
        "reply_to": "dana@acme.example",
        "to": "ann@customer.example",
        "subject": "Your board",
        "text": "Hello Ann",
        "html": "<p>Hello Ann</p>",
        "unsubscribe_url": LINK,
        "attachments": [],
    }
    return usual | over


def wire(**over: Any) -> bytes:
    return write(payload(**over), sender=SENDER, key="touch:7", now=NOW).as_bytes()


def read(**over: Any) -> EmailMessage:
    return cast(EmailMessage, BytesParser(policy=default).parsebytes(wire(**over)))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_an_e_mail_has_its_owner_s_name_a_fixed_address_and_words_first():
    message = read()
    assert message["From"] == '"Dana Reyes, Acme" <success@acme.example>'
    assert message["Reply-To"] == '"Dana Reyes, Acme" <dana@acme.example>'
    assert message["To"] == "ann@customer.example"
    assert message["Date"].datetime == NOW
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(message, "plain") == "Hello Ann\n"


def test_one_click_ends_the_e_mails_as_rfc_8058_has_it():
    raw = wire().decode()
    assert f"\r\nList-Unsubscribe: <{LINK}>\r\n" in raw
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_the_message_id_is_made_of_the_key_and_tells_nothing_of_it():
    first, again = read()["Message-ID"], read()["Message-ID"]
    other = write(payload(), sender=SENDER, key="touch:8", now=NOW)["Message-ID"]
    assert first == again != other
    assert first.endswith("@acme.example>")
    assert "touch" not in first


def test_a_calendar_file_says_what_is_to_be_done_with_it():
    file = {
        "name": "meeting.ics",
        "type": "text/calendar; method=REQUEST",
        "text": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    }
    found = list(read(attachments=[file]).iter_attachments())
    assert [part.get_content_type() for part in found] == ["text/calendar"]
    assert found[0].get_param("method") == "REQUEST"
    assert found[0].get_filename() == "meeting.ics"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ann@customer.example", "ann@customer.example"),
        (" o'neil+x@customer.example ", "o'neil+x@customer.example"),
        ("ann@b\u00fccher.example", "ann@xn--bcher-kva.example"),
    ],
)
def test_an_address_goes_over_the_wire_in_ascii(typed, sent):
    assert address(typed) == sent
    assert read(to=typed)["To"] == sent


@pytest.mark.parametrize(
    "typed",
    [
        "", "ann", "@customer.example", "ann@", "ann@-x.example", "a b@customer.example",
        "ann@customer.example\r\nBcc: all@customer.example", "ann@customer.example, b@c.example",
        "<ann@customer.example>", "ann@customer..example", ".ann@customer.example",
        "\u00e4nn@customer.example", "ann@[127.0.0.1]", "ann@" + "x" * 64 + ".example",
        '"ann@evil.example"@customer.example', "ann@customer.example\0", "a" * 250 + "@c.example",
    ],
)  # fmt: skip
def test_what_is_no_address_is_written_to_by_nobody(typed):
    with pytest.raises(ValueError, match="is no e-mail address"):
        address(typed)


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "x\r\nBcc: all@evil.example", "x\n\nBody", "x\rTo: y", "=?utf-8?q?=0d=0aBcc:?=", '"', "\\",
        "\u2028Bcc: a@b.c", "\x0bX: y", "\x85X: y", "\udcff", "\0", "x" * 5_000, "\u00e9" * 2_000,
        ".", "=??Q?=0D=0AX:y?=", "\n.\nMAIL FROM:<a@b.c>\n", "(a) <b@c.example>", "\u202eabc", "",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(name=HOSTILE, subject=HOSTILE, text=HOSTILE, file=HOSTILE)
def test_nothing_that_stands_in_it_makes_a_header_or_ends_the_message(name, subject, text, file):
    attached = {"name": file, "type": "text/calendar", "text": text}
    raw = wire(from_name=name, subject=subject, text=text, html=text, attachments=[attached])
    head, _, rest = raw.partition(b"\r\n\r\n")
    headers = [line for line in head.split(b"\r\n") if line[:1].strip()]
    assert {line.partition(b":")[0].lower().decode() for line in headers} <= OURS
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\0" not in raw
    raw.decode("ascii")
    message = cast(EmailMessage, BytesParser(policy=default).parsebytes(raw))
    assert message["From"].addresses[0].addr_spec == "success@acme.example"
    assert [one.addr_spec for one in message["To"].addresses] == ["ann@customer.example"]
    assert rest


def test_words_arrive_as_they_were_written_also_long_ones_and_of_other_letters():
    words = "D\u00e4na \u4f60\u597d\n.\n" + "x" * 3_000
    message = read(text=words, subject="Gr\u00fc\u00dfe", from_name="D\u00e4na \u4f60")
    assert body(message, "plain").rstrip("\n") == words
    assert message["Subject"] == "Gr\u00fc\u00dfe"
    assert message["From"].addresses[0].display_name == "D\u00e4na \u4f60"


def test_the_sender_of_the_settings_is_a_name_and_an_address():
    assert mailbox("Acme Success <success@acme.example>") == SENDER
    assert mailbox("success@acme.example").display_name == ""
    for wrong in ("Acme", "a@b.example, c@d.example", "A <a@b.example>\nBcc: x@y.example"):
        with pytest.raises(ValueError, match=r"must be like|is no e-mail address"):
            mailbox(wrong)


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtps://u:p@mail.example", "tls", 465),
        ("smtp://u:p@mail.example", "starttls", 587),
        ("smtp://mail.example:25", "starttls", 25),
        ("smtp://127.0.0.1:2525", "none", 2525),
        ("smtps://localhost", "tls", 465),
    ],
)
def test_a_password_crosses_no_network_unencrypted(url, security, port):
    assert (server(url).security, server(url).port) == (security, port)


def test_a_password_may_have_any_characters():
    assert server("smtps://me%40acme.example:p%2F%3A%40%23@mail.example").password == "p/:@#"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://mail.example", "smtp://", "smtp://u@mail.example",
        "smtp://u:topsecret@mail.example:port", "smtp://u:top/secret@mail.example",
        "smtp://u:p@mail.example/?tls=off",
    ],
)  # fmt: skip
def test_a_wrong_mail_server_is_told_without_its_password(url):
    with pytest.raises(ValueError, match=r"must|needs|cannot") as found:
        server(url)
    assert "secret" not in str(found.value)
