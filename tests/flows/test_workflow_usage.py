"""What customers do with the product: features used and idle, logins and their absence."""

from datetime import timedelta
from typing import Any

import pytest

from tests.flows.firm import DAY, HOUR, MINUTE, Firm, words

LOGINS = "User Login Activity"
HOME: dict[str, Any] = {"context": {"groupId": "acme-1"}}


@pytest.fixture(autouse=True)
def acme(firm: Firm) -> None:
    """Acme and Ann are known to the product, and so is somebody else who keeps it talking."""
    firm.acme()
    firm.usage(
        {"type": "group", "userId": "ann", "groupId": "acme-1",
         "traits": {"name": "Acme", "domain": "acme.example"}},
        {"type": "identify", "userId": "ann",
         "traits": {"name": "Ann Lee", "email": "ann@acme.example"}},
    )  # fmt: skip
    firm.later()


def hear(firm: Firm) -> None:
    """The product tells something that is nothing to Acme."""
    firm.usage({"type": "track", "userId": "somebody", "event": "Looked Around"})


def quiet(firm: Firm, days: int) -> None:
    """So many days in which Acme does nothing."""
    for _ in range(days):
        firm.at(firm.now + DAY)
        hear(firm)
    firm.tick()


def test_seven_minutes_within_a_day_are_use_and_six_are_not(firm: Firm) -> None:
    firm.work("Reports", 6, **HOME)
    firm.later()
    firm.at(firm.now + DAY)
    firm.work("Reports", 6, **HOME)
    firm.later()
    assert firm.shown()["tags"] == []
    firm.work("Reports", 1, **HOME)
    firm.later()
    firm.later()
    assert firm.shown()["tags"] == ["Active on Reports"]
    firm.approve("Getting more out of Reports")
    said = words(firm.mails()[0])
    assert "https://vendor.example/walkthrough" in said
    assert "https://vendor.example/tutorials" in said
    assert firm.said() == [], "none internally by default"


def test_time_on_a_feature_counts_at_thirty_sixty_and_a_hundred_and_twenty(firm: Firm) -> None:
    for minutes, score in ((29, 0), (1, 30), (29, 30), (1, 90), (60, 210), (200, 210)):
        firm.work("Reports", minutes, **HOME)
        firm.later()
        assert firm.shown()["score"] == score
    firm.work("Boards", 30, **HOME)
    firm.later()
    assert firm.shown()["score"] == 240
    firm.at(firm.now + 40 * DAY)
    firm.work("Reports", 120, **HOME)
    firm.later()
    assert firm.shown()["score"] == 240, "once each for a feature"


def test_the_first_login_of_a_month_counts_once(firm: Firm) -> None:
    for hours in (0, 1, 24):
        firm.at(firm.now + timedelta(hours=hours))
        firm.login(**HOME)
        firm.later()
    assert firm.shown()["score"] == 30
    firm.at(firm.now + 10 * DAY)
    firm.login(**HOME)
    firm.later()
    shown = firm.shown()
    assert (shown["score"], shown["pipelines"][LOGINS]) == (60, "Active")


def test_all_unused_features_come_in_one_message_and_again_after_45_days(firm: Firm) -> None:
    quiet(firm, 19)
    assert firm.questions() == []
    quiet(firm, 1)
    told = "Acme does not use: Calendars, Reports."
    assert firm.said() == [told]
    firm.approve("Calendars, Reports")
    assert firm.subjects() == [], "it is a Sunday"
    firm.later(DAY)
    assert firm.subjects() == ["Something Acme already has, and may not know"]
    firm.work("Calendars", 3, **HOME)
    firm.later(HOUR)
    quiet(firm, 43)
    assert firm.said() == [told], "not before 45 days, though it has lain idle again since"
    quiet(firm, 1)
    assert firm.said() == [told, told]


def test_who_stays_away_is_missed_written_to_and_welcomed_back(firm: Firm) -> None:
    firm.login(**HOME)
    firm.later()
    quiet(firm, 6)
    assert firm.shown()["tags"] == []
    quiet(firm, 1)
    firm.later(MINUTE)
    shown = firm.shown()
    assert (shown["tags"], shown["pipelines"][LOGINS]) == (["Inactive"], "Inactive")
    [alert] = firm.in_channel()
    assert "Acme" in alert.text
    firm.approve("Your work is where you left it")
    [mail] = firm.mails()
    said = words(mail)
    assert "Go on here: https://vendor.example/login" in said
    assert "New since you were last here: https://vendor.example/news" in said
    firm.later(HOUR)
    firm.login(**HOME)
    firm.later()
    firm.later()
    shown = firm.shown()
    assert (shown["tags"], shown["pipelines"][LOGINS]) == ([], "Active")
    assert "Closed" in firm.in_channel()[0].text
    goals = [said for said in firm.did() if "reached its goal" in said]
    assert sorted(goals) == [
        "Playbook “A user has not logged in for a week” reached its goal",
        "Playbook “Nobody of a customer logs in any more” reached its goal",
    ]


def test_where_much_is_at_stake_the_manager_hears_of_three_days_more(firm: Firm) -> None:
    firm.acme("Globex", people=("Bob Ray",), arr=90_000)
    firm.usage({"type": "identify", "userId": "bob",
                "traits": {"email": "bob@globex.example", "name": "Bob Ray"}})  # fmt: skip
    for user in ("ann", "bob"):
        firm.login(user)
    firm.later()
    quiet(firm, 8)
    before = len(firm.dm("U_PRIYA"))
    quiet(firm, 5)
    firm.later()
    told = [one.text for one in firm.dm("U_PRIYA")[before:] if "three working days" in one.text]
    assert len(told) == 1
    assert told[0].startswith("Nobody of Globex has logged in for more than a week")


def test_one_of_two_who_stays_away_makes_no_inactive_customer(firm: Firm) -> None:
    firm.acme("Globex", people=("Bob Ray", "Eve Day"))
    for user in ("bob", "eve"):
        firm.usage({"type": "identify", "userId": user,
                    "traits": {"email": f"{user}@globex.example"}})  # fmt: skip
        firm.login(user)
    firm.later()
    quiet(firm, 6)
    firm.login("bob")
    quiet(firm, 2)
    firm.later()
    assert firm.shown("Globex")["tags"] == []
    assert any("Globex" in said for said in firm.said())
    firm.approve("Your work is where you left it")
    assert firm.subjects("eve@globex.example") == ["Your work is where you left it"]
    assert firm.subjects("bob@globex.example") == []
