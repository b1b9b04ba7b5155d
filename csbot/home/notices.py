"""What stands over all the rest of Home: who is away, what is held back, what was known before."""

from collections.abc import Iterator

from sqlalchemy import func, select

from csbot.access import May
from csbot.away.queries import line_for
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.queries import open_holds
from csbot.home.sight import Sight
from messages.blocks import Button
from messages.home_parts import Notice
from messages.ids import Action
from messages.text import plural

KNOWN = "known"
MOST = 3


def notices(sight: Sight) -> tuple[Notice, ...]:
    """One sentence each."""
    away = line_for(sight.session, sight.person, sight.now)
    return (*([Notice(sentence=away)] if away else []), *_held(sight), *_known(sight))


def _held(sight: Sight) -> Iterator[Notice]:
    """Of what waits for an admin, the oldest."""
    if sight.may(May.HOLDS):
        for one in open_holds(sight.session)[:MOST]:
            what = f" of “{one.title}”" if one.title else ""
            alerts = plural(one.alerts, "alert")
            yield Notice(
                sentence=f"{alerts}{what} held back: nobody is told before you decide.",
                button=_show(one.id),
            )


def _known(sight: Sight) -> Iterator[Notice]:
    """What was true already when csbot went live, and pings nobody; admins see everybody's."""
    if not sight.may(May.ACT_ON_ALERTS):
        return
    mine = [] if sight.may(May.HOLDS) else [HeldAlert.person_id == sight.person.id]
    rows = sight.session.execute(
        select(Hold.id, func.count())
        .join(HeldAlert, HeldAlert.hold_id == Hold.id)
        .where(Hold.ended == KNOWN, *mine)
        .group_by(Hold.id)
        .order_by(Hold.id.desc())
        .limit(MOST)
    )
    for hold_id, count in rows:
        known = plural(count, "matter was", "matters were")
        yield Notice(
            sentence=f"{known} known before csbot went live here. It stays quiet about such.",
            button=_show(hold_id) if sight.may(May.HOLDS) else None,
        )


def _show(hold_id: int) -> Button:
    return Button("Show…", Action.HOLD_SHOW, str(hold_id), hears="Show these alerts")
