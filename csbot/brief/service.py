"""A brief of one account, for somebody in particular: put together, and kept."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, allows, require
from csbot.accounts.show import account_card
from csbot.brief import parts, queries
from csbot.brief.agenda import agenda
from csbot.churn.queries import CHURNED
from csbot.churn.queries import of_account as churn_of
from csbot.find import account_by_id
from csbot.onboarding import people, requirements
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.brief import AccountBrief


def brief(
    session: Session,
    account_id: int,
    *,
    review: bool,
    viewer: TeamMember,
    settings: Settings,
    now: datetime,
    wrote: str | None = None,
) -> AccountBrief:
    """As this person may read it; a business review has an agenda, too."""
    require(viewer, May.SEE_ACCOUNTS)
    amounts, today = allows(viewer.role, May.SEE_RENEWALS), local_date(viewer, now)
    account = account_by_id(session, account_id)
    card = account_card(session, account.id, viewer=viewer, settings=settings, now=now)
    told = queries.read(session, account.id, now=now, today=today, amounts=amounts)
    churn = churn_of(session, account.id)
    renews = churn is None and account.lifecycle_stage != CHURNED
    made = AccountBrief(
        account_id=account.id,
        account=account.name,
        review=review,
        amounts=amounts,
        wrote=wrote,
        as_of=now,
        people=parts.people_of(people.own(session, account.id)),
        leaves_on=churn.effective_on if churn else None,
        wanted=requirements.of(session, account.id),
        usage=parts.usage_of(session, card, today),
        **parts.of_account(account, renews=renews),
        **parts.of_card(card, amounts=amounts, renews=renews),
        **parts.of_told(told, account, today),
    )
    return made.with_agenda(agenda(made)) if review else made
