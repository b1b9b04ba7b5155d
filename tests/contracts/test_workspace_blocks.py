"""The validator: what stands on which surface, within which limits, named by JSON pointer."""

from typing import Any

import pytest

from csbot.workspace.blockkit.surfaces import check_blocks, check_view
from csbot.workspace.state import Workspace

Json = dict[str, Any]


def plain(text: str = "x", **more: Any) -> Json:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str = "x", **more: Any) -> Json:
    return {"type": "mrkdwn", "text": text, **more}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Acknowledge"), "action_id": "a", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int, **more: Any) -> list[Json]:
    return [{"text": plain(f"option {n}"), "value": str(n), **more} for n in range(count)]


def menu(count: int = 2, **more: Any) -> Json:
    return {"type": "static_select", "action_id": "m", "options": options(count), **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def typed(**more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "t", **more}


def confirm(**more: Any) -> Json:
    words = {"title": plain(), "text": plain(), "confirm": plain(), "deny": plain()}
    return {**words, **more}


def rich(*parts: Json) -> Json:
    elements = list(parts) or [{"type": "text", "text": "<!channel> stays text"}]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": elements}],
    }


def cell(text: str = "x") -> Json:
    return {"type": "raw_text", "text": text}


def data_table(rows: int = 2, columns: int = 2, **more: Any) -> Json:
    grid = [[cell() for _ in range(columns)] for _ in range(rows)]
    return {"type": "data_table", "caption": "Renewals", "rows": grid, **more}


def bars(series: int = 1, **more: Any) -> Json:
    data = [{"label": "Nov", "value": 64}, {"label": "Dec", "value": 0}]
    lines = [{"name": f"s{n}", "data": data} for n in range(series)]
    axis = {"categories": ["Nov", "Dec"], "x_label": "month", "y_label": "thousand dollars"}
    chart = {"type": "bar", "series": lines, "axis_config": axis, **more}
    return {"type": "data_visualization", "title": "Due by month", "chart": chart}


def pie(values: list[float]) -> Json:
    segments = [{"label": f"s{n}", "value": value} for n, value in enumerate(values)]
    chart = {"type": "pie", "segments": segments}
    return {"type": "data_visualization", "title": "By category", "chart": chart}


GOOD: list[tuple[str, Json]] = [
    ("message", section(fields=[mrkdwn()] * 10, accessory=button(), expand=True)),
    ("message", {"type": "header", "text": plain("x" * 150), "level": 2}),
    ("message", {"type": "context", "elements": [mrkdwn(verbatim=True), plain(emoji=True)]}),
    ("message", actions(button(style="primary", confirm=confirm()), menu(placeholder=plain()))),
    ("message", actions({"type": "overflow", "action_id": "o", "options": options(5)})),
    ("message", {"type": "image", "image_url": "https://x.example/a.png", "alt_text": "a"}),
    ("message", rich({"type": "user", "user_id": "U1"}, {"type": "text", "text": ""})),
    ("message", {"type": "markdown", "text": "**x**"}),
    ("message", {"type": "table", "rows": [[cell(), rich()]], "column_settings": [None]}),
    ("message", data_table(101, 20, page_size=10)),
    ("message", bars(6)),
    ("message", pie([1, 2.5])),
    ("message", field(typed())),
    ("modal", {"type": "alert", "text": mrkdwn(), "level": "warning"}),
    ("modal", field({"type": "number_input", "action_id": "n", "is_decimal_allowed": False})),
    ("modal", field({"type": "email_text_input", "action_id": "e"})),
    ("modal", field({"type": "radio_buttons", "action_id": "r", "options": options(10)})),
    ("modal", field({"type": "datepicker", "action_id": "d", "initial_date": "2026-11-30"})),
    ("modal", field({"type": "datetimepicker", "action_id": "d"})),
    ("modal", field({"type": "users_select", "action_id": "u", "placeholder": plain()})),
    ("modal", field({"type": "external_select", "action_id": "x", "min_query_length": 0})),
    ("home", actions(button(), {"type": "timepicker", "action_id": "t", "initial_time": "08:30"})),
    ("home", bars()),
]

