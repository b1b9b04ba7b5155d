"""One's book costs the same statements for ten accounts and for a thousand."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.book import PAGE, book
from csbot.accounts.model import Account
from csbot.accounts.show import account_card, account_timeline
from csbot.accounts.suggest import NOT_FOUND, suggestions
from csbot.alerts.model import Alert
from csbot.settings import Settings
from csbot.team.model import TeamMember
from messages.waiting import Waiting
from tests.builders import MONDAY, account, contact, member, task


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def dana(sessions: sessionmaker[Session]) -> TeamMember:
    with sessions.begin() as session:
        session.add(dana := member())
    return dana


def fill(sessions: sessionmaker[Session], owner: TeamMember, start: int, count: int) -> None:
    with sessions.begin() as session:
        session.add_all(
            account(f"Site {n:04}", owner_id=owner.id) for n in range(start, start + count)
        )


def test_the_book_costs_the_same_statements_however_long_it_is(
    engine: Engine, sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    counts = []
    for start, count in ((0, 10), (10, 990)):
        fill(sessions, dana, start, count)
        with sessions() as session, counted(engine) as statements:
            shown = book(session, dana, viewer=dana, now=MONDAY)
            assert shown.count == start + count
            assert len(shown.lines) == min(PAGE, start + count)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 5


def test_card_timeline_and_suggestions_cost_the_same_however_much_there_is(
    engine: Engine, sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    fill(sessions, dana, 0, 1)
    counts = []
    for count in (1, 200):
        with sessions.begin() as session:
            (first, *_) = suggestions(session, "site", person=dana)
            session.add_all(
                contact(first[0], f"Ann {count}-{n}", email=f"{count}-{n}@c.example")
                for n in range(count)
            )
            session.add_all(task(first[0], f"Task {n}") for n in range(count))
        with sessions() as session, counted(engine) as statements:
            card = account_card(
                session, first[0], viewer=dana, settings=Settings.load(), now=MONDAY
            )
            acme = session.get_one(Account, first[0])
            account_timeline(session, acme, reader=dana, now=MONDAY)
            assert len(card.contacts) >= count
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_riskiest_comes_first(sessions: sessionmaker[Session], dana: TeamMember) -> None:
    with sessions.begin() as session:
        names = ("Calm", "Low", "Alarmed", "Critical")
        rows = {n: account(n, owner_id=dana.id, health=20 if n == "Low" else 90) for n in names}
        session.add_all(rows.values())
        session.flush()
        for name, severity in (("Alarmed", "soon"), ("Critical", "critical")):
            session.add(
                Alert(
                    kind="inactive", account_id=rows[name].id, owner_id=dana.id, severity=severity,
                    evidence={}, fingerprint="x", channel="#c", since=MONDAY, opened_at=MONDAY,
                    changed_at=MONDAY,
                )
            )  # fmt: skip
    with sessions() as session:
        shown = book(session, dana, viewer=dana, now=MONDAY)
    assert [line.account for line in shown.lines] == ["Critical", "Alarmed", "Low", "Calm"]
    assert (shown.alerts, shown.struggling) == (Waiting(needing=2, taken=0), 1)


def test_one_s_own_accounts_are_suggested_first_and_at_most_a_hundred(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions.begin() as session:
        session.add_all(account(f"Alpha {n:03}") for n in range(150))
        assert suggestions(session, "", person=dana)[0][1] == "Alpha 000"  # nobody has none
        session.add_all([account("Zulu", owner_id=dana.id), account("Big Alpha", domain="x.y")])
        assert [name for _, name in suggestions(session, "", person=dana)] == [
            "Zulu", NOT_FOUND[1],
        ]  # fmt: skip
        found = suggestions(session, "ALPHA", person=dana)
        assert (len(found), found[0][1], found[-1]) == (100, "Alpha 000", NOT_FOUND)
        session.add(account("Old Alpha", owner_id=dana.id))
        assert [name for _, name in suggestions(session, "alpha", person=dana)][:2] == [
            "Old Alpha", "Alpha 000",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "typed", ["%", "_", "\\", "' OR 1=1 --", "alpha" * 2_000, "\u202e", "<!channel>"]
)
def test_what_is_typed_is_no_pattern(
    sessions: sessionmaker[Session], dana: TeamMember, typed: str
) -> None:
    with sessions.begin() as session:
        session.add(account("Alpha"))
        assert suggestions(session, typed, person=dana)[-1] == NOT_FOUND
