"""Onboarding as a customer and their team live it: from the first payment to the survey after."""

from datetime import timedelta

from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.onboarding import requirements
from csbot.playbooks.model import PlaybookRun
from csbot.team.model import TeamMember
from csbot.workspace.seen import Shown
from messages.onboarding_requirements import Wanted
from tests.flows.firm import DAY, HOUR, Firm, words
from tests.payloads import stripe


def paying(firm: Firm, number: str = "in_1") -> None:
    firm.invoice(paid=True, number=number)
    firm.later()


def trial(firm: Firm, days: int) -> None:
    """Stripe tells that one has begun, and will end in so many days."""
    ends = stripe.unix((firm.now + days * DAY).replace(tzinfo=None).isoformat())
    firm.stripe("customer.created", stripe.customer(email="ann@acme.example"))
    held = stripe.subscription(status="trialing", trial_end=ends)
    firm.stripe("customer.subscription.created", held)
    firm.later()


def asked(firm: Firm, about: str) -> bool:
    """Whether somebody is asked to let such a message out."""
    return any(about in one.words for one in firm.questions())


def alerts(firm: Firm, about: str) -> list[Shown]:
    return [one for one in firm.in_channel("#cs-alerts") if about in one.text]


def test_the_first_payment_begins_onboarding_once_however_often_it_is_told(firm: Firm) -> None:
    firm.acme(customer_since=firm.now - 3 * DAY, created_at=firm.now - 3 * DAY, arr=None)
    told = firm.invoice(paid=True)
    firm.later()
    firm.later()
    acme = firm.shown()
    assert (acme["lifecycle_stage"], acme["onboarding_stage"]) == ("onboarding", "onboarding")
    begun = "The onboarding of Acme has begun, by the transactional track. Dana Reyes looks after"
    assert [text for text in firm.said() if text.startswith(begun)]
    firm.billing(told)
    firm.invoice(paid=True, number="in_2")
    firm.later(DAY)
    firm.later(HOUR)
    firm.approve("A training for Acme, whenever it suits you")
    [mail] = [one for one in firm.mails() if "training" in str(one["Subject"])]
    assert "Pick a time: https://vendor.example/book" in words(mail)
    assert len([text for text in firm.said() if text.startswith(begun)]) == 1
    assert len([what for what in firm.did() if what.startswith("Onboarding began")]) == 1
    assert [alert["state"] for alert in firm.shown()["alerts"]] == ["open"]
    with firm.sessions.begin() as session:
        found = session.scalars(select(Account)).one()
        dana = session.scalars(select(TeamMember).where(TeamMember.slack_id == "U_DANA")).one()
        requirements.save(
            session, account_id=found.id, by=dana, now=firm.now, settings=firm.settings,
            wanted=Wanted(why_bought="Parcels got lost", intended_use="To find them"),
        )  # fmt: skip
    firm.later()
    firm.later()
    assert [alert["state"] for alert in firm.shown()["alerts"]] == ["closed"]


def test_whoever_has_paid_for_long_is_not_onboarded_anew(firm: Firm) -> None:
    firm.acme()
    paying(firm)
    firm.later()
    assert firm.shown()["onboarding_stage"] is None
    assert "onboarding" not in str(firm.said())


def test_a_trial_begins_onboarding_and_its_end_is_told_in_time(firm: Firm) -> None:
    firm.acme(customer_since=firm.now, created_at=firm.now, arr=None)
    trial(firm, days=14)
    firm.later()
    assert firm.shown()["onboarding_stage"] == "onboarding"
    assert [what for what in firm.did() if what.startswith("Onboarding began")]
    firm.later(10 * DAY)
    assert "trial" not in str(firm.said())
    firm.later(DAY)
    firm.later()
    [alert] = alerts(firm, "The trial of Acme")
    assert "ends on 7 December 2026" in alert.text
    for said in ("Logged in: 0 of 1 people.", "Used: nothing yet.", "Not used: Calendars, Reports",
                 "ask what kept them from beginning"):  # fmt: skip
        assert said in alert.words
    firm.approve("Your trial ends on 7 December 2026")
    [mail] = [one for one in firm.mails() if "trial ends" in str(one["Subject"])]
    assert "To go on as you are: https://vendor.example/billing" in words(mail)
    firm.stripe("customer.subscription.updated", stripe.subscription())
    firm.later()
    firm.later()
    [alert] = alerts(firm, "The trial of Acme")
    assert "Closed" in alert.text


