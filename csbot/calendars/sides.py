"""Which invited people are ours, and which account the others are of: one look for a whole feed."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.accounts.matching import FREE_MAIL, company_domain
from csbot.accounts.model import Account
from csbot.alerts.among import batches
from csbot.calendars.guests import Guest
from csbot.contacts import Contact
from csbot.team.model import TeamMember

NAMED_MAX = 50


@dataclass(frozen=True)
class Sides:
    """`team` is ids by address; `contacts` and `domains` hold what means exactly one account."""

    team: dict[str, int]
    own_domains: frozenset[str]
    contacts: dict[str, int]
    domains: dict[str, int]

    @classmethod
    def load(cls, session: Session, guests: Iterable[Guest]) -> Self:
        members = session.execute(select(TeamMember.email, TeamMember.id))
        team = {email.lower(): id for email, id in members}
        own = frozenset(filter(None, map(company_domain, team)))
        told = {guest.email for guest in guests if guest.email not in team}
        others = {email for email in told if email.rpartition("@")[2] not in own}
        hosts = {email.rpartition("@")[2] for email in others} - FREE_MAIL
        return cls(
            team,
            own,
            _only(session, Contact.email, Contact.account_id, others),
            _only(session, Account.domain, Account.id, hosts),
        )

    def customers(self, guests: Iterable[Guest]) -> list[Guest]:
        return [
            guest
            for guest in guests
            if guest.email not in self.team and guest.domain not in self.own_domains
        ]

    def names(self, guests: Iterable[Guest]) -> list[str]:
        """The customer's people, as a message names them."""
        return [guest.name or guest.email for guest in self.customers(guests)][:NAMED_MAX]

    def account(self, guests: Iterable[Guest]) -> int | None:
        """The one that most of them belong to; None for nobody's, and when two are even."""
        found = (self._of(guest) for guest in self.customers(guests))
        most = Counter(account for account in found if account is not None).most_common(2)
        if not most or (len(most) == 2 and most[0][1] == most[1][1]):
            return None
        return most[0][0]

    def organizer(self, organizer: str | None, guests: Iterable[Guest]) -> int | None:
        """Who of us it is up to: whoever called it, else the first of us who takes part."""
        if organizer in self.team:
            return self.team[organizer]
        return min((self.team[g.email] for g in guests if g.email in self.team), default=None)

    def _of(self, guest: Guest) -> int | None:
        return self.contacts.get(guest.email) or self.domains.get(guest.domain)


def _only(
    session: Session,
    column: InstrumentedAttribute[Any],
    account: InstrumentedAttribute[int],
    values: Collection[str],
) -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for part in batches(sorted(values)):
        for value, id in session.execute(select(column, account).where(column.in_(part))):
            found.setdefault(value, set()).add(id)
    return {value: ids.pop() for value, ids in found.items() if len(ids) == 1}
