"""What imported feedback is worth, and what it makes of its accounts.

Its alerts are the next `detect`'s, which leaves out what was said too long ago to be news.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from csbot.feedback import happiness
from csbot.feedback.rules import is_negative
from csbot.imports.reading import Record
from csbot.imports.run import Run
from csbot.imports.store import Row
from csbot.imports.trail import record_all
from csbot.settings import Thresholds


def judge(records: Sequence[Record], thresholds: Thresholds) -> None:
    """Say of each feedback whether it is negative, so that a corrected score corrects it too."""
    for record in records:
        values = record.values
        values["negative"] = is_negative(
            kind=values["kind"], score=values["score"], limits=thresholds
        )


def follow(session: Session, account_ids: set[int], run: Run) -> None:
    """Show each account as happy as its newest feedback, imported or not, says."""
    before = happiness.shown(session, account_ids)
    levels = {
        account_id: level
        for account_id, level in happiness.newest(session, account_ids).items()
        if before.get(account_id) != level.name
    }
    happiness.show(session, levels)
    entries = [_moved(id, before.get(id), level.name, run) for id, level in levels.items()]
    record_all(session, entries)


def _moved(account_id: int, before: str | None, after: str, run: Run) -> Row:
    return {
        "at": run.now,
        "by_id": run.by,
        "verb": "account.happiness_changed",
        "subject": f"account:{account_id}",
        "account_id": account_id,
        "before": {"level": before},
        "after": {"level": after},
        "why": run.source,
    }
