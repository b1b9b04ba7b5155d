"""Tables of figures, for the terminal and for a page."""

from dataclasses import dataclass, field
from math import nan
from statistics import median

from rich.console import Console
from rich.table import Table as RichTable


@dataclass
class Table:
    """`columns` and every row have the same length; `notes` stand below."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append(tuple(str(cell) for cell in cells))


def show(table: Table, console: Console) -> None:
    drawn = RichTable(title=table.title, title_justify="left")
    for number, column in enumerate(table.columns):
        drawn.add_column(column, justify="left" if number == 0 else "right")
    for row in table.rows:
        drawn.add_row(*row)
    console.print(drawn)
    for note in table.notes:
        console.print(f"  {note}")


def markdown(table: Table) -> str:
    lines = [f"### {table.title}", "", _line(table.columns)]
    lines.append(_line(["---", *["---:"] * (len(table.columns) - 1)]))
    lines += [_line(row) for row in table.rows]
    lines += ["", *[f"- {note}" for note in table.notes], ""]
    return "\n".join(lines)


def _line(cells: "tuple[str, ...] | list[str]") -> str:
    return "| " + " | ".join(cells) + " |"


def ratio(subject: list[float], floor: list[float]) -> float:
    """The median of the rounds' own ratios: what disturbs the machine disturbs both."""
    pairs = zip(subject, floor, strict=True)
    return median([s / f for s, f in pairs if f] or [nan])  # 0: less than the clock can tell


def times(value: float) -> str:
    return f"{value:.2f}x" if value < 10 else f"{value:.0f}x"


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def verdict(good: bool) -> str:
    return "met" if good else "MISSED"
