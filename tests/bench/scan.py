"""Measures one scan over one database, in a process of its own so that its memory can be told.

Arguments: detect or digest, the database's URL, rounds. Prints JSON. Runs are rolled back, but for
the one whose effect the later ones need.
"""

import json
import resource
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, String, cast, event, insert, select, text, update
from sqlalchemy.orm import Session

from csbot import clock
from csbot.accounts.model import Account
from csbot.alerts import cards
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import Outcome, detect
from csbot.alerts.run import detect_all
from csbot.alerts.scope import Scope
from csbot.db.engine import open_database, session_factory
from csbot.digests import service as digests
from csbot.digests.readers import reachable, readers
from csbot.digests.writing import write
from csbot.outbox.model import OutgoingMessage
from csbot.settings import Settings
from csbot.team.rules import local_date
from messages.message import Message
from messages.render import render
from tests.bench import by_hand
from tests.bench.company import NOW

SAMPLE = 200  # messages that are rendered and inserted barely
TOMORROW = timedelta(days=1)
Work = Callable[[Session], Any]


class Bench:
    def __init__(self, url: str, rounds: int) -> None:
        self.engine = open_database(url)
        self.sessions = session_factory(self.engine)
        self.settings = Settings.load()
        self.rounds = rounds
        self.statements = _counted(self.engine)

    def trial(self, work: Work) -> Any:
        """What the work found, undone."""
        with self.sessions() as session:
            found = work(session)
            session.rollback()
            return found

    def timed(self, work: Work) -> tuple[float, Any]:
        """Seconds until all is written, without the commit."""
        with self.sessions() as session:
            begins = clock.steady()
            found = work(session)
            session.flush()
            seconds = clock.steady() - begins
            session.rollback()
        return seconds, found

    def by_turns(self, *works: Work) -> list[list[float]]:
        """Each in turn, round after round; the first round warms up."""
        rounds = [[self.timed(work)[0] for work in works] for _ in range(self.rounds + 1)]
        return [list(column) for column in zip(*rounds[1:], strict=True)]

    def count(self, work: Work) -> tuple[int, Any]:
        """How many statements the work takes."""
        before = len(self.statements)
        found = self.trial(work)
        return len(self.statements) - before, found

    def commit(self, work: Work) -> None:
        with self.sessions.begin() as session:
            work(session)

    def tidy(self) -> None:
        """PostgreSQL does so by itself, some time after so many runs that came to nothing."""
        if self.engine.dialect.name == "postgresql":
            with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as raw:
                raw.execute(text("VACUUM ANALYZE"))


def _counted(engine: Engine) -> list[str]:
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


def scan_alerts(bench: Bench) -> dict[str, Any]:
    def subject(session: Session) -> Outcome:
        return detect(session, settings=bench.settings, now=NOW, at_once=True)

    def whole_run(_: Session) -> Outcome:
        """As the job does it, in transactions of its own."""
        return detect_all(bench.sessions, settings=bench.settings, now=NOW, at_once=True)

    def next_day(session: Session) -> Outcome:
        return detect(session, settings=bench.settings, now=NOW + TOMORROW, at_once=True)

    def floor(session: Session) -> dict[str, Any]:
        return by_hand.alerts(session, NOW)

    shown, agreed = bench.trial(lambda session: _raised(session, subject, floor, bench.settings))
    barely = bare(shown)
    statements, first = bench.count(subject)
    found: dict[str, Any] = {
        "same rows": agreed,
        "rendered": len(shown),
        "raised": first.raised,
        "first statements": statements,
    }
    found["first"], found["first by hand"], found["bare"] = bench.by_turns(subject, floor, barely)
    bench.commit(_no_channels)
    found["grouped"], found["grouped bare"] = bench.by_turns(subject, barely)
    bench.commit(_own_channels)
    bench.commit(subject)
    bench.commit(_delivered)
    bench.tidy()
    found["again statements"], again = bench.count(whole_run)
    found["again changed"] = again.raised + again.changed + again.closed
    found["again"], found["again by hand"] = bench.by_turns(whole_run, floor)
    found["changed statements"], changed = bench.count(next_day)
    found["changed"] = changed.raised + changed.changed + changed.closed
    found["next day"], found["next day bare"] = bench.by_turns(next_day, barely)
    return found


def _no_channels(session: Session) -> None:
    session.execute(update(Account).values(channel=None))


def _own_channels(session: Session) -> None:
    session.execute(update(Account).values(channel="C" + cast(Account.id, String)))


def _raised(
    session: Session, subject: Work, floor: Work, settings: Settings
) -> tuple[list[Message], bool]:
    """Some of the alerts as messages; and whether those raised are those found by hand."""
    subject(session)
    rows = session.execute(select(Alert.id, Alert.kind, Alert.account_id, Alert.subject)).all()
    raised = {(row.kind, row.account_id, row.subject) for row in rows}
    expected = {
        (kind, row[0], str(row[1])) for kind, rows in floor(session).items() for row in rows
    }
    every = max(1, len(rows) // SAMPLE)
    chosen = [row.id for row in rows[::every]][:SAMPLE]
    looks = cards.load(Scope.load(session, settings, NOW), chosen)
    return list(looks.values()), raised == expected


def bare(shown: list[Message]) -> Work:
    """Rendering a message and inserting its row, one after the other: what cannot be saved."""

    def run(session: Session) -> None:
        statement = insert(OutgoingMessage)
        for number, message in enumerate(shown):
            row = {
                "key": f"bare:{number}", "call": "post", "message": message.name, "lane": "C",
                "payload": render(message), "created_at": NOW, "not_before": NOW, "priority": 1,
            }  # fmt: skip
            session.execute(statement, row)

    return run


def _delivered(session: Session) -> None:
    sent = update(OutgoingMessage).values(state="sent", slack_channel="C", slack_ts="1.1")
    session.execute(sent)


def scan_digests(bench: Bench) -> dict[str, Any]:
    def subject(session: Session) -> int:
        return digests.send_due(session, settings=bench.settings, now=NOW)

    def floor(session: Session) -> dict[str, Any]:
        return by_hand.digest(session, NOW)

    def sent(session: Session) -> dict[str, Any]:
        return by_hand.digests_sent(session, NOW)

    shown = bench.trial(lambda session: _digests(session, bench.settings))
    statements, first = bench.count(subject)
    found: dict[str, Any] = {
        "rendered": len(shown),
        "raised": first,
        "first statements": statements,
    }
    found["first"], found["first by hand"], found["bare"] = bench.by_turns(
        subject, floor, bare(shown)
    )
    bench.commit(subject)
    bench.tidy()
    found["again statements"], found["again changed"] = bench.count(subject)
    found["again"], found["again by hand"] = bench.by_turns(subject, sent)
    return found


def _digests(session: Session, settings: Settings) -> list[Message]:
    days = {member: local_date(member, NOW) for member in reachable(session)[:SAMPLE]}
    written = write(session, readers(session, days), settings=settings, now=NOW)
    return [one.digest for one in written]


SCANS = {"detect": scan_alerts, "digest": scan_digests}


def measured(what: str, url: str, *, rounds: int) -> dict[str, Any]:
    bench = Bench(url, rounds)
    found = SCANS[what](bench)
    bench.engine.dispose()
    return found | {"peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.argv[2], rounds=int(sys.argv[3]))))
