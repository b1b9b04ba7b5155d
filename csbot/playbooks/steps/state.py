"""Steps that change what is known of an account: tags, pipeline stages, points, fields."""

from typing import Any

from sqlalchemy import delete, select, update

from csbot.accounts.model import Account, AccountTag
from csbot.alerts.among import among
from csbot.db.rows import insert_missing
from csbot.pipelines import Placed, place
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.steps.words import written
from csbot.points import Won, enter

CUSTOM = "custom."


def tag(batch: Batch) -> None:
    """Tags of the same name in another case count as the same only to people: names are exact."""
    add, remove = batch.spec.add, batch.spec.remove
    tags = {run: (words[: len(add)], words[len(add) :]) for run, words in
            written(batch, *add, *remove)}  # fmt: skip
    for name in {name for _, gone in tags.values() for name in gone}:
        ids = [run.account.id for run, (_, gone) in tags.items() if name in gone]
        batch.session.execute(
            delete(AccountTag).where(
                AccountTag.tag == name, among(batch.session, AccountTag.account_id, ids)
            )
        )
    rows = [
        {"account_id": run.account.id, "tag": name, "added_at": batch.now}
        for run, (new, _) in tags.items()
        for name in new
    ]
    if rows:
        insert_missing(batch.session, AccountTag, rows)
    for run, (new, gone) in tags.items():
        batch.note(run, _changed(new, gone))


def _changed(added: list[str], removed: list[str]) -> str:
    parts = [("tagged", added), ("no longer tagged", removed)]
    return "; ".join(f"{how} {', '.join(names)}" for how, names in parts if names)


def pipeline(batch: Batch) -> None:
    name, stage = batch.spec.name, batch.spec.stage
    to = {run.account.id: Placed(stage, batch.now, run.id) for run in batch.runs}
    moved = place(batch.session, to, pipeline=name)
    for run in batch.runs:
        said = f"{name}: {stage}"
        batch.note(run, said if run.account.id in moved else f"{said}, as before")


def score(batch: Batch) -> None:
    won = {
        run: Won(
            account_id=run.account.id,
            contact_id=run.contact.id if run.contact else None,
            points=batch.spec.points,
            reason=reason,
            key=_points_key(batch, run),
            run_id=run.id,
        )
        for run, (reason,) in written(batch, batch.spec.reason)
    }
    new = enter(batch.session, list(won.values()), now=batch.now)
    for run, item in won.items():
        if item.key in new:
            batch.note(run, f"{item.points:+d} points: {item.reason}")
        else:
            batch.skip(run, f"{item.reason} had its points before")


def _points_key(batch: Batch, run: Going) -> str:
    """Alike for what may earn points only once."""
    cause = f"{batch.definition.name}:{batch.step}:{run.account.id}:{run.run.subject}"
    periods = {
        "run": f"run:{run.id}:{batch.step}",
        "month": f"{cause}:{batch.now:%Y-%m}",
        "ever": cause,
    }
    return periods[batch.spec.once_per]


def field(batch: Batch) -> None:
    """Fields of the account; `custom.<name>` is a field of the team's own."""
    own = {
        name.removeprefix(CUSTOM): value
        for name, value in batch.spec.set.items()
        if name.startswith(CUSTOM)
    }
    values: dict[str, Any] = {
        name: value for name, value in batch.spec.set.items() if not name.startswith(CUSTOM)
    }
    ids = among(batch.session, Account.id, {run.account.id for run in batch.runs})
    held = select(Account.id, Account.custom).where(ids).order_by(Account.id).with_for_update()
    batch.session.execute(
        update(Account),
        [
            {"id": id, **values, "custom": {**custom, **own}, "updated_at": batch.now}
            for id, custom in batch.session.execute(held).all()
        ],
    )
    said = ", ".join(f"{name} is {value}" for name, value in batch.spec.set.items())
    for run in batch.runs:
        batch.note(run, said)
