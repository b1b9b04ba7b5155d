"""The renewal process of the library, as people live through it: windows, doubts, and its end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from csbot.renewals.model import Renewal
from tests.builders import renewal
from tests.flows.firm import HOUR, Firm

DANA, PRIYA = "U_DANA", "U_PRIYA"


def due(firm: Firm, days: int, *, segment: str = "enterprise", **over: Any) -> datetime:
    """Acme renews so many days from now; the moment of that day."""
    day = firm.now + timedelta(days=days)
    held = firm.acme(segment=segment, renewal_on=day.date(), first_value_at=firm.now)
    firm.add(renewal(held.id, due_on=day.date(), **{"next_step": "Exec call"} | over))
    return day


def titles(firm: Firm) -> list[str]:
    return sorted(task["title"].replace("Acme", "A") for task in firm.shown()["tasks"])


def open_titles(firm: Firm) -> list[str]:
    tasks = firm.shown()["tasks"]
    return [task["title"].replace("Acme", "A") for task in tasks if task["done_at"] is None]


def told(firm: Firm, who: str = DANA) -> list[str]:
    """The notes of playbooks, without questions about drafts."""
    return [one.text for one in firm.dm(who) if one.text.startswith("Acme renews")]


def test_an_enterprise_renewal_is_worked_on_in_four_windows_until_it_is_won(firm: Firm) -> None:
    day = due(firm, 125)
    firm.later()
    assert (titles(firm), told(firm)) == ([], [])
    seen = []
    for window in (120, 90, 60, 30):
        firm.until(day - timedelta(days=window))
        firm.later()
        seen.append(set(titles(firm)) - {title for some in seen for title in some})
    assert [min(some).split(":")[0] for some in seen] == [
        "Value review with A", "A", "Send A the proposal, for one year and for several",
        "Get the decision of A, and close the renewal",
    ]  # fmt: skip
    assert [len(some) for some in seen] == [1, 1, 1, 1]
    assert [text.split(".")[0] for text in told(firm)] == [
        "Acme renews on 28 March 2027, in four months", "Acme renews in three months",
        "Acme renews in two months", "Acme renews in a month at the latest",
    ]  # fmt: skip
    tasks = {task["title"]: task for task in firm.shown()["tasks"]}
    assert {task["assignee"] for task in tasks.values()} == {"dana@vendor.example"}
    firm.person(DANA, "C_OTHER").command("/cs renewal acme won 52,000")
    firm.later()
    firm.later(HOUR)
    assert "Acme has renewed for 12 months. Well done, Dana." in firm.said("#cs-wins")
    ended = [said for said in firm.did() if "“The renewal of an enterprise customer”" in said]
    assert any("ended" in said or "reached its goal" in said for said in ended)
    firm.until(day - timedelta(days=10))
    assert len(told(firm)) == 4


def test_a_win_that_is_taken_back_takes_back_what_was_said_and_given_to_do(firm: Firm) -> None:
    due(firm, 20)
    firm.tick()
    dana = firm.person(DANA, "C_OTHER")
    for _ in range(2):
        dana.command("/cs renewal acme won 52,000")
        firm.later()
        firm.later()
        assert "Acme has renewed for 12 months. Well done, Dana." in firm.said("#cs-wins")
        assert "Agree with A on the first goal of the new contract" in open_titles(firm)
        before = len(firm.said("#cs-wins"))
        dana.command("/cs undo")
        firm.later()
        assert "took this back for Acme: “Renewal won”." in firm.said("#cs-wins")[-1]
        assert len(firm.said("#cs-wins")) == before
        assert "Agree with A on the first goal of the new contract" not in open_titles(firm)


def test_the_customer_is_written_to_only_after_somebody_has_read_it(firm: Firm) -> None:
    due(firm, 90, segment="mid-market")
    firm.later()
    firm.approve("What Acme has reached this year")
    assert firm.subjects() == ["What Acme has reached this year"]
    assert titles(firm) == ["Value review with A: results of the year, open risks"]


def test_whoever_is_known_late_begins_with_the_window_that_is_open(firm: Firm) -> None:
    due(firm, 20, segment="mid-market")
    for _ in range(3):  # a pass for each wait that is over already
        firm.later()
    assert titles(firm) == ["Send A the proposal, and get the decision"]
    assert len(told(firm)) == 1


def test_a_draft_is_taken_back_when_the_renewal_is_closed(firm: Firm) -> None:
    due(firm, 90, segment="mid-market")
    firm.later()
    [question] = firm.questions()
    firm.person(DANA, "C_OTHER").command("/cs renewal acme won 52,000")
    firm.later()
    late = firm.person(DANA).press(question, label="Send to 1").ephemeral
    assert late is not None
    assert "no longer needed" in late.words


@pytest.mark.parametrize("planned", [True, False])
def test_a_renewal_past_its_day_raises_one_alert_that_closes_with_it(
    firm: Firm, planned: bool
) -> None:
    due(firm, -1, segment="mid-market", next_step="Call Max" if planned else None)
    firm.later()
    firm.later()
    about = [said for said in firm.said() if "Acme" in said]
    assert len(about) == 1
    assert ("should have renewed on 22 November 2026" in about[0]) is planned
    firm.person(DANA, "C_OTHER").command("/cs renewal acme won 52,000")
    firm.later()
    firm.later()
    assert all("Closed" in said for said in firm.said() if "Acme" in said)


def test_a_disagreement_is_the_manager_s_until_both_agree(firm: Firm) -> None:
    due(firm, 150, category="commit")
    firm.survey(2)
    firm.later(timedelta(minutes=1), "renewals", "detect", "playbooks", "detect", "deliver")
    with firm.sessions() as session:
        made = session.scalars(select(Renewal)).one()
    assert (made.signal, made.signal_why) == ("best_case", ["the last NPS answer was 2"])
    [alert] = [said for said in firm.said() if "the data says" in said]
    assert "Acme: called commit, but the data says best case" in alert
    words = next(one for one in firm.in_channel() if one.text == alert).words
    assert "What speaks loudest: the last NPS answer was 2." in words
    assert f"<@{PRIYA}>" in words
    assert "Talk it through with Dana" in words
    card = firm.person(DANA, "C_OTHER").command("/cs renewal acme").messages[-1]
    assert "It is called commit: talk it through." in card.words
    firm.person(DANA, "C_OTHER").command("/cs renewal acme probable because of the NPS answer")
    firm.later()
    firm.later()
    assert [said for said in firm.said() if "the data says" in said and "Closed" not in said] == []
