"""What stands around the conversations: the clock, the guide, the kill button."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from csbot.workspace.guide import GuideStep
from tests.browser.stage import DANA, ROOM, Stage


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clock"
    monkeypatch.setenv("CSBOT_CLOCK_FILE", str(path))
    return path


def _local_now(stage: Stage) -> datetime:
    return stage.workspace.now().astimezone(ZoneInfo("America/New_York"))


def test_the_clock_jumps_to_a_morning_in_the_zone_of_the_acting_person(
    clock_file: Path, stage: Stage
) -> None:
    before = _local_now(stage)
    stage.page.get_by_test_id("clock").click()
    stage.page.get_by_test_id("clock-wednesday").click()
    expect(stage.page.get_by_test_id("clock")).to_contain_text("09:30")
    now = _local_now(stage)
    assert now.strftime("%A %H:%M") == "Wednesday 09:30"
    assert 0 < (now.date() - before.date()).days <= 7
    expect(stage.page.get_by_test_id("clock-panel")).to_have_count(0)


def test_a_time_that_has_passed_is_refused_in_the_panel(clock_file: Path, stage: Stage) -> None:
    stage.page.get_by_test_id("clock").click()
    stage.page.get_by_test_id("clock-custom").fill("2020-01-01T08:00")
    stage.page.get_by_test_id("clock-set").click()
    expect(stage.page.get_by_test_id("clock-panel").get_by_role("alert")).to_contain_text(
        "still to come"
    )


def test_a_clock_that_cannot_be_moved_opens_nothing(stage: Stage) -> None:
    stage.page.get_by_test_id("clock").click()
    expect(stage.page.get_by_test_id("clock-panel")).to_have_count(0)


def test_the_guide_ticks_a_step_when_it_has_happened(stage: Stage) -> None:
    def asked() -> bool:
        return any("command" in one for one in stage.bot.received)

    stage.workspace.guide = [GuideStep("Ask for help", "Type `/cs help`.", asked)]
    stage.page.reload()
    step = stage.page.get_by_test_id("guide-step-1")
    expect(step).to_have_attribute("data-done", "false")
    step.get_by_test_id("guide-try").click()
    expect(stage.composer()).to_have_value("/cs help")
    stage.composer().press("Enter")
    stage.slack.chat_postEphemeral(channel=ROOM, user=DANA, text="Help is near")
    expect(step).to_have_attribute("data-done", "true")
    expect(stage.page.get_by_test_id("guide-toggle")).to_contain_text("1/1")


def test_the_kill_button_is_there_only_when_there_is_something_to_kill(stage: Stage) -> None:
    expect(stage.page.get_by_test_id("kill-worker")).to_have_count(0)
    killed: list[int] = []
    stage.workspace.on_kill = lambda: killed.append(1)
    stage.page.reload()
    stage.page.get_by_test_id("kill-worker").click()
    expect(stage.page.get_by_test_id("toast-info")).to_be_visible()
    assert killed == [1]


def test_a_page_without_an_address_begins_as_the_first_of_the_team(stage: Stage) -> None:
    fresh = stage.page.context.new_page()
    fresh.goto(stage.running.url)
    expect(fresh.get_by_test_id("act-as")).to_contain_text("Dana Reyes")
    expect(fresh.get_by_test_id("tab-messages")).to_have_attribute("aria-selected", "true")
    fresh.close()


def test_a_window_that_becomes_narrow_is_not_covered_by_the_guide(stage: Stage) -> None:
    stage.workspace.guide = [GuideStep("Ask for help", "Type `/cs help`.", lambda: False)]
    stage.page.reload()
    expect(stage.page.get_by_test_id("guide")).to_be_visible()
    stage.composer().fill("x")
    stage.composer().fill("")
    stage.page.set_viewport_size({"width": 360, "height": 740})
    expect(stage.page.get_by_test_id("guide")).to_be_hidden()
    cut = "box => box.scrollHeight > box.clientHeight || getComputedStyle(box).overflowY === 'auto'"
    assert not stage.composer().evaluate(cut)
    stage.page.get_by_test_id("guide-toggle").click()
    expect(stage.page.get_by_test_id("guide")).to_be_visible()
