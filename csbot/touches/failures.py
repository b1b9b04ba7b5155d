"""Words that could not be written: told to whoever answers for the playbook, once a day."""

from collections.abc import Sequence

from csbot.outbox.notices import told as to_tell
from csbot.outbox.queue import enqueue
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.notices import slack_ids
from messages.touches import TouchesFailed


def tell(batch: Batch, failed: Sequence[tuple[Going, str]]) -> None:
    """At the first failure of a step on a day, with its reason; the runs have all of them."""
    if not failed:
        return
    run, why = failed[0]
    told = TouchesFailed(
        playbook=batch.definition.title, step=batch.step, account=run.account.name, why=why,
        others=len({one.account.id for one, _ in failed}) - 1,
    )  # fmt: skip
    owner = batch.definition.process_owner
    prefix = f"touches-failed:{batch.definition.name}:{batch.step}:{batch.now:%Y-%m-%d}"
    known = slack_ids(batch.session, {owner}).get(owner)
    for to in sorted(known or to_tell(batch.session, batch.settings, now=batch.now)):
        enqueue(batch.session, told, to=to, key=f"{prefix}:{to}", now=batch.now)
