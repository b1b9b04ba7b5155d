"""Who has a tick in a question: kept with the drafts, so that every rewrite shows the same."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.touches import record
from csbot.touches.model import Touch
from messages.text import listed
from messages.touches import TICKS

UNTICKED = "unticked"  # the `why` of a draft that is to be left out
CHANGED = "This was changed since you looked at it. The message shows the words as they are now."
NO_TICKS = "Tick at least one, or press Skip."


def is_ticked(touch: Touch) -> bool:
    return touch.why != UNTICKED


def leave_out(drafts: Sequence[Touch], ticked: Collection[str] | None) -> None:
    """Whoever has no tick on somebody's screen; None where the message has no checkboxes."""
    if ticked is None:
        return
    for touch in drafts[:TICKS]:
        if str(touch.id) not in ticked:
            touch.why = UNTICKED


def press(drafts: Sequence[Touch], ticked: Collection[str] | None) -> None:
    """Slack sends all ticks of a screen, not the one pressed: it is the only one that differs.

    Where more differ that screen had not seen what was unticked before, on another one or before
    Slack was opened anew: it gives nobody a tick back.
    """
    shown = drafts[:TICKS]
    differ = [one for one in shown if (str(one.id) in (ticked or ())) != is_ticked(one)]
    if len(differ) == 1 and not is_ticked(differ[0]):
        differ[0].why = None
    else:
        leave_out(drafts, ticked)


def chosen(
    session: Session, drafts: Sequence[Touch], ticked: Collection[str] | None
) -> list[Touch]:
    """Those with a tick, and who are too many to have one; Refused where a tick is in doubt."""
    if ticked is None:
        if len(drafts) > 1 or not is_ticked(drafts[0]):
            raise Refused(CHANGED)
        return list(drafts)
    found = [t for nth, t in enumerate(drafts) if nth >= TICKS or str(t.id) in ticked]
    if not found:
        raise Refused(NO_TICKS)
    if doubtful := [touch for touch in found if not is_ticked(touch)]:
        called = record.names(session, doubtful)
        names = [called.get(one.contact_id or 0, one.address) for one in doubtful]
        raise Refused(
            f"{listed(names)} had no tick before, so nothing was sent. "
            "Press each of these ticks again to say what you want, then Send."
        )
    return found
