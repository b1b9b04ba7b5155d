"""Why This? with the stored numbers, Was it useful?, and what follows from the answers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.alerts.model import Alert, AlertMute, AlertVerdict, ThresholdSuggestion
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.playbooks.model import Playbook
from csbot.playbooks.simulate.service import would_hide
from csbot.team.queries import by_slack_id
from tests import builders
from tests.builders import MONDAY

DAY = timedelta(days=1)
PLAYBOOK = "inactive-users"


@pytest.fixture
def ids(desk) -> dict[str, int]:
    with desk.sessions() as session:
        return {name: by_slack_id(session, name).id for name in ("U_DANA", "U_LEE", "U_PRIYA")}


@pytest.fixture
def raised(desk, ids):
    """One critical alert in #cs-alerts, of a playbook that has been read in."""
    desk.run("playbooks")
    made = quiet(desk, ids["U_DANA"])
    desk.run("detect")
    return made


def quiet(desk, owner_id, name="Quietwater Freight", **over):
    made = desk.add(builders.account(name, **{"owner_id": owner_id, "arr": 120_000} | over))
    desk.add(builders.contact(made.id, last_login_at=MONDAY - 9 * DAY))
    return made


def card(desk):
    return next(m for m in desk.in_channel() if "Quietwater Freight" in m.text)


def why(desk, slack_id="U_DANA", seen=None):
    return desk.person(slack_id).choose(seen or card(desk), "Why This?…").view


def say(desk, verdict, slack_id="U_DANA", seen=None, **rest):
    person = desk.person(slack_id)
    return person.submit(why(desk, slack_id, seen), {"verdict": verdict, **rest})


def rows(desk, table):
    with desk.sessions() as session:
        return list(session.scalars(select(table)))


def test_the_form_has_the_numbers_that_are_stored_and_whose_rule_it_is(desk, raised):
    evidence = rows(desk, Alert)[0].evidence
    assert card(desk).text.startswith(
        "Critical: "
    )  # as its stake has it, not as the file's default
    words = why(desk).words
    told = f"{evidence['inactive']} of {evidence['known']} people who used to log in stay away"
    assert f"{told}; the last login was {evidence['days']} days ago" in words
    with desk.sessions() as session:
        on_since = session.get_one(Playbook, PLAYBOOK).on_since
    assert f"“Users who stay away”, `{PLAYBOOK}.yaml`, csbot's library, version" in words
    assert f"Priya Shah answers for it; on since {on_since.day} {on_since:%b %Y}" in words
    assert "1 time here in 90 days" in words
    assert "Somebody acted within a day on 0 of 1; 1 open" in words


def test_the_form_tells_what_followed_before(desk, raised):
    desk.person("U_DANA").press(card(desk), label="Acknowledge")
    with desk.sessions.begin() as session:
        session.scalars(select(Contact)).one().last_login_at = MONDAY + timedelta(hours=1)
    desk.at(MONDAY + timedelta(hours=2))
    desk.run("detect")
    desk.at(MONDAY + 20 * DAY)
    desk.run("detect")
    words = why(desk, seen=desk.in_channel()[-1]).words
    assert "2 times here in 90 days" in words
    assert "Somebody acted within a day on 1 of 2; 1 open, 1 came back" in words


def test_an_answer_is_one_row_and_a_second_one_changes_it(desk, raised):
    assert say(desk, "wrong", note="Ann is on leave").ok
    assert say(desk, "known").ok
    assert say(desk, "useful", "U_LEE").ok
    assert sorted((row.verdict, row.note) for row in rows(desk, AlertVerdict)) == [
        ("known", "Ann is on leave"), ("useful", None),
    ]  # fmt: skip
    again = why(desk)
    chosen = next(b for b in again.blocks if b.get("block_id") == "verdict")
    assert chosen["element"]["initial_option"]["value"] == "known"
    with desk.sessions() as session:
        verbs = session.scalars(select(AuditEntry.verb).where(AuditEntry.verb == "alert.judged"))
        assert len(list(verbs)) == 3


def test_who_may_not_act_may_not_judge_and_a_forged_answer_is_refused(desk, raised):
    assert why(desk, "U_ROBIN") is None
    seen = say(desk, "useful", until=(MONDAY - DAY).date().isoformat())
    assert seen.errors == {"until": "Choose a day that is still to come."}
    seen = say(desk, "useful", threshold="many")
    assert seen.errors == {"threshold": "Write a whole number."}
    seen = say(desk, "useful", threshold="9999")
    assert "threshold" in seen.errors
    assert rows(desk, AlertVerdict) == rows(desk, ThresholdSuggestion) == []


