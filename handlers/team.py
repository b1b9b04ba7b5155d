"""The team: asking for access, granting it, and one's own settings."""

import re
from datetime import time

from csbot.access import Role
from csbot.errors import Refused
from csbot.team import service
from csbot.team.queries import person
from csbot.team.rules import alerts_by
from csbot.words import said
from handlers import fields
from handlers.ask import (
    STALE,
    Answer,
    Ask,
    Command,
    Press,
    Submission,
    on_command,
    on_press,
    on_submit,
)
from messages.ids import Action, View
from messages.team import (
    WEEKDAYS,
    AccessAsked,
    AccessDecided,
    SettingsForm,
    SettingsShown,
)

_GRANT = re.compile(r"([A-Z0-9_]{2,30}):(csm|manager|viewer)", re.ASCII)


@on_press(Action.ACCESS_ASK)
def ask_for_more(ask: Press) -> Answer:
    """From somebody who is in: they want a higher role. Strangers are answered elsewhere."""
    me = ask.person
    if me.role == Role.ADMIN or me.slack_id is None:
        raise Refused("You are an admin already: you may do everything here.")
    asked = service.request_access(
        ask.session, slack_id=me.slack_id, name=me.name, settings=ask.settings, now=ask.now
    )
    return AccessAsked(admins=asked.admins, again=asked.again)


@on_press(Action.ACCESS_GRANT)
@on_press(Action.ACCESS_GRANT_2)
@on_press(Action.ACCESS_GRANT_3)
def grant(ask: Press) -> Answer:
    wanted = _GRANT.fullmatch(ask.value)
    if wanted is None:
        raise Refused(STALE)
    slack_id, role = wanted.groups()
    member = service.grant_access(
        ask.session, slack_id=slack_id, name=service.asked_name(ask.session, slack_id), role=role,
        by=ask.person, now=ask.now, settings=ask.settings,
    )  # fmt: skip
    return AccessDecided(who=person(member), role=role, by=person(ask.person))


@on_command("settings")
def settings(ask: Command) -> Answer:
    if ask.text:
        raise Refused(
            f"`/cs settings` shows your own, with a button to change them. "
            f"I did not read {said(ask.text)}."
        )
    return _shown(ask, saved=False)


@on_press(Action.SETTINGS_EDIT)
def edit(ask: Press) -> Answer:
    me = ask.person
    return SettingsForm(
        alerts_by=me.alerts_by,
        usual=getattr(ask.settings.config.alerts_by, me.role),
        digest_at=f"{me.digest_at:%H:%M}",
        work_starts=f"{me.work_starts:%H:%M}",
        work_ends=f"{me.work_ends:%H:%M}",
        days=tuple(me.working_days),
        timezone=me.timezone,
    )


@on_submit(View.SETTINGS)
def saved(ask: Submission) -> Answer:
    service.set_preferences(
        ask.session,
        by=ask.person,
        now=ask.now,
        alerts_by=ask.text("alerts_by"),
        digest_at=_time(ask, "digest_at"),
        work_starts=_time(ask, "work_starts"),
        work_ends=_time(ask, "work_ends"),
        days=[int(day) for day in fields.ticked(ask, "days") if day in set("1234567")],
        timezone=ask.text("timezone"),
    )
    return _shown(ask, saved=True)


def _time(ask: Submission, name: str) -> time:
    try:
        return time.fromisoformat(ask.text(name))
    except ValueError:
        raise Refused("Choose a time.", field=name) from None


def _shown(ask: Ask, *, saved: bool) -> SettingsShown:
    me = ask.person
    return SettingsShown(
        alerts_by=alerts_by(me, ask.settings.config.alerts_by),
        digest_at=f"{me.digest_at:%H:%M}",
        days=_days(me.working_days),
        work_starts=f"{me.work_starts:%H:%M}",
        work_ends=f"{me.work_ends:%H:%M}",
        timezone=me.timezone,
        role=me.role,
        saved=saved,
    )


def _days(days: list[int]) -> str:
    """Monday to Friday; else the days one by one."""
    days = sorted(days)
    names = [WEEKDAYS[day - 1] for day in days]
    run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    return f"{names[0]} to {names[-1]}" if run else ", ".join(names)
