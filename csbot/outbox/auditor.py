"""Finds what should have happened and has not, tries again what was mended, and says so."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from csbot import clock, faults
from csbot.jobs import JobRun
from csbot.outbox import removal
from csbot.outbox.claim import TO_SLACK
from csbot.outbox.deliver import CHARTS_REFUSED
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.notices import COMES_BACK, OURS, TOKEN
from csbot.outbox.settle import QUIETLY
from csbot.slack.directory import Directory
from csbot.slack.gateway import SlackFailure
from csbot.wiring import Wiring
from messages.digests import Digest
from messages.text import plural

log = logging.getLogger(__name__)
LATE = timedelta(minutes=15)
NEVER = datetime(1970, 1, 2, tzinfo=UTC)
RECENT = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)  # a long weekend or a holiday must lose no alert
A_DAYS_NEWS = {Digest.name, *OURS}  # later they would only mislead
JOBS_KEPT_FOR = timedelta(days=14)
HEARTBEAT_TIMEOUT = 5.0
o = OutgoingMessage


@dataclass(frozen=True)
class Health:
    """Counts of messages that need a look; dead and uncertain ones of the last 24 hours.

    What a customer did not get is their owner's, not counted here, as long as the others go out.
    """

    overdue: int
    stuck: int
    dead: int
    uncertain: int
    held: int
    without_charts: int
    late_jobs: tuple[str, ...]

    @property
    def well(self) -> bool:
        return not self.problems()

    def problems(self) -> list[str]:
        """One line each, for people."""
        counted = [
            (self.overdue, "due for more than 15 minutes and not sent: is a worker running?"),
            (self.stuck, "tried for more than 15 minutes: Slack's answers get lost"),
            (self.dead, "refused by Slack: see the log for why"),
            (self.uncertain, "may or may not have arrived: csbot may not read the history"),
            (self.held, "to customers held up for more than 15 minutes: csbot doctor says why"),
        ]
        lines = [f"{plural(n, 'message')} {what}" for n, what in counted if n]
        return lines + [f"job {name} has not run when it should have" for name in self.late_jobs]


def health(
    session: Session, *, now: datetime, expected: Mapping[str, timedelta] | None = None
) -> Health:
    """`expected` is how often each job should run; jobs that never ran anywhere are not late."""
    recent, slack = o.not_before >= now - RECENT, o.call.in_(TO_SLACK)
    late = _late(now)
    quiet = and_(o.call == "update", o.last_error.in_(QUIETLY))
    tests = {
        "overdue": and_(o.state == "waiting", o.not_before < late, slack, ~_blocked()),
        "stuck": and_(o.state == "sending", o.first_claim_at < late),
        "dead": and_(o.state == "dead", recent, slack, ~quiet),
        "uncertain": and_(o.state == "uncertain", o.call.in_(["post", "update"]), recent),
        "held": and_(o.state == "waiting", o.not_before < late, ~slack, o.last_error.is_not(None)),
        "without_charts": and_(o.state == "sent", o.last_error == CHARTS_REFUSED, recent),
    }
    row = session.execute(
        select(*[func.count(case((test, 1))).label(name) for name, test in tests.items()]).where(
            recent | o.state.in_(["waiting", "sending"])
        )
    ).one()
    return Health(**row._asdict(), late_jobs=_late_jobs(session, now, expected or {}))


def _late(now: datetime) -> datetime:
    """What was due before then is late; nothing just after the demo's clock has leapt."""
    moved = clock.moved_at()
    return NEVER if moved and moved > now - LATE else now - LATE


def oldest_due(session: Session, *, now: datetime) -> timedelta:
    """For how long the first message that should be out by now has waited; zero without one."""
    due = select(func.min(o.not_before)).where(
        o.state == "waiting", o.not_before <= now, o.call.in_(TO_SLACK), ~_blocked()
    )
    first = session.scalar(due)
    return now - first if first else timedelta(0)


def audit(wiring: Wiring, *, now: datetime, expected: Mapping[str, timedelta]) -> Health:
    """Revive what was mended, look, log, and ping the heartbeat if all is well."""
    removal.look_again(wiring, now=now)
    revived = revive(wiring, now=now)
    with wiring.sessions.begin() as session:
        session.execute(delete(JobRun).where(JobRun.started_at < now - JOBS_KEPT_FOR))
        faults.forget(session, now=now)
        found = health(session, now=now, expected=expected)
    for line in found.problems():
        log.error("not well: %s", line)
    if revived:
        log.warning("%s tried again", plural(revived, "message"))
    if found.well and wiring.settings.env.csbot_heartbeat_url:
        beat(wiring.settings.env.csbot_heartbeat_url)
    return found


