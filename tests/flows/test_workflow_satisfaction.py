"""Health that is set, feedback that comes in, milestones that are reached."""

import pytest

from tests.flows.firm import DAY, MINUTE, Firm, words

HEALTH, HAPPINESS, MILESTONE = "Customer Health Status", "User Happiness Level", "User Milestone"


@pytest.fixture(autouse=True)
def acme(firm: Firm) -> None:
    firm.acme()


def test_each_health_has_its_tag_stage_and_tone_and_the_struggling_are_helped(firm: Firm) -> None:
    dana = firm.person("U_DANA", "C_ALERTS")
    subjects = []
    for status, about in (
        ("Thriving", "has reached, and what comes next"), ("Healthy", "would save Acme time"),
        ("Steady", "wants to reach"), ("Struggling", "What is in the way"),
    ):  # fmt: skip
        assert dana.command(f"/cs health acme {status} we talked about it").error is None
        firm.later()
        shown = firm.shown()
        assert (shown["tags"], shown["pipelines"][HEALTH]) == ([status], status)
        firm.approve(about)
        firm.later(8 * DAY)
        subjects.append(about)
    arrived = firm.subjects()
    assert len(arrived) == 4
    assert all(about in subject for about, subject in zip(subjects, arrived, strict=True))
    said = [text for text in firm.said() if "now" in text or "struggling" in text]
    assert said[:3] == ["Acme is thriving now.", "Acme is healthy now.",
                        "Acme is steady now. A goal for the quarter would help it on."]  # fmt: skip
    assert "Acme is struggling" in said[3]
    assert "https://vendor.example/book" in words(firm.mails()[-1])
    [alert] = [one for one in firm.in_channel() if "struggling" in one.text]
    assert dana.choose(alert, "Done").ephemeral is None
    firm.later()
    assert "Closed" in next(one.text for one in firm.in_channel() if one.ts == alert.ts)
    assert dana.choose(alert, "Done").ephemeral is not None


def test_feedback_is_answered_counted_and_told(firm: Firm) -> None:
    """Each level takes the place of the one before."""
    total, arrived = 0, []
    for score, level, points, subject in (
        (9, "Very Happy", 50, "Thank you, that made our day"),
        (8, "Happy", 25, "Thank you, and one question"),
        (7, "Neutral", -25, "What is missing for Acme?"),
        (2, "Not Happy", -50, "You are right to expect more"),
    ):
        at = firm.now.isoformat()
        for _ in range(2):
            firm.survey(score, id=f"answer-{score}", at=at)
            firm.later()
        total += points
        shown = firm.shown()
        assert (shown["tags"], shown["pipelines"][HAPPINESS]) == ([level], level)
        assert shown["score"] == total
        firm.approve(subject)
        arrived.append(subject)
        assert firm.subjects() == arrived
        firm.later(8 * DAY)
    assert [said for said in firm.said() if "(NPS)" in said] == [
        "Acme gave 9 (NPS): very happy.", "Acme gave 8 (NPS): happy.",
        "Acme gave 7 (NPS): neutral. Ask what is missing.",
    ]  # fmt: skip
    assert any("Ann Lee at Acme gave 2 of 10" in said for said in firm.said())
    assert len([one for one in firm.dm() if "well done" in one.text]) == 1


def test_unhappy_feedback_that_nobody_answers_goes_to_the_manager(firm: Firm) -> None:
    firm.survey(2)
    firm.later()
    firm.later(DAY)
    before = len(firm.dm("U_PRIYA"))
    firm.later(DAY + MINUTE)
    firm.days(3)
    [escalated] = [one.text for one in firm.dm("U_PRIYA")[before:] if "not happy" in one.text]
    assert escalated == ("Acme is not happy (2, NPS) and has had no answer for two working days.")


def test_unhappy_feedback_that_is_answered_does_not(firm: Firm) -> None:
    firm.survey(2)
    firm.later()
    firm.person("U_DANA", "C_ALERTS").command("/cs checkin acme call: we agreed on a fix, positive")
    firm.days(5)
    assert not [one for one in firm.dm("U_PRIYA") if "not happy" in one.text]


def pay(firm: Firm, first: int, last: int) -> None:
    """Each of these invoices brings 50 points."""
    for number in range(first, last + 1):
        firm.invoice(paid=True, number=f"in_{number}")
    firm.later()
    firm.later()


def test_milestones_are_reached_once_each_also_when_the_score_falls_and_rises(firm: Firm) -> None:
    reached = []
    for last, tag, stage in (
        (6, "Starter User", "Starter"), (12, "Moderate User", "Moderate"),
        (18, "Pro User", "Pro"), (24, "Advanced User", "Advanced"),
    ):  # fmt: skip
        pay(firm, last - 5, last)
        reached.append(tag)
        shown = firm.shown()
        assert (shown["score"], shown["pipelines"][MILESTONE]) == (50 * last, stage)
        assert sorted(shown["tags"]) == sorted(reached)
    told = ["Acme is a Starter now: 300 points.", "Acme is Moderate now: 600 points.",
            "Acme is a Pro now: 900 points.", "Acme is Advanced now: 1200 points."]  # fmt: skip
    assert firm.said("#cs-wins") == told
    firm.invoice(paid=False, number="in_30")
    firm.later()
    assert firm.shown()["score"] == 1150
    pay(firm, 31, 31)
    assert firm.shown()["score"] == 1200
    assert firm.said("#cs-wins") == told
    assert len([one for one in firm.questions() if "has come a long way" in one.words]) == 4


def test_whoever_passes_two_milestones_at_once_is_congratulated_for_the_higher(firm: Firm) -> None:
    pay(firm, 1, 13)
    shown = firm.shown()
    assert shown["tags"] == ["Moderate User", "Starter User"]
    assert shown["pipelines"][MILESTONE] == "Moderate"
    assert firm.said("#cs-wins") == ["Acme is Moderate now: 650 points."]
