"""A workspace that takes no charts: `[display] charts = false` keeps them out of everything."""

from datetime import timedelta

import pytest

from csbot.outbox.queue import enqueue
from csbot.settings import Settings
from csbot.wiring import wire
from messages.charts import NATIVE
from messages.render import show_charts
from messages.renewals import RenewalsList
from tests.builders import MONDAY, account, renewal
from tests.flows.conftest import CONFIG


@pytest.fixture
def without_charts(desk, tmp_path):
    (tmp_path / "csbot.toml").write_text(CONFIG + "[display]\ncharts = false\n")
    wire(Settings.load()).engine.dispose()
    yield
    show_charts(True)


def types(shown) -> set[str]:
    return {block["type"] for block in shown.blocks}


def ask_and_post(desk):
    """What `/cs renewals` answers, and what the same list reads like in a channel."""
    answer = desk.person("U_PRIYA").command("/cs renewals 90d").messages[0]
    with desk.sessions.begin() as session:
        enqueue(session, RenewalsList.example(), to="#cs-alerts", key="list", now=desk.now)
    desk.deliver()
    return answer, desk.in_channel()[-1]


@pytest.fixture
def two_months(desk):
    for days in (2, 50):
        kept = desk.add(account(f"Account {days}"))
        desk.add(renewal(kept.id, due_on=MONDAY.date() + timedelta(days=days)))


def test_lists_come_with_their_chart(desk, two_months):
    for shown in ask_and_post(desk):
        assert types(shown) & NATIVE


def test_where_charts_are_off_answers_and_posts_have_the_figures_alone(
    desk, two_months, without_charts
):
    for shown in ask_and_post(desk):
        assert not types(shown) & NATIVE
        assert "due by month" not in shown.words
        assert "*November*" in shown.words


@pytest.fixture
def refused(desk, two_months):
    """A workspace that has just refused a chart; Priya, who knows of nothing."""
    desk.slack.charts_allowed = False
    with desk.sessions.begin() as session:
        enqueue(session, RenewalsList.example(), to="#cs-alerts", key="list", now=desk.now)
    desk.deliver()
    return desk.person("U_PRIYA")


def test_a_workspace_that_refused_a_chart_gets_pictures_unasked_for_a_day(desk, refused):
    shown = refused.command("/cs renewals 90d").messages[0]
    assert not types(shown) & NATIVE
    assert "comes as a picture, in a direct message to whoever asked" in shown.words
    assert "Send Chart" in shown.words
    again = refused.command("/cs renewals 90d")  # the same within the hour: once
    assert "choose Send Chart" in again.words
    assert "comes as a picture" not in again.words
    turned = refused.choose(shown, "By Owner")
    assert "choose Send Chart" in [*turned.messages, *turned.updated][-1].words
    desk.run("files")
    desk.deliver()
    (file,) = desk.slack.files.values()
    assert file.content.startswith(b"\x89PNG")
    assert file.alt_text.startswith("Renewals until 21 Feb by month, USD: Nov due")
    assert any("Renewals until 21 Feb by month" in told.text for told in refused.messages())
    desk.at(desk.now + timedelta(hours=2))
    refused.command("/cs renewals 90d")
    desk.run("files")
    assert len(desk.slack.files) == 2
    desk.at(desk.now + timedelta(days=2))
    desk.slack.charts_allowed = True
    assert types(refused.command("/cs renewals 90d").messages[0]) & NATIVE
    desk.run("files")
    assert len(desk.slack.files) == 2


def test_where_neither_charts_nor_files_are_allowed_the_numbers_stand_in_words(desk, refused):
    desk.slack.tokens[desk.slack.bot_token].scopes -= {"files:write"}
    for words in ("a direct message to whoever asked", "an admin can allow files"):
        shown = refused.command("/cs renewals 90d").messages[0]
        assert words in shown.words
        assert "By month: November $48k (1) · January 2027 $48k (1)" in shown.words
        desk.run("files")
        desk.deliver()
    told = [one for one in refused.messages() if "adds the scope files:write" in one.words]
    assert len(told) == 1  # said once, not with each list
    assert "Send Chart" not in shown.words
