"""What a message says is drawn as Slack draws it, and nothing it says becomes markup."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import block_samples as sample
from tests.browser.stage import DANA, LEE, ROOM, Stage

TRAP = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
ESCAPED = TRAP.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _untouched(stage: Stage) -> None:
    assert stage.page.evaluate("window.pwned") is None
    assert stage.page.locator(".messages script, .messages img").count() == 0


def test_hostile_text_is_shown_letter_by_letter_in_every_block(stage: Stage) -> None:
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": TRAP}]}
    shown = stage.post(
        sample.section(ESCAPED, fields=[sample.mrkdwn(ESCAPED)]),
        {"type": "header", "text": sample.plain(TRAP)},
        {"type": "context", "elements": [sample.mrkdwn(ESCAPED)]},
        {"type": "rich_text", "elements": [rich]},
        {"type": "table", "rows": [[sample.cell(TRAP)], [sample.cell(TRAP)]]},
        {"type": "markdown", "text": TRAP},
        sample.actions(sample.button(TRAP[:75], "trap")),
        {**sample.IMAGE, "alt_text": TRAP},
    )
    expect(shown).to_contain_text(TRAP)
    expect(shown.get_by_role("button", name=TRAP[:40])).to_be_visible()
    _untouched(stage)


def test_plain_text_keeps_its_lines(stage: Stage) -> None:
    text = {"type": "section", "text": sample.plain("Hello Ann,\n\nthank you."), "expand": True}
    shown = stage.post(text)
    assert shown.locator(".text").inner_text() == "Hello Ann,\n\nthank you."


def test_hostile_text_in_a_bare_message_and_a_chart_stays_text(stage: Stage) -> None:
    chart = sample.axes_chart("bar")
    chart["title"] = TRAP[:50]
    chart["chart"]["axis_config"]["y_label"] = TRAP[:50]
    expect(stage.put(text=ESCAPED)).to_contain_text(TRAP)
    expect(stage.put(text=TRAP)).to_contain_text("window.pwned=1")
    expect(stage.post(chart)).to_contain_text(TRAP[:50])
    _untouched(stage)


def test_hostile_words_of_people_stay_text_for_everybody(stage: Stage) -> None:
    stage.composer().fill(TRAP)
    stage.composer().press("Enter")
    expect(stage.page.locator(f"[data-user='{DANA}']").last).to_contain_text(TRAP)
    _untouched(stage)


# a page is opened once for a whole table: opening it is most of what such a test costs


def test_only_harmless_addresses_become_links(stage: Stage) -> None:
    for target in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"):
        shown = stage.put(text=f"<{target}|press me> and <https://example.com|this one>")
        expect(shown.get_by_role("link", name="this one"), target).to_be_visible()
        expect(shown.get_by_role("link"), target).to_have_count(1)


def test_every_block_type_is_drawn(stage: Stage) -> None:
    for name, (block, selector, words) in sample.DRAWN.items():
        shown = stage.post(block)
        expect(shown.locator(selector).first, name).to_be_attached()
        kind = shown.locator("[data-block-type]").first
        expect(kind, name).to_have_attribute("data-block-type", block["type"])
        expect(shown, name).to_contain_text(words)
    expect(stage.page.get_by_test_id("unknown-block")).to_have_count(0)


def test_every_element_can_be_found_by_its_action_id(stage: Stage) -> None:
    for kind, (fields, selector) in sample.ELEMENTS.items():
        shown = stage.post(sample.actions({"type": kind, "action_id": f"the.{kind}", **fields}))
        field = shown.locator(f"[data-action-id='the.{kind}']")
        expect(field, kind).to_be_visible()
        expect(shown.locator(selector).first, kind).to_be_visible()
        assert field.get_attribute("data-block-id"), kind


def test_a_block_of_an_unknown_type_is_said_in_a_note(stage: Stage) -> None:
    shown = stage.put(blocks=[{"type": "hologram", "block_id": "h"}, sample.section("After it")])
    expect(shown.get_by_test_id("unknown-block")).to_contain_text("hologram")
    expect(shown).to_contain_text("After it")


MARKS = [
    ("*bold*", "strong", "bold"),
    ("_italic_", "em", "italic"),
    ("~gone~", "s", "gone"),
    ("`code *x*`", "code", "code *x*"),
    ("```two\nlines```", "pre", "two\nlines"),
    ("> said", "blockquote", "said"),
    ("&gt; said", "blockquote", "said"),
    (f"<@{DANA}>", ".mention.me", "@Dana Reyes"),
    (f"<@{LEE}>", ".mention", "@Lee Park"),
    (f"<#{ROOM}>", ".mention.channel", "#cs-alerts"),
    ("<https://x.example/?b=1&amp;c=2|page>", "a[href='https://x.example/?b=1&c=2']", "page"),
    (":tada:", "[role=img][aria-label=tada]", ""),
    ("• one\n• two", ".item", "one"),
]  # fmt: skip


def test_mrkdwn_is_drawn(stage: Stage) -> None:
    for source, selector, words in MARKS:
        shown = stage.put(text=source)
        expect(shown.locator(selector).first, source).to_contain_text(words)


def test_signs_inside_words_are_left_alone(stage: Stage) -> None:
    for source in ("snake_case_name", "2*3*4", "a ~ b ~ c", "* not bold *", ":no_such_emoji:"):
        shown = stage.put(text=source)
        expect(shown, source).to_contain_text(source)
        expect(shown.locator("strong, em, s"), source).to_have_count(0)


def test_only_the_three_entities_are_decoded(stage: Stage) -> None:
    expect(stage.put(text="a &amp; b &lt;c&gt; &quot;d&quot; &amp;lt;")).to_contain_text(
        "a & b <c> &quot;d&quot; &lt;"
    )


@pytest.mark.parametrize(("person", "clock"), [(DANA, "07:30"), (LEE, "21:30")])
def test_dates_are_printed_in_the_zone_of_the_acting_person(
    stage: Stage, person: str, clock: str
) -> None:
    stage.open(as_=person)
    shown = stage.put(text="due <!date^1795437000^{date_num} {time}|some day>")
    expect(shown.locator(".message-main time").last).to_have_text(f"2026-11-23 {clock}")


def test_a_date_format_that_is_not_known_shows_the_fallback(stage: Stage) -> None:
    expect(stage.put(text="<!date^1795437000^{moon_phase}|in November>")).to_contain_text(
        "in November"
    )


def test_long_sections_fold_unless_they_ask_to_be_whole(stage: Stage) -> None:
    lines = "\n".join(f"line {i}" for i in range(8))
    shown = stage.post(sample.section(lines), sample.section(lines, expand=True))
    toggle = shown.get_by_test_id("show-more")
    expect(toggle).to_have_count(1)
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.click()
    expect(toggle).to_have_text("Show less")


def test_a_table_sorts_by_number_and_turns_its_pages(stage: Stage) -> None:
    shown = stage.post(sample.DATA_TABLE)
    first = shown.locator("tbody tr").first
    expect(shown.locator("tbody tr")).to_have_count(5)
    shown.locator("[data-sort-column='1']").click()
    shown.locator("[data-sort-column='1']").click()
    expect(first).to_contain_text("Quietwater")
    expect(shown.locator("th[aria-sort=descending]")).to_contain_text("ARR")
    shown.get_by_label("Next rows").click()
    expect(shown.get_by_test_id("table-range")).to_have_text("6–7 of 7")


def test_pictures_of_other_hosts_are_not_fetched(stage: Stage) -> None:
    asked: list[str] = []
    stage.page.on("request", lambda request: asked.append(request.url))
    expect(stage.post(sample.IMAGE).get_by_label("Health over six weeks")).to_be_visible()
    assert [url for url in asked if not url.startswith(stage.running.url)] == []


def test_an_update_changes_the_message_where_it_stands(stage: Stage) -> None:
    first = stage.post(sample.section("Open"))
    stage.post(sample.section("Another"))
    ts = first.get_attribute("data-ts")
    stage.slack.chat_update(
        channel=ROOM, ts=str(ts), text="t", blocks=[sample.section("Dana has it")]
    )
    expect(first).to_contain_text("Dana has it")
    expect(first).to_have_class(re.compile("flash"))
    expect(stage.page.get_by_test_id("message").first).to_contain_text("Dana has it")
    expect(stage.page.get_by_test_id("message")).to_have_count(2)


def test_an_ephemeral_message_says_so_and_only_its_reader_sees_it(stage: Stage) -> None:
    stage.slack.chat_postEphemeral(channel=ROOM, user=DANA, text="Just between us")
    mine = stage.page.get_by_test_id("message")
    expect(mine).to_contain_text("Only visible to you")
    mine.get_by_test_id("dismiss").click()
    expect(mine).to_have_count(0)
    stage.open(as_=LEE)
    stage.put(text="For everybody")
    expect(mine).to_have_count(1)


def test_a_thread_shows_its_replies_beside_the_channel(stage: Stage) -> None:
    parent = stage.post(sample.section("A question"))
    ts = str(parent.get_attribute("data-ts"))
    stage.slack.chat_postMessage(channel=ROOM, thread_ts=ts, text="An answer")
    link = stage.page.get_by_test_id("thread-link")
    expect(link).to_have_text("1 reply")
    link.click()
    thread = stage.page.get_by_test_id("thread")
    expect(thread).to_contain_text("An answer")
    thread.get_by_test_id("thread-composer-box-input").fill("Thank you")
    thread.get_by_test_id("thread-composer-box-input").press("Enter")
    expect(thread).to_contain_text("Thank you")
    expect(link).to_have_text("2 replies")


def test_a_reply_sent_to_the_channel_too_leads_to_its_thread(stage: Stage) -> None:
    ts = str(stage.post(sample.section("A question")).get_attribute("data-ts"))
    stage.slack.chat_postMessage(channel=ROOM, thread_ts=ts, text="Now!", reply_broadcast=True)
    stage.page.get_by_test_id("thread-origin").click()
    expect(stage.page.get_by_test_id("thread")).to_contain_text("A question")


@pytest.mark.parametrize("width", [360, 800])
def test_on_a_narrow_screen_the_sidebar_folds_away_and_nothing_overflows(
    stage: Stage, width: int
) -> None:
    stage.page.set_viewport_size({"width": width, "height": 740})
    for name in ("data_table", "bar", "pie", "fields"):
        stage.post(sample.DRAWN[name][0], sample.actions(sample.button("Acknowledge", "a")))
    expect(stage.page.get_by_test_id("message")).to_have_count(4)
    expect(stage.page.get_by_test_id("sidebar")).to_be_hidden()
    assert stage.page.evaluate("document.documentElement.scrollWidth") <= width
    assert stage.page.evaluate("document.querySelector('#messages').scrollWidth") <= width
    stage.page.get_by_test_id("menu-toggle").click()
    stage.page.get_by_test_id("app-csbot").click()
    expect(stage.page.get_by_test_id("sidebar")).to_be_hidden()
    expect(stage.page.get_by_test_id("tab-home")).to_be_visible()


def test_of_an_answer_taller_than_the_screen_the_beginning_is_shown(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 900, "height": 520})
    blocks = [sample.section("*The headline*"), sample.axes_chart("bar"), sample.axes_chart("line")]
    shown = stage.post(*blocks)
    expect(shown.locator("svg.plot")).to_have_count(2)
    expect(shown.get_by_text("The headline")).to_be_in_viewport()


def test_a_picture_that_was_uploaded_is_seen_with_its_title(stage: Stage) -> None:
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "PNG")
    told = stage.slack.files_getUploadURLExternal(
        filename="lanes.png", length=len(drawn.getvalue()), alt_txt=TRAP
    )
    stage.workspace.files[told["file_id"]].content = drawn.getvalue()
    stage.slack.files_completeUploadExternal(
        files=[{"id": told["file_id"], "title": TRAP}], channel_id=ROOM, initial_comment="Look"
    )
    shared = stage.page.get_by_test_id("shared-file")
    expect(shared.locator("figcaption")).to_have_text(TRAP)
    picture = shared.get_by_role("img", name=TRAP)
    expect(picture).to_have_js_property("naturalWidth", 40)
    assert stage.page.evaluate("window.pwned") is None
