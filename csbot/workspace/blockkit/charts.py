"""table, data_table and data_visualization."""

from typing import Any

from csbot.workspace.blockkit.richtext import RICH_TEXT
from csbot.workspace.blockkit.schema import (
    Check,
    Walk,
    choice,
    flag,
    items,
    number,
    obj,
    only_on,
    string,
    tagged,
    whole,
)

TABLE_TEXT = 10_000
DATA_TABLE_TEXT, DATA_TABLE_TEXT_OLD = 20_000, 10_000
BLOCK_ID = {"block_id": string(255)}

RAW = {
    "raw_text": obj({"text": string(10_000, 0)}, {}),
    "raw_number": obj({"value": number}, {"text": string(255)}),
}
CELL = tagged({**RAW, "rich_text": RICH_TEXT}, "cell")
COLUMN = obj({}, {"align": choice("left", "center", "right"), "is_wrapped": flag})


def _column(value: Any, at: str, walk: Walk) -> None:
    if value is not None:
        COLUMN(value, at, walk)


def text_weight(node: Any) -> int:
    if isinstance(node, str):
        return 0
    if isinstance(node, list):
        return sum(text_weight(child) for child in node)
    if not isinstance(node, dict):
        return 0
    own = len(node["text"]) if isinstance(node.get("text"), str) else 0
    return own + sum(text_weight(child) for child in node.values())


def _table_fits(value: dict[str, Any], at: str, walk: Walk) -> None:
    if text_weight(value.get("rows")) > TABLE_TEXT:
        walk.wrong(at, f"must be less than {TABLE_TEXT + 1} characters", str(TABLE_TEXT))


TABLE = obj(
    {"rows": items(items(CELL, 1, 20), 1, 100)},
    {**BLOCK_ID, "column_settings": items(_column, 1, 20)},
    only_on("message"),
    _table_fits,
)


def _refused_when_old(_value: dict[str, Any], at: str, walk: Walk) -> None:
    if not walk.charts_allowed:
        walk.wrong(f"{at}/type", f"unsupported type: {_value.get('type')}", "")


def _equal_rows(value: dict[str, Any], at: str, walk: Walk) -> None:
    rows = [row for row in value.get("rows") or [] if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        walk.wrong(f"{at}/rows", "all rows must have the same number of columns", "")
    for index, cell in enumerate(rows[0] if rows else []):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            walk.wrong(f"{at}/rows/0/{index}", "a header cell must not be rich_text", "")


def _data_table_fits(value: dict[str, Any], at: str, walk: Walk) -> None:
    total = text_weight(value.get("rows"))
    if total > DATA_TABLE_TEXT:
        walk.wrong(at, f"must be less than {DATA_TABLE_TEXT + 1} characters", "")
    elif total > DATA_TABLE_TEXT_OLD:
        walk.doubtful(at, f"{total} characters of text")


DATA_TABLE = obj(
    {"rows": items(items(CELL, 1, 20), 2, 201, smaller=101), "caption": string(255)},
    {**BLOCK_ID, "page_size": whole(1, 100), "row_header_column_index": whole(0, 19)},
    only_on("message", "home"),
    _refused_when_old,
    _equal_rows,
    _data_table_fits,
)


def _above_zero(value: Any, at: str, walk: Walk) -> None:
    number(value, at, walk)
    if isinstance(value, int | float) and value <= 0:
        walk.wrong(at, "must be greater than 0", "")


LABEL = string(20)
SEGMENT = obj({"label": LABEL, "value": _above_zero}, {})
POINT = obj({"label": LABEL, "value": number}, {})
SERIES = obj({"name": LABEL, "data": items(POINT, 1, 20)}, {})
AXIS = obj({"categories": items(LABEL, 1, 20)}, {"x_label": string(50), "y_label": string(50)})


def _names_unique(value: dict[str, Any], at: str, walk: Walk) -> None:
    series = [one for one in value.get("series") or [] if isinstance(one, dict)]
    names = [str(one.get("name")) for one in series]
    if len(names) != len(set(names)):
        walk.wrong(f"{at}/series", "series names must be unique", "")


def _a_point_for_each_category(value: dict[str, Any], at: str, walk: Walk) -> None:
    axis = value.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    for index, one in enumerate(value.get("series") or []):
        points = one.get("data") if isinstance(one, dict) else None
        labels = [p.get("label") for p in points or [] if isinstance(p, dict)]
        if sorted(map(str, labels)) != sorted(map(str, categories or [])):
            place = f"{at}/series/{index}/data"
            walk.wrong(place, "must have exactly one point per category", "")


PLOT = obj(
    {"series": items(SERIES, 1, 12, smaller=6), "axis_config": AXIS},
    {},
    _names_unique,
    _a_point_for_each_category,
)
CHARTS: dict[str, Check] = {
    "pie": obj({"segments": items(SEGMENT, 1, 12, smaller=6)}, {}),
    "bar": PLOT,
    "line": PLOT,
    "area": PLOT,
}
DATA_VISUALIZATION = obj(
    {"title": string(50), "chart": tagged(CHARTS, "chart type")},
    BLOCK_ID,
    only_on("message", "home"),
    _refused_when_old,
)
