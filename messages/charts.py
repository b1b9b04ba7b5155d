"""Slack's own charts, within their limits. Whoever cannot see them reads the words beside them."""

from calendar import month_name
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from messages.blocks import Block
from messages.text import Money, clean, clip

TITLE_MAX, LABEL_MAX, POINTS_MAX = 50, 20, 20
Picture = Literal["sent", "offered", "refused"] | None  # of a chart that Slack does not take
SENDABLE = ("sent", "offered")
NATIVE = {"data_visualization", "data_table", "table"}


@dataclass(frozen=True)
class Bar:
    label: str
    value: Decimal


def bar_chart(
    series: Mapping[str, Sequence[Bar]], *, title: str, x_label: str, y_label: str
) -> Block:
    """The bars of all series have the same labels in the same order."""
    labels = distinct([bar.label for bar in next(iter(series.values()))[:POINTS_MAX]])
    return {
        "type": "data_visualization",
        "title": clip(clean(title), TITLE_MAX),
        "chart": {
            "type": "bar",
            "series": [_series(name, labels, bars) for name, bars in series.items()],
            "axis_config": {
                "categories": labels,
                "x_label": clip(clean(x_label), TITLE_MAX),
                "y_label": clip(clean(y_label), TITLE_MAX),
            },
        },
    }


def _series(name: str, labels: list[str], bars: Sequence[Bar]) -> Block:
    points = zip(labels, bars, strict=False)
    data = [{"label": label, "value": float(bar.value)} for label, bar in points]
    return {"name": _label(name), "data": data}


def distinct(labels: Sequence[str]) -> list[str]:
    """Cut to what Slack takes; what would then be the same twice is numbered."""
    made = list[str]()
    for label in labels:
        short, count = _label(label), 1
        while short in made:
            count += 1
            short = f"{clip(_label(label), LABEL_MAX - 4)} {count}"
        made.append(short)
    return made


def _label(text: str) -> str:
    return clip(clean(text).strip(), LABEL_MAX) or "–"


def short_month(label: str) -> str:
    """January 2027 as Jan 2027: twelve of them stand below a chart, on a telephone too."""
    month, _, year = label.partition(" ")
    return f"{month[:3]} {year}".strip() if month and month in month_name else label


def thousands(amounts: Iterable[Money], currency: str | None = None) -> Decimal:
    """Of this currency, where it is one of several."""
    counted = (one.amount for one in amounts if currency in (None, one.currency))
    return round(sum(counted, Decimal(0)) / 1000, 1)


def without_charts(blocks: Sequence[Block]) -> list[Block]:
    """What is left where a workspace does not take Slack's own charts and tables."""
    return [block for block in blocks if block.get("type") not in NATIVE]
