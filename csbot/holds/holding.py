"""Holds back what is too much at once: a first look, or one playbook's flood. The rest goes on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from csbot import audit
from csbot.alerts.finding import Finding
from csbot.alerts.reconcile import Difference
from csbot.alerts.scope import Scope
from csbot.alerts.watching import Watch
from csbot.db.rows import insert_missing
from csbot.holds import beginnings, causes, telling
from csbot.holds.beginnings import Beginnings
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.standing import LET_GO, Held, forget
from csbot.holds.usual import Playbook, usual
from csbot.outbox.crash import crash

Found = Sequence[tuple[Watch, Difference]]
Fresh = dict[Playbook, list[Finding]]
START, FLOOD = "start", "flood"
CHUNK = 4_000  # rows of seven values: SQLite binds 32,766 at most


@dataclass(frozen=True)
class Batch:
    """What is held together; `joins` is a hold of the same that nobody has decided on yet."""

    reason: str
    found: Fresh
    joins: Hold | None
    usual: int | None = None


def hold_back(
    scope: Scope, found: Found, *, everything: bool, seen: Beginnings | None = None
) -> bool:
    """Take out of what is new whatever an admin is to decide on first.

    `everything`: this look is at all kinds. After something new only such a look decides; others
    leave what is new to it, and True says so. `seen` was new before `found` was looked for.
    """
    # Asked anew: some of what came in between is found already, and the rest by the next look.
    first = beginnings.unlooked(scope.session) is not None
    fresh = _fresh(found)
    if first and not everything:
        _leave_out(found, fresh)
        return True
    if seen is not None:
        beginnings.look(scope, seen)
    for batch in _batches(scope, fresh, first=first) if fresh else ():
        forget(scope, _dropped(found, batch.found))
        _hold(scope, batch)
        _leave_out(found, batch.found)
    return False


def _fresh(found: Found) -> Fresh:
    """What nobody has let go yet, by the playbook that it is an alert of."""
    fresh: Fresh = {}
    for watch, difference in found:
        for one in difference.new:
            if not _is_let_go(difference, one):
                fresh.setdefault((watch.kind, one.playbook or watch.playbook), []).append(one)
    return fresh


def _is_let_go(difference: Difference, finding: Finding) -> bool:
    """Somebody decided that it is to be raised. What they dropped has only become worse."""
    held = difference.let_go.get((finding.account_id, finding.subject))
    return held is not None and held.ended in LET_GO


def _leave_out(found: Found, held: Fresh) -> None:
    for watch, difference in found:
        difference.new = [
            one
            for one in difference.new
            if (watch.kind, one.playbook or watch.playbook) not in held
            or _is_let_go(difference, one)
        ]
        known = {(one.account_id, one.subject) for one in difference.new}
        difference.let_go = {at: one for at, one in difference.let_go.items() if at in known}


def _dropped(found: Found, held: Fresh) -> list[Held]:
    """What is held anew, since it has become worse."""
    return [
        known
        for watch, difference in found
        for one in difference.new
        if (watch.kind, one.playbook or watch.playbook) in held
        if (known := difference.let_go.get((one.account_id, one.subject)))
        if not _is_let_go(difference, one)
    ]


def _batches(scope: Scope, fresh: Fresh, *, first: bool) -> Iterable[Batch]:
    above = scope.settings.config.holds.above
    waiting = list(scope.session.scalars(select(Hold).where(Hold.ended_at.is_(None))))
    if first and sum(map(len, fresh.values())) > above:
        start = next((hold for hold in waiting if hold.reason == START), None)
        return [Batch(START, fresh, start)]
    floods = {(hold.kind or "", hold.playbook or ""): hold for hold in waiting if hold.kind}
    # What an undecided flood's playbook finds in the meantime would drip past it otherwise.
    some = [Batch(FLOOD, {key: fresh[key]}, floods[key]) for key in fresh if key in floods]
    return [*some, *_floods(scope, {k: v for k, v in fresh.items() if k not in floods})]


def _floods(scope: Scope, fresh: Fresh) -> Iterable[Batch]:
    limits = scope.settings.config.holds
    many = {key: found for key, found in fresh.items() if len(found) > limits.above}
    known = usual(scope, list(many)) if many else {}
    for key, found in many.items():
        if len(found) > limits.times * known.get(key, 0):
            yield Batch(FLOOD, {key: found}, None, known.get(key, 0))


def _hold(scope: Scope, batch: Batch) -> None:
    hold = batch.joins or _opened(scope, batch)
    rows = [_row(hold, key, one) for key, found in batch.found.items() for one in found]
    for start in range(0, len(rows), CHUNK):
        insert_missing(scope.session, HeldAlert, rows[start : start + CHUNK])
    if not telling.recount(scope, hold):  # another process holds all of them already
        scope.session.delete(hold)
    elif batch.joins is None:
        _announce(scope, hold)
    else:
        telling.rewrite(scope, hold)


def _announce(scope: Scope, hold: Hold) -> None:
    audit.record(
        scope.session, verb="hold.opened", subject=f"hold:{hold.id}", by=None, now=scope.now,
        after={"reason": hold.reason, "alerts": hold.counts["alerts"]},
    )  # fmt: skip
    crash("holds.before_notice")
    telling.ask(scope, hold)


def _opened(scope: Scope, batch: Batch) -> Hold:
    hold = Hold(reason=batch.reason, counts={}, opened_at=scope.now, version=1)
    if batch.reason == FLOOD:
        [((hold.kind, hold.playbook), found)] = batch.found.items()
        hold.cause, said = causes.likely(scope, hold.kind, found)
        hold.counts = said | {"usual": batch.usual}
    scope.session.add(hold)
    scope.session.flush()
    return hold


def _row(hold: Hold, key: Playbook, finding: Finding) -> dict[str, Any]:
    return {
        "kind": key[0],
        "playbook": key[1],
        "account_id": finding.account_id,
        "subject": finding.subject,
        "hold_id": hold.id,
        "severity": finding.severity,
        "person_id": finding.person_id,
    }
