"""One pin, topic or bookmark set; each may be set again."""

from typing import Any

from csbot.outbox.places import Anchor
from csbot.slack.gateway import Gateway, RefusedBySlack

MARKED = {"pin", "topic", "bookmark"}


def set_mark(
    slack: Gateway, call: str, channel: str, anchor: Anchor | None, payload: dict[str, Any]
) -> bool:
    """Returns whether it was not so already."""
    if call == "topic":
        return slack.set_topic(channel, payload["topic"], over=payload.get("over", ""))
    if call == "bookmark" and payload["link"]:
        return slack.set_bookmark(channel, payload["link"], title=payload["title"])
    if anchor is None:
        raise RefusedBySlack("message_not_found")
    if call == "pin":
        return slack.pin(anchor.channel, anchor.ts, on=payload["on"])
    link = slack.permalink(anchor.channel, anchor.ts)
    return slack.set_bookmark(channel, link, title=payload["title"])
