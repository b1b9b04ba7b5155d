"""What customers ask for by form, tasks that fall due, and those who might recommend us."""

from datetime import timedelta
from typing import Any

import pytest

from csbot.tasks.queries import completion
from csbot.team.queries import by_email
from tests.flows.firm import DAY, HOUR, MINUTE, Firm, words


@pytest.fixture(autouse=True)
def acme(firm: Firm) -> None:
    firm.acme()


def ask(firm: Firm, id: str = "form-1", **over: Any) -> None:
    """A form that a customer has filled in."""
    data = {"id": id, "title": "Add a second warehouse", "description": "In Oslo, by December",
            "email": "ann@acme.example", "due": "2026-11-27", "priority": "high"}  # fmt: skip
    firm.hook("generic", {"type": "task.submitted", "data": data | over})


def test_a_request_is_a_task_of_the_owner_and_is_acknowledged_with_its_day(firm: Firm) -> None:
    for _ in range(2):
        ask(firm)
        firm.later()
    [task] = firm.shown()["tasks"]
    assert (task["title"], task["due"], task["priority"]) == (
        "Add a second warehouse", "2026-11-27", "high",
    )  # fmt: skip
    told = [one.text for one in firm.dm() if "asks" in one.text]
    assert told == [
        "Acme asks: Add a second warehouse. The task is in your list, due on 27 November 2026."
    ]
    firm.approve("We have your request")
    [mail] = firm.mails()
    assert "Add a second warehouse" in words(mail)
    assert "Dana Reyes sees to it, and you hear from us by 27 November 2026 at the latest" in words(
        mail
    )
    assert "The customer asked: Add a second warehouse (In Oslo, by December)" in firm.did()
    firm.person("U_DANA").command(f"/cs task done {task['id']}")
    firm.later()
    assert "Playbook “A customer asks for something by form” reached its goal" in firm.did()


def test_whoever_asks_gets_the_answer_also_when_nobody_knows_them(firm: Firm) -> None:
    ask(firm, email="new@acme.example", name="Neo New", due=None, priority=None)
    firm.later()
    firm.approve("We have your request")
    assert firm.subjects() == []
    [mail] = firm.mails("new@acme.example")
    assert "Hello Neo" in words(mail)
    assert "by 25 November 2026" in words(mail), "two working days where nobody said when"


def test_a_form_that_cannot_be_read_is_refused_by_field(firm: Firm) -> None:
    for over, field in (
        ({"title": None}, "data.title"), ({"id": None}, "data.id"), ({"due": "soon"}, "data.due"),
        ({"priority": "asap"}, "data.priority"),
    ):  # fmt: skip
        with pytest.raises(AssertionError, match=field):
            ask(firm, **over)
    assert firm.shown()["tasks"] == []


def test_an_urgent_task_that_is_overdue_goes_to_the_manager_once(firm: Firm) -> None:
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.command("/cs task add acme call legal due tomorrow !high")
    dana.command("/cs task add acme water the plants due tomorrow !low")
    firm.later()
    firm.days(2)
    assert any("call legal" in said for said in firm.said())
    firm.days(3)
    [told] = [one.text for one in firm.dm("U_PRIYA") if "urgent task" in one.text]
    assert told == ("An urgent task for Acme is overdue since 24 November 2026: call legal.")


def test_tasks_done_by_their_day_are_a_figure_of_people_and_teams(firm: Firm) -> None:
    dana = firm.person("U_DANA", "C_ALERTS")
    for title in ("call legal", "send the offer"):
        dana.command(f"/cs task add acme {title} due tomorrow")
    first = firm.shown()["tasks"][0]["id"]
    dana.command(f"/cs task done {first}")
    firm.days(3)
    with firm.sessions() as session:
        found = completion(session, since=(firm.now - timedelta(days=30)).date(), now=firm.now)
        one = by_email(session, "dana@vendor.example")
        assert one
        assert (found[one.id].part, found[one.id].whole) == (1, 2)


def test_who_qualifies_is_invited_to_recommend_us_and_again_after_sixty_days(firm: Firm) -> None:
    for number in range(24):
        firm.invoice(paid=True, number=f"in_{number}")
    for _ in range(3):
        firm.later()
    qualifies = "Acme qualifies for the affiliate programme"
    assert len([said for said in firm.said() if qualifies in said]) == 1
    firm.approve("Would you recommend us")
    mail = next(mail for mail in firm.mails() if "recommend" in str(mail["Subject"]))
    assert "https://vendor.example/affiliates" in words(mail)

    def invited() -> int:
        return len(
            [
                said
                for said in firm.did()
                if "“A customer qualifies as an affiliate” started" in said
            ]
        )

    firm.later(59 * DAY)
    firm.later(HOUR)
    assert invited() == 1
    firm.later(DAY)
    firm.later(MINUTE)
    assert invited() == 2
    assert firm.person("U_DANA", "C_ALERTS").command("/cs tag acme +Affiliate").error is None
    firm.later()
    firm.later()
    assert "Playbook “A customer qualifies as an affiliate” reached its goal" in firm.did()
    firm.later(70 * DAY)
    assert invited() == 2
