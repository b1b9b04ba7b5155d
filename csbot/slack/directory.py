"""Slack's conversations by id and by name, remembered for a while."""

from collections import deque
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Delete, bindparam, delete, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.db.rows import insert
from csbot.slack.gateway import ChannelInfo, Gateway, RefusedBySlack
from csbot.slack.model import Channel
from csbot.slack.turnstile import Turnstile
from csbot.team.model import TeamMember

FRESH_FOR = timedelta(minutes=10)
A_MINUTE = timedelta(minutes=1)  # an unknown name is no reason to list all again and again
ONE_BY_ONE = 20  # of the 50 questions that Slack answers in a minute


class Directory:
    """Holds no transaction while it waits for Slack: SQLite has one writer."""

    def __init__(self, sessions: sessionmaker[Session], slack: Gateway) -> None:
        self._sessions, self._slack = sessions, slack
        self.turnstile = Turnstile()
        self._direct: dict[str, str] = {}
        self._asked: deque[datetime] = deque(maxlen=ONE_BY_ONE)
        self._missing: dict[str, datetime] = {}

    def channel(self, wanted: str, *, now: datetime) -> ChannelInfo:
        """The channel of this id or #name; raises SlackFailure, `channel_not_found` for none."""
        known = self._known(wanted, now)
        if known is not None and not known.is_archived:
            return known
        return self._by_name(wanted, now) if wanted.startswith("#") else self._by_id(wanted, now)

    def direct(self, person: str) -> str:
        """The id of the direct conversation with a person."""
        if person not in self._direct:
            self._direct[person] = self.turnstile.ask(
                "direct", lambda: self._slack.open_direct(person)
            )
        return self._direct[person]

    def shuts_out(self, person: str) -> bool:
        """Whether this is somebody who left the team, or whom Slack calls a guest or a stranger."""
        away = TeamMember.is_outsider | ~TeamMember.active
        with self._sessions() as session:
            found = select(TeamMember.id).where(TeamMember.slack_id == person, away)
            return session.scalar(found) is not None

    def forget(self, channel: str) -> None:
        with self._sessions.begin() as session:
            forget(session, channel)
        self._missing.pop(channel, None)

    def _known(self, wanted: str, now: datetime) -> ChannelInfo | None:
        named = Channel.name == wanted[1:] if wanted.startswith("#") else Channel.id == wanted
        # Another sender, a moment ahead of this one, may have asked meanwhile.
        fresh = Channel.checked_at.between(now - FRESH_FOR, now + A_MINUTE)
        with self._sessions() as session:
            row = session.scalar(select(Channel).where(named, fresh).order_by(Channel.is_archived))
        return info(row) if row else None

    def _by_id(self, wanted: str, now: datetime) -> ChannelInfo:
        """One at a time while they are few; of many, the list costs fewer calls."""
        if len(self._asked) == ONE_BY_ONE and now - self._asked[0] < A_MINUTE:
            self._list(now)
            if (listed := self._known(wanted, now)) is not None:
                return listed
        self._asked.append(now)
        found = self.turnstile.ask("channel", lambda: self._slack.channel(wanted))
        self._remember([found], now)
        return found

    def _by_name(self, wanted: str, now: datetime) -> ChannelInfo:
        missed = self._missing.get(wanted)
        if missed is None or not missed <= now <= missed + A_MINUTE:
            self._list(now)
        found = self._known(wanted, now)
        if found is None:
            self._missing[wanted] = now
            raise RefusedBySlack("channel_not_found")
        return found

    def _list(self, now: datetime) -> None:
        self._remember(self.turnstile.ask("channels", self._slack.channels), now)
        self._asked.clear()

    def _remember(self, found: list[ChannelInfo], now: datetime) -> None:
        """What a list does not tell of them is left as it was."""
        rows = [{**vars(info), "checked_at": now} for info in found]
        if not rows:
            return
        for row in rows:
            if row["topic"] is None:
                del row["topic"]
        with self._sessions.begin() as session:
            statement = insert(session, Channel)
            newest = {c.name: c for c in statement.excluded if c.name in rows[0].keys() - {"id"}}
            session.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=newest), rows
            )


def forget(session: Session, channel: str) -> None:
    """What we knew of this channel (an id, or #name) no longer holds."""
    by_name = channel.startswith("#")
    session.execute(_forgetting(by_name), {"named": channel[1:] if by_name else channel})


@cache
def _forgetting(by_name: bool) -> Delete:
    channels = Channel.metadata.tables[Channel.__tablename__]
    column = channels.c.name if by_name else channels.c.id
    return delete(channels).where(column == bindparam("named"))


def info(row: Channel) -> ChannelInfo:
    return ChannelInfo(
        id=row.id,
        name=row.name,
        is_private=row.is_private,
        is_archived=row.is_archived,
        is_ext_shared=row.is_ext_shared,
        is_member=row.is_member,
        is_general=bool(row.is_general),
        topic=row.topic,
    )
