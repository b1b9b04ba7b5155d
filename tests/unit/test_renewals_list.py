"""What /cs renewals answers, and what it costs."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, update
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account, HealthChange
from csbot.alerts.model import Alert
from csbot.errors import Refused
from csbot.renewals.model import Renewal
from csbot.settings import Config, Display, Environment, Settings
from csbot.team.model import TeamMember
from handlers import renewal as changing
from handlers import renewals as handlers
from handlers.ask import PRESSES, Command, Press
from messages.form import Form
from messages.ids import Action
from messages.message import Message
from messages.render import render
from messages.renewal_change import RenewalForm
from messages.renewals import NoRenewals, RenewalsForbidden, RenewalsList
from tests.builders import MONDAY, account, member, renewal

TODAY = MONDAY.date()
SETTINGS = Settings(Environment(), Config())
CONCEPTS = (handlers, changing)  # imported, so registered


def ask(session: Session, person: TeamMember, text: str = "", settings: Settings = SETTINGS) -> Any:
    return handlers.renewals(
        Command(
            session=session, settings=settings, person=person, now=MONDAY, text=text, shared=False,
        )
    )  # fmt: skip


def press(session: Session, person: TeamMember, action: Action, value: str) -> Any:
    return PRESSES[action](
        Press(
            session=session, settings=SETTINGS, person=person, now=MONDAY, value=value,
        )
    )  # fmt: skip


def add(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def due(session: Session, name: str, owner: TeamMember | None, days: int, **over: Any) -> Renewal:
    """An account of its own with one open renewal."""
    mine = {key: over.pop(key) for key in ("segment", "health", "currency") if key in over}
    held = add(
        session,
        account(name, domain=None, owner_id=owner.id if owner else None, **mine),
    )
    over.setdefault("currency", held.currency)
    made: Renewal = add(session, renewal(held.id, due_on=TODAY + timedelta(days=days), **over))
    return made


def words(message: Message) -> str:
    blocks = render(message)["blocks"]
    texts = [block.get("text", {}).get("text", "") for block in blocks]
    return "\n".join(
        texts
        + [
            e["text"]
            for b in blocks
            for e in b.get("elements", ())
            if "text" in e and isinstance(e["text"], str)
        ]
    )


@pytest.fixture
def people(sessions: sessionmaker[Session]) -> tuple[TeamMember, TeamMember]:
    with sessions.begin() as session:
        return add(session, member("Priya Shah", role="manager")), add(session, member())


def test_the_first_line_says_the_whole_of_it(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "Grumpy", dana, 25, amount_due=Decimal(64_000), category="commit")
        due(session, "Quiet", dana, 50, amount_due=Decimal(120_000), category="probable")
        due(session, "Later", dana, 91, amount_due=Decimal(1), category="commit")
        shown = ask(session, priya, "90d")
        said = render(shown)["text"]
    assert said == (
        "Renewals until 21 Feb: 2 accounts, $184k due, forecast $154k (84 %), last week $154k"
    )
    body = words(shown)
    assert body.startswith(f"*{said}*")
    assert "commit $64k (1) · probable $120k (1)" in body
    assert "Commit $64k + weighted rest $90k = forecast $154k." in body
    assert "Most of it in January 2027: $120k." in body
    assert "*Grumpy* $64k, 25 days, health 70, commit, Dana Reyes, _no next step_" in body
    assert "commit 100 %, probable 75 %, best case 45 %, at risk 15 %" in body


def test_currencies_are_never_summed(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "Euro", dana, 10, amount_due=Decimal(90_000), currency="EUR")
        due(session, "Dollar", dana, 40, amount_due=Decimal(200_000))
        shown = ask(session, priya)
    assert "$200k due, forecast $150k (75 %)" in render(shown)["text"]
    assert "; €90k due, forecast €68k (75 %)" in render(shown)["text"]
    assert "probable $200k + €90k (2)" in words(shown)
    assert "Most of it" not in words(shown)


def test_every_filter_narrows_the_list(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "A", dana, 10, segment="enterprise", category="at_risk")
        due(session, "B", dana, 11, segment="mid-market", category="at_risk")
        due(session, "C", dana, 12, segment="enterprise", category="commit")
        due(session, "D", None, 13, segment="enterprise", category="at_risk")
        due(session, "E", priya, 14, segment="enterprise", category="at_risk")

        def names(text: str, person: TeamMember = priya) -> str:
            return "".join(line.account for line in ask(session, person, text).lines)

        assert names("") == "ABCDE"
        assert names("@dana") == "ABC"
        assert names("me", dana) == "ABC"
        assert names("<@U_DANA|dana> enterprise at-risk") == "A"
        assert names("at risk mid-market") == "B"
        assert names("commit at-risk enterprise me", priya) == "E"
        assert names("12d") == "ABC"
        assert (
            "(Dana Reyes, enterprise, at risk)"
            in render(ask(session, priya, "dana enterprise at-risk"))["text"]
        )


def test_nothing_due_says_when_the_next_one_is(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        assert isinstance(ask(session, priya), NoRenewals)
        due(session, "Optics", dana, 200)
        assert "The next is Optics on 11 Jun 2027." in words(ask(session, priya))


def test_what_is_overdue_comes_first_and_says_so(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "Now", dana, 0)
        due(session, "Old", dana, -3)
        due(session, "Won", dana, -9, status="won")
        shown = ask(session, priya)
    assert [line.when for line in shown.lines] == ["3 days overdue", "today"]
    assert shown.lines[0].begins.label == "Overdue"


def test_pages_carry_their_filters_and_old_ones_still_answer(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        for number in range(23):
            due(session, f"Account {number:02}", dana, number + 1)
        first = ask(session, priya, "@dana probable 60d")
        assert (len(first.lines), first.page, first.pages) == (10, 1, 3)
        assert first.turn.back is None
        second = press(session, priya, Action.RENEWALS_PAGE, first.turn.onward)
        third = press(session, priya, Action.RENEWALS_PAGE, second.turn.onward)
        assert [line.account for line in third.lines] == [f"Account {n}" for n in (20, 21, 22)]
        assert third.turn.onward is None
        assert third.scope == "Dana Reyes, probable"
        back = press(session, priya, Action.RENEWALS_BACK, third.turn.back)
        assert back.lines == second.lines
        session.execute(
            update(Renewal).where(Renewal.due_on > TODAY + timedelta(5)).values(status="won")
        )
        again = press(session, priya, Action.RENEWALS_PAGE, second.turn.onward)
        assert (again.page, len(again.lines)) == (1, 5)
        with pytest.raises(Refused, match="older version"):
            press(session, priya, Action.RENEWALS_PAGE, "nonsense")


def test_the_menu_turns_to_risk_and_to_owners(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "A", priya, 5)
        due(session, "B", dana, 6, category="at_risk")
        due(session, "C", None, 7)
        shown = ask(session, priya)
        risky = press(session, priya, Action.RENEWALS_MORE, shown.turn.risk)
        assert [line.account for line in risky.lines] == ["B"]
        assert risky.turn.risk_label == "All Categories"
        (_, by_owner), (_, by_segment) = shown.turn.views
        owners = press(session, priya, Action.RENEWALS_MORE, by_owner)
        assert [line.begins.label for line in owners.lines] == [
            "Dana Reyes", "Priya Shah", "No owner",
        ]  # fmt: skip
        assert [view for view, _ in owners.turn.views] == ["month", "segment"]
        assert press(session, priya, Action.RENEWALS_MORE, by_segment).view == "segment"


def test_where_the_data_says_worse_than_the_owner_it_is_named(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "Sick", dana, 5, health=30, category="commit")
        due(session, "Admitted", dana, 6, health=30, category="at_risk")
        alarmed = due(session, "Alarmed", dana, 7, health=90)
        due(session, "Fine", dana, 8, health=90)
        add(session, alert(alarmed.account_id, dana))
        shown = ask(session, priya)
    assert shown.worse == ("Sick", "Alarmed")
    assert "For 2 the data says worse than the owner: Sick and Alarmed." in words(shown)


def alert(account_id: int, owner: TeamMember, **over: Any) -> Alert:
    fields: dict[str, Any] = {
        "kind": "inactive", "account_id": account_id, "owner_id": owner.id,
        "severity": "critical", "evidence": {}, "fingerprint": "f", "channel": "C1",
        "since": MONDAY, "opened_at": MONDAY, "changed_at": MONDAY, "post_at": MONDAY,
    }  # fmt: skip
    return Alert(**fields | over)


def test_health_shows_where_it_went_since_last_week(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        for name, before in (("Down", 63), ("Up", 20), ("Flat", 42), ("New", None)):
            made = due(session, name, dana, 5, health=41)
            if before is not None:
                add(
                    session,
                    HealthChange(
                        account_id=made.account_id, at=MONDAY - timedelta(8), score=before
                    ),
                )
            add(
                session,
                HealthChange(account_id=made.account_id, at=MONDAY - timedelta(1), score=41),
            )
        found = {line.account: line.direction for line in ask(session, priya).lines}
    assert found == {"Down": "falling", "Up": "rising", "Flat": "steady", "New": None}


def test_a_viewer_may_ask_for_access_instead(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    _, dana = people
    with sessions.begin() as session:
        vic = add(session, member("Vic Viewer", role="viewer"))
        made = due(session, "A", dana, 5)
        old = "90d|month|1|||"
        for answer in (
            ask(session, vic, "90d"),
            press(session, vic, Action.RENEWALS_PAGE, old),
            press(session, vic, Action.RENEWALS_MORE, old),
            press(session, vic, Action.RENEWAL_CHANGE, str(made.id)),
        ):
            assert isinstance(answer, RenewalsForbidden)
        said = render(answer)
        assert said["text"] == "Renewal amounts are for CSMs and managers."
        assert said["blocks"][-1]["elements"][0]["text"]["text"] == "Ask for Access"


def test_the_chart_shows_each_month_in_thousands(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "A", dana, 2, amount_due=Decimal(64_000))
        due(session, "B", dana, 50, amount_due=Decimal(120_500))
        blocks = render(ask(session, priya))["blocks"]
    [chart] = [block for block in blocks if block["type"] == "data_visualization"]
    axis = chart["chart"]["axis_config"]
    assert axis["categories"] == ["Nov", "Jan 2027"]
    assert (axis["x_label"], axis["y_label"]) == ("Month", "Thousand USD")
    due_, expected = chart["chart"]["series"]
    assert [point["value"] for point in due_["data"]] == [64.0, 120.5]
    assert [point["value"] for point in expected["data"]] == [48.0, 90.4]


def test_without_charts_of_slacks_own_a_picture_is_offered(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "A", dana, 2)
        due(session, "B", dana, 50)
        off = Settings(Environment(), Config(display=Display(charts=False)))
        for text, label in (("", "Send Chart"), ("history", "Send Chart")):
            shown = ask(session, priya, text, off)
            assert label in json.dumps(render(shown))
            assert "data_visualization" not in json.dumps(render(shown))
            assert label not in json.dumps(render(ask(session, priya, text)))


def test_a_quarter_counts_what_is_closed_in_it_with_its_rates(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        long_ago, lately = MONDAY - timedelta(days=30), MONDAY - timedelta(days=2)
        due(session, "Won", dana, -20, status="won", closed_at=long_ago,
            amount_due=Decimal(50_000), final_amount=Decimal(65_000))  # fmt: skip
        due(session, "Lost", dana, -2, status="lost", closed_at=lately,
            amount_due=Decimal(50_000))  # fmt: skip
        due(session, "Open", dana, 2, amount_due=Decimal(100_000), signal="at_risk",
            forecast_amount=Decimal(80_000), category="commit")  # fmt: skip
        shown = ask(session, priya, "this quarter by quarter")
        assert render(shown)["text"].startswith(
            "Renewals from 1 Oct to 31 Dec: 3 accounts, $200k due, forecast $130k (65 %)"
        )
        body = words(shown)
        assert "Kept $50k + commit $80k + weighted rest $0 = forecast $130k." in body
        assert "gross renewal rate 50 %, net 65 %" in body
        assert "commit $100k (1) · won $65k (1) · lost $50k (1)" in body
        assert "*Q4 2026* · $200k, 3 renewals, 2 of them closed" in body
        assert "call: commit · data: at risk" in body
        assert "For 1 the data says worse than the owner: Open." in body
        assert "2 accounts, $150k due" in render(ask(session, priya, "90d"))["text"]
        session.execute(update(Renewal).where(Renewal.status == "open").values(status="lost"))
        assert "Nothing of it is open any more." in words(ask(session, priya, "this quarter"))


def test_groups_by_owner_or_segment_come_with_most_due_first(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        due(session, "A", dana, 5, segment="small", amount_due=Decimal(10))
        due(session, "B", dana, 4, segment="<!here> large", amount_due=Decimal(900_000))
        due(session, "C", priya, 3, segment="small", amount_due=Decimal(20))
        due(session, "D", priya, 2, segment=None, amount_due=Decimal(1_000_000))
        shown = ask(session, priya, "by segment")
        assert [group.label for group in shown.groups] == ["<!here> large", "small", "No segment"]
        assert "".join(line.account for line in shown.lines) == "BCAD"
        assert "By segment: &lt;!here&gt; large $900k (1) · small $30 (2)" in words(shown)
        for n in range(20):
            due(session, f"S{n}", dana, 9, segment=f"{'x' * 30} {n}", amount_due=Decimal(n))
        many = ask(session, priya, "by segment")
        assert [group.label for group in many.groups][-1] == "Others"
        assert sum(group.count for group in many.groups) == 24
        [chart] = [b for b in render(many)["blocks"] if b["type"] == "data_visualization"]
        labels = chart["chart"]["axis_config"]["categories"]
        assert len(labels) == len(set(labels)) == 12
        assert max(map(len, labels)) <= 20


def queries_for(engine: Engine, session: Session, priya: TeamMember) -> int:
    seen: list[str] = []
    count = lambda *args: seen.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", count)
    render(ask(session, priya, "90d probable"))
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def test_ten_and_a_thousand_accounts_take_the_same_number_of_queries(
    engine: Engine, sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    with sessions.begin() as session:
        fill(session, dana, 0, 10)
        ten = queries_for(engine, session, priya)
        fill(session, dana, 10, 1000)
        assert queries_for(engine, session, priya) == ten


def fill(session: Session, owner: TeamMember, start: int, end: int) -> None:
    accounts = [account(f"Account {n}", domain=None, owner_id=owner.id) for n in range(start, end)]
    session.add_all(accounts)
    session.flush()
    session.add_all(
        [renewal(one.id, due_on=TODAY + timedelta(days=one.id % 90)) for one in accounts]
    )
    session.flush()


def test_hostile_names_neither_break_the_layout_nor_ping(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    priya, dana = people
    nasty = "<!channel> \x02*b*\n> q &" + "x" * 10_000
    with sessions.begin() as session:
        for n in range(12):
            due(session, f"{nasty}{n}", dana, 5 + 9 * n, segment=nasty, next_step=nasty)
        shown = ask(session, priya)
        assert isinstance(shown, RenewalsList)
        said = render(shown)
    marked = [b["text"]["text"] for b in said["blocks"] if "text" in b]
    assert "<!" not in json.dumps([said["text"], *marked])
    rows = [b for b in said["blocks"] if "accessory" in b]
    assert len(rows) == 10
    assert all(len(b["text"]["text"]) <= 600 for b in rows)
    assert len(json.dumps(said, ensure_ascii=False)) < 12_000


def test_change_opens_a_form_with_what_is_known(
    sessions: sessionmaker[Session], people: tuple[TeamMember, TeamMember]
) -> None:
    _, dana = people
    with sessions.begin() as session:
        made = due(session, "Acme", dana, 5, next_step="Call", next_step_on=date(2026, 12, 2))
        form = press(session, dana, Action.RENEWAL_CHANGE, str(made.id))
        assert isinstance(form, Form)
        assert isinstance(form, RenewalForm)
        assert (form.account, form.next_step, form.category) == ("Acme", "Call", "probable")
        made.status = "won"
        session.flush()
        with pytest.raises(Refused, match="no longer open"):
            press(session, dana, Action.RENEWAL_CHANGE, str(made.id))
        assert session.get_one(Account, made.account_id).name == "Acme"
