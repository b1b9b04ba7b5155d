"""What an import leaves behind: the audit of every row, the timeline, how happy accounts are."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import AccountPipeline, AccountTag
from csbot.accounts.timeline import timeline
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.audit import AuditEntry
from csbot.feedback.model import Feedback
from tests.builders import MONDAY, account, feedback
from tests.flows.test_import import SETTINGS, Office, numbers

FILES = {
    "contacts": ("account,email,name\nAcme,ann@acme.example,{}\n", "Ann", "Anna"),
    "tasks": ("account,title,due,priority\nAcme,Call legal,2026-12-01,{}\n", "low", "high"),
    "meetings": ("account,title,starts_at,agenda\nAcme,QBR,2026-12-01 10:00,{}\n", "old", "new"),
    "feedback": ("account,kind,at,score\nAcme,csat,2026-11-20,{}\n", "3", "4"),
    "revenue": ("account,effective_on,mrr\nAcme,2026-11-01,{}\n", "100", "200"),
}
NOUNS = {"contacts": "contact", "tasks": "task", "meetings": "meeting"}


@pytest.fixture
def office(sessions: sessionmaker[Session]) -> Office:
    office = Office(sessions)
    office.add(account("Acme"))
    return office


def told(office: Office, account_id: int) -> list[str]:
    with office.sessions() as session:
        return [event.what for event in timeline(session, account_id, 20)]


@pytest.mark.parametrize("kind", FILES)
def test_every_row_that_is_new_or_changed_is_in_the_audit_of_its_account(
    office: Office, kind: str
) -> None:
    text, first, second = FILES[kind]
    noun, acme = NOUNS.get(kind, kind), office.account("Acme")
    for value in (first, first, second):
        office.imports(text.format(value), kind)
    new, changed = (
        entry for entry in office.all(AuditEntry) if entry.subject.startswith(f"{noun}:")
    )
    assert [new.verb, changed.verb] == [f"{noun}.imported", f"{noun}.updated"]
    assert new.subject == changed.subject
    assert new.account_id == changed.account_id == acme.id
    column = text.splitlines()[0].rsplit(",", 1)[1]
    assert (new.before, new.why) == (None, "import, line 2")
    assert str(new.after[column]).startswith(first)
    assert str(changed.before[column]).startswith(first)
    assert str(changed.after[column]).startswith(second)
    assert "name" not in changed.after or column == "name", "only what differs"


@pytest.mark.parametrize("kind", FILES)
def test_the_same_file_again_leaves_no_trace(office: Office, kind: str) -> None:
    text, value, _ = FILES[kind]
    office.imports(text.format(value), kind)
    before = office.counts()
    assert numbers(office.imports(text.format(value), kind)) == (0, 0, 1)
    assert office.counts() == before


def test_a_large_file_is_one_line_of_the_timeline_below_what_people_did(office: Office) -> None:
    rows = "".join(f"Acme,p{n}@acme.example,P{n}\n" for n in range(1200))
    office.imports("account,email,name\n" + rows, "contacts")
    office.imports(FILES["tasks"][0].format("low"), "tasks")
    acme = office.account("Acme")
    late = MONDAY + timedelta(minutes=1)
    office.add(
        AuditEntry(at=late, verb="account.assigned", subject="", account_id=acme.id,
                   before={}, after={"name": "Lee"})
    )  # fmt: skip
    words = told(office, acme.id)
    assert words[0] == "Owner changed from nobody to Lee"
    assert set(words[1:]) == {"1,200 contacts added by an import", "1 task added by an import"}


def test_imported_feedback_and_meetings_are_told_once(office: Office) -> None:
    office.imports(FILES["meetings"][0].format("x"), "meetings")
    office.imports(FILES["feedback"][0].format("3"), "feedback")
    assert told(office, office.account("Acme").id) == [
        "Meeting: QBR",
        "Happiness: Neutral (import)",
        "CSAT 3 of 5",
    ]


def happiness(office: Office) -> tuple[list[tuple[str, datetime]], list[str]]:
    stages = [(row.stage, row.since) for row in office.all(AccountPipeline)]
    return stages, sorted(row.tag for row in office.all(AccountTag))


def test_the_newest_feedback_says_how_happy_an_account_is(office: Office) -> None:
    text = "account,kind,score,at\n" + (
        "Acme,nps,10,2026-11-20\nAcme,nps,2,2024-05-01\nAcme,csat,3,2026-11-10\n"
    )
    office.imports(text, "feedback")
    day = datetime(2026, 11, 20, tzinfo=UTC)
    assert happiness(office) == ([("Very Happy", day)], ["Very Happy"])
    office.imports("account,kind,score,at\nAcme,nps,1,2025-01-01\n", "feedback")
    assert happiness(office) == ([("Very Happy", day)], ["Very Happy"])
    office.imports("account,kind,score,at\nAcme,nps,7,2026-11-22\n", "feedback")
    later = datetime(2026, 11, 22, tzinfo=UTC)
    assert happiness(office) == ([("Neutral", later)], ["Neutral"])
    moves = [e for e in office.all(AuditEntry) if e.verb == "account.happiness_changed"]
    assert [(move.before["level"], move.after["level"]) for move in moves] == [
        (None, "Very Happy"),
        ("Very Happy", "Neutral"),
    ]


def test_feedback_that_was_recorded_by_hand_since_counts_too(office: Office) -> None:
    acme = office.account("Acme")
    office.add(feedback(acme.id, score=10, at=MONDAY))
    office.imports("account,kind,score,at\nAcme,nps,1,2026-11-01\n", "feedback")
    assert happiness(office)[1] == ["Very Happy"]


def test_many_accounts_move_at_once(office: Office) -> None:
    names = [f"Site {n:04}" for n in range(1500)]
    office.add(*[account(name, domain=f"s{n}.example") for n, name in enumerate(names)])
    rows = "".join(f"{name},nps,{n % 11},2026-11-20\n" for n, name in enumerate(names))
    office.imports("account,kind,score,at\n" + rows, "feedback")
    _, tags = happiness(office)
    assert len(tags) == 1500
    assert {tags.count(level) > 100 for level in set(tags)} == {True}


def test_years_of_old_feedback_are_history_and_alert_nobody(office: Office) -> None:
    rows = "".join(f"Acme,nps,1,{year}-{m:02}-15\n" for year in (2024, 2025) for m in range(1, 13))
    office.imports(f"account,kind,score,at\n{rows}Acme,nps,0,2026-11-20\n", "feedback")
    with office.sessions.begin() as session:
        assert detect(session, settings=SETTINGS, now=MONDAY, kinds=["feedback"]).raised == 1
    (alert,) = office.all(Alert)
    (row,) = [row for row in office.all(Feedback) if row.score == 0]
    assert alert.subject == str(row.id)
