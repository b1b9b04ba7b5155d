"""What another system says of the account and the person it means, and whom that makes here."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.matching import Placed, match_contact, placed, signs
from csbot.contacts import Contact
from csbot.inbox.errors import UnknownAccount
from csbot.usage.model import ProductGroup, ProductUser

Some = tuple[str | None, ...]


@dataclass(frozen=True)
class Hints:
    """`ids`, `domains` and `names` are of the account, `users` are ids of people in the product."""

    ids: Some = ()
    emails: Some = ()
    domains: Some = ()
    names: Some = ()
    users: Some = ()

    def __bool__(self) -> bool:
        """Whether they name anything at all."""
        return any((*self.ids, *self.emails, *self.domains, *self.names, *self.users))

    def __str__(self) -> str:
        """Without addresses of persons: it is read where deliveries wait."""
        ids, users, emails = map(_masked, (self.ids, self.users, self.emails))
        told = (*ids, *self.domains, *self.names, *users, *emails)
        return ", ".join(dict.fromkeys(x[:80] for x in told if x)) or "nothing that names one"


def _masked(some: Some) -> list[str]:
    """Ids may be addresses, too."""
    return [
        f"…{at}{part}" if at else part for _, at, part in (x.rpartition("@") for x in some if x)
    ]


def matched(session: Session, told: Hints) -> int:
    """The account's id; raises UnknownAccount."""
    found = place(session, told)
    if found is None:
        raise unknown(told)
    return found.account_id


def unknown(told: Hints) -> UnknownAccount:
    return UnknownAccount(
        str(told), signs(ids=told.ids, emails=told.emails, domains=told.domains, names=told.names)
    )


def place(session: Session, told: Hints) -> Placed | None:
    """What people in the product say is the least sure sign."""
    found = placed(
        session, ids=told.ids, emails=told.emails, domains=told.domains, names=told.names
    )
    by_user = None if found else _of_user(session, told.users)
    return Placed(0, by_user) if by_user else found


def person(session: Session, account_id: int, told: Hints) -> int | None:
    """The id of the contact, by the first address that one has, else by their id in the product."""
    contacts = (match_contact(session, account_id, email) for email in told.emails)
    if found := next((contact.id for contact in contacts if contact), None):
        return found
    keys = [key for key in told.users if key]
    query = (
        select(Contact.id)
        .join(ProductUser, ProductUser.contact_id == Contact.id)
        .where(ProductUser.key.in_(keys), Contact.account_id == account_id)
    )
    return session.scalar(query.order_by(Contact.id).limit(1)) if keys else None


def _of_user(session: Session, users: Some) -> int | None:
    keys = [key for key in users if key]
    if not keys:
        return None
    account_id = func.coalesce(Contact.account_id, ProductGroup.account_id)
    found = session.scalars(
        select(account_id)
        .select_from(ProductUser)
        .outerjoin(Contact, Contact.id == ProductUser.contact_id)
        .outerjoin(ProductGroup, ProductGroup.id == ProductUser.group_id)
        .where(ProductUser.key.in_(keys), account_id.is_not(None))
        .distinct()
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None
