"""What the calendars of Google, Outlook, Apple and others mean, whatever they write."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.calendars.lines import NoCalendar
from csbot.calendars.reading import Reading, read
from tests.builders import MONDAY
from tests.ics import calendar, event, zone

BEGINS, ENDS = MONDAY - timedelta(days=1), MONDAY + timedelta(days=60)
BERLIN = ZoneInfo("Europe/Berlin")
LONDON = ZoneInfo("Europe/London")


def reading(*events: str, head=("METHOD:PUBLISH",), owner=LONDON) -> Reading:
    return read(calendar(*events, head=head), begins=BEGINS, ends=ENDS, zone=owner)


def starts(*events: str, **more) -> list[str]:
    return [f"{one.starts_at:%d %b %H:%M}" for one in reading(*events, **more).meetings]


def titles(*events: str, **more) -> list[str]:
    return [one.title for one in reading(*events, **more).meetings]


def at(start: str, end: str = "", *more: str, **fields) -> str:
    return event(*more, start=f"DTSTART{start}", end=f"DTEND{end}" if end else "", **fields)


def test_a_meeting_is_read_with_all_that_matters():
    (one,) = reading(
        event("DESCRIPTION:Renewal\\nand usage", "LAST-MODIFIED:20261120T080000Z", title="Acme QBR")
    ).meetings
    assert one.key == "one@google.com"
    assert one.starts_at == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    assert one.minutes == 30
    assert one.agenda == "Renewal\nand usage"
    assert one.organizer == "dana@vendor.example"
    assert [(g.email, g.name) for g in one.guests] == [
        ("dana@vendor.example", "Dana Reyes"),
        ("ann@acme.example", "Ann Lee"),
    ]
    assert one.as_of == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


class TestTimeZones:
    @pytest.mark.parametrize(
        ("name", "utc"),
        [
            ("Europe/Berlin", "09:00"),
            ("Europe/Kiev", "08:00"),
            ("US/Central", "16:00"),
            ("W. Europe Standard Time", "09:00"),
            ('"W. Europe Standard Time"', "09:00"),
            ("Eastern Standard Time", "15:00"),
            ("US Mountain Standard Time", "17:00"),
            ('"(GMT+10:00) Canberra, Melbourne, Sydney"', "23:00"),
            ('"(UTC-05:00) Eastern Time (US & Canada)"', "15:00"),
            ('"Amsterdam, Belgrade, Berlin, Brussels, Budapest"', "09:00"),
            ("/Europe/Stockholm", "09:00"),
            ("/freeassociation.sourceforge.net/Europe/Berlin", "09:00"),
            ("/mozilla.org/20070129_1/America/Argentina/Buenos_Aires", "13:00"),
            ("UTC+11", "23:00"),
            ("UTC+01", "09:00"),
            ("GMT +0100 (Standard) / GMT +0200 (Daylight)", "09:00"),
            ("TZID=Europe/Berlin", "09:00"),
            ("Europe/Germany", "08:00"),
            ("tzone://Microsoft/Custom", "08:00"),
            ('"', "08:00"),
        ],
    )
    def test_a_name_is_understood_or_else_the_owners_zone_counts(self, name, utc):
        helsinki = ZoneInfo("Europe/Helsinki")
        found = starts(at(f";TZID={name}:20261125T100000"), owner=helsinki)
        assert [one[-5:] for one in found] == [utc]

    def test_rules_of_the_file_give_a_name_its_meaning(self):
        own = zone("Customized Time Zone", standard="-0500", summer="-0400")
        file = own + at(";TZID=Customized Time Zone:20261125T100000")
        assert starts(file) == ["25 Nov 15:00"]

    def test_rules_may_stand_after_the_events_and_spell_the_name_otherwise(self):
        own = zone("(UTC-03:00) S\\, T", standard="-0300", summer="-0300")
        assert starts(at(';TZID="(UTC-03:00) S, T":20261125T100000') + own) == ["25 Nov 13:00"]

    def test_a_known_name_counts_more_than_the_files_rules_for_it(self):
        wrong = zone("Europe/Berlin", standard="+0900", summer="+0900")
        assert starts(wrong + at(";TZID=Europe/Berlin:20261125T100000")) == ["25 Nov 09:00"]

    def test_the_zones_of_one_file_do_not_reach_the_next(self):
        name = "Customized Time Zone"
        here = at(f";TZID={name}:20261125T100000")
        assert starts(zone(name, standard="-0500", summer="-0400") + here) == ["25 Nov 15:00"]
        assert starts(zone(name, standard="+0200", summer="+0300") + here) == ["25 Nov 08:00"]
        assert starts(here) == ["25 Nov 10:00"]

    @pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=YEARLY;BYDAY=XX"])
    def test_rules_that_make_endless_work_are_not_followed(self, rule):
        file = zone("Mine", rule=rule) + at(";TZID=Mine:20261125T100000")
        assert starts(file, owner=BERLIN) == ["25 Nov 09:00"]

    def test_hundreds_of_zones_that_nobody_knows_are_not_worked_out(self):
        many = "".join(zone(f"Mine {n}", standard="-0500", summer="-0400") for n in range(300))
        early, late = (at(f";TZID=Mine {n}:20261125T100000", uid=f"u{n}") for n in (3, 250))
        assert starts(many + early + late, owner=BERLIN) == ["25 Nov 15:00", "25 Nov 09:00"]

    def test_a_zone_that_begins_in_the_year_1_spoils_nothing(self):
        old = zone("Mine").replace("16010101", "00010101")
        assert len(starts(old + at(";TZID=Mine:20261125T100000"))) == 1

    def test_a_time_without_zone_takes_the_calendars_else_the_owners(self):
        floating = at(":20261125T100000", ":20261125T103000")
        assert starts(floating, owner=BERLIN) == ["25 Nov 09:00"]
        head = ("X-WR-TIMEZONE:America/New_York",)
        assert starts(floating, owner=BERLIN, head=head) == ["25 Nov 15:00"]
        assert starts(floating, owner=BERLIN, head=("X-WR-TIMEZONE:Mars",)) == ["25 Nov 09:00"]

    def test_a_z_counts_more_than_a_zone_beside_it(self):
        assert starts(at(";TZID=Europe/Berlin:20261125T100000Z")) == ["25 Nov 10:00"]

    def test_start_and_end_in_different_zones_are_as_long_as_they_are(self):
        (one,) = reading(
            at(";TZID=Europe/Berlin:20261125T100000", ";TZID=America/New_York:20261125T050000")
        ).meetings
        assert one.minutes == 60

    def test_a_weekly_meeting_stays_at_its_hour_over_a_change_of_the_clocks(self):
        begins, ends = datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
        weekly = at(";TZID=Europe/Berlin:20261001T100000", "", "RRULE:FREQ=WEEKLY")
        found = read(calendar(weekly), begins=begins, ends=ends, zone=BERLIN).meetings
        assert [f"{one.starts_at:%H:%M}" for one in found] == ["08:00", "09:00"]


class TestWhatIsNoMeeting:
    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (";VALUE=DATE:20261125", ";VALUE=DATE:20261126"),
            (";TZID=Europe/Berlin;VALUE=DATE:20261125", ""),
            (":20261125", ":20261125"),
            (":20261125T000000Z", ":20261126T000000Z"),
            (":20261125T090000Z", ":20261127T170000Z"),
        ],
    )
    def test_what_takes_a_day_and_longer(self, start, end):
        assert starts(at(start, end)) == []

    @pytest.mark.parametrize(
        "line", ["CLASS:PRIVATE", "CLASS:Confidential", "STATUS:CANCELLED", "STATUS:Cancelled"]
    )
    def test_what_is_private_or_called_off(self, line):
        assert starts(event(line)) == []

    @pytest.mark.parametrize(
        "title",
        ["Canceled: Sync", "Cancelled: Sync", "Abgesagt: Sync", "Annulé : Sync", "Cancelado: Sync"],
    )
    def test_what_only_its_title_calls_off(self, title):
        assert starts(event(title=title)) == []

    @pytest.mark.parametrize("method", ["CANCEL", "REPLY"])
    def test_files_that_are_an_answer(self, method):
        assert starts(event(), head=(f"METHOD:{method}",)) == []

    def test_free_busy_blocks_and_tasks(self):
        blocks = "BEGIN:VFREEBUSY\r\nFREEBUSY:20261125T100000Z/PT1H\r\nEND:VFREEBUSY\r\n"
        task = "BEGIN:VTODO\r\nUID:t\r\nDTSTART:20261125T100000Z\r\nEND:VTODO\r\n"
        assert starts(blocks, task) == []

    def test_what_lies_outside_the_window(self):
        early, late = at(":20261121T100000Z", uid="a"), at(":20270301T100000Z", uid="b")
        assert starts(early, late) == []

    def test_one_private_meeting_of_a_series_hides_the_series(self):
        series = event("RRULE:FREQ=DAILY;COUNT=3", "CLASS:PRIVATE")
        assert titles(series, event("RECURRENCE-ID:20261125T100000Z", title="Moved")) == []


class TestSeries:
    weekly = event("RRULE:FREQ=WEEKLY;COUNT=3")

    def test_each_meeting_has_a_key_of_its_own(self):
        assert [one.key for one in reading(self.weekly).meetings] == [
            "one@google.com|20261125T100000Z",
            "one@google.com|20261202T100000Z",
            "one@google.com|20261209T100000Z",
        ]

    @pytest.mark.parametrize("first", [True, False])
    def test_a_moved_meeting_keeps_its_key_wherever_the_change_stands(self, first):
        moved = at(
            ":20261203T150000Z", ":20261203T154500Z", "RECURRENCE-ID:20261202T100000Z",
            title="Later",
        )  # fmt: skip
        found = reading(*([moved, self.weekly] if first else [self.weekly, moved])).meetings
        told = {one.key[-16:]: (f"{one.starts_at:%d %b %H:%M}", one.title) for one in found}
        assert told["20261202T100000Z"] == ("03 Dec 15:00", "Later")
        assert len(told) == 3

    def test_a_change_that_names_its_meeting_in_another_zone_is_the_same(self):
        moved = at(":20261202T120000Z", "", "RECURRENCE-ID;TZID=Asia/Tokyo:20261202T190000")
        assert starts(self.weekly, moved) == ["25 Nov 10:00", "02 Dec 12:00", "09 Dec 10:00"]

    def test_one_called_off_meeting_leaves_the_others(self):
        off = event("RECURRENCE-ID:20261202T100000Z", "STATUS:CANCELLED")
        assert starts(self.weekly, off) == ["25 Nov 10:00", "09 Dec 10:00"]

    def test_a_guest_of_one_meeting_of_a_series_has_it_under_the_same_key(self):
        only = event("RECURRENCE-ID:20261202T100000Z", start="DTSTART:20261202T100000Z", end="")
        assert [one.key for one in reading(only).meetings] == ["one@google.com|20261202T100000Z"]

    @pytest.mark.parametrize(
        "line",
        [
            "EXDATE:20261202T100000Z",
            "EXDATE;TZID=Europe/Berlin:20261202T110000",
            "EXDATE;VALUE=DATE:20261202",
            "EXDATE:20261202T100000",
            "EXDATE:20261109T100000Z,20261202T100000Z,20261216T100000Z",
        ],
    )
    def test_a_date_that_is_left_out_is_left_out(self, line):
        assert starts(event("RRULE:FREQ=WEEKLY;COUNT=3", line)) == ["25 Nov 10:00", "09 Dec 10:00"]

    @pytest.mark.parametrize(
        "rule",
        [
            "FREQ=WEEKLY;UNTIL=20261209",
            "FREQ=WEEKLY;UNTIL=20261209T100000Z",
            "FREQ=WEEKLY;UNTIL=20261209T110000",
            "FREQ=WEEKLY; UNTIL=20261209T235959Z;WKST=SU",
            "freq=weekly;count=3",
        ],
    )
    def test_an_end_of_any_kind_is_an_end(self, rule):
        series = at(";TZID=Europe/Berlin:20261125T110000", "", f"RRULE:{rule}")
        assert starts(series) == ["25 Nov 10:00", "02 Dec 10:00", "09 Dec 10:00"]

    @pytest.mark.parametrize(
        "line", ["RDATE:20261126T120000Z", "RDATE;VALUE=PERIOD:20261126T120000Z/PT2H"]
    )
    def test_an_extra_date_is_one_more(self, line):
        assert starts(event(line)) == ["25 Nov 10:00", "26 Nov 12:00"]

    @pytest.mark.parametrize(
        "line", ["EXDATE:", "EXDATE;VALUE=DATE:", "RDATE:", "DTSTAMP:202103206T200210Z"]
    )
    def test_an_empty_or_broken_line_is_no_harm(self, line):
        assert len(starts(event("RRULE:FREQ=WEEKLY;COUNT=3", line))) == 3

    def test_the_highest_version_of_an_event_counts(self):
        old, new = event("SEQUENCE:1", title="Old"), event("SEQUENCE:3", title="New")
        assert titles(new, old) == ["New"]

    def test_an_endless_series_is_read_within_the_window_only(self):
        assert len(starts(event("RRULE:FREQ=DAILY"))) == 58


class TestBadEvents:
    @pytest.mark.parametrize(
        "bad",
        [
            event("RRULE:FREQ=SECONDLY", uid="bad"),
            event("RRULE:FREQ=HOURLY;COUNT=999999999", uid="bad"),
            event("RRULE:FREQ=DAILY;BYMINUTE=0,1,2,3,4,5,6", uid="bad"),
            event("RRULE:FREQ=DAILY;INTERVAL=0", uid="bad"),
            event("RRULE:FREQ=WEEKLY;INTERVAL=-1;BYDAY=MO", uid="bad"),
            event("RDATE:" + ",".join(["20261126T100000Z"] * 1_001), uid="bad"),
            event("RRULE:RRULE:AnythingRandom;", uid="bad"),
            event("RRULE:nonsense", uid="bad"),
            event("RRULE:FREQ=DAILY;INTERVAL=x", uid="bad"),
            event("RRULE:FREQ=DAILY;UNTIL=20269999", uid="bad"),
            at(":20261399T100000Z", "", "RRULE:FREQ=DAILY", uid="bad"),
            at(":20261131T100000Z", uid="bad"),
        ],
    )
    def test_one_that_nobody_can_read_is_left_out_and_named(self, bad):
        found = reading(bad, event())
        assert [one.key for one in found.meetings] == ["one@google.com"]
        assert found.broken == {"bad"}

    def test_a_misplaced_quote_loses_nothing(self):
        quoted = at(';TZID="W. Europe Standard Time:20261125T100000"')
        assert starts(quoted) == ["25 Nov 09:00"]

    def test_what_is_left_when_the_time_is_over_is_left_out_and_named(self):
        body = calendar(event(), event(uid="late"))
        found = read(body, begins=BEGINS, ends=ENDS, zone=BERLIN, seconds=-1)
        assert found.meetings == []
        assert found.broken == {"one@google.com", "late"}

    def test_an_event_without_uid_has_a_key_all_the_same(self):
        (one,) = reading(event().replace("UID:one@google.com\r\n", "")).meetings
        (again,) = reading(event().replace("UID:one@google.com\r\n", "")).meetings
        assert one.key == again.key
        assert one.key.startswith("sha256:")

    def test_a_uid_of_any_length_and_kind_is_a_key_that_can_be_stored(self):
        (one,) = reading(event(uid="x" * 5000)).meetings
        assert len(one.key) < 100
        (other,) = reading(event(uid="a|b\0c")).meetings
        assert "|" not in other.key
        assert "\0" not in other.key

    def test_an_event_without_end_or_that_ends_before_it_begins_has_some_length(self):
        assert reading(event(end="")).meetings[0].minutes == 5
        assert reading(event(end="DTEND:20261125T090000Z")).meetings[0].minutes > 0
        assert reading(event(end="DURATION:PT1H15M")).meetings[0].minutes == 75

    @pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>", b"\0\0\0", b"BEGIN:VEVENT\r\n"])
    def test_what_is_no_calendar_is_said(self, body):
        with pytest.raises(NoCalendar, match="no calendar"):
            read(body, begins=BEGINS, ends=ENDS, zone=BERLIN)

    def test_a_file_that_breaks_off_says_nothing_of_what_is_missing(self):
        half = calendar(event(), event(uid="two"))[:-60]
        with pytest.raises(NoCalendar, match="breaks off"):
            read(half, begins=BEGINS, ends=ENDS, zone=BERLIN)

    @pytest.mark.parametrize("begin", [b"\xef\xbb\xbf", b""])
    @pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n", b"\r\n\r\n"])
    def test_marks_and_line_ends_of_all_kinds_are_read(self, begin, line_end):
        body = begin + calendar(event()).replace(b"\r\n", line_end)
        assert len(read(body, begins=BEGINS, ends=ENDS, zone=BERLIN).meetings) == 1

    def test_a_folded_line_is_put_together_first(self):
        folded = event().replace("ATTENDEE", "ATTEN\r\n DEE").replace("MAILTO:", "MAILT\r\n O:")
        assert len(reading(folded).meetings[0].guests) == 2

    @settings(max_examples=60, deadline=None)
    @given(
        st.text(max_size=200), st.sampled_from(["SUMMARY", "UID", "RRULE", "DTSTART", "ATTENDEE"])
    )
    def test_whatever_stands_in_a_line_the_other_event_is_read(self, text, name):
        bad = (
            event()
            .replace("UID:one", "UID:bad")
            .replace(f"\r\n{name}", f"\r\n{name}:{text}\r\nX-", 1)
        )
        assert "one@google.com" in {one.key for one in reading(bad, event()).meetings}


class TestGuests:
    def emails(self, *lines: str) -> list[str]:
        return [guest.email for guest in reading(event(guests=lines)).meetings[0].guests]

    def test_rooms_and_calendars_are_nobody(self):
        assert self.emails(
            "ATTENDEE;CUTYPE=RESOURCE;CN=Room 1:mailto:room@acme.example",
            "ATTENDEE;CUTYPE=ROOM:mailto:room2@acme.example",
            "ATTENDEE:mailto:c_1@resource.calendar.google.com",
            "ORGANIZER:mailto:abc@group.calendar.google.com",
            "ATTENDEE:mailto:ann@acme.example",
        ) == ["ann@acme.example"]  # fmt: skip

    @pytest.mark.parametrize(
        "value",
        ["invalid:nomail", "", "mailto:", "mailto:a@b@c", "mailto:two words@x", "urn:uuid:1"],
    )
    def test_what_is_no_address_is_nobody(self, value):
        assert self.emails(f"ATTENDEE:{value}") == []

    def test_names_are_names_only(self):
        line = 'ATTENDEE;CN="Lee, Ann":mailto:ann@acme.example'
        assert reading(event(guests=(line,))).meetings[0].guests[0].name == "Lee, Ann"
        line = "ATTENDEE;CN=ann@acme.example:mailto:ann@acme.example"
        assert reading(event(guests=(line,))).meetings[0].guests[0].name == ""
