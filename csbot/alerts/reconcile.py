"""Compares what is true now with the open alerts. Running it twice changes nothing."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, select, update
from sqlalchemy.orm import Session

from csbot.alerts import another_owner, closing, further, journal, posting, routing
from csbot.alerts.among import batches
from csbot.alerts.detectors import DETECTORS
from csbot.alerts.finding import Finding, level_of, moved, theirs
from csbot.alerts.model import Alert
from csbot.alerts.pings import Pings
from csbot.alerts.scope import Scope
from csbot.alerts.switched import ended
from csbot.alerts.watching import RUNS, Key, Watch, watches
from csbot.db.rows import insert
from csbot.holds.standing import Held, as_let_go, forget, keeps_quiet, standing, weigh
from csbot.home.redrawing import alerts_changed
from csbot.outbox.queue import Priority
from csbot.settings import Settings

Place = tuple[int, str]
Known = Row[*tuple[Any, ...]]
LetGo = dict[Place, Held]
TABLE: Any = Alert.__table__


@dataclass
class Outcome:
    """How many alerts a run raised, changed, closed, told of, took further; `touched`: which."""

    raised: int = 0
    changed: int = 0
    closed: int = 0
    woken: int = 0
    posted: int = 0
    reminded: int = 0
    escalated: int = 0
    touched: set[int] = field(default_factory=set)


@dataclass
class Difference:
    """What a playbook's detector sees that its open alerts do not say yet.

    `let_go` are those of the new that were held, `freed` what was held for nothing more,
    `weighed` what is held still and as urgent now as it says.
    """

    new: list[Finding] = field(default_factory=list)
    let_go: LetGo = field(default_factory=dict)
    freed: list[Held] = field(default_factory=list)
    weighed: list[tuple[Held, str]] = field(default_factory=list)
    changed: list[tuple[Known, Finding]] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)

    def __len__(self) -> int:
        of_alerts = len(self.new) + len(self.changed) + len(self.gone)
        return of_alerts + len(self.freed) + len(self.weighed)

    def accounts(self) -> Iterator[int]:
        """Of each difference."""
        yield from (finding.account_id for finding in self.new)
        yield from (alert.account_id for alert, _ in self.changed)
        yield from (alert.account_id for alert in self.gone)
        yield from (held.account_id for held in self.freed)
        yield from (held.account_id for held, _ in self.weighed)


def detect(
    session: Session,
    *,
    settings: Settings,
    now: datetime,
    kinds: Collection[str] | None = None,
    accounts: Collection[int] | None = None,
    at_once: bool = False,
    actor: int | None = None,
) -> Outcome:
    """Raise, change and close alerts as things are now, and say what is due to be said.

    With `at_once` nothing waits for somebody's working hours: a person asked for this run.
    `actor` is the team member whose act this follows, who is not pinged for it.
    """
    scope, outcome = Scope.load(session, settings, now, accounts, actor), Outcome()
    stale = awaken(scope, outcome)
    stale |= follow(scope, differences(scope, kinds or DETECTORS), outcome)
    posting.rewrite(scope, stale, priority=Priority.ROUTINE)
    outcome.posted = posting.post_due(scope, at_once=at_once)
    outcome.reminded = further.remind_due(scope)
    outcome.escalated = len(escalated := further.escalate_due(scope))
    outcome.touched.update(escalated)
    if actor is None:  # else whoever acts sees to the Homes that it touches
        alerts_changed(session, outcome.touched, now=now)
    return outcome


def awaken(scope: Scope, outcome: Outcome, most: int | None = None) -> set[int]:
    """What time alone has changed, to be rewritten: snoozes and undos that have run out."""
    woken = further.wake_due(scope, most)
    outcome.woken += len(woken)
    outcome.touched.update(woken)
    return {*woken, *further.forget_undo(scope, most)}


def follow(scope: Scope, found: Iterable[tuple[Watch, Difference]], outcome: Outcome) -> set[int]:
    """Raise, change and close; returns the alerts to be rewritten."""
    stale: set[int] = set()
    for watch, difference in found:
        for part in batches(difference.new):
            outcome.touched.update(raised := _raise(scope, watch, part, difference.let_go))
            outcome.raised += len(raised)
        forget(scope, [*difference.freed, *difference.let_go.values()])
        weigh(scope, difference.weighed)
        stale |= _change(scope, watch, difference.changed)
        closed = closing.close(scope, watch, [alert.id for alert in difference.gone])
        stale.update(closed)
        outcome.changed += len(difference.changed)
        outcome.closed += len(closed)
    outcome.touched |= stale
    return stale


def differences(scope: Scope, kinds: Collection[str]) -> Iterator[tuple[Watch, Difference]]:
    """One playbook after the other, of all open alerts as they were at the first."""
    known, held = _open_alerts(scope, kinds), _held(scope, kinds)
    for watch in watches(scope.session, kinds):
        before = known.pop(watch.key, {}), held.pop(watch.key, {})
        yield watch, compare(_unmuted(scope, watch), *before)
    for watch in ended(scope, {*known, *held}):
        yield watch, compare((), known.get(watch.key, {}), held.get(watch.key, {}))


def _unmuted(scope: Scope, watch: Watch) -> Iterable[Finding]:
    found, muted = watch.find(scope), scope.mutes.accounts
    if not muted:
        return found
    return (one for one in found if (one.playbook or watch.playbook, one.account_id) not in muted)


def compare(
    findings: Iterable[Finding], known: dict[Place, Known], held: dict[Place, Held]
) -> Difference:
    """Pure; `known` is used up, and so is `held`. What is held is neither new nor gone."""
    difference = Difference()
    for finding in findings:
        place = finding.account_id, finding.subject
        alert = known.pop(place, None)
        if alert is None:
            _note_unknown(difference, finding, held.pop(place, None))
        elif alert.fingerprint != finding.seen:
            difference.changed.append((alert, finding))
    difference.freed = list(held.values())
    # In one order everywhere: two runs at once wait for each other instead of deadlocking.
    difference.new.sort(key=lambda finding: (finding.account_id, finding.subject))
    difference.changed.sort(key=lambda pair: pair[0].id)
    difference.gone = sorted(known.values(), key=lambda alert: alert.id)
    return difference


def _note_unknown(difference: Difference, finding: Finding, back: Held | None) -> None:
    if finding.keeps:
        return
    if back is not None and keeps_quiet(back, finding.severity):
        if back.ended is None and back.severity != finding.severity:
            difference.weighed.append((back, finding.severity))
        return
    difference.new.append(finding)
    if back is not None:
        difference.let_go[finding.account_id, finding.subject] = back


def _key(kind: str, playbook: str) -> Key:
    """By what watches for them; what runs ask for is told apart by its subject alone."""
    return kind, "" if kind == RUNS else playbook


def _held(scope: Scope, kinds: Collection[str]) -> dict[Key, dict[Place, Held]]:
    found: dict[Key, dict[Place, Held]] = {}
    for row in standing(scope, kinds):
        found.setdefault(_key(row.kind, row.playbook), {})[row.account_id, row.subject] = row
    return found


def _open_alerts(scope: Scope, kinds: Collection[str]) -> dict[Key, dict[Place, Known]]:
    query = scope.narrow(_open(), Alert.account_id)
    rows = scope.session.execute(query, {"kinds": list(kinds)})
    known: dict[Key, dict[Place, Known]] = {}
    for row in rows:
        known.setdefault(_key(row.kind, row.playbook), {})[row.account_id, row.subject] = row
    return known


@cache
def _open() -> Select[*tuple[Any, ...]]:
    return select(
        Alert.id, Alert.kind, Alert.playbook, Alert.account_id, Alert.subject, Alert.fingerprint,
        Alert.owner_id,
    ).where(
        Alert.closed_at.is_(None), Alert.kind.in_(bindparam("kinds", expanding=True))
    )  # fmt: skip


def _raise(scope: Scope, watch: Watch, found: list[Finding], let_go: LetGo) -> list[int]:
    found = watch.detector.enrich(watch.scope(scope), found)
    places = routing.channels(scope, {(watch.kind, one.account_id) for one in found})
    pings = Pings(scope)
    rows = [
        _new(scope, watch, one, places, pings)
        | as_let_go(let_go.get((one.account_id, one.subject)))
        for one in found
    ]
    statement = insert(scope.session, Alert).on_conflict_do_nothing()
    columns = TABLE.c.id, TABLE.c.account_id, TABLE.c.evidence, TABLE.c.severity
    raised = scope.session.execute(statement.returning(*columns), rows).all()
    journal.record_seen(scope, "alert.raised", watch.kind, raised)
    return [row.id for row in raised]


def _new(
    scope: Scope,
    watch: Watch,
    finding: Finding,
    places: dict[tuple[str, int], str],
    pings: Pings,
) -> dict[str, Any]:
    post_at = None if scope.held else pings.at(watch.kind, finding.severity, finding.person_id)
    return {
        "kind": watch.kind,
        "playbook": finding.playbook or watch.playbook,
        "account_id": finding.account_id,
        "subject": finding.subject,
        "owner_id": finding.person_id,
        "severity": finding.severity,
        "state": "open",
        "evidence": finding.evidence,
        "fingerprint": finding.seen,
        "channel": places[watch.kind, finding.account_id],
        "since": finding.since,
        "opened_at": scope.now,
        "changed_at": scope.now,
        "ping": "raised",
        "post_at": post_at,
        "version": 1,
    }


def _change(scope: Scope, watch: Watch, changed: list[tuple[Known, Finding]]) -> set[int]:
    """Say anew what is true; what got worse is to be said aloud if nobody has it yet."""
    if not changed:
        return set()
    enriched = watch.detector.enrich(watch.scope(scope), [finding for _, finding in changed])
    pairs = list(zip([alert for alert, _ in changed], enriched, strict=True))
    rows = [_seen_now(alert, now) for alert, now in pairs]
    scope.session.execute(update(Alert), sorted(rows, key=len))  # one statement a set of columns
    worse = [(a, f) for a, f in pairs if f.level > level_of(a.fingerprint)]
    another_owner.begin(scope, [(a, f) for a, f in pairs if moved(a.fingerprint, f)])
    _rise(scope, watch, worse)
    return {alert.id for alert, _ in pairs}


def _seen_now(alert: Known, finding: Finding) -> dict[str, Any]:
    row = {
        "id": alert.id,
        "severity": finding.severity,
        "since": finding.since,
        "evidence": finding.evidence,
        "fingerprint": finding.seen,
    }
    # Whoever it was handed to keeps it until the account or the task itself changes hands.
    return row | {"owner_id": finding.person_id} if moved(alert.fingerprint, finding) else row


def _rise(scope: Scope, watch: Watch, worse: list[tuple[Known, Finding]]) -> None:
    if not worse:
        return
    pings = Pings(scope)
    statement = (
        update(TABLE)
        .where(TABLE.c.id == bindparam("alert"), TABLE.c.state == "open")
        .values(
            ping=case((TABLE.c.posted_at.is_(None), "raised"), else_="risen"),
            post_at=bindparam("at"),
            changed_at=scope.now,
        )
    )
    owners = {a.id: theirs(a.owner_id, a.fingerprint, f) for a, f in worse}
    rows = [{"alert": a.id, "at": pings.at(watch.kind, f.severity, owners[a.id])} for a, f in worse]
    scope.session.connection().execute(statement, rows)
    snoozed = TABLE.c.id == bindparam("alert"), TABLE.c.state == "snoozed"
    ends = update(TABLE).where(*snoozed).values(snoozed_until=scope.now)
    scope.session.connection().execute(ends, [{"alert": alert.id} for alert, _ in worse])
    seen = [(a.id, a.account_id, f.evidence, f.severity) for a, f in worse]
    journal.record_seen(scope, "alert.risen", watch.kind, seen)
