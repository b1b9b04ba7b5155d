"""Commands, presses, forms and events reach the bot as Slack sends them, and fail as Slack's do."""

from datetime import timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from csbot.slack.manifest import build
from csbot.workspace import actions
from csbot.workspace.driver import Person
from csbot.workspace.scheduled import post_due
from csbot.workspace.state import Workspace
from tests.contracts.scripted_bot import ScriptedBot


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def button(label: str, value: str = "1") -> dict[str, Any]:
    return {"type": "button", "text": plain(label), "action_id": "alert.ack.v1", "value": value}


def menu(*labels: str) -> dict[str, Any]:
    options = [{"text": plain(label), "value": label.lower()} for label in labels]
    return {"type": "overflow", "action_id": "alert.more.v1", "options": options}


def card(*elements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "actions", "elements": list(elements)}]


def form(**more: Any) -> dict[str, Any]:
    note = {"type": "plain_text_input", "action_id": "v"}
    block = {"type": "input", "block_id": "note", "label": plain("Note"), "element": note}
    head = {"type": "section", "block_id": "head", "text": plain("Log it")}
    return {
        "type": "modal",
        "callback_id": "checkin",
        "title": plain("Log Check-in"),
        "submit": plain("Log"),
        "blocks": [head, block],
        **more,
    }


@pytest.fixture
def dana(northwind: Workspace, scripted: ScriptedBot) -> Person:
    return northwind.person("U_DANA", "C_ALERTS")


def open_form(api: WebClient, dana: Person, bot: ScriptedBot, **more: Any) -> None:
    dana.command("/cs checkin")
    api.views_open(trigger_id=bot.last["payload"]["trigger_id"], view=form(**more))


def test_a_command_arrives_signed_with_all_its_fields(dana: Person, scripted: ScriptedBot) -> None:
    scripted.answer({"response_type": "ephemeral", "text": "3 accounts"})
    seen = dana.command("/cs my accounts")
    got = scripted.last
    assert got["signed"]
    assert got["payload"]["command"] == "/cs"
    assert got["payload"]["text"] == "my accounts"
    assert got["payload"]["is_enterprise_install"] == "false"
    assert seen.ephemeral is not None
    assert seen.ephemeral.text == "3 accounts"


def test_a_bare_text_acknowledgement_is_shown_too(dana: Person, scripted: ScriptedBot) -> None:
    scripted.answer("all good")
    assert "all good" in dana.command("/cs").words


