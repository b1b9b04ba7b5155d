"""Notes on accounts, who is who, and lists as files."""

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from csbot.accounts.as_json import as_json
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.notes.model import Note
from csbot.team.model import TeamMember
from tests.builders import MONDAY, account, member, task
from tests.statements import statements

HOSTILE = "<!channel> *b* =HYPERLINK(1) \u202egnirts `x`"


@pytest.fixture
def acme(desk):
    with desk.sessions() as session:
        dana = session.scalars(select(TeamMember.id).where(TeamMember.slack_id == "U_DANA")).one()
    return desk.add(account(owner_id=dana))


def kept(desk):
    with desk.sessions() as session:
        return list(session.scalars(select(Note.text).order_by(Note.id)))


def test_a_note_is_kept_once_told_everywhere_and_taken_back(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    assert "no notes yet" in dana.command("/cs notes acme").words
    assert "Noted. Acme: 1 note" in dana.command(f"/cs notes acme {HOSTILE}").words
    dana.command(f"/cs notes acme {HOSTILE}")
    assert len(kept(desk)) == 1
    shown = dana.command("/cs notes acme").ephemeral
    assert "<!channel>" not in json.dumps(shown.blocks)
    assert "Note: " in dana.command("/cs timeline acme").words
    with desk.sessions() as session:
        told = as_json(session, session.get_one(Account, acme.id))
    assert told["notes"][0]["by"] == "dana@vendor.example"
    assert [e["kind"] for e in told["timeline"]] == ["note"]
    assert "The note is gone" in dana.command("/cs undo").words
    assert kept(desk) == []


def test_without_a_name_it_is_the_chosen_account_or_the_channels(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.command("/cs notes acme Ann decides")
    form = dana.command("/cs notes").view
    assert dana.submit(form, {"account": "Acme"}).ok
    desk.deliver()
    assert "Ann decides" in dana.last("C_ALERTS").words
    desk.slack.add_channel("C_ACME", "cust-acme", members={"U_DANA"})
    there = desk.person("U_DANA", "C_ACME")
    there.command("/cs follow acme")
    assert "Ann decides" in there.command("/cs notes").words


def test_the_form_adds_one_and_a_viewer_only_reads(desk, acme):
    dana, robin = desk.person("U_DANA", "C_ALERTS"), desk.person("U_ROBIN", "C_ALERTS")
    form = dana.press(dana.command("/cs notes acme").ephemeral, label="Add Note").view
    assert dana.submit(form, {"note": "Ann decides"}).ok
    assert dana.submit(form, {"note": "Ann decides"}) is not None
    assert kept(desk) == ["Ann decides"]
    read = robin.command("/cs notes acme").ephemeral
    assert "Ann decides" in read.words
    assert "Add Note" not in read.labels
    dana.command("/cs notes acme --share")
    desk.deliver()
    (shared,) = desk.in_channel()
    assert "Only CSMs" in robin.press(shared, label="Add Note").words
    assert "Only CSMs" in robin.command("/cs notes acme mine").words
    assert kept(desk) == ["Ann decides"]


def test_who_is_who_and_what_they_carry_is_for_managers(desk, acme):
    desk.add(task(acme.id, due_on=MONDAY.date() - timedelta(days=3)))
    priya, robin = desk.person("U_PRIYA", "C_ALERTS"), desk.person("U_ROBIN", "C_ALERTS")
    told = priya.command("/cs team").words
    assert "The team: 4 people" in told
    assert "*Dana Reyes* CSM · UTC, 09:00 there · 1 account, $48k ARR · 0 alerts need them" in told
    assert "1 overdue task" in told
    seen = robin.command("/cs team").words
    assert "*Dana Reyes* CSM" in seen
    assert "$48k" not in seen
    assert "did not read" in robin.command("/cs team <!here>").words


def test_a_larger_team_turns_pages_with_as_many_questions(desk, acme):
    priya = desk.person("U_PRIYA", "C_ALERTS")
    priya.command("/cs team")  # who asks for the first time is looked up in Slack
    with statements(desk.wiring.engine) as few:
        priya.command("/cs team")
    new = [{"email": f"p{n}@vendor.example", "slack_id": f"U_P{n}"} for n in range(20)]
    desk.add(*[member(f"Person{n} X", **one) for n, one in enumerate(new)])
    with statements(desk.wiring.engine) as many:
        first = priya.command("/cs team").ephemeral
    assert abs(len(many) - len(few)) <= 1  # the settings in force are asked for now and then
    assert "page 1 of 3" in first.words
    for page in ("page 2 of 3", "page 3 of 3", "page 1 of 3"):
        seen = priya.press(first, action_id="team.page.v1")
        first = (seen.updated or seen.messages)[-1]
        assert page in first.words


def test_a_list_comes_as_a_file_once_and_no_cell_is_a_formula(desk, acme):
    desk.add(account("=cmd|' /C calc'!A0"))
    dana = desk.person("U_DANA", "C_ALERTS")
    assert "accounts" in dana.command("/cs export accounts").words
    dana.command("/cs export accounts")
    desk.run("files")
    desk.run("files")
    files = list(desk.slack.files.values())
    assert [file.title for file in files] == ["accounts-2026-11-23.csv, 2 lines"]
    rows = list(csv.DictReader(io.StringIO(files[0].content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Acme", "'=cmd|' /C calc'!A0"]
    assert "list of renewals" in dana.command("/cs export renewals 90d").words
    assert "I can export accounts, contacts" in dana.command("/cs export secrets").words
    chosen = dana.command("/cs export accounts <@U_LEE|lee>").words
    assert "`/cs export accounts` has all of them." in chosen
    assert "U_LEE" not in chosen.upper()
    alone = dana.command("/cs export").words
    assert "renewals. Try `/cs export accounts`." in alone
    assert "nothing" not in alone


def test_a_viewer_gets_no_file(desk, acme):
    robin = desk.person("U_ROBIN", "C_ALERTS")
    for kind in ("accounts", "renewals", ""):
        assert "Only CSMs, managers and admins" in robin.command(f"/cs export {kind}").words
    with desk.sessions() as session:
        assert session.scalars(select(AuditEntry)).all() == []
