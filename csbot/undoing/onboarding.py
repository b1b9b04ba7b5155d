"""The way back of what people do to an account's onboarding."""

from datetime import datetime

from sqlalchemy import delete, select, update

from csbot.accounts.model import Account
from csbot.accounts.timeline import stage_name
from csbot.db.rows import insert_once
from csbot.onboarding.announcing import left_key
from csbot.onboarding.model import StageSpell, StageTick
from csbot.onboarding.record import standing
from csbot.outbox.queue import enqueue_update, withdraw
from csbot.undoing.telling import news
from csbot.undoing.way import Back, put_back, same

MOMENTS = ("onboarding_stage_since", "onboarding_began_at", "onboarding_ended_at")


def moved(back: Back) -> str:
    """Started, advanced or finished: the stage it was in, since when it was."""
    account, before = back.account(), back.before
    same(standing(account), back.after)
    account.onboarding_stage, account.lifecycle_stage = before["stage"], before["lifecycle"]
    for name in MOMENTS:
        value = before.get(name)
        setattr(account, name, datetime.fromisoformat(value) if value else None)
    account.updated_at = back.now
    mine, at = StageSpell.account_id == account.id, back.entry.at
    back.session.execute(delete(StageSpell).where(mine, StageSpell.begun_at == at))
    ended = update(StageSpell).where(mine, StageSpell.ended_at == at)
    back.session.execute(ended.values(ended_at=None))
    _rewrite_news(back, account)
    stage = before["stage"]
    return (
        f"It is in {stage_name(account.process, stage)} again." if stage else "It is in no stage."
    )


def track(back: Back) -> str:
    account = back.account()
    moved(back)
    account.process = back.before["process"]
    return f"It is on the {account.process} track again, as before."


def _rewrite_news(back: Back, account: Account) -> None:
    """What the wins channel was told, if it was."""
    if not back.before["stage"]:
        return
    key = left_key(account.id, back.before["stage"], back.entry.at)
    withdraw(back.session, [key])
    enqueue_update(back.session, news(back, back.by, ""), target=key, now=back.now)


def first_value(back: Back) -> str:
    account = back.account()
    put_back(back, account)
    account.updated_at = back.now
    return "First value is not reached yet, as before."


def ticked(back: Back) -> str:
    session, account = back.session, back.account()
    stage, before, after = (
        back.before["stage"],
        set(back.before["ticked"]),
        set(back.after["ticked"]),
    )
    mine = StageTick.account_id == account.id, StageTick.stage == stage
    same(set(session.scalars(select(StageTick.criterion).where(*mine))), after)
    session.execute(delete(StageTick).where(*mine, StageTick.criterion.in_(after - before)))
    for key in sorted(before - after):
        row = {"account_id": account.id, "stage": stage, "criterion": key}
        insert_once(session, StageTick, **row, by_id=back.by.id, at=back.now)
    return f"{len(before)} of its criteria are ticked off, as before."
