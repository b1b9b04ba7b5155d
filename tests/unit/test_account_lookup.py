"""Which account somebody means by what they typed."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.lookup import WhichAccount, find_account, take_account
from csbot.accounts.model import Account
from csbot.errors import Refused
from csbot.team.model import TeamMember
from tests.builders import account, member

NAMES = (
    "Acme", "Acme Corporation", "Globex", "Globe Theatre", "Quietwater Freight", "3M", "Initech",
    "O'Brien & Sons", "Łódź Żabka", "100% Juice", "Under_score", "Busy Bakery",
)  # fmt: skip


@pytest.fixture
def dana(sessions: sessionmaker[Session]) -> TeamMember:
    dana = member()
    with sessions.begin() as session:
        session.add(dana)
        session.flush()
        for number, name in enumerate(NAMES):
            session.add(account(name, domain=f"site{number}.example", external_id=f"CRM-{number}"))
        session.add(account("Twin", domain="twin.one"))
        session.add(account("Twin", domain="twin.two", owner_id=dana.id))
    return dana


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("acme", "Acme", ""),
        ("ACME called the champion", "Acme", "called the champion"),
        ("acme corporation called", "Acme Corporation", "called"),
        ("globex", "Globex", ""),
        ("Globe Theatre: went well", "Globe Theatre", "went well"),
        ("quietwater", "Quietwater Freight", ""),
        ("quietwater freight called Ann", "Quietwater Freight", "called Ann"),
        ("freight is late", "Quietwater Freight", "is late"),
        ('"quietwater freight" called', "Quietwater Freight", "called"),
        ("“globe theatre” struggling", "Globe Theatre", "struggling"),
        ("site4.example called", "Quietwater Freight", "called"),
        ("site4 called", "Quietwater Freight", "called"),
        ("<https://www.site4.example|site4.example> called", "Quietwater Freight", "called"),
        ("crm-4 called", "Quietwater Freight", "called"),
        ("3m called", "3M", "called"),
        ("o'brien & sons next", "O'Brien & Sons", "next"),
        ("o’brien next", "O'Brien & Sons", "next"),
        ("łódź", "Łódź Żabka", ""),
        ("100% juice", "100% Juice", ""),
        ("under_score", "Under_score", ""),
        ("acme\u00a0corporation", "Acme Corporation", ""),
    ],
)
def test_an_account_is_taken_from_the_start_of_the_text(
    sessions: sessionmaker[Session], dana: TeamMember, text: str, name: str, rest: str
) -> None:
    with sessions() as session:
        found = take_account(session, text, person=dana)
        assert (found.account.name, found.rest, found.guessed) == (name, rest, None)


@pytest.mark.parametrize(
    ("text", "name", "rest", "guessed"),
    [
        ("quietwatter", "Quietwater Freight", "", "quietwatter"),
        ("quietw called Ann", "Quietwater Freight", "called Ann", "quietw"),
        ("reigh", "Quietwater Freight", "", "reigh"),
        ("busy b", "Busy Bakery", "", "busy b"),
        ("quietwatter called Ann", "Quietwater Freight", "called Ann", "quietwatter"),
        ("quietwatter freigt called", "Quietwater Freight", "called", "quietwatter freigt"),
        ("Innitech", "Initech", "", "Innitech"),
        ("lodz zabka", "Łódź Żabka", "", None),
    ],
)
def test_a_fragment_or_a_nearly_right_name_is_taken_and_said(
    sessions: sessionmaker[Session],
    dana: TeamMember,
    text: str,
    name: str,
    rest: str,
    guessed: str | None,
) -> None:
    with sessions() as session:
        if guessed is None:
            with pytest.raises(Refused):
                take_account(session, text, person=dana)
            return
        found = take_account(session, text, person=dana)
        assert (found.account.name, found.rest, found.guessed) == (name, rest, guessed)


@pytest.mark.parametrize(
    ("text", "names", "rest"),
    [
        ("glob", ["Globe Theatre", "Globex"], ""),
        ("glob called them", ["Globe Theatre", "Globex"], "called them"),
        ("acme corp called", ["Acme", "Acme Corporation"], "called"),
        ("inteck", ["Initech"], ""),
        ("bisy bakri went well", ["Busy Bakery"], "went well"),
        ("twin next", ["Twin (twin.two)", "Twin (twin.one)"], "next"),
    ],
)
def test_in_doubt_the_candidates_are_asked_about_ones_own_first(
    sessions: sessionmaker[Session], dana: TeamMember, text: str, names: list[str], rest: str
) -> None:
    with sessions() as session, pytest.raises(WhichAccount) as doubt:
        take_account(session, text, person=dana)
    assert [name for _, name in doubt.value.candidates] == names
    assert doubt.value.rest == rest


@pytest.mark.parametrize("text", ["", "  ", '""', "zzzzzz", "%", "_", "#999999999999", "#0", "x"])
def test_what_is_no_account_is_refused(
    sessions: sessionmaker[Session], dana: TeamMember, text: str
) -> None:
    with sessions() as session, pytest.raises(Refused) as refusal:
        take_account(session, text, person=dana)
    assert not isinstance(refusal.value, WhichAccount)


def test_our_own_number_names_an_account_with_its_mark(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions() as session:
        id = find_account(session, "Globex", person=dana).id
        assert take_account(session, f"#{id} called", person=dana).account.id == id
        assert find_account(session, 'globe "theatre', person=dana).name == "Globe Theatre"


def test_ten_thousand_characters_are_refused_in_a_short_sentence(
    sessions: sessionmaker[Session], dana: TeamMember
) -> None:
    with sessions() as session, pytest.raises(Refused) as refusal:
        take_account(session, "z" * 10_000, person=dana)
    assert len(refusal.value.reason) < 200


def test_an_empty_database_knows_no_account(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add(someone := member())
        session.flush()
        assert session.query(Account).count() == 0
        with pytest.raises(Refused):
            take_account(session, "acme", person=someone)
