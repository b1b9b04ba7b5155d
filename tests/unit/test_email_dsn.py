"""Mail that says that ours could not be delivered, as servers write it; any other is left alone."""

import pytest

from csbot.email.dsn import Bounce, read

OURS = "<5b0e@acme.example>"


def report(
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 <gone@customer.example>: no such user",
    returned: str = "message/rfc822",
    message_id: str = OURS,
    kind: str = "multipart/report; report-type=delivery-status",
) -> bytes:
    return f"""From: MAILER-DAEMON@mail.example
To: success@acme.example
Subject: Undelivered Mail Returned to Sender
Content-Type: {kind}; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; gone@customer.example
Action: {action}
Status: {status}
Diagnostic-Code: {said}

--b
Content-Type: {returned}

From: success@acme.example
To: gone@customer.example
Message-ID: {message_id}

Hello
--b--
""".replace("\n", "\r\n").encode()


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_an_address_that_is_gone_is_read_with_the_message_that_went_there(returned):
    reason = "550 5.1.1 <gone@customer.example>: no such user"
    assert read(report(returned=returned)) == Bounce(OURS, reason, gone=True)


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        ("5.7.1", "smtp; 550 5.7.1 blocked", "550 5.7.1 blocked"),
        ("4.4.1", "x-unix; it took too long", "4.4.1 it took too long"),
        ("5.2.2", "", "5.2.2"),
    ],
)
def test_one_message_that_is_not_wanted_says_nothing_of_the_address(status, said, reason):
    assert read(report(status=status, said=said)) == Bounce(OURS, reason, gone=False)


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed"),
        report(action="delivered"),
        report(message_id=""),
        report(kind="multipart/mixed"),
        report(returned="text/plain"),
        b"Subject: I am on leave\r\n\r\nUntil Monday",
        b"",
        b"\xff\x00" * 500,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n" * 2_000,
    ],
)
def test_any_other_mail_is_left_alone(raw):
    assert read(raw) is None


def test_what_a_server_says_is_one_line_of_a_bearable_length():
    found = read(report(said="smtp; 550 " + "x" * 5_000 + "\x1b[31m"))
    assert found is not None
    assert len(found.reason) <= 200
    assert found.reason.isprintable()
