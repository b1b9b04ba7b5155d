"""Conditions mean the same in SQL, on both databases, and over values in memory."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account, AccountPipeline, AccountTag, HealthChange
from csbot.checkins.model import CheckIn
from csbot.conditions.evaluate import holds
from csbot.conditions.fields import FIELDS, OPERATORS, Kind
from csbot.conditions.grammar import parse
from csbot.conditions.kinds import LISTS
from csbot.conditions.sql import Frame, where
from csbot.contacts import Contact
from csbot.onboarding.aims import Aim, FirstValue
from csbot.payments.model import BillingCustomer, Payment
from csbot.tickets.model import Ticket
from csbot.usage.model import GroupUsage, ProductGroup, ProductUser
from tests.builders import MONDAY, account, contact, feedback, member, task

DAY = timedelta(days=1)
TODAY = MONDAY.date()
TEXTS = [
    "Enterprise", " enterprise", "mid-market", "MID_MARKET ", "École", "école", "%", "a'b\"c", "İ",
    "7", "Pro", "pro plan", "email", "SMS", "Adoption", "champion", "Very Happy",
]  # fmt: skip
STAGES = ["Billing: Active", "billing: failed", "User Milestone: Pro"]
NUMBERS = [-150, -100, -20, -5, 0, 0.01, 1, 2, 3, 6, 10, 49.99, 50, 75, 100, 300, 50_000]
TIMES = ["0 days", "90 minutes", "36 hours", "1 day", "2 days", "1 week", "30 days", "90 days",
         "52 weeks"]  # fmt: skip
CUSTOM = ("account.custom.tier", "account.custom.seats", "account.custom.it's % odd")
NAMES = [name for name in FIELDS if name.startswith(("account.", "contact."))] + [*CUSTOM]
AIMS = FirstValue(segments={"Mid-Market": Aim(days=45)})
Values = dict[str, Any]


class Population:
    """Accounts with or without anything; `rows` has what is known of each with each contact."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.random = session, random.Random(seed)  # noqa: S311
        self.owners = [self.add(member(f"M{n}", active=bool(n))) for n in range(2)]
        self.rows: dict[tuple[int, int | None], Values] = {}
        for number in range(36):
            self.one(number)

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def some(self, *values: Any) -> Any:
        """One of them, or nothing."""
        return self.random.choice([None, *values])

    def moment(self, days: int = 100) -> datetime:
        """Exactly so many days or half days away, as often as not."""
        half = self.random.randint(-2, days * 2)
        return MONDAY - half * DAY / 2 + self.random.choice([0, 0, 1]) * timedelta(microseconds=1)

    def one(self, number: int) -> None:
        pick = self.random.choice
        made = self.add(
            account(
                f"A{number}",
                segment=self.some(*TEXTS, "", " "),
                plan=self.some(*TEXTS),
                industry=None,
                arr=self.some(Decimal("0.01"), Decimal(50_000), Decimal("49.99")),
                health=self.some(0, 49, 50, 100),
                health_status=self.some("Struggling", "Healthy"),
                onboarding_stage_since=self.some(self.moment()),
                renewal_on=self.some(TODAY + pick([-1, 0, 1, 2, 7, 30, 90, 91]) * DAY),
                customer_since=self.some(self.moment()),
                first_value_at=self.some(MONDAY - self.random.randint(0, 99) * DAY),
                owner_id=self.some(*(owner.id for owner in self.owners)),
                score=pick([0, 299, 300]),
                custom=self.custom(),
            )
        )
        values = self.plain(made) | self.belongings(made) | self.billing(made)
        values |= self.first_value(made)
        people = self.people(made, values)
        values |= self.usage(made, [one.last_login_at for one in people])
        for one in people or [None]:
            told = self.of_contact(one, made.onboarding_stage_since) if one else {}
            self.rows[made.id, one and one.id] = values | told

    def custom(self) -> dict[str, Any]:
        said = [*TEXTS, *NUMBERS, True, False, None, ["Pro"], {"a": 1}, ""]
        names = (name.removeprefix("account.custom.") for name in CUSTOM)
        return {name: self.random.choice(said) for name in names if self.random.random() < 0.8}

    def plain(self, made: Account) -> Values:
        owner = next((one for one in self.owners if one.id == made.owner_id), None)
        values: Values = {
            f"account.{name}": getattr(made, name)
            for name in ("segment", "plan", "industry", "currency", "lifecycle_stage", "process",
                         "onboarding_stage", "health_status", "arr", "health", "contract_months",
                         "score")
        }  # fmt: skip
        for name, value in made.custom.items():
            fit = isinstance(value, str | int | float | bool)
            values[f"account.custom.{name}"] = value if fit else None
        return values | {
            "account.owned": bool(owner and owner.active),
            "account.renewal_in": made.renewal_on and made.renewal_on - TODAY,
            "account.customer_for": MONDAY - (made.customer_since or made.created_at),
            "account.onboarding_for": ago(made.onboarding_stage_since),
        }

    def first_value(self, made: Account) -> Values:
        """To the second, as the databases count it."""
        since, at = made.customer_since or made.created_at, made.first_value_at
        whole = [moment and moment.replace(microsecond=0) for moment in (since, at or MONDAY)]
        days = max(0, (whole[1] - whole[0]).days)
        return {
            "account.first_value": at is not None,
            "account.days_to_first_value": None if at is None else days,
            "account.first_value_late": days > AIMS.of(made.segment).days,
        }

    def belongings(self, made: Account) -> Values:
        sample = self.random.sample
        tags = sample(TEXTS, self.random.randint(0, 3))
        stages = sample(STAGES, self.random.randint(0, 2))
        scores = [(self.moment(12), self.some(0, 40, 55)) for _ in range(self.random.randint(0, 3))]
        answers = [(self.moment(), self.random.randint(0, 10)) for _ in range(2)]
        visits = [self.moment() for _ in range(self.random.randint(0, 2))]
        due = [TODAY + self.random.randint(-2, 2) * DAY for _ in range(2)]
        states = [self.random.choice(["open", "pending", "solved"]) for _ in range(3)]
        for tag in tags:
            self.add(AccountTag(account_id=made.id, tag=tag, added_at=MONDAY))
        for number, stage in enumerate(stages):
            pipeline, name = stage.split(": ")
            pipeline += " " * number  # one account is in each pipeline once
            self.add(
                AccountPipeline(account_id=made.id, pipeline=pipeline, stage=name, since=MONDAY)
            )
        for at, score in scores:
            self.add(HealthChange(account_id=made.id, at=at, score=score))
        for at, score in answers:
            self.add(feedback(made.id, score, at=at))
        for at in visits:
            self.add(CheckIn(account_id=made.id, at=at, channel="call", note="-"))
        for on in due:
            self.add(task(made.id, due_on=on))
        for number, state in enumerate(states):
            self.add(Ticket(account_id=made.id, sender="z", external_id=f"{made.id}-{number}",
                            subject="?", status=state, opened_at=MONDAY, as_of=MONDAY))  # fmt: skip
        before = newest(scores, MONDAY - 7 * DAY)
        known = made.health is not None and before is not None
        seen = [at for at in visits if at <= MONDAY]
        return {
            "account.tags": tags,
            "account.stages": [
                stage.replace(": ", " " * n + ": ") for n, stage in enumerate(stages)
            ],
            "account.health_change": made.health - before if known else None,
            "account.nps": newest(answers, MONDAY),
            "account.last_checkin": ago(max(seen, default=None)),
            "account.last_touch": ago(max(seen, default=None)),
            **self.answers(made, [at for at, _ in answers]),
            "account.overdue_tasks": sum(on < TODAY for on in due),
            "account.open_tickets": sum(state != "solved" for state in states),
        }

    def answers(self, made: Account, surveys: list[datetime]) -> Values:
        """Each account has tickets of this Monday, which are answers, too."""
        started, surveyed = made.onboarding_stage_since, [at for at in surveys if at <= MONDAY]
        return {
            "account.last_answer": timedelta(0),
            "account.answered_since_start": bool(started and started < MONDAY),
            "account.surveyed_since_start": bool(started and any(at > started for at in surveyed)),
            "account.requirements": False,
            "account.leaving": False,
        }

    def billing(self, made: Account) -> Values:
        status = self.some("paid", "failed")
        if status:
            payer = self.add(BillingCustomer(sender="s", external_id=f"{made.id}", told={},
                                             account_id=made.id, as_of=MONDAY))  # fmt: skip
            self.add(Payment(customer_id=payer.id, external_id="i", status=status, amount=1,
                             currency="USD", at=MONDAY, as_of=MONDAY))  # fmt: skip
        return {"account.unpaid": status == "failed"}

    def people(self, made: Account, values: Values) -> list[Contact]:
        return [
            self.add(
                contact(
                    made.id,
                    f"P{number}",
                    role=self.some("champion", "Decision-Maker"),
                    title=self.some(*TEXTS),
                    last_login_at=self.some(self.moment(), self.moment()),
                    opt_outs=self.random.sample(["email", "sms"], self.random.randint(0, 2)),
                )
            )
            for number in range(self.random.randint(0, 2))
        ]

    def of_contact(self, one: Contact, started_at: datetime | None) -> Values:
        back = started_at and one.last_login_at and one.last_login_at > started_at
        return {
            "contact.role": one.role,
            "contact.title": one.title,
            "contact.email": one.email,
            "contact.last_login": ago(one.last_login_at),
            "contact.login_since_start": back,
            "contact.opted_out": one.opt_outs,
        }

    def usage(self, made: Account, logins: list[datetime | None]) -> Values:
        used: dict[tuple[int, str], float] = {}
        linked = self.random.random() < 0.7
        if linked:
            group = self.add(ProductGroup(key=f"g{made.id}", account_id=made.id,
                                          first_seen_at=MONDAY))  # fmt: skip
            last = self.some(self.moment())
            logins = [*logins, last]
            self.add(ProductUser(key=f"u{made.id}", group_id=group.id, first_seen_at=MONDAY,
                                 last_login_at=last))  # fmt: skip
            for days in self.random.sample([0, 1, 27, 28, 29, 56, 57], 4):
                for feature in ("", self.random.choice(TEXTS[:5])):
                    seconds = self.random.choice([0, 60, 90, 3000])
                    used[days, feature] = seconds
                    self.add(
                        GroupUsage(
                            group_id=group.id,
                            day=TODAY - days * DAY,
                            logins=0,
                            feature=feature,
                            events=1,
                            active_seconds=seconds,
                        )
                    )
        whole = {days: seconds for (days, feature), seconds in used.items() if not feature}
        recent = sum(seconds for days, seconds in whole.items() if 1 <= days <= 28)
        before = sum(seconds for days, seconds in whole.items() if 29 <= days <= 56)
        last_login = max((at for at in logins if at), default=None)
        started = made.onboarding_stage_since
        features = [feature for days, feature in used if feature and days <= 28]
        return {
            "account.last_login": ago(last_login),
            "account.login_since_start": started and last_login and last_login > started,
            "account.usage_minutes": recent / 60 if linked else None,
            "account.usage_change": (recent - before) * 100 / before if before else None,
            "account.features": features if linked else None,
        }


