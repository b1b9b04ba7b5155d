import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from csbot.imports.amounts import Mark
from csbot.imports.dates import Order
from csbot.imports.errors import SHOWN, UnusableFile
from csbot.imports.kinds import FIELDS, Options
from csbot.imports.known import KNOWN, REQUIRED
from csbot.imports.reading import Table, read_table

FOLDER = Path(__file__).parent.parent / "payloads" / "csv"


def read(text: str, kind: str = "accounts", options: Options | None = None) -> Table:
    return read_table(text.encode(), kind=kind, options=options or Options())


def read_file(name: str, kind: str = "accounts") -> Table:
    return read_table((FOLDER / name).read_bytes(), kind=kind, options=Options())


def told(table: Table) -> list[str]:
    return [str(problem) for problem in table.problems]


def column(table: Table, name: str) -> Sequence[object]:
    return [record.values.get(name) for record in table.records]


def test_every_field_has_header_names_and_a_way_to_be_read() -> None:
    assert {kind: set(fields) for kind, fields in FIELDS.items()} == {
        kind: set(names) for kind, names in KNOWN.items()
    }
    assert all(set(names) <= set(FIELDS[kind]) for kind, names in REQUIRED.items())


OURS = {
    "accounts": "name id domain owner_email segment plan arr currency lifecycle_stage "
    "renewal_date contract_months created_at industry channel tags",
    "contacts": "account email name role title phone last_login_at created_at",
    "team": "email name role slack_id timezone manager_email country away_from away_until "
    "cover_email",
    "tasks": "account title due priority assignee_email",
    "meetings": "account title kind starts_at duration_minutes organizer_email attendees agenda",
    "feedback": "account email kind score comment at",
    "revenue": "account effective_on mrr currency",
}
ROWS = {
    "accounts": "Acme,a1,acme.example,d@v.example,SMB,Pro,48000,EUR,Adoption,2027-01-31,12,"
    "2024-01-01,Retail,#acme,beta",
    "contacts": "Acme,a@acme.example,Ann,Champion,CTO,+1,2026-11-01T10:00:00Z,2024-01-01",
    "team": "d@v.example,Dana,CSM,U0123456,Europe/Berlin,m@v.example,DE,2026-12-01,2026-12-04,"
    "l@v.example",
    "tasks": "Acme,Call legal,2026-12-31,high,d@v.example",
    "meetings": "Acme,QBR,qbr,2026-12-01 10:00,45,d@v.example,ann@acme.example,Goals",
    "feedback": "Acme,a@acme.example,nps,4,slow,2026-11-01",
    "revenue": "Acme,2026-01-01,2000,EUR",
}


@pytest.mark.parametrize("kind", OURS)
def test_our_own_headers_fill_every_field(kind: str) -> None:
    names = OURS[kind].split()
    table = read(f"{','.join(names)}\n{ROWS[kind]}\n", kind)
    assert told(table) == []
    assert set(table.records[0].values) == set(names)
    assert table.all_notices() == []


def test_the_documents_mark_the_columns_that_are_required() -> None:
    rows = re.findall(r"^\| (\w+) \| (.*`.*) \|$", Path("docs/import.md").read_text(), re.M)
    marked = {kind: tuple(re.findall(r"`(\w+)\*`", columns)) for kind, columns in rows}
    assert {kind: set(marked[kind]) for kind in REQUIRED} == {
        k: set(v) for k, v in REQUIRED.items()
    }


@pytest.mark.parametrize(
    ("text", "kind", "reasons"),
    [
        ("a,b,c\n1,2,3\n", "accounts", ["Missing header for accounts: name", "holds: a, b, c"]),
        ("1,2,3\n", "accounts", ["Missing header", "Expected name (required); id, domain"]),
        ("account,name\nAcme,Ann\n", "team", ["Missing headers for team: email, role"]),
        ("acount,email\nAcme,a@b.example\n", "contacts", ["Is “acount” the account? Then rename"]),
        (
            "Name,Name,ARR\nAcme,Ann,1\n",
            "accounts",
            ["Columns 1 (Name), 2 (Name) are all read as name and differ, first in line 2"],
        ),
        ("account,e-mail,email\nA,a@b.example,\n", "contacts", ["2 (e-mail), 3 (email)"]),
    ],
)
def test_a_header_that_does_not_do_says_what_is_found_and_missing(
    text: str, kind: str, reasons: list[str]
) -> None:
    with pytest.raises(UnusableFile) as refused:
        read(text, kind)
    for reason in reasons:
        assert reason in str(refused.value)


def test_the_same_column_twice_with_the_same_cells_does_no_harm() -> None:
    table = read("name,Name ,arr\nAcme,Acme,5\n")
    assert table.records[0].values == {"name": "Acme", "arr": Decimal(5)}


def test_our_own_name_for_a_column_wins_and_the_other_is_kept() -> None:
    table = read("name,id,Record ID\nAcme,a1,77\n")
    assert table.records[0].values["id"] == "a1"
    assert table.records[0].custom == {"Record ID": "77"}


