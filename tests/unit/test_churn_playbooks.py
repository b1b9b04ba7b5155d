"""What starts when a customer leaves: whom it is about, and which words never reach a customer."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from csbot.churn.model import Churn
from csbot.playbooks.folders import LIBRARY
from csbot.playbooks.triggers import TRIGGERS, Look
from tests.builders import MONDAY, account, member
from tests.unit.alert_world import settings
from tests.unit.test_playbook_files import told

TODAY, DAY = MONDAY.date(), timedelta(days=1)


def gone(session: Session, name: str, back_on: date | None, **over: Any) -> Churn:
    held = account(name, lifecycle_stage=over.pop("stage", "churned"))
    session.add(held)
    session.flush()
    fields: dict[str, Any] = {
        "type": "price_budget", "evidence": "They were offered $7k a year.", "notice_on": TODAY,
        "effective_on": TODAY, "win_back_on": back_on, "arr": Decimal("12000.50"),
        "currency": "EUR", "at": MONDAY - DAY, "applied_at": MONDAY - DAY,
    }  # fmt: skip
    made = Churn(account_id=held.id, **fields | over)
    session.add(made)
    session.flush()
    return made


def sees(session: Session, name: str) -> dict[int, dict[str, Any]]:
    trigger = TRIGGERS[name]
    look = Look.of(
        session, trigger.parameters(), since=MONDAY - 2 * DAY, settings=settings(), now=MONDAY
    )
    rows = session.execute(trigger.select(look)).mappings()
    return {row["subject_id"]: dict(row) for row in rows}


def test_a_record_starts_playbooks_once_and_not_when_they_stay(sessions):
    with sessions.begin() as session:
        dana = member()
        session.add(dana)
        session.flush()
        fresh = gone(session, "Acme", None, by_id=dana.id)
        gone(session, "Stays", None, withdrawn_at=MONDAY)
        gone(session, "Long ago", None, at=MONDAY - 9 * DAY)
        (seen,) = sees(session, "churn.recorded").values()
        facts = {name.removeprefix("trigger.") for name in TRIGGERS["churn.recorded"].facts}
        assert facts <= set(seen)
        assert seen["subject_id"] == fresh.id
        assert (seen["reason"], seen["amount"], seen["currency"]) == (
            "Price or budget", 12_000.5, "EUR",
        )  # fmt: skip
        assert (seen["effective_on"], seen["win_back_on"]) == (TODAY.isoformat(), None)
        assert [bool(seen[name]) for name in ("voluntary", "by_owner", "by_manager")] == [
            True, False, False,
        ]  # fmt: skip


def test_the_day_to_ask_back_is_a_month_long_and_for_those_who_are_away(sessions):
    with sessions.begin() as session:
        due = gone(session, "Today", TODAY).id
        late = gone(session, "A month ago", TODAY - 30 * DAY).id
        gone(session, "Tomorrow", TODAY + DAY)
        gone(session, "Too late", TODAY - 31 * DAY)
        gone(session, "Came back", TODAY, stage="adoption")
        gone(session, "Stayed", TODAY, withdrawn_at=MONDAY)
        gone(session, "Never", None)
        twice = gone(session, "Left again", TODAY - DAY)
        told = {"notice_on": TODAY, "effective_on": TODAY, "currency": "EUR", "at": MONDAY}
        session.add(Churn(account_id=twice.account_id, type="other", evidence="Gone.", **told))
        assert set(sees(session, "churn.win_back")) == {due, late}


def test_no_letter_to_a_customer_has_the_evidence(tmp_path):
    good = (LIBRARY / "churn-recorded.yaml").read_text("utf-8")
    assert told(tmp_path, good, "churn-recorded") == []
    words = "what should we have done earlier?"
    assert words in good
    (problem,) = told(tmp_path, good.replace(words, "{{ trigger.evidence }}"), "churn-recorded")
    assert "there is no variable `trigger.evidence`" in problem
