"""What people press, choose and type reaches the bot, and the page says what became of it."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from csbot.workspace import screens
from tests.browser import block_samples as sample
from tests.browser.stage import DANA, LEE, ROOM, Stage

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
ACK = sample.actions(sample.button("Acknowledge", "alert.ack.v1", style="primary"), sample.OVERFLOW)

NEWS_OF_SCROLLING_COMES_LATE = (
    "window.addEventListener('scroll', (event) => event.stopImmediatePropagation(), true)"
)
LONGER = {"type": "section", "text": {"type": "mrkdwn", "text": "It is worse than it was"}}


def _until(stage: Stage, kind: str, count: int = 1) -> list[sample.Json]:
    """What the bot has received of a kind, once it is that many."""
    for _ in range(200):
        found = stage.bot.of_type(kind)
        if len(found) >= count:
            return found
        stage.page.wait_for_timeout(25)
    raise AssertionError(f"the bot received {len(stage.bot.of_type(kind))} {kind}")


def test_a_press_shows_that_it_is_under_way_and_a_second_press_is_not_sent(stage: Stage) -> None:
    stage.bot.may_answer.clear()
    button = stage.post(ACK).locator("[data-action-id='alert.ack.v1']")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    button.click(force=True)
    stage.bot.may_answer.set()
    expect(button).not_to_have_attribute("aria-busy", "true")
    (pressed,) = _until(stage, "block_actions")
    assert pressed["user"]["id"] == DANA
    assert pressed["actions"][0]["value"] == "1"


def test_a_press_is_not_lost_when_its_message_changes_under_the_pointer(stage: Stage) -> None:
    shown = stage.post(ACK)
    button = shown.locator("[data-action-id='alert.ack.v1']")
    button.hover()
    stage.page.mouse.down()
    with stage.page.expect_response("**/ui/messages*") as heard:
        ts = str(shown.get_attribute("data-ts"))
        stage.slack.chat_update(channel=ROOM, ts=ts, text="it is worse", blocks=[LONGER, ACK])
    heard.value.finished()
    stage.page.evaluate(
        "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
    )
    stage.page.mouse.up()
    assert _until(stage, "block_actions")[0]["actions"][0]["value"] == "1"
    expect(shown).to_contain_text("It is worse")


def test_the_button_to_new_messages_moves_nothing_when_it_comes_and_goes(stage: Stage) -> None:
    for number in range(30):
        stage.post(text=f"message {number}")
    tall = stage.page.locator(".messages").first
    expect(tall).to_contain_text("message 29")
    stage.page.evaluate(NEWS_OF_SCROLLING_COMES_LATE)
    tall.evaluate("(list) => (list.scrollTop = 0)")
    expect(stage.post(text="one more")).to_be_attached()
    jump = stage.page.get_by_test_id("jump").first
    expect(jump).to_be_visible()
    height = tall.evaluate("(list) => list.scrollHeight")
    jump.click()
    expect(jump).to_be_hidden()
    assert tall.evaluate("(list) => list.scrollHeight") == height


def test_the_choice_in_an_overflow_menu_reaches_the_workspace(stage: Stage) -> None:
    shown = stage.post(ACK)
    shown.get_by_label("More actions").click()
    with stage.page.expect_request("**/ui/action") as sent:
        stage.page.get_by_role("menuitem", name="Why This?…").click()
    body = sent.value.post_data_json or {}
    assert body["action_id"] == "more"
    assert body["selected_option"]["value"] == "why"
    (pressed,) = _until(stage, "block_actions")
    assert pressed["actions"][0]["selected_option"]["value"] == "why"


def test_a_bot_that_cannot_be_reached_is_said_in_a_notice(stage: Stage) -> None:
    stage.workspace.request_url = "http://127.0.0.1:9/slack/events"
    button = stage.post(ACK).locator("[data-action-id='alert.ack.v1']")
    button.click()
    expect(stage.page.get_by_test_id("toast-error")).to_contain_text("csbot")
    expect(button).not_to_have_attribute("aria-busy", "true")


def test_a_confirm_dialog_asks_before_anything_is_sent(stage: Stage) -> None:
    confirm = {
        "title": sample.plain("Delete it?"),
        "text": sample.plain("This cannot be undone."),
        "confirm": sample.plain("Delete"),
        "deny": sample.plain("Keep"),
    }
    shown = stage.post(sample.actions(sample.button("Delete", "del", confirm=confirm)))
    shown.get_by_role("button", name="Delete").click()
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_role("dialog")).to_have_count(0)
    assert stage.bot.of_type("block_actions") == []
    shown.get_by_role("button", name="Delete").click()
    stage.page.get_by_test_id("confirm-yes").click()
    _until(stage, "block_actions")


def test_a_choice_in_a_select_is_sent_with_the_state_of_its_message(stage: Stage) -> None:
    select = {
        "type": "static_select",
        "action_id": "pick",
        "placeholder": sample.plain("Pick"),
        "options": sample.OPTIONS,
    }
    shown = stage.post(sample.actions(select, {"type": "datepicker", "action_id": "on"}))
    shown.locator("[data-action-id=pick]").click()
    stage.page.get_by_role("option", name="Globex").click()
    (pressed,) = _until(stage, "block_actions")
    assert pressed["actions"][0]["selected_option"]["value"] == "globex"
    shown.locator("[data-action-id=on]").fill("2026-12-24")
    later = _until(stage, "block_actions", 2)[-1]
    assert later["actions"][0]["selected_date"] == "2026-12-24"
    (values,) = later["state"]["values"].values()
    assert values["pick"]["selected_option"]["value"] == "globex"


def test_an_external_select_asks_the_bot_as_one_types(stage: Stage) -> None:
    stage.bot.answers["block_suggestion"] = {"options": sample.OPTIONS}
    find = {"type": "external_select", "action_id": "account", "min_query_length": 2}
    shown = stage.post(sample.actions({**find, "placeholder": sample.plain("Find an account")}))
    shown.locator("[data-action-id=account]").click()
    expect(stage.page.get_by_role("listbox")).to_contain_text("2 or more")
    shown.locator("[data-action-id=account]").press_sequentially("glo")
    stage.page.get_by_role("option", name="Globex").click()
    assert _until(stage, "block_actions")[0]["actions"][0]["selected_option"]["value"] == "globex"
    assert _until(stage, "block_suggestion")[-1]["value"] == "glo"


def _error(dialog: Locator, block_id: str) -> Locator:
    return dialog.locator(f"[data-input='{block_id}']").get_by_test_id("field-error")


def test_errors_of_a_form_stand_at_their_fields_and_keep_what_was_typed(stage: Stage) -> None:
    dialog = stage.open_modal(sample.CHECK_IN)
    dialog.get_by_label("Next step").fill("Call Ann")
    stage.page.get_by_test_id("modal-submit").click()
    expect(_error(dialog, "note")).to_contain_text("required")
    expect(dialog.get_by_label("Note")).to_be_focused()
    assert stage.bot.of_type("view_submission") == []

    stage.bot.answers["view_submission"] = {
        "response_action": "errors",
        "errors": {"step": "Please add a date to the next step."},
    }
    dialog.get_by_label("Note").fill("They are well")
    dialog.get_by_label("Note").press("Enter")
    expect(_error(dialog, "step")).to_contain_text("add a date")
    expect(_error(dialog, "note")).to_be_hidden()
    expect(dialog.get_by_label("Next step")).to_have_value("Call Ann")
    expect(dialog.get_by_label("Next step")).to_have_attribute("aria-invalid", "true")

    stage.bot.answers.clear()
    stage.page.get_by_test_id("modal-submit").click()
    expect(dialog).to_have_count(0)
    values = _until(stage, "view_submission", 2)[-1]["view"]["state"]["values"]
    assert values["note"]["text"]["value"] == "They are well"


def test_a_form_that_changes_under_ones_hands_keeps_what_was_typed(stage: Stage) -> None:
    dialog = stage.open_modal(sample.CHECK_IN)
    dialog.get_by_label("Note").fill("Half a sen")
    changed = {**sample.CHECK_IN, "title": sample.plain("Log call")}
    with stage.workspace.lock:
        view = screens.top(stage.workspace, DANA)
        assert view is not None
        screens.replace(stage.workspace, view, changed)
    expect(dialog.get_by_role("heading")).to_have_text("Log call")
    expect(dialog.get_by_label("Note")).to_have_value("Half a sen")
    expect(dialog.get_by_label("Note")).to_be_focused()


def test_escape_closes_the_form_and_gives_the_focus_back(stage: Stage) -> None:
    stage.composer().focus()
    dialog = stage.open_modal(sample.CHECK_IN)
    expect(dialog.get_by_label("Note")).to_be_focused()
    stage.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(stage.composer()).to_be_focused()
    assert screens.top(stage.workspace, DANA) is None


def test_everything_in_a_message_can_be_reached_and_pressed_by_keyboard(stage: Stage) -> None:
    shown = stage.post(ACK)
    shown.locator("[data-action-id='alert.ack.v1']").focus()
    stage.page.keyboard.press("Enter")
    _until(stage, "block_actions")
    stage.page.keyboard.press("Tab")
    expect(shown.get_by_label("More actions")).to_be_focused()
    stage.page.keyboard.press("Enter")
    expect(stage.page.get_by_role("menuitem").first).to_be_focused()
    stage.page.keyboard.press("ArrowDown")
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_role("menu")).to_have_count(0)
    expect(shown.get_by_label("More actions")).to_be_focused()


def test_a_slash_command_is_completed_sent_and_found_again_in_the_history(stage: Stage) -> None:
    stage.composer().press_sequentially("/c")
    expect(stage.page.get_by_test_id("composer-suggestions")).to_contain_text("/cs")
    stage.page.keyboard.press("Tab")
    stage.page.keyboard.type("renewals 90d")
    stage.page.keyboard.press("Enter")
    expect(stage.composer()).to_have_value("")
    stage.page.wait_for_function("() => !document.querySelector('.sending')")
    (command,) = [one for one in stage.bot.received if "command" in one]
    assert (command["command"], command["text"]) == ("/cs", "renewals 90d")
    stage.page.keyboard.press("ArrowUp")
    expect(stage.composer()).to_have_value("/cs renewals 90d")


def test_a_command_that_nobody_answered_comes_back_into_the_box(stage: Stage) -> None:
    stage.workspace.request_url = "http://127.0.0.1:9/slack/events"
    stage.composer().fill("/cs help")
    stage.page.keyboard.press("Escape")
    stage.composer().press("Enter")
    expect(stage.page.get_by_test_id("toast-error")).to_contain_text("/cs failed")
    expect(stage.composer()).to_have_value("/cs help")


def test_a_name_completed_after_an_at_sign_becomes_a_mention(stage: Stage) -> None:
    stage.composer().press_sequentially("Could you look, @le")
    stage.page.keyboard.press("Enter")
    expect(stage.composer()).to_have_value("Could you look, @Lee Park ")
    stage.page.keyboard.press("Enter")
    expect(stage.page.locator(".message .mention")).to_have_text("@Lee Park")
    assert stage.said_by(DANA) == [f"Could you look, <@{LEE}>"]


def test_acting_as_somebody_else_shows_what_that_person_sees(stage: Stage) -> None:
    stage.page.get_by_test_id("act-as").click()
    stage.page.get_by_test_id(f"act-as-{LEE}").click()
    expect(stage.page.get_by_test_id("act-as")).to_contain_text("Lee Park")
    button = stage.post(ACK).locator("[data-action-id='alert.ack.v1']")
    button.click()
    assert _until(stage, "block_actions")[0]["user"]["id"] == LEE


def test_home_is_drawn_when_the_bot_publishes_it(stage: Stage) -> None:
    stage.page.get_by_test_id("app-csbot").click()
    stage.page.get_by_test_id("tab-home").click()
    expect(stage.page.get_by_test_id("home")).to_contain_text("Nothing here yet")
    view = {"type": "home", "blocks": [sample.section("*Your accounts*"), ACK]}
    stage.slack.views_publish(user_id=DANA, view=view)
    home = stage.page.get_by_test_id("home-view")
    expect(home).to_contain_text("Your accounts")
    home.locator("[data-action-id='alert.ack.v1']").click()
    assert _until(stage, "block_actions")[0]["container"]["type"] == "view"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(stage: Stage, scheme: str) -> None:
    stage.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    shown = stage.post(
        ACK, sample.section("*Words*"), {"type": "context", "elements": [sample.mrkdwn("small")]}
    )
    for node in (".primary", ".context", ".when", ".block strong"):
        assert shown.locator(node).first.evaluate(CONTRAST) >= 4.5


def test_slacks_own_menus_work_by_keyboard_on_a_message_and_for_everywhere(stage: Stage) -> None:
    shown = stage.post(text="Rollout is stuck")
    shown.hover()
    shown.get_by_label("Shortcuts on this message").focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        stage.page.keyboard.press(key)
    (kept,) = _until(stage, "message_action")
    assert kept["callback_id"] == "message.task.v1"
    assert (kept["message"]["text"], kept["channel"]["name"]) == ("Rollout is stuck", "cs-alerts")
    stage.page.get_by_label("Shortcuts", exact=True).focus()
    for key in ("Enter", "Enter"):
        stage.page.keyboard.press(key)
    (made,) = _until(stage, "shortcut")
    assert (made["callback_id"], made["user"]["id"]) == ("everywhere.checkin.v1", DANA)
    assert {"channel", "response_url", "message"}.isdisjoint(made)
    expect(stage.page.get_by_test_id("toast-error")).to_have_count(0)
