"""The first five minutes: the real `csbot demo`, used as somebody who has just found it would."""

import socket
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.running_demo import Demo, free_port, is_open, running_demo
from tests.faults.processes import eventually

SOON_MS = 60_000  # csbot posts once a second in a channel, and the machine may be busy
HEADER = (
    "Record ID,Company name,Company owner,Create Date,Industry,Company Domain Name,"
    "Annual Recurring Revenue,Renewal Date,Lifecycle Stage\n"
)
HUBSPOT = (
    HEADER + "1,Northlight Energy,maria.lopez@own.example,2024-03-01,ENERGY,northlight.example,"
    "84000,,Customer\n"
    "2,Copper Kettle,Tom Baker,2024-06-01,FOOD_PRODUCTION,copperkettle.example,12000,,Customer\n"
    "3,Evergreen Labs,,2025-06-01,BIOTECHNOLOGY,evergreen.example,60000,,Customer\n"
)
LINES = """message => {
  const ends = [...message.querySelectorAll("[data-block-type]")].flatMap((block) => {
    const range = document.createRange();
    range.selectNodeContents(block);
    const row = block.dataset.blockType === "actions";
    return [...(row ? block : range).getClientRects()].map((box) => box.bottom);
  }).sort((a, b) => a - b);
  return ends.filter((end, i) => i === 0 || end - ends[i - 1] > 8).length;
}"""


def step(page: Page, number: int) -> Locator:
    return page.get_by_test_id(f"guide-step-{number}")


def is_ticked(page: Page, number: int) -> None:
    expect(step(page, number)).to_have_attribute("data-done", "true", timeout=SOON_MS)


def is_open_yet(page: Page, *numbers: int) -> None:
    for number in numbers:
        expect(step(page, number)).to_have_attribute("data-done", "false")


def act_as(page: Page, user: str, name: str) -> None:
    page.get_by_test_id("act-as").click()
    page.get_by_test_id(f"act-as-{user}").click()
    expect(page.get_by_test_id("act-as")).to_contain_text(name)


def try_from_the_guide(page: Page, number: int) -> Locator:
    """Presses the command in a step and sends it; gives the answer, which only one can see."""
    step(page, number).get_by_test_id("guide-try").click()
    page.get_by_test_id("composer-input").press("Enter")
    answer = page.locator("#messages .message.ephemeral").last
    expect(answer).to_be_visible(timeout=SOON_MS)
    return answer


def alert(page: Page, words: str) -> Locator:
    found = page.locator("#messages").get_by_test_id("message").filter(has_text=words).first
    expect(found).to_be_visible(timeout=SOON_MS)
    return found


def posted_in(page: Page, demo: Demo, channel: str) -> list[dict[str, Any]]:
    """What csbot posted there for everybody."""
    answer = page.request.get(f"{demo.url}/control/messages?channel={channel}")
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


def test_the_six_steps_of_the_first_five_minutes_tick_themselves(
    page: Page, tmp_path: Path
) -> None:
    with running_demo(tmp_path, "--no-browser") as demo:
        page.goto(demo.url)
        _a_digest_with_a_few_lines_that_matter(page)
        _dana_sends_what_a_playbook_wrote(page)
        is_open_yet(page, 1, 2, 3, 4, 5, 6)
        _an_alert_is_acknowledged(page, demo)
        _lee_sees_the_same_state(page)
        _priya_reads_the_renewals(page)
        _a_wrong_date_is_explained(page)
        _on_wednesday_the_alert_closes_itself(page, demo)
        _the_customers_have_it(page)
        _a_killed_worker_loses_and_doubles_nothing(page, demo)
        expect(page.get_by_test_id("guide-next")).to_contain_text("csbot demo --import")
        assert page.request.get(f"{demo.url}/control/faults").json()["counts"] == {}
        page.goto("about:blank")
        _it_ends_cleanly(demo, tmp_path)


def _a_digest_with_a_few_lines_that_matter(page: Page) -> None:
    expect(page.get_by_test_id("act-as")).to_contain_text("Dana Reyes")
    expect(page.get_by_test_id("clock")).to_contain_text("08:3")
    digest = page.get_by_test_id("message").filter(has_text="Good morning Dana")
    expect(digest).to_contain_text("3 need you today", timeout=SOON_MS)
    for words in ("Quietwater Freight", "gave 2 of 10", "Meeting Makers", "Since Friday"):
        expect(digest).to_contain_text(words)


def _dana_sends_what_a_playbook_wrote(page: Page) -> None:
    asked = page.get_by_test_id("message").filter(has_text="Send an e-mail to 3 customers")
    expect(asked).to_contain_text("Hello Pia", timeout=SOON_MS)
    asked.get_by_role("button", name="Send to 3").click()
    answered = page.get_by_test_id("message").filter(has_text="Dana Reyes approved them")
    expect(answered).to_be_visible(timeout=SOON_MS)


def _the_customers_have_it(page: Page) -> None:
    page.get_by_test_id("channel-C_CUSTOMERS").click()
    inbox = page.locator("#messages").get_by_test_id("message")
    expect(inbox.filter(has_text="Look what your team has reached")).to_have_count(
        3, timeout=2 * SOON_MS
    )


def _an_alert_is_acknowledged(page: Page, demo: Demo) -> None:
    step(page, 1).get_by_text("#cs-alerts").click()
    for words in ("Yarrow Yachts has no owner", "Grumpy Grapes renews in", "gave 2 of 10"):
        alert(page, words)
    escalation = alert(page, "@Priya Shah Critical: task")
    expect(escalation).to_contain_text("Overdue Optics is overdue by 4 days. It is with Lee Park")
    assert len(posted_in(page, demo, "C_ALERTS")) <= 6
    quiet = alert(page, "nobody at Quietwater Freight has logged in for 9 days")
    expect(quiet).to_contain_text("Critical")
    expect(quiet).to_contain_text("like this: 9 of 14 were real")
    _fits_a_telephone(page, quiet)
    quiet.get_by_role("button", name="Acknowledge").click()
    expect(quiet).to_contain_text("Dana Reyes has it since", timeout=SOON_MS)
    expect(quiet.get_by_role("button", name="Acknowledge")).to_have_count(0)
    is_ticked(page, 1)


