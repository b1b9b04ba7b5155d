"""/docs in Chromium: drawn whole, from this host alone, under its own strict policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.databases import copy_of_template
from tests.flows.office import Office, environment, opened


@pytest.fixture
def office(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    environment(monkeypatch, tmp_path, copy_of_template(sqlite_template, tmp_path), "")
    with opened() as made:
        yield made


def test_the_documentation_is_drawn_without_another_host(office: Office, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{office.url}/docs")
    page.get_by_role("heading", name="csbot: connect your data").wait_for()
    page.get_by_text("/webhooks/{source}", exact=True).first.wait_for()
    assert page.get_by_text("csbot keys create surveys").is_visible()
    assert page.get_by_text("/slack/events").count() == 0
    assert page.get_by_text("/v1/batch").count() == 1
    page.locator("#operations-Webhooks-webhook_webhooks__source__post").get_by_role(
        "button"
    ).first.click()
    page.get_by_text("What it tells about").wait_for()
    assert {url for url in asked if not url.startswith((office.url, "data:"))} == set()


def test_the_page_may_run_and_load_nothing_but_its_own(office: Office) -> None:
    for path in ("/docs", "/docs/start.js", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js"):
        answer = office.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
