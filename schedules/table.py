"""Every recurring job, on one screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from csbot import optouts
from csbot.account_channels import briefs
from csbot.account_channels.keeping import keep_current
from csbot.alerts import lapsing, weekly
from csbot.alerts.run import detect_all
from csbot.alerts.wishes import count_all
from csbot.calendars.feeds import read_all
from csbot.churn.applying import apply_due
from csbot.digests.service import send_to_all
from csbot.files.sending import send_all
from csbot.inbox.pruning import prune
from csbot.inbox.retrying import retry_waiting
from csbot.kept.service import EVERY as KEPT_EVERY
from csbot.kept.service import refresh as refresh_kept
from csbot.meetings import debriefing
from csbot.onboarding import first_value as value
from csbot.outbox import auditor
from csbot.outbox.sender import drain
from csbot.outbox.tidying import tidy
from csbot.payments import service as payments
from csbot.playbooks import engine
from csbot.playbooks.simulate.asking import answer_all
from csbot.renewals import history, signalling
from csbot.team import checklist
from csbot.team.matching import refresh_people
from csbot.usage import joining as usage
from csbot.usage.pruning import prune as prune_events
from csbot.wiring import Wiring
from messages.text import plural

TIMED = ("task", "meeting_tomorrow", "meeting_soon")


@dataclass(frozen=True)
class Job:
    """`run` says in one line what it did; `every` is None for what the senders do all the time.

    A job may run twice or late without harm: what it does is keyed in the database. The last
    argument says that a person asked for this run, so that nothing waits for working hours.
    `after` names a job whose turn of the same moment comes first.
    """

    name: str
    every: timedelta | None
    what: str
    run: Callable[[Wiring, datetime, bool], str]
    after: str | None = None

    def slot(self, now: datetime) -> str:
        """The period of `every` that `now` is in: one process takes it, the others pass."""
        return str(int(now.timestamp() // self._length()))

    def began(self, now: datetime) -> datetime:
        """When the period that `now` is in did."""
        return now - timedelta(seconds=now.timestamp() % self._length())

    def _length(self) -> float:
        return (self.every or timedelta(minutes=1)).total_seconds()


def detecting(*kinds: str) -> Callable[[Wiring, datetime, bool], str]:
    """The alerts of these kinds, or of all."""

    def run(wiring: Wiring, now: datetime, at_once: bool) -> str:
        found = detect_all(
            wiring.sessions, settings=wiring.settings, now=now, kinds=kinds, at_once=at_once,
            guarded=not wiring.by_hand,
        )  # fmt: skip
        return f"{found.raised} alerts raised, {found.changed} changed, {found.closed} closed"

    return run


def chasing(*kinds: str) -> Callable[[Wiring, datetime, bool], str]:
    """The alerts of these kinds, or of all, and what was promised of those that are taken."""
    look = detecting(*kinds)

    def run(wiring: Wiring, now: datetime, at_once: bool) -> str:
        said = look(wiring, now, at_once)
        found = lapsing.follow_up(wiring.sessions, settings=wiring.settings, now=now)
        asked = plural(found.nudged, "promise") + " asked after"
        return f"{said}, {asked}, {found.lapsed} lapsed" if found.nudged + found.lapsed else said

    return run


def renewals(wiring: Wiring, now: datetime, at_once: bool) -> str:
    """The signals first: the week's forecast and the alerts are to have them."""
    with wiring.sessions.begin() as session:
        told = signalling.tell_all(session, settings=wiring.settings, now=now)
    with wiring.sessions.begin() as session:
        noted = history.note_week(session, settings=wiring.settings, now=now)
    said = detecting("renewal")(wiring, now, at_once)
    said += f", {plural(told, 'signal')} changed" if told else ""
    return f"{said}, the week's forecast noted" if noted else said


def churned(wiring: Wiring, now: datetime, _: bool) -> str:
    gone = apply_due(wiring.sessions, settings=wiring.settings, now=now)
    return plural(gone, "customer") + " left today"


def digest(wiring: Wiring, now: datetime, _: bool) -> str:
    count, faults = send_to_all(wiring.sessions, settings=wiring.settings, now=now)
    with wiring.sessions.begin() as session:
        weeks = weekly.send_due(session, settings=wiring.settings, now=now)
    if faults:  # when the others have theirs
        raise faults[0]
    sent = plural(count, "digest")
    return f"{sent}, {plural(weeks, 'report')} on playbooks" if weeks else sent


def wishes(wiring: Wiring, now: datetime, _: bool) -> str:
    return plural(count_all(wiring, now=now), "suggested threshold") + " counted"


def playbooks(wiring: Wiring, now: datetime, _: bool) -> str:
    did = engine.run_due(wiring.sessions, settings=wiring.settings, now=now)
    with wiring.sessions.begin() as session:
        debriefing.follow(session, now=now)
    said = f"{plural(did.started, 'run')} started, {plural(did.steps, 'step')} taken"
    said += f", {plural(did.ended, 'run')} ended early, {plural(did.released, 'message')} let out"
    return said + (f", {did.failed} failed" if did.failed else "")


