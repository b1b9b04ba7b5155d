"""Onboarding through Slack's protocol: people, what they want, accounts that change hands."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from csbot.accounts.as_json import as_json
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.errors import Refused
from csbot.onboarding.model import AccountRole, Requirements, StageSpell, StageTick
from csbot.onboarding.stages import find
from csbot.outbox.model import OutgoingMessage
from csbot.team.model import TeamMember
from handlers.ask import PRESSES, Press
from tests.builders import MONDAY, account, contact, meeting

HOSTILE = "<!channel> *Ünï* <@U_LEE> & <https://e.example|x> ```\n> quote\n" + "word " * 60
WANTED = {
    "why_bought": "Nobody knew where a parcel was",
    "intended_use": "Dispatch plans the day",
    "used_before": "A spreadsheet",
    "success": "No lost parcel",
}


@pytest.fixture
def firm(desk):
    """Acme is Dana's, since Saturday in the enterprise track's first stage."""
    since = MONDAY - timedelta(days=2)
    stage = find("enterprise", "transition")
    with desk.sessions.begin() as session:
        desk.ids = {m.slack_id: m.id for m in session.scalars(select(TeamMember))}
        made = account(
            "Acme", process="enterprise", owner_id=desk.ids["U_DANA"],
            lifecycle_stage="onboarding", onboarding_stage=stage.key,
            onboarding_stage_since=since, onboarding_began_at=since,
        )  # fmt: skip
        session.add(made)
        session.flush()
        session.add(contact(made.id, "Ann Lee"))
        session.add(
            StageSpell(
                account_id=made.id, process="enterprise", stage=stage.key, days=stage.days,
                begun_at=since, owner_id=made.owner_id,
            )
        )  # fmt: skip
        desk.acme = made.id
    return desk


def all_of(desk, query):
    with desk.sessions() as session:
        return session.scalars(query).all()


def entries(desk, verb):
    return all_of(desk, select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.id))


def owner(desk):
    [found] = all_of(desk, select(Account.owner_id))
    return next((slack_id for slack_id, id in desk.ids.items() if id == found), None)


def stage_of(desk):
    return all_of(desk, select(Account.onboarding_stage))[0]


def inbox(desk, slack_id):
    desk.deliver()
    return [m for m in desk.person(slack_id).messages() if not m.ephemeral]


def answer(desk, who="U_DANA"):
    """What came of the form that they sent last, for them alone."""
    desk.deliver()
    return [m for m in desk.person(who).messages("C_ALERTS") if m.ephemeral][-1]


def name_people(desk, who="U_DANA", **people):
    person = desk.person(who, "C_ALERTS")
    form = person.command("/cs onboarding acme people").view
    return form, person.submit(form, people)


def write_down(desk, who="U_DANA", **wanted):
    person = desk.person(who, "C_ALERTS")
    form = person.command("/cs onboarding acme requirements").view
    return form, person.submit(form, WANTED | wanted)


def tick_all(desk, who="U_DANA"):
    person = desk.person(who, "C_ALERTS")
    card = person.command("/cs onboarding acme").ephemeral
    form = person.press(card, label="Tick Off…").view
    texts = [item.text for item in find("enterprise", stage_of(desk)).criteria if item.by_hand]
    return person.submit(form, {"criteria": texts})


def ready(desk):
    """All is done in the first stage, and Lee comes next."""
    name_people(desk, onboarding_manager="U_LEE")
    write_down(desk)
    desk.deliver()  # what waits together comes in no set order
    tick_all(desk)
    return answer(desk)


def test_a_tick_can_be_taken_back_once_all_boxes_are_ticked(firm):
    done = ready(firm)
    assert "Advance" in done.labels
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.submit(dana.choose(done, "Tick Off…").view, {"criteria": []})
    assert "Advance" not in answer(firm).labels
    assert all_of(firm, select(StageTick.id)) == []


def test_people_are_named_for_an_account_once(firm):
    form, _ = name_people(firm, onboarding_manager="U_LEE", account_executive="U_ROBIN")
    assert form.inputs == ["account_executive", "onboarding_manager", "csm", "support"]
    words = answer(firm).words
    assert "*Onboarding manager* Lee Park" in words
    assert "*Support* nobody" in words
    dana = firm.person("U_DANA", "C_ALERTS")
    again = dana.command("/cs onboarding acme people").view
    assert dana.submit(again, {}).ok
    assert len(entries(firm, "onboarding.people")) == 1
    dana.submit(dana.command("/cs onboarding acme people").view, {"csm": "U_DANA"})
    [_, entry] = entries(firm, "onboarding.people")
    assert (entry.before, entry.after) == ({"csm": None}, {"csm": firm.ids["U_DANA"]})
    assert '"initial_user": "U_LEE"' in json.dumps(again.blocks)
    named = {(one.role, one.member_id) for one in all_of(firm, select(AccountRole))}
    assert ("onboarding_manager", firm.ids["U_LEE"]) in named
    assert inbox(firm, "U_LEE") == []


def test_who_cannot_own_accounts_is_named_for_the_sale_alone(firm):
    _, seen = name_people(firm, csm="U_ROBIN")
    assert seen.errors == {"csm": "Robin cannot own accounts in csbot."}
    _, seen = name_people(firm, account_executive="U_ROBIN")
    assert seen.ok
    assert [one.role for one in all_of(firm, select(AccountRole))] == ["account_executive"]


def test_requirements_are_kept_shown_and_written_once(firm):
    form, seen = write_down(firm, why_bought=HOSTILE)
    assert len(form.inputs) == 4
    assert seen.ok
    write_down(firm, why_bought=HOSTILE)
    [kept] = all_of(firm, select(Requirements))
    assert (kept.why_bought, kept.by_id) == (HOSTILE.strip(), firm.ids["U_DANA"])
    [entry] = entries(firm, "onboarding.requirements")
    assert (entry.before, entry.after["success"]) == (None, "No lost parcel")
    for command in ("/cs account acme", "/cs onboarding acme"):
        words = firm.person("U_LEE", "C_ALERTS").command(command).ephemeral.words
        assert "*To use it for* Dispatch plans the day" in words
        assert "<!channel>" not in words
        assert "<@U_LEE>" not in words
    with firm.sessions() as session:
        shown = as_json(session, session.get(Account, firm.acme))
    assert shown["requirements"]["why_bought"] == HOSTILE.strip()
    assert shown["requirements"]["by"] == "dana@vendor.example"
    assert shown["requirements"]["at"].endswith("Z")
    assert "What they want was written down" in [one["what"] for one in shown["timeline"]]


@pytest.mark.parametrize("missing", ["why_bought", "intended_use"])
def test_why_they_bought_and_for_what_must_be_said(firm, missing):
    _, seen = write_down(firm, **{missing: "  "})
    assert seen.errors == {missing: "Please fill this in."}
    assert all_of(firm, select(Requirements)) == []


def test_a_stage_is_not_left_before_what_they_want_is_written_down(firm):
    tick_all(firm)
    dana = firm.person("U_DANA", "C_ALERTS")
    held = dana.command("/cs onboarding acme next").ephemeral
    assert held.text == ("Acme cannot leave Transition yet. Still open: Requirements written down.")
    assert held.labels == ["Write Introduction", "Requirements…"]
    dana.press(held, label="Requirements…")
    dana.submit(None, WANTED)
    card = dana.command("/cs onboarding acme").ephemeral
    assert card.labels == ["Advance", "Write Introduction"]
    assert "nobody is named as account executive" in card.words


def test_the_introduction_is_a_draft_to_copy(firm):
    dana = firm.person("U_DANA", "C_ALERTS")
    card = dana.command("/cs onboarding acme").ephemeral
    refused = dana.press(card, label="Write Introduction").words
    assert "Nobody is named as onboarding manager of Acme yet" in refused
    name_people(firm, onboarding_manager="U_LEE", account_executive="U_ROBIN")
    long = f"{'Nobody knew where a parcel was. ' * 20}It is on https://wiki.customer.example/why"
    write_down(firm, why_bought=long, intended_use=HOSTILE)
    seen = dana.press(card, label="Write Introduction")
    drafted = [*seen.messages, *seen.updated][-1]
    plain = [b["text"]["text"] for b in drafted.blocks if b["type"] == "section"][1:]
    assert plain[0] == "To: ann@customer.example\nCopy to: lee@vendor.example"
    assert plain[1] == "Meet Lee Park, who looks after you from now on"
    assert plain[2].startswith("Hello Ann,\n\n")
    assert f"Why you chose us:\n{long}\n" in plain[2]
    words = "".join(plain[2:])
    assert HOSTILE.strip() in words  # to be copied, so as it was said
    assert words.endswith("Robin")
    kinds = {b["text"]["type"] for b in drafted.blocks if b["type"] == "section"}
    assert kinds == {"mrkdwn", "plain_text"}
    assert dana.command("/cs onboarding acme intro").ephemeral.text == drafted.text
    posts = all_of(firm, select(OutgoingMessage.message).distinct().order_by("message"))
    assert posts == ["people_named", "requirements_kept"]


def test_an_account_goes_to_the_next_stages_owner_with_a_note(firm):
    card = ready(firm)
    assert "so it can move on, to Lee Park" in card.words
    dana = firm.person("U_DANA", "C_ALERTS")
    form = dana.press(card, label="Advance").view
    assert "it goes from Dana Reyes to Lee Park, the onboarding manager" in form.words
    assert stage_of(firm) == "transition"
    priya = firm.person("U_PRIYA", "C_ALERTS")
    second = priya.command("/cs stage acme next").view
    note = form.blocks[-1]["element"]["initial_value"]
    assert note.startswith("Bought because: Nobody knew where a parcel was\nTo use it for: Disp")
    assert "Done in Transition: Introduced by the account executive" in note
    firm.at(MONDAY + timedelta(minutes=5))
    assert dana.submit(form, {"note": f"{note}\n{HOSTILE}"}).ok
    assert "Acme is in First onboarding meeting now" in answer(firm).text
    assert (stage_of(firm), owner(firm)) == ("first-onboarding-meeting", "U_LEE")
    [told] = inbox(firm, "U_LEE")
    assert "*Hand-over note*\nBought because: Nobody knew" in told.words
    assert "handed it over to you from Dana Reyes" not in told.words  # the presser is the former
    assert "<!channel>" not in told.words
    assert inbox(firm, "U_DANA") == []
    [said] = firm.in_channel("#cs-wins")
    assert said.text == "Acme completed Transition after 2 days (goal 5)."
    left, here = all_of(firm, select(StageSpell).order_by(StageSpell.id))
    assert (left.ended_at, here.ended_at) == (here.begun_at, None)
    assert (left.owner_id, here.owner_id) == (firm.ids["U_DANA"], firm.ids["U_LEE"])
    assert here.days == find("enterprise", "first-onboarding-meeting").days
    [assigned] = entries(firm, "account.assigned")
    assert assigned.why.startswith(note)
    late = priya.submit(second, {"note": "again"})
    assert "has moved on: it is in First onboarding meeting" in " ".join(late.errors.values())
    old = dana.press(card, label="Advance")
    assert "has moved on" in old.words
    assert len(entries(firm, "stage.advanced")) == len(inbox(firm, "U_LEE")) == 1


def test_a_note_may_be_left_empty_but_not_grow_too_long(firm):
    card = ready(firm)
    dana = firm.person("U_DANA", "C_ALERTS")
    form = dana.press(card, label="Advance").view
    assert form.blocks[-1]["element"]["max_length"] == 1500
    dana.submit(form, {"note": ""})
    assert owner(firm) == "U_LEE"
    assert "Hand-over note" not in inbox(firm, "U_LEE")[0].words
    assert entries(firm, "account.assigned")[0].why == "First onboarding meeting begins"


def test_only_the_owner_or_a_manager_gives_an_account_away_with_its_stage(firm):
    ready(firm)
    lee, priya = (firm.person(who, "C_ALERTS") for who in ("U_LEE", "U_PRIYA"))
    refused = lee.command("/cs stage acme next").words
    assert "With First onboarding meeting, Acme goes to Lee Park. Its owner can do that" in refused
    assert (stage_of(firm), entries(firm, "stage.advanced")) == ("transition", [])
    priya.submit(priya.command("/cs stage acme next").view, {})
    assert owner(firm) == "U_LEE"
    [told] = inbox(firm, "U_DANA")
    assert "Acme is Lee Park's from now on; Priya Shah handed it over." in told.text
    assert len(inbox(firm, "U_LEE")) == 1


def test_where_nobody_is_named_the_owner_stays(firm):
    write_down(firm)
    tick_all(firm)
    moved = firm.person("U_DANA", "C_ALERTS").command("/cs onboarding acme next").ephemeral
    assert "nobody is named as onboarding manager" in moved.words
    assert (stage_of(firm), owner(firm)) == ("first-onboarding-meeting", "U_DANA")
    assert entries(firm, "account.assigned") == []


def test_a_manager_overrides_with_a_reason_and_then_a_note(firm):
    name_people(firm, onboarding_manager="U_LEE")
    priya = firm.person("U_PRIYA", "C_ALERTS")
    card = priya.command("/cs onboarding acme").ephemeral
    form = priya.choose(card, "Override…").view
    assert "Requirements written down" in form.words
    asked = priya.submit(form, {"to": "Wrap-up meeting", "reason": "They trained themselves"})
    assert asked.view.title == "Hand Over"
    priya.submit(asked.view, {"note": "Only the wrap-up is left"})
    assert (stage_of(firm), owner(firm)) == ("wrap-up-meeting", "U_LEE")
    [entry] = entries(firm, "stage.advanced")
    assert entry.why == "They trained themselves"
    spell = all_of(firm, select(StageSpell).where(StageSpell.ended_at.is_(None)))
    assert [(one.stage, one.why) for one in spell] == [("wrap-up-meeting", entry.why)]
    assert "Only the wrap-up is left" in inbox(firm, "U_LEE")[0].words


def test_what_the_next_stage_needs_holds_this_one_and_a_manager_overrides_it(firm):
    write_down(firm)
    tick_all(firm)
    with firm.sessions.begin() as session:
        session.get(Account, firm.acme).arr = None
    held = firm.person("U_DANA", "C_ALERTS").command("/cs onboarding acme next").ephemeral
    assert held.text == (
        "Acme cannot enter First onboarding meeting yet. Still open: What they pay is known."
    )
    assert "Override…" not in held.words
    priya = firm.person("U_PRIYA", "C_ALERTS")
    priya.command("/cs onboarding acme next because the contract is being signed")
    assert stage_of(firm) == "first-onboarding-meeting"


def test_what_the_demo_of_one_stage_to_the_next_needs_is_seen_by_itself(firm):
    """A meeting that was held since the stage began is no work for anybody's hand."""
    with firm.sessions.begin() as session:
        made = session.get(Account, firm.acme)
        made.onboarding_stage = "second-onboarding-meeting"
        held = MONDAY - timedelta(hours=3)
        session.add(meeting(made.id, starts_at=held, outcome="attended"))
        session.add(contact(made.id, "Bo Lin", last_login_at=MONDAY))
    card = firm.person("U_DANA", "C_ALERTS").command("/cs onboarding acme").ephemeral
    assert card.labels == ["Advance"]
    assert "*Done:* Training held, Admin user active" in card.words


