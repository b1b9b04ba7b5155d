"""What one person can see, in the shape the page and the driver use."""

import json
import zlib

from csbot.workspace.journal import Entry
from csbot.workspace.model import Channel, Json, Message, User
from csbot.workspace.state import Workspace

COLORS = ("#4a6fa5", "#8a5a9e", "#2f7f6f", "#b0603a", "#6a7f2f", "#a54a6f", "#3a6f8a", "#7a5f4a")


def user(person: User) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "real_name": person.real_name or person.name,
        "title": person.title,
        "tz": person.tz,
        "is_bot": person.is_bot,
        "deleted": person.deleted,
        "is_guest": person.is_restricted or person.is_ultra_restricted,
        "is_stranger": person.is_stranger,
        "avatar_color": COLORS[zlib.crc32(person.id.encode()) % len(COLORS)],
    }


def channels(ws: Workspace, user_id: str) -> list[Channel]:
    return [c for c in ws.channels.values() if not c.archived and ws.can_see(user_id, c)]


def channel(ws: Workspace, room: Channel, user_id: str) -> Json:
    unread, mentions = _waiting(ws, room, user_id)
    return {
        "id": room.id,
        "name": room.name,
        "is_private": room.kind != "public",
        "is_im": room.is_im,
        "im_with": next(iter(room.members - {user_id}), None) if room.is_im else None,
        "is_ext_shared": room.is_ext_shared,
        "unread": unread,
        "mentions": mentions,
        "topic": room.topic,
    }


def messages(
    ws: Workspace, user_id: str, channel_id: str, thread_ts: str | None = None
) -> list[Message]:
    """Oldest first: the channel's own messages, or a parent and its replies."""
    room = ws.channels.get(channel_id)
    if room is None or not ws.can_see(user_id, room):
        return []
    mine = [m for m in ws.in_channel(channel_id) if m.ephemeral_to in (None, user_id)]
    if thread_ts:
        return [m for m in mine if thread_ts in (m.ts, m.thread_ts)]
    return [m for m in mine if not m.is_reply or m.broadcast]


def message(shown: Message) -> Json:
    return {
        "channel": shown.channel,
        "ts": shown.ts,
        "user": shown.user,
        "bot": bool(shown.bot_id),
        "text": shown.text,
        "blocks": shown.blocks,
        "attachments": shown.attachments,
        "files": shown.files,
        "edited": bool(shown.edited_at),
        "thread_ts": shown.thread_ts,
        "reply_count": shown.reply_count,
        "ephemeral": shown.ephemeral_to is not None,
        "client_time": float(shown.ts),
    }


def mark_read(ws: Workspace, user_id: str, channel_id: str) -> None:
    room = ws.channels.get(channel_id)
    if room is None or not ws.can_see(user_id, room):
        return
    unread, _ = _waiting(ws, room, user_id)
    ws.read_marks[(user_id, channel_id)] = max(ws.messages.get(channel_id, {}), default="0")
    if unread:
        ws.journal.note("state", to=user_id)


def concerns(ws: Workspace, entry: Entry, user_id: str) -> bool:
    if entry.to is not None:
        return entry.to == user_id
    room = ws.channels.get(entry.channel or "")
    return room is None or ws.can_see(user_id, room)


def sse(entry: Entry) -> str:
    return f"data: {json.dumps(entry.as_json())}\n\n"


def _waiting(ws: Workspace, room: Channel, user_id: str) -> tuple[int, int]:
    """Unread messages for this person, and how many of them name the person."""
    mark = ws.read_marks.get((user_id, room.id), "0")
    new = [m for m in messages(ws, user_id, room.id) if m.ts > mark and m.user != user_id]
    naming = [m for m in new if room.is_im or f"<@{user_id}>" in m.pings]
    return len(new), len(naming)
