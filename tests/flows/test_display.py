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


def test_a_workspace_that_refused_a_chart_is_offered_pictures_for_a_day(desk, two_months):
    desk.slack.charts_allowed = False
    with desk.sessions.begin() as session:
        enqueue(session, RenewalsList.example(), to="#cs-alerts", key="list", now=desk.now)
    desk.deliver()
    priya = desk.person("U_PRIYA")
    shown = priya.command("/cs renewals 90d").messages[0]
    assert not types(shown) & NATIVE
    assert "Send Chart" in priya.command("/cs renewals 90d").messages[0].words
    desk.at(desk.now + timedelta(days=2))
    desk.slack.charts_allowed = True
    assert types(priya.command("/cs renewals 90d").messages[0]) & NATIVE
