"""Files in, rows in the database out, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.model import Account, AccountTag
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.home.model import Home
from csbot.imports.kinds import Options
from csbot.imports.reading import read_table
from csbot.imports.report import Report
from csbot.imports.service import import_file
from csbot.meetings.model import Meeting
from csbot.onboarding.model import StageSpell
from csbot.onboarding.stages import track
from csbot.outbox.model import OutgoingMessage
from csbot.renewals.model import Renewal
from csbot.revenue import Revenue
from csbot.settings import Config, Environment, Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from tests.builders import MONDAY, account, churn, contact, member, renewal

FOLDER = Path(__file__).parent.parent / "payloads" / "csv"
SETTINGS = Settings(env=Environment.model_validate({}), config=Config())

TEAM = "email,name,role,slack_id,timezone,manager_email\n" + (
    "dana@vendor.example,Dana Reyes,CSM,U0DANA0001,Europe/Berlin,priya@vendor.example\n"
    "priya@vendor.example,Priya Nair,manager,U0PRIYA001,,\n"
)
ACCOUNTS = "name,id,domain,owner_email,segment,arr,renewal_date,tags,Seats\n" + (
    'Acme,a1,acme.example,dana@vendor.example,SMB,"$48,000.00",2027-01-31,beta,40\n'
    "Globex,a2,globex.example,,Enterprise,,,,\n"
)


@dataclass
class Office:
    """Someone who imports files, and looks at what came of it."""

    sessions: sessionmaker[Session]

    def imports(self, text: str | bytes, kind: str, *, dry_run: bool = False) -> Report:
        raw = text if isinstance(text, bytes) else text.encode()
        table = read_table(raw, kind=kind, options=Options())
        with self.sessions.begin() as session:
            return import_file(
                session, table=table, by=None, now=MONDAY, dry_run=dry_run, settings=SETTINGS
            )

    def add(self, *rows: Any) -> None:
        with self.sessions.begin() as session:
            session.add_all(rows)

    def all(self, model: Any) -> list[Any]:
        with self.sessions() as session:
            return list(session.scalars(select(model).order_by(*model.__table__.primary_key)))

    def account(self, name: str) -> Account:
        with self.sessions() as session:
            return session.scalars(select(Account).where(Account.name == name)).one()

    def counts(self) -> dict[str, int]:
        models = (Account, AccountTag, Contact, TeamMember, Task, Meeting, Feedback, Revenue)
        with self.sessions() as session:
            return {
                model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
                for model in (*models, Renewal, AuditEntry)
            }


@pytest.fixture
def office(sessions: sessionmaker[Session]) -> Office:
    return Office(sessions)


def told(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


def numbers(report: Report) -> tuple[int, int, int]:
    assert told(report) == []
    return report.created, report.changed, report.unchanged


def test_the_team_is_added_and_managers_are_found_below(office: Office) -> None:
    assert numbers(office.imports(TEAM, "team")) == (2, 0, 0)
    dana, priya = office.all(TeamMember)
    assert (dana.role, dana.slack_id, dana.timezone) == ("csm", "U0DANA0001", "Europe/Berlin")
    assert (dana.manager_id, priya.manager_id) == (priya.id, None)
    assert (priya.timezone, priya.working_days) == ("UTC", [1, 2, 3, 4, 5])
    assert numbers(office.imports(TEAM, "team")) == (0, 0, 2)


def test_a_member_is_brought_up_to_date_and_keeps_the_rest(office: Office) -> None:
    office.imports(TEAM, "team")
    report = office.imports("email,name,role\nDANA@vendor.example,Dana R,manager\n", "team")
    assert numbers(report) == (0, 1, 0)
    dana = office.all(TeamMember)[0]
    assert (dana.name, dana.role, dana.slack_id) == ("Dana R", "manager", "U0DANA0001")


def test_who_gets_another_role_has_their_home_drawn_anew_if_they_ever_opened_it(office) -> None:
    office.imports(TEAM, "team")
    dana, _ = office.all(TeamMember)
    office.add(Home(member_id=dana.id, first_opened_at=MONDAY, opened_at=MONDAY, shown={}))
    for role, drawn in (("csm", 0), ("viewer", 1), ("viewer", 1)):
        office.imports(TEAM.replace("CSM", role).replace("manager,", f"{role},"), "team")
        assert [row.lane for row in office.all(OutgoingMessage)] == ["U0DANA0001"] * drawn


def test_of_the_team_an_address_and_a_role_are_enough(office: Office) -> None:
    rows = "email,role\ndana.reyes@vendor.example,csm\nops@vendor.example,admin\n"
    assert numbers(office.imports(rows, "team")) == (2, 0, 0)
    office.imports("email,name,role\nops@vendor.example,Lee Park,admin\n", "team")
    assert numbers(office.imports(rows, "team")) == (0, 0, 2)
    assert sorted(one.name for one in office.all(TeamMember)) == ["Dana Reyes", "Lee Park"]


def test_team_rows_that_contradict_each_other_are_refused(office: Office) -> None:
    office.add(member("Lee Park", slack_id="U0LEE00001"))
    report = office.imports(
        "email,name,role,slack_id,manager_email\n"
        "a@v.example,A,csm,U0LEE00001,nobody@v.example\n"
        "b@v.example,B,csm,U0B0000001,c@v.example\n"
        "c@v.example,C,csm,U0B0000001,b@v.example\n"
        "b@v.example,B,admin,,\n",
        "team",
    )
    reasons = told(report)
    assert any("line 2, slack_id: U0LEE00001 belongs to lee@vendor" in r for r in reasons)
    assert any("line 2, manager_email: nobody@v.example is neither" in r for r in reasons)
    assert any("line 4, slack_id: line 3 has the same" in r for r in reasons)
    assert any("line 5, email: line 3 has the same" in r for r in reasons)
    assert any("chain of managers" in r for r in reasons)
    assert len(office.all(TeamMember)) == 1


def test_accounts_are_added_with_owner_tags_process_and_renewal(office: Office) -> None:
    office.imports(TEAM, "team")
    assert numbers(office.imports(ACCOUNTS, "accounts")) == (2, 0, 0)
    acme, globex = office.account("Acme"), office.account("Globex")
    assert (acme.external_id, acme.domain, acme.arr) == ("a1", "acme.example", Decimal(48_000))
    assert (acme.currency, acme.segment, acme.process) == ("USD", "smb", "transactional")
    assert (acme.owner_id, acme.custom) == (office.all(TeamMember)[0].id, {"Seats": "40"})
    assert (globex.process, globex.arr, globex.owner_id) == ("enterprise", None, None)
    assert [(row.account_id, row.tag) for row in office.all(AccountTag)] == [(acme.id, "beta")]
    (due,) = office.all(Renewal)
    assert (due.account_id, due.due_on, due.amount_due) == (acme.id, date(2027, 1, 31), 48_000)
    assert (due.status, due.category, due.currency) == ("open", "probable", "USD")


@pytest.mark.parametrize("kind", ["accounts", "team"])
def test_the_same_file_again_changes_nothing(office: Office, kind: str) -> None:
    office.imports(TEAM, "team")
    office.imports(ACCOUNTS, "accounts")
    before = office.counts() | {"audit": 0}
    report = office.imports({"accounts": ACCOUNTS, "team": TEAM}[kind], kind)
    assert numbers(report) == (0, 0, 2)
    assert office.counts() | {"audit": 0} == before


def test_a_changed_cell_changes_the_account_and_an_empty_one_does_not(office: Office) -> None:
    office.imports(TEAM, "team")
    office.imports(ACCOUNTS, "accounts")
    report = office.imports("id,name,domain,arr,Notes\na1,Acme Ltd,,60000,hello\n", "accounts")
    assert numbers(report) == (0, 1, 0)
    acme = office.account("Acme Ltd")
    assert (acme.domain, acme.arr, acme.segment) == ("acme.example", Decimal(60_000), "smb")
    assert acme.custom == {"Seats": "40", "Notes": "hello"}
    assert acme.name_key == "acme ltd"
    assert acme.updated_at == MONDAY


@pytest.mark.parametrize(
    "row", ["a1,Other,other.example", ",Other,acme.example", ",ACME,", ",Acme,new.example"]
)
def test_an_account_is_found_by_id_else_domain_else_name(office: Office, row: str) -> None:
    office.add(account("Acme", external_id="a1"))
    assert numbers(office.imports(f"id,name,domain\n{row}\n", "accounts"))[0] == 0
    assert len(office.all(Account)) == 1


def test_an_id_is_taken_over_by_an_account_that_had_none(office: Office) -> None:
    office.add(account("Acme"))
    assert numbers(office.imports("id,name\nx9,Acme\n", "accounts")) == (0, 1, 0)
    assert office.account("Acme").external_id == "x9"


def test_another_id_is_another_account_even_with_the_same_name(office: Office) -> None:
    office.add(account("Acme", external_id="a1"))
    text = "id,name,domain\na2,Acme,acme.example\n"
    assert numbers(office.imports(text, "accounts")) == (1, 0, 0)
    assert numbers(office.imports(text, "accounts")) == (0, 0, 1)


def test_two_rows_about_one_account_are_refused(office: Office) -> None:
    report = office.imports("id,name\na1,Acme\na1,Acme Inc\n,Globex\n,globex\n", "accounts")
    assert told(report) == [
        "line 3, name: line 2 is about the same account; keep one of the two rows.",
        "line 5, name: line 4 is about the same account; keep one of the two rows.",
    ]
    assert office.all(Account) == []


def test_namesakes_with_their_own_domains_are_two_accounts(office: Office) -> None:
    text = "name,domain\nAcme,a.example\nAcme,b.example\n"
    assert numbers(office.imports(text, "accounts")) == (2, 0, 0)
    assert numbers(office.imports(text, "accounts")) == (0, 0, 2)


def test_a_name_that_fits_two_accounts_asks_for_the_id(office: Office) -> None:
    office.add(account("Acme", domain="a.example"), account("Acme", domain="b.example"))
    report = office.imports("name,arr\nAcme,5\n", "accounts")
    assert told(report) == ["line 2, name: 2 accounts have the name Acme; give its id."]


def test_an_owner_whose_address_is_unknown_is_refused(office: Office) -> None:
    office.imports(TEAM, "team")
    report = office.imports("name,owner_email\nAcme,dan@vendor.example\n", "accounts")
    (reason,) = told(report)
    assert "line 2, owner_email: nobody in the team has the address dan@vendor.example" in reason
    assert "did you mean dana@vendor.example?" in reason


def test_owners_by_name_are_matched_when_one_person_fits(office: Office) -> None:
    office.imports(TEAM, "team")
    text = "name,Account Owner,arr\nAcme,dana reyes,1\nGlobex,Robin Former,2\n"
    report = office.imports(text, "accounts")
    assert numbers(report) == (2, 0, 0)
    assert office.account("Acme").owner_id == office.all(TeamMember)[0].id
    assert report.notices == [
        "Line 3: the owner “Robin Former” is nobody of the team; left as it was."
    ]


def test_a_row_without_a_name_is_told_among_the_others(office: Office) -> None:
    report = office.imports("name,arr,plan\nA,abc,\n,100,\nB,1,\nB,2,\n", "accounts")
    assert {(one.line, one.column) for one in report.problems.found} == {
        (2, "arr"), (3, "name"), (5, "name"),
    }  # fmt: skip


def test_one_bad_row_stops_the_whole_file(office: Office) -> None:
    before = office.counts()
    report = office.imports("name,arr\nAcme,5\nGlobex,forty\nInitech,6\n", "accounts")
    assert not report.ok
    assert report.rows == 3
    assert report.summary() == "Nothing was imported: 1 cell is wrong, in 1 of 3 rows of accounts."
    assert office.counts() == before


def test_a_dry_run_counts_and_changes_nothing(office: Office) -> None:
    office.add(account("Acme"))
    before = office.counts()
    report = office.imports("name,arr\nAcme,5\nGlobex,6\n", "accounts", dry_run=True)
    assert numbers(report) == (1, 1, 0)
    assert report.summary() == (
        "2 rows of accounts: 1 would be created, 1 would be changed, 0 unchanged."
    )
    assert office.counts() == before
    assert office.account("Acme").arr == Decimal(48_000)


def test_an_import_is_audited_as_a_whole_and_for_each_account(office: Office) -> None:
    office.add(account("Acme", arr=Decimal(5)))
    office.imports("name,arr\nAcme,7\nGlobex,6\n", "accounts")
    changed, added, whole = office.all(AuditEntry)
    assert (changed.verb, changed.before, changed.after) == (
        "import",
        {"arr": "5"},
        {"arr": "7.00"},
    )
    assert (added.verb, added.subject) == ("account.added", f"account:{added.account_id}")
    assert (added.after["name"], added.why) == ("Globex", "import, line 3")
    assert (whole.verb, whole.after) == ("import", {"created": 1, "changed": 1, "unchanged": 0})


def test_a_moved_renewal_date_moves_the_open_renewal(office: Office) -> None:
    office.imports("name,arr,renewal_date\nAcme,5000,2027-01-31\n", "accounts")
    office.imports("name,arr,renewal_date\nAcme,6000,2027-03-31\n", "accounts")
    (due,) = office.all(Renewal)
    assert (due.due_on, due.amount_due) == (date(2027, 3, 31), Decimal(6000))


def test_closed_renewals_stay_and_stale_dates_open_none(office: Office) -> None:
    office.add(account("Acme", renewal_on=None))
    office.add(renewal(office.account("Acme").id, due_on=date(2026, 1, 31), status="won"))
    text = "name,arr,renewal_date\nAcme,1,2026-01-31\nGlobex,1,2024-01-31\nInitech,1,2026-11-20\n"
    report = office.imports(text, "accounts")
    opened = [due for due in office.all(Renewal) if due.status == "open"]
    assert [due.due_on for due in opened] == [date(2026, 11, 20)]
    assert report.notices == ["Lines 2, 3: the renewal date is long past and opens no renewal."]


def test_a_closed_renewal_is_followed_by_the_next(office: Office) -> None:
    office.add(account("Acme"))
    office.add(renewal(office.account("Acme").id, due_on=date(2026, 5, 1), status="won"))
    office.imports("name,renewal_date\nAcme,2027-05-01\n", "accounts")
    assert [(due.due_on, due.status) for due in office.all(Renewal)] == [
        (date(2026, 5, 1), "won"),
        (date(2027, 5, 1), "open"),
    ]


def test_a_new_account_in_onboarding_begins_its_track(office: Office) -> None:
    text = "name,arr,lifecycle_stage\nAcme,5,Onboarding\nGlobex,900000,onboarding\nInitech,5,\n"
    assert numbers(office.imports(text, "accounts")) == (3, 0, 0)
    begun = {row.name: (row.lifecycle_stage, row.onboarding_stage) for row in office.all(Account)}
    assert begun == {
        "Acme": ("onboarding", track("transactional")[0].key),
        "Globex": ("onboarding", track("enterprise")[0].key),
        "Initech": ("adoption", None),
    }
    assert numbers(office.imports(text, "accounts")) == (0, 0, 3)
    spells = [(one.process, one.stage, one.days, one.ended_at) for one in office.all(StageSpell)]
    first = [track(name)[0] for name in ("transactional", "enterprise")]
    assert spells == [
        (name, stage.key, stage.days, None)
        for name, stage in zip(("transactional", "enterprise"), first, strict=True)
    ]
    began = [row.onboarding_began_at for row in office.all(Account)]
    assert began == [one.begun_at for one in office.all(StageSpell)] + [None]


def test_a_file_does_not_move_an_account_that_csbot_onboards(office: Office) -> None:
    stage = track("transactional")[1].key
    office.add(
        account("Acme", lifecycle_stage="onboarding", onboarding_stage=stage),
        account("Globex", lifecycle_stage="adoption"),
        account("Initech", lifecycle_stage="adoption"),
    )
    text = "name,lifecycle_stage\nAcme,customer\nGlobex,onboarding\nInitech,Renewal\n"
    assert numbers(office.imports(text, "accounts")) == (0, 1, 2)
    assert [row.lifecycle_stage for row in office.all(Account)] == [
        "onboarding",
        "adoption",
        "renewal",
    ]


def test_a_file_that_knows_no_churn_brings_nobody_back(
    office: Office,
) -> None:
    past, left = date(2026, 10, 31), {"lifecycle_stage": "churned", "arr": Decimal(0)}
    office.add(
        account("Acme", **left, renewal_on=past), account("Stays", renewal_on=past),
        account("Back", lifecycle_stage="adoption", arr=Decimal(9), renewal_on=past),
        account("Unsaid", lifecycle_stage="churned", renewal_on=past),
    )  # fmt: skip
    for name, over in (
        ("Acme", {}), ("Back", {}), ("Stays", {"applied_at": None}),
        ("Unsaid", {"withdrawn_at": MONDAY}),
    ):  # fmt: skip
        office.add(churn(office.account(name).id, **over))
    text = "name,lifecycle_stage,arr,renewal_date,industry\n" + "".join(
        f"{name},renewal,50000,2027-10-31,Ships\n" for name in ("Acme", "Back", "Stays", "Unsaid")
    )
    assert numbers(office.imports(text, "accounts")) == (0, 4, 0)
    kept, *rest = office.all(Account)
    assert kept.industry == "Ships"
    assert (kept.lifecycle_stage, kept.arr, kept.renewal_on) == ("churned", 0, past)
    assert {(one.lifecycle_stage, one.arr, one.renewal_on) for one in rest} == {
        ("renewal", 50_000, date(2027, 10, 31))
    }
    assert numbers(office.imports(text, "accounts")) == (0, 0, 4)


def test_who_is_marked_as_churned_renews_nothing_and_a_stage_that_sounds_like_it_is_told(
    office: Office,
) -> None:
    def text(acme: str) -> str:
        rows = (f"Acme,{acme}", "Globex,Churned", "Initech,Former Customer", "Umbrella,Adoption")
        return "name,lifecycle_stage,arr,renewal_date\n" + "".join(
            f"{row},5000,2027-01-31\n" for row in rows
        )

    report = office.imports(text("customer"), "accounts")
    assert report.notices == [
        "Line 4: “former customer” counts as a customer; who has left is “churned” in csbot."
    ]
    names = {one.id: one.name for one in office.all(Account)}
    opened = [names[one.account_id] for one in office.all(Renewal)]
    assert opened == ["Acme", "Initech", "Umbrella"]

    for stage, status in (("churned", "withdrawn"), ("adoption", "open")):
        office.imports(text(stage), "accounts")
        assert [one.status for one in office.all(Renewal)] == [status, "open", "open"]


def test_contacts_find_their_account_by_id_domain_or_name(office: Office) -> None:
    office.imports("name,id,domain\nAcme,a1,acme.example\nGlobex,,globex.example\n", "accounts")
    text = "account,email,name,role,last_login_at\n" + (
        "a1,Ann@acme.example,Ann Lee,DECISION_MAKER,2026-11-01 10:00\n"
        "https://www.acme.example,bob@acme.example,Bob,,\n"
        "globex,cyd@globex.example,Cyd,,\n"
    )
    assert numbers(office.imports(text, "contacts")) == (3, 0, 0)
    ann, bob, cyd = office.all(Contact)
    acme, globex = office.all(Account)
    assert [ann.account_id, bob.account_id, cyd.account_id] == [acme.id, acme.id, globex.id]
    assert (ann.email, ann.role, ann.opt_outs) == ("ann@acme.example", "decision maker", [])
    assert ann.last_login_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert numbers(office.imports(text, "contacts")) == (0, 0, 3)


def test_a_login_and_an_opt_out_are_never_taken_back(office: Office) -> None:
    office.add(account("Acme"))
    acme = office.account("Acme")
    late = MONDAY - timedelta(days=1)
    office.add(contact(acme.id, email="ann@acme.example", last_login_at=late, opt_outs=["sms"]))
    text = "account,email,last_login_at,Email Opt Out\nAcme,ann@acme.example,{},{}\n"
    assert numbers(office.imports(text.format("2026-01-01", "true"), "contacts")) == (0, 1, 0)
    assert numbers(office.imports(text.format("2026-01-01", "false"), "contacts")) == (0, 0, 1)
    (ann,) = office.all(Contact)
    assert (ann.last_login_at, ann.opt_outs) == (late, ["email", "sms"])


def test_an_unknown_account_is_answered_with_the_nearest(office: Office) -> None:
    office.add(account("Quietwater Freight"))
    report = office.imports(
        "account,email\nQuietwatter,a@b.example\nzzzz,c@d.example\n", "contacts"
    )
    assert told(report) == [
        "line 2, account: no account has the id, domain or exact name “Quietwatter”; "
        "did you mean Quietwater Freight?",
        "line 3, account: no account has the id, domain or exact name “zzzz”.",
    ]


def test_without_accounts_the_order_of_files_is_said(office: Office) -> None:
    (reason,) = told(office.imports("account,email\nAcme,a@b.example\n", "contacts"))
    assert "import accounts first" in reason


def test_the_same_contact_twice_counts_once_unless_the_rows_differ(office: Office) -> None:
    office.add(account("Acme"))
    same = "account,email,name\nAcme,a@b.example,Ann\nacme.example,A@b.example,Ann\n"
    report = office.imports(same, "contacts")
    assert numbers(report) == (1, 0, 0)
    assert report.notices == ["Line 3: the same as a line above, so it counts once."]
    report = office.imports(same.replace("A@b.example,Ann", "A@b.example,Anna"), "contacts")
    assert told(report) == [
        "line 3, email: line 2 says otherwise of the same; keep one of the rows."
    ]


def test_tasks_go_to_the_assignee_or_the_owner(office: Office) -> None:
    office.imports(TEAM, "team")
    office.imports(ACCOUNTS, "accounts")
    text = "account,title,due,priority,assignee_email\n" + (
        "Acme,Call legal,2026-12-01,Urgent,priya@vendor.example\n"
        "acme.example,Send deck,12/31/2026,,\n"
    )
    assert numbers(office.imports(text, "tasks")) == (2, 0, 0)
    dana, priya = office.all(TeamMember)
    call, send = office.all(Task)
    assert (call.assignee_id, call.priority, call.due_on) == (priya.id, "high", date(2026, 12, 1))
    assert (send.assignee_id, send.priority) == (dana.id, "normal")
    assert numbers(office.imports(text, "tasks")) == (0, 0, 2)


def test_meetings_are_found_by_start_and_title(office: Office) -> None:
    office.add(account("Acme"))
    text = "account,title,kind,starts_at,duration_minutes,attendees,agenda\n" + (
        'Acme,QBR,Qbr,2026-12-01 10:00,45,"Ann <ann@acme.example>; Bob","Goals\nNext year"\n'
        "Acme,,,2026-12-02T09:00:00+01:00,,,\n"
    )
    assert numbers(office.imports(text, "meetings")) == (2, 0, 0)
    review, plain = office.all(Meeting)
    assert (review.kind, review.duration_minutes) == ("qbr", 45)
    assert (review.attendees, review.agenda) == (["ann@acme.example", "Bob"], "Goals\nNext year")
    assert (plain.title, plain.kind, plain.duration_minutes) == ("Meeting", "meeting", 30)
    assert plain.starts_at == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert numbers(office.imports(text, "meetings")) == (0, 0, 2)
    longer = text.replace(",45,", ",60,")
    assert numbers(office.imports(longer, "meetings")) == (0, 1, 1)


def test_feedback_knows_what_is_negative_and_who_said_it(office: Office) -> None:
    office.add(account("Acme"))
    office.add(contact(office.account("Acme").id, email="ann@acme.example"))
    text = "account,email,kind,score,comment,at\n" + (
        "Acme,ann@acme.example,NPS,4,slow support,2026-11-01\n"
        "Acme,ann@acme.example,csat,4,,2026-11-02 10:00\n"
        "Acme,,happiness,2,,2026-11-03\n"
    )
    assert numbers(office.imports(text, "feedback")) == (3, 0, 0)
    (ann,) = office.all(Contact)
    stored = office.all(Feedback)
    assert [(row.kind, row.negative, row.contact_id) for row in stored] == [
        ("nps", True, ann.id),
        ("csat", False, ann.id),
        ("happiness", True, None),
    ]
    assert numbers(office.imports(text, "feedback")) == (0, 0, 3)
    assert numbers(office.imports(text.replace("NPS,4", "NPS,9"), "feedback")) == (0, 1, 2)
    assert [row.negative for row in office.all(Feedback)] == [False, False, True]


def test_feedback_without_a_date_is_not_doubled_either(office: Office) -> None:
    office.add(account("Acme"))
    text = "account,email,kind,score\nAcme,a@b.example,nps,9\nAcme,a@b.example,nps,3\n"
    assert numbers(office.imports(text, "feedback")) == (2, 0, 0)
    assert numbers(office.imports(text, "feedback")) == (0, 0, 2)


def test_revenue_takes_the_accounts_currency_and_is_kept_by_day(office: Office) -> None:
    office.add(account("Acme", currency="EUR"))
    text = "account,effective_on,mrr\nAcme,2026-01-01,2000\nAcme,2026-07-01,2500.5\n"
    assert numbers(office.imports(text, "revenue")) == (2, 0, 0)
    assert [(row.effective_on, row.mrr, row.currency) for row in office.all(Revenue)] == [
        (date(2026, 1, 1), Decimal(2000), "EUR"),
        (date(2026, 7, 1), Decimal("2500.50"), "EUR"),
    ]
    assert numbers(office.imports(text.replace("2500.5", "2600"), "revenue")) == (0, 1, 1)


def test_a_hubspot_portal_moves_in(office: Office) -> None:
    office.imports(TEAM, "team")
    companies = (FOLDER / "hubspot_companies.csv").read_bytes()
    people = (FOLDER / "hubspot_contacts.csv").read_bytes()
    report = office.imports(companies, "accounts")
    assert numbers(report) == (4, 0, 0)
    first, grapes, twin, nameless = office.all(Account)
    dana = office.all(TeamMember)[0]
    assert [a.owner_id for a in (first, grapes, twin, nameless)] == [dana.id, None, dana.id, None]
    assert (nameless.name, first.lifecycle_stage) == ("nameless.example", "customer")
    report = office.imports(people, "contacts")
    assert numbers(report) == (2, 0, 0)
    ann, juergen = office.all(Contact)
    assert (ann.account_id, juergen.account_id) == (first.id, grapes.id)
    assert juergen.opt_outs == ["email"]
    assert any("several companies" in notice for notice in report.notices)
    assert numbers(office.imports(companies, "accounts")) == (0, 0, 4)
    assert numbers(office.imports(people, "contacts")) == (0, 0, 2)


def test_a_salesforce_org_moves_in(office: Office) -> None:
    office.imports(TEAM, "team")
    reports = [
        ((FOLDER / f"salesforce_{kind}.csv").read_bytes(), kind)
        for kind in ("accounts", "contacts")
    ]
    assert [numbers(office.imports(*report)) for report in reports] == [(3, 0, 0), (2, 0, 0)]
    globex, initech, umbrella = office.all(Account)
    assert (globex.external_id, initech.external_id) == ("0015g00000AbCdE", "0015g00000AbCde")
    assert (umbrella.arr, umbrella.currency) == (Decimal(1_250_000), "EUR")
    assert umbrella.process == "enterprise"
    assert len(office.all(Renewal)) == 3
    assert [numbers(office.imports(*report)) for report in reports] == [(0, 0, 3), (0, 0, 2)]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def many(kind: str, count: int) -> str:
    if kind == "accounts":
        lines = [
            f"id{i},Company {i},c{i}.example,{1000 + i},2027-0{1 + i % 9}-15,beta"
            for i in range(count)
        ]
        return "\n".join(["id,name,domain,arr,renewal_date,tags", *lines])
    lines = [
        f"id{i % 10_000},p{i}@c.example,Person {i},champion,2026-11-{1 + i % 20:02d} 10:00"
        for i in range(count)
    ]
    return "\n".join(["account,email,name,role,last_login_at", *lines])


@pytest.mark.parametrize("kind", ["accounts", "contacts"])
def test_ten_rows_and_a_thousand_cost_the_same_number_of_statements(
    office: Office, engine: Engine, kind: str
) -> None:
    if kind == "contacts":
        office.imports(many("accounts", 1000), "accounts")
    with counted(engine) as few:
        office.imports(many(kind, 10), kind)
    with counted(engine) as more:
        office.imports(many(kind, 1000), kind)
    with counted(engine) as again:
        office.imports(many(kind, 1000), kind)
    assert len(more) - len(few) <= 2, "one update of the rows that were there, no more"
    assert len(again) <= len(few)


def test_ten_thousand_accounts_and_fifty_thousand_contacts_in_one_go(office: Office) -> None:
    assert numbers(office.imports(many("accounts", 10_000), "accounts")) == (10_000, 0, 0)
    assert numbers(office.imports(many("contacts", 50_000), "contacts")) == (50_000, 0, 0)
    counts = office.counts()
    assert (counts["accounts"], counts["contacts"]) == (10_000, 50_000)
    assert (counts["renewals"], counts["account_tags"]) == (10_000, 10_000)