BAD: list[tuple[str, Json, str]] = [
    ("message", {"type": "sectoin"}, "/0/type"),
    ("message", {"type": "section"}, "/0"),
    ("message", section(text=mrkdwn("")), "/0/text/text"),
    ("message", section(text=mrkdwn("x" * 3001)), "/0/text/text"),
    ("message", section(text=mrkdwn("😀" * 1501)), "/0/text/text"),
    ("message", section(text="bare"), "/0/text"),
    ("message", section(text=mrkdwn(emoji=True)), "/0/text"),
    ("message", section(text=plain(verbatim=True)), "/0/text"),
    ("message", section(fields=[mrkdwn()] * 11), "/0/fields"),
    ("message", section(fields=[mrkdwn("x" * 2001)]), "/0/fields/0/text"),
    ("message", section(colour="red"), "/0"),
    ("message", section(block_id="x" * 256), "/0/block_id"),
    ("message", section(accessory=typed()), "/0/accessory/type"),
    ("message", section(accessory={"type": "datetimepicker", "action_id": "d"}),
     "/0/accessory/type"),
    ("message", {"type": "header", "text": mrkdwn()}, "/0/text/type"),
    ("message", {"type": "header", "text": plain("x" * 151)}, "/0/text/text"),
    ("message", {"type": "context", "elements": []}, "/0/elements"),
    ("message", {"type": "context", "elements": [mrkdwn()] * 11}, "/0/elements"),
    ("message", {"type": "context", "elements": [button()]}, "/0/elements/0/type"),
    ("message", actions(), "/0/elements"),
    ("message", actions(*[button(action_id=str(n)) for n in range(26)]), "/0/elements"),
    ("message", actions(button(), button()), "/0/elements/1/action_id"),
    ("message", actions(button(text=mrkdwn())), "/0/elements/0/text/type"),
    ("message", actions(button(text=plain("x" * 76))), "/0/elements/0/text/text"),
    ("message", actions(button(value="x" * 2001)), "/0/elements/0/value"),
    ("message", actions(button(style="default")), "/0/elements/0/style"),
    ("message", actions(button(confirm=confirm(text=plain("x" * 301)))),
     "/0/elements/0/confirm/text/text"),
    ("message", actions(button(confirm={"title": plain()})), "/0/elements/0/confirm"),
    ("message", actions(menu(0)), "/0/elements/0/options"),
    ("message", actions(menu(101)), "/0/elements/0/options"),
    ("message", actions(menu(option_groups=[{"label": plain(), "options": options(1)}])),
     "/0/elements/0"),
    ("message", actions(menu(initial_option={"text": plain("other"), "value": "9"})),
     "/0/elements/0/initial_option"),
    ("message", actions(menu(placeholder=plain("x" * 151))), "/0/elements/0/placeholder/text"),
    ("message", actions({"type": "overflow", "action_id": "o", "options": options(6)}),
     "/0/elements/0/options"),
    ("message", actions({"type": "overflow", "action_id": "o",
                         "options": [{"text": mrkdwn(), "value": "1"}]}),
     "/0/elements/0/options/0/text/type"),
    ("message", actions({"type": "checkboxes", "action_id": "c", "options": options(11)}),
     "/0/elements/0/options"),
    ("message", actions({"type": "datepicker", "action_id": "d", "initial_date": "30.11.2026"}),
     "/0/elements/0/initial_date"),
    ("message", {"type": "image", "image_url": "https://x.example", "alt_text": " "},
     "/0/alt_text"),
    ("message", {"type": "image", "alt_text": "x"}, "/0"),
    ("message", {"type": "image", "slack_file": {"id": "G1"}, "alt_text": "x"},
     "/0/slack_file/id"),
    ("message", {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet",
                 "indent": 9, "elements": [{"type": "rich_text_section", "elements": []}]}]},
     "/0/elements/0/indent"),
    ("message", {"type": "table", "rows": [[cell()] * 21]}, "/0/rows/0"),
    ("message", {"type": "table", "rows": [[cell()]] * 101}, "/0/rows"),
    ("message", data_table(1), "/0/rows"),
    ("message", data_table(202), "/0/rows"),
    ("message", {**data_table(), "rows": [[cell()], [cell(), cell()]]}, "/0/rows"),
    ("message", {**data_table(), "rows": [[rich()], [cell()]]}, "/0/rows/0/0"),
    ("message", data_table(page_size=101), "/0/page_size"),
    ("message", {"type": "data_table", "rows": [[cell()], [cell()]]}, "/0"),
    ("message", bars(13), "/0/chart/series"),
    ("message", bars(axis_config={"categories": ["Nov"]}), "/0/chart/series/0/data"),
    ("message", {**bars(), "title": "x" * 51}, "/0/title"),
    ("message", pie([0]), "/0/chart/segments/0/value"),
    ("message", {"type": "alert", "text": mrkdwn()}, "/0/type"),
    ("message", field({"type": "email_text_input", "action_id": "e"}), "/0/element/type"),
    ("modal", {"type": "table", "rows": [[cell()]]}, "/0/type"),
    ("modal", {"type": "markdown", "text": "x"}, "/0/type"),
    ("modal", field(button()), "/0/element/type"),
    ("modal", field(typed(max_length=3001)), "/0/element/max_length"),
    ("modal", field(typed(min_length=5, max_length=4)), "/0/element/min_length"),
    ("modal", field({"type": "number_input", "action_id": "n"}), "/0/element"),
    ("modal", field(typed(), hint=plain("x" * 2001)), "/0/hint/text"),
    ("modal", {"type": "input", "element": typed()}, "/0"),
    ("home", field({"type": "file_input", "action_id": "f"}), "/0/element/type"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return Workspace()


@pytest.mark.parametrize(("surface", "block"), GOOD, ids=lambda v: str(v)[:60])
def test_good_blocks_pass(workspace: Workspace, surface: str, block: Json) -> None:
    report = check_blocks([block], surface, workspace)
    assert (report.errors, report.warnings) == ([], [])


@pytest.mark.parametrize(("surface", "block", "pointer"), BAD, ids=lambda v: str(v)[:60])
def test_bad_blocks_are_named_by_their_place(
    workspace: Workspace, surface: str, block: Json, pointer: str
) -> None:
    report = check_blocks([block], surface, workspace)
    assert pointer in [problem.pointer for problem in report.errors]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_each_surface_has_its_number_of_blocks(
    workspace: Workspace, surface: str, most: int
) -> None:
    assert not check_blocks([section()] * most, surface, workspace).errors
    assert check_blocks([section()] * (most + 1), surface, workspace).errors


def test_some_limits_count_over_all_blocks(workspace: Workspace) -> None:
    def errors(*blocks: Json) -> list[str]:
        return [p.message for p in check_blocks(list(blocks), "message", workspace).errors]

    half = {"type": "markdown", "text": "x" * 6001}
    assert errors(half, half)
    assert errors(bars(), bars(), bars())
    table = {"type": "table", "rows": [[cell()]]}
    assert errors(table, table) == ["only_one_table_allowed"]
    assert errors(section(block_id="a"), section(block_id="a"))


@pytest.mark.parametrize(
    "block",
    [
        data_table(102),
        bars(7),
        pie([1] * 7),
        actions({"type": "overflow", "action_id": "o", "options": options(1)}),
        actions(menu(options=[{"text": plain(), "value": "v" * 76}])),
    ],
    ids=lambda v: str(v)[:60],
)
def test_between_two_published_limits_it_only_warns(workspace: Workspace, block: Json) -> None:
    report = check_blocks([block], "message", workspace)
    assert (report.errors, len(report.warnings)) == ([], 1)


def test_an_older_workspace_refuses_native_charts() -> None:
    old = Workspace(charts_allowed=False)
    for block in (bars(), pie([1]), data_table()):
        assert check_blocks([block], "message", old).errors[0].pointer == "/0/type"
    assert not check_blocks([section()], "message", old).errors


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        ({"type": "dialog"}, "/type"),
        ({"type": "modal", "blocks": []}, ""),
        ({"type": "modal", "title": plain("x" * 25), "blocks": []}, "/title/text"),
        ({"type": "modal", "title": plain(), "blocks": [field(typed())]}, "/submit"),
        ({"type": "modal", "title": plain(), "blocks": [], "private_metadata": "x" * 3001},
         "/private_metadata"),
        ({"type": "modal", "title": plain(), "blocks": [], "callback_id": "x" * 256},
         "/callback_id"),
        ({"type": "modal", "title": plain(), "submit": plain(),
          "blocks": [field(typed(focus_on_load=True)), field(typed(focus_on_load=True))]},
         "/blocks/1/element/focus_on_load"),
        ({"type": "home", "blocks": [{"type": "alert", "text": mrkdwn()}]}, "/blocks/0/type"),
        ({"type": "home", "blocks": [], "submit": plain()}, ""),
    ],
    ids=lambda v: str(v)[:60],
)  # fmt: skip
def test_bad_views_are_named_by_their_place(workspace: Workspace, view: Json, pointer: str) -> None:
    assert pointer in [p.pointer for p in check_view(view, workspace).errors]