def test_an_onboarding_taken_back_and_begun_anew_does_what_comes_with_it_anew(firm: Firm) -> None:
    """Its playbook may start once in 180 days: what was taken back is not counted."""
    firm.acme()
    dana = firm.person("U_DANA", "C_ALERTS")
    for line in ("/cs stage acme start", "/cs undo", "/cs stage acme start"):
        assert dana.command(line).error is None
        firm.later()
    firm.later()
    with firm.sessions() as session:
        welcome = PlaybookRun.playbook == "onboarding-welcome"
        query = select(PlaybookRun.state).where(welcome).order_by(PlaybookRun.id)
        assert session.scalars(query).all() == ["stopped", "active"]


def test_a_trial_that_is_extended_is_told_of_again_before_its_later_end(firm: Firm) -> None:
    firm.acme(customer_since=firm.now, created_at=firm.now, arr=None)
    trial(firm, days=3)
    firm.later()
    ends = stripe.unix((firm.now + 14 * DAY).replace(tzinfo=None).isoformat())
    extended = stripe.subscription(status="trialing", trial_end=ends)
    firm.stripe("customer.subscription.updated", extended)
    firm.later()
    firm.later()
    [alert] = alerts(firm, "The trial of Acme")
    assert "Closed" in alert.text
    firm.days(11)
    firm.later()
    [old, new] = alerts(firm, "The trial of Acme")
    assert "Closed" in old.text
    assert "ends on 7 December 2026" in new.text


def test_a_late_stage_is_an_alert_that_closes_when_it_is_left(firm: Firm) -> None:
    firm.acme()
    priya = firm.person("U_PRIYA", "C_ALERTS")
    assert priya.command("/cs stage acme start").error is None
    firm.later()
    firm.later(timedelta(days=13, hours=23))
    assert not alerts(firm, "Acme is late in")
    firm.later(HOUR)
    firm.later()
    [late] = alerts(firm, "Acme is late in")
    assert "Acme is late in “Onboarding”, due 7 December 2026" in late.text
    assert "Ask what is in the way. Open: Welcome e-mail sent, with the basics" in late.words
    assert "<@U_DANA>" in str(late.blocks)
    known = priya.command("/cs account acme")
    assert "Soon: Acme is late in “Onboarding”" in str(known)
    priya.command("/cs stage acme next because they know their way")
    firm.later()
    firm.later()
    [late] = alerts(firm, "Acme is late in")
    assert "Closed" in late.text


def test_in_the_first_ninety_days_and_in_a_busy_season_two_weeks_of_silence_are_told(
    firm: Firm,
) -> None:
    firm.acme("Young", customer_since=firm.now - 10 * DAY)
    firm.acme("Old", customer_since=firm.now - 400 * DAY)
    firm.later()
    firm.later(3 * DAY)
    assert not alerts(firm, "Nobody has been in touch")
    firm.later(DAY)
    firm.later()
    [told] = alerts(firm, "Nobody has been in touch")
    assert "Young for two weeks" in told.text
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.command("/cs checkin young called them: all is well")
    dana.command('/cs tag old "+Busy Season"')
    firm.later()
    firm.later()
    [young, busy] = firm.in_channel("#cs-alerts")
    assert young.text.startswith("Closed")
    assert "Nobody has been in touch with Old for two weeks" in busy.text