def ago(at: datetime | None) -> timedelta | None:
    return None if at is None else MONDAY - at


def newest(told: list[tuple[datetime, Any]], until: datetime) -> Any:
    """Of two at one moment the later row counts."""
    known = [(at, number, value) for number, (at, value) in enumerate(told) if at <= until]
    return max(known)[2] if known else None


def operands(kind: Kind) -> st.SearchStrategy[Any]:
    return {
        Kind.TEXT: st.sampled_from(TEXTS),
        Kind.NUMBER: st.sampled_from(NUMBERS),
        Kind.DAYS: st.sampled_from(TIMES),
        Kind.FLAG: st.booleans(),
        Kind.SET: st.sampled_from([*TEXTS, *STAGES]),
        Kind.CUSTOM: st.sampled_from([*TEXTS, *NUMBERS, True, False]),
    }[kind]


@st.composite
def a_test(draw: st.DrawFn) -> Values:
    name = draw(st.sampled_from(NAMES))
    kind = FIELDS[name].kind if name in FIELDS else Kind.CUSTOM
    operator = draw(st.sampled_from(OPERATORS[kind]))
    if operator == "known":
        return {name: {operator: draw(st.booleans())}}
    numbers = kind is Kind.CUSTOM and operator in OPERATORS[Kind.NUMBER][1:]
    values = operands(Kind.NUMBER if numbers else kind)
    if operator not in LISTS:
        return {name: {operator: draw(values)}}
    pool = (
        operands(draw(st.sampled_from([Kind.TEXT, Kind.NUMBER]))) if kind is Kind.CUSTOM else values
    )
    return {name: {operator: draw(st.lists(pool, min_size=1, max_size=3))}}


