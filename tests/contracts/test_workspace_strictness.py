"""The local workspace refuses what Slack refuses, with Slack's words, over real HTTP."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from csbot import clock
from csbot.workspace.acts import new_trigger
from csbot.workspace.limits import Limits
from csbot.workspace.state import Workspace

SECTION: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


def refusal(call: Callable[..., Any], **args: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call(**args)
    body = caught.value.response.data
    assert isinstance(body, dict)
    return body


def error_of(call: Callable[..., Any], **args: Any) -> str:
    return str(refusal(call, **args)["error"])


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def test_who_am_i_answers_with_the_scopes_in_a_header(api: WebClient) -> None:
    answer = api.auth_test()
    assert answer["user_id"] == "UCSBOT"
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("state", "error"),
    [("token_revoked", "token_revoked"), ("token_expired", "token_expired"),
     ("account_inactive", "account_inactive")],
)  # fmt: skip
def test_a_token_that_went_bad_says_why(
    northwind: Workspace, api: WebClient, state: str, error: str
) -> None:
    northwind.tokens[northwind.bot_token].state = state
    assert error_of(api.auth_test) == error


def test_no_token_a_wrong_one_and_one_of_the_wrong_kind_are_told_apart(
    northwind: Workspace, api: WebClient
) -> None:
    def client(token: str) -> WebClient:
        return WebClient(token, base_url=api.base_url, retry_handlers=[])

    assert error_of(client("").auth_test) == "not_authed"
    assert error_of(client("xoxb-nobody").auth_test) == "invalid_auth"
    assert error_of(client(northwind.app_token).auth_test) == "not_allowed_token_type"
    assert error_of(api.apps_connections_open, app_token=northwind.bot_token) == (
        "not_allowed_token_type"
    )


def test_a_missing_scope_is_named(northwind: Workspace, api: WebClient) -> None:
    northwind.tokens[northwind.bot_token].scopes = {"commands"}
    body = refusal(api.chat_postMessage, channel="C_ALERTS", text="x")
    assert (body["error"], body["needed"], body["provided"]) == (
        "missing_scope",
        "chat:write",
        "commands",
    )


def test_history_needs_the_scope_of_the_kind_of_channel(
    northwind: Workspace, api: WebClient
) -> None:
    northwind.tokens[northwind.bot_token].scopes = {"im:history", "chat:write"}
    assert refusal(api.conversations_history, channel="C_ALERTS")["needed"] == "channels:history"
    dm = api.chat_postMessage(channel="U_DANA", text="x")["channel"]
    assert api.conversations_history(channel=dm)["ok"]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C_NONE", "channel_not_found"),
        ("#nowhere", "channel_not_found"),
        ("cs-alerts", "channel_not_found"),
        ("C_SECRET", "channel_not_found"),
        ("C_OTHER", "not_in_channel"),
        ("C_OLD", "is_archived"),
        ("U_GONE", "channel_not_found"),
        ("U_OUT", "channel_not_found"),
    ],
)
def test_posting_where_it_may_not_is_refused(api: WebClient, channel: str, error: str) -> None:
    assert error_of(api.chat_postMessage, channel=channel, text="x") == error


def test_a_name_with_a_hash_and_a_person_are_destinations(api: WebClient) -> None:
    assert api.chat_postMessage(channel="#cs-alerts", text="x")["channel"] == "C_ALERTS"
    first = api.chat_postMessage(channel="U_DANA", text="x")["channel"]
    assert first.startswith("D")
    assert api.conversations_open(users="U_DANA")["channel"]["id"] == first


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": '{"type":"divider"}'}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [SECTION] * 51}, "invalid_blocks"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": "nope"}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "a", "event_payload": {"k": None}}},
         "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "a", "event_payload": {"k": "v" * 9000}}},
         "metadata_too_large"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "icon_emoji": ":cat:"}, "missing_scope"),
    ],
)  # fmt: skip
def test_a_message_slack_would_not_take_is_refused(
    api: WebClient, said: dict[str, Any], error: str
) -> None:
    assert error_of(api.api_call, api_method="chat.postMessage",
                    json={"channel": "C_ALERTS", **said}) == error  # fmt: skip


def test_a_missing_required_argument_is_named(api: WebClient) -> None:
    body = refusal(api.api_call, api_method="chat.postMessage", params={"text": "x"})
    assert body["error"] == "invalid_arguments"
    assert "channel" in body["response_metadata"]["messages"][0]


def test_too_much_block_text_is_refused_when_posting(api: WebClient) -> None:
    long: dict[str, Any] = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}
    post = api.chat_postMessage
    assert post(channel="C_ALERTS", text="x", blocks=[long] * 4)["ok"]
    assert error_of(post, channel="C_ALERTS", text="x", blocks=[long] * 5) == "msg_blocks_too_long"


def test_a_long_text_is_cut_when_posted_and_refused_when_updated(
    northwind: Workspace, api: WebClient
) -> None:
    posted = api.chat_postMessage(channel="C_ALERTS", text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    args = {"channel": "C_ALERTS", "ts": posted["ts"], "text": "x" * 4001}
    assert error_of(api.chat_update, **args) == "msg_too_long"
    assert [fault.kind for fault in northwind.bot_faults] == ["msg_too_long"]


def test_a_reply_cannot_be_the_parent_of_a_reply(api: WebClient) -> None:
    parent = api.chat_postMessage(channel="C_ALERTS", text="p")["ts"]
    reply = api.chat_postMessage(channel="C_ALERTS", text="r", thread_ts=parent)["ts"]
    again = {"channel": "C_ALERTS", "text": "x", "thread_ts": reply}
    assert error_of(api.chat_postMessage, **again) == "cannot_reply_to_message"


def test_update_without_blocks_takes_them_away_and_blocks_alone_keep_the_text(
    northwind: Workspace, api: WebClient
) -> None:
    ts = api.chat_postMessage(channel="C_ALERTS", text="one", blocks=[SECTION])["ts"]
    first_id = northwind.find("C_ALERTS", ts).blocks[0]["block_id"]  # type: ignore[union-attr]
    only_blocks = {"channel": "C_ALERTS", "ts": ts, "blocks": [SECTION]}
    api.api_call("chat.update", json=only_blocks)
    message = northwind.find("C_ALERTS", ts)
    assert message is not None
    assert (message.text, message.blocks[0]["block_id"] != first_id) == ("one", True)
    api.chat_update(channel="C_ALERTS", ts=ts, text="two")
    assert (message.text, message.blocks) == ("two", [])


def test_only_own_messages_can_be_changed_or_deleted(northwind: Workspace, api: WebClient) -> None:
    northwind.person("U_DANA", "C_ALERTS").say("mine")
    theirs = northwind.in_channel("C_ALERTS")[-1].ts
    where = {"channel": "C_ALERTS", "ts": theirs}
    assert error_of(api.chat_update, **where, text="x") == "cant_update_message"
    assert error_of(api.chat_delete, **where) == "cant_delete_message"
    nowhere = {"channel": "C_ALERTS", "ts": "1.1"}
    assert error_of(api.chat_update, **nowhere, text="x") == "message_not_found"
    assert error_of(api.chat_delete, **nowhere) == "message_not_found"


def test_metadata_persists_over_updates_and_is_shown_only_when_asked(api: WebClient) -> None:
    metadata = {"event_type": "csbot_msg", "event_payload": {"key": "k1"}}
    ts = api.chat_postMessage(channel="C_ALERTS", text="x", metadata=metadata)["ts"]
    api.chat_update(channel="C_ALERTS", ts=ts, text="y")
    quiet = api.conversations_history(channel="C_ALERTS")["messages"][0]
    told = api.conversations_history(channel="C_ALERTS", include_all_metadata=True)["messages"][0]
    assert ("metadata" in quiet, told["metadata"]) == (False, metadata)


def test_ephemeral_messages_need_a_reader_in_the_channel_and_leave_no_history(
    api: WebClient,
) -> None:
    def whisper(user: str) -> Any:
        return api.chat_postEphemeral(channel="C_ALERTS", user=user, text="psst")

    assert error_of(whisper, user="U_OUT") == "user_not_in_channel"
    ts = whisper(user="U_DANA")["message_ts"]
    assert api.conversations_history(channel="C_ALERTS")["messages"] == []
    assert error_of(api.chat_update, channel="C_ALERTS", ts=ts, text="x") == "message_not_found"


def test_permalinks_exist_only_for_messages(api: WebClient) -> None:
    ts = api.chat_postMessage(channel="C_ALERTS", text="x")["ts"]
    link = api.chat_getPermalink(channel="C_ALERTS", message_ts=ts)["permalink"]
    assert link.endswith("/C_ALERTS/p" + ts.replace(".", ""))
    lost = {"channel": "C_ALERTS", "message_ts": "1.1"}
    assert error_of(api.chat_getPermalink, **lost) == "message_not_found"


def test_scheduling_knows_past_far_and_metadata(northwind: Workspace, api: WebClient) -> None:
    def schedule(**args: Any) -> Any:
        return api.chat_scheduleMessage(channel="C_ALERTS", text="x", **args)

    now = int(clock.now().timestamp())
    assert error_of(schedule, post_at=now - 10) == "time_in_past"
    assert error_of(schedule, post_at=now + 121 * 86400) == "time_too_far"
    start = (now // 300 + 2) * 300
    for _ in range(30):
        schedule(post_at=start)
    assert error_of(schedule, post_at=start) == "restricted_too_many"


def test_joining_is_for_public_channels_that_live(api: WebClient) -> None:
    assert error_of(api.conversations_join, channel="C_SECRET") == "channel_not_found"
    assert error_of(api.conversations_join, channel="C_OLD") == "is_archived"
    api.conversations_join(channel="C_OTHER")
    assert api.chat_postMessage(channel="C_OTHER", text="x")["ok"]


def test_lists_are_honest_about_their_pages(northwind: Workspace, api: WebClient) -> None:
    pages, cursor = [], ""
    while True:
        answer = api.conversations_list(limit=1, exclude_archived=True, cursor=cursor)
        pages.append([channel["id"] for channel in answer["channels"]])
        cursor = answer["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert [channel for page in pages for channel in page] == ["C_ALERTS", "C_OTHER"]
    assert [] in pages


def test_a_cursor_of_another_question_or_of_nowhere_is_refused(api: WebClient) -> None:
    cursor = api.conversations_list(limit=1)["response_metadata"]["next_cursor"]
    other = {"limit": 1, "cursor": cursor, "types": "private_channel"}
    assert error_of(api.conversations_list, **other) == "invalid_cursor"
    assert error_of(api.conversations_list, cursor="bm93aGVyZQ==") == "invalid_cursor"
    assert error_of(api.conversations_list, types="rooms") == "invalid_types"
    assert error_of(api.conversations_list, limit=5000) == "invalid_limit"


def test_history_is_cut_by_instants_and_pages(api: WebClient) -> None:
    stamps = [api.chat_postMessage(channel="C_ALERTS", text=str(n))["ts"] for n in range(5)]
    after = api.conversations_history(channel="C_ALERTS", oldest=stamps[2])["messages"]
    assert [m["text"] for m in after] == ["4", "3"]
    upto = api.conversations_history(
        channel="C_ALERTS", oldest=stamps[2], latest=stamps[3], inclusive=True
    )
    assert [m["text"] for m in upto["messages"]] == ["3", "2"]
    first = api.conversations_history(channel="C_ALERTS", limit=4)
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    rest = api.conversations_history(channel="C_ALERTS", limit=4, cursor=cursor)
    assert [m["text"] for m in rest["messages"]] == ["0"]
    assert error_of(api.conversations_history, channel="C_ALERTS", oldest="x") == (
        "invalid_ts_oldest"
    )
    assert error_of(api.conversations_history, channel="C_OTHER") == "not_in_channel"


def test_threads_are_read_by_replies_and_not_by_history(api: WebClient) -> None:
    parent = api.chat_postMessage(channel="C_ALERTS", text="p")["ts"]
    api.chat_postMessage(channel="C_ALERTS", text="r", thread_ts=parent)
    history = api.conversations_history(channel="C_ALERTS")["messages"]
    thread = api.conversations_replies(channel="C_ALERTS", ts=parent)["messages"]
    assert ([m["text"] for m in history], [m["text"] for m in thread]) == (["p"], ["p", "r"])
    lost = {"channel": "C_ALERTS", "ts": "1.1"}
    assert error_of(api.conversations_replies, **lost) == "thread_not_found"


def test_people_are_shown_with_their_flags_and_mail_only_by_scope(
    northwind: Workspace, api: WebClient
) -> None:
    assert api.users_info(user="U_GONE")["user"]["deleted"]
    assert api.users_info(user="U_OUT")["user"]["is_stranger"]
    assert error_of(api.users_info, user="U_NOBODY") == "user_not_found"
    assert error_of(api.users_lookupByEmail, email="no@example.com") == "users_not_found"
    assert api.users_lookupByEmail(email="gone@example.com")["user"]["deleted"]
    northwind.tokens[northwind.bot_token].scopes.discard("users:read.email")
    assert "email" not in api.users_info(user="U_DANA")["user"]["profile"]
    assert error_of(api.users_lookupByEmail, email="dana@example.com") == "missing_scope"


def test_direct_messages_open_only_with_people_who_are_there(api: WebClient) -> None:
    opening = api.conversations_open
    assert error_of(opening, users="U_NOBODY") == "user_not_found"
    assert error_of(opening, users="U_GONE") == "user_disabled"
    assert error_of(opening, users="") == "users_list_not_supplied"


def test_pins_and_bookmarks_know_their_refusals(api: WebClient) -> None:
    ts = api.chat_postMessage(channel="C_ALERTS", text="x")["ts"]
    api.pins_add(channel="C_ALERTS", timestamp=ts)
    assert error_of(api.pins_add, channel="C_ALERTS", timestamp=ts) == "already_pinned"
    assert error_of(api.pins_add, channel="C_ALERTS", timestamp="1.1") == "message_not_found"
    mark = {"channel_id": "C_ALERTS", "title": "CRM"}
    assert error_of(api.bookmarks_add, **mark, type="page") == "invalid_bookmark_type"
    assert error_of(api.bookmarks_add, **mark, type="link", link="ftp://x") == "invalid_link"
    assert api.bookmarks_add(**mark, type="link", link="https://crm.example")["ok"]


def test_a_file_is_not_usable_at_once(northwind: Workspace, api: WebClient) -> None:
    told = api.files_getUploadURLExternal(filename="due.png", length=3)
    file_id = told["file_id"]
    northwind.files[file_id].content = b"png"
    api.files_completeUploadExternal(files=[{"id": file_id, "title": "Due"}])
    picture = [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "due by month"}]
    post = {"channel": "C_ALERTS", "text": "x", "blocks": picture}
    assert "invalid slack file" in refusal(api.chat_postMessage, **post)["errors"][0]
    while not api.files_info(file=file_id)["file"]["mimetype"]:
        pass
    assert api.chat_postMessage(**post)["ok"]


def test_unknown_methods_and_arguments_are_noticed(northwind: Workspace, api: WebClient) -> None:
    assert error_of(api.api_call, api_method="chat.shout") == "unknown_method"
    api.chat_postMessage(channel="C_ALERTS", text="x", client_msg_id="1")
    assert [fault.kind for fault in northwind.bot_faults] == ["unknown_args"]
    northwind.strict_args = True
    args = {"channel": "C_ALERTS", "text": "x", "client_msg_id": "1"}
    assert error_of(api.chat_postMessage, **args) == "invalid_arg_name"


def test_a_live_mass_ping_is_on_record(northwind: Workspace, api: WebClient) -> None:
    api.chat_postMessage(channel="C_ALERTS", text="quiet &lt;!channel&gt;")
    assert northwind.all_pings == []
    loud: dict[str, Any] = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "<!here> <@U_DANA> <https://evil.example|good>"},
    }
    api.chat_postMessage(channel="C_ALERTS", text="x", blocks=[loud])
    pings = [ping for _, ping in northwind.all_pings]
    assert pings == ["<!here>", "<@U_DANA>", "<https://evil.example|good>"]


def test_blocks_can_be_validated_without_a_token(api: WebClient) -> None:
    client = WebClient("", base_url=api.base_url, retry_handlers=[])
    bad = json.dumps([{"type": "section", "text": {"type": "text", "text": "x"}}])
    body = refusal(client.api_call, api_method="blocks.validate", params={"blocks": bad})
    assert (body["error"], body["errors"][0]["pointer"]) == ("invalid_blocks", "/0/text/type")
    assert client.api_call("blocks.validate", params={"blocks": "[]"})["ok"]


class Seconds:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_more_than_a_message_a_second_is_refused_until_retry_after(
    northwind: Workspace, api: WebClient
) -> None:
    seconds = Seconds()
    northwind.limits = Limits(timer=seconds, channel_burst=1)
    post = {"channel": "C_ALERTS", "text": "x"}
    api.chat_postMessage(**post)
    with pytest.raises(SlackApiError) as caught:
        api.chat_postMessage(**post)
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (
        429,
        "1",
    )
    assert api.chat_postMessage(channel="U_DANA", text="elsewhere")["ok"]
    seconds.now += 0.5
    assert error_of(api.chat_postMessage, **post) == "ratelimited"
    assert [fault.kind for fault in northwind.bot_faults] == ["early_retry"]
    seconds.now += 0.5
    assert api.chat_postMessage(**post)["ok"]


def test_each_method_has_its_minute(northwind: Workspace, api: WebClient) -> None:
    seconds = Seconds()
    northwind.limits = Limits(timer=seconds)
    for _ in range(20):
        api.conversations_list()
    assert error_of(api.conversations_list) == "ratelimited"
    assert api.users_info(user="U_DANA")["ok"]
    seconds.now += 61
    assert api.conversations_list()["ok"]


def test_a_commercial_app_reads_history_once_a_minute(northwind: Workspace, api: WebClient) -> None:
    for n in range(20):
        api.chat_postMessage(channel="C_ALERTS", text=str(n))
    northwind.limits = Limits(timer=Seconds(), commercial=True)
    assert len(api.conversations_history(channel="C_ALERTS")["messages"]) == 15
    assert error_of(api.conversations_history, channel="C_ALERTS") == "ratelimited"


def test_home_is_published_with_a_hash_for_people_who_are_there(
    northwind: Workspace, api: WebClient
) -> None:
    view = {"type": "home", "blocks": [SECTION]}
    first = api.views_publish(user_id="U_DANA", view=view)["view"]["hash"]
    api.views_publish(user_id="U_DANA", view=view, hash=first)
    again = {"user_id": "U_DANA", "view": view, "hash": first}
    assert error_of(api.views_publish, **again) == "hash_conflict"
    assert error_of(api.views_publish, user_id="U_GONE", view=view) == "invalid_arguments"
    northwind.home_enabled = False
    assert error_of(api.views_publish, user_id="U_DANA", view=view) == "not_enabled"


def test_a_modal_needs_a_live_trigger(northwind: Workspace, api: WebClient) -> None:
    view = {"type": "modal", "title": plain("T"), "blocks": []}
    opening = api.views_open
    assert error_of(opening, trigger_id="1.2", view=view) == "invalid_trigger_id"
    late = new_trigger(northwind, "U_DANA")
    northwind.triggers[late].expires_at -= timedelta(minutes=1)
    assert error_of(opening, trigger_id=late, view=view) == "expired_trigger_id"
    good = new_trigger(northwind, "U_DANA")
    opened = opening(trigger_id=good, view=view)["view"]
    assert error_of(opening, trigger_id=good, view=view) == "exchanged_trigger_id"
    updated = {"view": view, "view_id": opened["id"]}
    api.views_update(**updated, hash=opened["hash"])
    assert error_of(api.views_update, **updated, hash=opened["hash"]) == "hash_conflict"
    assert error_of(api.views_update, view=view, view_id="V0") == "not_found"


def test_modals_stack_three_deep(northwind: Workspace, api: WebClient) -> None:
    view = {"type": "modal", "title": plain("T"), "blocks": [], "external_id": "one"}
    bare = {k: v for k, v in view.items() if k != "external_id"}

    def push(what: dict[str, Any]) -> Any:
        return api.views_push(trigger_id=new_trigger(northwind, "U_DANA"), view=what)

    assert error_of(push, what=bare) == "not_found"
    api.views_open(trigger_id=new_trigger(northwind, "U_DANA"), view=view)
    assert error_of(push, what=view) == "duplicate_external_id"
    push(bare)
    push(bare)
    assert error_of(push, what=bare) == "push_limit_reached"


def test_a_view_that_is_wrong_or_huge_is_refused(northwind: Workspace, api: WebClient) -> None:
    def opening(**view: Any) -> Any:
        whole = {"type": "modal", "title": plain("T"), "blocks": [], **view}
        return api.views_open(trigger_id=new_trigger(northwind, "U_DANA"), view=whole)

    body = refusal(opening, title=plain("x" * 25))
    assert body["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in body["response_metadata"]["messages"][0]
    big = {"type": "section", "fields": [plain("é" * 1990)] * 10}
    assert error_of(opening, blocks=[big] * 13) == "view_too_large"
