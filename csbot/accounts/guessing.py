"""Which account a message is about: by the channel it stands in, else by what it says.

A guess that somebody looks at before it counts. A few statements, however many accounts there are.
"""

import re
from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.accounts.matching import match_account
from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.words import normalise

READ_MAX, WORDS_MAX, NAME_WORDS = 4_000, 150, 4  # so that few names are looked for
OTHERS_MAX = 20
SHORTEST = 3  # letters of a name that is looked for amid a text
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[a-z]{2,24}", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}\b", re.IGNORECASE)
_AROUND = re.compile(
    r"^(?:(?:cust(?:omer)?s?|clients?|acct|accounts?|ext(?:ernal)?|shared|cs|csm|success)[-_]+)+"
    r"|(?:[-_]+(?:int(?:ernal)?|ext(?:ernal)?|shared|team|cs|support|success|help))+$"
)
_NO_NAMES = ("", "directmessage", "privategroup")


def guess(session: Session, *, channel: str | None, room: str, text: str) -> Account | None:
    """The account of the channel (`room` is its name), or named in the text; None in doubt."""
    return (
        _following(session, channel)
        or _room(session, room.casefold())
        or named(session, text, alone=False)
    )


def named(session: Session, text: str, *, alone: bool = True) -> Account | None:
    """The account that a text names by an address, a domain or its name; None in doubt.

    Where it need not be the only one the longest name counts.
    """
    read = normalise(text[:READ_MAX])
    emails = _EMAIL.findall(read)
    domains = [found.lower().removeprefix("www.") for found in _DOMAIN.findall(read)]
    match = match_account(session, emails=emails, domains=domains)
    return match or _named(session, read, alone=alone)


def _following(session: Session, channel: str | None) -> Account | None:
    followed = session.get(AccountChannel, channel) if channel else None
    return session.get(Account, followed.account_id) if followed else None


def _room(session: Session, room: str) -> Account | None:
    """#cust-acme-corp is that of Acme Corp, whose domain may begin so, too."""
    bare = _AROUND.sub("", room)
    if room in _NO_NAMES or len(bare) < SHORTEST:
        return None
    spelt = {bare, bare.replace("-", " ").replace("_", " "), room}
    named: list[ColumnElement[bool]] = [
        Account.name_key.in_(spelt),
        Account.domain.startswith(f"{bare}.", autoescape=True),
        Account.channel == f"#{room}",
    ]
    return _only(session, or_(*named))


def _named(session: Session, text: str, *, alone: bool) -> Account | None:
    """Whose name stands in the text, word for word; "Acme" in "Acme Corp" is no other one."""
    keys = set(_names(text))
    if not keys:
        return None
    longest = func.length(Account.name_key)
    found = session.scalars(
        select(Account).where(Account.name_key.in_(keys)).order_by(longest.desc()).limit(OTHERS_MAX)
    ).all()
    rivals = [other for other in found[1:] if _rivals(other, found[0], alone=alone)]
    return found[0] if found and not rivals else None


def _rivals(other: Account, longer: Account, *, alone: bool) -> bool:
    key, whole = other.name_key, longer.name_key
    return f" {key} " not in f" {whole} " if alone and key != whole else len(key) == len(whole)


def _names(text: str) -> Iterator[str]:
    """Whatever may be a name: some words in a row, with and without their signs."""
    words = [word for word in text.split()[:WORDS_MAX] if word.strip(".,:;!?()\"'")]
    for at in range(len(words)):
        for end in range(at + 1, min(at + NAME_WORDS, len(words)) + 1):
            whole = " ".join(words[at:end])
            for name in (whole, whole.strip(".,:;!?()\"'").removesuffix("'s")):
                if len(key := name_key(name)) >= SHORTEST:
                    yield key


def _only(session: Session, where: ColumnElement[bool]) -> Account | None:
    found = session.scalars(select(Account).where(where).limit(2)).all()
    return found[0] if len(found) == 1 else None