def conditions() -> st.SearchStrategy[Values]:
    def wider(inner: st.SearchStrategy[Values]) -> st.SearchStrategy[Values]:
        several = st.lists(inner, min_size=1, max_size=4)
        return st.one_of(
            several.map(lambda parts: {"all": parts}),
            several.map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
        )

    return st.recursive(a_test(), wider, max_leaves=8)


@pytest.fixture
def population(sessions: sessionmaker[Session]) -> Iterator[Population]:
    with sessions() as session:
        yield Population(session, seed=4)


ABOUT_USAGE = {
    *(name for name in FIELDS if "login" in name), "account.features", "account.usage_minutes",
    "account.usage_change",
}  # fmt: skip


def test_sql_finds_whom_a_condition_holds_for(population: Population) -> None:
    @settings(
        max_examples=150, deadline=None, derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(said=conditions(), silent=st.booleans())
    def whatever(said: Values, silent: bool) -> None:
        condition = parse(said)
        hidden = ABOUT_USAGE if silent else set()
        expected = {
            key
            for key, values in population.rows.items()
            if holds(condition, {name: values[name] for name in values.keys() - hidden})
        }
        frame = Frame(
            MONDAY, Account, Contact, started_at=Account.onboarding_stage_since,
            silent=frozenset({"usage"} if silent else ()), first_value=AIMS,
        )  # fmt: skip
        query = select(Account.id, Contact.id).outerjoin(Contact, Contact.account_id == Account.id)
        found = population.session.execute(query.where(where(condition, frame)))
        assert {(row[0], row[1]) for row in found} == expected

    whatever()
