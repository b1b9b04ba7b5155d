"""Absences, covers and countries in the team's file; a circle or a wrong country stops it whole."""

import csv
from io import StringIO

import pytest
from sqlalchemy import select

from csbot.accounts.command import export
from csbot.away.model import Absence
from csbot.imports.kinds import Options
from csbot.imports.reading import read_table
from csbot.imports.service import import_file
from csbot.settings import Config, Environment, Settings
from csbot.team.model import TeamMember
from tests.builders import MONDAY

SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
HEAD = "email,name,role,timezone,country,away_from,away_until,cover_email\n"
TEAM = HEAD + (
    "dana@v.example,Dana Reyes,csm,Europe/Berlin,Germany,2026-11-26,2026-12-01,lee@v.example\n"
    "lee@v.example,Lee Park,csm,UTC,NA,,,\n"
    "sam@v.example,Sam Roe,csm,UTC,de-by,2026-11-02,2026-11-06,\n"
)


def imports(sessions, text):
    table = read_table(text.encode(), kind="team", options=Options())
    with sessions.begin() as session:
        report = import_file(
            session, table=table, by=None, now=MONDAY, dry_run=False, settings=SETTINGS
        )
    return (report.created, report.changed, report.unchanged), [str(p) for p in report.problems]


def absences(sessions):
    query = (
        select(TeamMember.name, Absence.starts_at, Absence.ends_at)
        .join(Absence, Absence.member_id == TeamMember.id)
        .order_by(Absence.id)
    )
    with sessions() as session:
        return [
            (name, f"{a:%m-%d %H:%M}", f"{b:%m-%d %H:%M}") for name, a, b in session.execute(query)
        ]


def test_absences_begin_and_end_at_midnight_where_people_are_and_what_is_over_is_left_out(sessions):
    assert imports(sessions, TEAM) == ((3, 0, 0), [])
    assert absences(sessions) == [("Dana Reyes", "11-25 23:00", "11-30 23:00")]
    with sessions() as session:
        known = dict(session.execute(select(TeamMember.name, TeamMember.country)).all())
    assert known == {"Dana Reyes": "DE", "Lee Park": "NA", "Sam Roe": "DE-BY"}


def test_the_same_file_and_the_one_that_is_exported_change_nothing(sessions):
    imports(sessions, TEAM)
    assert imports(sessions, TEAM) == ((0, 0, 3), [])
    out = StringIO()
    with sessions() as session:
        csv.writer(out).writerows(export(session, "team"))
    assert imports(sessions, out.getvalue()) == ((0, 0, 3), [])
    later = TEAM.replace("2026-12-01,lee@v.example", "2026-12-02,")
    assert imports(sessions, later) == ((0, 1, 2), [])
    assert absences(sessions) == [("Dana Reyes", "11-25 23:00", "12-01 23:00")]
    with sessions() as session:
        cover = session.scalar(
            select(TeamMember.name).join(Absence, Absence.cover_id == TeamMember.id)
        )
    assert cover == "Lee Park"  # an empty cell takes nothing away


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("d@v.example,D,csm,,Germny,,,\n", "did you mean Germany (DE)?"),
        ("d@v.example,D,csm,,DE-XX,,,\n", "DE has no part XX"),
        ("d@v.example,D,csm,,,2026-12-01,,\n", "say in away_until"),
        ("d@v.example,D,csm,,,2026-12-01,2026-11-30,\n", "comes after away_from"),
        ("d@v.example,D,csm,,,2026-12-01,2026-12-04,d@v.example\n", "covers for themselves"),
        ("d@v.example,D,csm,,,2026-12-01,2026-12-04,x@v.example\n", "neither in this file nor"),
        ("d@v.example,D,csm,,,2026-12-01,2028-12-04,\n", "more than a year"),
        (
            "d@v.example,D,csm,,,2026-12-01,2026-12-04,l@v.example\n"
            "l@v.example,L,csm,,,2026-12-02,2026-12-07,d@v.example\n",
            "go in a circle: d@v.example, l@v.example, d@v.example",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_line_and_mend_and_nothing_is_kept(sessions, rows, why):
    numbers, problems = imports(sessions, HEAD + rows)
    assert numbers == (0, 0, 0)
    assert why in problems[0]
    assert absences(sessions) == []


def test_a_circle_with_what_is_known_already_is_found_too(sessions):
    imports(sessions, TEAM)
    row = "lee@v.example,Lee Park,csm,UTC,,2026-11-27,2026-11-30,dana@v.example\n"
    _, problems = imports(sessions, HEAD + row)
    assert "go in a circle: lee@v.example, dana@v.example, lee@v.example" in problems[0]
