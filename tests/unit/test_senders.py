"""Every sender that csbot knows, asked what a body is: an answer or a mend, never a fault."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.inbox.errors import Unreadable
from csbot.keys.service import SOURCES
from csbot.webhooks.examples import IN_PLAIN_FORM
from csbot.webhooks.senders import FIELDS, KNOWN, OWN, PATHS, Sender, event_of
from csbot.webhooks.settings import SenderSettings
from csbot.webhooks.signatures import SCHEMES

ROOT = Path(__file__).parents[2] / "csbot"
WORD = re.compile(r'"([a-z_]+(?:\.[a-z_0-9]+)*)"', re.IGNORECASE)
# Whatever any reader might look for: the texts in their sources.
NAMES = sorted(
    {
        part
        for folder in ("surveys", "tickets", "calendars", "payments", "webhooks")
        for file in (ROOT / folder).glob("*.py")
        for path in WORD.findall(file.read_text("utf-8"))
        for part in path.split(".")
    }
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["", "\x00", "\ud800", "2026-13-40", "1e999", "-0", 10**400, -(10**30)]),
    st.sampled_from(NAMES),
)  # fmt: skip
BODIES = st.dictionaries(
    st.sampled_from(NAMES) | st.text(max_size=4),
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
        ),
        max_leaves=12,
    ),
    max_size=6,
)
OWN_SENDERS = [
    Sender(
        f"own-{path}", path, path, None,
        *OWN[path]("own", SenderSettings(source=path, fields={n: n for n in FIELDS[path]})),
    )
    for path in OWN
]  # fmt: skip


@pytest.mark.parametrize("sender", [*KNOWN, *OWN_SENDERS], ids=lambda one: f"{one.path}-{one.name}")
@settings(max_examples=60, deadline=None)
@given(body=BODIES)
def test_any_body_has_an_id_or_a_mend(sender: Sender, body: dict[str, object]) -> None:
    try:
        event_id, kind = event_of(sender, body, {})
    except Unreadable:
        return
    assert event_id
    assert kind
    (event_id + kind).encode()
    assert "\0" not in event_id + kind


def test_the_tables_of_sources_agree() -> None:
    assert set(IN_PLAIN_FORM) == set(SOURCES) - {"usage"}
    assert {sender.path for sender in KNOWN} == set(PATHS)
    assert OWN.keys() == FIELDS.keys()
    assert SCHEMES.keys() <= {"standard", "svix"} | {sender.name for sender in KNOWN}
    json.dumps(IN_PLAIN_FORM, allow_nan=False)
