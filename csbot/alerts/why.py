"""Why somebody is told of an alert: whose rule it is, its numbers, what came of others like it."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.account_channels.queries import own_channel
from csbot.accounts.model import Account
from csbot.alerts import acting, answerable, watching
from csbot.alerts.model import Alert, AlertMute, AlertVerdict
from csbot.alerts.routing import route
from csbot.alerts.scope import Scope
from csbot.alerts.show import look
from csbot.alerts.watching import Watch
from csbot.conditions.words import in_words
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import Playbook, PlaybookVersion
from csbot.playbooks.store import in_force
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from messages.alert_why import Answered, Limit, Origin, Past, WhyThis, Wish
from messages.text import Money

FIRED_IN = timedelta(days=90)
LIMITS = {
    "inactive": ("inactive_days", "high_arr", "low_health"),
    "task": ("task_due_soon_days",),
    "meeting_tomorrow": (),
    "meeting_soon": ("meeting_soon_minutes",),
    "renewal": ("renewal_window_days", "high_arr", "low_health"),
    "payment_failed": ("high_arr", "low_health"),
    "unowned": ("high_arr",),
    "playbook": (),
}
FEEDBACK = {"nps": "nps_detractor_max", "csat": "csat_negative_max"}
OPEN_TO_WISHES = ("days", "minutes")  # parameters that say when it fires, not how urgent it is


def explain(
    session: Session, *, alert_id: int, by: TeamMember, settings: Settings, now: datetime
) -> WhyThis:
    alert, card = look(session, alert_id=alert_id, by=by, settings=settings, now=now)
    account = session.get_one(Account, alert.account_id)
    scope = Scope.load(session, settings, now)
    said = definition(session, alert.playbook)
    watch = watching.watching(said) if said else None
    limits = watch.scope(scope).limits if watch else scope.limits
    return WhyThis(
        card=card,
        alert_id=alert.id,
        origin=_origin(scope, alert, said),
        limits=tuple(_limit(settings, watch, name) for name in _names(alert)),
        high_arr=Money(Decimal(limits.high_arr), account.currency),
        low_health=limits.low_health,
        channel=alert.channel,
        route=_route(session, settings, alert, account),
        past=_past(session, alert, now),
        answered=_answered(session, alert, by, now),
        wish=wish(settings, watch),
    )


def definition(session: Session, playbook: str) -> Definition | None:
    """What its file said last, also while it is off or gone."""
    stored = [force.definition for force in in_force(session)]
    known = [one for one in stored or watching.library() if one.name == playbook]
    return known[0] if known else None


def _origin(scope: Scope, alert: Alert, said: Definition | None) -> Origin:
    query = (
        select(PlaybookVersion.source, PlaybookVersion.digest, PlaybookVersion.seen_at,
               Playbook.on_since, Playbook.changed_by_id)
        .join(Playbook, Playbook.version_id == PlaybookVersion.id)
        .where(Playbook.name == alert.playbook)
    )  # fmt: skip
    row = scope.session.execute(query).first()
    people = answerable.owners(scope, said.process_owner) if said else []
    return Origin(
        name=alert.playbook,
        own=row is not None and row.source == "own",
        version=row.digest[:7] if row else None,
        seen_on=row.seen_at.astimezone(scope.zone(None)).date() if row else None,
        on_since=row.on_since.astimezone(scope.zone(None)).date() if row and row.on_since else None,
        switched_by=scope.name(row.changed_by_id) if row and row.changed_by_id else None,
        owners=tuple(person.name for person in people),
        only=in_words(dict(said.filter)) if said else "",
    )


def _route(session: Session, settings: Settings, alert: Alert, account: Account) -> str:
    own = own_channel(session, account.id)
    there = route(settings, kind=alert.kind, own=own, segment=account.segment)
    moved = "where it went when it was raised; new ones go elsewhere now"
    return there.because if there.channel == alert.channel else moved


def _names(alert: Alert) -> tuple[str, ...]:
    if alert.kind == "feedback":
        scale = alert.evidence.get("scale", "")
        return (FEEDBACK.get(scale, "happiness_negative_max"), "high_arr")
    return LIMITS[alert.kind]


def _limit(settings: Settings, watch: Watch | None, name: str) -> Limit:
    """From the playbook's file, from csbot.toml, or as it comes."""
    given = watch.detector.parameters if watch else {}
    for parameter, threshold in given.items():
        if watch and threshold == name and parameter in watch.parameters:
            return Limit(f"with.{parameter}", int(watch.parameters[parameter]), "the playbook")
    limits = settings.config.thresholds
    where = "csbot.toml" if name in limits.model_fields_set else None
    return Limit(f"thresholds.{name}", int(getattr(limits, name)), where)


def _past(session: Session, alert: Alert, now: datetime) -> Past:
    """What became of its like at this account, this one included."""
    rows = acting.told(
        session,
        Alert.account_id == alert.account_id,
        Alert.kind == alert.kind,
        Alert.playbook == alert.playbook,
        Alert.opened_at > now - FIRED_IN,
    )
    endings: dict[str, int] = {}
    for row in rows:
        if row.closed_at is not None:
            endings[row.ended or ""] = endings.get(row.ended or "", 0) + 1
    return Past(
        fired=len(rows),
        acted=sum(row.acted_on for row in rows),
        endings=tuple(sorted(endings.items(), key=lambda one: (-one[1], one[0]))),
    )


def _answered(session: Session, alert: Alert, by: TeamMember, now: datetime) -> Answered:
    verdict = session.get(AlertVerdict, (alert.id, by.id))
    mutes = {
        (mute.account_id, mute.member_id): mute
        for mute in session.scalars(select(AlertMute).where(AlertMute.playbook == alert.playbook))
    }
    until = getattr(mutes.get((alert.account_id, None)), "until", None)
    return Answered(
        verdict=verdict.verdict if verdict else None,
        note=(verdict.note or "") if verdict else "",
        digest_only=(None, by.id) in mutes,
        until=until.astimezone(zone(by)).date() if until and until > now else None,
    )


def wish(settings: Settings, watch: Watch | None) -> Wish | None:
    """Which threshold of the playbook somebody may want to be another, and what it is now."""
    if watch is None:
        return None
    limits = watching.limited(settings.config.thresholds, watch.detector, watch.parameters)
    for parameter, threshold in watch.detector.parameters.items():
        if parameter in OPEN_TO_WISHES:
            return Wish(parameter, int(getattr(limits, threshold)))
    return None
