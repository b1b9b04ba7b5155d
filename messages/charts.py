"""Slack's own charts, within their limits. Whoever cannot see them reads the words beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from messages.blocks import Block
from messages.text import clean, clip

TITLE_MAX, LABEL_MAX, POINTS_MAX = 50, 20, 20
NATIVE = {"data_visualization", "data_table", "table"}


@dataclass(frozen=True)
class Bar:
    label: str
    value: Decimal


def bar_chart(bars: list[Bar], *, title: str, measured: str, x_label: str, y_label: str) -> Block:
    """One series named `measured`; the labels of `bars` differ from each other."""
    shown = [(_label(bar.label), float(bar.value)) for bar in bars[:POINTS_MAX]]
    return {
        "type": "data_visualization",
        "title": clip(clean(title), TITLE_MAX),
        "chart": {
            "type": "bar",
            "series": [
                {
                    "name": _label(measured),
                    "data": [{"label": label, "value": value} for label, value in shown],
                }
            ],
            "axis_config": {
                "categories": [label for label, _ in shown],
                "x_label": clip(clean(x_label), TITLE_MAX),
                "y_label": clip(clean(y_label), TITLE_MAX),
            },
        },
    }


def _label(text: str) -> str:
    return clip(clean(text).strip(), LABEL_MAX) or "–"


def without_charts(blocks: Sequence[Block]) -> list[Block]:
    """What is left where a workspace does not take Slack's own charts and tables."""
    return [block for block in blocks if block.get("type") not in NATIVE]