def test_unknown_columns_are_custom_fields_of_accounts_and_left_out_elsewhere() -> None:
    accounts = read("name,Seats,,Empty\nAcme,40,x,\n")
    assert accounts.records[0].custom == {"Seats": "40"}
    assert accounts.all_notices() == [
        "Column 3 has no header and was left out (line 2 fills it).",
        "Columns kept as custom fields: Seats.",
    ]
    team = read("email,name,role,Shoe size\na@b.example,Ann,csm,41\n", "team")
    assert team.all_notices() == ["Columns not known and left out: Shoe size."]


def test_every_bad_cell_is_named_by_line_column_and_mend() -> None:
    table = read(
        "name,domain,ARR,Renewal Date,created at\n"
        "Acme,acme.example,48k,2027-01-31,\n"
        ",,1,2026-02-30,yesterday\n"
        "Globex,globex,-5,4/5/2027,2024-01-01\n"
    )
    assert told(table) == [
        "line 2, ARR: “48k” is abbreviated; write it in full, like 48000.",
        "line 3, Renewal Date: “2026-02-30” does not exist: February 2026 has 28 days; "
        "write it like 2026-12-31.",
        "line 3, created at: “yesterday” is not a date; write it like 2026-12-31.",
        "line 4, domain: “globex” is not a domain; write it like acme.com.",
        "line 4, ARR: it is below zero; write what the account pays, or 0.",
        "line 4, Renewal Date: “4/5/2027” can be read two ways and no row of the column settles "
        "it; run again with --dates day-first or --dates month-first.",
    ]


def test_all_problems_are_counted_and_the_first_are_shown() -> None:
    table = read("name,arr\n" + "Acme,forty\n" * 120)
    assert len(table.problems) == 120
    assert len(table.problems.shown()) == SHOWN
    assert table.problems.more() == 120 - SHOWN


def test_the_flags_settle_what_the_file_does_not() -> None:
    text = "name,arr,renewal_date\nAcme,2.000,4/5/2027\n"
    assert len(read(text).problems) == 2
    options = Options(dates=Order.DAY_FIRST, numbers=Mark.COMMA)
    values = read(text, options=options).records[0].values
    assert (values["arr"], values["renewal_date"]) == (Decimal(2000), date(2027, 5, 4))


def test_another_column_does_not_settle_this_one() -> None:
    table = read("name,renewal_date,created_at\nAcme,4/5/2027,31/12/2024\n")
    assert [problem.column for problem in table.problems] == ["renewal_date"]


def test_times_without_zone_are_in_the_files_zone() -> None:
    options = Options(zone=ZoneInfo("America/New_York"))
    table = read("account,starts_at\nAcme,2026-12-01 10:00\n", "meetings", options)
    assert table.records[0].values["starts_at"] == datetime(2026, 12, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "cells", "currency"),
    [
        ("name,arr", "Acme,5", None),
        ("name,arr,currency", "Acme,5,eur", "EUR"),
        ("name,ARR (EUR)", "Acme,5", "EUR"),
        ("name,MRR (€)", "Acme,5", "EUR"),
        ("name,arr", "Acme,£5", "GBP"),
        ("name,arr,currency", "Acme,$5,CAD", "CAD"),
        ("name,arr", "Acme,$5", "USD"),
    ],
)
def test_the_currency_is_that_of_the_column_the_header_or_the_symbol(
    header: str, cells: str, currency: str | None
) -> None:
    table = read(f"{header}\n{cells}\n")
    assert told(table) == []
    assert table.records[0].values.get("currency") == currency


@pytest.mark.parametrize(
    ("row", "mend"),
    [
        ("Acme,€5,USD", "it is in EUR and the currency is USD; mend one of them."),
        ("Acme,5 kr,", "its symbol may be SEK or NOK or DKK or ISK; add a column currency."),
        ("Acme,5,Euro", "“Euro” is not a currency code; write it like EUR or USD."),
    ],
)
def test_a_currency_in_doubt_is_refused(row: str, mend: str) -> None:
    (problem,) = read(f"name,arr,currency\n{row}\n").problems
    assert problem.mend == mend


def test_scores_are_checked_on_the_scale_of_their_kind() -> None:
    table = read(
        "account,kind,score\nA,NPS,10\nA,csat,10\nA,happiness,3\nA,nsp,3\nA,nps,\n", "feedback"
    )
    assert told(table) == [
        "line 3, score: 10 is not on the scale; it goes from 1 to 5.",
        "line 5, kind: “nsp” is not one of nps, csat, happiness; did you mean nps?",
        "line 6, score: it is empty; fill it or delete the row.",
    ]


def test_an_empty_cell_says_nothing_about_the_field() -> None:
    assert read("name,domain,arr,tags\nAcme,,N/A,-\n").records[0].values == {"name": "Acme"}


def test_tags_and_attendees_are_lists() -> None:
    tags = read('name,tags\nAcme,"Beta; VIP,beta"\n').records[0].values["tags"]
    assert tags == ["beta", "vip"]
    people = "Ann Lee <Ann@acme.example>; Bob"
    table = read(f"account,starts_at,attendees\nA,2026-12-01 10:00,{people}\n", "meetings")
    assert table.records[0].values["attendees"] == ["ann@acme.example", "Bob"]


