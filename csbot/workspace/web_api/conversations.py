"""conversations.*: which rooms there are and who is in them."""

from csbot.workspace.model import Channel, Json
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import BOT_USER
from csbot.workspace.web_api.call import SCOPE_OF_KIND, Call, method
from csbot.workspace.web_api.paging import next_cursor, page

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}
MEMBERS_MOST = 1000
OPEN_SCOPES = ("channels:manage", "groups:write", "im:write", "mpim:write")
OF_TOPICS = {
    "public": ("channels:manage", "channels:write.topic"),
    "private": ("groups:write", "groups:write.topic"),
}
NAME_MOST = 80


@method(
    "conversations.list",
    2,
    scopes=READ,
    optional="cursor exclude_archived limit team_id types",
)
def list_conversations(call: Call) -> Json:
    """A page is cut before it is filtered, so it may be short or empty and not the last."""
    kinds = wanted_kinds(call)
    limit = call.number("limit", 100, most=999)
    rows = sorted(call.ws.channels.values(), key=lambda c: c.id)
    filters = ",".join(sorted(kinds)) + str(call.flag("exclude_archived"))
    chunk, cursor = page(call, rows, lambda c: c.id, limit, filters)
    seen = [c for c in chunk if _listed(call, c, kinds) and call.ws.can_see(BOT_USER, c)]
    channels = [c.as_slack(viewer=BOT_USER, counted=True) for c in seen]
    return {"channels": channels, **next_cursor(cursor)}


@method(
    "users.conversations",
    3,
    scopes=READ,
    optional="cursor exclude_archived limit team_id types user",
)
def users_conversations(call: Call) -> Json:
    user = call.text("user", BOT_USER)
    if user not in call.ws.users:
        raise SlackRefusal("user_not_found")
    kinds = wanted_kinds(call)
    limit = call.number("limit", 100, most=999)
    rows = [
        c
        for c in sorted(call.ws.channels.values(), key=lambda c: c.id)
        if user in c.members and call.ws.can_see(BOT_USER, c) and _listed(call, c, kinds)
    ]
    chunk, cursor = page(call, rows, lambda c: c.id, limit, user, ",".join(sorted(kinds)))
    return {"channels": [c.as_slack(viewer=user) for c in chunk], **next_cursor(cursor)}


@method(
    "conversations.info",
    3,
    scopes=READ,
    required="channel",
    optional="include_locale include_num_members",
)
def info(call: Call) -> Json:
    channel = call.channel()
    call.need_scope_for(channel, "read")
    counted = call.flag("include_num_members")
    return {"channel": channel.as_slack(viewer=BOT_USER, counted=counted)}


@method("conversations.members", 4, scopes=READ, required="channel", optional="cursor limit")
def members(call: Call) -> Json:
    channel = call.channel()
    call.need_scope_for(channel, "read")
    limit = call.number("limit", 100, most=MEMBERS_MOST)
    chunk, cursor = page(call, sorted(channel.members), str, limit, channel.id)
    return {"members": chunk, **next_cursor(cursor)}


@method("conversations.join", 3, scopes=["channels:join"], required="channel")
def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "public":
        raise SlackRefusal("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackRefusal("is_archived")
    if BOT_USER in channel.members:
        call.warnings.append("already_in_channel")
    channel.members.add(BOT_USER)
    call.ws.journal.note("state")
    return {"channel": channel.as_slack(viewer=BOT_USER)}


@method(
    "conversations.open",
    3,
    scopes=OPEN_SCOPES,
    optional="channel prevent_creation return_im users",
)
def open_conversation(call: Call) -> Json:
    channel = call.channel() if call.text("channel") else _open_with(call)
    if call.flag("return_im"):
        return {"channel": channel.as_slack(viewer=BOT_USER)}
    return {"channel": {"id": channel.id}}


@method(
    "conversations.create",
    2,
    scopes=("channels:manage", "groups:write"),
    required="name",
    optional="is_private team_id",
)
def create(call: Call) -> Json:
    name = call.text("name")
    if len(name) > NAME_MOST:
        raise SlackRefusal("invalid_name_maxlength")
    if name != name.lower() or not all(c.isalnum() or c in "-_" for c in name):
        raise SlackRefusal("invalid_name_specials")
    if call.ws.channel_named(name):
        raise SlackRefusal("name_taken")
    kind = "private" if call.flag("is_private") else "public"
    call.need_scope("groups:write" if kind == "private" else "channels:manage")
    channel = call.ws.add_channel(call.ws.new_id("C"), name, kind=kind)
    return {"channel": channel.as_slack(viewer=BOT_USER)}


@method(
    "conversations.setTopic",
    2,
    scopes=(*OF_TOPICS["public"], *OF_TOPICS["private"]),
    required="channel topic",
)
def set_topic(call: Call) -> Json:
    channel = call.joined_channel()
    if channel.kind in OF_TOPICS:
        call.need_scope(*OF_TOPICS[channel.kind])
    if channel.archived:
        raise SlackRefusal("is_archived")
    if len(call.text("topic")) > 250:
        raise SlackRefusal("too_long")
    channel.topic = call.text("topic")
    call.ws.journal.note("state")
    return {"channel": channel.as_slack(viewer=BOT_USER)}


def wanted_kinds(call: Call) -> set[str]:
    """The kinds asked for, each of which needs its own read scope."""
    names = [name.strip() for name in call.text("types", "public_channel").split(",")]
    if not set(names) <= set(TYPES):
        raise SlackRefusal("invalid_types")
    kinds = {TYPES[name] for name in names}
    for kind in sorted(kinds):
        call.need_scope(f"{SCOPE_OF_KIND[kind]}:read")
    return kinds


def _listed(call: Call, channel: Channel, kinds: set[str]) -> bool:
    hidden = channel.archived and call.flag("exclude_archived")
    return channel.kind in kinds and not hidden


def _open_with(call: Call) -> Channel:
    wanted = [name.strip() for name in call.text("users").split(",") if name.strip()]
    if not wanted:
        raise SlackRefusal("users_list_not_supplied")
    people = [call.ws.users.get(user) for user in wanted]
    if any(user is None for user in people):
        raise SlackRefusal("user_not_found")
    if any(user and user.deleted for user in people):
        raise SlackRefusal("user_disabled")
    if any(user and user.is_stranger for user in people):
        raise SlackRefusal("user_not_visible")
    if len(wanted) > 8:
        raise SlackRefusal("too_many_users")
    if len(wanted) == 1:
        call.need_scope("im:write")
        return call.ws.open_im(wanted[0])
    call.need_scope("mpim:write")
    return call.ws.add_channel(call.ws.new_id("G"), "", members=wanted, kind="mpim")
