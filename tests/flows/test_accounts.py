"""Accounts by command, form and button, over real HTTP, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from csbot.accounts.model import Account, AccountPipeline, AccountTag, HealthChange
from csbot.audit import AuditEntry
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id
from messages.ids import Action
from tests.builders import MONDAY, account, contact, meeting, member, task

HOSTILE = "<!channel> *Ünï* <@U_LEE> & <https://e.example|x> \u202eevil " + "y" * 500


@pytest.fixture
def book(desk):
    """Dana owns Quietwater, Lee owns Globex, nobody owns Globe Theatre."""
    with desk.sessions() as session:
        ids = {m.slack_id: m.id for m in session.scalars(select(TeamMember))}
    quiet = desk.add(account("Quietwater Freight", owner_id=ids["U_DANA"], health=63))
    desk.add(account("Globex", owner_id=ids["U_LEE"]), account("Globe Theatre"))
    desk.add(
        contact(quiet.id, "Ann Lee"),
        task(quiet.id, "Call legal", due_on=MONDAY.date() - timedelta(days=2)),
        meeting(quiet.id, "Success session"),
        HealthChange(account_id=quiet.id, at=MONDAY - timedelta(days=9), score=80),
    )
    return desk


def one(desk, query):
    with desk.sessions() as session:
        return session.scalar(query)


def audits(desk, verb):
    return one(desk, select(func.count()).where(AuditEntry.verb == verb))


def inbox(desk, slack_id):
    desk.deliver()
    return [m for m in desk.person(slack_id).messages() if not m.ephemeral]


def owner_of(desk, name):
    query = select(TeamMember.slack_id).join(Account, Account.owner_id == TeamMember.id)
    return one(desk, query.where(Account.name == name))


def test_the_card_says_what_matters(book):
    seen = book.person("U_DANA", "C_ALERTS").command("/cs account quietwatter")
    words = seen.ephemeral.words
    for part in ("Quietwater Freight: $48k ARR", "health 63, down 17 in 7 days", "Dana Reyes",
                 "Call legal, 2 days overdue", "Success session", "Ann Lee (champion)",
                 "you wrote *quietwatter*"):  # fmt: skip
        assert part in words
    assert seen.ephemeral.labels == ["Log Check-In", "Create Task"]


def test_a_fragment_of_a_name_is_said_and_its_whole_words_are_not(book):
    dana = book.person("U_DANA", "C_ALERTS")
    assert "(you wrote *quietw*)" in dana.command("/cs account quietw").ephemeral.words
    assert "(you wrote" not in dana.command("/cs account quietwater").ephemeral.words
    assert "(you wrote *quietw*)" in dana.command("/cs quietw").ephemeral.words


def test_in_doubt_it_asks_and_a_press_goes_on_with_the_same_words(book):
    dana = book.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs account glob").ephemeral
    assert asked.text.startswith("Which one?")
    assert sorted(asked.labels) == ["Globe Theatre", "Globex"]
    assert "Globex: $48k" in dana.press(asked, label="Globex").words
    tagged = dana.command("/cs tag glob +beta").ephemeral
    assert "Globe Theatre now has the tag beta" in dana.press(tagged, label="Globe Theatre").words


def test_a_press_on_a_candidate_twice_does_it_once(book):
    dana = book.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs checkin glob called them").ephemeral
    assert "Check-in logged for Globex" in dana.press(asked, label="Globex").words
    assert "You have logged this already" in dana.press(asked, label="Globex").words


def test_a_command_between_words_and_account_survives_the_question(book):
    dana = book.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs task add glob call legal due friday").ephemeral
    seen = dana.press(asked, label="Globex")
    assert "Globex: call legal, due 27 Nov 2026" in seen.words


@pytest.mark.parametrize(
    "value", ["", "x\t1\t", "account\t-1\t", "account\tx\t", "account\t99999999999999\t", "\t\t"]
)
def test_a_forged_candidate_is_refused(book, value):
    dana = book.person("U_DANA", "C_ALERTS")
    asked = dana.command("/cs account glob").ephemeral
    asked.raw["blocks"][-1]["elements"][0]["value"] = value
    for block in asked.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == Action.ACCOUNT_PICK:
                element["value"] = value
    seen = dana.press(asked, action_id=Action.ACCOUNT_PICK)
    assert "$48k" not in seen.words


@pytest.mark.parametrize("person", ["<@U_LEE>", "<@U_LEE|lee>", "@lee", "lee", "to Lee Park"])
def test_a_handover_tells_the_new_owner_once_and_nobody_of_their_own_act(book, person):
    dana = book.person("U_DANA", "C_ALERTS")
    seen = dana.command(f"/cs assign quietwater {person} because of the region")
    assert "Quietwater Freight is Lee Park's now" in seen.words
    assert owner_of(book, "Quietwater Freight") == "U_LEE"
    (news,) = inbox(book, "U_LEE")
    assert "Quietwater Freight is yours now: $48k" in news.text
    assert "of the region" in news.words
    assert inbox(book, "U_DANA") == []
    again = dana.command(f"/cs assign quietwater {person}")
    assert "is Lee Park's already" in again.words
    assert "managers" in dana.command("/cs assign quietwater me").words  # it is Lee's now
    assert len(inbox(book, "U_LEE")) == 1
    assert audits(book, "account.assigned") == 1


def test_a_manager_moves_anybodys_account_and_both_hear_of_it_once(book):
    seen = book.person("U_PRIYA", "C_ALERTS").command("/cs assign quietwater @lee")
    assert seen.ok
    assert len(inbox(book, "U_LEE")) == len(inbox(book, "U_DANA")) == 1
    assert "is Lee Park's from now on" in inbox(book, "U_DANA")[0].text


def test_taking_an_account_oneself_tells_nobody_else(book):
    seen = book.person("U_DANA", "C_ALERTS").command("/cs assign globe theatre @dana")
    assert "Globe Theatre is yours now" in seen.words
    assert inbox(book, "U_DANA") == []
    assert owner_of(book, "Globe Theatre") == "U_DANA"


def test_assigning_to_the_owner_changes_nothing(book):
    seen = book.person("U_DANA", "C_ALERTS").command("/cs assign quietwater @dana")
    assert "is yours already" in seen.words
    assert audits(book, "account.assigned") == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("assign globex @dana", "managers"),
        ("assign quietwater @robin", "cannot own accounts"),
        ("assign quietwater @nobody", "called *@nobody*. `/cs team` lists everybody."),
        ("assign quietwater @nobody", "I understood that it is for Quietwater Freight."),
        ("health quietwater splendid", "I understood that it is for Quietwater Freight."),
        ("assign quietwater <@U_GONE>", "not in csbot's team"),
        ("health quietwater splendid", "thriving, healthy, steady, struggling"),
        ("health quietwater 101", "number from 0 to 100"),
        ("tag quietwater +" + "x" * 60, "at most 50 characters"),
        ("account zzzzzzz", "I know no account like"),
        ("snooze quietwater until friday legal", "no open alert"),
        ("snooze quietwater until yesterday legal", "still to come"),
        ("my @nobody", "I know nobody"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(book, text, words):
    before = one(book, select(func.count()).select_from(AuditEntry))
    assert words in book.person("U_DANA", "C_ALERTS").command(f"/cs {text}").words
    assert one(book, select(func.count()).select_from(AuditEntry)) == before


def test_health_by_word_keeps_its_reason_tag_and_pipeline(book):
    dana = book.person("U_DANA", "C_ALERTS")
    seen = dana.command("/cs health quietwater struggling because of no logins for a week")
    assert "Quietwater Freight is struggling now, health 35 (down 28 from 63)" in seen.words
    assert one(book, select(HealthChange.reason).order_by(HealthChange.id.desc()).limit(1)) == (
        "no logins for a week"
    )
    dana.command("/cs health quietwater 90")
    assert one(book, select(Account.health_status).where(Account.health == 90)) == "Thriving"
    with book.sessions() as session:
        assert list(session.scalars(select(AccountTag.tag))) == ["Thriving"]
        stages = [(p.pipeline, p.stage) for p in session.scalars(select(AccountPipeline))]
    assert stages == [("Customer Health Status", "Thriving")]
    assert audits(book, "account.health_set") == 2


def test_the_same_health_again_leaves_no_second_entry(book):
    dana = book.person("U_DANA", "C_ALERTS")
    for _ in range(2):
        dana.command("/cs health quietwater struggling no logins")
    assert audits(book, "account.health_set") == 1
    with book.sessions.begin() as session:  # as an import may have it
        session.execute(update(Account).where(Account.health == 35).values(health=44))
    dana.submit(dana.command("/cs health quietwater").view, {})
    assert "health 44" in dana.command("/cs health quietwater struggling").words
    assert audits(book, "account.health_set") == 1


def test_tags_come_and_go_whatever_their_case(book):
    dana = book.person("U_DANA", "C_ALERTS")
    assert "the tags beta, vip" in dana.command("/cs tag quietwater +beta +vip").words
    for again in ("+BETA", "-neverhad"):
        assert "Nothing has changed" in dana.command(f"/cs tag quietwater {again}").words
    assert "It did not have the tag neverhad." in dana.command("/cs tag quietwater -neverhad").words
    assert "the tag vip" in dana.command("/cs tag quietwater -Beta").words


@pytest.mark.parametrize("command", ["account", "timeline"])
def test_a_missing_account_opens_a_form_with_type_ahead(book, command):
    dana = book.person("U_DANA", "C_ALERTS")
    form = dana.command(f"/cs {command}").view
    assert dana.suggest(form, Action.ACCOUNT_SELECT, "")[0] == "Quietwater Freight"
    assert dana.suggest(form, Action.ACCOUNT_SELECT, "glob") == ["Globe Theatre", "Globex"]
    nothing = "Not found? Type more, or /cs account …"
    assert dana.suggest(form, Action.ACCOUNT_SELECT, "")[-1] == nothing
    assert dana.suggest(form, Action.ACCOUNT_SELECT, "zzz") == [nothing]
    refused = dana.submit(form, {"account": nothing})
    assert refused.errors == {"account": "That is none of them. Type more of the name."}
    seen = dana.submit(form, {"account": "Globex"})
    assert seen.ok
    book.deliver()
    assert "Globex" in dana.messages("C_ALERTS")[-1].words


def test_forms_do_what_the_commands_do(book):
    dana = book.person("U_DANA", "C_ALERTS")
    dana.command("/cs assign")
    assert dana.submit(
        None, {"account": "Quietwater Freight", "person": "U_LEE", "why": "region"}
    ).ok
    assert owner_of(book, "Quietwater Freight") == "U_LEE"
    dana.command("/cs health globex")
    assert dana.submit(None, {"status": "Steady", "reason": HOSTILE[:400]}).ok
    dana.command("/cs tag globex")
    assert dana.submit(None, {"tags": "+beta"}).ok
    assert {"beta", "Steady"} == set(_tags(book))


def _tags(desk):
    with desk.sessions() as session:
        return list(session.scalars(select(AccountTag.tag)))


def test_a_wrong_entry_is_marked_at_its_field_and_nothing_changes(book):
    dana = book.person("U_DANA", "C_ALERTS")
    dana.command("/cs assign quietwater")
    seen = dana.submit(None, {"person": "U_ROBIN"})
    assert "cannot own accounts" in seen.errors["person"]
    assert owner_of(book, "Quietwater Freight") == "U_DANA"


def test_every_entry_of_the_cards_menu_answers_twice(book):
    dana = book.person("U_DANA", "C_ALERTS")
    card = dana.command("/cs account quietwater").ephemeral
    in_a_stage = account("Acme", lifecycle_stage="onboarding", onboarding_stage="transition")
    book.add(in_a_stage)
    advancing = dana.command("/cs account acme").ephemeral
    menu = [(card, "Quietwater", label) for label in ("Timeline", "Assign…", "Set Health…")]
    menu += [(card, "Quietwater", "Follow in a Channel…"), (advancing, "Acme", "Advance Stage")]
    for shown, name, label in menu:
        for _ in range(2):
            seen = dana.choose(shown, label)
            assert seen.error is None
            assert name in seen.words
            if seen.view:
                dana.close(seen.view, cleared=True)
    for label in ("Log Check-In", "Create Task"):
        for _ in range(2):
            assert "Quietwater" in dana.press(card, label=label).view.words
            dana.close(cleared=True)


def test_the_book_is_ranked_by_risk_and_paged(book):
    with book.sessions() as session:
        dana_id = by_slack_id(session, "U_DANA").id
    for n in range(13):
        book.add(account(f"Site {n:02}", owner_id=dana_id, health=80, currency="EUR"))
    dana = book.person("U_DANA", "C_ALERTS")
    first = dana.command("/cs my").ephemeral
    assert "You own 14 accounts, €624k + $48k ARR" in first.text
    assert first.words.index("Quietwater") < first.words.index("Site 00")
    second = dana.press(first, label="Show More")
    assert "Site 12" in second.words
    assert "Globex: $48k" in dana.choose(
        book.person("U_DANA", "C_ALERTS").command("/cs my @lee").ephemeral, "Globex"
    ).words  # fmt: skip


def test_all_accounts_and_those_of_a_segment_are_listed_and_paged(book):
    with book.sessions() as session:
        dana_id = by_slack_id(session, "U_DANA").id
    for n in range(13):
        book.add(account(f"Site {n:02}", owner_id=dana_id, segment="Big Deals", arr=1_000))
    priya = book.person("U_PRIYA", "C_ALERTS")
    assert "You own no accounts yet" in priya.command("/cs my").ephemeral.text
    everybody = priya.command("/cs accounts all").ephemeral
    with book.sessions() as session:
        count = session.scalar(select(func.count(Account.id)))
    assert f"There are {count} accounts, $" in everybody.text
    assert "page 1 of 2" in everybody.words
    assert "page 2 of 2" in priya.press(everybody, label="Show More").words
    big = priya.command("/cs accounts big deals").ephemeral
    assert "There are 13 accounts in Big Deals, $13k ARR: " in big.text
    assert "Site 12" in priya.press(big, label="Show More").words
    assert "Dana Reyes owns 13 accounts in Big Deals" in (
        priya.command("/cs accounts @dana big-deals").ephemeral.text
    )
    assert "Lee Park owns no accounts in Big Deals." in (
        priya.command("/cs accounts lee big deals").ephemeral.text
    )
    book.add(member("Allison Ray", slack_id="U_ALLISON"))
    assert f"There are {count} accounts, $" in priya.command("/cs accounts All").ephemeral.text
    odd = priya.command("/cs accounts bigg").ephemeral.text
    assert "I can't read *bigg*" in odd
    assert "Big Deals" in odd


def test_the_timeline_is_told_in_words_newest_first(book):
    dana = book.person("U_DANA", "C_ALERTS")
    book.at(MONDAY + timedelta(minutes=1))
    dana.command("/cs checkin quietwater called Ann, rollout on track")
    book.at(MONDAY + timedelta(minutes=2))
    dana.command("/cs health quietwater struggling no logins")
    book.at(MONDAY + timedelta(minutes=3))
    dana.command("/cs assign quietwater @lee")
    words = dana.command("/cs timeline quietwater").ephemeral.words
    told = [
        "to come · Meeting: Success session",
        "Owner changed from Dana Reyes to Lee Park · Dana Reyes",
        "Health 35 (Struggling): no logins · Dana Reyes",
        "Call: called Ann, rollout on track · Dana Reyes",
        "Health 80",
    ]
    places = [words.index(line) for line in told]
    assert places == sorted(places)
    assert "account." not in words


def test_hostile_names_tags_and_reasons_do_no_harm(book):
    book.add(account(HOSTILE, domain="hostile.example"))
    dana = book.person("U_DANA", "C_ALERTS")
    for text in (
        "account hostile.example",
        f"health hostile.example steady {HOSTILE[:300]}",
        'tag hostile.example "+<!here> *x*"',
        "timeline hostile.example",
        "assign hostile.example @lee <!everyone>",
        f"account {HOSTILE}{'z' * 9000}",
        f"frob {HOSTILE}",
    ):
        seen = dana.command(f"/cs {text}")
        assert seen.error is None
        assert seen.ephemeral is not None
    inbox(book, "U_LEE")
    shown = str([m.raw for m in dana.messages("C_ALERTS")])
    assert "<!channel>" not in shown
    assert "<!here>" not in shown


@pytest.mark.parametrize("text", ["", "help", "?"])
def test_alone_it_shows_examples(desk, text):
    seen = desk.person("U_DANA", "C_ALERTS").command(f"/cs {text}".strip())
    assert "/cs account acme" in seen.words
    assert "Tell an Admin" in seen.ephemeral.labels


def test_help_leaves_out_what_a_viewer_may_not_do(desk):
    words = desk.person("U_ROBIN", "C_ALERTS").command("/cs").words
    assert "/cs account acme" in words
    assert "/cs assign" not in words
    assert "/cs renewals" not in words


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("acount quietwater", "/cs account quietwater"),
        ("helth quietwater steady", "/cs health quietwater steady"),
        ("renew quietwater", "/cs renewal quietwater"),
    ],
)
def test_an_unknown_command_says_what_was_meant(book, text, meant):
    words = book.person("U_DANA", "C_ALERTS").command(f"/cs {text}").words
    assert f"I know no command {text.split()[0]}. Did you mean `{meant}`?" in words


@pytest.mark.parametrize("text", ["g", "do", "how", "zzzz"])
def test_where_nothing_is_near_no_guess_is_made_and_a_few_commands_stand_for_all(book, text):
    words = book.person("U_DANA", "C_ALERTS").command(f"/cs {text}").words
    assert f"I know no command {text}. Most used: `/cs my`" in " ".join(words.split())
    assert "`/cs help` shows all" in words
    assert "renewals" not in book.person("U_ROBIN", "C_ALERTS").command(f"/cs {text}").words


@pytest.mark.parametrize("text", ["globex", "what about Globex?", "qietwater freight"])
def test_an_accounts_name_needs_no_command(book, text):
    seen = book.person("U_DANA", "C_ALERTS").command(f"/cs {text}").ephemeral
    name = "Globex" if "lobex" in text else "Quietwater Freight"
    assert seen.text.startswith(f"{name}: $")


def test_what_is_to_be_done_and_cannot_be_is_not_answered_with_a_card(book):
    words = book.person("U_DANA", "C_ALERTS").command("/cs log globex called Ann").words
    assert "I know no command log" in words
    assert "$48k" not in words


def test_where_words_name_two_accounts_none_is_guessed(book):
    words = book.person("U_DANA", "C_ALERTS").command("/cs compare Globex and Globe Theatre").words
    assert "I know no command compare" in words


def test_an_answer_is_shared_only_by_those_who_may(book):
    seen = book.person("U_ROBIN", "C_ALERTS").command("/cs account globex --share")
    assert "can share an answer with the channel" in seen.ephemeral.words
    assert book.person("U_DANA", "C_ALERTS").command("/cs account globex --share").messages == []
    book.deliver()
    (shared,) = book.in_channel()
    assert "Globex: $48k ARR" in shared.text
