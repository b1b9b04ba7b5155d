"""What is typed after the slash, taken apart."""

import pytest

from csbot.errors import Refused
from handlers.commands import parse_command, refuse_near_flag


@pytest.mark.parametrize(
    ("text", "name", "rest", "shared"),
    [
        ("", "help", "", False),
        ("   ", "help", "", False),
        ("account acme", "account", "acme", False),
        ("Account\u00a0Acme", "account", "Acme", False),
        ("account\nacme", "account", "acme", False),
        ("renewals 90d --share", "renewals", "90d", True),
        ("--share renewals", "renewals", "", True),
        ("renewals —share", "renewals", "", True),
        ("checkin acme said --shared is fine", "checkin", "acme said --shared is fine", False),
        ("--share", "help", "", True),
        ("assign acme <@U1|dana>", "assign", "acme <@U1>", False),
        ("assign acme <@U1>", "assign", "acme <@U1>", False),
        ("assign acme to <@U1|x>: <@U2|Lee> left", "assign", "acme to <@U1>: @Lee left", False),
        ("checkin acme <@U1|Dana Reyes> met", "checkin", "acme @Dana Reyes met", False),
        ("checkin acme see <#C1|x>, not <#C2|>", "checkin", "acme see #x, not #channel", False),
        ("checkin acme <@U1|Bo --share X> met", "checkin", "acme @Bo --share X met", False),
        ("<@U1|Dana Reyes> met acme", "@dana reyes", " met acme", False),
        ("nps acme 4 <@U1> knows", "nps", "acme 4 @somebody knows", False),
        ("task add acme ask <@U1|x y>", "task", "add acme ask <@U1|x y>", False),
        ("task add acme (<@U1|Dana R>) asks", "task", "add acme (Dana R) asks", False),
        ("my <@U1|Dana Reyes>", "my", "<@U1>", False),
        ("admin channels.wins <#C1|wins>", "admin", "channels.wins #wins", False),
        ("admin channels.wins <#C1|>", "admin", "channels.wins C1", False),
        ("checkin o&amp;b met &lt;them&gt;", "checkin", "o&b met <them>", False),
        ("account <http://acme.example|acme.example>", "account", "acme.example", False),
        ("<http://acme.example|acme.example>", "acme.example", "", False),
        (
            "notes acme <https://a.example/?x=1&amp;y>",
            "notes",
            "acme https://a.example/?x=1&y",
            False,
        ),
        ("assign acme <mailto:d@v.example|d@v.example>", "assign", "acme d@v.example", False),
        ("nps acme 4 “slow support”", "nps", 'acme 4 "slow support"', False),
        ("check-in acme called", "checkin", "acme called", False),
        ("/account acme", "account", "acme", False),
        ("/cs account acme", "account", "acme", False),
        ("/cs", "help", "", False),
        ("?", "help", "", False),
        ("frobnicate x", "frobnicate", "x", False),
    ],
)
def test_a_command_is_its_name_the_rest_and_who_may_see_it(
    text: str, name: str, rest: str, shared: bool
) -> None:
    assert parse_command(text) == (name, rest, shared)


@pytest.mark.parametrize("text", ["renewals --shares", "—shared my", "my -share", "my --sahre"])
def test_what_is_nearly_a_flag_is_asked_about(text: str) -> None:
    with pytest.raises(Refused, match="Did you mean `--share`"):
        refuse_near_flag(text)


def test_what_is_no_flag_is_left_alone() -> None:
    for text in ("renewals 90d", "checkin acme said --shared is fine", "my share", "find --all"):
        refuse_near_flag(text)