def test_only_in_my_digest_quiets_me_and_nobody_else_and_can_be_taken_back(desk, ids, raised):
    assert say(desk, "known", less=["digest"]).ok
    for name, owner in (("Acme", "U_DANA"), ("Globex", "U_LEE")):
        quiet(desk, ids[owner], name, arr=1_000)
    desk.run("detect")
    asked = {
        name: str(next(m.blocks for m in desk.in_channel() if f"at {name} has" in m.text))
        for name in ("Acme", "Globex")
    }
    assert "<@U_DANA>" not in asked["Acme"]
    assert "<@U_LEE>" in asked["Globex"]
    assert desk.person("U_DANA").messages() == []
    (mute,) = rows(desk, AlertMute)
    assert (mute.playbook, mute.member_id, mute.account_id) == (PLAYBOOK, ids["U_DANA"], None)
    assert say(desk, "known", less=[]).ok
    assert rows(desk, AlertMute) == []


def test_not_for_this_account_until_a_day_closes_it_and_keeps_it_closed(desk, ids, raised):
    quiet(desk, ids["U_LEE"], "Globex", arr=1_000)
    desk.run("detect")
    until = (MONDAY + 3 * DAY).date()
    assert say(desk, "known", until=until.isoformat(), note="they moved house").ok
    desk.deliver()
    assert "Dana Reyes wants no such alert of it until 26 Nov: they moved house." in (
        card(desk).words
    )
    desk.at(MONDAY + 2 * DAY)
    desk.run("detect")
    assert {a.account_id for a in rows(desk, Alert) if a.closed_at is None} != {raised.id}
    open_ones = [a for a in rows(desk, Alert) if a.closed_at is None]
    assert [a.account_id == raised.id for a in open_ones] == [False]
    desk.at(MONDAY + 3 * DAY)
    desk.run("detect")
    assert len([a for a in rows(desk, Alert) if a.closed_at is None]) == 2


def test_a_wish_for_another_threshold_reaches_who_answers_with_the_simulated_count(desk, raised):
    assert say(desk, "early", threshold="14").ok
    assert say(desk, "early", threshold="12").ok
    desk.run("thresholds")
    desk.run("thresholds")
    desk.deliver()
    (row,) = rows(desk, ThresholdSuggestion)
    now = desk.now
    with desk.sessions() as session:
        counted = would_hide(
            session, PLAYBOOK, "days", 12,
            since=now - 90 * DAY, until=now, now=now, settings=desk.settings,
        )  # fmt: skip
    assert (row.value, row.fired, row.hidden) == ("12", *counted)
    (told,) = desk.person("U_PRIYA").messages()
    assert "Dana Reyes wishes days to be 12 instead of 7" in told.text
    assert desk.person("U_DANA").messages() == desk.person("U_LEE").messages() == []


def history(desk, ids, *, useful, wrong, acted, day=MONDAY - 4 * DAY):
    """Alerts of a few days ago, judged by Dana, some of them taken within a day."""
    account = desk.add(builders.account("Acme", owner_id=ids["U_DANA"]))
    for n in range(useful + wrong):
        alert = desk.add(
            Alert(kind="inactive", playbook=PLAYBOOK, account_id=account.id, subject=str(n),
                  owner_id=ids["U_DANA"], severity="soon", state="closed", evidence={},
                  fingerprint="1|", channel="#cs-alerts", since=day, opened_at=day,
                  changed_at=day, closed_at=day + 2 * DAY)
        )  # fmt: skip
        verdict = "useful" if n < useful else "wrong"
        desk.add(AlertVerdict(alert_id=alert.id, member_id=ids["U_DANA"], verdict=verdict, at=day))
        if n < acted:
            desk.add(
                AuditEntry(at=day + timedelta(hours=n + 1), by_id=ids["U_DANA"], verb="alert.taken",
                           account_id=account.id, subject=f"alert:{alert.id}")
            )  # fmt: skip


def weekly(desk, slack_id="U_PRIYA"):
    return [m for m in desk.person(slack_id).messages() if m.text.startswith("Your ")]


