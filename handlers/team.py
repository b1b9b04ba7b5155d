"""The team: asking for access, granting it, and one's own settings."""

import re
from datetime import time

from csbot.access import Role
from csbot.alerts import choices
from csbot.errors import Refused
from csbot.team import service
from csbot.team.queries import person
from csbot.team.showing import shown
from csbot.team.wording import in_words
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
from messages.alert_ways import PAGES, AlertWaysForm, KindWay
from messages.ids import Action, View
from messages.team import (
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
        service.set_preferences(
            ask.session, by=ask.person, now=ask.now, **in_words(ask.text, of=ask.person)
        )
    return _shown(ask, saved=bool(ask.text))


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
        country=ask.person.country,
    )
    return _shown(ask, saved=True)


@on_press(Action.SETTINGS_KINDS)
def by_kind(ask: Press) -> Answer:
    return _by_kind(ask, ask.numbers(1)[0])


@on_submit(View.SETTINGS_KINDS)
def kinds_saved(ask: Submission) -> Answer:
    page = ask.remembered.get("page")
    if type(page) is not int or not 0 <= page < len(PAGES):
        raise Refused(fields.OLD)
    wanted = {kind: ask.text(kind) for kind in PAGES[page]}
    choices.choose(ask.session, wanted, by=ask.person, now=ask.now)
    return _by_kind(ask, page + 1) if page + 1 < len(PAGES) else _shown(ask, saved=True)


def _by_kind(ask: Ask, page: int) -> AlertWaysForm:
    if page >= len(PAGES):
        raise Refused(STALE)
    chosen = choices.of(ask.session, ask.person)
    return AlertWaysForm(page=page, chosen=tuple(KindWay(*one) for one in chosen.items()))


def _time(ask: Submission, name: str) -> time:
    try:
        return time.fromisoformat(ask.text(name))
    except ValueError:
        return ask.refuse("Choose a time.", name, time())


def _shown(ask: Ask, *, saved: bool) -> SettingsShown:
    chosen = choices.of(ask.session, ask.person)
    return shown(ask.person, ask.settings, chosen=chosen, saved=saved)
