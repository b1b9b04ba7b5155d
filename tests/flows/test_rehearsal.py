"""A test alert shows that alerts arrive and buttons work, and changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.audit import AuditEntry
from csbot.doctor import examine


def audits(desk) -> int:
    with desk.sessions() as session:
        return session.scalar(select(func.count(AuditEntry.id))) or 0


def test_one_to_oneself_is_seen_by_nobody_else_and_its_button_changes_nothing(desk):
    priya = desk.person("U_PRIYA", "C_ALERTS")
    assert "your direct messages with me; nobody else" in priya.command("/cs test alert").words
    assert "less than a minute ago" in priya.command("/cs test alert").words
    desk.deliver()
    assert desk.in_channel() == []
    shown = priya.last()
    assert "Test alert" in shown.text
    for _ in range(2):
        assert "nothing has changed" in priya.press(shown, label="Acknowledge").words
    assert audits(desk) == 0


def test_a_manager_sends_one_to_the_alerts_channel_and_is_told_privately(desk):
    priya = desk.person("U_PRIYA", "C_OTHER")
    answer = priya.command("/cs test alert channel").ephemeral
    assert "on its way to #cs-alerts" in answer.words
    desk.deliver()
    (shown,) = desk.in_channel()
    assert "Test alert" in shown.text
    assert "<@U_PRIYA>" in str(shown.blocks)
    assert "Sample Company is no customer" in shown.words
    for _ in range(2):
        said = desk.person("U_LEE", "C_ALERTS").press(shown, label="Acknowledge").ephemeral
        assert "nothing has changed" in said.words
    assert [one.words for one in desk.in_channel()] == [shown.words]
    assert audits(desk) == 0


def test_a_second_one_within_a_minute_is_not_sent(desk):
    priya = desk.person("U_PRIYA", "C_ALERTS")
    priya.command("/cs test channel")
    assert "less than a minute ago" in priya.command("/cs test alert channel").ephemeral.words
    desk.at(desk.now + timedelta(minutes=1))
    priya.command("/cs test alert channel")
    desk.deliver()
    assert len(desk.in_channel()) == 2


@pytest.mark.parametrize("who", ["U_DANA", "U_ROBIN"])
def test_whoever_may_not_is_told_who_may(desk, who):
    words = desk.person(who, "C_ALERTS").command("/cs test alert").ephemeral.words
    assert "Only managers and admins can send a test alert" in words
    assert "test alert" not in desk.person(who, "C_ALERTS").command("/cs help").ephemeral.words
    desk.deliver()
    assert desk.in_channel() == []


def test_what_else_one_may_want_to_test_is_refused(desk):
    words = desk.person("U_PRIYA", "C_ALERTS").command("/cs test everything").ephemeral.words
    assert "/cs test alert" in words


def test_doctor_sends_one_at_once_and_says_that_it_stands_there(desk):
    report = examine(desk.wiring, send=True)
    assert report.well, report.text()
    assert "test alert: it stands in #cs-alerts" in report.text()
    (shown,) = desk.in_channel()
    assert "<@" not in str(shown.blocks)


def test_doctor_sends_none_where_something_is_wrong(desk):
    desk.slack.channels["C_ALERTS"].archived = True
    assert "test alert" not in examine(desk.wiring, send=True).text()
