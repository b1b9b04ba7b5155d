import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.imports.errors import UnusableFile
from csbot.imports.text import read_sheet

KNOWN = {"Account", "Owner", "ARR", "Name", "Firma"}


def knows(header: str) -> bool:
    return header.strip() in KNOWN


def cells(raw: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in read_sheet(raw, knows=knows).rows]


def lines(raw: bytes) -> list[int]:
    return [row.line for row in read_sheet(raw, knows=knows).rows]


TABLE = "Account,Owner,ARR\r\nMüller,Ann,1\r\n例,Lee,2\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.encode("utf-16-le"),
        b"\xfe\xff" + TABLE.encode("utf-16-be"),
        TABLE.replace("\r\n", "\n").encode(),
        TABLE.replace("\r\n", "\r").encode(),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode("utf-16"),
        TABLE.replace(",", "|").encode(),
        b"sep=,\r\n" + TABLE.encode(),
        ("sep=;\r\n" + TABLE.replace(",", ";")).encode("utf-8-sig"),
        ("\r\n\r\n" + TABLE).encode(),
        TABLE.rstrip().encode(),
        TABLE.replace(",", ", ").encode(),
        TABLE.replace("\r\n", ",,,\r\n").encode(),
    ],
)
def test_the_same_table_in_every_encoding_and_shape(raw: bytes) -> None:
    stripped = [tuple(cell.strip() for cell in row) for row in cells(raw)]
    assert stripped == [("Müller", "Ann", "1"), ("例", "Lee", "2")]


def test_windows_text_is_read_and_said_so() -> None:
    sheet = read_sheet("Firma;ARR\r\nMüller;€ 5 „x“\r\n".encode("cp1252"), knows=knows)
    assert sheet.rows[0].cells == ("Müller", "€ 5 „x“")
    assert "read as Windows-1252 (line 2: “Müller;€" in sheet.notices[0]


