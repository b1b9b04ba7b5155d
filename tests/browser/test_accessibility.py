"""The workspace with csbot's main surfaces in it: axe finds nothing serious, wide or narrow."""

from typing import Any

import pytest
from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from messages.catalog import catalog
from messages.checkins import CheckInForm
from messages.form import Form, render_form
from messages.render import render
from messages.renewal_change import RenewalForm
from messages.tasks import TaskForm
from tests.browser.stage import Stage

SURFACES = (
    "digest", "alert_inactive", "alert_group", "renewals_list", "onboarding_list", "account_card",
    "account_book", "task_list", "churn_report", "playbook_simulated", "approval_asked", "help",
)  # fmt: skip
WIDTHS = pytest.mark.parametrize("width", [1280, 360])
WORST = ("serious", "critical")
FOUND = "() => axe.run().then((found) => found.violations)"
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def serious(page: Page) -> list[tuple[str, Any]]:
    """Each rule that is broken, with the first places where."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(FOUND)
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in WORST
    ]


def narrow(stage: Stage, width: int) -> None:
    stage.page.set_viewport_size({"width": width, "height": 800})


@WIDTHS
def test_axe_finds_nothing_serious_in_messages(stage: Stage, width: int) -> None:
    narrow(stage, width)
    for name in SURFACES:
        shown = render(catalog()[name].example())
        last = stage.post(*shown["blocks"], text=shown["text"])
    expect(last).to_be_attached()
    stage.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    assert serious(stage.page) == []
    assert stage.page.evaluate(TOO_WIDE) <= 0


@WIDTHS
@pytest.mark.parametrize("form", [CheckInForm, RenewalForm, TaskForm], ids=lambda form: form.view)
def test_axe_finds_nothing_serious_in_a_form(stage: Stage, form: type[Form], width: int) -> None:
    narrow(stage, width)
    expect(stage.open_modal(render_form(form.example()))).to_be_visible()
    stage.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    assert serious(stage.page) == []
    assert stage.page.evaluate(TOO_WIDE) <= 0
