"""chat.postMessage, chat.update, chat.delete."""

from csbot.workspace.model import Channel, Json, Message
from csbot.workspace.refusal import SlackRefusal, ratelimited
from csbot.workspace.state import APP_ID, BOT_ID, BOT_USER
from csbot.workspace.web_api import content
from csbot.workspace.web_api.call import SPECIAL, Call, method

LOOKS = "as_user attachments blocks icon_emoji icon_url link_names markdown_text parse text "
POSTING = LOOKS + (
    "current_draft_last_updated_ts metadata mrkdwn reply_broadcast thread_ts unfurl_links "
    "unfurl_media username"
)


@method("chat.postMessage", SPECIAL, scopes=["chat:write"], required="channel", optional=POSTING)
def post_message(call: Call) -> Json:
    channel = target(call)
    pace(call, channel)
    check_looks(call)
    said = content.read(call)
    if said.is_empty:
        raise SlackRefusal("no_text")
    thread_ts = thread_of(call, channel)
    message = Message(
        channel.id,
        call.ws.new_ts(channel.id),
        BOT_USER,
        said.text or "",
        said.blocks or [],
        said.attachments or [],
        metadata=said.metadata,
        thread_ts=thread_ts,
        broadcast=call.flag("reply_broadcast"),
        bot_id=BOT_ID,
    )
    call.ws.post(message)
    return {"channel": channel.id, "ts": message.ts, "message": shown(call, message)}


@method(
    "chat.update",
    3,
    scopes=["chat:write"],
    required="channel ts",
    optional=LOOKS + "file_ids metadata reply_broadcast unfurled_attachments",
)
def update(call: Call) -> Json:
    message = own_message(call, "cant_update_message")
    said = content.read(call)
    if said.text is not None and len(said.text) > content.UPDATE_TEXT_MOST:
        raise SlackRefusal("msg_too_long")
    _apply(message, said)
    call.ws.touched(message, linkify=call.text("parse", "client") == "client")
    body = {"channel": message.channel, "ts": message.ts, "text": message.text}
    return {**body, "message": shown(call, message)}


@method("chat.delete", 3, scopes=["chat:write"], required="channel ts", optional="as_user")
def delete(call: Call) -> Json:
    message = own_message(call, "cant_delete_message")
    call.ws.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def _apply(message: Message, said: content.Content) -> None:
    """Text without blocks takes the blocks away; what is absent otherwise stays."""
    if said.text is None and said.blocks is None and said.attachments is None:
        raise SlackRefusal("no_text")
    blocks = message.blocks if said.blocks is None else said.blocks
    if said.text is not None and said.blocks is None:
        blocks = []
    text = message.text if said.text is None else said.text
    attachments = message.attachments if said.attachments is None else said.attachments
    if not (text or blocks or attachments):
        raise SlackRefusal("no_text")
    message.text, message.blocks, message.attachments = text, blocks, attachments
    if said.metadata is not None:
        message.metadata = said.metadata or None
    message.edited_at = None if blocks else message.ts


def target(call: Call) -> Channel:
    """Where a message is to go: an id, "#name", or a person's id for the direct message."""
    wanted = call.text("channel")
    person = call.ws.users.get(wanted)
    if person:
        if person.deleted or person.is_bot or person.is_stranger:
            raise SlackRefusal("channel_not_found")
        return call.ws.open_im(person.id)
    channel = call.channel(by_name=True)
    writable(call, channel)
    return channel


def writable(call: Call, channel: Channel) -> None:
    if channel.archived:
        raise SlackRefusal("is_archived")
    scopes = call.token.scopes if call.token else set()
    if BOT_USER not in channel.members and "chat:write.public" not in scopes:
        raise SlackRefusal("not_in_channel")
    others = [call.ws.users[user] for user in channel.members - {BOT_USER}]
    if channel.is_im and all(user.deleted for user in others):
        raise SlackRefusal("channel_not_found")


def pace(call: Call, channel: Channel) -> None:
    """One message a second per channel, over every way of posting."""
    key = f"post:{channel.id}"
    left = call.ws.limits.still_closed(key)
    if left:
        call.ws.blame("early_retry", f"{channel.id}: {left} s before it was over", call.method)
        raise ratelimited(left)
    wait = call.ws.limits.post_wait(channel.id)
    if wait:
        raise ratelimited(call.ws.limits.close(key, wait))


def check_looks(call: Call) -> None:
    if any(call.args.get(name) for name in ("username", "icon_emoji", "icon_url")):
        call.need_scope("chat:write.customize")
    if call.flag("as_user"):
        raise SlackRefusal("as_user_not_supported")


def thread_of(call: Call, channel: Channel) -> str | None:
    """The parent's ts; a reply's own ts cannot be answered."""
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return None
    parent = call.ws.find(channel.id, thread_ts)
    if parent is None or parent.ephemeral_to:
        raise SlackRefusal("thread_not_found")
    if parent.is_reply:
        raise SlackRefusal("cannot_reply_to_message")
    return thread_ts


def own_message(call: Call, refusal: str) -> Message:
    channel = call.channel()
    message = call.ws.find(channel.id, call.text("ts"))
    if message is None or message.ephemeral_to:
        raise SlackRefusal("message_not_found")
    if message.user != BOT_USER:
        raise SlackRefusal(refusal)
    return message


def shown(call: Call, message: Message) -> Json:
    body = message.as_slack(with_metadata=True)
    return {**body, "app_id": APP_ID, "team": call.ws.team_id}
