"""The way back of what people choose for themselves."""

from datetime import time
from typing import Any

from csbot.undoing.way import Back, same

HOURS = {"digest_at", "work_starts", "work_ends"}


def settings_changed(back: Back) -> str:
    me, before = back.by, back.before
    now = {name: getattr(me, name) for name in before}
    same(now, {name: _read(name, back.after[name]) for name in before})
    for name, value in before.items():
        setattr(me, name, _read(name, value))
    return "Your settings are as before."


def _read(name: str, value: Any) -> Any:
    return time.fromisoformat(value) if name in HOURS and value else value
