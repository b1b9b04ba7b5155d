"""A customer's own words, and the mood of them."""

import pytest

from csbot.tickets.sentiment import is_english, sentiment_of
from csbot.tickets.words import own_words, plain


def test_markup_is_read_as_people_see_it():
    html = "<p>Hello &amp; good day<br>it <b>fails</b></p><blockquote>awful</blockquote>"
    assert plain(html) == "Hello & good day\nit fails"
    assert plain("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"


@pytest.mark.parametrize(
    "below",
    [
        "> you said it is terrible",
        "On Mon, 3 Nov 2026 at 10:00, Robin <robin@vendor.example> wrote:\nterrible",
        "Am 3. Nov. 2026 schrieb Robin:\nterrible",
        "-----Original Message-----\nterrible",
        "##- Please type your reply above this line -##\nterrible",
        "--\nAnn, terrible Ltd",
        "Best regards,\nTerrible Ltd",
    ],
)
def test_quoted_mail_and_the_signature_are_not_their_words(below):
    assert own_words(f"It works now.\n{below}") == "It works now."


def test_thanks_alone_are_words_too():
    assert own_words("Thanks!") == "Thanks!"


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("This is the third time it failed. I am very disappointed.", -100, -30),
        ("My subscription is not working and nobody answers", -100, -10),
        ("It is unacceptable that we have waited for a week", -100, -40),
        ("Still broken, I hate this", -100, -40),
        ("Thanks so much, works great now!", 40, 100),
        ("Could you please help me with this?", -15, 15),
        ("How do I add a user to our team?", -15, 15),
        ("I have a problem with the login", -25, 0),
    ],
)
def test_the_mood_is_between_angry_and_delighted(words, least, most):
    mood = sentiment_of(words)
    assert mood is not None
    assert least <= mood <= most


@pytest.mark.parametrize(
    "words",
    [
        "Das ist eine Katastrophe, nichts geht. Was soll ich tun? Wir waren so geduldig.",
        "Ich liebe euer Produkt, super Support",
        "Ce produit est nul, je veux me faire rembourser",
        "No funciona, es terrible y nadie contesta",
        "Het is een ramp, we kunnen niet werken, help",
        "Isso é terrível, não funciona",
        "ひどい",
        "500 Error 0x80 /var/log",
        "",
        "\ud800\0",
    ],
)
def test_what_is_not_english_is_not_judged(words):
    assert not is_english(words)
    assert sentiment_of(words) is None


@pytest.mark.parametrize("text", ["<" * 20_000, "<blockquote>" * 2_000, "!" * 20_000, "😀" * 9_000])
def test_long_nonsense_takes_no_time_to_speak_of(text):
    assert sentiment_of(own_words("it has " + text)) in (None, *range(-100, 101))