@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("stage.more.v1", "people:"), ("stage.more.v1", "people:0"), ("stage.more.v1", "nothing:1"),
        ("stage.more.v1", "override:1"), ("stage.requirements.v1", "x"),
        ("stage.introduce.v1", "99999999999999999"), ("stage.show.v1", ""),
    ],
)  # fmt: skip
def test_a_forged_button_is_refused_politely(firm, action_id, value):
    with firm.sessions() as session:
        person = session.get(TeamMember, firm.ids["U_PRIYA"])
        how = {"session": session, "settings": firm.settings, "person": person, "now": MONDAY}
        with pytest.raises(Refused):
            PRESSES[action_id](Press(**how, value=value))


def test_a_viewer_sees_the_stage_without_anything_to_press(firm):
    robin = firm.person("U_ROBIN", "C_ALERTS")
    card = robin.command("/cs onboarding acme").ephemeral
    assert card.labels == ["Keep"]
    dana = firm.person("U_DANA", "C_ALERTS")
    dana.command("/cs onboarding acme --share")
    firm.deliver()
    shared = firm.in_channel()[-1]
    assert "can advance onboarding" in robin.press(shared, label="Tick Off…").words
    for choice in ("People…", "Requirements…"):
        assert "can change accounts" in robin.choose(shared, choice).words
    assert "can change accounts" in robin.press(shared, label="Write Introduction").words
    assert robin.view() is None
    with firm.sessions() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_all_that_a_form_still_lacks_is_said_at_once(firm):
    _, seen = write_down(firm, why_bought="  ", intended_use=" ")
    assert seen.errors == dict.fromkeys(("why_bought", "intended_use"), "Please fill this in.")