def retry_dead(
    session: Session,
    *,
    now: datetime,
    lane: str | None = None,
    codes: Collection[str] | None = None,
    only: ColumnElement[bool] | None = None,
) -> int:
    """Let refused messages go out again, in one lane or in all; returns how many.

    They begin anew: that Slack refused them is certain, so nothing needs to be looked for.
    """
    wanted: list[ColumnElement[bool]] = [o.state == "dead", o.not_before <= now]
    wanted += [o.lane == lane] if lane is not None else []
    wanted += [o.last_error.in_(codes)] if codes is not None else []
    wanted += [only] if only is not None else []
    again = update(o).where(*wanted).values(state="waiting", attempts=0, first_claim_at=None)
    return len(session.scalars(again.returning(o.id)).all())


def revive(wiring: Wiring, *, now: datetime) -> int:
    """Try again what died or became uncertain from something since mended."""
    lost = o.state.in_(["dead", "uncertain"]) & (o.call != "ephemeral")
    causes = select(o.lane, o.last_error).distinct().where(lost, _worth_sending(now))
    with wiring.sessions() as session:
        rows = session.execute(causes.where(o.last_error.in_(COMES_BACK)))
        found = [(row.lane, str(row.last_error)) for row in rows]
    clinic = _Clinic(wiring, now)
    mended = [(lane, code) for lane, code in found if clinic.mended(lane, code)]
    with wiring.sessions.begin() as session:
        return sum(_again(session, lane, code, now=now) for lane, code in mended)


def beat(url: str) -> bool:
    """Tell the outside watch that all is well; it raises the alarm when this stays away."""
    if urlsplit(url).scheme not in ("http", "https"):
        return False
    try:
        with urlopen(url, timeout=HEARTBEAT_TIMEOUT):  # noqa: S310  scheme checked above
            return True
    except (URLError, OSError, ValueError) as error:
        log.warning("heartbeat not delivered: %s", type(error).__name__)
        return False


class _Clinic:
    """Asks Slack whether what was broken works again, once for each place."""

    def __init__(self, wiring: Wiring, now: datetime) -> None:
        self._slack, self._now = wiring.slack, now
        self._allowed = {c.lstrip("#") for c in wiring.settings.config.channels.shared_allowed}
        self._directory = Directory(wiring.sessions, wiring.slack)
        self._scopes: set[str] | None = None

    def mended(self, lane: str, code: str) -> bool:
        try:
            if code in TOKEN or code == "missing_scope":
                return self._token_works(code)
            return self._place_works(lane, code)
        except SlackFailure:
            return False

    def _token_works(self, code: str) -> bool:
        if self._scopes is None:
            self._scopes = set(self._slack.who_am_i()["scopes"])
        needed = {"chat:write", "channels:read", "channels:history", "groups:history", "im:history"}
        return code in TOKEN or not self._scopes or needed <= self._scopes

    def _place_works(self, lane: str, code: str) -> bool:
        if lane.startswith(("U", "W", "D")):
            return bool(lane.startswith("D") or self._directory.direct(lane))
        self._directory.forget(lane)
        info = self._directory.channel(lane, now=self._now)
        if info.is_ext_shared and not self._allowed & {info.id, info.name}:
            return False
        return not info.is_archived and (info.is_member or code == "shared_channel")


def _worth_sending(now: datetime) -> ColumnElement[bool]:
    lasting = and_(o.not_before >= now - KEPT_FOR, o.message.not_in(A_DAYS_NEWS))
    return or_(o.not_before >= now - RECENT, lasting)


def _again(session: Session, lane: str, code: str, *, now: datetime) -> int:
    only = _worth_sending(now)
    revived = retry_dead(session, now=now, lane=lane, codes=[code], only=only)
    unsure = update(o).where(
        o.state == "uncertain", o.call == "post", o.lane == lane, o.last_error == code, only
    )
    looked_for = session.scalars(unsure.values(state="waiting").returning(o.id)).all()
    return revived + len(looked_for)


def _blocked() -> ColumnElement[bool]:
    """An update of a message that itself is not there."""
    post = aliased(OutgoingMessage)
    absent = select(post.id).where(post.key == o.target, post.state.in_(["dead", "uncertain"]))
    return absent.exists()


def _late_jobs(
    session: Session, now: datetime, expected: Mapping[str, timedelta]
) -> tuple[str, ...]:
    latest = select(JobRun.job, func.max(JobRun.started_at)).group_by(JobRun.job)
    ran = {name: at for name, at in session.execute(latest)}
    if not ran:
        return ()
    first, moved = min(ran.values()), clock.moved_at() or NEVER
    return tuple(
        name
        for name, every in expected.items()
        if max(ran.get(name, first), moved) < now - 3 * every - timedelta(minutes=1)
    )
