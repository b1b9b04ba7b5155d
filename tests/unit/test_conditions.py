"""What a condition may say, what is wrong with it otherwise, and what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from csbot.accounts.model import Account
from csbot.conditions.evaluate import holds
from csbot.conditions.fields import FIELDS, OPERATORS, Kind
from csbot.conditions.grammar import MOST, All, Any_, Not, Unfit, parse
from csbot.conditions.grammar import Test as Asked
from csbot.conditions.sql import Frame, facts_of, where
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.playbooks.triggers import TRIGGERS
from tests.builders import MONDAY, account, contact, meeting

WRONG: list[tuple[Any, tuple[str | int, ...], str]] = [
    ("account.health", (), "must be a mapping"),
    ({"account.helth": 5}, ("account.helth",), "did you mean `account.health`?"),
    ({"account.name": "Acme"}, ("account.name",), "there is no field `account.name`"),
    ({"account.health": {"atleast": 5}}, ("account.health", "atleast"), "did you mean `at_least`?"),
    ({"account.health": {"has": 5}}, ("account.health", "has"), "no operator `has` for number"),
    ({"account.health": "low"}, ("account.health",), "must be a number"),
    ({"account.health": True}, ("account.health",), "must be a number"),
    ({"account.arr": 0.001}, ("account.arr",), "at most two decimals"),
    ({"account.arr": float("inf")}, ("account.arr",), "at most two decimals"),
    ({"account.health": {}}, ("account.health",), "needs a value"),
    ({"account.health": [5]}, ("account.health", "in"), "no operator `in` for number"),
    ({"account.renewal_in": {"below": 90}}, ("account.renewal_in",), "like `90 days`"),
    ({"account.renewal_in": {"below": "soon"}}, ("account.renewal_in",), "write it like `3 days`"),
    ({"account.renewal_in": {"below": "2 working days"}}, ("account.renewal_in",), "`working` out"),
    ({"account.segment": " _ "}, ("account.segment",), "must be a text"),
    ({"account.segment": None}, ("account.segment",), "must be a text"),
    ({"account.segment": {"in": "a"}}, ("account.segment",), "needs a list"),
    ({"account.segment": []}, ("account.segment",), "needs a list of 1 to 100"),
    ({"account.segment": "x" * 201}, ("account.segment",), "at most 200 characters"),
    ({"account.owned": "yes"}, ("account.owned",), "must be true or false"),
    ({"account.tags": {"known": True}}, ("account.tags", "known"), "no operator `known` for set"),
    ({"account.custom.": 1}, ("account.custom.",), "there is no field"),
    ({"account.custom.a\"'": 1}, ("account.custom.a\"'",), "there is no field"),
    ({"account.custom.a": [1, "b"]}, ("account.custom.a",), "mixes texts and numbers"),
    ({"account.custom.a": {"above": "b"}}, ("account.custom.a",), "must be a number"),
    ({"all": {}}, ("all",), "must be a list of conditions"),
    ({"any": []}, ("any",), "must be a list of conditions"),
    ({"any": [{"account.plan": "a"}, 5]}, ("any", 1), "must be a mapping"),
    ({"not": {"any": [{"x": 1}]}}, ("not", "any", 0, "x"), "there is no field `x`"),
    ({"trigger.score": 5}, ("trigger.score",), "there is no field `trigger.score`"),
    ({"all": [{"account.plan": "a"}] * 61}, (), "more than 60 tests"),
]


@pytest.mark.parametrize(("said", "path", "mend"), WRONG)
def test_what_is_wrong_is_said_where_it_is_and_how_to_mend_it(
    said: Any, path: tuple[str | int, ...], mend: str
) -> None:
    with pytest.raises(Unfit) as wrong:
        parse(said)
    assert wrong.value.path == path
    assert mend in wrong.value.reason


def test_a_condition_is_not_nested_without_end() -> None:
    said: dict[str, Any] = {"account.plan": "a"}
    for _ in range(9):
        said = {"not": said}
    with pytest.raises(Unfit, match="deeper than 8"):
        parse(said)


def test_several_keys_must_all_hold_and_lists_mean_one_of() -> None:
    made = parse({"account.segment": ["Mid-Market", 7], "any": [{"account.tags": "X"}], "not": {}})
    assert made == All(
        (
            Asked("account.segment", "in", ("mid market", "7")),
            Any_((Asked("account.tags", "has", "x"),)),
            Not(All(())),
        )
    )
    assert parse({"account.renewal_in": {"at_most": "2 weeks", "above": "1 hour"}}) == All(
        (
            Asked("account.renewal_in", "at_most", timedelta(days=14)),
            Asked("account.renewal_in", "above", timedelta(hours=1)),
        )
    )


def test_every_example_of_a_field_can_be_asked() -> None:
    for name, field in FIELDS.items():
        read = {Kind.NUMBER: float, Kind.FLAG: lambda text: text == "true"}.get(field.kind, str)
        operator = OPERATORS[field.kind][0]
        assert parse({name: {operator: read(field.example)}}), name
        assert field.what.endswith("."), name


def test_what_is_not_known_fulfils_nothing_and_the_not_of_everything() -> None:
    for said in ({"account.plan": {"is_not": "pro"}}, {"account.health": {"below": 50}},
                 {"contact.opted_out": {"has_not": "email"}}):  # fmt: skip
        assert not holds(parse(said), {})
        assert holds(parse({"not": said}), {})
    assert holds(parse({"account.plan": {"known": False}}), {"account.plan": " "})


def test_a_frame_without_a_row_knows_nothing_of_it(sessions: Any) -> None:
    with sessions() as session:
        made = account()
        session.add(made)
        session.flush()
        session.add(contact(made.id))
        session.flush()

        def count(said: dict[str, Any], **parts: Any) -> int:
            frame = Frame(MONDAY, Account, **parts)
            return len(session.execute(select(Account.id).where(where(parse(said), frame))).all())

        assert count({"contact.role": "champion"}) == 0
        assert count({"not": {"contact.opted_out": {"has": "sms"}}}) == 1
        assert count({"contact.opted_out": {"has_not": "sms"}}) == 0
        assert count({"meeting.outcome": {"known": False}}) == 1
        assert count({"account.login_since_start": {"known": True}}) == 0


def test_values_are_bound_whatever_they_say(sessions: Any) -> None:
    hostile = "x' OR 1=1 --"
    said = {"account.plan": hostile, "account.tags": [hostile, "%"],
            f"account.custom.{hostile}": {"is_not": hostile}}  # fmt: skip
    with sessions() as session:
        session.add(account(plan="anything", custom={hostile: "?"}))
        session.flush()
        statement = select(Account.id).where(where(parse(said), Frame(MONDAY, Account)))
        assert "OR 1=1" not in str(statement.compile(session.get_bind()))
        assert session.execute(statement).all() == []


def test_a_condition_over_everything_is_one_statement(sessions: Any) -> None:
    said = [{name: {OPERATORS[field.kind][-1]: _any_value(field.kind)}}
            for name, field in FIELDS.items()]  # fmt: skip
    parts = [parse({"all": said[at : at + MOST]}) for at in range(0, len(said), MOST)]
    with sessions() as session:
        asked: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
        query = select(Account.id).outerjoin(Contact, Contact.account_id == Account.id)
        session.execute(
            query.where(where(All(tuple(parts)), Frame(MONDAY, Account, Contact)))
        ).all()
        assert len([one for one in asked if "SELECT" in one]) == 1


def _any_value(kind: Kind) -> Any:
    return "x" if kind is Kind.SET else True


def test_what_a_run_remembers_of_its_trigger_and_its_meeting_can_be_asked(sessions: Any) -> None:
    facts = TRIGGERS["feedback.received"].facts
    with sessions() as session:
        made = account()
        session.add(made)
        session.flush()
        row = meeting(made.id, starts_at=MONDAY + timedelta(minutes=61), kind="Success_Session")
        session.add(row)
        session.flush()
        run = PlaybookRun(
            playbook="p", version_id=_version(session), account_id=made.id, subject_id=row.id,
            started_at=MONDAY, facts={"score": 3, "level": "Not Happy", "negative": True},
        )  # fmt: skip
        session.add(run)
        session.flush()
        frame = Frame(
            MONDAY, Account, meeting=Meeting, started_at=PlaybookRun.started_at,
            facts=facts_of(PlaybookRun.facts, facts),
        )  # fmt: skip

        def is_so(said: dict[str, Any]) -> bool:
            query = (
                select(PlaybookRun.id)
                .join(Account, Account.id == PlaybookRun.account_id)
                .outerjoin(Meeting, Meeting.id == PlaybookRun.subject_id)
            )
            return bool(session.execute(query.where(where(parse(said, facts), frame))).all())

        assert is_so({"trigger.score": {"at_most": 3}, "trigger.level": "not happy"})
        assert is_so({"trigger.negative": True, "trigger.scale": {"known": False}})
        assert not is_so({"trigger.score": {"below": 3}})
        assert is_so({"meeting.kind": "success session", "meeting.starts_in": {"above": "1 hour"}})
        assert not is_so({"meeting.starts_in": {"at_most": "60 minutes"}})


def _version(session: Any) -> int:
    made = PlaybookVersion(name="p", digest="d", source="own", definition={}, seen_at=MONDAY)
    session.add(made)
    session.flush()
    return made.id
