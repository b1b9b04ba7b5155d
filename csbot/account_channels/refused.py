"""What no scope allowed beside a header: left out without a word, and tried again with each look.

So a scope that somebody grants later is found by itself. Refused: to ask Slack for the scopes
first; it need not name them.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.account_channels.service import remember_topic
from csbot.outbox.marks import TOPIC, Mark, newest, repeated
from csbot.slack.model import Channel

MISSING = "missing_scope"


def again(session: Session, links: Mapping[str, AccountChannel]) -> list[Mark]:
    """The newest of each kind in these channels, where it was refused for that."""
    rows = [row for row in newest(session, list(links)) if row.last_error == MISSING]
    _learn_topics(session, [links[row.lane] for row in rows if row.call == TOPIC])
    return [repeated(row) for row in rows]


def _learn_topics(session: Session, links: Sequence[AccountChannel]) -> None:
    """People may have written another one since: csbot's was never there."""
    if not links:
        return
    asked = select(Channel.id, Channel.topic).where(
        Channel.id.in_([one.channel_id for one in links])
    )
    there = dict(session.execute(asked).all())
    for link in links:
        remember_topic(session, link, there.get(link.channel_id))
