"""A file as records: every cell read, every bad one named, nothing looked up yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from csbot.imports.amounts import Amount
from csbot.imports.errors import BadCell, Problems
from csbot.imports.headers import Columns, header_currency, knows, match_headers
from csbot.imports.kinds import FIELDS, NAME, NOTES, Options, score_of
from csbot.imports.known import REQUIRED
from csbot.imports.text import Row, Sheet, read_sheet
from csbot.imports.words import SHEET_ERRORS, is_nothing, read_text

LINES_SHOWN = 5

Values = dict[str, Any]


@dataclass(slots=True)
class Record:
    """One row: only the fields whose cells hold something, so empty cells change nothing."""

    line: int
    values: Values
    custom: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Table:
    kind: str
    records: list[Record]
    titles: Mapping[str, str]  # the header in the file, by field
    problems: Problems
    notices: list[str]
    rows: int  # of the file, bad ones included
    remarks: dict[str, list[int]] = field(default_factory=dict)

    def remark(self, line: int, text: str) -> None:
        """A notice that many rows may share; it is shown once with their lines."""
        self.remarks.setdefault(text, []).append(line)

    def all_notices(self) -> list[str]:
        return self.notices + [f"{_lines(lines)}: {text}" for text, lines in self.remarks.items()]

    def bad(self, record: Record, name: str, value: object, mend: str) -> None:
        self.problems.add(record.line, self.titles.get(name, name), str(value), mend)


def read_table(raw: bytes, *, kind: str, options: Options) -> Table:
    """Everything the file says; raises UnusableFile when it is no table of this kind."""
    sheet = read_sheet(raw, knows=partial(knows, kind))
    columns = match_headers(kind, sheet)
    titles = {name: columns.title(name) for name in columns.of}
    rows = len(sheet.rows) + len(sheet.problems)
    table = Table(kind, [], titles, Problems(list(sheet.problems)), sheet.notices, rows)
    _mention_others(table, columns)
    readers = _readers(kind, sheet, columns, options)
    finish = FINISH.get(kind, _as_it_is)
    currency = _currency_of(columns)
    for row in sheet.rows:
        record = _record(row, columns, readers, table)
        if record is not None:
            finish(record, table, currency)
            table.records.append(record)
    return table


def _lines(lines: list[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:LINES_SHOWN])
    more = len(lines) - LINES_SHOWN
    rest = f" and {more} more" if more > 0 else ""
    return f"{'Line' if len(lines) == 1 else 'Lines'} {shown}{rest}"


def _mention_others(table: Table, columns: Columns) -> None:
    if not columns.others:
        return
    names = ", ".join(columns.others)
    kept = "kept as custom fields" if table.kind == "accounts" else "not known and left out"
    table.notices.append(f"Columns {kept}: {names}.")


def _currency_of(columns: Columns) -> str | None:
    named = (header_currency(columns.title(name)) for name in ("arr", "mrr") if name in columns.of)
    return next((code for code in named if code), None)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    places: tuple[int, ...]
    read: Callable[[str], object]
    text: bool
    required: bool

    def filled(self, row: Row) -> list[str]:
        cells = (row.cells[place] for place in self.places)
        return [cell for cell in cells if not is_nothing(cell, text=self.text)]


def _readers(kind: str, sheet: Sheet, columns: Columns, options: Options) -> list[_Column]:
    readers = []
    for name, places in columns.of.items():
        spec = FIELDS[kind][name]
        cells = [row.cells[places[0]] for row in sheet.rows]
        read = spec.prepare(cells, options)
        required = name in REQUIRED[kind] and (kind, name) != ("accounts", "name")
        readers.append(_Column(name, places, read, spec.text, required))
    return readers


def _record(row: Row, columns: Columns, readers: list[_Column], table: Table) -> Record | None:
    """None when a cell of the row is bad: the problems are in the table."""
    values: Values = {}
    good = True
    for column in readers:
        cells = column.filled(row)
        if not cells:
            good = _empty(row, column, table) and good
            continue
        try:
            values[column.name] = _value(column, cells)
        except BadCell as bad:
            table.problems.add(row.line, table.titles[column.name], cells[0], bad.mend)
            good = False
    record = Record(row.line, values)
    if table.kind == "accounts":
        good = _keep_others(record, row, columns, table) and good
    return record if good else None


def _value(column: _Column, cells: list[str]) -> object:
    """One value; for `account` every way the row names it, the surest first."""
    if column.name == "account":
        return [column.read(cell) for cell in cells]
    return column.read(cells[0])


def _empty(row: Row, column: _Column, table: Table) -> bool:
    if not column.required:
        return True
    title = table.titles[column.name]
    table.problems.add(row.line, title, "", "it is empty; fill it or delete the row.")
    return False


def _keep_others(record: Record, row: Row, columns: Columns, table: Table) -> bool:
    good = True
    for name, index in columns.others.items():
        if is_nothing(row.cells[index], text=True):
            continue
        if SHEET_ERRORS.match(row.cells[index]):
            table.remark(row.line, f"an error of the spreadsheet in {name} was left out.")
            continue
        try:
            record.custom[name[:NAME]] = read_text(row.cells[index], limit=NOTES, lines=True)
        except BadCell as bad:
            table.problems.add(row.line, name, row.cells[index], bad.mend)
            good = False
    return good


def _as_it_is(record: Record, table: Table, currency: str | None) -> None:
    pass


def _finish_account(record: Record, table: Table, currency: str | None) -> None:
    values = record.values
    if "name" not in values:
        if "domain" not in values:
            table.bad(record, "name", "", "it is empty; every account needs a name.")
            return
        values["name"] = values["domain"]
        table.remark(record.line, "no name, so the domain stands for it.")
    if "mrr" in values and "arr" not in values:
        mrr = values["mrr"]
        values["arr"] = Amount(mrr.value * 12, mrr.currencies, mrr.unclear)
        table.titles = {**table.titles, "arr": table.titles["mrr"]}
    values.pop("mrr", None)
    _settle_currency(record, table, "arr", currency)


def _finish_contact(record: Record, table: Table, currency: str | None) -> None:
    values = record.values
    parts = [values.pop(part) for part in ("first_name", "last_name") if part in values]
    if parts:
        values.setdefault("name", " ".join(parts)[:NAME])
    if values.pop("email_opt_out", False):
        values["opt_outs"] = ["email"]


def _finish_meeting(record: Record, table: Table, currency: str | None) -> None:
    kind = record.values.get("kind", "meeting")
    record.values.setdefault("title", kind[:1].upper() + kind[1:])


def _finish_feedback(record: Record, table: Table, currency: str | None) -> None:
    try:
        record.values["score"] = score_of(record.values["kind"], record.values["score"])
    except BadCell as bad:
        table.bad(record, "score", record.values["score"], bad.mend)


def _finish_revenue(record: Record, table: Table, currency: str | None) -> None:
    _settle_currency(record, table, "mrr", currency)


def _settle_currency(record: Record, table: Table, name: str, currency: str | None) -> None:
    """The amount as a number, and the currency that column, header or symbol say, if one does."""
    amount: Amount | None = record.values.get(name)
    said = record.values.get("currency") or currency
    if amount is None:
        return
    record.values[name] = amount.value
    meant = amount.currencies
    if said and meant and said not in meant:
        mend = f"it is in {meant[0]} and the currency is {said}; mend one of them."
        table.bad(record, name, meant[0], mend)
    elif not said and amount.unclear:
        listed = " or ".join(meant)
        table.bad(record, name, listed, f"its symbol may be {listed}; add a column currency.")
    elif said or meant:
        record.values["currency"] = said or meant[0]


FINISH: Mapping[str, Callable[[Record, Table, str | None], None]] = {
    "accounts": _finish_account,
    "contacts": _finish_contact,
    "meetings": _finish_meeting,
    "feedback": _finish_feedback,
    "revenue": _finish_revenue,
}
