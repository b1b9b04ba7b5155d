"""What titles and descriptions of calendars say, without markup and dial-in notes."""

import pytest

from csbot.calendars import words
from csbot.calendars.words import agenda, kind_of, title

ZOOM = """Dana is inviting you to a scheduled Zoom meeting.

Join Zoom Meeting
https://us02web.zoom.us/j/81234567890?pwd=abc

Meeting ID: 812 3456 7890
Passcode: 123456
One tap mobile
+16699006833,,81234567890#,,,,*123456# US (San Jose)
Dial by your location
        +1 669 900 6833 US (San Jose)
Find your local number: https://us02web.zoom.us/u/abc"""
TEAMS = """________________________________________________________________________________
Microsoft Teams meeting
Join: https://teams.microsoft.com/meet/123?p=abc
Meeting ID: 234 567 890
Passcode: aB1cD2
________________________________
For organizers: Meeting options"""
MEET = """-::~:~::~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~::~:~::-
Join with Google Meet: https://meet.google.com/abc-defg-hij
Or dial: (US) +1 208-555-0100 PIN: 123456#
Please do not edit this section.
-::~:~::~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~:~::~:~::-"""


@pytest.mark.parametrize("note", [ZOOM, TEAMS], ids=["zoom", "teams"])
def test_how_to_join_is_left_out(note):
    assert agenda(note) is None
    assert agenda(f"Renewal terms\nUsage of reports\n\n{note}") == "Renewal terms\nUsage of reports"


def test_google_meets_note_is_left_out():
    told = agenda(f"Renewal\n{MEET}")
    assert told.startswith("Renewal")
    assert "meet.google.com" not in told


@pytest.mark.parametrize(
    ("told", "plain"),
    [
        ("<p>One</p><p>Two &amp; three</p>", "One\n\nTwo & three"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ('See <a href="https://acme.example/plan">the plan</a>', "See the plan"),
        ("<html><head><style>p {color: red}</style></head><body>Hi</body></html>", "Hi"),
        ("<script>alert(1)</script><b>Hi</b>", "Hi"),
        ("a < b and c > d", "a < b and c > d"),
        ("Grow to 10 000 000 users", "Grow to 10 000 000 users"),
        ("  \n\n\n", None),
        ("", None),
    ],
)
def test_markup_is_read_and_words_stay(told, plain):
    assert agenda(told) == plain


def test_what_is_long_is_cut_and_what_cannot_be_stored_is_dropped():
    assert len(agenda("word " * 20_000)) <= 3000
    assert agenda("a\0b\ud800c") == "ab?c"
    assert len(title("x" * 500)) == 150


@pytest.mark.parametrize("told", ["", "   ", "\0"])
def test_a_meeting_without_a_title_is_a_meeting(told):
    assert title(told) == "Meeting"


def test_a_title_is_one_line():
    assert title("One\r\n two\t three") == "One two three"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("Acme QBR", "QBR"),
        ("Quarterly Business Review: Acme", "QBR"),
        ("Kick-off with Acme", "kick-off"),
        ("Renewal talk", "renewal talk"),
        ("Coffee", "meeting"),
        ("Demonstration", "meeting"),
    ],
)
def test_a_kind_that_a_title_names_is_its_kind(told, kind):
    assert kind_of(told) == kind


@pytest.mark.parametrize(
    "part",
    ["<a a", "<a b='", "<a b='>", '<a b="', "<!--", "<!--x>", "<!x>", "<![x>", "<![CDATA[", "<?x",
     "</", "</x", "<script>", "<title>", "&#38", "<p>"],
)  # fmt: skip
def test_markup_that_is_open_everywhere_is_read_once(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """What is searched anew at each of them takes an hour here, and the test does not end."""
    monkeypatch.setattr(words, "READ_MAX", 400_000)
    many = f"<p>Pricing</p>{part * (400_000 // len(part))}"
    assert (agenda(many) or "").startswith("Pricing")


def test_what_only_looks_like_markup_stays_and_what_nobody_sees_goes() -> None:
    told = "<p>a < b, c > d</p><!-- <b>no</b> --><![if x]><?xml y?><i>1<2</i><!-- never closed"
    assert agenda(told) == "a < b, c > d\n1<2"
