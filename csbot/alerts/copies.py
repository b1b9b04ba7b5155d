"""The messages that show one alert: its card in the channel, and those sent to people directly."""

from collections.abc import Mapping
from dataclasses import replace

from csbot.alerts.cards import Shown
from csbot.outbox.queue import Rewrite
from messages.alert_card import AlertCard


def key(alert_id: int) -> str:
    return f"alert:{alert_id}"


def direct_key(alert_id: int, reminder: int = 0) -> str:
    """Of the first direct message, which comes with the card, or of the nth reminder."""
    return f"{key(alert_id)}:dm" + (f":{reminder}" if reminder else "")


def copies(looks: Mapping[int, Shown], reminded: Mapping[int, int]) -> list[Rewrite]:
    """The message in the channel, and the direct ones, which ping nobody; `reminded`: how often."""
    items = []
    for id, look in looks.items():
        direct = replace(look, asked=()) if isinstance(look, AlertCard) else look
        items.append(Rewrite(key(id), look))
        items += [Rewrite(direct_key(id, nth), direct) for nth in range(reminded[id] + 1)]
    return items
