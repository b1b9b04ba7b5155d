"""conversations.history and conversations.replies."""

from collections.abc import Sequence

from csbot.workspace.model import Channel, Json, Message
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.web_api.call import Call, method
from csbot.workspace.web_api.paging import next_cursor, page

SCOPES = ("channels:history", "groups:history", "im:history", "mpim:history")
RANGE = "cursor include_all_metadata inclusive latest limit oldest"
MOST = 999
COMMERCIAL_MOST = 15


@method("conversations.history", 3, scopes=SCOPES, required="channel", optional=RANGE)
def history(call: Call) -> Json:
    """Newest first; replies only when they were broadcast."""
    channel = _readable(call)
    rows = [m for m in _lasting(call, channel) if not m.is_reply or m.broadcast]
    return _page_of(call, channel, _within(call, rows)[::-1], 100)


@method("conversations.replies", 3, scopes=SCOPES, required="channel ts", optional=RANGE)
def replies(call: Call) -> Json:
    """Oldest first, the parent always with them."""
    channel = _readable(call)
    named = call.ws.find(channel.id, call.text("ts"))
    if named is None or named.ephemeral_to:
        raise SlackRefusal("thread_not_found")
    root = named.thread_ts or named.ts
    thread = [m for m in _lasting(call, channel) if m.thread_ts == root or m.ts == root]
    inside = set(m.ts for m in _within(call, thread))
    rows = [m for m in thread if m.ts in inside or m.ts == root]
    return _page_of(call, channel, rows, 1000)


def _readable(call: Call) -> Channel:
    channel = call.joined_channel()
    call.need_scope_for(channel, "history")
    return channel


def _lasting(call: Call, channel: Channel) -> list[Message]:
    return [m for m in call.ws.in_channel(channel.id) if not m.ephemeral_to]


def _within(call: Call, rows: Sequence[Message]) -> list[Message]:
    oldest, latest = _instant(call, "oldest", 0), _instant(call, "latest", None)
    inclusive = call.flag("inclusive")
    return [m for m in rows if _inside(_micros(m.ts), oldest, latest, inclusive)]


def _inside(at: int, oldest: int | None, latest: int | None, inclusive: bool) -> bool:
    if inclusive and at in (oldest, latest):
        return True
    return at > (oldest or 0) and (latest is None or at < latest)


def _instant(call: Call, name: str, default: int | None) -> int | None:
    raw = call.text(name)
    if raw in ("", "now"):
        return default
    try:
        return _micros(raw)
    except ValueError:
        raise SlackRefusal(f"invalid_ts_{name}") from None


def _micros(ts: str) -> int:
    """Microseconds of a ts, without a float's rounding; fewer decimals are allowed."""
    whole, _, part = ts.partition(".")
    return int(whole) * 1_000_000 + int((part + "000000")[:6])


def _page_of(call: Call, channel: Channel, rows: list[Message], default: int) -> Json:
    limit = call.number("limit", default, most=1000 if default == 1000 else MOST)
    if call.ws.limits.commercial:
        limit = min(limit, COMMERCIAL_MOST)
    bounds = call.text("oldest") + ":" + call.text("latest")
    chunk, cursor = page(call, rows, lambda m: m.ts, limit, channel.id, bounds)
    with_metadata = call.flag("include_all_metadata")
    body: Json = {
        "messages": [m.as_slack(with_metadata=with_metadata) for m in chunk],
        "has_more": bool(cursor),
    }
    return {**body, **next_cursor(cursor)} if cursor else body