def _fits_a_telephone(page: Page, card: Locator) -> None:
    before = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    assert card.evaluate(LINES) <= 14
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert before is not None
    page.set_viewport_size(before)


def _lee_sees_the_same_state(page: Page) -> None:
    act_as(page, "U_LEE", "Lee Park")
    expect(alert(page, "Quietwater Freight")).to_contain_text("Dana Reyes has it since")
    is_ticked(page, 2)


def _priya_reads_the_renewals(page: Page) -> None:
    act_as(page, "U_PRIYA", "Priya Shah")
    answer = try_from_the_guide(page, 3)
    expect(answer).to_contain_text("Renewals until")
    expect(answer).to_contain_text("no next step")
    expect(answer.locator("svg.plot")).to_be_visible()
    is_ticked(page, 3)


def _a_wrong_date_is_explained(page: Page) -> None:
    answer = try_from_the_guide(page, 4)
    expect(answer).to_contain_text("I can't read the date fryday")
    expect(answer).to_contain_text("due friday")
    is_ticked(page, 4)


def _on_wednesday_the_alert_closes_itself(page: Page, demo: Demo) -> None:
    is_open_yet(page, 5, 6)
    page.get_by_test_id("clock").click()
    page.get_by_test_id("clock-wednesday").click()
    page.get_by_test_id("toast-show").click()
    closed = alert(page, "Closed: Quietwater Freight is back")
    expect(closed).to_contain_text("Ann Kowalski logged in on")
    expect(closed.locator("[data-action-id]")).to_have_count(0)
    is_ticked(page, 5)
    texts = [one["text"] for one in posted_in(page, demo, "C_ALERTS")]
    assert [text for text in texts if "logged in for" in text] == []
    act_as(page, "U_DANA", "Dana Reyes")
    page.get_by_test_id("app-csbot").click()
    second = page.get_by_test_id("message").filter(has_text="2 unchanged")
    expect(second).to_contain_text("Nothing new needs you today", timeout=SOON_MS)


def _a_killed_worker_loses_and_doubles_nothing(page: Page, demo: Demo) -> None:
    page.get_by_test_id("kill-worker").click()
    expect(page.locator("#place-head")).to_contain_text("delivery-drill")
    expect(page.get_by_test_id("toasts")).to_contain_text("The worker is dead", timeout=SOON_MS)
    expect(page.get_by_test_id("message").filter(has_text="8 of 8")).to_be_visible(timeout=SOON_MS)
    is_ticked(page, 6)
    posted = Counter(one["text"] for one in posted_in(page, demo, "C_DRILL"))
    assert len(posted) == 8
    assert set(posted.values()) == {1}


def _it_ends_cleanly(demo: Demo, folder: Path) -> None:
    port = urlsplit(demo.url).port or 0
    assert demo.press_ctrl_c() == 0
    assert [left.name for left in folder.iterdir()] == ["csbot-demo"]
    assert "Traceback" not in demo.output + demo.log()
    assert not is_open(port)
    assert not is_open(port + 1)


@pytest.fixture
def taken_port() -> int:
    return free_port()


def test_own_accounts_bring_their_own_people_on_the_next_free_port(
    page: Page, tmp_path: Path, taken_port: int
) -> None:
    (tmp_path / "accounts.csv").write_text(HUBSPOT)
    words = ("--no-browser", "--import", "accounts.csv")
    with (
        socket.create_server(("127.0.0.1", taken_port)),
        running_demo(tmp_path, *words, port=taken_port) as demo,
    ):
        assert f"Port {taken_port} is taken, so this uses" in demo.output
        assert "3 accounts of 2 owners" in demo.output
        page.goto(demo.url)
        expect(page.get_by_test_id("act-as")).to_contain_text("Maria Lopez")
        answer = try_from_the_guide(page, 1)
        expect(answer).to_contain_text("Copper Kettle")
        expect(answer).to_contain_text("Tom Baker")
        is_ticked(page, 1)
        page.get_by_test_id("channel-C_ALERTS").click()
        alert(page, "Evergreen Labs has no owner")
        expect(page.locator("#messages")).not_to_contain_text("Quietwater")
        page.goto("about:blank")


def test_a_bad_file_is_explained_and_the_browser_opens_on_the_sample_company(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "accounts.csv").write_text(
        HEADER + "1,Acme,,2024-03-01,ENERGY,acme.example,forty,2027-02-30,Customer\n"
    )
    opened = tmp_path / "opened"
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n')
    opener.chmod(0o755)
    with running_demo(tmp_path, "--import", "accounts.csv", BROWSER=f"{opener} %s") as demo:
        for words in ("line 2", "Annual Recurring Revenue", "“forty”", "write it like 48000"):
            assert words in demo.output
        assert "The demo shows its sample company instead" in demo.output
        page.goto(demo.url)
        expect(page.get_by_test_id("message").filter(has_text="Good morning Dana")).to_be_visible(
            timeout=SOON_MS
        )
        eventually(lambda: opened.exists() and opened.read_text() == demo.url)
        page.goto("about:blank")


def test_a_demo_that_is_killed_leaves_none_of_its_processes_behind(tmp_path: Path) -> None:
    with running_demo(tmp_path, "--no-browser") as demo:
        assert demo.kill()
