"""Dana is away from Thursday to Tuesday and Lee covers, over Slack's own protocol."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from csbot.audit import AuditEntry
from csbot.away.model import Absence
from csbot.digests.service import send_due
from csbot.team.queries import by_slack_id
from tests import builders
from tests.builders import MONDAY

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THURSDAY, FRIDAY = MONDAY + 3 * DAY, MONDAY + 4 * DAY
TUESDAY = MONDAY + 8 * DAY - HOUR / 2  # half past eight


@pytest.fixture
def dana(desk):
    return desk.person("U_DANA", "C_OTHER")


@pytest.fixture
def lee(desk):
    return desk.person("U_LEE", "C_OTHER")


@pytest.fixture
def priya(desk):
    return desk.person("U_PRIYA", "C_OTHER")


def member_of(desk, slack_id):
    with desk.sessions() as session:
        return by_slack_id(session, slack_id).id


def absences(desk):
    with desk.sessions() as session:
        return list(session.scalars(select(Absence).order_by(Absence.id)))


def direct(person):
    return [shown.words for shown in person.messages()]


def test_it_is_said_in_a_line_shown_on_asking_and_over_by_a_press(desk, dana, lee):
    said = dana.command("/cs away thursday to tuesday cover @lee").ephemeral
    assert "You are away from Thursday 26 Nov until Tuesday 1 Dec; Lee Park covers." in said.words
    desk.deliver()
    (asked,) = direct(lee)
    assert "You cover for Dana Reyes" in asked
    assert "You are away from Thursday 26 Nov" in dana.command("/cs away").ephemeral.words
    assert len(absences(desk)) == 1
    over = dana.press(said, label="Call It Off")
    assert "Called off: you are not away." in over.words
    again = dana.press(said, label="Call It Off")
    assert "That absence is over already" in again.words
    desk.deliver()
    assert ["do not cover for Dana Reyes any more" in words for words in direct(lee)] == [True]


def test_a_day_of_another_year_has_its_year(desk, dana):
    said = dana.command("/cs away 2026-12-30 to 2027-01-12 cover @lee").ephemeral
    assert "away from Wednesday 30 Dec until Tuesday 12 Jan 2027;" in said.words
    dana.home()
    desk.deliver()
    assert "from Wednesday 30 Dec to Tuesday 12 Jan 2027" in dana.home().words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("next week", "from Monday 30 Nov until Monday 7 Dec; Priya Shah covers"),
        ("all of next week cover @lee", "from Monday 30 Nov until Monday 7 Dec; Lee Park covers"),
        ("this week", "away until Monday 30 Nov; Priya"),
        ("through next week", "away until Monday 7 Dec; Priya"),
        ("friday through next week", "from Friday 27 Nov until Monday 7 Dec; Priya"),
        ("next month", "from Tuesday 1 Dec until Friday 1 Jan 2027; Priya"),
        ("until next week", "away until Monday 30 Nov; Priya"),
        ("until friday @lee", "away until Friday 27 Nov; Lee Park covers"),
        ("@lee until friday", "Only managers and admins can say that somebody else"),
    ],
)
def test_a_whole_week_is_all_of_it_and_who_is_named_last_covers(dana, text, told):
    assert told in dana.command(f"/cs away {text}").ephemeral.words


def test_away_alone_opens_a_form_and_a_second_word_changes_the_same_absence(desk, dana, lee):
    form = dana.command("/cs away").view
    assert form is not None
    back = {"back_on": "2026-11-26", "cover": "U_LEE"}
    assert dana.submit(form, back).ok
    dana.command("/cs away until friday")
    (absence,) = absences(desk)
    assert MONDAY <= absence.starts_at < MONDAY + HOUR
    assert absence.ends_at == FRIDAY - 9 * HOUR
    assert absence.cover_id == member_of(desk, "U_LEE")
    assert "Welcome back" in dana.command("/cs back").ephemeral.words


@pytest.fixture
def twice(desk, dana):
    """Away until Wednesday, and from Friday to Tuesday; what was answered to the first."""
    first = dana.command("/cs away until wednesday").ephemeral
    dana.command("/cs away friday to tuesday")
    return first


def test_a_second_press_ends_no_other_absence(desk, dana, twice):
    assert "Welcome back" in dana.press(twice, label="I Am Back").words
    for label in ("I Am Back", "Change…"):
        assert "That absence is over already" in dana.press(twice, label=label).words
    assert [one.ended_at is None for one in absences(desk)] == [False, True]


def test_changing_one_to_other_days_moves_that_one(desk, dana, twice):
    later = dana.command("/cs away thursday to tuesday").ephemeral
    form = dana.press(later, label="Change…").view
    assert dana.submit(form, {"from_on": "2026-12-14", "back_on": "2026-12-18"}).ok
    assert [one.starts_at.day for one in absences(desk)] == [MONDAY.day, 14]
    begun = dana.press(twice, label="Change…").view
    for days, why in (
        ({"from_on": "2026-11-30", "back_on": "2026-12-02"}, "has begun"),
        ({"from_on": "2026-11-23", "back_on": "2026-12-15"}, "two absences in one"),
    ):
        assert why in str(dana.submit(begun, days).errors)
    dana.press(twice, label="I Am Back")
    assert "That absence is over already" in dana.submit(begun, {"back_on": "2026-11-26"}).words
    assert len(absences(desk)) == 2


def test_managers_say_it_for_others_and_nobody_else_does(desk, priya, lee):
    said = priya.command("/cs away @dana until friday cover @lee").ephemeral
    assert "Dana Reyes is away until Friday 27 Nov; Lee Park covers." in said.words
    refused = lee.command("/cs away @dana until friday").ephemeral.words
    assert "Only managers and admins can say that somebody else is away" in refused
    assert "Only managers" in lee.command("/cs back @dana").words
    assert "Dana Reyes is back" in priya.press(said, label="End It").words
    desk.deliver()
    assert direct(desk.person("U_DANA")) == []


def test_a_circle_of_covers_is_refused_with_the_names(desk, dana, lee):
    dana.command("/cs away until friday cover @lee")
    refused = lee.command("/cs away wednesday to friday cover @dana").ephemeral.words
    assert "in a circle: Lee Park by Dana Reyes, Dana Reyes by Lee Park" in refused
    assert (
        "Lee Park covers"
        not in lee.command("/cs away next monday to friday cover @dana").ephemeral.words
    )
    assert len(absences(desk)) == 2


def test_it_is_said_from_home_and_stands_there(desk, dana):
    dana.home()
    desk.deliver()
    dana.press(dana.home(), label="Set Away…")
    values = {"from_on": "2026-11-26", "back_on": "2026-12-01", "cover": "U_LEE"}
    assert dana.submit(None, values).ok
    desk.deliver()
    assert "from Thursday 26 Nov to Tuesday 1 Dec; Lee Park covers." in dana.home().words
    (absence,) = absences(desk)
    assert absence.cover_id == member_of(desk, "U_LEE")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("until fryday", "I can't read the date *fryday*"),
        ("until 03/04/2027", "two ways"),
        ("until monday cover @nobody", "nobody"),
        ("until monday cover @robin", "cannot act on accounts"),
        ("until monday cover @dana", "Nobody covers for themselves"),
        ("until 2026-11-20", "That is over already"),
        ("friday to wednesday of", "I can't read"),
        ("for 14 months", "At most a year"),
        ("<!channel> until monday", "I can't read"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(desk, dana, text, why):
    words = dana.command(f"/cs away {text}").ephemeral.words
    assert why in words
    assert "<!channel>" not in words
    assert absences(desk) == []


@pytest.fixture
def away(desk, dana):
    """Dana is away from Thursday to Tuesday, Lee covers; Acme is hers, with a task for Thursday."""
    dana.command("/cs away thursday to tuesday cover @lee")
    acme = desk.add(builders.account("Acme", owner_id=member_of(desk, "U_DANA")))
    desk.add(builders.task(acme.id, due_on=THURSDAY.date()))
    return acme


def pass_to(desk, moment, *jobs):
    """The clock goes on to then, and the jobs of that minute are done."""
    desk.at(moment)
    for job in jobs or ("reminders", "digest"):
        desk.run(job)


def mentions(desk, slack_id):
    """How often somebody was mentioned in the channel, replies included."""
    room = desk.slack.messages["C_ALERTS"].values()
    return sum(f"<@{slack_id}>" in str(message.blocks) for message in room)


def pings(desk, slack_id):
    """How often somebody was mentioned or written to, without the word that they cover."""
    written = [words for words in direct(desk.person(slack_id)) if "You cover for" not in words]
    return mentions(desk, slack_id) + len(written)


def test_what_falls_due_meanwhile_is_the_covers_and_the_absent_person_hears_nothing(desk, away):
    pass_to(desk, FRIDAY)
    (card,) = desk.in_channel()
    assert "<@U_LEE>, covering for Dana Reyes" in card.words
    assert "overdue by 1 day" in card.words
    assert pings(desk, "U_DANA") == 0
    with desk.sessions() as session:
        owner = session.get(type(away), away.id).owner_id
    assert owner == member_of(desk, "U_DANA")


def test_a_cover_who_is_away_too_leaves_it_to_the_manager(desk, away, lee):
    lee.command("/cs away friday to monday")
    pass_to(desk, FRIDAY)
    (card,) = desk.in_channel()
    assert "<@U_PRIYA>, covering for Dana Reyes" in card.words
    assert pings(desk, "U_DANA") == pings(desk, "U_LEE") == 0


def catch_ups(person):
    return [words for words in direct(person) if words.startswith("Welcome back")]


def test_the_first_working_morning_has_one_catch_up_however_many_workers_there_are(
    desk, away, dana, lee
):
    pass_to(desk, FRIDAY)
    (card,) = desk.in_channel()
    lee.press(card, label="Acknowledge")
    for days in range(3):
        pass_to(desk, FRIDAY + days * DAY)
    assert direct(dana) == []
    desk.at(TUESDAY)

    def at_work(_):
        with desk.sessions.begin() as session:
            return send_due(session, settings=desk.settings, now=TUESDAY)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_work, range(2)))
    desk.deliver()
    pass_to(desk, TUESDAY + HOUR)
    (said,) = catch_ups(dana)
    assert "1 thing happened on your accounts" in said
    assert "Acme" in said
    assert "Alert acknowledged" in said
    assert "Lee Park" in said
    assert "1 task overdue" in said
    assert len(direct(dana)) == 2  # and the digest of the day
    pass_to(desk, TUESDAY + DAY)
    assert len(catch_ups(dana)) == 1


def test_who_was_away_for_an_hour_is_not_welcomed_back(desk, dana, priya):
    for who, text in ((dana, "until thursday"), (priya, "@lee until thursday")):
        who.command(f"/cs away {text}")
    desk.at(MONDAY + HOUR)
    said = dana.command("/cs back").ephemeral.words
    assert "Welcome back" in said
    assert "What happened" not in said
    desk.at(MONDAY + 9 * HOUR)
    assert "What happened" in priya.command("/cs back @lee").ephemeral.words
    pass_to(desk, MONDAY + DAY)
    assert catch_ups(dana) == []
    assert len(catch_ups(desk.person("U_LEE"))) == 1


def mornings(person):
    return [shown for shown in person.messages() if shown.text.startswith("Good morning")]


def test_the_cover_s_digest_has_a_section_and_its_button_works(desk, away, dana, lee):
    high = {"due_on": THURSDAY.date(), "priority": "high"}
    desk.add(builders.task(away.id, "Send the order form", **high))
    pass_to(desk, FRIDAY)
    pass_to(desk, MONDAY + 7 * DAY)
    digest = mornings(lee)[-1]
    assert "*Covering for Dana Reyes*, until Tuesday 1 Dec · 2 tasks overdue" in digest.words
    assert "Send the order form" in digest.words
    form = lee.press(digest, label="Log Check-In").view
    assert form is not None
    assert lee.submit(form, {"note": "Called Ann"}).ok
    pass_to(desk, MONDAY + 7 * DAY + HOUR)
    assert "You have it." in mornings(lee)[-1].words
    assert mornings(dana) == []


def test_the_cover_may_do_what_the_owner_may_and_the_log_says_for_whom(desk, away, dana, lee):
    desk.at(FRIDAY)
    lee.command("/cs checkin acme called Ann")
    lee.command("/cs tag acme +beta")
    said = lee.command("/cs timeline acme").words
    assert said.count("Lee Park, covering for Dana Reyes") == 2
    assert "only you see the answers" not in said
    lee.command("/cs assign acme @lee")
    with desk.sessions() as session:
        acts = session.execute(
            select(AuditEntry.verb, AuditEntry.acting_for_id)
            .where(AuditEntry.account_id == away.id, AuditEntry.by_id == member_of(desk, "U_LEE"))
            .order_by(AuditEntry.id)
        ).all()
    absent = member_of(desk, "U_DANA")
    assert {verb for verb, acting_for in acts if acting_for == absent} >= {
        "checkin.logged", "account.tagged", "account.assigned",
    }  # fmt: skip


def test_who_does_not_cover_or_does_no_more_may_not(desk, away, dana, lee):
    assert "managers" in lee.command("/cs assign acme @lee").words
    desk.at(TUESDAY)
    assert "managers" in lee.command("/cs assign acme @lee").words
    lee.command("/cs tag acme +beta")
    with desk.sessions() as session:
        assert (
            session.scalar(select(AuditEntry).where(AuditEntry.acting_for_id.is_not(None))) is None
        )


def test_on_a_public_holiday_there_is_no_digest_and_no_clock_moves(desk, dana, priya):
    easter = datetime(2027, 3, 28, 9, tzinfo=UTC)  # Easter Monday follows
    for person in ("U_DANA", "U_PRIYA"):
        desk.person(person).command("/cs settings country germany")
    acme = desk.add(builders.account("Acme", owner_id=member_of(desk, "U_DANA")))
    desk.at(easter - 3 * DAY + 6 * HOUR)  # Maundy Thursday, 15:00
    desk.add(builders.feedback(acme.id, 5, at=desk.now - HOUR))
    desk.run("detect")
    desk.run("digest")
    (card,) = desk.in_channel()
    assert "<@U_DANA>" in card.words
    before = len(direct(dana))
    for days in (2, -1):  # Good Friday, Easter Monday
        pass_to(desk, easter - days * DAY + 8 * HOUR, "detect", "digest")
    assert (len(direct(dana)), mentions(desk, "U_PRIYA")) == (before, 0)
    tuesday = easter + 2 * DAY
    pass_to(desk, tuesday + HOUR - HOUR / 60, "detect", "digest")
    assert (len(direct(dana)), mentions(desk, "U_PRIYA")) == (before + 1, 0)
    pass_to(desk, tuesday + HOUR + HOUR / 60, "detect")
    assert mentions(desk, "U_PRIYA") == 1


def test_an_unknown_country_is_refused_with_what_may_be_meant(desk, dana):
    assert "did you mean Germany (`DE`)?" in dana.command("/cs settings country germny").words
    assert "public holidays of DE-BY" in dana.command("/cs settings country de-by").words
    assert "public holidays" not in dana.command("/cs settings country none").words


def test_what_dana_promised_is_asked_of_lee_who_may_give_it_more_time(desk, dana, lee):
    acme = desk.add(builders.account("Acme", owner_id=member_of(desk, "U_DANA")))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")
    dana.press(desk.in_channel()[0], label="Acknowledge")
    dana.command("/cs away until friday cover @lee")
    pass_to(desk, MONDAY + DAY + 9 * HOUR, "reminders")  # the end of her next working day
    (nudge,) = [shown for shown in lee.messages() if "for whom you cover" in shown.text]
    assert "Dana Reyes, for whom you cover, has had this" in nudge.text
    form = lee.press(nudge, label="More Time…").view
    assert form is not None
    until = int((MONDAY + 3 * DAY).timestamp())
    assert lee.submit(form, {"until": until, "reason": "Ann is ill"}).ok
    assert direct(dana) == []


def test_an_alert_from_before_has_its_full_time_again_with_the_cover(desk, dana, lee, priya):
    acme = desk.add(builders.account("Acme", owner_id=member_of(desk, "U_DANA")))
    desk.add(builders.feedback(acme.id, 5))
    desk.run("detect")  # at nine: the manager would hear at one
    desk.at(MONDAY + 3 * HOUR)
    dana.command("/cs away until friday cover @lee")
    pass_to(desk, MONDAY + 5 * HOUR, "detect")
    assert pings(desk, "U_PRIYA") == 0
    pass_to(desk, MONDAY + 7 * HOUR + HOUR / 60, "detect")
    assert pings(desk, "U_PRIYA") == 1
    pass_to(desk, MONDAY + 8 * HOUR, "detect")
    assert pings(desk, "U_PRIYA") == 1


def test_an_absence_is_taken_back_by_undo_and_the_cover_reads_it(desk, dana, lee):
    dana.command("/cs away until friday cover @lee")
    desk.deliver()
    away = "away until Friday 27 Nov, Lee Park covers"
    assert away in lee.command("/cs team").words
    said = dana.command("/cs undo").words
    assert away not in lee.command("/cs team").words
    assert "called off: alerts reach you, and nobody covers" in said
    desk.deliver()
    assert ["do not cover" in words for words in direct(lee)] == [True]
    dana.command("/cs away until friday cover @lee")
    dana.command("/cs back")
    said = dana.command("/cs undo").words
    assert "You are away until Friday 27 Nov as before; Lee Park covers." in said
    assert "You are away until Friday 27 Nov" in dana.command("/cs away").words


def test_of_an_absence_to_come_taking_back_says_from_when(desk):
    dana = desk.person("U_DANA", "C_OTHER")
    assert dana.command("/cs away next week cover @lee").ok
    desk.at(desk.now + timedelta(minutes=1))
    assert dana.command("/cs away next week cover @priya").ok
    desk.at(desk.now + timedelta(minutes=1))
    told = dana.command("/cs undo").words
    assert "You will be away from Monday 30 Nov to Monday 7 Dec as before; Lee Park covers" in told