def test_the_card_says_how_often_its_like_were_real_from_five_judged_on(desk, ids):
    desk.run("playbooks")
    history(desk, ids, useful=3, wrong=1, acted=0)
    made = quiet(desk, ids["U_DANA"])
    desk.run("detect")
    assert "were real" not in card(desk).words
    with desk.sessions.begin() as session:
        alert = session.scalars(select(Alert).where(Alert.subject == "0")).one()
        lee = AlertVerdict(alert_id=alert.id, member_id=ids["U_LEE"], verdict="wrong", at=MONDAY)
        session.add(lee)
    history_of_one(desk, ids)
    desk.at(MONDAY + DAY)
    desk.run("detect")
    assert made.id
    assert "like this: 4 of 5 were real" in card(desk).words


def history_of_one(desk, ids):
    """One more that was useful, so that five are judged; half of two voices is enough for one."""
    with desk.sessions.begin() as session:
        first = session.scalars(select(Alert).where(Alert.subject == "0")).one()
        columns = {c.name: getattr(first, c.name) for c in Alert.__table__.columns}
        more = Alert(**columns | {"id": None, "subject": "more"})
        session.add(more)
        session.flush()
        session.add(
            AlertVerdict(alert_id=more.id, member_id=ids["U_DANA"], verdict="useful", at=MONDAY)
        )


def test_who_answers_reads_once_a_week_what_a_recount_finds(desk, ids):
    desk.run("playbooks")
    history(desk, ids, useful=6, wrong=4, acted=7)
    desk.at(MONDAY - timedelta(minutes=31))
    desk.run("digest")
    assert weekly(desk) == []
    for after in (-29, 1, 60 * 24, 60 * 24 * 3):
        desk.at(MONDAY + timedelta(minutes=after))
        desk.run("digest")
        desk.deliver()
    (told,) = weekly(desk)
    alerts = [a for a in rows(desk, Alert) if a.playbook == PLAYBOOK]
    entries = rows(desk, AuditEntry)
    acted = sum(
        any(e.subject == f"alert:{a.id}" and e.at <= a.opened_at + DAY for e in entries
            if e.verb == "alert.taken") for a in alerts
    )  # fmt: skip
    assert f"fired {len(alerts)} times, {acted} acted on within a day" in told.words
    real = sum(v.verdict == "useful" for v in rows(desk, AlertVerdict))
    assert f"{real} of {len(alerts)} judged in 90 days were useful" in told.words
    assert "between 31 % and 83 %" in told.words  # Wilson's interval of 6 in 10
    assert "Of the others: 4 wrong" in told.words
    assert weekly(desk, "U_DANA") == []
    assert not [m for m in desk.person("U_PRIYA").messages() if "Switch the playbook" in m.text]
    desk.at(MONDAY + 7 * DAY)
    desk.run("digest")
    desk.deliver()
    assert len(weekly(desk)) == 2


def test_a_playbook_that_few_call_useful_is_switched_off_by_a_press(desk, ids, raised):
    history(desk, ids, useful=8, wrong=12, acted=0)
    desk.run("digest")
    desk.deliver()
    priya = desk.person("U_PRIYA")
    (asked,) = [m for m in priya.messages() if m.text.startswith("Switch the playbook")]
    assert "8 of the 20" in asked.text
    assert asked.labels == ["Switch Off", "Keep It On"]
    assert priya.press(asked, label="Switch Off").ok
    desk.deliver()
    (decided,) = [m for m in priya.messages() if "switched the playbook" in m.text]
    assert decided.labels == []
    assert "off already" in priya.press(asked, label="Switch Off").words
    desk.run("detect")
    assert "The playbook “Users who stay away” was switched off by Priya Shah." in card(desk).words
    assert [a for a in rows(desk, Alert) if a.closed_at is None] == []


def test_a_playbook_that_somebody_keeps_is_not_asked_about_again_for_long(desk, ids):
    desk.run("playbooks")
    history(desk, ids, useful=8, wrong=12, acted=0)
    desk.run("digest")
    desk.deliver()
    priya = desk.person("U_PRIYA")
    (asked,) = [m for m in priya.messages() if m.text.startswith("Switch the playbook")]
    priya.press(asked, label="Keep It On")
    desk.at(MONDAY + 7 * DAY)
    desk.run("digest")
    desk.deliver()
    assert not [m for m in priya.messages() if m.text.startswith("Switch the playbook")]
    assert len(weekly(desk)) == 2
