"""Which account another system means: by id, by a contact's address, by domain, by exact name."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.contacts import Contact

# Everybody's addresses: they say nothing of the company.
FREE_MAIL = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"),
        *("yahoo.com", "ymail.com", "aol.com", "icloud.com", "me.com", "mac.com", "mail.com"),
        *("gmx.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "zoho.com", "hey.com", "pm.me"),
        *("proton.me", "protonmail.com", "fastmail.com", "tutanota.com", "yandex.com"),
        *("yandex.ru", "mail.ru", "qq.com", "163.com", "126.com"),
        *("orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "sfr.fr", "libero.it", "naver.com"),
        *("outlook.de", "outlook.fr", "hotmail.co.uk", "hotmail.de", "hotmail.fr", "hotmail.it"),
        *("live.co.uk", "live.de", "live.fr", "live.nl", "yahoo.co.uk", "yahoo.de", "yahoo.fr"),
        *("yahoo.es", "yahoo.it", "yahoo.co.in", "yahoo.co.jp", "yahoo.com.br", "gmx.at", "gmx.ch"),
        *("gmx.co.uk", "freenet.de", "bluewin.ch", "comcast.net", "verizon.net", "att.net"),
        *("sbcglobal.net", "btinternet.com", "seznam.cz", "wp.pl", "uol.com.br", "proton.ch"),
    )
)
SUREST = 4


Column = InstrumentedAttribute[Any]
# What accounts are found by, the account's id, and since when it says so at the latest.
FOUND_BY: dict[str, tuple[Column, Column, Column]] = {
    "external_id": (Account.external_id, Account.id, Account.updated_at),
    "email": (Contact.email, Contact.account_id, Contact.created_at),
    "domain": (Account.domain, Account.id, Account.updated_at),
    "name_key": (Account.name_key, Account.id, Account.updated_at),
}


class Placed(NamedTuple):
    """By how sure a sign, and where: SUREST is an id, then a contact's address, domain and name."""

    sureness: int
    account_id: int


def match_account(session: Session, **told: Iterable[str | None]) -> Account | None:
    found = placed(session, **told)
    return session.get(Account, found.account_id) if found else None


def placed(
    session: Session,
    *,
    ids: Iterable[str | None] = (),
    emails: Iterable[str | None] = (),
    domains: Iterable[str | None] = (),
    names: Iterable[str | None] = (),
) -> Placed | None:
    """The one account that fits; the surest sign that says anything decides, doubt is None."""
    told = signs(ids=ids, emails=emails, domains=domains, names=names)
    for less, (kind, values) in enumerate(told.items()):
        if found := _having(session, kind, values):
            return Placed(SUREST - less, found.pop()) if len(found) == 1 else None
    return None


def signs(
    *,
    ids: Iterable[str | None] = (),
    emails: Iterable[str | None] = (),
    domains: Iterable[str | None] = (),
    names: Iterable[str | None] = (),
) -> dict[str, set[str]]:
    """What the account meant would have, by the keys of FOUND_BY, the surest first."""
    addresses = _clean(emails)
    hosts = _clean(domains) | {company_domain(address) for address in addresses}
    return {
        "external_id": {id for id in ids if id},
        "email": addresses,
        "domain": hosts - FREE_MAIL - {""},
        "name_key": {name_key(name) for name in names if name},
    }


def match_contact(session: Session, account_id: int, email: str | None) -> Contact | None:
    if not email:
        return None
    same = Contact.email == email.strip().lower()
    return session.scalar(select(Contact).where(Contact.account_id == account_id, same))


def company_domain(email: str) -> str:
    """What stands behind the @, empty for free mail."""
    domain = email.rpartition("@")[2].strip().lower()
    return "" if domain in FREE_MAIL or "@" not in email else domain


def _clean(values: Iterable[str | None]) -> set[str]:
    return {value.strip().lower() for value in values if value and value.strip()}


def _having(session: Session, kind: str, values: Collection[str]) -> set[int]:
    if not values:
        return set()
    sign, account_id, _ = FOUND_BY[kind]
    return set(session.scalars(select(account_id).where(sign.in_(values)).distinct().limit(2)))
