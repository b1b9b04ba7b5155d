"""Who somebody is: by Slack id, by e-mail, or as people write names."""

import re
from typing import Any

from rapidfuzz import process
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.team.model import TeamMember
from csbot.words import normalise, said
from messages.text import Person, listed

MENTION = re.compile(r"<@([A-Z0-9_]+)(?:\|[^>]*)?>", re.ASCII)


def by_slack_id(session: Session, slack_id: str) -> TeamMember | None:
    return session.scalar(select(TeamMember).where(TeamMember.slack_id == slack_id))


def by_email(session: Session, email: str) -> TeamMember | None:
    return session.scalar(
        select(TeamMember).where(func.lower(TeamMember.email) == email.strip().lower())
    )


def person(member: TeamMember | None) -> Person:
    """As messages show them; nobody is "nobody"."""
    return Person(member.name, member.slack_id) if member else Person("nobody")


def active(session: Session, *roles: str) -> list[TeamMember]:
    """Everybody who works here, or those with one of these roles, by name."""
    here = TeamMember.active & ~TeamMember.is_outsider
    query = select(TeamMember).where(here).order_by(TeamMember.name, TeamMember.id)
    return list(session.scalars(query.where(TeamMember.role.in_(roles)) if roles else query))


def named(session: Session, text: str) -> TeamMember:
    """Who `text` means: a mention in either form, @handle, name, first name or e-mail."""
    wanted = normalise(text).strip(" ,.;:")
    if mentioned := MENTION.fullmatch(wanted):
        return _mentioned(session, mentioned.group(1))
    wanted = _bare(wanted)
    if not wanted:
        raise Refused("Whom do you mean? Write for example `@dana`.")
    people = active(session)
    for fits in (_exactly, _partly, _beginning):
        found = [p for p in people if fits(p, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refused(_several(text, found))
    raise Refused(_unknown(text, wanted, people))


def take_named(session: Session, text: str) -> tuple[TeamMember, str]:
    """Who the start of `text` means ("to @dana because …"), and the reason that follows."""
    found, reason = _taken(session, text)
    if reason.startswith("@") and (" " not in reason or _is_somebody(session, reason)):
        raise Refused(f"One person at a time: I read {found.name}, and not {said(reason)}.")
    return found, reason


def _is_somebody(session: Session, text: str) -> bool:
    return any(_exactly(one, _bare(text)) for one in active(session))


def _taken(session: Session, text: str) -> tuple[TeamMember, str]:
    words = re.sub(r"^to\s+", "", normalise(text), flags=re.IGNORECASE)
    if mentioned := MENTION.match(words):
        return _mentioned(session, mentioned.group(1)), _reason(words[mentioned.end() :])
    parts = words.split()
    for count in range(min(3, len(parts)), 1, -1):
        try:
            return named(session, " ".join(parts[:count])), _reason(" ".join(parts[count:]))
        except Refused:
            continue
    return named(session, parts[0] if parts else ""), _reason(" ".join(parts[1:]))


def _reason(text: str) -> str:
    return re.sub(r"^\s*(?:[-:,;(]\s*|because\s+|since\s+|as\s+)*", "", text).strip()


def _mentioned(session: Session, slack_id: str) -> TeamMember:
    found = by_slack_id(session, slack_id)
    if found is None:
        raise Refused("That person is not in csbot's team yet. An admin can add them.")
    if not found.active or found.is_outsider:
        raise Refused(f"{found.name} is no longer active in csbot.")
    return found


def _bare(text: str) -> str:
    """`<mailto:d@v.example|d@v.example>`, `@dana` and `"Dana"` without their wrapping."""
    linked = re.fullmatch(r"<mailto:([^|>]+)(?:\|[^>]*)?>", text)
    return (linked.group(1) if linked else text).lstrip("@").strip("\"' ").casefold()


def _exactly(member: TeamMember, wanted: str) -> bool:
    return wanted in (member.email.casefold(), member.name.casefold())


def _partly(member: TeamMember, wanted: str) -> bool:
    words = member.name.casefold().split()
    handle = member.email.casefold().split("@")[0]
    return wanted in (handle, *words, ".".join(words), "".join(words), "_".join(words))


def _beginning(member: TeamMember, wanted: str) -> bool:
    return len(wanted) > 1 and member.name.casefold().startswith(wanted)


def _several(text: str, found: list[TeamMember]) -> str:
    names = listed([f"{p.name} ({p.email})" for p in found], 5)
    return f"{said(text)} could be {names}. Write the full name or the e-mail address."


def _unknown(text: str, wanted: str, people: list[TeamMember]) -> str:
    names: dict[int, Any] = {i: p.name.casefold() for i, p in enumerate(people)}
    firsts = {len(people) + i: name.split()[0] for i, name in names.items() if name.split()}
    near = process.extract(wanted, names | firsts, score_cutoff=70, limit=4)
    close = list(dict.fromkeys(people[key % len(people)].name for _, _, key in near))[:3]
    hint = f" Did you mean {listed(close)}?" if close else " `/cs team` lists everybody."
    return f"I know nobody in the team called {said(text)}.{hint}"
