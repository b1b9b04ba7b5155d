"""Acknowledged is a promise: asked after once, then open again and the manager's; time travel."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from csbot.accounts.model import Account
from csbot.alerts import lapsing, service
from csbot.alerts.model import Alert, AlertPromise
from csbot.alerts.promises import promises_kept
from csbot.audit import AuditEntry
from csbot.checkins.service import log_checkin
from csbot.contacts import Contact
from csbot.meetings.service import add_meeting
from csbot.team.queries import by_slack_id
from tests import builders
from tests.builders import MONDAY

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
EVENING = MONDAY + 9 * HOUR  # Dana's day ends at 18:00
LAPSE = EVENING + DAY


@pytest.fixture
def dana(desk):
    return desk.person("U_DANA")


@pytest.fixture
def taken(desk, dana):
    """Dana has a critical alert since Monday 09:00."""
    with desk.sessions() as session:
        owner = by_slack_id(session, "U_DANA").id
    made = desk.add(builders.account("Quietwater Freight", owner_id=owner, arr=120_000))
    desk.add(builders.contact(made.id, last_login_at=MONDAY - 9 * DAY))
    desk.run("detect")
    assert dana.press(card(desk), label="Acknowledge").ok
    desk.deliver()
    return made


def card(desk):
    return desk.in_channel()[0]


def replies(desk):
    return desk.person("U_DANA").messages("C_ALERTS", card(desk).ts)[1:]


def pass_to(desk, moment):
    """The clock goes on to then, and the job of that minute is done."""
    desk.at(moment)
    desk.run("reminders")


def ends(desk):
    with desk.sessions() as session:
        return list(session.scalars(select(AlertPromise.ended).order_by(AlertPromise.id)))


def call_ann(desk, account_id):
    with desk.sessions.begin() as session:
        log_checkin(
            session, account_id=account_id, note="Called Ann", channel="call",
            by=by_slack_id(session, "U_DANA"), now=desk.now, settings=desk.settings,
        )  # fmt: skip


def meet_ann(desk, account_id):
    with desk.sessions.begin() as session:
        add_meeting(
            session, account_id=account_id, starts_at=EVENING + 3 * DAY, kind="call", title="",
            duration_minutes=30, by=by_slack_id(session, "U_DANA"), now=desk.now,
        )  # fmt: skip


def received(desk):
    """How many messages there are, of everybody, wherever they stand."""
    return sum(len(room) for room in desk.slack.messages.values())


def stamp(moment):
    return f"<!date^{int(moment.timestamp())}^"


def test_the_card_says_by_when_and_the_nudge_comes_then_and_once(desk, dana, taken):
    assert f"by {stamp(EVENING)}" in card(desk).words
    assert "asked after" not in card(desk).words
    pass_to(desk, EVENING - MINUTE)
    assert dana.messages() == []
    desk.at(EVENING)

    def at_work(_):
        return lapsing.follow_up(desk.sessions, settings=desk.settings, now=EVENING).nudged

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(at_work, range(2))) == 1
    desk.run("detect")
    (nudge,) = dana.messages()
    assert nudge.labels == ["Log Check-In", "More Time…", "Hand Over"]
    assert stamp(LAPSE) in nudge.words
    since = nudge.words.split("had this since ")[1].split("|")[0]
    assert f"has it since {since}" in card(desk).words
    assert f"by {stamp(LAPSE)}" in card(desk).words
    assert f"asked after it {stamp(EVENING)}" in card(desk).words
    assert "Dana Reyes has it" in card(desk).words
    assert replies(desk) == desk.person("U_PRIYA").messages() == []


@pytest.mark.parametrize("act", [call_ann, meet_ann])
def test_a_check_in_one_minute_before_keeps_it_silently(desk, dana, taken, act):
    desk.at(EVENING - MINUTE)
    act(desk, taken.id)
    pass_to(desk, EVENING)
    assert ends(desk) == ["kept"]
    pass_to(desk, LAPSE)
    assert dana.messages() == replies(desk) == []


def test_what_is_taken_back_or_done_by_csbot_alone_keeps_no_promise(desk, dana, taken):
    desk.at(EVENING - MINUTE)
    call_ann(desk, taken.id)
    with desk.sessions.begin() as session:
        logged = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == "checkin.logged")
        ).one()
        told = {"account_id": taken.id, "subject": "x", "at": desk.now}
        session.add(AuditEntry(**told, verb="checkin.undone", undoes_id=logged.id))
        session.add(AuditEntry(**told, verb="renewal.changed"))
    pass_to(desk, EVENING)
    assert len(dana.messages()) == 1


def test_it_lapses_once_open_again_and_one_word_to_the_manager_and_never_a_third(desk, dana, taken):
    pass_to(desk, EVENING)
    pass_to(desk, LAPSE - MINUTE)
    assert replies(desk) == []
    before = received(desk)
    pass_to(desk, LAPSE)
    assert "open again, Dana Reyes had it for 1 day" in card(desk).words
    assert card(desk).labels == ["Acknowledge", "Log Check-In"]
    (reply,) = replies(desk)
    assert "<@U_PRIYA>" in reply.words
    assert "Dana Reyes had it for 1 day" in reply.words
    (nudge,) = dana.messages()
    assert nudge.labels == []
    assert "open again" in nudge.words
    for days in (1, 2, 7, 30):
        desk.at(LAPSE + days * DAY)
        desk.run("detect")
    assert received(desk) == before + 1
    assert ends(desk) == ["lapsed"]
    assert dana.press(card(desk), label="Acknowledge").ok
    desk.deliver()
    assert "open again" not in card(desk).words


def test_whoever_chose_the_digest_is_asked_there_and_gets_no_message(desk, dana):
    with desk.sessions.begin() as session:
        owner = by_slack_id(session, "U_DANA")
        owner.alerts_by, owner_id = "digest", owner.id
    made = desk.add(builders.account("Globex", owner_id=owner_id, arr=1_000))
    desk.add(builders.contact(made.id, last_login_at=MONDAY - 9 * DAY))
    desk.run("detect")
    assert dana.press(card(desk), label="Acknowledge").ok
    promised = EVENING + DAY
    pass_to(desk, promised)
    assert dana.messages() == []
    desk.at(MONDAY + 2 * DAY)
    desk.run("digest")
    (digest,) = dana.messages()
    assert "yours, and nothing has followed: nobody at Globex" in digest.words
    assert "~" not in digest.words
    call_ann(desk, made.id)
    pass_to(desk, promised + DAY)
    assert ends(desk) == ["kept"]
    desk.run("digest")
    assert "You have it." in dana.messages()[0].words
    desk.at(MONDAY + 3 * DAY)
    desk.run("digest")
    assert "nothing has followed" not in dana.messages()[-1].words


def test_a_manager_gives_a_promise_to_whoever_has_the_alert(desk, dana, taken):
    call_ann(desk, taken.id)
    pass_to(desk, EVENING)
    assert ends(desk) == ["kept"]
    priya, until = desk.person("U_PRIYA"), EVENING + 4 * HOUR
    form = priya.choose(card(desk), "By When…").view
    told = {"until": int(until.timestamp()), "reason": "The board meets tonight"}
    assert priya.submit(form, told).ok
    pass_to(desk, until)
    assert ends(desk) == ["kept", None]
    assert (len(dana.messages()), priya.messages()) == (1, [])


def test_more_time_moves_it_once_for_each_reason(desk, dana, taken):
    pass_to(desk, EVENING)
    (nudge,) = dana.messages()
    wednesday, friday = LAPSE + DAY, LAPSE + 3 * DAY
    told = {"until": int(wednesday.timestamp()), "reason": "Ann is back on Wednesday"}
    form = dana.press(nudge, label="More Time…").view
    past = dana.submit(form, told | {"until": int((EVENING - DAY).timestamp())})
    assert past.errors == {"until": "Choose a time that is still to come."}
    far = dana.submit(form, told | {"until": int((EVENING + 31 * DAY).timestamp())})
    assert "30 days at most" in far.errors["until"]
    assert dana.submit(form, told).ok
    desk.deliver()
    assert f"by {stamp(wednesday)}" in card(desk).words
    again = dana.press(nudge, label="More Time…").view
    same = dana.submit(again, told | {"reason": " ann is  back on wednesday. "})
    assert "moved it once already" in same.errors["reason"]
    other = {"until": int(friday.timestamp()), "reason": "She is ill"}
    assert dana.submit(again, other).ok
    pass_to(desk, friday - MINUTE)
    assert len(dana.messages()) == 1
    pass_to(desk, friday)
    assert len(dana.messages()) == len(replies(desk)) == 1
    assert "had it for 4 days" in replies(desk)[0].words
    late = dana.press(nudge, label="More Time…")
    assert late.view is None
    assert "That promise is over" in late.ephemeral.words


def test_by_when_is_changed_in_the_card_by_whoever_has_it_or_a_manager(desk, dana, taken):
    lee = desk.person("U_LEE").choose(card(desk), "By When…")
    assert "Only whoever has it, or a manager" in lee.ephemeral.words
    form = desk.person("U_PRIYA").choose(card(desk), "By When…").view
    until = MONDAY + 2 * HOUR
    told = {"until": int(until.timestamp()), "reason": "The board meets at noon"}
    assert desk.person("U_PRIYA").submit(form, told).ok
    desk.deliver()
    assert f"by {stamp(until)}" in card(desk).words
    assert "The board meets at noon" in card(desk).words
    pass_to(desk, until)
    assert len(dana.messages()) == 1


@pytest.mark.parametrize("how", ["Undo", "Hand Over", "Snooze…", "closed"])
def test_what_ends_a_promise_leaves_it_void_and_an_old_press_is_answered(desk, dana, taken, how):
    desk.at(MONDAY + MINUTE)
    if how == "Undo":
        assert dana.choose(card(desk), "Undo").ok
    elif how == "Hand Over":
        form = dana.press(card(desk), label="Hand Over").view
        assert dana.submit(form, {"to": "U_LEE"}).ok
    elif how == "Snooze…":
        form = dana.choose(card(desk), "Snooze…").view
        until = int((MONDAY + DAY).timestamp())
        assert dana.submit(form, {"until": until, "reason": "Max is away"}).ok
    else:
        with desk.sessions.begin() as session:
            session.scalars(select(Contact)).one().last_login_at = desk.now
    desk.run("detect")
    assert ends(desk) == ["void"]
    pass_to(desk, EVENING)
    assert [m for m in dana.messages() if "nothing has followed" in m.words] == []


def test_promises_kept_is_what_a_recount_of_the_audit_log_says(desk, dana, taken):
    with desk.sessions.begin() as session:
        owner = by_slack_id(session, "U_DANA").id
        for n, name in enumerate(("Globex", "Initech", "Hooli")):
            made = builders.account(name, owner_id=owner, arr=120_000)
            session.add(made)
            session.flush()
            session.add(
                builders.contact(made.id, email=f"{n}@x.example", last_login_at=MONDAY - 9 * DAY)
            )
    desk.run("detect")
    for shown in desk.in_channel()[1:]:
        assert dana.press(shown, label="Acknowledge").ok
    with desk.sessions() as session:
        kept = session.scalars(select(Account.id).where(Account.name.in_(["Globex", "Hooli"])))
        kept = list(kept)
    for id in kept:
        call_ann(desk, id)
    for moment in (EVENING, LAPSE):
        pass_to(desk, moment)
    with desk.sessions() as session:
        share = promises_kept(session, MONDAY, LAPSE + MINUTE)
        recount = dict(
            session.execute(
                select(AuditEntry.verb, func.count())
                .where(AuditEntry.verb.in_(["promise.kept", "promise.lapsed"]))
                .group_by(AuditEntry.verb)
            ).all()
        )
        assert recount == {"promise.kept": 2, "promise.lapsed": 2}
        assert (share.part, share.whole) == (2, 4)
        assert promises_kept(session, LAPSE + MINUTE, LAPSE + DAY).whole == 0


def test_a_minute_in_which_nothing_is_due_takes_one_query(desk, taken):
    asked = []
    event.listen(desk.wiring.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    lapsing.follow_up(desk.sessions, settings=desk.settings, now=MONDAY + MINUTE)
    assert len([sql for sql in asked if "SELECT" in sql]) == 1


def test_a_taken_alert_that_nobody_was_shown_is_shown_when_its_promise_lapses(desk, dana):
    night = MONDAY - 3 * HOUR
    desk.at(night)
    with desk.sessions.begin() as session:
        owner = by_slack_id(session, "U_DANA")
        session.add(made := builders.account("Globex", owner_id=owner.id, arr=1_000))
        session.flush()
        session.add(builders.contact(made.id, last_login_at=MONDAY - 9 * DAY))
    desk.run("detect")
    with desk.sessions.begin() as session:
        service.take(
            session, alert_id=session.scalars(select(Alert.id)).one(),
            by=by_slack_id(session, "U_DANA"), now=night, settings=desk.settings,
        )  # fmt: skip
    pass_to(desk, LAPSE)
    pass_to(desk, LAPSE + DAY)
    assert desk.in_channel() == []
    pass_to(desk, MONDAY + 3 * DAY)
    assert "open again, Dana Reyes had it for 3 days" in card(desk).words
    assert replies(desk) == []
    with desk.sessions() as session:
        verbs = list(session.scalars(select(AuditEntry.verb)))
        assert session.scalars(select(Alert.escalated_at)).one() is None
    assert "promise.lapsed" in verbs
    assert "alert.escalated" not in verbs, "nobody heard of it"
