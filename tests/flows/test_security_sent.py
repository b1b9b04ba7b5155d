"""What systems send of customers, wherever it is shown: it pings nobody, links nowhere."""

from datetime import timedelta

import httpx
import pytest

from csbot.accounts.lookup import find_account
from csbot.keys import service as keys
from csbot.team.queries import by_slack_id
from handlers.ask import COMMANDS
from tests.flows.test_security_words import HOSTILE, LIVE, OURS, UNSEEN, words

ANN = {"email": "ann@acme.example"}
ODD = f"{{{{7*7}}}} {{% raw %}} \x1b[31m {HOSTILE}"


def calls(at: str) -> list[dict[str, object]]:
    told = {"name": ODD, "plan": ODD[:99], "industry": ODD[:99], "domain": "acme.example", ODD: ODD}
    home = {"groupId": "acme-1"}
    who = {"userId": ODD, "context": home, "timestamp": at}
    return [
        {"type": "group", "groupId": "acme-1", "traits": told, **who},
        {"type": "identify", "traits": {**ANN, "name": ODD, "title": ODD, "phone": ODD}, **who},
        {"type": "track", "event": ODD, "properties": {"feature": ODD, "duration": 600}, **who},
        {"type": "track", "event": "Signed In", **who},
        {"type": ODD, **who},
    ]


def deliveries(at: str, later: str) -> list[tuple[str, dict[str, object]]]:
    case = {"id": ODD, "status": "open", "priority": "urgent", "subject": ODD, "at": at, **ANN}
    said = {"url": "javascript:alert(1)", "description": ODD, "comment": ODD, "author": ODD}
    guests = ["ann@acme.example", f"{ODD}@acme.example"]
    review = {"id": ODD, "title": ODD, "starts_at": later, "attendees": guests, "agenda": ODD}
    event = {"account": "acme.example", "title": ODD, "text": ODD}
    return [
        ("surveys", {"id": ODD, "kind": "nps", "score": 0, "comment": ODD, "at": at, **ANN}),
        ("tickets", case | said),
        ("meetings", review),
        ("generic", {"type": f"odd.{HOSTILE}"[:100], "timestamp": at, "data": event}),
    ]


@pytest.fixture
def hostile(desk):
    with desk.sessions.begin() as session:
        dana = by_slack_id(session, "U_DANA").id
        made = {
            source: keys.create(session, source=source, name="test", now=desk.now).text
            for source in keys.SOURCES
        }
    at, later = ((desk.now + timedelta(hours=n)).isoformat() for n in (-1, 20))
    with httpx.Client(base_url=desk.url, timeout=30) as http:
        asked = [("/v1/batch", "usage", {"batch": calls(at)})]
        asked += [(f"/webhooks/{of}", of, body) for of, body in deliveries(at, later)]
        for path, source, body in asked:
            answer = http.post(path, json=body, auth=(made[source], ""))
            assert answer.status_code == 200, answer.text
            assert "waiting" not in answer.text
            with desk.sessions.begin() as session:
                acme = find_account(session, "acme.example", person=None)
                acme.owner_id, named = dana, acme.name
    assert "<!channel>" in named
    return desk


def test_no_message_and_no_answer_obeys_what_systems_sent(hostile):
    for job in ("detect", "digest", "reminders"):
        hostile.run(job)
    dana = hostile.person("U_DANA", "C_ALERTS")
    seen = [dana.command(f"/cs {name} acme.example") for name in COMMANDS]
    shown = [one.view.raw for one in seen if one.view]
    shown += [message.raw for one in seen for message in one.messages]
    rooms = hostile.slack.messages.values()
    posted = [{"blocks": one.blocks, "text": one.text} for room in rooms for one in room.values()]
    assert len(posted) > 2
    told = list(words([*shown, *posted]))
    for said in told:
        assert set(LIVE.findall(said)) <= OURS, said
        assert not UNSEEN.search(said), said
    everything = "".join(told)
    assert "{{7\u22177}} {% raw %}" in everything  # its star is none of Slack's
    assert "javascript:" not in everything
    assert {ping for _, ping in hostile.slack.all_pings} <= OURS