def test_a_meeting_without_title_is_called_by_its_kind() -> None:
    table = read("account,starts_at,kind\nA,2026-12-01 10:00,QBR\n", "meetings")
    assert table.records[0].values["title"] == "Qbr"


def test_a_company_without_name_is_called_by_its_domain() -> None:
    table = read("name,domain\n,acme.example\n,\n,globex.example\n,\nInitech,\n")
    assert column(table, "name") == ["acme.example", "globex.example", "Initech"]
    assert table.all_notices() == ["Lines 2, 4: no name, so the domain stands for it."]


def test_a_hubspot_export_is_read_whole() -> None:
    table = read_file("hubspot_companies.csv")
    assert told(table) == []
    assert column(table, "id") == ["8100000001", "8100000002", "8100000003", "8100000004"]
    assert column(table, "domain")[0] == "quietwater.example"
    assert column(table, "industry")[0] == "Logistics and supply chain"
    assert column(table, "owner")[:2] == ["Dana Reyes", None]
    assert column(table, "arr") == [None] * 4, "the customer's revenue is not what it pays us"
    assert table.records[0].custom["Annual Revenue"] == "4000000"


def test_hubspot_contacts_name_their_company_by_id_and_by_name() -> None:
    table = read_file("hubspot_contacts.csv", "contacts")
    assert told(table) == []
    assert column(table, "account")[0] == ["8100000001", "Quietwater Freight"]
    assert column(table, "name") == ["Ann Lee", "Jürgen Groß-Müller"]
    assert column(table, "opt_outs") == [None, ["email"]]


def test_a_salesforce_report_is_read_without_its_footer() -> None:
    table = read_file("salesforce_accounts.csv")
    assert told(table) == []
    assert column(table, "id") == ["0015g00000AbCdE", "0015g00000AbCde", "0015g00000XyZ12AAB"]
    assert column(table, "name")[2] == "Umbrella & Söhne"
    assert column(table, "renewal_date") == [
        date(2027, 3, 31),
        date(2027, 1, 2),
        date(2026, 12, 15),
    ]
    assert column(table, "currency") == ["EUR", "USD", "EUR"]
    assert any("Windows-1252" in notice for notice in table.notices)
    assert any("footer" in notice for notice in table.notices)


def test_salesforce_contacts_keep_their_lines_straight() -> None:
    table = read_file("salesforce_contacts.csv", "contacts")
    assert told(table) == []
    assert [record.line for record in table.records] == [2, 4]
    assert column(table, "name") == ["Ann Lee", "Sample"]


@pytest.mark.parametrize("name", ["german_excel.csv", "german_excel_cp1252.csv"])
def test_german_excel_is_read(name: str) -> None:
    table = read_file(name)
    assert told(table) == []
    assert column(table, "id") == ["00042", "00043", "00044"]
    assert column(table, "arr") == [Decimal("14814.72"), Decimal(150), Decimal(24000)]
    assert column(table, "currency") == ["EUR"] * 3
    assert column(table, "renewal_date") == [date(2027, 3, 31), date(2027, 4, 1), None]


def test_excel_unicode_text_is_read() -> None:
    table = read_file("excel_unicode_text.csv")
    assert column(table, "name") == ["Example Company", "例 株式会社"]
    assert column(table, "arr") == [Decimal(24000), Decimal(1200000)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("churnzero_accounts.csv", {"id": "acct-42", "owner": "dana@vendor.example"}),
        ("gainsight_companies.csv", {"arr": Decimal(24000), "lifecycle_stage": "adopting"}),
        ("vitally_accounts.csv", {"arr": Decimal(24000), "renewal_date": date(2027, 3, 31)}),
        ("clientsuccess_clients.csv", {"segment": "enterprise", "id": "0015g00000XyZ12AAB"}),
        ("totals_and_note.csv", {"arr": Decimal(24000)}),
    ],
)
def test_other_programs_files_are_read(name: str, expected: dict[str, object]) -> None:
    table = read_file(name)
    assert told(table) == []
    assert len(table.records) == 2
    values = table.records[0].values
    assert values["name"] == "Vandelay Imports"
    assert {key: values[key] for key in expected} == expected


def test_formulas_and_markup_stay_text() -> None:
    table = read_file("formula_cells.csv")
    assert told(table) == []
    assert column(table, "name") == ["Vandelay Imports", "@mention Ltd", "<!channel> & Co"]
    assert table.records[0].custom["Note"] == "-1 seat next month"
    assert table.all_notices()[-1] == "Line 4: an error of the spreadsheet in Link was left out."


@pytest.mark.parametrize(
    ("cell", "mend"),
    [("x" * 201, "201 characters, at most 200"), ("a\x07b", "control character U+0007")],
)
def test_a_name_that_cannot_be_kept_is_refused(cell: str, mend: str) -> None:
    (problem,) = read(f"name,arr\n{cell},1\n").problems
    assert mend in problem.mend