def headers(wiring: Wiring, now: datetime, _: bool) -> str:
    with wiring.sessions.begin() as session:
        kept = keep_current(session, settings=wiring.settings, now=now)
    briefs.refresh(wiring.sessions, settings=wiring.settings, now=now)
    said = f"{plural(kept.updated, 'header')} rewritten"
    said += f", {kept.remade} brought back" if kept.remade else ""
    return said + (f", {kept.neutral} turned neutral" if kept.neutral else "")


def simulations(wiring: Wiring, now: datetime, _: bool) -> str:
    return plural(answer_all(wiring, now=now), "replay") + " of playbooks told"


def files(wiring: Wiring, now: datetime, _: bool) -> str:
    return plural(send_all(wiring, now=now), "file") + " sent"


def kept(wiring: Wiring, now: datetime, _: bool) -> str:
    return plural(refresh_kept(wiring, now=now), "kept answer") + " brought up to date"


def deliver(wiring: Wiring, now: datetime, _: bool) -> str:
    return str(drain(wiring, now=now))


def audit(wiring: Wiring, now: datetime, _: bool) -> str:
    found = auditor.audit(wiring, now=now, expected=expected())
    return "; ".join(found.problems()) or "all is well"


def people(wiring: Wiring, now: datetime, _: bool) -> str:
    matched, asked = refresh_people(wiring, now=now)
    told = ", the checklist told" if checklist.keep(wiring, now=now) else ""
    return f"{matched} people matched with Slack, {asked} looked up{told}"


def calendars(wiring: Wiring, now: datetime, _: bool) -> str:
    return read_all(wiring, now=now)


def join(wiring: Wiring, now: datetime, _: bool) -> str:
    users = usage.join_all(wiring.sessions, now=now)
    with wiring.sessions.begin() as session:
        customers = payments.join(session, now=now)
        optouts.carry_over(session, now=now)
    deliveries = retry_waiting(wiring.sessions, settings=wiring.settings, now=now)
    found = (
        plural(users.groups, "company of the product", "companies of the product"),
        plural(users.people, "user"),
        plural(customers, "billing customer"),
        plural(deliveries, "delivery", "deliveries"),
    )
    return ", ".join(found) + " found their account"


def first_value(wiring: Wiring, now: datetime, _: bool) -> str:
    with wiring.sessions.begin() as session:
        found = value.find_reached(session, now=now, settings=wiring.settings.config.first_value)
    return f"{plural(found, 'account')} found to have reached first value"


def forget(wiring: Wiring, now: datetime, _: bool) -> str:
    gone = prune(wiring.sessions, settings=wiring.settings, now=now)
    events = prune_events(wiring.sessions, settings=wiring.settings, now=now)
    tidy(wiring.sessions, now=now)
    return f"{plural(gone, 'delivery', 'deliveries')} of long ago forgotten, {events:,} events"


MINUTE = timedelta(minutes=1)
JOBS = [
    Job("detect", 2 * MINUTE, "raises, updates and closes all alerts", chasing()),
    Job("reminders", MINUTE, "alerts of tasks and meetings, promises", chasing(*TIMED)),
    Job("playbooks", MINUTE, "starts playbooks and takes the steps that are due", playbooks),
    Job("renewals", 60 * MINUTE, "signals and alerts of renewals, each week's forecast", renewals),
    Job("churn", 10 * MINUTE, "lets customers go whose day has come", churned),
    Job("channels", MINUTE, "keeps the headers of account channels current", headers),
    Job("digest", MINUTE, "sends each digest whose hour has come", digest, after="detect"),
    Job("thresholds", MINUTE, "counts what thresholds that people wish for would hide", wishes),
    Job("simulations", MINUTE, "replays playbooks for whoever asked", simulations),
    Job("files", MINUTE, "makes the files and pictures that people asked for", files),
    Job("kept", KEPT_EVERY, "keeps current what people kept of csbot's answers", kept),
    Job("deliver", None, "sends the messages that are due", deliver),
    Job("people", 10 * MINUTE, "finds team members in Slack by their e-mail", people),
    Job("calendars", 15 * MINUTE, "reads the calendars of `csbot calendar list`", calendars),
    Job("join", MINUTE, "joins what waits for its account with those that have appeared", join),
    Job("first_value", 5 * MINUTE, "notes who has reached first value", first_value),
    Job("prune", 60 * MINUTE, "forgets old deliveries, and raw events of usage", forget),
    Job("audit", 5 * MINUTE, "finds overdue work, retries what was mended", audit),
]

# People and imports set health; what follows from it is the playbooks' work.
ALSO_CALLED = {"health": "playbooks"}


def expected() -> dict[str, timedelta]:
    return {job.name: job.every for job in JOBS if job.every is not None}


def named(name: str) -> Job:
    """Raises ValueError that lists the jobs there are."""
    found = next((job for job in JOBS if job.name == ALSO_CALLED.get(name, name)), None)
    if found is None:
        names = ", ".join(job.name for job in JOBS)
        raise ValueError(f"There is no job called {name!r}. There are: {names}.")
    return found
