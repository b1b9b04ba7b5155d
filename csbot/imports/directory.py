"""Who is meant: accounts by id, domain or exact name, people of the team by address or name.

Both are read whole, in one query each, so that a file of any length costs the same queries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.imports.errors import SHOWN, BadCell, shorten
from csbot.imports.values import read_domain
from csbot.imports.words import clean_line
from csbot.team.model import TeamMember

ALIKE = 70


@dataclass(slots=True)
class Known:
    """An account that is stored, or (`id` None) that the file will add in `line`."""

    id: int | None
    external_id: str | None
    domain: str | None
    name: str
    owner_id: int | None = None
    currency: str = ""
    line: int | None = None


@dataclass(slots=True)
class Accounts:
    by_external: dict[str, Known] = field(default_factory=dict)
    by_domain: dict[str, list[Known]] = field(default_factory=dict)
    by_name: dict[str, list[Known]] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> "Accounts":
        accounts = cls()
        columns = (Account.id, Account.external_id, Account.domain, Account.name)
        more = (Account.owner_id, Account.currency)
        for row in session.execute(select(*columns, *more).order_by(Account.id)):
            accounts.add(Known(*row))
        return accounts

    def add(self, known: Known) -> None:
        if known.external_id:
            self.by_external[known.external_id] = known
        if known.domain:
            self.by_domain.setdefault(known.domain, []).append(known)
        self.by_name.setdefault(name_key(known.name), []).append(known)

    def refer(self, texts: Sequence[str]) -> Known:
        """The one account that a cell means; raises BadCell for none and for several."""
        for text in texts:
            found = self._exact(text)
            if len(found) == 1:
                return found[0]
            if len(found) > 1:
                raise BadCell(
                    f"“{shorten(text)}” are {len(found)} accounts; write the id of the one meant."
                )
        raise BadCell(self._unknown(texts[-1]))

    def refer_any(self, texts: Sequence[str]) -> tuple[Known, int]:
        """Like `refer`; CRM exports join several companies by “;”, then the first known one."""
        try:
            return self.refer(texts), 1
        except BadCell:
            for text in texts:
                parts = [part.strip() for part in text.split(";") if part.strip()]
                found = [known for part in parts for known in self._exact(part)[:1]]
                if len(parts) > 1 and found:
                    return found[0], len(parts)
            raise

    def _exact(self, text: str) -> list[Known]:
        if text in self.by_external:
            return [self.by_external[text]]
        return self._by_domain(text) or self.by_name.get(name_key(text), [])

    def _by_domain(self, text: str) -> list[Known]:
        if "." not in text:
            return []
        try:
            return self.by_domain.get(read_domain(text), [])
        except BadCell:
            return []

    def _unknown(self, text: str) -> str:
        if not self.by_name:
            return f"there is no account “{shorten(text)}”, nor any other; import accounts first."
        if text not in self.hints and len(self.hints) < SHOWN:
            names = {key: found[0].name for key, found in self.by_name.items()}
            self.hints[text] = _did_you_mean(name_key(text), names)
        return (
            f"no account has the id, domain or exact name “{shorten(text)}”"
            f"{self.hints.get(text, '.')}"
        )


@dataclass(slots=True)
class People:
    by_email: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session) -> "People":
        people = cls()
        for row in session.execute(select(TeamMember.id, TeamMember.email, TeamMember.name)):
            people.by_email[row.email.casefold()] = row.id
            people.by_name.setdefault(name_key(row.name), []).append(row.id)
        return people

    def need(self, email: str) -> int:
        """Who has this address; raises BadCell when nobody of the team has it."""
        found = self.by_email.get(email)
        if found is None:
            hint = _did_you_mean(email, {known: known for known in self.by_email})
            raise BadCell(
                f"nobody in the team has the address {shorten(email)}{hint} "
                "Import the team first, or empty the cell."
            )
        return found

    def guess(self, text: str) -> int | None:
        """An address or a name as CRMs write owners; None unless exactly one person fits."""
        word = clean_line(text).casefold()
        if word in self.by_email:
            return self.by_email[word]
        named = self.by_name.get(name_key(text), [])
        return named[0] if len(named) == 1 else None


def _did_you_mean(word: str, among: Mapping[str, object]) -> str:
    from rapidfuzz import fuzz, process

    found = process.extractOne(word, list(among), scorer=fuzz.WRatio, score_cutoff=ALIKE)
    return f"; did you mean {shorten(str(among[found[0]]))}?" if found else "."
