"""One sample of every block and element that the page draws."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": "1", **more}


def option(label: str, value: str) -> Json:
    return {"text": plain(label), "value": value}


def cell(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def number(value: float) -> Json:
    return {"type": "raw_number", "value": value, "text": f"{value:g}"}


OPTIONS = [option("Quietwater Freight", "quietwater"), option("Globex", "globex")]

OVERFLOW = {
    "type": "overflow",
    "action_id": "more",
    "options": [option("Snooze…", "snooze"), option("Why This?…", "why")],
}

RICH_TEXT: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "Rich words", "style": {"bold": True}}],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "An item"}]}
            ],
        },
    ],
}

TABLE: Json = {
    "type": "table",
    "rows": [[cell("Stage"), cell("Days")], [cell("Kick-off"), cell("3")]],
}

NAMES = ["Globex", "Initech", "Hooli", "Umbrella", "Acme", "Busy Bakery", "Quietwater"]
DATA_TABLE: Json = {
    "type": "data_table",
    "caption": "Renewals by name",
    "page_size": 5,
    "rows": [
        [cell("Account"), cell("ARR ($k)")],
        *([cell(name), number(10 * (i + 1))] for i, name in enumerate(NAMES)),
    ],
}


def axes_chart(kind: str) -> Json:
    points = [{"label": month, "value": 40 + 30 * i} for i, month in enumerate(("Nov", "Dec"))]
    return {
        "type": "data_visualization",
        "title": f"Due by month, {kind}",
        "chart": {
            "type": kind,
            "series": [{"name": "Due", "data": points}],
            "axis_config": {
                "categories": ["Nov", "Dec"],
                "x_label": "Month",
                "y_label": "Thousand dollars",
            },
        },
    }


PIE: Json = {
    "type": "data_visualization",
    "title": "ARR by segment",
    "chart": {
        "type": "pie",
        "segments": [{"label": "Enterprise", "value": 60}, {"label": "Small", "value": 40}],
    },
}

IMAGE = {
    "type": "image",
    "image_url": "https://pictures.example/health.png",
    "alt_text": "Health over six weeks",
}

# name -> (block, selector of something that only a drawn block has, words it shows)
DRAWN: dict[str, tuple[Json, str, str]] = {
    "section": (section("*Bold* words"), "strong", "Bold words"),
    "fields": (
        {"type": "section", "fields": [mrkdwn("*ARR*\n$120k"), mrkdwn("*Health*\n41")]},
        ".fields > *",
        "$120k",
    ),
    "header": ({"type": "header", "text": plain("Your accounts")}, "h3", "Your accounts"),
    "divider": ({"type": "divider"}, "hr", ""),
    "context": ({"type": "context", "elements": [mrkdwn("As of now")]}, ".context", "As of now"),
    "actions": (actions(button("Acknowledge", "ack", style="primary")), ".primary", "Acknowledge"),
    "image": (IMAGE, "[role=img]", ""),
    "input": (
        {
            "type": "input",
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "note"},
        },
        "input",
        "Note",
    ),
    "rich_text": (RICH_TEXT, "li", "An item"),
    "markdown": ({"type": "markdown", "text": "**Strong** and `code`"}, "code", "Strong"),
    "table": (TABLE, "td", "Kick-off"),
    "data_table": (DATA_TABLE, "tbody tr", "Renewals by name"),
    "bar": (axes_chart("bar"), "svg rect", "Thousand dollars"),
    "line": (axes_chart("line"), "svg path.line", "Thousand dollars"),
    "area": (axes_chart("area"), "svg path.area", "Thousand dollars"),
    "pie": (PIE, "svg circle", "Enterprise"),
}

# type -> what draws it: a selector inside the message
ELEMENTS: dict[str, tuple[Json, str]] = {
    "static_select": ({"placeholder": plain("Pick"), "options": OPTIONS}, "[role=combobox]"),
    "external_select": ({"placeholder": plain("Find")}, "[role=combobox]"),
    "users_select": ({"placeholder": plain("Owner")}, "[role=combobox]"),
    "conversations_select": ({"placeholder": plain("Channel")}, "[role=combobox]"),
    "datepicker": ({"initial_date": "2026-12-01"}, "input[type=date]"),
    "timepicker": ({"initial_time": "08:30"}, "input[type=time]"),
    "datetimepicker": ({"initial_date_time": 1795440600}, "input[type=datetime-local]"),
    "checkboxes": ({"options": OPTIONS}, "input[type=checkbox]"),
    "radio_buttons": ({"options": OPTIONS}, "input[type=radio]"),
}

CHECK_IN: Json = {
    "type": "modal",
    "callback_id": "checkin",
    "title": plain("Log check-in"),
    "submit": plain("Log Check-in"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "note",
            "label": plain("Note"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "step",
            "label": plain("Next step"),
            "optional": True,
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
    ],
}
