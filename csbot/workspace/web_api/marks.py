"""pins.* and bookmarks.*"""

from csbot.workspace.model import Json, Message
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.web_api.call import Call, method

PINS_MOST = 100
BOOKMARKS_MOST = 100


@method("pins.add", 2, scopes=["pins:write"], required="channel", optional="timestamp")
def pins_add(call: Call) -> Json:
    message = _pinnable(call)
    pin = (message.channel, message.ts)
    if pin in call.ws.pins:
        raise SlackRefusal("already_pinned")
    if sum(1 for channel, _ in call.ws.pins if channel == message.channel) >= PINS_MOST:
        raise SlackRefusal("too_many_pins")
    call.ws.pins.append(pin)
    return {}


@method("pins.remove", 2, scopes=["pins:write"], required="channel", optional="timestamp")
def pins_remove(call: Call) -> Json:
    message = _pinnable(call)
    pin = (message.channel, message.ts)
    if pin not in call.ws.pins:
        raise SlackRefusal("no_pin")
    call.ws.pins.remove(pin)
    return {}


@method("pins.list", 2, scopes=["pins:read"], required="channel")
def pins_list(call: Call) -> Json:
    channel = call.channel()
    found = [call.ws.find(channel.id, ts) for room, ts in call.ws.pins if room == channel.id]
    items = [
        {"type": "message", "channel": channel.id, "message": m.as_slack()} for m in found if m
    ]
    return {"items": items}


@method(
    "bookmarks.add",
    2,
    scopes=["bookmarks:write"],
    required="title type",
    optional="access_level channel_id emoji entity_id link parent_id",
)
def bookmarks_add(call: Call) -> Json:
    channel = call.channel("channel_id")
    if call.text("type") != "link":
        raise SlackRefusal("invalid_bookmark_type")
    if not call.text("link").startswith(("https://", "http://")):
        raise SlackRefusal("invalid_link")
    here = [mark for mark in call.ws.bookmarks if mark["channel_id"] == channel.id]
    if len(here) >= BOOKMARKS_MOST:
        raise SlackRefusal("too_many_bookmarks")
    bookmark = {
        "id": call.ws.new_id("Bk"),
        "channel_id": channel.id,
        "title": call.text("title"),
        "link": call.text("link"),
        "type": "link",
    }
    call.ws.bookmarks.append(bookmark)
    return {"bookmark": bookmark}


@method("bookmarks.list", 3, scopes=["bookmarks:read"], optional="channel_id")
def bookmarks_list(call: Call) -> Json:
    channel = call.channel("channel_id")
    return {"bookmarks": [b for b in call.ws.bookmarks if b["channel_id"] == channel.id]}


@method("bookmarks.remove", 2, scopes=["bookmarks:write"], required="channel_id bookmark_id")
def bookmarks_remove(call: Call) -> Json:
    channel = call.channel("channel_id")
    here = {mark["id"]: mark for mark in call.ws.bookmarks if mark["channel_id"] == channel.id}
    if call.text("bookmark_id") not in here:
        raise SlackRefusal("not_found")
    call.ws.bookmarks.remove(here[call.text("bookmark_id")])
    return {}


def _pinnable(call: Call) -> Message:
    channel = call.joined_channel()
    if not call.text("timestamp"):
        raise SlackRefusal("no_item_specified")
    message = call.ws.find(channel.id, call.text("timestamp"))
    if message is None or message.ephemeral_to:
        raise SlackRefusal("message_not_found")
    return message