def tick_off(desk, who):
    person = desk.person(who, "C_ALERTS")
    return person, person.press(person.command("/cs stage acme").messages[-1], label="Tick Off…")


def ticked(desk):
    return set(all_of(desk, select(StageTick.criterion)))


def test_ticks_of_two_people_who_look_at_once_both_stay(firm):
    (dana, hers), (lee, his) = tick_off(firm, "U_DANA"), tick_off(firm, "U_LEE")
    dana.submit(hers.view, {"criteria": ["introduced"]})
    lee.submit(his.view, {"criteria": ["expectations"]})
    assert ticked(firm) == {"introduced", "expectations"}


def test_a_tick_that_somebody_takes_off_is_not_set_again_by_an_older_form(firm):
    dana, form = tick_off(firm, "U_DANA")
    dana.submit(form.view, {"criteria": ["introduced"]})
    (dana, hers), (lee, his) = tick_off(firm, "U_DANA"), tick_off(firm, "U_LEE")
    dana.submit(hers.view, {"criteria": []})
    lee.submit(his.view, {"criteria": ["introduced", "expectations"]})
    assert ticked(firm) == {"expectations"}


def test_a_tick_stays_while_csbot_sees_the_same(firm):
    with firm.sessions.begin() as session:
        session.get_one(Account, firm.acme).onboarding_stage = "first-onboarding-meeting"
    dana, form = tick_off(firm, "U_DANA")
    dana.submit(form.view, {"criteria": ["met"]})
    firm.add(meeting(firm.acme, starts_at=firm.now - timedelta(hours=2), outcome="attended"))
    dana, form = tick_off(firm, "U_DANA")
    assert "Done, as csbot has seen: Meeting held" in form.view.words
    dana.submit(form.view, {"criteria": ["goals"]})
    assert ticked(firm) == {"met", "goals"}