def test_names_rooms_and_links_arrive_as_tokens_as_the_manifest_asks(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    (command,) = build(None)["features"]["slash_commands"]
    assert command["should_escape"]
    northwind.add_channel("C_CLOSED", "closed", kind="private")
    dana.command("/cs assign acme @lee, not @nobody, in #cs-alerts & <more> <#C_1|chosen> #closed")
    tokens = "assign acme <@U_LEE|lee>, not @nobody, in <#C_ALERTS|cs-alerts> &amp; &lt;more&gt; "
    assert scripted.last["payload"]["text"] == f"{tokens}<#C_1|chosen> #closed"
    dana.command("/cs note a.b@acme.example, see https://acme.example/#cs-alerts")
    assert scripted.last["payload"]["text"] == (
        "note <mailto:a.b@acme.example|a.b@acme.example>, see <https://acme.example/#cs-alerts>"
    )


def test_a_slow_bot_is_a_timeout_for_the_person_and_is_not_asked_again(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    northwind.ack_seconds = 0.5
    scripted.answer(wait=5)
    seen = dana.command("/cs my")
    assert (seen.error, len(scripted.requests)) == ("operation_timeout", 1)


def test_a_failing_or_absent_bot_is_a_failed_dispatch(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    scripted.answer(status=500)
    assert dana.command("/cs my").error == "dispatch_failed"
    northwind.request_url = "http://127.0.0.1:9/slack/events"
    assert dana.command("/cs my").error == "dispatch_failed"


def test_commands_are_not_for_outsiders_threads_or_unknown_words(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    northwind.channels["C_ALERTS"].members.add("U_OUT")
    assert northwind.person("U_OUT", "C_ALERTS").command("/cs my").error == "not_for_outsiders"
    assert northwind.person("U_GONE", "C_ALERTS").command("/cs my").error == "user_disabled"
    assert dana.command("/cs my", thread_ts="1.1").error == "not_in_threads"
    assert dana.command("/nope").error == "invalid_command"
    assert dana.command("/cs", channel="C_SECRET").error == "not_visible"
    assert scripted.requests == []


def test_an_acknowledgement_slack_could_not_show_is_a_bot_fault(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    scripted.answer({"text": "x", "blocks": [{"type": "nope"}]})
    assert dana.command("/cs my").error == "dispatch_failed"
    assert northwind.faults_of("bad_ack")


def test_a_press_carries_the_message_the_state_and_the_button(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    api.chat_postMessage(channel="C_ALERTS", text="alert", blocks=card(button("Acknowledge", "42")))
    assert dana.press(dana.last("C_ALERTS"), label="Acknowledge").ok
    payload = scripted.last["payload"]
    assert payload["type"] == "block_actions"
    assert payload["actions"][0]["value"] == "42"
    assert payload["message"]["text"] == "alert"
    assert payload["container"]["channel_id"] == "C_ALERTS"
    assert payload["response_url"].startswith("http://127.0.0.1")


def test_an_old_copy_can_be_pressed_after_the_message_has_changed(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    ts = api.chat_postMessage(channel="C_ALERTS", text="a", blocks=card(button("Take")))["ts"]
    old = dana.last("C_ALERTS")
    api.chat_update(channel="C_ALERTS", ts=ts, text="taken")
    assert dana.last("C_ALERTS").labels == []
    assert dana.press(old, label="Take").ok
    assert dana.press(old, label="Take").ok
    assert [r["payload"]["message"]["text"] for r in scripted.requests] == ["a", "a"]
    with pytest.raises(LookupError):
        dana.press(ts, label="Take")


def test_a_page_that_is_behind_presses_the_version_it_shows(
    northwind: Workspace, api: WebClient, scripted: ScriptedBot
) -> None:
    ts = api.chat_postMessage(channel="C_ALERTS", text="a", blocks=card(button("Take")))["ts"]
    message = northwind.find("C_ALERTS", ts)
    assert message is not None
    block_id = message.blocks[0]["block_id"]
    api.chat_update(channel="C_ALERTS", ts=ts, text="b", blocks=card(button("Close")))
    stale = actions.Press(block_id, "alert.ack.v1", "C_ALERTS", ts)
    assert actions.press(northwind, "U_DANA", stale).ok
    assert scripted.last["payload"]["actions"][0]["text"]["text"] == "Take"


def test_outsiders_can_press_but_nobody_presses_what_they_cannot_see(
    northwind: Workspace, api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    blocks = card(button("Take"))
    api.chat_postMessage(channel="C_ALERTS", text="a", blocks=blocks)
    shown = dana.last("C_ALERTS")
    outsider = northwind.person("U_OUT")
    assert outsider.press(shown, label="Take").error == "not_visible"
    northwind.channels["C_ALERTS"].members.add("U_OUT")
    assert outsider.press(shown, label="Take").ok
    assert scripted.last["payload"]["user"]["team_id"] == "T_OTHER"
    api.chat_postEphemeral(channel="C_ALERTS", user="U_DANA", text="psst", blocks=blocks)
    private = dana.last("C_ALERTS")
    assert northwind.person("U_LEE").press(private, label="Take").error == "not_visible"


def test_an_overflow_choice_arrives_as_the_chosen_option(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    blocks = card(button("Acknowledge"), menu("Snooze…", "Reassign…"))
    api.chat_postMessage(channel="C_ALERTS", text="a", blocks=blocks)
    dana.choose(dana.last("C_ALERTS"), "Reassign…")
    action = scripted.last["payload"]["actions"][0]
    assert (action["action_id"], action["selected_option"]["value"]) == (
        "alert.more.v1",
        "reassign…",
    )


def test_the_response_url_works_five_times_and_half_an_hour(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    dana.command("/cs my")
    hook = WebhookClient(scripted.last["payload"]["response_url"], retry_handlers=[])
    assert [hook.send(text=str(n)).status_code for n in range(6)] == [200] * 5 + [404]
    dana.command("/cs my")
    url = scripted.last["payload"]["response_url"]
    northwind.response_urls[url.rsplit("/", 1)[-1]].expires_at -= timedelta(minutes=31)
    assert WebhookClient(url, retry_handlers=[]).send(text="late").status_code == 404


def test_the_response_url_replaces_deletes_and_speaks_in_public(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    api.chat_postMessage(channel="C_ALERTS", text="a", blocks=card(button("Take")))
    dana.press(dana.last("C_ALERTS"), label="Take")
    hook = WebhookClient(scripted.last["payload"]["response_url"], retry_handlers=[])
    hook.send(text="private")
    assert dana.last("C_ALERTS").ephemeral
    hook.send(text="taken", replace_original=True)
    assert [m.text for m in dana.messages("C_ALERTS")] == ["taken", "private"]
    hook.send(text="public", response_type="in_channel")
    assert not dana.last("C_ALERTS").ephemeral
    hook.send(delete_original=True)
    assert [m.text for m in dana.messages("C_ALERTS")] == ["private", "public"]
    assert hook.send(text="x", blocks=[{"type": "nope"}]).status_code == 400


def test_a_form_is_sent_with_what_was_typed_and_closes(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    open_form(api, dana, scripted)
    seen = dana.submit(values={"note": "called the champion"})
    view = scripted.last["payload"]["view"]
    assert view["state"]["values"]["note"]["v"]["value"] == "called the champion"
    assert (seen.ok, seen.view) == (True, None)


def test_a_required_field_is_asked_for_before_anything_is_sent(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    open_form(api, dana, scripted)
    before = len(scripted.requests)
    assert "required" in dana.submit(values={}).errors["note"]
    assert len(scripted.requests) == before


def test_field_errors_keep_the_form_and_must_name_inputs(
    northwind: Workspace, api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    open_form(api, dana, scripted)
    scripted.answer({"response_action": "errors", "errors": {"note": "Say more."}})
    seen = dana.submit(values={"note": "x"})
    assert (seen.errors, seen.view is not None) == ({"note": "Say more."}, True)
    scripted.answer({"response_action": "errors", "errors": {"head": "Say more."}})
    assert dana.submit(values={"note": "x"}).error == "trouble"
    assert "head" in northwind.faults_of("bad_view_response")[0].detail


def test_an_answer_can_update_push_or_clear(
    northwind: Workspace, api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    open_form(api, dana, scripted)
    scripted.answer({"response_action": "push", "view": form(title=plain("Second"))})
    pushed = dana.submit(values={"note": "x"}).view
    assert pushed is not None
    assert pushed.title == "Second"
    scripted.answer({"response_action": "update", "view": form(title=plain("Renamed"))})
    updated = dana.submit(values={"note": "x"}).view
    assert updated is not None
    assert (updated.id, updated.title) == (pushed.id, "Renamed")
    scripted.answer({"response_action": "update", "view": {"type": "modal"}})
    assert dana.submit(values={"note": "x"}).error == "trouble"
    scripted.answer({"response_action": "clear"})
    assert dana.submit(values={"note": "x"}).view is None
    assert len(northwind.faults_of("bad_view_response")) == 1


def test_an_update_keeps_what_was_typed_in_the_same_field(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    open_form(api, dana, scripted)
    scripted.answer({"response_action": "update", "view": form(title=plain("Again"))})
    seen = dana.submit(values={"note": "half a thought"})
    assert seen.view is not None
    assert seen.view.raw["state"]["values"]["note"]["v"]["value"] == "half a thought"


def test_closing_is_told_only_on_request(
    api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    open_form(api, dana, scripted)
    dana.close()
    assert scripted.last["payload"].get("type") is None
    open_form(api, dana, scripted, notify_on_close=True)
    dana.close()
    assert scripted.last["payload"]["type"] == "view_closed"


def test_an_external_menu_asks_the_bot_and_refuses_a_bad_answer(
    northwind: Workspace, api: WebClient, dana: Person, scripted: ScriptedBot
) -> None:
    element = {"type": "external_select", "action_id": "account", "min_query_length": 1}
    block = {"type": "input", "block_id": "acc", "label": plain("Account"), "element": element}
    open_form(api, dana, scripted, blocks=[block])
    options = [{"text": plain("Globex"), "value": "7"}]
    scripted.answer({"options": options})
    assert dana.suggest(None, "account", "glob") == ["Globex"]
    assert scripted.last["payload"]["type"] == "block_suggestion"
    assert dana.suggest(None, "account", "") == []
    scripted.answer({"options": options})
    dana.submit(values={"acc": "Globex"})
    values = scripted.last["payload"]["view"]["state"]["values"]
    assert values["acc"]["account"]["selected_option"]["value"] == "7"
    open_form(api, dana, scripted, blocks=[block])
    scripted.answer({"options": [{"text": plain("x" * 76), "value": "7"}]})
    assert dana.suggest(None, "account", "glob") == []
    assert northwind.faults_of("invalid_options")


def test_an_entry_of_a_messages_menu_carries_the_message_and_one_for_everywhere_nothing(
    dana: Person, api: WebClient, scripted: ScriptedBot
) -> None:
    api.chat_postMessage(channel="C_ALERTS", text="Quiet", blocks=card(button("Acknowledge")))
    shown = dana.last("C_ALERTS")
    assert dana.shortcut("Make a Task", shown).ok
    sent = scripted.last["payload"]
    assert (sent["type"], sent["callback_id"]) == ("message_action", "message.task.v1")
    assert (sent["message_ts"], sent["message"]["text"]) == (shown.ts, "Quiet")
    assert sent["message"]["bot_id"] == "BCSBOT"
    assert sent["channel"] == {"id": "C_ALERTS", "name": "cs-alerts"}
    assert {"team", "user", "trigger_id", "response_url", "action_ts"} <= set(sent)
    assert "api_app_id" not in sent
    assert dana.shortcut("Log a Check-In").ok
    sent = scripted.last["payload"]
    assert (sent["type"], sent["callback_id"]) == ("shortcut", "everywhere.checkin.v1")
    assert {"channel", "message", "response_url"}.isdisjoint(sent)


def test_slacks_menus_know_their_entries_and_their_people_and_wait_as_long_as_for_a_press(
    northwind: Workspace, dana: Person, api: WebClient, scripted: ScriptedBot
) -> None:
    api.chat_postMessage(channel="C_ALERTS", text="Quiet")
    api.chat_postEphemeral(channel="C_ALERTS", user="U_DANA", text="Only you")
    public, private = dana.messages("C_ALERTS")
    assert dana.shortcut("message.nope.v1", public).error == "unknown_shortcut"
    assert dana.shortcut("Make a Task").error == "unknown_shortcut"
    assert dana.shortcut("Make a Task", private).error == "gone"
    assert northwind.person("U_OUT").shortcut("Make a Task", public).error == "not_for_outsiders"
    assert scripted.requests == []
    scripted.answer(wait=5)
    northwind.ack_seconds = 0.5
    assert dana.shortcut("Make a Task", public).error == "operation_timeout"
    late = scripted.last["payload"]["trigger_id"]
    northwind.triggers[late].expires_at -= timedelta(seconds=4)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        api.views_open(trigger_id=late, view=form())


def test_a_mention_becomes_an_event_and_a_home_visit_another(
    dana: Person, scripted: ScriptedBot
) -> None:
    dana.say("@csbot my")
    envelope = scripted.last["payload"]
    assert scripted.last["signed"]
    assert envelope["event"]["type"] == "app_mention"
    assert envelope["event"]["text"] == "<@UCSBOT> my"
    assert envelope["authorizations"][0]["is_bot"]
    dana.home()
    assert scripted.last["payload"]["event"]["tab"] == "home"


def test_an_event_is_tried_again_at_once_after_a_minute_and_after_five(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    for _ in range(4):
        scripted.answer(status=500)
    with freeze_time("2026-11-23 08:30:00") as frozen:
        dana.say("@csbot my")
        for wait, sent in ((0, 2), (59, 2), (1, 3), (299, 3), (1, 4), (900, 4)):
            frozen.tick(timedelta(seconds=wait))
            northwind.events.poke()
            assert northwind.events.wait_idle()
            assert len(scripted.requests) == sent
    headers = [request["headers"] for request in scripted.requests]
    assert [h.get("x-slack-retry-num") for h in headers] == [None, "1", "2", "3"]
    assert headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({request["payload"]["event_id"] for request in scripted.requests}) == 1


def test_a_bot_can_decline_retries(
    northwind: Workspace, dana: Person, scripted: ScriptedBot
) -> None:
    scripted.answer(status=500, headers={"X-Slack-No-Retry": "1"})
    dana.say("@csbot my")
    assert northwind.events.wait_idle()
    assert (len(scripted.requests), northwind.events.waiting) == (1, [])


def test_only_subscribed_events_are_sent(northwind: Workspace, dana: Person) -> None:
    assert northwind.events.post({"type": "reaction_added"}) is None


def test_scheduled_messages_come_when_the_clock_gets_there_but_never_with_metadata(
    northwind: Workspace, api: WebClient
) -> None:
    metadata = {"event_type": "e", "event_payload": {}}
    with freeze_time("2026-11-23 08:30:00") as frozen:
        at = int(northwind.now().timestamp()) + 60
        api.chat_scheduleMessage(channel="C_ALERTS", text="later", post_at=at)
        told = {"channel": "C_ALERTS", "text": "never", "post_at": at, "metadata": metadata}
        api.chat_scheduleMessage(**told)
        frozen.tick(timedelta(seconds=61))
        post_due(northwind)
    assert [m.text for m in northwind.in_channel("C_ALERTS")] == ["later"]
