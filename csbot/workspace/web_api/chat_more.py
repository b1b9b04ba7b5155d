"""Ephemeral and scheduled messages, permalinks."""

from datetime import UTC, datetime, timedelta

from csbot.workspace.model import Json, Message
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import BOT_ID, BOT_USER, Workspace
from csbot.workspace.web_api import content
from csbot.workspace.web_api.call import SPECIAL, Call, method
from csbot.workspace.web_api.chat import LOOKS, check_looks, target, thread_of, writable

SCHEDULE_AHEAD = timedelta(days=120)
PER_FIVE_MINUTES = 30


@method(
    "chat.postEphemeral",
    4,
    scopes=["chat:write"],
    required="channel user",
    optional=LOOKS + "thread_ts username",
)
def post_ephemeral(call: Call) -> Json:
    channel = call.channel(by_name=True)
    writable(call, channel)
    reader = call.ws.users.get(call.text("user"))
    if reader is None or reader.deleted or reader.id not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    check_looks(call)
    said = content.read(call)
    if said.is_empty:
        raise SlackRefusal("no_text")
    message = Message(
        channel.id,
        call.ws.new_ts(channel.id),
        BOT_USER,
        said.text or "",
        said.blocks or [],
        said.attachments or [],
        thread_ts=thread_of(call, channel),
        bot_id=BOT_ID,
        ephemeral_to=reader.id,
    )
    call.ws.post(message)
    return {"message_ts": message.ts}


@method("chat.getPermalink", SPECIAL, required="channel message_ts")
def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.ws.find(channel.id, call.text("message_ts"))
    if message is None or message.ephemeral_to:
        raise SlackRefusal("message_not_found")
    return {"channel": channel.id, "permalink": permalink(call.ws, message)}


def permalink(ws: Workspace, message: Message) -> str:
    digits = message.ts.replace(".", "")
    link = f"https://{ws.domain}.slack.com/archives/{message.channel}/p{digits}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return link


@method(
    "chat.scheduleMessage",
    3,
    scopes=["chat:write"],
    required="channel post_at",
    optional=LOOKS + "metadata reply_broadcast thread_ts unfurl_links unfurl_media",
)
def schedule_message(call: Call) -> Json:
    channel = target(call)
    said = content.read(call)
    if said.is_empty:
        raise SlackRefusal("no_text")
    post_at = _post_at(call)
    _check_crowd(call, channel.id, post_at)
    scheduled_id = call.ws.new_id("Q")
    call.ws.scheduled[scheduled_id] = {
        "id": scheduled_id,
        "channel_id": channel.id,
        "post_at": post_at,
        "text": said.text or "",
        "blocks": said.blocks or [],
        "never": said.metadata is not None,  # Slack: with metadata it never posts
    }
    call.ws.events.poke()
    return {"scheduled_message_id": scheduled_id, "channel": channel.id, "post_at": post_at}


@method(
    "chat.deleteScheduledMessage",
    3,
    scopes=["chat:write"],
    required="channel scheduled_message_id",
    optional="as_user",
)
def delete_scheduled(call: Call) -> Json:
    waiting = call.ws.scheduled.get(call.text("scheduled_message_id"))
    if waiting is None or waiting["channel_id"] != call.channel().id:
        raise SlackRefusal("invalid_scheduled_message_id")
    del call.ws.scheduled[waiting["id"]]
    return {}


@method("chat.scheduledMessages.list", 3, optional="channel cursor latest limit oldest team_id")
def list_scheduled(call: Call) -> Json:
    wanted = call.text("channel")
    rows = [row for row in call.ws.scheduled.values() if wanted in ("", row["channel_id"])]
    return {"scheduled_messages": rows, "response_metadata": {"next_cursor": ""}}


def _post_at(call: Call) -> int:
    try:
        post_at = int(call.text("post_at"))
    except ValueError:
        raise SlackRefusal("invalid_time") from None
    moment = datetime.fromtimestamp(post_at, UTC)
    if moment <= call.ws.now():
        raise SlackRefusal("time_in_past")
    if moment > call.ws.now() + SCHEDULE_AHEAD:
        raise SlackRefusal("time_too_far")
    return post_at


def _check_crowd(call: Call, channel_id: str, post_at: int) -> None:
    window = post_at // 300
    same = [
        row
        for row in call.ws.scheduled.values()
        if row["channel_id"] == channel_id and row["post_at"] // 300 == window
    ]
    if len(same) >= PER_FIVE_MINUTES:
        raise SlackRefusal("restricted_too_many")
