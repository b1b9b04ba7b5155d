"""How far back a replay goes, as people write it."""

import re
from datetime import UTC, date, datetime, time, timedelta

from csbot.errors import Refused
from csbot.playbooks.simulate.replay import LONGEST

USUAL = "180d"


def since(text: str, now: datetime) -> datetime:
    """`180d`, `26w` or a date, which is its first moment in UTC."""
    said = text.strip().lower()
    if found := re.fullmatch(r"(\d{1,4}) ?(d|days?|w|weeks?)", said):
        days = int(found[1]) * (7 if found[2].startswith("w") else 1)
        began = now - timedelta(days=min(days, 10 * LONGEST))
    else:
        try:
            began = datetime.combine(date.fromisoformat(said), time(), UTC)
        except ValueError:
            raise Refused(
                f"I can't read {text[:40]!r} as a time to look back to. "
                "Write 180d, 26w or a date like 2026-05-01."
            ) from None
    if not timedelta(days=1) <= now - began <= timedelta(days=LONGEST):
        raise Refused(f"Look back between one and {LONGEST} days.")
    return began
