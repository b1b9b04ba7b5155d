"""Twilio's signatures, against the examples that Twilio publishes."""

import pytest

from csbot.sms.signature import genuine, signature
from tests.twilio_server import signature as made_by_the_stand_in

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
RIGHT = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_published_examples_come_out():
    assert signature("12345", URL, FORM.items()) == RIGHT
    assert made_by_the_stand_in(URL, FORM, "12345") == RIGHT
    twice = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]
    repeated = signature("12345", URL, [*twice, ("Digits", "1234")])
    assert repeated == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@pytest.mark.parametrize(
    ("token", "url", "form", "told"),
    [
        ("12346", URL, FORM, RIGHT),
        ("12345", f"{URL}3", FORM, RIGHT),
        ("12345", URL, FORM | {"Digits": "1235"}, RIGHT),
        ("12345", URL, FORM | {"More": ""}, RIGHT),
        ("12345", URL, FORM, RIGHT.lower()),
        ("12345", URL, FORM, ""),
        ("12345", URL, FORM, "\u00e9"),
    ],
)
def test_whatever_is_changed_makes_it_wrong(token, url, form, told):
    assert genuine("12345", URL, FORM.items(), RIGHT)
    assert not genuine(token, url, form.items(), told)
