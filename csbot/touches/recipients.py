"""Whom a message is for: people of the account who may be written to on this channel."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.email.letter import address as mail_address
from csbot.playbooks import store
from csbot.playbooks.definition import Definition
from csbot.playbooks.model import PlaybookRun
from csbot.sms.gateway import phone
from csbot.touches.model import Touch
from csbot.touches.reach import came_back, refuses
from messages.text import listed

MOST = 25  # people of one account
# Whom a message goes to where nobody has the role: those who would pass it on.
INSTEAD = {
    "contact": ("champion", "decision_maker"),
    "champion": ("champion", "decision_maker"),
    "decision_maker": ("decision_maker", "champion"),
    "billing": ("billing", "decision_maker", "champion"),
}
CHURNED = "churned"
ABOUT = {"subscription.ended", "churn.recorded", "churn.win_back"}


class Barred(NamedTuple):
    """Contacts, with the address, that a message came back from; and those who want no more."""

    back: Collection[tuple[int, str]]
    refusing: Collection[int]


def address(contact: Contact, channel: str) -> str | None:
    """Where they are reached; nothing for what is no address."""
    if channel == "sms":
        return phone(contact.phone or "")
    try:
        return mail_address(contact.email)
    except ValueError:
        return None


def about_churn(definition: Definition) -> bool:
    """Whether it is for customers who have left; every other playbook leaves those alone."""
    said = (definition.trigger.model_dump(), definition.filter, definition.entry)
    return definition.trigger.event in ABOUT or CHURNED in str(said)


def left(session: Session, accounts: Iterable[int], touches: Iterable[Touch]) -> set[int]:
    """Those of these messages whose customer has left meanwhile, unless they are about that."""
    query = select(Account.id).where(
        among(session, Account.id, accounts), Account.lifecycle_stage == CHURNED
    )
    gone = set(session.scalars(query))
    theirs = {touch.id: touch.run_id for touch in touches if touch.account_id in gone}
    if not theirs:
        return set()
    of = select(PlaybookRun.id, PlaybookRun.version_id).where(
        among(session, PlaybookRun.id, [run for run in theirs.values() if run])
    )
    version = {id: version_id for id, version_id in session.execute(of)}
    said = store.definitions(session, sorted(set(version.values())))
    about = {id for id, definition in said.items() if about_churn(definition)}
    return {id for id, run in theirs.items() if version.get(run or 0) not in about}


def unwilling(session: Session, touches: Iterable[Touch]) -> dict[int, str]:
    """Those of these messages whose person may not be written to any more, with the reason."""
    rows = session.execute(
        select(
            Touch.id, Contact.id.label("contact_id"),
            refuses(Touch.contact_id, Touch.channel).label("refused"),
            came_back(Touch.contact_id, Touch.address).label("back"),
        )
        .outerjoin(Contact, Contact.id == Touch.contact_id)
        .where(among(session, Touch.id, [touch.id for touch in touches]))
    )  # fmt: skip
    found = {row.id: _why_not(row) for row in rows}
    return {id: why for id, why in found.items() if why}


def _why_not(row: Row[*tuple[Any, ...]]) -> str | None:
    if row.contact_id is None:
        return "its person is no contact any more"
    if row.refused:
        return "its person wants no more of these"
    return "an earlier one came back from this address" if row.back else None


def of_accounts(session: Session, ids: Iterable[int]) -> Mapping[int, list[Contact]]:
    """Everybody at these accounts, in the order in which they became known."""
    found: dict[int, list[Contact]] = {}
    rows = select(Contact).where(among(session, Contact.account_id, ids)).order_by(Contact.id)
    for contact in session.scalars(rows):
        found.setdefault(contact.account_id, []).append(contact)
    return found


def chosen(
    account: Account, own: Contact | None, people: list[Contact], *, to: str, channel: str,
    barred: Barred,
) -> tuple[list[Contact], str]:  # fmt: skip
    """Whom the step means, and why nobody where it is nobody, or else whom it left out."""
    meant = [own] if own and to == "contact" else _meant(people, to)
    if not meant:
        return [], f"{account.name} has {_nobody(to)}"
    known = {one.id: where for one in meant if (where := address(one, channel))}
    if not known:
        return [], f"no {'phone number' if channel == 'sms' else 'e-mail address'} is known"
    reached = [one for one in meant if one.id in known]
    back = [one for one in reached if (one.id, known[one.id]) in barred.back]
    if len(back) == len(reached):
        return [], "earlier ones came back from there"
    unwilling = [one for one in reached if one.id in barred.refusing and one not in back]
    willing = [one for one in reached if one not in back and one not in unwilling]
    if not willing:
        return [], "they want no more messages"
    at = {known[one.id]: one for one in reversed(willing)}  # a phone that several have rings once
    return [one for one in willing if at[known[one.id]] is one][:MOST], "; ".join(
        f"{listed([one.name or one.email for one in those])} left out: {why}"
        for those, why in ((back, "earlier ones came back"), (unwilling, "no more are wanted"))
        if those
    )


def _meant(people: list[Contact], to: str) -> list[Contact]:
    """Those with the role, else those who stand in for them, else the only one there is."""
    if to == "everybody":
        return people
    for role in INSTEAD[to]:
        if found := [one for one in people if _role(one) == role]:
            return found
    return people if len(people) == 1 else []


def _role(contact: Contact) -> str:
    return re.sub(r"[\s_-]+", "_", (contact.role or "").strip().lower())


def _nobody(to: str) -> str:
    wanted = " or ".join(INSTEAD.get(to, ())).replace("_", " ")
    return f"no contact with the role {wanted}" if wanted else "no contacts"
