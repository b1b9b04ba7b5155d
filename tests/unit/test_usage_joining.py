"""Usage, accounts and contacts find each other, whichever came first."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.as_json import as_json
from csbot.accounts.model import Account
from csbot.accounts.timeline import timeline
from csbot.contacts import Contact
from csbot.settings import Settings
from csbot.usage import people, queries
from csbot.usage.joining import join_all
from csbot.usage.meaning import Meaning
from csbot.usage.model import Milestone, ProductGroup, ProductUser
from csbot.usage.reading import Envelope, read_call
from csbot.usage.service import take
from csbot.usage.settings import Usage
from csbot.usage.who import Placed, User
from tests.builders import MONDAY, account, contact
from tests.payloads import segment

AT = "2026-11-20T10:00:00Z"
USAGE = Usage(first_value=["First Shipment"])
Send = Callable[..., int]


@pytest.fixture
def send(sessions: sessionmaker[Session]) -> Send:
    """Take events, one transaction a call; message ids are made up."""
    settings, numbers = Settings.load(), iter(range(10_000))

    def sent(*events: dict[str, Any], now: datetime = MONDAY) -> int:
        told = [{"messageId": f"m{next(numbers)}", "timestamp": AT} | event for event in events]
        calls = [read_call(event, Envelope(now), Meaning(USAGE)) for event in told]
        with sessions.begin() as session:
            return take(session, calls, source="env", settings=settings, now=now)

    return sent


def track(user: str = "u", event: str = "Search", **over: Any) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event} | over


def identify(user: str = "u", **over: Any) -> dict[str, Any]:
    traits = {"email": "ann@quietwater.example", "name": "Ann Lee"} | over
    return {"type": "identify", "userId": user, "traits": traits}


def group(user: str = "u", key: str = "g", **traits: Any) -> dict[str, Any]:
    return {"type": "group", "userId": user, "groupId": key, "traits": traits}


def minutes(count: int) -> dict[str, Any]:
    return {"properties": {"duration_minutes": count}}


def add(sessions: sessionmaker[Session], *rows: Any) -> Sequence[Any]:
    with sessions.begin() as session:
        session.add_all(rows)
    return rows


def the(sessions: sessionmaker[Session], model: Any) -> Any:
    with sessions() as session:
        return session.scalars(select(model)).one()


def events_of(sessions: sessionmaker[Session], account_id: int) -> int:
    with sessions() as session:
        rows = queries.listed(session, account_id)
    return sum(row["events"] for row in rows if row["feature"] is None)


def test_a_group_call_of_an_unknown_company_makes_an_account(sessions, send):
    send(
        group(
            name="Quietwater Freight", website="https://www.quietwater.example/en", plan="growth",
            industry="logistics", employees=120, arr=90_000, createdAt="2024-03-01T00:00:00Z",
            **{"total billed": 830, "": 1, "blank": ""},
        ),
        track(),
    )  # fmt: skip
    made = the(sessions, Account)
    assert (made.name, made.domain, made.plan) == (
        "Quietwater Freight", "quietwater.example", "growth",
    )  # fmt: skip
    assert (made.external_id, made.owner_id, made.arr) == ("g", None, 90_000)
    assert made.process == "enterprise"
    assert made.custom == {"employees": 120, "total billed": 830}
    assert made.customer_since == datetime(2024, 3, 1, tzinfo=UTC)
    assert events_of(sessions, made.id) == 1
    with sessions() as session:
        assert [e.what for e in timeline(session, made.id, 9)] == [
            "Account added: the product tells of its usage"
        ]


def test_a_flood_of_companies_takes_no_more_statements_than_a_few(sessions, send):
    asked: list[int] = []
    event.listen(sessions.kw["bind"], "before_cursor_execute", lambda *_: asked.append(1))

    def flood(name: str, count: int, **traits: Any) -> int:
        asked.clear()
        many = range(count)
        send(*(group(f"{n}@{name}{n}.example", f"{name}-{n}", **traits) for n in many))
        return len(asked)

    few, many = flood("a", 5), flood("b", 150)
    assert many <= few + 2
    few, many = flood("a", 5, plan="Pro"), flood("b", 150, plan="Pro")
    assert many <= few + 2
    with sessions() as session:
        plans = session.execute(select(Account.plan, func.count()).group_by(Account.plan)).all()
    assert [tuple(row) for row in plans] == [("Pro", 155)]


def test_a_company_without_traits_is_called_by_its_id(sessions, send):
    send(group(key="0e8c78"))
    assert the(sessions, Account).name == "0e8c78"
    send(group(key="0e8c78", name="Late Namer"))
    assert the(sessions, Account).name == "Late Namer"


@pytest.mark.parametrize(
    ("known", "key", "traits"),
    [
        ({"external_id": "g"}, "g", {}),
        ({}, "acme.example", {}),
        ({}, "g", {"domain": "ACME.example"}),
        ({}, "g", {"website": "https://acme.example/x?y"}),
        ({}, "g", {"name": "acme"}),
    ],
)
def test_a_known_company_is_found_and_brought_up_to_date(sessions, send, known, key, traits):
    (acme,) = add(sessions, account("Acme", plan="old", custom={"kept": 1}, **known))
    send(group(key=key, plan="new", seats=9, **traits), track(), group(key=key, plan="", **traits))
    with sessions() as session:
        found = session.scalars(select(Account)).one()
        assert (found.id, found.plan, found.name) == (acme.id, "new", "Acme")
        assert found.custom == {"kept": 1, "seats": 9}
        assert found.arr == 48_000
    assert events_of(sessions, acme.id) == 1


def test_what_the_product_made_follows_the_product(sessions, send):
    send(group(name="Acme", plan="Growth", arr=12_000, segment="mid"))
    send(group(name="Acme Group", plan="Scale", arr=24_000, segment="large"))
    made = the(sessions, Account)
    assert (made.name, made.plan, made.arr, made.segment) == (
        "Acme Group",
        "Scale",
        24_000,
        "large",
    )


def test_what_others_changed_since_stays_until_the_product_has_news(sessions, send):
    told = {"name": "Acme", "plan": "Growth", "arr": 12_000}
    send(group(**told), identify(), track())
    with sessions.begin() as session:
        made, met = session.scalars(select(Account)).one(), session.scalars(select(Contact)).one()
        made.name, made.plan, made.arr, met.name = "Acme Rail", "Billed", 30_000, "Ann M. Lee"
    send(group(**told), identify())
    made = the(sessions, Account)
    assert (made.name, made.plan, made.arr) == ("Acme Rail", "Billed", 30_000)
    assert the(sessions, Contact).name == "Ann M. Lee"
    send(group(**told | {"plan": "Scale", "arr": 13_000}), identify(name="Ann Lee-Ek"))
    made = the(sessions, Account)
    assert (made.name, made.plan, made.arr) == ("Acme Rail", "Scale", 30_000)
    assert the(sessions, Contact).name == "Ann Lee-Ek"


def test_two_companies_that_fit_are_doubt_and_no_third_is_made(sessions, send):
    one, two = add(
        sessions, account("Acme", domain="a.example"), account("Acme", domain="b.example")
    )
    send(group(name="Acme"), track())
    with sessions() as session:
        assert len(session.scalars(select(Account)).all()) == 2
        assert session.scalars(select(ProductGroup)).one().account_id is None
    with sessions.begin() as session:
        session.get(Account, one.id).updated_at = MONDAY
    assert join_all(sessions, now=MONDAY + timedelta(minutes=1)).groups == 0
    with sessions.begin() as session:
        session.get(Account, two.id).name_key = "other"
    assert join_all(sessions, now=MONDAY + timedelta(hours=1)).groups == 1
    assert events_of(sessions, one.id) == 1


def test_an_older_word_does_not_overwrite_a_newer_one(sessions, send):
    send(group(name="New", plan="b") | {"timestamp": "2026-11-20T10:00:00Z"})
    send(group(name="Old", plan="a") | {"timestamp": "2026-11-19T10:00:00Z"})
    send(identify(name="New") | {"timestamp": "2026-11-20T10:00:00Z"})
    send(identify(name="Old") | {"timestamp": "2026-11-19T10:00:00Z"})
    assert (the(sessions, Account).name, the(sessions, Account).plan) == ("New", "b")
    assert the(sessions, ProductUser).name == the(sessions, Contact).name == "New"


def test_usage_waits_for_its_account_and_is_joined_when_it_appears(sessions, send):
    send(track(context={"groupId": "CRM-7"}), track(context={"groupId": "CRM-7"}))
    send(track("v", "First Shipment", context={"groupId": "CRM-7"}))
    assert join_all(sessions, now=MONDAY).groups == 0
    (acme,) = add(sessions, account("Acme", external_id="CRM-7", updated_at=MONDAY))
    assert events_of(sessions, acme.id) == 0
    assert join_all(sessions, now=MONDAY + timedelta(minutes=1)).groups == 1
    assert join_all(sessions, now=MONDAY + timedelta(minutes=2)).groups == 0
    assert events_of(sessions, acme.id) == 3
    with sessions() as session:
        told = [event.what for event in timeline(session, acme.id, 9)]
    assert sorted(told) == ["Reached first value", "Usage of the product joined"]


def test_an_account_that_was_missed_is_found_in_the_hourly_look(sessions, send):
    send(track(context={"groupId": "CRM-7"}))
    add(sessions, account("Acme", external_id="CRM-7"))  # touched long ago
    assert join_all(sessions, now=MONDAY + timedelta(minutes=1)).groups == 0
    assert join_all(sessions, now=MONDAY + timedelta(hours=1)).groups == 1


def test_a_person_becomes_a_contact_by_the_company_or_the_address(sessions, send):
    (acme,) = add(sessions, account("Quietwater", domain="quietwater.example"))
    send(
        identify("by-domain", title="Head of Ops", phone="+49 1", timezone="Asia/Tokyo"),
        track("by-domain"),
    )
    found = the(sessions, Contact)
    assert (found.account_id, found.email, found.name) == (
        acme.id, "ann@quietwater.example", "Ann Lee",
    )  # fmt: skip
    assert (found.title, found.phone) == ("Head of Ops", "+49 1")
    assert found.timezone == "Asia/Tokyo"
    assert events_of(sessions, acme.id) == 1
    send(group("by-group", name="Globex"), identify("by-group", email="bo@gmail.com"))
    with sessions() as session:
        bo = session.scalars(select(Contact).where(Contact.email == "bo@gmail.com")).one()
        assert session.get(Account, bo.account_id).name == "Globex"


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.co.uk"])
def test_free_mail_says_nothing_of_a_company(sessions, send, domain):
    add(sessions, account("Mail", domain=domain))
    send(identify(email=f"bo@{domain}"), track())
    with sessions() as session:
        assert session.scalars(select(Contact)).all() == []


def test_a_known_contact_is_met_again_wherever_the_address_is(sessions, send):
    (acme,) = add(sessions, account("Acme"))
    add(sessions, contact(acme.id, email="bo@gmail.com", last_login_at=None))
    send(identify(email="Bo@Gmail.com", name="Bo Ek"), track(event="Signed In"))
    met = the(sessions, Contact)
    assert (met.last_login_at, met.name) == (datetime.fromisoformat(AT), "Ann Lee")
    assert events_of(sessions, acme.id) == 1
    send(identify(email="bo@gmail.com", name="Bo Lee") | {"timestamp": "2026-11-21T10:00:00Z"})
    assert the(sessions, Contact).name == "Bo Lee"


def test_people_are_met_when_their_contact_is_imported_later(sessions, send):
    send(identify(email="bo@gmail.com"), track(event="Signed In"))
    (acme,) = add(sessions, account("Acme", updated_at=MONDAY))
    add(sessions, contact(acme.id, email="bo@gmail.com", created_at=MONDAY))
    found = join_all(sessions, now=MONDAY + timedelta(minutes=1))
    assert (found.groups, found.people) == (1, 1)
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)
    assert events_of(sessions, acme.id) == 1


def test_an_id_that_is_an_address_will_do(sessions, send):
    add(sessions, account("Quietwater", domain="quietwater.example"))
    send({"type": "identify", "userId": "Max@Quietwater.example"})
    assert the(sessions, Contact).email == "max@quietwater.example"


BY_CONTEXT = {"context": {"traits": {"email": "Bo@Gmail.com"}}}


@pytest.mark.parametrize(
    "event",
    [
        track("Bo@gmail.com", "Signed In"),
        track("u-7", "Signed In", **BY_CONTEXT),
        {"type": "track", "anonymousId": "v", "event": "Signed In"} | BY_CONTEXT,
        track("bo@gmail.com", "Signed In", context={"groupId": "elsewhere"}),
    ],
)
def test_an_address_is_enough_to_be_a_known_contact_at_once(sessions, send, event):
    (acme,) = add(sessions, account("Acme"))
    add(sessions, contact(acme.id, email="bo@gmail.com", last_login_at=None))
    send(event)
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)
    elsewhere = "groupId" in event.get("context", {})
    assert events_of(sessions, acme.id) == (0 if elsewhere else 1)
    send(event)
    assert the(sessions, ProductUser).contact_id == the(sessions, Contact).id


def test_a_page_by_an_address_of_the_company_counts_for_it(sessions, send):
    (acme,) = add(sessions, account("Acme", domain="acme.example"))
    seen = {"type": "page", "userId": "u", "name": "Reports"}
    send(seen | {"context": {"traits": {"email": "ann@acme.example"}}}, track("max@acme.example"))
    assert events_of(sessions, acme.id) == 2
    with sessions() as session:
        met = session.scalars(select(Contact.email).order_by(Contact.email)).all()
    assert met == ["ann@acme.example", "max@acme.example"]


@pytest.mark.parametrize("anonymous", [False, True])
def test_neither_free_mail_nor_a_strangers_id_says_a_company(sessions, send, anonymous):
    add(sessions, account("Mail", domain="gmail.com"), account("Acme", domain="acme.example"))
    send(
        {"type": "track", "event": "E", "anonymousId": "ann@acme.example"}
        if anonymous
        else track("bo@gmail.com")
    )
    join_all(sessions, now=MONDAY)
    with sessions() as session:
        assert session.scalars(select(Contact)).all() == []
        assert session.scalars(select(ProductGroup.account_id)).all() == [None]


def test_an_address_that_two_accounts_know_is_doubt(sessions, send):
    one, two = add(sessions, account("One"), account("Two"))
    add(
        sessions, *(contact(row.id, email="bo@gmail.com", last_login_at=None) for row in (one, two))
    )
    send(track("bo@gmail.com", "Signed In"), track("bo@gmail.com", context={"groupId": "g"}))
    assert the(sessions, ProductUser).contact_id is None
    assert events_of(sessions, one.id) + events_of(sessions, two.id) == 0


def test_a_contact_imported_later_is_met_by_the_address_in_the_context(sessions, send):
    send(track("u", "Signed In", context={"groupId": "g", "traits": {"email": "bo@gmail.com"}}))
    (acme,) = add(sessions, account("Acme", updated_at=MONDAY))
    add(sessions, contact(acme.id, email="bo@gmail.com", created_at=MONDAY, last_login_at=None))
    assert join_all(sessions, now=MONDAY + timedelta(minutes=1)).people == 1
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)


def test_what_is_identified_counts_for_more_than_the_address_in_the_context(sessions, send):
    add(sessions, account("Quietwater", domain="quietwater.example"))
    send(track("u", **BY_CONTEXT), identify("u"))
    send(track("u", **BY_CONTEXT), {"type": "identify", "userId": "u", "traits": {"name": "Ann"}})
    assert the(sessions, ProductUser).email == "ann@quietwater.example"


def test_what_somebody_did_before_they_said_who_they_are_is_theirs(sessions, send):
    send({"type": "track", "anonymousId": "v", "event": "Signed In"} | minutes(5))
    send(identify() | {"anonymousId": "v"}, group(name="Globex"))
    send({"type": "track", "anonymousId": "v", "event": "Search"} | minutes(2), track())
    made, met = the(sessions, Account), the(sessions, Contact)
    assert events_of(sessions, made.id) == 3
    assert met.last_login_at == datetime.fromisoformat(AT)
    with sessions() as session:
        spans = {"since": MONDAY.date() - timedelta(days=9), "until": MONDAY.date()}
        assert queries.minutes_on(session, contact_id=met.id, **spans) == 7
        users = {u.key: u for u in session.scalars(select(ProductUser))}
        assert users["~anonymous:v"].same_as_id == users["u"].id


def test_a_known_contact_has_the_logins_of_before_they_said_who_they_are(sessions, send):
    add(sessions, account("Quietwater", domain="quietwater.example"))
    send(identify())
    send({"type": "track", "anonymousId": "v", "event": "Signed In"})
    assert the(sessions, Contact).last_login_at is None
    send(identify() | {"anonymousId": "v"})
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)


def test_a_login_reaches_the_contact_that_another_process_links_meanwhile(sessions, send):
    add(sessions, account("Quietwater", domain="quietwater.example"))
    send(identify() | {"anonymousId": "v"})
    login = read_call(
        track(event="Signed In") | {"timestamp": AT}, Envelope(MONDAY), Meaning(USAGE)
    )
    with sessions.begin() as session:
        anonymous = session.scalars(
            select(ProductUser).where(ProductUser.key == "~anonymous:v")
        ).one()
        as_read_before = User(anonymous.id, anonymous.key, None, None)
        new = [Placed(login, as_read_before, None, "")]
        people.logged_in(session, new, settings=Settings.load(), now=MONDAY)
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)


def test_of_two_ids_of_one_person_the_later_login_counts(sessions, send):
    add(sessions, account("Quietwater", domain="quietwater.example"))
    send(identify("one"), identify("two"))
    early = {"timestamp": "2026-11-19T10:00:00Z"}
    send(track("one", "Signed In"), track("two", "Signed In") | early)
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)


@pytest.mark.parametrize("previous", ["v", "old-id", "never-seen"])
def test_an_alias_joins_two_ids_of_either_kind(sessions, send, previous):
    send({"type": "track", "anonymousId": "v", "event": "E"}, track("old-id"))
    send({"type": "alias", "userId": "u", "previousId": previous}, group(name="Globex"))
    send({"type": "track", "anonymousId": previous, "event": "E"})
    made = the(sessions, Account)
    assert events_of(sessions, made.id) == {"v": 2, "old-id": 1, "never-seen": 1}[previous]


def test_aliases_in_a_circle_end(sessions, send):
    for _ in range(2):
        send({"type": "alias", "userId": "a", "previousId": "b"})
        send({"type": "alias", "userId": "b", "previousId": "a"})
        send({"type": "alias", "userId": "a", "previousId": "a"})
    assert send(track("a"), track("b")) == 2


def test_who_changes_company_counts_for_the_new_one_from_then_on(sessions, send):
    send(group(key="one", name="One"), track())
    send(group(key="two", name="Two"), track(), track())
    send(track(context={"groupId": "one"}))
    with sessions() as session:
        ids = {a.name: a.id for a in session.scalars(select(Account))}
    assert (events_of(sessions, ids["One"]), events_of(sessions, ids["Two"])) == (2, 2)


def test_the_first_time_is_kept_and_told_once(sessions, send):
    send(group(name="Globex"), track(event="First Shipment"))
    send(track(event="First Shipment") | {"timestamp": "2026-11-18T10:00:00Z"})
    send(track(event="First Shipment") | {"timestamp": "2026-11-21T10:00:00Z"})
    assert the(sessions, Milestone).reached_at == datetime(2026, 11, 18, 10, tzinfo=UTC)
    with sessions() as session:
        told = [e.what for e in timeline(session, the(sessions, Account).id, 9)]
    assert told.count("Reached first value") == 1


def test_logins_only_ever_go_forward(sessions, send):
    send(identify(), group(name="Globex"), track(event="Signed In"))
    send(track(event="signed in") | {"timestamp": "2026-11-01T10:00:00Z"})
    assert the(sessions, ProductUser).last_login_at == datetime.fromisoformat(AT)
    assert the(sessions, Contact).last_login_at == datetime.fromisoformat(AT)


def test_a_whole_batch_of_a_client_makes_company_contact_and_login(sessions):
    settings = Settings.load()
    body = segment.PYTHON
    sent = Envelope(MONDAY, datetime.fromisoformat(body["sentAt"]))
    calls = [read_call(event, sent, Meaning(USAGE)) for event in body["batch"]]
    with sessions.begin() as session:
        assert take(session, calls, source="env", settings=settings, now=MONDAY) == 4
    made = the(sessions, Account)
    with sessions() as session:
        shown = as_json(session, session.get(Account, made.id))
    assert shown["custom"] == {"employees": 120, "total billed": 830}
    assert [(row["feature"], row["events"], row["logins"]) for row in shown["usage"]] == [
        (None, 2, 1), ("Signed In", 1, 1),
    ]  # fmt: skip
    assert shown["contacts"][0]["last_login_at"] == "2026-11-23T08:58:32.456000Z"
