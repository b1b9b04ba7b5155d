"""The way back of what people choose for themselves."""

from datetime import time
from typing import Any

from csbot.alerts import choices
from csbot.overrides import Override
from csbot.overriding import put
from csbot.undoing.way import Back, same
from messages.alert_ways import REST

HOURS = {"digest_at", "work_starts", "work_ends"}


def settings_changed(back: Back) -> str:
    me, before = back.by, back.before
    now = {name: getattr(me, name) for name in before}
    same(now, {name: _read(name, back.after[name]) for name in before})
    for name, value in before.items():
        setattr(me, name, _read(name, value))
    return "Your settings are as before."


def alerts_chosen(back: Back) -> str:
    present = choices.of(back.session, back.by)
    same({kind: present.get(kind, REST) for kind in back.after}, back.after)
    choices.write(back.session, back.by, back.before)
    return "Your settings are as before."


def setting_changed(back: Back) -> str:
    """One of csbot's own, which everybody goes by; without a value it is as in csbot.toml."""
    key = str(back.after["key"])
    row = back.session.get(Override, key, with_for_update=True, populate_existing=True)
    same(row.value if row else None, back.after["value"])
    put(back.session, key, back.before["value"], by=back.by, now=back.now)
    return "csbot's settings are as before."


def _read(name: str, value: Any) -> Any:
    return time.fromisoformat(value) if name in HOURS and value else value
