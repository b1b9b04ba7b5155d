"""How many alerts a playbook's run opens at most, as a rule: from the alerts themselves."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select, tuple_

from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope
from csbot.holds.model import Hold
from csbot.holds.standing import LET_GO

Playbook = tuple[str, str]  # its detector's kind, and its name


def usual(scope: Scope, playbooks: Collection[Playbook]) -> dict[Playbook, int]:
    """The 95th percentile (nearest rank) of the alerts that one run opened, of runs that did.

    What a first look found says nothing of other days; what somebody released later does.
    """
    since = scope.now - timedelta(days=scope.settings.config.holds.days)
    first = select(Hold.ended_at).where(Hold.reason == "start", Hold.ended.in_(LET_GO))
    own = Alert.kind, Alert.playbook
    runs = (
        select(*own, func.count().label("opened"))
        .where(Alert.opened_at >= since, tuple_(*own).in_(playbooks), Alert.opened_at.not_in(first))
        .group_by(*own, Alert.opened_at)
        .subquery()
    )
    key = runs.c.kind, runs.c.playbook
    ranked = select(
        *key,
        runs.c.opened,
        func.row_number().over(partition_by=key, order_by=runs.c.opened).label("nth"),
        func.count().over(partition_by=key).label("many"),
    ).subquery()
    rank = (ranked.c.many * 95 + 99) // 100  # rounded up, in whole numbers on both databases
    found = select(ranked.c.kind, ranked.c.playbook, ranked.c.opened).where(ranked.c.nth == rank)
    return {(kind, playbook): opened for kind, playbook, opened in scope.session.execute(found)}