def test_first_value_that_does_not_come_in_time_is_an_alert_until_it_does(firm: Firm) -> None:
    firm.acme("Young", customer_since=firm.now - 29 * DAY)
    firm.acme("Old", customer_since=firm.now - 400 * DAY)
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.command("/cs checkin young called them: all is well")
    firm.later()
    firm.later(DAY)
    assert not alerts(firm, "first value")
    firm.later(DAY)
    firm.later()
    [late] = alerts(firm, "first value")
    assert "Young has not reached first value in time" in late.text
    dana.command('/cs onboarding young value "first report sent"')
    firm.later()
    firm.later()
    [late] = alerts(firm, "first value")
    assert late.text.startswith("Closed")


def test_a_week_after_onboarding_they_are_asked_and_then_every_ninety_days(firm: Firm) -> None:
    began, since = firm.now - 60 * DAY, firm.now - 9 * DAY
    firm.acme(lifecycle_stage="onboarding", onboarding_stage="simplified-renewal",
              onboarding_began_at=began, onboarding_stage_since=since)  # fmt: skip
    firm.person("U_PRIYA", "C_ALERTS").command("/cs stage acme next because they renewed")
    firm.later()
    firm.later(6 * DAY)
    assert not asked(firm, "How was your start")
    firm.later(DAY + HOUR)
    firm.approve("How was your start with Shipments?")
    assert "https://vendor.example/survey" in words(firm.mails()[-1])
    firm.survey(5, kind="csat")
    firm.later()
    assert "Playbook “A week after onboarding” reached its goal" in firm.did()
    firm.later(89 * DAY)
    assert not asked(firm, "How satisfied is Acme with us?")
    firm.later(DAY)
    assert asked(firm, "How satisfied is Acme with us?")


def unanswered(firm: Firm) -> None:
    """Dana calls three times in a month."""
    firm.acme()
    dana = firm.person("U_DANA", "C_ALERTS")
    for _ in range(3):
        assert dana.command("/cs checkin acme called, left a message").error is None
        firm.later(10 * DAY)
    firm.later()


def test_the_silent_customer_hears_something_new_three_times_and_then_the_manager_knows(
    firm: Firm,
) -> None:
    unanswered(firm)
    [alert] = alerts(firm, "does not answer")
    assert "They were tried on 3 days since 23 November 2026" in alert.words
    for subject in ("New for Acme, and no answer needed", "Congratulations to Acme",
                    "May we help Acme to be seen?"):  # fmt: skip
        firm.approve(subject)
        firm.later(7 * DAY)
    assert len(firm.subjects()) == 3
    before = len(firm.dm("U_PRIYA"))
    firm.later(7 * DAY)
    firm.later()
    told = [one.text for one in firm.dm("U_PRIYA")[before:]] + firm.said()
    assert [text for text in told if "has not answered since 23 November 2026" in text]


def test_a_silent_customer_who_answers_hears_no_more_of_it(firm: Firm) -> None:
    unanswered(firm)
    assert asked(firm, "New for Acme, and no answer needed")
    firm.survey(8)
    firm.later()
    firm.later()
    [alert] = alerts(firm, "does not answer")
    assert "Closed" in alert.text
    assert not asked(firm, "New for Acme, and no answer needed")
    firm.later(20 * DAY)
    assert not asked(firm, "Congratulations to Acme")


def test_a_quarter_without_a_business_review_is_an_alert_until_one_is_arranged(firm: Firm) -> None:
    firm.acme(process="enterprise", segment="enterprise", onboarding_ended_at=firm.now - 89 * DAY)
    firm.later()
    assert not alerts(firm, "business review")
    firm.later(DAY)
    firm.later(DAY)
    (card,) = alerts(firm, "due for a business review")
    assert "/cs brief Acme qbr" in card.text
    firm.person("U_DANA").command("/cs meeting add acme QBR in 5 days 10:00")
    firm.later()
    firm.later()
    states = {alert["kind"]: alert["state"] for alert in firm.shown()["alerts"]}
    assert set(states.values()) == {"closed"}
