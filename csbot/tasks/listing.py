"""Open tasks as they are listed: somebody's, an account's, or both."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.away.cover import acts_as
from csbot.tasks import queries
from csbot.tasks.model import Task
from csbot.tasks.rules import may_finish
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.tasks import TaskFinished, TaskList


def task_list(
    session: Session,
    *,
    of: TeamMember | None,
    account: Account | None,
    reader: TeamMember,
    now: datetime,
    only: str = "",
    finished: TaskFinished | None = None,
    page: int = 1,
) -> TaskList:
    """As `reader`'s day is; the last page for any beyond it. `finished`: what a press has done."""
    mine, today = of is not None and of.id == reader.id, local_date(reader, now)
    acting = acts_as(session, reader, now)

    def finishes(task: Task, owner_id: int | None) -> bool:
        return may_finish(task, account_owner_id=owner_id, by=reader, acts_as=acting)

    shown = TaskList(
        whose="your" if mine else f"{of.name}'s" if of else "All",
        about=account.name if account else None,
        tasks=queries.open_tasks(
            session, today=today, of=of, account=account, only=only, finishes=finishes
        ),
        person_id=of.id if of else 0,
        account_id=account.id if account else 0,
        only=only,
        finished=finished,
        adds=allows(reader.role, May.TASKS),
        leads=allows(reader.role, May.SEE_TEAM_DIGEST),
    )
    return replace(shown, page=min(max(1, page), shown.pages))