@pytest.mark.parametrize("by_hand", [False, True])
def test_who_turns_out_to_be_large_begins_on_the_larger_track(desk, by_hand):
    """They signed up before anybody knew what they pay; a track chosen by hand stays."""
    made = desk.add(account("Acme", arr=None, segment=None, process="transactional"))
    priya = desk.person("U_PRIYA", "C_ALERTS")
    if by_hand:
        for track in ("enterprise", "transactional"):
            priya.command(f"/cs onboarding acme track {track}")
            desk.at(desk.now + timedelta(minutes=1))
    with desk.sessions.begin() as session:
        session.get_one(Account, made.id).arr = 90_000
    begun = priya.command("/cs onboarding acme start").words
    assert ("step 1 of 6" if by_hand else "step 1 of 8") in begun
    told = all_of(desk, select(AuditEntry).where(AuditEntry.verb == "onboarding.track"))
    assert by_hand or [(one.by_id, one.after["process"]) for one in told] == [(None, "enterprise")]


def test_a_hand_over_note_goes_to_whom_it_was_written_for(firm):
    ready(firm)
    dana = firm.person("U_DANA", "C_ALERTS")
    form = dana.command("/cs stage acme next").view
    assert "to Lee Park" in form.words
    firm.at(firm.now + timedelta(minutes=1))
    name_people(firm, "U_PRIYA", onboarding_manager="U_PRIYA")
    asked = dana.submit(form, {"note": "Dear Lee"}).view
    assert "to Priya Shah" in asked.words
    assert "Dear Lee" in json.dumps(asked.blocks)
    assert stage_of(firm) == "transition"
    dana.submit(asked, {"note": "Dear Priya"})
    assert (owner(firm), stage_of(firm)) == ("U_PRIYA", "first-onboarding-meeting")
    assert "Dear Priya" in inbox(firm, "U_PRIYA")[-1].words


def test_a_hand_over_note_that_nobody_would_read_is_not_lost_without_a_word(firm):
    ready(firm)
    dana = firm.person("U_DANA", "C_ALERTS")
    form = dana.command("/cs stage acme next").view
    firm.at(firm.now + timedelta(minutes=1))
    name_people(firm, "U_PRIYA", onboarding_manager="U_DANA")
    refused = dana.submit(form, {"note": "Dear Lee"})
    assert "nobody would read the note" in str(refused)
    assert stage_of(firm) == "transition"
