"""Slack's payloads, read: who asks, where, and for what. Anything odd is Refused, not a fault."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from csbot.errors import Refused, refuse
from handlers.ask import (
    EVENTS,
    PRESSES,
    SHORTCUTS,
    STALE,
    SUBMITS,
    SUGGESTS,
    Happened,
    Press,
    Shortcut,
    Submission,
    Suggest,
    remembered,
)
from handlers.authors import Author
from messages.digest_lists import PAGE
from messages.home_answer import SHOWS
from messages.ids import Action
from messages.keeping import TO
from messages.text import clean

CHANNEL, HOME, SHARED, THREAD = "_channel", "_home", "_shared", "_thread"
LONGEST = 3_000
SAID = ("file_share", "thread_broadcast")  # ways of saying something; others are Slack's own
DOMAIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}", re.ASCII)


@dataclass(frozen=True)
class Who:
    slack_id: str
    name: str
    same_team: bool


@dataclass(frozen=True)
class Wanted:
    """The handler, what kind of Ask it takes, and the fields that are special to that kind.

    What only `reads` need not wait for SQLite's one writer.
    """

    handler: Callable[[Any], Any]
    kind: type[Any]
    fields: dict[str, Any]
    reads: bool = False


def who(body: dict[str, Any]) -> Who:
    """The person behind a payload; of another organisation when their team is not ours."""
    if "user_id" in body:
        return Who(body["user_id"], body.get("user_name", ""), same_team=True)
    if "event" in body:
        return _who_did(body)
    user = body["user"]
    ours = (body.get("team") or {}).get("id")
    theirs = user.get("team_id")
    one_organisation = body.get("enterprise") is not None
    same = not ours or not theirs or ours == theirs or one_organisation
    return Who(user["id"], user.get("name") or user.get("username") or "", same)


def _who_did(body: dict[str, Any]) -> Who:
    event = body["event"]
    theirs = event.get("user_team") or event.get("team") or body.get("team_id")
    one_organisation = body.get("enterprise_id") is not None
    return Who(str(event["user"]), "", theirs == body.get("team_id") or one_organisation)


def channel(body: dict[str, Any]) -> str | None:
    """Where it happened; a form remembers where it was opened."""
    if "channel_id" in body:
        return str(body["channel_id"])
    if body.get("channel"):
        return str(body["channel"]["id"])
    if "event" in body:
        where = body["event"].get("channel")
        return str(where) if where else None
    container = body.get("container") or {}
    if container.get("channel_id"):
        return str(container["channel_id"])
    return _opened_in(body["view"]) if body.get("view") else None


def thread(body: dict[str, Any]) -> str | None:
    """The message in whose thread it happened; what is said in a channel begins one of its own.

    A press on the message that a thread hangs from was made in the channel.
    """
    if body.get("view"):
        found = _of_form(body["view"], THREAD)
        return found if isinstance(found, str) else None
    if "event" not in body:
        container = body.get("container") or {}
        found = container.get("thread_ts")
        return str(found) if found and found != container.get("message_ts") else None
    event = body["event"]
    begun = None if is_between_us(body) else event.get("ts")
    found = event.get("thread_ts") or begun
    return str(found) if found else None


def is_between_us(body: dict[str, Any]) -> bool:
    """Said to csbot where nobody else is."""
    return "event" in body and body["event"].get("channel_type") == "im"


def _opened_in(view: dict[str, Any]) -> str | None:
    where = _of_form(view, CHANNEL)
    return where if isinstance(where, str) else None


def _of_form(view: dict[str, Any], name: str) -> Any:
    """What a form remembers of where it was opened; nothing if it is refused where it is read."""
    try:
        return remembered(view).get(name)
    except Refused:
        return None


def at_home(body: dict[str, Any]) -> bool:
    """Whether it was pressed in App Home, or in a form that was opened from there."""
    view = body.get("view") or {}
    return view.get("type") == "home" or _of_form(view, HOME) is True


def shows(view: dict[str, Any]) -> Any:
    """Which message stands in it; nothing in a form."""
    return _of_form(view, SHOWS)


def shared_after(view: dict[str, Any]) -> bool:
    """Whether what a form comes to is for everybody where it was asked for."""
    return _of_form(view, SHARED) is True


def request_id(body: dict[str, Any]) -> str:
    """Unique to one click or command, equal when the same one is delivered again."""
    if "event" in body:
        return str(body["event_id"])
    return str(body.get("trigger_id") or body.get("view", {}).get("id") or "")


def press(body: dict[str, Any]) -> Wanted:
    action = body["actions"][0]
    chosen = action.get("selected_option") or {}
    value = action.get("value") or chosen.get("value") or ""
    # A menu may hold what stands for another action: see messages/keeping.py.
    other, _, rest = str(chosen.get("value") or "").partition(TO)
    named, value = (other, rest) if other in PRESSES else (action["action_id"], value)
    handler = PRESSES.get(named)
    if handler is None:
        raise Refused(STALE)
    wrong: list[Refused] = []
    values = _values(body.get("state"), wrong)
    refuse(wrong)
    if "selected_options" in action:  # what ticks are about stands in the id of their block
        block = str(action.get("block_id") or "")
        value, values = block.partition(":")[2], values | {block: _value(action)}
    return Wanted(handler, Press, {"value": str(value), "values": values})


def page_below(body: dict[str, Any]) -> Wanted | None:
    """The page of alerts that it was pressed in, to be shown as it is now."""
    value = _of_form(body.get("view") or {}, PAGE)
    handler = PRESSES[Action.DIGEST_SHOW]
    return Wanted(handler, Press, {"value": value}) if isinstance(value, str) else None


def submission(body: dict[str, Any]) -> Wanted:
    view = body["view"]
    handler = SUBMITS.get(view.get("callback_id", ""))
    if handler is None:
        raise Refused("This form is from an older version. Open it again.")
    wrong: list[Refused] = []
    values = _values(view.get("state"), wrong)
    given = {"values": values, "remembered": remembered(view), "wrong": wrong}
    return Wanted(handler, Submission, given)


def shortcut(body: dict[str, Any], author: Author, names: dict[str, str]) -> Wanted:
    handler = SHORTCUTS.get(str(body.get("callback_id") or ""))
    if handler is None:
        raise Refused("This csbot does not know that shortcut. An admin can update the manifest.")
    if not body.get("message"):
        return Wanted(handler, Shortcut, {})
    room = str((body.get("channel") or {}).get("name") or "")
    given = {"message": body["message"], "room": room, "link": _permalink(body)}
    return Wanted(handler, Shortcut, given | author._asdict() | {"names": names})


def _permalink(body: dict[str, Any]) -> str | None:
    """As Slack itself makes it: asking for it could fail, and would hold up whoever waits."""
    message, domain = body["message"], str((body.get("team") or {}).get("domain") or "")
    if not DOMAIN.fullmatch(domain):
        return None
    number, parent = str(message.get("ts", "")).replace(".", ""), message.get("thread_ts")
    where = channel(body)
    reply = f"?thread_ts={parent}&cid={where}" if parent and parent != message.get("ts") else ""
    return f"https://{domain}.slack.com/archives/{where}/p{number}{reply}"


def event(body: dict[str, Any]) -> Wanted:
    us: dict[str, Any] = next(iter(body.get("authorizations") or []), {})
    outside = bool(body.get("is_ext_shared_channel"))
    given = {"event": body["event"], "me": str(us.get("user_id") or ""), "outside": outside,
             "thread": thread(body)}  # fmt: skip
    return Wanted(EVENTS[body["event"]["type"]], Happened, given)


def is_nobodys(body: dict[str, Any]) -> bool:
    """Words of an app, csbot itself included, or a message changed, deleted or made by Slack."""
    event = body["event"]
    if event["type"] not in ("message", "app_mention"):
        return False
    odd = event.get("subtype") not in (None, *SAID)
    return bool(odd or event.get("bot_id") or event.get("edited") or not event.get("user"))


def _values(state: dict[str, Any] | None, wrong: list[Refused]) -> dict[str, Any]:
    """What somebody typed, ticked or chose, by block id; what cannot be is `wrong`."""
    return {
        block: _readable(block, _value(next(iter(inputs.values()), {})), wrong)
        for block, inputs in ((state or {}).get("values") or {}).items()
    }


def blanks(view: dict[str, Any]) -> set[str]:
    """The block ids of what was left empty, or holds nothing but blanks."""
    given = ((view.get("state") or {}).get("values") or {}).items()
    said = {block: _value(next(iter(inputs.values()), {})) for block, inputs in given}
    return {block for block, value in said.items() if value is None or not str(value).strip()}


def suggestion(body: dict[str, Any]) -> Wanted:
    handler = SUGGESTS.get(body.get("action_id", ""))
    if handler is None:
        raise Refused(STALE)
    typed, view = clean(str(body.get("value") or "")), body.get("view")
    given = {"typed": typed, "remembered": remembered(view) if view else {}}
    return Wanted(handler, Suggest, given, reads=True)


def _readable(block: str, value: Any, wrong: list[Refused]) -> Any:
    """Without what no keyboard types and no database keeps; as long as Slack lets people write."""
    if not isinstance(value, str):
        return value
    if len(value) > LONGEST:
        reason = f"At most {LONGEST:,} characters; this has {len(value):,}."
        wrong.append(Refused(reason, field=block))
    return clean(value[:LONGEST].replace("\t", " "))


def _value(element: dict[str, Any]) -> Any:
    if element.get("selected_options") is not None:
        return [option["value"] for option in element["selected_options"]]
    if element.get("selected_option"):
        return element["selected_option"]["value"]
    for name in ("value", "selected_date", "selected_time", "selected_user", "selected_date_time",
                 "selected_conversation"):  # fmt: skip
        if element.get(name) not in (None, ""):
            return element[name]
    return None
