"""Who is in onboarding, the chart and first value, through Slack's protocol."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.team.queries import by_slack_id
from csbot.usage.model import Milestone, ProductGroup
from tests import builders
from tests.builders import MONDAY

HOSTILE = "Böse <!channel> *Foods* 東京"


@pytest.fixture
def begun(desk: Any) -> Any:
    """Dana's Acme and Lee's hostile one have begun their onboarding twenty days ago."""
    with desk.sessions() as session:
        dana, lee = (by_slack_id(session, one) for one in ("U_DANA", "U_LEE"))
    desk.add(
        builders.account("Acme", owner_id=dana.id, lifecycle_stage="onboarding"),
        builders.account(HOSTILE, domain="boese.example", owner_id=lee.id, process="enterprise"),
    )
    desk.at(MONDAY - timedelta(days=20, hours=1))
    dana = desk.person("U_DANA", "C_OTHER")
    for name in ("acme", "boese.example"):
        assert "step 1 of" in words(dana.command(f"/cs stage {name} start"))
    desk.at(MONDAY)
    return desk


def answer(act: Any) -> Any:
    return [*act.messages, *act.updated][-1]


def words(act: Any) -> str:
    return str(answer(act).words)


def test_what_is_wanted_of_one_account_may_stand_before_its_name(begun: Any) -> None:
    dana = begun.person("U_DANA", "C_OTHER")
    assert dana.command("/cs onboarding requirements acme").view.title == "Requirements"
    assert "Onboarding of Acme" in words(dana.command("/cs onboarding gantt acme"))
    assert "First value of Acme" in words(dana.command("/cs onboarding value acme"))
    assert "step 1 of" in words(dana.command("/cs stage next acme"))
    assert "I can't read" in words(dana.command("/cs onboarding gantt acme today"))
    assert "I can't read *zzz*" in words(dana.command("/cs onboarding gantt zzz"))


def test_a_csm_sees_her_own_turns_to_the_team_opens_a_stage_and_keeps_it(begun: Any) -> None:
    dana = begun.person("U_DANA", "C_OTHER")
    mine = answer(dana.command("/cs onboarding"))
    assert mine.text == "Onboarding (Dana Reyes): 1 account, 1 late, 0 % on time"
    assert "Acme 6 days late, open: " in mine.words.replace("*", "")
    assert mine.ephemeral
    team = answer(dana.choose(mine, "Whole Team"))
    assert team.text == "Onboarding: 2 accounts, 2 late, 0 % on time"
    assert "<!channel>" not in team.words
    late = answer(dana.choose(team, "Only Late"))
    assert late.text.startswith("Onboarding (only late): 2 of 2 accounts late")
    assert "Acme is in Onboarding" in words(dana.press(mine, label="Open"))
    for said in ("Kept: it is on its way", "You have kept this one already"):
        assert said in words(dana.choose(mine, "Keep"))
    begun.deliver()
    (kept,) = dana.messages()
    assert kept.text == mine.text
    assert answer(dana.choose(kept, "Only Late")).text.startswith("Onboarding (Dana Reyes, only")


def test_everybody_of_the_team_may_look_and_nobody_else(begun: Any) -> None:
    robin = begun.person("U_ROBIN", "C_OTHER")
    listed = robin.command("/cs onboarding").messages[-1]
    assert listed.text.startswith("Onboarding: 2 accounts")
    assert "Only CSMs, managers and admins" in words(
        robin.command('/cs onboarding acme value "first report"')
    )
    with begun.sessions.begin() as session:
        by_slack_id(session, "U_ROBIN").is_outsider = True
    for act in (
        robin.command("/cs onboarding"),
        robin.command("/cs onboarding acme gantt"),
        robin.choose(listed, "Gantt Chart"),
    ):
        assert "Onboarding:" not in act.words
    begun.run("files")
    assert begun.slack.files == {}


def test_a_chart_of_one_and_of_all_comes_once_as_a_picture_and_at_once_in_words(begun: Any) -> None:
    dana = begun.person("U_DANA", "C_OTHER")
    for said in ("comes to your direct messages", "is on its way to your direct messages with me"):
        asked = dana.command("/cs onboarding acme gantt").messages[-1]
        assert asked.text == "Onboarding of Acme"
        assert "1 Onboarding: day 21 of 14, 6 days late" in asked.words
        assert said in asked.words
    everybody = dana.command("/cs onboarding gantt everybody").messages[-1]
    assert "days late in Transition" in everybody.words
    for _ in range(2):
        begun.run("files")
    one, of_all = begun.slack.files.values()
    assert one.content.startswith(b"\x89PNG")
    assert one.alt_text.startswith("Gantt chart, Onboarding of Acme. 1 Onboarding: day 21 of 14")
    assert of_all.alt_text.startswith("Gantt chart, Everybody in onboarding. ")
    assert [told.text for told in dana.messages()] == [
        "Onboarding of Acme, 1 stage late", "Everybody in onboarding, 2 accounts late",
    ]  # fmt: skip


def test_without_the_scope_for_files_the_words_are_there_all_the_same(begun: Any) -> None:
    begun.slack.tokens[begun.slack.bot_token].scopes -= {"files:write"}
    dana = begun.person("U_DANA", "C_OTHER")
    assert "2 Transition to support" in words(dana.command("/cs onboarding acme gantt"))
    begun.run("files")
    begun.deliver()
    assert "adds the scope files:write" in dana.messages()[-1].words


def test_first_value_is_seen_in_usage_or_told_by_a_person_once(begun: Any) -> None:
    with begun.sessions.begin() as session:
        acme = session.scalars(select(Account).where(Account.name == "Acme")).one()
        session.add(group := ProductGroup(key="acme", account_id=acme.id, first_seen_at=MONDAY))
        session.flush()
        at = MONDAY - timedelta(hours=36)
        session.add(Milestone(group_id=group.id, name="first_value", reached_at=at))
    for count in ("1 account", "0 accounts"):
        assert f"{count} found to have reached first value" in begun.run("first_value")
    lee = begun.person("U_LEE", "C_OTHER")
    assert "reached after 18 of 30 days (first_value)" in words(
        lee.command("/cs onboarding acme value")
    )
    told = lee.command("/cs onboarding boese.example value “first *report* sent”")
    assert "First value of Böse" in words(told)
    assert "(first ∗report∗ sent)" in words(told).replace("*", "∗")
    again = lee.command("/cs onboarding boese.example value again")
    assert "It is recorded once." in words(again)
    with begun.sessions() as session:
        query = select(AuditEntry.by_id).where(AuditEntry.verb == "first_value.reached")
        assert sorted(session.scalars(query), key=bool) == [None, by_slack_id(session, "U_LEE").id]
    report = lee.command("/cs onboarding value").messages[-1]
    assert report.text == (
        "First value, customers of the last 12 months: 2 of 2 in time (100 %, likely 34 to 100 %), "
        "median 19 days"
    )
    assert "mid-market: 2 of 2 in time (100 %, likely 34 to 100 %), goal 30 days" in report.words
    assert "First value reached: first value" in words(lee.command("/cs timeline acme"))


def test_what_is_not_understood_is_told_and_an_account_is_still_an_account(begun: Any) -> None:
    priya = begun.person("U_PRIYA", "C_OTHER")
    assert "I can't read *enterprize*. I understood: *late*." in words(
        priya.command("/cs onboarding late enterprize")
    )
    assert "Acme is in Onboarding" in words(priya.command("/cs onboarding acme"))
    unknown = words(priya.command("/cs onboarding zzz"))
    assert "I know no account like *zzz*" in unknown
    possible = words(priya.command("/cs onboarding help"))
    assert all(f"`{word}`" in possible for word in ("gantt", "late", "people", "requirements"))
    assert "`requirements`" in unknown
    no_stage = words(priya.command("/cs onboarding acme gibberish"))
    assert "I know no single stage like *gibberish*" in no_stage
    assert "`requirements`, `intro`, `gantt`" in no_stage
    none = priya.command("/cs onboarding me").messages[-1]
    assert none.text == "Nobody is in onboarding (Priya Shah)."
    assert answer(priya.press(none, label="Whole Team")).text.startswith("Onboarding: 2")


def test_who_left_in_the_middle_has_skipped_no_stage_to_come(begun: Any) -> None:
    dana, today = begun.person("U_DANA", "C_OTHER"), begun.now.date().isoformat()
    dana.submit(dana.command("/cs churn acme").view, {
        "type": "onboarding", "evidence": "They never got past the first step.",
        "notice_on": today, "effective_on": today, "avoidable": "yes",
    })  # fmt: skip
    drawn = words(dana.command("/cs onboarding acme gantt"))
    assert "1 Onboarding: done in 20 of 14 days, 6 days late" in drawn
    assert "6 Simplified renewal: not reached" in drawn
    assert "skipped" not in drawn
