"""One renewal through Slack's protocol: looked at, decided on, won; and who may not."""

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from csbot.accounts.model import Account
from csbot.find import account_by_id
from csbot.imports.command import GOOD, import_command
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.renewals.sync import sync
from csbot.revenue import Revenue
from csbot.team.queries import by_slack_id
from tests import builders
from tests.meanwhile import meanwhile

HOSTILE = "<!channel> *10 %* <https://evil.example|off> & \u202e more"


@pytest.fixture
def acme(desk):
    """Acme of Dana's, due in 50 days for $48,000; and another whose name begins like it."""
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    held = builders.account("Acme Freight", owner_id=dana.id, segment="enterprise")
    desk.add(held, builders.account("Globex", domain=None, renewal_on=None))
    due_on = desk.now.date() + timedelta(days=50)
    made = builders.renewal(held.id, due_on=due_on)
    held.renewal_on = due_on
    desk.add(made)
    return made


def stored(desk, id):
    with desk.sessions() as session:
        return session.get_one(Renewal, id)


def answered(desk, person):
    """What somebody reads last, once it is delivered."""
    desk.deliver()
    return person.messages("C_OTHER")[-1]


def test_the_card_shows_who_thinks_what_and_what_is_to_come(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    seen = dana.command("/cs renewal acme").messages[-1]
    assert seen.ephemeral
    assert "renews on" in seen.text
    assert "in 50 days: $48k due, probable" in seen.text
    assert "*Category* probable, never changed" in seen.words
    assert "*Windows* begun: 120 days" in seen.words
    assert "to come: 30 days" in seen.words
    assert seen.labels == ["Change…", "Close as Won…"]
    assert dana.choose(seen, "They Leave…").view.title == "A Customer Leaves"
    dana.close()
    wrong = dana.command('/cs renewal "acme freigt"').messages[-1]
    assert "(you wrote *acme freigt*)" in wrong.words


def test_one_line_sets_category_amount_and_next_step(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    said = dana.command(
        "/cs renewal acme at risk amount 44.5k because the budget was cut next: call Max by friday"
    ).messages[-1]
    assert said.text.startswith("Acme Freight: at risk (was probable). Next: call Max, by ")
    assert "Expected: $44,500 of the $48,000 due." in said.words
    held = stored(desk, acme.id)
    assert (held.category, held.forecast_amount) == ("at_risk", Decimal(44_500))
    with desk.sessions() as session:
        step = session.scalars(select(RenewalCategoryChange)).one()
    assert step.reason == "the budget was cut"
    again = dana.command("/cs renewal acme at risk").messages[-1]
    assert "nothing was changed" in again.text
    shown = dana.command("/cs renewal acme").messages[-1]
    assert "since 23 Nov, was probable (Dana Reyes): the budget was cut" in shown.words


def test_what_is_said_may_stand_before_the_name(desk, acme):
    desk.add(builders.account("Atlas"), builders.account("Commit Labs", domain="commit.example"))
    dana = desk.person("U_DANA", "C_OTHER")
    said = dana.command("/cs renewal at risk acme freight because the budget was cut")
    assert said.messages[-1].text.startswith("Acme Freight: at risk (was probable).")
    assert (
        "the renewal of Commit Labs"
        in dana.command("/cs renewal commit labs at rsk").messages[-1].words
    )
    won = dana.command("/cs renewal won acme freight 52k 12 months").messages[-1]
    assert won.text.startswith("Acme Freight is won: $52,000 for 12 months")


def test_a_category_without_its_reason_comes_back_as_the_form_that_asks_for_it(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    seen = dana.command("/cs renewal acme commit next: send the contract")
    form = seen.view
    assert "Say in a few words why the category changes." in form.words
    dana.submit(form, {"reason": "Max has said yes", "offer": "10 % off, 2 years"})
    assert "Offered: 10 % off, 24 months" in answered(desk, dana).words
    held = stored(desk, acme.id)
    assert (held.category, held.next_step) == ("commit", "send the contract")
    assert (held.incentive, held.offered_months) == ("10 % off", 24)


def test_what_cannot_be_read_says_what_was_understood_and_opens_the_form(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    seen = dana.command("/cs renewal acme at rsk next: call Max").messages[-1]
    assert "I can't read *at rsk*. I understood: next step call Max." in seen.words
    form = dana.press(seen, label="Fill In the Form").view
    assert form is not None
    none = dana.command("/cs renewal globex").messages[-1]
    assert "Globex has no renewal date" in none.words
    two_ways = dana.command("/cs renewal acme amount 1.234k").view
    assert "can be read two ways" in two_ways.words
    thousands = dana.command("/cs renewal acme won 52.000").view
    assert "“52.000” can be read two ways" in thousands.words
    assert "final_amount" in dana.submit(thousands, {}).errors
    assert stored(desk, acme.id).status == "open"
    euros = dana.command("/cs renewal acme amount 52.000,00 €").view
    assert "This renewal is in USD." in euros.words


@pytest.mark.parametrize(
    ("line", "field", "why"),
    [
        ("amount eleventy", "forecast_amount", "Expected amount: “eleventy” is not an amount"),
        ("won eleventy", "final_amount", "24 months were offered. “eleventy” is not an amount"),
        ("won eleventy 12 months", "final_amount", "“eleventy” is not an amount"),
        ("won 5x0k", "final_amount", "24 months were offered. “5x0k” is not an amount"),
        ("amount 5x0 k", "forecast_amount", "Expected amount: “5x0 k” is not an amount"),
    ],
)
def test_an_amount_that_is_none_stands_in_its_field_as_typed_and_never_the_one_before(
    desk, acme, line, field, why
):
    with desk.sessions.begin() as session:
        held = session.get_one(Renewal, acme.id)
        held.offered_months, held.forecast_amount = 24, Decimal(47_000)
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.command(f"/cs renewal acme {line}").view
    assert why in form.words
    begins = {b["block_id"]: b.get("element", {}).get("initial_value") for b in form.raw["blocks"]}
    wrong = re.search("“(.+)”", why)[1]
    assert begins[field] == wrong
    assert f"“{wrong}” is not an amount" in dana.submit(form, {}).errors[field]
    assert stored(desk, acme.id).forecast_amount == Decimal(47_000)


def test_a_form_that_somebody_has_overtaken_is_refused(desk, acme):
    dana, lee = desk.person("U_DANA", "C_OTHER"), desk.person("U_LEE", "C_OTHER")
    shown = dana.command("/cs renewal acme").messages[-1]
    old = dana.press(shown, label="Change…").view
    lee.command("/cs renewal acme next: ask legal")
    refused = dana.submit(old, {"next_step": "Call Max"})
    assert refused.errors == {"category": "Somebody changed this renewal meanwhile. Open it again."}
    lee.command("/cs renewal acme at risk because of legal")
    refused = dana.submit(old, {"category": "Commit", "reason": "x"})
    assert refused.errors == {"category": "Somebody set this to at risk meanwhile. Open it again."}
    assert stored(desk, acme.id).next_step == "ask legal"


def test_won_in_one_line_begins_the_next_term_and_tells_the_ledger_once(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    said = dana.command("/cs renewal acme won 110,000 24 months").messages[-1]
    assert said.text.startswith("Acme Freight is won: $110,000 for 24 months, until ")
    assert "$55,000 a year, $48,000 before." in said.words
    again = dana.command("/cs renewal acme won 110,000 24 months").messages[-1]
    assert "It was won with $110,000 for 24 months." in again.words
    assert "The next one is due on" in again.words
    with desk.sessions() as session:
        held = session.get_one(Account, acme.account_id)
        states = session.scalars(select(Renewal.status).order_by(Renewal.due_on)).all()
        ledger = session.scalars(select(Revenue.mrr).order_by(Revenue.effective_on)).all()
    assert (held.arr, held.contract_months) == (55_000, 24)
    assert states == ["won", "open"]
    assert ledger == [4000, Decimal("4583.33")]


def test_who_takes_a_win_back_and_who_changes_the_account_wait_for_each_other(desk, acme):
    """Billing and imports lock the account first and its renewals then."""
    dana = desk.person("U_DANA", "C_OTHER")
    dana.command("/cs renewal acme freight won 52k 12 months")
    engine = desk.wiring.engine

    def billing():
        with desk.sessions.begin() as session:
            account_by_id(session, acme.account_id, lock=True)
            session.execute(update(Renewal).values(incentive="none"))

    locks = engine.dialect.name == "postgresql"
    before = "WHERE accounts.id = %(id)s::INTEGER FOR UPDATE" if locks else "FROM accounts"
    with meanwhile(engine, before, billing):
        said = dana.command("/cs undo").messages[-1]
    assert "The renewal is open again" in said.words
    assert stored(desk, acme.id).status == "open"


def test_an_amount_for_another_length_than_before_is_never_guessed(desk, acme):
    with desk.sessions.begin() as session:
        session.get_one(Renewal, acme.id).offered_months = 24
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.command("/cs renewal acme won").view
    assert '"initial_value": "96000"' in json.dumps(form.raw)
    form = dana.command("/cs renewal acme won 36 months").view
    assert '"initial_value": "144000"' in json.dumps(form.raw)
    form = dana.command("/cs renewal acme won 52,000").view
    assert "You have not said for how many months that is. 24 months were offered." in form.words
    assert stored(desk, acme.id).status == "open"
    dana.submit(form, {"final_months": "12"})
    assert stored(desk, acme.id).final_months == 12


def test_the_timeline_that_viewers_read_tells_no_amount(desk, acme):
    desk.person("U_DANA", "C_OTHER").command("/cs renewal acme won 52,345")
    seen = desk.person("U_ROBIN", "C_OTHER").command("/cs timeline acme").messages[-1]
    assert "Renewal won" in seen.words
    assert "52" not in seen.words.replace(",", "")


def test_the_card_s_button_closes_it_and_a_second_press_says_what_was_done(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    shown = dana.command("/cs renewal acme").messages[-1]
    lee = desk.person("U_LEE", "C_OTHER")
    other = lee.press(lee.command("/cs renewal acme").messages[-1], label="Close as Won…").view
    form = dana.press(shown, label="Close as Won…").view
    refused = dana.submit(form, {"final_amount": "lots"})
    assert list(refused.errors) == ["final_amount"]
    dana.submit(form, {"final_amount": "$52,000.00"})
    assert "is won: $52,000 for 12 months" in answered(desk, dana).text
    late = dana.press(shown, label="Close as Won…")
    assert "It was won with $52,000 for 12 months." in late.words
    second = lee.submit(other, {"final_amount": "$60,000"})
    assert "no longer open. It was won with $52,000" in str(second.errors)
    assert stored(desk, acme.id).final_amount == 52_000


def test_a_renewal_that_is_lost_asks_why_they_leave(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    form = dana.command("/cs renewal acme lost because Rival was cheaper").view
    assert form.title == "A Customer Leaves"
    assert "Rival was cheaper" in str(form.raw)
    assert acme.due_on.isoformat() in str(form.raw)
    assert stored(desk, acme.id).status == "open"


def test_words_of_a_customer_stay_words(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    shown = dana.command("/cs renewal acme").messages[-1]
    form = dana.press(shown, label="Change…").view
    told = {"category": "At risk", "reason": HOSTILE, "next_step": HOSTILE, "offer": HOSTILE}
    dana.submit(form, told)
    said = answered(desk, dana)
    card = dana.command("/cs renewal acme").messages[-1]
    for words in (said.words, card.words):
        assert "&lt;!channel&gt;" in words
        assert "<!channel>" not in words
        assert "<https" not in words


def test_a_viewer_neither_sees_nor_changes_it(desk, acme):
    desk.person("U_DANA", "C_OTHER").command("/cs renewal acme --share")
    desk.deliver()
    (shown,) = desk.in_channel("#other")
    robin = desk.person("U_ROBIN", "C_OTHER")
    for text in ("acme", "acme won 1", "acme lost", "acme commit because x"):
        seen = robin.command(f"/cs renewal {text}").messages[-1]
        assert seen.text == "Renewal amounts are for CSMs and managers."
    for label in ("Change…", "Close as Won…", "They Leave…"):
        assert robin.press(shown, label=label).words.strip() == seen.words
    assert robin.view() is None
    held = stored(desk, acme.id)
    assert (held.status, held.category) == ("open", "probable")


def test_a_date_that_has_just_gone_on_is_not_closed_a_year_early(desk, acme):
    with desk.sessions.begin() as session:
        held = session.get_one(Account, acme.account_id)
        held.renewal_on = acme.due_on + timedelta(days=365)
        sync(session, [held.id], desk.now)
    dana = desk.person("U_DANA", "C_OTHER")
    said = dana.command("/cs renewal acme won 52,000").messages[-1]
    assert "The account's date went on. The next one is due on" in said.words
    assert stored(desk, acme.id).status == "renewed"


@pytest.mark.parametrize("days", [0, 40])
def test_a_win_stays_won_once_it_is_recorded_that_they_leave(desk, acme, days):
    """It would count as kept, or be open for somebody who leaves; afterwards it can go back."""
    dana, lee = desk.person("U_DANA", "C_OTHER"), desk.person("U_LEE", "C_OTHER")
    dana.command('/cs renewal "acme freight" won 50k 12 months')
    desk.at(desk.now + timedelta(minutes=1))
    today = desk.now.date()
    lee.submit(lee.command("/cs churn acme freight").view, {
        "type": "service", "evidence": "They wrote so to support.", "avoidable": "yes",
        "notice_on": today.isoformat(), "effective_on": f"{today + timedelta(days=days)}",
    })  # fmt: skip
    card = answered(desk, lee)
    desk.at(desk.now + timedelta(minutes=1))
    assert "Nothing was changed" in dana.command("/cs undo").words
    refused = dana.command('/cs renewal "acme freight" reopen because it was a slip').words
    assert "leaves, so this one stays won" in refused
    assert stored(desk, acme.id).status == "won"
    lee.press(card, label="They Stay")
    desk.at(desk.now + timedelta(minutes=1))
    again = dana.command('/cs renewal "acme freight" reopen because it was a slip').words
    assert "The renewal is open again" in again
    assert stored(desk, acme.id).status == "open"


def test_who_has_no_renewal_reads_why(desk):
    """A date that is there is not said to be missing."""
    today = desk.now.date()
    late = builders.account("Late", renewal_on=today - timedelta(days=45))
    gone = builders.account("Gone", lifecycle_stage="churned")
    desk.add(late, gone)
    desk.add(builders.churn(gone.id))
    dana = desk.person("U_DANA", "C_OTHER")
    told = dana.command("/cs renewal late").words
    assert "Late should have renewed on 9 Oct 2026, long ago. A new date comes" in told
    assert "Gone left on 16 Nov 2026, so there is nothing to renew" in (
        dana.command("/cs renewal gone").words
    )


def test_a_file_that_has_not_heard_of_a_win_leaves_its_terms(desk, acme, tmp_path):
    """A CRM hears of it later; once it tells another date, its terms are taken over."""
    dana, ended, file = desk.person("U_DANA", "C_OTHER"), acme.due_on, tmp_path / "accounts.csv"

    def imports(renews, arr, months):
        desk.at(desk.now + timedelta(minutes=1))
        header = "name,domain,arr,currency,renewal_date,contract_months,industry"
        file.write_text(f"{header}\nAcme Freight,acme.example,{arr},USD,{renews},{months},Ships\n")
        assert import_command(desk.wiring, "accounts", file) == GOOD
        with desk.sessions() as session:
            found = session.scalars(select(Account).where(Account.name == "Acme Freight")).one()
            assert found.industry == "Ships"
            return found.arr, found.renewal_on, found.contract_months

    dana.command('/cs renewal "acme freight" won 130k 24 months')
    until = ended.replace(year=ended.year + 2)
    for _ in range(2):
        assert imports(ended, 48_000, 12) == (65_000, until, 24)
    desk.at(desk.now + timedelta(minutes=1))
    shown = dana.command('/cs renewal "acme freight"').words
    assert f"renews on {ended.day} Jan {until.year}" in shown
    moved = until + timedelta(days=10)
    assert imports(moved, 70_000, 24) == (70_000, moved, 24)


def test_no_next_step_is_none_and_not_one_that_is_called_none(desk, acme):
    dana = desk.person("U_DANA", "C_OTHER")
    assert "Next: call Max" in dana.command("/cs renewal acme next: call Max by friday").words
    for word in ("none", "Nothing."):
        assert "No next step." in dana.command(f"/cs renewal acme next: {word}").words
        assert (stored(desk, acme.id).next_step, stored(desk, acme.id).next_step_on) == (None, None)
    odd = dana.command("/cs renewal acme at rsk next: none").words
    assert "I understood: next step none." in odd
