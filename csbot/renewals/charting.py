"""The chart of the list or of its history as a picture, where Slack's own is not to be had.

An answer that only its reader sees can carry no file: the picture comes as a direct message.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.files import asking
from csbot.files.file import Made, Wish
from csbot.outbox.auditor import RECENT
from csbot.outbox.deliver import CHARTS_REFUSED
from csbot.outbox.model import OutgoingMessage
from csbot.renewals.filters import Filters, from_code
from csbot.renewals.overview import overview, window
from csbot.renewals.picture import Bars, draw
from csbot.renewals.telling import told
from csbot.settings import Settings
from csbot.slack.gateway import Attachment
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.files import FileAsked
from messages.renewal_history import RenewalHistory
from messages.renewals import NoRenewals, RenewalsList
from messages.text import Mrkdwn, escape

KIND = "renewals-chart"
LIST, HISTORY = "list", "history"
ONCE_IN = timedelta(hours=1)  # the same picture by itself: its numbers stand in each answer


def pictures_only(session: Session, *, settings: Settings, now: datetime) -> bool:
    """Whether this workspace takes no charts of Slack's own: so it is set, or Slack said so."""
    if not settings.config.display.charts:
        return True
    row = OutgoingMessage
    refused = select(row.id).where(
        row.state == "sent", row.not_before > now - RECENT, row.last_error == CHARTS_REFUSED
    )
    return session.scalar(refused.limit(1)) is not None


Shown = RenewalsList | NoRenewals | RenewalHistory


def fitting(
    session: Session, shown: Shown, filters: Filters, *, by: TeamMember, settings: Settings,
    now: datetime, typed: bool,
) -> Shown:  # fmt: skip
    """The answer with its chart, else with the picture: sent to whoever typed the command, one
    press away from the lists that buttons lead to.
    """
    if isinstance(shown, NoRenewals) or not pictures_only(session, settings=settings, now=now):
        return shown
    if asking.are_refused(session, now=now):
        return replace(shown, picture="refused")
    sent = typed and shown.charted and _sent(session, shown, filters, by=by, now=now)
    return replace(shown, picture="sent" if sent else "offered")


def _sent(
    session: Session, shown: Shown, filters: Filters, *, by: TeamMember, now: datetime
) -> bool:
    of = HISTORY if isinstance(shown, RenewalHistory) else LIST
    try:
        return _note(session, filters, of, by=by, now=now, once_in=ONCE_IN)
    except Refused:  # enough is on its way to them
        return False


def _note(
    session: Session, filters: Filters, of: str, *, by: TeamMember, now: datetime,
    once_in: timedelta = timedelta(),
) -> bool:  # fmt: skip
    chosen = filters.unpaged() if of == LIST else filters.whole()
    return asking.ask(session, KIND, by=by, now=now, code=chosen.code(), of=of, once_in=once_in)


def ask(
    session: Session, filters: Filters, *, of: str = LIST, by: TeamMember, now: datetime
) -> FileAsked:
    new = _note(session, filters, of, by=by, now=now)
    shown = "forecast by week" if of == HISTORY else f"renewals by {filters.view}"
    when = window(filters, local_date(by, now))
    return FileAsked(title=f"chart of {shown}, {when}", again=not new)


def make(wish: Wish) -> Made:
    """With what is true when it is drawn."""
    bars = _history(wish) if wish.args["of"] == HISTORY else _list(wish)
    file = Attachment("renewals.png", bars.title, draw(bars), bars.alternative())
    return Made(file, Mrkdwn(escape(bars.title)))


def _list(wish: Wish) -> Bars:
    filters = from_code(wish.args["code"])
    shown = overview(
        wish.session, filters, person=wish.person, settings=wish.settings, now=wish.now
    )
    if isinstance(shown, NoRenewals):
        raise Refused(f"There is no chart: no renewals are due {shown.until}.")
    currency, series = shown.series()
    scope = f" ({shown.scope})" if shown.scope else ""
    return Bars(f"Renewals {shown.until} by {shown.view}, {currency}{scope}", currency, series)


def _history(wish: Wish) -> Bars:
    filters = from_code(wish.args["code"])
    shown = told(wish.session, filters, person=wish.person, settings=wish.settings, now=wish.now)
    currency, scope = shown.now.due.currency, f" ({shown.scope})" if shown.scope else ""
    title = f"Forecast by week of renewals due {shown.months}, {currency}{scope}"
    return Bars(title, currency, shown.series())
