"""The mail in which whoever sold it introduces who looks after the customer next: a draft."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.errors import Refused
from csbot.onboarding import people, requirements
from csbot.onboarding.stages import Role
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches.settings import LINKS, Company
from csbot.touches.words import LINK_NAMES, first
from messages.letters import Ours, Unwritten, Values, template, tidy, write
from messages.onboarding_introduction import IntroductionDraft
from messages.onboarding_requirements import Wanted
from messages.text import clean

TEMPLATE, MOST = "introduction", 3  # people at the customer who are written to
FIRST_OF_ALL = ("decision maker", "decision_maker", "champion")


def written(
    session: Session, account: Account, *, by: TeamMember, settings: Settings
) -> IntroductionDraft:
    """Refused while nobody is named as onboarding manager, or the words cannot be made."""
    named = people.of(session, account, settings=settings)
    manager, sender = named.get(Role.ONBOARDING_MANAGER), named.get(Role.ACCOUNT_EXECUTIVE, by)
    if manager is None:
        raise Refused(
            f"Nobody is named as onboarding manager of {account.name} yet. "
            f"`/cs onboarding {account.name} people` names them."
        )
    to = _contacts(session, account.id)
    wanted = requirements.of(session, account.id) or Wanted()
    values = _values(account, to, sender, manager, wanted, settings.config.company)
    try:
        subject, words = (write(template(TEMPLATE), values, block=b) for b in ("subject", "text"))
    except Unwritten as wrong:
        raise Refused(f"The words of `touch_{TEMPLATE}.j2`: {wrong.reason}.") from None
    return IntroductionDraft(
        account_id=account.id,
        account=account.name,
        sender=sender.name,
        to=[contact.email for contact in to],
        copy=manager.email,
        subject=" ".join(subject.split()),
        words=words,
    )


def _contacts(session: Session, account_id: int) -> Sequence[Contact]:
    """Who decided and who wanted it, before others."""
    rank = case((Contact.role.in_(FIRST_OF_ALL), 0), else_=1)
    mine = select(Contact).where(Contact.account_id == account_id)
    return session.scalars(mine.order_by(rank, Contact.id).limit(MOST)).all()


def _values(
    account: Account,
    to: Sequence[Contact],
    sender: TeamMember,
    manager: TeamMember,
    wanted: Wanted,
    company: Company,
) -> dict[str, Any]:
    told: dict[str, dict[str, Any]] = {
        "account": {"name": account.name, "plan": account.plan, "segment": account.segment},
        "contacts": {"names": [name for one in to if (name := first(one.name))]},
        "sender": _of(sender),
        "manager": _of(manager),
        "requirements": {name: words and _whole(words) for name, words in asdict(wanted).items()},
        "company": {"name": Ours(company.name), "product": Ours(company.product)},
        "links": {name: Ours(getattr(company, f"{name}{LINKS}")) for name in LINK_NAMES},
    }
    return {name: Values(name, known, _missing(name)) for name, known in told.items()}


def _whole(words: str) -> Ours:
    """To be copied by one of us, who reads it first: neither cut, nor are links taken apart."""
    return Ours(tidy(clean(words)))


def _missing(name: str) -> Any:
    return lambda attribute: f"`{name}.{attribute}` is not known"


def _of(member: TeamMember) -> dict[str, Any]:
    return {"name": member.name, "first_name": first(member.name), "email": member.email}
