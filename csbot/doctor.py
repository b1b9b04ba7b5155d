"""What keeps csbot from working, with the mend for each."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from csbot import clock, exposure, rehearsal, routes, sources
from csbot.account_channels.model import AccountChannel
from csbot.accounts.model import Account
from csbot.calendars import feeds
from csbot.db.trouble import MENDS, TROUBLE, reason
from csbot.db.upgrade import pending
from csbot.environment import unknown
from csbot.findings import BAD, OK, WARN, Finding, Report
from csbot.holds import checkup as holds
from csbot.inbox.queries import kept
from csbot.inbox.service import SET_ASIDE, WAITING
from csbot.onboarding import checkup as onboarding
from csbot.outbox.claim import TO_SLACK
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.notices import TOKEN
from csbot.playbooks import checkup
from csbot.settings import Settings
from csbot.slack.gateway import OutcomeUnknown, SlackFailure
from csbot.slack.manifest import OPTIONAL, REQUIRED
from csbot.sources import Source
from csbot.team.model import TeamMember
from csbot.touches import checkup as touches
from csbot.wiring import Wiring
from messages.text import plural

LOOK = "run: csbot inbox list, then for each: csbot inbox retry ID, or csbot inbox drop ID"
LEFT = {
    SET_ASIDE: "set aside, since it did not fit",
    WAITING: "waiting for accounts that are not known yet",
}
AHEAD = timedelta(days=14)


def examine(wiring: Wiring, *, send: bool = False) -> Report:
    """With `send` a test alert is posted where all else is well."""
    report = Report(list(_findings(wiring)))
    if not (send and report.well):
        return report
    return Report([*report.findings, _test_alert(wiring.in_force())])


def _findings(wiring: Wiring) -> Iterator[Finding]:
    database = list(_database(wiring))
    yield from database
    if all(f.level != BAD for f in database):
        wiring = wiring.in_force()
    slack = list(_slack(wiring))
    yield from slack
    if all(f.level != BAD for f in slack):
        yield from _channels(wiring)
    for misspelt in unknown(os.environ):
        yield Finding(WARN, f"environment: {misspelt}", "mend its name, or take it away")
    yield from exposure.of_the_way_in(wiring.settings)
    yield from checkup.findings(wiring.settings, today=clock.now().date())
    if all(f.level != BAD for f in database):
        yield from exposure.of_the_app(wiring)
        yield from _team(wiring)
        yield from _delivery(wiring)
        with wiring.sessions() as session:
            yield from touches.findings(session, wiring.settings, now=clock.now())
            yield from onboarding.findings(session, wiring.settings)
            yield from holds.findings(session, now=clock.now())
        yield from _sources(wiring)
        yield from _inbox(wiring)
        yield from _calendars(wiring)
    yield exposure.COLLABORATOR


def _test_alert(wiring: Wiring) -> Finding:
    channel = wiring.settings.alerts_channel
    if trouble := rehearsal.send(wiring, now=clock.now()):
        return Finding(BAD, f"test alert: not in {channel}: {trouble}", "mend that and try again")
    return Finding(OK, f"test alert: it stands in {channel}")


def _database(wiring: Wiring) -> Iterator[Finding]:
    kind = wiring.engine.dialect.name
    try:
        with wiring.engine.begin() as connection:
            connection.execute(text("SELECT 1"))
        behind = pending(wiring.engine)
    except TROUBLE as error:
        yield Finding(BAD, f"database: {kind} cannot be used: {reason(error)}", MENDS[kind])
        return
    yield Finding(OK, f"database: {kind} answers")
    yield from _file(wiring)
    if behind:
        yield Finding(BAD, "migrations: some are missing", "run: csbot db upgrade")
    else:
        yield Finding(OK, "migrations: all applied")


def _file(wiring: Wiring) -> Iterator[Finding]:
    """A file that csbot did not make itself may have been left open."""
    path = Path(wiring.engine.url.database or "")
    if wiring.engine.dialect.name == "sqlite" and path.is_file() and path.stat().st_mode & 0o077:
        yield Finding(
            WARN,
            "database: other users of this machine may open its file",
            f"run: chmod 600 {quote(str(path))}",
        )


def _slack(wiring: Wiring) -> Iterator[Finding]:
    env = wiring.settings.env
    if not env.slack_bot_token:
        yield Finding(
            BAD,
            "token: SLACK_BOT_TOKEN is not set",
            "create the app with `csbot manifest --link`, install it, copy the bot token (xoxb-…)",
        )
        return
    if not (env.slack_signing_secret or env.slack_app_token):
        yield Finding(
            BAD,
            "way in: neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set",
            "copy one of them from the app's Basic Information page",
        )
    if urlsplit(env.slack_api_url).hostname != "slack.com":
        yield Finding(WARN, f"slack: talking to a stand-in at {env.slack_api_url}")
    try:
        me = wiring.slack_now.who_am_i()
    except SlackFailure as failure:
        yield _no_way_in(failure)
        return
    yield Finding(OK, f"token: csbot is {me.get('user', '?')} in {me.get('team', '?')}")
    yield from _scopes(set(me["scopes"]))


def _no_way_in(failure: SlackFailure) -> Finding:
    if isinstance(failure, OutcomeUnknown):
        again = "see whether slack.com is reachable from here, then try again"
        return Finding(BAD, f"slack: it cannot be reached ({failure.code})", again)
    if failure.code not in TOKEN:
        return Finding(BAD, f"slack: it says {failure.code}", "try again in a minute")
    mend = "reinstall the app and put the new bot token into SLACK_BOT_TOKEN"
    return Finding(BAD, f"token: Slack says {failure.code}", mend)


def _scopes(granted: set[str]) -> Iterator[Finding]:
    if not granted:
        yield Finding(WARN, "scopes: Slack did not name them, so they were not checked")
        return
    missing = [scope for scope in REQUIRED if scope.name not in granted]
    for scope in missing:
        yield Finding(
            BAD,
            f"scope {scope.name} is missing: {scope.without}",
            "add it under OAuth & Permissions and reinstall the app",
        )
    if not missing:
        yield Finding(OK, f"scopes: all {len(REQUIRED)} required ones")
    for scope in OPTIONAL:
        if scope.name not in granted:
            yield Finding(WARN, f"optional scope {scope.name} is missing: {scope.without}")


def _channels(wiring: Wiring) -> Iterator[Finding]:
    try:
        known = {c.name: c for c in wiring.slack_now.channels()}
    except SlackFailure as failure:
        yield Finding(BAD, f"channels: Slack says {failure.code}", "check the scopes and try again")
        return
    known |= {c.id: c for c in known.values()}
    wanted = configured_channels(wiring.settings) | _account_channels(wiring)
    for name in sorted(wanted):
        yield routes.examined(name, known.get(name.removeprefix("#")), wiring.settings)


def configured_channels(settings: Settings) -> set[str]:
    return {
        settings.alerts_channel,
        settings.renewals_channel,
        settings.wins_channel,
        *settings.config.channels.segments.values(),
    }


def _account_channels(wiring: Wiring) -> set[str]:
    own = select(Account.channel).where(Account.channel.is_not(None)).distinct().limit(200)
    follow = select(AccountChannel.channel_id).where(AccountChannel.neutral_at.is_(None)).limit(200)
    try:
        with wiring.sessions() as session:
            return {name for name in (*session.scalars(own), *session.scalars(follow)) if name}
    except SQLAlchemyError:
        return set()


def _team(wiring: Wiring) -> Iterator[Finding]:
    with wiring.sessions() as session:
        active = select(TeamMember).where(TeamMember.active)
        team = list(session.scalars(active))
    if not team:
        yield Finding(WARN, "team: nobody yet", "run: csbot import team team.csv")
        return
    unknown = sorted({m.timezone for m in team} - clock.zones())
    for zone in unknown:
        yield Finding(BAD, f"time zone {zone!r} is unknown", "write it like Europe/Berlin")
    if not unknown:
        yield Finding(OK, f"time zones: all {len(team)} people have a known one")
    unmatched = [m.email for m in team if not m.slack_id]
    if unmatched:
        yield Finding(
            WARN,
            f"team: {len(unmatched)} of {len(team)} have no Slack id and get no digest",
            "run: csbot job run people (matches by e-mail), or add slack_id to the team file",
        )


def _delivery(wiring: Wiring) -> Iterator[Finding]:
    troubled = (
        select(OutgoingMessage.state, OutgoingMessage.last_error, func.count())
        .where(OutgoingMessage.state.in_(("dead", "uncertain")), OutgoingMessage.call.in_(TO_SLACK))
        .group_by(OutgoingMessage.state, OutgoingMessage.last_error)
    )
    with wiring.sessions() as session:
        rows = session.execute(troubled).all()
    for state, why, count in rows:
        yield Finding(
            WARN,
            f"delivery: {count} messages are {state}: {why}",
            "mend the cause; those of the last 30 days are then sent by themselves",
        )
    if not rows:
        yield Finding(OK, "delivery: no message is stuck")


def _sources(wiring: Wiring) -> Iterator[Finding]:
    """Of those that ever spoke: a team need not have all of them."""
    limits, now = wiring.settings.config.silent_after, clock.now()
    with wiring.sessions() as session:
        quiet = sources.silent(session, limits, now)
        known = session.execute(select(Source.name, Source.last_at).order_by(Source.name)).all()
    for name, last in known:
        hours = (now - last).total_seconds() / 3600
        if name in quiet:
            yield Finding(
                WARN,
                f"source {name}: silent for {hours:,.0f} hours, since {last:%Y-%m-%d %H:%M} UTC",
                f"see whether its sender still sends, and what `csbot inbox list` kept;"
                f" csbot.toml silent_after.{name} says how long is normal",
            )
        else:
            yield Finding(OK, f"source {name}: last heard of {last:%Y-%m-%d %H:%M} UTC")


def _calendars(wiring: Wiring) -> Iterator[Finding]:
    with wiring.sessions() as session:
        found = feeds.listed(session)
    for one in found:
        name = f"calendar {one.id} of {one.owner} at {one.host}"
        if one.problem:
            mend = f"mend that, or run: csbot calendar remove {one.id}"
            yield Finding(WARN, f"{name}: {one.problem}", mend)
        elif one.read_at:
            yield Finding(OK, f"{name}: read {one.read_at:%Y-%m-%d %H:%M} UTC")


def _inbox(wiring: Wiring) -> Iterator[Finding]:
    with wiring.sessions() as session:
        found = kept(session)
    for state, what in LEFT.items():
        if one := found.get(state):
            told = plural(one.count, "delivery", "deliveries")
            until = one.since + timedelta(days=wiring.settings.config.inbox.keep_days)
            told += f"; the first is dropped on {until:%Y-%m-%d}"
            level = WARN if state == SET_ASIDE or until < clock.now() + AHEAD else OK
            yield Finding(level, f"inbox: {what}: {told}", LOOK if level == WARN else "")
