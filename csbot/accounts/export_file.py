"""What `csbot export` writes, as a file for whoever asks in Slack: the same columns."""

import csv
import io
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts import command
from csbot.errors import Refused
from csbot.files import asking
from csbot.files.file import Made, Wish
from csbot.slack.gateway import Attachment
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from csbot.words import said
from messages.files import FileAsked
from messages.text import Mrkdwn, plural

KIND = "export"


def ask(session: Session, kind: str, *, by: TeamMember, now: datetime) -> FileAsked:
    """One of the kinds of `csbot export`; Refused with all of them for any other."""
    require(by, May.EXPORT)
    whole, _, rest = kind.partition(" ")
    if whole in command.KINDS and rest:
        raise Refused(
            f"`/cs export {whole}` has all of them. Only renewals take a choice, as in "
            "`/cs export renewals 90d @dana`."
        )
    if kind not in command.KINDS:
        kinds = ", ".join(command.KINDS)
        unread = f" I did not read {said(kind)}." if kind else " Try `/cs export accounts`."
        raise Refused(f"I can export {kinds} and renewals.{unread}")
    new = asking.ask(session, KIND, by=by, now=now, of=kind)
    return FileAsked(title=f"list of {kind}", again=not new)


def make(wish: Wish) -> Made:
    """With what is true when it is made; begins with a mark that tells Excel the encoding."""
    kind, today = wish.args["of"], local_date(wish.person, wish.now)
    rows = list(command.export(wish.session, kind))
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    title = f"{kind.capitalize()} on {today.isoformat()}"
    name, lines = f"{kind}-{today}.csv", plural(len(rows) - 1, "line")
    file = Attachment(name, f"{name}, {lines}", out.getvalue().encode("utf-8-sig"))
    return Made(file, Mrkdwn(f"{title}: {lines}."))