def test_windows_text_that_happens_to_be_utf_8_is_windows_text() -> None:
    raw = "Firma;Notiz\nMüller;„Spaß“, groß…\n« Café »;MENÜ“ é\xa0»\n".encode("cp1252")
    assert cells(raw)[1] == ("« Café »", "MENÜ“ é\xa0»")
    assert cells(b"Account\n\x93AKTIEBOLAGET \xc4\x94\nM\xfcller\n")[0] == ("“AKTIEBOLAGET Ä”",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "The file is empty"),
        (b"\n", "The file is empty"),
        (b"\xef\xbb\xbf\r\n", "The file is empty"),
        (b",,\n,,\n", "holds no text"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xff\xfe\x00\x00A\x00\x00\x00", "UTF-32"),
        (b"\xff\xfeA\x00,", "breaks off"),
        (b"Account,ARR\nAcme,1\n\x00,2\n", "Line 3: it holds a zero byte"),
        ("Account,Owner\nMüller,Ä\nÖ".encode() + b"\xe4\n", "Line 3: a character is broken"),
        (
            b"Account\nCaf\xe9\n" + "Café Two\n".encode(),
            "Line 3: here the file is UTF-8, but line 2",
        ),
        (b"Account\rM\xfcller \xe9t\xe9\r" + "例".encode() * 2, "Line 3: here the file is UTF-8"),
        (b"A,B\nCaf\xe9," + "Café".encode() + b"\n", "Line 2: here the file is UTF-8, but another"),
        (b"Account\n\x81\x8d\n", "Line 2: a character is broken"),
        (b'Account,ARR\nAcme,1\n"Globex,2\nInitech,3\n', "Line 3: a quoted cell begins here"),
        (b'Account,ARR\n"' + b"x" * 200_000 + b'",1\n', "Line 2: a cell is longer than any text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_where(raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        read_sheet(raw, knows=knows)
    assert reason in str(refused.value)


def test_quotes_delimiters_and_line_breaks_inside_cells() -> None:
    raw = (
        b'"Account","Note","ARR"\r\n"Acme","one\ntwo\r\nsays ""three"", end","1"\r\n'
        b'The "Big" Inc.,stray "quote,2\r\n"Globex, Ltd" ,"closed and more" text,3\r\n'
    )
    assert cells(raw) == [
        ("Acme", 'one\ntwo\r\nsays "three", end', "1"),
        ('The "Big" Inc.', 'stray "quote', "2"),
        ("Globex, Ltd ", "closed and more text", "3"),
    ]
    assert lines(raw) == [2, 5, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_the_file(end: str) -> None:
    text = end.join(["sep=;", "", "Account;ARR", "Acme;1", "", '"Two', 'lines";2', "Initech;3"])
    assert lines(text.encode()) == [4, 6, 8]


def test_a_decimal_comma_does_not_pass_for_a_delimiter() -> None:
    assert cells(b"Firma;ARR\nAcme;1.234,56\nGlobex;2,5\n") == [
        ("Acme", "1.234,56"),
        ("Globex", "2,5"),
    ]


def test_one_column_alone_needs_no_delimiter() -> None:
    assert cells(b"Name\nAcme\nGlobex; Initech\n") == [("Acme",), ("Globex; Initech",)]


def test_lines_above_the_header_are_left_out_and_said() -> None:
    sheet = read_sheet(b"My report\n2026\n\nAccount,Owner\nAcme,Ann\n", knows=knows)
    assert sheet.header == ("Account", "Owner")
    assert sheet.notices == ["Lines 1 to 3 stand above the header and were left out."]


FOOTER = (
    b'\n"All Accounts"\n"Copyright (c) 2000-2026 example. All rights reserved."\n'
    b'"Confidential Information - Do Not Distribute"\n"Generated By:  Ann  1/5/2026"\n"Us, Inc."\n'
)


def test_the_footer_of_a_report_is_left_out_and_said() -> None:
    sheet = read_sheet(b'"Account","ARR"\n"Acme","1"\n' + FOOTER, knows=knows)
    assert [row.cells for row in sheet.rows] == [("Acme", "1")]
    assert sheet.notices == ["Lines 4 to 8 are the report's footer and were left out."]


def test_the_footer_below_one_column_takes_no_rows_with_it() -> None:
    assert cells(b"Name\nAcme\n\nGlobex\n" + FOOTER) == [("Acme",), ("Globex",)]


def test_a_row_of_totals_is_left_out_but_a_customer_called_total_is_not() -> None:
    raw = b'Account,ARR,Owner\nTotal,5,ann@us.example\nAcme,1,\nTotal,"6,000.50",\n'
    sheet = read_sheet(raw, knows=knows)
    assert [row.line for row in sheet.rows] == [2, 3]
    assert sheet.notices == ["Line 4 is a row of totals and was left out."]


def test_short_rows_are_filled_and_empty_cells_in_excess_dropped() -> None:
    assert cells(b"Account,Owner,ARR\nAcme\nGlobex,Ann,1,,\n") == [
        ("Acme", "", ""),
        ("Globex", "Ann", "1"),
    ]


def test_a_row_with_too_many_cells_is_named_with_its_line() -> None:
    sheet = read_sheet(b"Account,ARR\nAcme,1\nGlobex,1,234\n", knows=knows)
    (problem,) = sheet.problems
    assert (problem.line, problem.column, problem.value) == (3, "cell 3", "234")
    assert "the row has 3 cells and the header 2; put quotes around" in problem.mend


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_any_quoted_cells_come_back_as_they_were(
    rows: list[tuple[str, str]], delimiter: str
) -> None:
    def line(row: tuple[str, str]) -> str:
        quoted = (cell.replace('"', '""') for cell in row)
        return delimiter.join(f'"{cell}"' for cell in quoted)

    kept = [("x" + first, "y" + second) for first, second in rows]
    raw = "\r\n".join(line(row) for row in [("Account", "Owner"), *kept]).encode("utf-8")
    assert cells(raw) == kept
