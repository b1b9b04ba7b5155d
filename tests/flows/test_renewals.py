"""Renewals through Slack's protocol: a manager reads them, an owner changes one."""

import csv
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from csbot.imports.text import FORMULA
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.team.queries import by_slack_id
from tests import builders


@pytest.fixture
def book(desk):
    """Twelve renewals of Dana's, one a week from today, Acme's first."""
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
    names = ["Acme", *(f"Account {n:02}" for n in range(1, 12))]
    accounts = [builders.account(name, domain=None, owner_id=dana.id) for name in names]
    desk.add(*accounts)
    today = desk.now.date()
    desk.add(
        *(
            builders.renewal(
                held.id,
                due_on=today + timedelta(days=3 + 7 * n),
                amount_due=Decimal(10_000 * (n + 1)),
                category="at_risk" if n == 11 else "probable",
            )
            for n, held in enumerate(accounts)
        )
    )


def test_a_manager_reads_turns_and_filters_the_list(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    seen = priya.command("/cs renewals 90d")
    (first,) = seen.messages
    assert first.ephemeral
    assert first.text.startswith("Renewals until 21 Feb: 12 accounts, $780k due, forecast $513k")
    assert "*Acme* $10k, 3 days, health 70, probable, Dana Reyes, _no next step_" in first.words
    assert first.labels.count("Change…") == 10
    turned = priya.press(first, label="Next Page")
    second = [*turned.messages, *turned.updated][-1]
    assert second.labels.count("Change…") == 2
    assert "Page 2 of 2" in second.words
    old = priya.press(first, label="Next Page")
    assert old.error is None
    risky = priya.choose(first, "Only at Risk")
    assert "1 account, $120k due" in [*risky.messages, *risky.updated][-1].text
    wrong = priya.command("/cs renewals 90d enterprize")
    assert "I can't read *enterprize*" in wrong.messages[-1].words


def test_all_is_everybody_s_as_far_ahead_as_there_is_to_see(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    with desk.sessions.begin() as session:
        far = session.scalars(select(Renewal).order_by(Renewal.due_on.desc())).first()
        far.due_on = desk.now.date() + timedelta(days=600)
    said = {text: priya.command(f"/cs renewals {text}").messages[-1].text
            for text in ("all", "all at risk", "90d", "all 90d")}  # fmt: skip
    assert said["all"].startswith("Renewals until 22 Nov 2028: 12 accounts")
    assert ": 1 account, $120k due" in said["all at risk"]
    assert said["all 90d"] == said["90d"]
    assert said["90d"].startswith("Renewals until 21 Feb: 11 accounts")


def test_the_list_can_be_kept_in_one_s_direct_messages_once(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    listed = priya.command("/cs renewals 90d").messages[-1]
    assert "Kept: it is on its way" in priya.choose(listed, "Keep").words
    assert "kept this one already" in priya.choose(listed, "Keep").words
    desk.deliver()
    (kept,) = priya.messages()
    assert kept.text == listed.text
    assert "Keep" not in kept.words
    assert "Page 2 of 2" in priya.press(kept, label="Next Page").words
    robin = desk.person("U_ROBIN", "C_OTHER")
    priya.command("/cs renewals 90d --share")
    desk.deliver()
    (shared,) = desk.in_channel("#other")
    assert "for CSMs and managers" in robin.choose(shared, "Keep").words


def test_won_is_what_was_signed_and_the_forecast_counts_what_is_kept_of_it(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    priya.command("/cs renewal acme won 12k 12 months")
    words = priya.command("/cs renewals 90d").messages[-1].words
    assert "won $12k (1)" in words
    assert "Kept $10k + commit $0 + weighted rest" in words
    assert "Of $10k that is closed, $10k is kept: gross renewal rate 100 %, net 120 %." in words


def test_an_account_with_two_renewals_in_the_window_is_one(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    priya.command("/cs renewal acme won 10k 1 month")
    for text in ("90d", "90d @dana"):
        seen = priya.command(f"/cs renewals {text}").messages[-1]
        assert ": 12 accounts, " in seen.text
    assert "*December* · $210k, 6 renewals" in seen.words


def test_an_owner_changes_a_category_with_a_reason(desk, book):
    dana = desk.person("U_DANA", "C_ALERTS")
    listed = dana.command("/cs renewals me 10d").messages[-1]
    form = dana.press(listed, label="Change…", value=_first(desk)).view
    assert form is not None
    refused = dana.submit(form, {"category": "At risk"})
    assert refused.errors == {"reason": "Say in a few words why the category changes."}
    dana.submit(form, {"category": "At risk", "reason": "Champion left", "next_step": "Exec call"})
    desk.deliver()
    assert "Acme: at risk (was probable). Next: Exec call." in dana.messages("C_ALERTS")[-1].text
    with desk.sessions() as session:
        step = session.scalars(select(RenewalCategoryChange)).one()
    assert (step.before, step.after, step.reason) == ("probable", "at_risk", "Champion left")
    again = dana.command("/cs renewals me 10d").messages[-1]
    assert "at risk, Dana Reyes, _Exec call_" in again.words


def _first(desk) -> str:
    with desk.sessions() as session:
        return str(session.scalars(select(Renewal.id).order_by(Renewal.due_on)).first())


def test_a_viewer_asks_for_access_instead(desk, book):
    robin = desk.person("U_ROBIN", "C_OTHER")
    seen = robin.command("/cs renewals").messages[-1]
    assert seen.text == "Renewal amounts are for CSMs and managers."
    assert seen.labels == ["Ask for Access"]
    assert "$" not in seen.words


def test_the_list_is_sent_as_a_file_once_to_whoever_asks(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    listed = priya.command("/cs renewals 60d dana").messages[-1]
    asked = priya.choose(listed, "Export")
    assert "The list of renewals until 22 Jan is on its way to your direct messages" in asked.words
    assert "asked for the list of renewals until 22 Jan already" in priya.choose(
        listed, "Export"
    ).words  # fmt: skip
    again = priya.command("/cs renewals export 60d dana by owner").messages[-1]
    assert "on its way" in again.text
    for _ in range(2):
        desk.run("files")
    (file,) = desk.slack.files.values()
    assert (file.name, file.complete) == ("renewals-2026-11-23.csv", True)
    assert file.title == "renewals-2026-11-23.csv, 9 lines"
    assert file.content.startswith("\ufeffrenewal_id,account,domain,segment".encode())
    rows = list(csv.DictReader(file.content.decode("utf-8-sig").splitlines()))
    assert [row["account"] for row in rows][:2] == ["Acme", "Account 01"]
    assert rows[0] | {"renewal_id": ""} == rows[0] | {
        "renewal_id": "", "segment": "mid-market", "owner": "Dana Reyes", "due_on": "2026-11-26",
        "days_left": "3", "amount_due": "10000", "category": "probable", "probability": "75",
        "expected": "7500", "status": "open", "final_amount": "",
    }  # fmt: skip
    (told,) = priya.messages()
    assert told.text == "Renewals until 22 Jan (Dana Reyes): 9 lines."


def test_whoever_may_no_longer_export_gets_no_file(desk, book):
    dana, robin = desk.person("U_DANA", "C_OTHER"), desk.person("U_ROBIN", "C_OTHER")
    assert "for CSMs and managers" in robin.command("/cs renewals export").messages[-1].text
    assert "on its way" in dana.command("/cs renewals export").messages[-1].text
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_DANA").role = "viewer"
    desk.run("files")
    desk.deliver()
    assert desk.slack.files == {}
    (told,) = dana.messages()
    assert "can have lists as files" in told.words


def test_what_people_wrote_never_runs_in_a_spreadsheet(desk):
    nasty = ["=1+1", "+1", "-1", "@sum", "\t=1", "＝1", '=cmd|"/C calc"!A1']
    for n, text in enumerate(nasty):
        held = desk.add(builders.account(f"{text} {n}", domain=None, segment=text))
        late = desk.now.date() - timedelta(days=3)
        desk.add(builders.renewal(held.id, due_on=late, next_step=text, incentive=text))
    priya = desk.person("U_PRIYA", "C_OTHER")
    priya.command("/cs renewals csv")
    desk.run("files")
    (file,) = desk.slack.files.values()
    rows = list(csv.DictReader(file.content.decode("utf-8-sig").splitlines()))
    assert len(rows) == len(nasty)
    for row in rows:
        assert row.pop("days_left") == "-3"  # a figure of ours
        assert not [cell for cell in row.values() if cell.startswith(FORMULA)]


def test_the_chart_is_sent_as_a_picture_to_whoever_asks(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    for words in ("chart by segment", "history chart"):
        assert "on its way" in priya.command(f"/cs renewals {words} 90d").messages[-1].text
    assert "one of" in priya.command("/cs renewals chart export").messages[-1].words
    assert "chart of renewals by owner" in priya.command("/cs renewals chart by owner 1d").words
    desk.run("files")
    desk.deliver()
    files = list(desk.slack.files.values())
    assert [file.content[:4] for file in files] == [b"\x89PNG"] * 2
    assert files[0].alt_text.startswith(
        "Renewals until 21 Feb by segment, USD: mid-market due $780k, forecast $513k"
    )
    assert "no renewals are due until 24 Nov" in priya.messages()[-1].words


def test_the_forecast_is_told_week_by_week(desk, book):
    priya = desk.person("U_PRIYA", "C_OTHER")
    assert "the week's forecast noted" in desk.run("renewals")
    assert "noted" not in desk.run("renewals")
    desk.at(desk.now + timedelta(days=7))
    with desk.sessions.begin() as session:
        first = session.scalars(select(Renewal).order_by(Renewal.due_on)).first()
        first.category = "at_risk"
    desk.run("renewals")
    shown = priya.command("/cs renewals history 90d").messages[-1]
    assert shown.ephemeral
    assert "down $6k since 23 Nov" in shown.text
    assert "By week: 23 Nov" in shown.words
    listed = priya.press(shown, label="Show List")
    assert "Renewals until 28 Feb" in [*listed.messages, *listed.updated][-1].text
    robin = desk.person("U_ROBIN", "C_OTHER")
    assert "for CSMs and managers" in robin.command("/cs renewals history").messages[-1].text
