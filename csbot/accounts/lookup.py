"""Which account somebody means: exact first, then the beginning, a part, and at last the sound."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, Select, String, bindparam, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.fitting import (
    Head,
    Named,
    begins,
    begins_with_words,
    in_whole_words,
    is_exactly,
    label,
    longest,
)
from csbot.accounts.here import here
from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.errors import Refused
from csbot.find import ID_MAX
from csbot.team.model import TeamMember
from csbot.words import normalise, said
from messages.text import listed

WORDS_MAX, CANDIDATES_MAX = 8, 100
SURE, NEAR, CLEAR_LEAD = 84, 68, 6
_QUOTED = re.compile(r'"([^"]+)"\s*|\'([^\']+)\'(?:\s+|$)')
_LINK = re.compile(r"<https?://(?:www\.)?([^|>/]+)[^>]*>")
_NAMES = (Account.name_key, func.lower(Account.domain))
_NUMBER = re.compile(r"#?(\d{1,10})", re.ASCII)


@dataclass(frozen=True)
class Found:
    """`guessed` is what was written when it was no more than a fragment, or nearly right.

    `written` is it whenever it was not the account's whole name, its domain or its id.
    """

    account: Account
    rest: str
    guessed: str | None = None
    written: str | None = None


class WhichAccount(Refused):
    """Several accounts fit; shown as a question with the candidates where that is possible.

    `rest` is what follows the name; `rests` what follows it where one of these is meant instead.
    """

    def __init__(
        self,
        written: str,
        candidates: list[tuple[int, str]],
        rest: str,
        rests: Mapping[int, str] | None = None,
    ) -> None:
        names = listed([name for _, name in candidates], 5)
        super().__init__(f"Which account is {said(written)}? It could be {names}.", field="account")
        self.written, self.candidates, self.rest = written, candidates, rest
        self.rests = rests or {}


def take_account(session: Session, text: str, *, person: TeamMember | None) -> Found:
    """The account named at the start of `text`; raises WhichAccount in doubt, Refused for none."""
    plain = _LINK.sub(r"\1", normalise(text))
    heads, meant = _heads(plain), here(session)
    if meant is not None and not heads:
        return Found(meant.account, "")
    if meant is None or meant.only or heads[-1].key.startswith("#"):
        return _take(session, heads, person)
    return _named_or_here(session, heads, plain, meant.account, person)


def _named_or_here(
    session: Session, heads: list[Head], text: str, own: Account, person: TeamMember | None
) -> Found:
    """Where a channel follows an account, no more than another one's whole name stands for that.

    Its first words may just as well begin what is said about the channel's own: that is asked.
    """
    first = heads[-1].key
    starts = [column.startswith(first, autoescape=True) for column in _NAMES]
    named = [head for head in heads if not head.key.isdigit()]  # "9 great" is no account's id
    rows = _rows(session, or_(*starts, _exact(heads)))
    if exact := longest(named, rows, is_exactly):
        return _choose(*exact, person, session)
    begun = longest(named, rows, begins_with_words)
    if begun is None:
        return Found(own, text)
    head, others = begun
    if own.id in {row.id for row in others}:
        return Found(own, head.rest)
    raise WhichAccount(
        head.written, _listed([*others, _named(own)], person), head.rest, {own.id: text}
    )


def find_account(session: Session, text: str, *, person: TeamMember | None) -> Account:
    """The account that the whole of `text` names."""
    written = _LINK.sub(r"\1", normalise(text)).strip("\"' ")
    heads = [Head(written, name_key(written), "")] if written else []
    return _take(session, heads, person).account


def is_named(session: Session, written: str) -> bool:
    """Whether it is the whole name, domain or id of an account."""
    key = {"key": name_key(written), "written": written}
    return session.scalars(_exactly_named(), key).first() is not None


def in_doubt(session: Session, found: Found, *, person: TeamMember | None) -> bool:
    """Whether a person should see which account it is before something of weight is done to it.

    Raises WhichAccount where others begin like what was written: "globe" is Globex, too.
    """
    if found.written is None:
        return False
    key = name_key(found.written)
    rows = _rows(session, or_(*[column.startswith(key, autoescape=True) for column in _NAMES]))
    _choose(Head(found.written, key, found.rest), rows or [_named(found.account)], person, session)
    return label(_named(found.account)).lower() != key


def _take(session: Session, heads: list[Head], person: TeamMember | None) -> Found:
    if not heads:
        raise Refused("Which account? Write its name, domain or id.", field="account")
    for look in (_by_our_number, _wholly, _beginning, _by_number, _containing):
        if found := look(session, heads, person):
            return found
    return _sounding(session, heads, person)


def _heads(text: str) -> list[Head]:
    """The possible names, the longest first; a quoted one is the only one."""
    if quoted := _QUOTED.match(text):
        name = quoted.group(1) or quoted.group(2)
        return [Head(name, name_key(name), text[quoted.end() :])] if name.strip() else []
    words = [*re.finditer(r"\S+", text)][:WORDS_MAX]
    made = []
    for word in reversed(words):
        written = text[: word.end()].strip(" ,:;")
        if key := name_key(written):
            made.append(Head(written, key, text[word.end() :].lstrip(" ,:;").removeprefix("- ")))
    return made


def _by_our_number(session: Session, heads: list[Head], person: TeamMember | None) -> Found | None:
    return _by_number(session, heads, person) if heads[-1].key.startswith("#") else None


def _by_number(session: Session, heads: list[Head], person: TeamMember | None) -> Found | None:
    """`#12` is our own number; a bare one too, unless a name, domain or id begins like it."""
    number = _NUMBER.fullmatch(heads[-1].key)
    if not number or int(number.group(1)) > ID_MAX:
        return None
    account = session.get(Account, int(number.group(1)))
    return Found(account, heads[-1].rest) if account else None


def _wholly(session: Session, heads: list[Head], person: TeamMember | None) -> Found | None:
    """All that was written is a name, domain or id: found by index, however many there are."""
    head = heads[0]
    found = session.scalars(_exactly_named(), {"key": head.key, "written": head.written}).all()
    return _choose(head, [_named(a) for a in found], person, session) if found else None


@cache
def _exactly_named() -> Select[Account]:
    # Built once; whole accounts, because the one that fits is what everybody wants next.
    key, written = (bindparam(name, type_=String()) for name in ("key", "written"))
    return select(Account).where(
        or_(Account.name_key == key, Account.domain == key, Account.external_id.in_([key, written]))
    )


def _named(account: Account) -> Named:
    return Named(account.id, account.name, account.name_key, account.domain, account.external_id,
                 account.owner_id)  # fmt: skip


def _beginning(session: Session, heads: list[Head], person: TeamMember | None) -> Found | None:
    """By exact name, domain or id, or by how the name or domain begins."""
    first = heads[-1].key
    starts = [column.startswith(first, autoescape=True) for column in _NAMES]
    rows = _rows(session, or_(*starts, _exact(heads)))
    exact = longest(heads, rows, is_exactly)
    whole = longest(heads, rows, begins_with_words)
    begun = longest(heads, rows, begins)
    if exact and (not whole or len(whole[0].key) <= len(exact[0].key)):
        if begun and len(begun[0].key) > len(exact[0].key):
            return _choose(begun[0], [*exact[1], *begun[1]], person, session)
        return _choose(*exact, person, session)
    best = begun if begun and (not whole or len(begun[0].key) > len(whole[0].key)) else whole
    return _choose(*best, person, session) if best else None


def _containing(session: Session, heads: list[Head], person: TeamMember | None) -> Found | None:
    """By a part of the name, from three letters on."""
    first = heads[-1].key
    if len(first) < 3:
        return None
    rows = _rows(session, or_(*[c.contains(first, autoescape=True) for c in _NAMES]))
    best = longest(heads, rows, lambda row, key: key in row.key or key in (row.domain or ""))
    return _choose(*best, person, session) if best else None


def _sounding(session: Session, heads: list[Head], person: TeamMember | None) -> Found:
    """By likeness: sure enough is taken and said, nearly so is asked, else nothing fits."""
    rows = _rows(session, None)
    scored = sorted(_likenesses(heads, rows), key=lambda hit: (-hit[0], -len(hit[1].key)))
    whole = heads[0] if len(heads) < 4 else heads[-1]
    if not scored:
        sentence = f"I know no account like {said(whole.written)}. `/cs my` lists your own."
        raise Refused(sentence, field="account")
    score, _, best = scored[0]
    # "quietwatter freigt": the longer reading is the one that was meant, if it is as like.
    same = [h for s, h, row in scored if row.id == best.id and s > score - CLEAR_LEAD]
    head = max(same, key=lambda h: len(h.key))
    near = [row for s, _, row in scored if s > score - CLEAR_LEAD]
    if score >= SURE and len({row.id for row in near}) == 1:
        return Found(session.get_one(Account, best.id), head.rest, head.written, head.written)
    raise WhichAccount(head.written, _listed(near, person), head.rest)


def _likenesses(heads: list[Head], rows: list[Named]) -> Iterable[tuple[float, Head, Named]]:
    """Each head beside as many words of every name."""
    for head in heads[-4:]:
        count = len(head.key.split())
        starts = [" ".join(row.key.split(" ", count)[:count]) for row in rows]
        for choices in (starts, [row.key for row in rows], [label(row) for row in rows]):
            for _, score, at in process.extract(
                head.key, choices, scorer=fuzz.ratio, score_cutoff=NEAR, limit=CANDIDATES_MAX
            ):
                yield score, head, rows[at]


def _exact(heads: list[Head]) -> ColumnElement[bool]:
    keys = [head.key for head in heads]
    columns = (*_NAMES, func.lower(Account.external_id))
    return or_(*[column.in_(keys) for column in columns])


def _rows(session: Session, where: ColumnElement[bool] | None) -> list[Named]:
    query = select(
        Account.id, Account.name, Account.name_key, Account.domain, Account.external_id,
        Account.owner_id,
    )  # fmt: skip
    found = session.execute(query if where is None else query.where(where))
    return [Named(*row) for row in found]


def _choose(head: Head, rows: list[Named], person: TeamMember | None, session: Session) -> Found:
    candidates = _listed(rows, person)
    if len(candidates) > 1:
        raise WhichAccount(head.written, candidates, head.rest)
    guessed = None if any(in_whole_words(row, head.key) for row in rows) else head.written
    written = None if any(is_exactly(row, head.key) for row in rows) else head.written
    return Found(session.get_one(Account, candidates[0][0]), head.rest, guessed, written)


def _listed(rows: list[Named], person: TeamMember | None) -> list[tuple[int, str]]:
    """Each account once, one's own first, then by name; equal names told apart by their domain."""
    unique, mine = {row.id: row for row in rows}.values(), person.id if person else None
    ranked = sorted(
        unique, key=lambda row: (row.owner_id is None or row.owner_id != mine, row.key, row.id)
    )
    twins = Counter(row.key for row in ranked)
    return [
        (row.id, row.name if twins[row.key] == 1 else f"{row.name} ({row.domain or f'#{row.id}'})")
        for row in ranked[:CANDIDATES_MAX]
    ]
