"""A customer leaves, through Slack's protocol: form, card, who is told, and the report."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from csbot.accounts.command import show_account
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.churn.model import Churn
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task
from csbot.team.queries import by_slack_id
from csbot.touches.model import Touch
from tests import builders

EVIDENCE = "They signed with <!channel> *Rival* on 12 Nov, see <https://evil.example|here>."
MINUTE = timedelta(minutes=1)


@pytest.fixture
def acme(desk):
    with desk.sessions.begin() as session:
        dana, priya = by_slack_id(session, "U_DANA"), by_slack_id(session, "U_PRIYA")
        dana.manager_id, owner_id = priya.id, dana.id
    held = desk.add(builders.account("Acme", owner_id=owner_id, arr=Decimal(120_000)))
    desk.add(builders.renewal(held.id, due_on=held.renewal_on))
    desk.add(builders.contact(held.id, role="decision_maker"))
    return held


def words(seen) -> str:
    assert seen.error is None, seen
    return "\n".join(message.words for message in [*seen.messages, *seen.updated])


def filled(desk, **over) -> dict[str, str]:
    today = desk.now.date()
    said = {
        "type": "competitor", "evidence": EVIDENCE, "notice_on": today.isoformat(),
        "effective_on": today.isoformat(), "avoidable": "yes",
    }  # fmt: skip
    return said | over


def told(desk, person):
    desk.deliver()
    return [m for m in person.messages("C_ALERTS") if m.ephemeral][-1]


def read(desk, query):
    with desk.sessions() as session:
        return session.scalars(query).all()


def test_a_renewal_that_was_lost_says_when_why_and_where_more_of_it_stands(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    old = dana.command("/cs renewal acme").messages[-1]
    dana.submit(dana.command("/cs churn acme").view, filled(desk))
    told(desk, dana)
    said = dana.command("/cs renewal acme").messages[-1].words
    assert "The one of 1 May 2027 was lost on 23 Nov 2026: competitor." in said
    assert "Acme left on 23 Nov 2026; `/cs churn Acme` says why." in said
    assert "was lost on 23 Nov 2026" in words(dana.press(old, label="Change…"))


def test_the_day_it_was_lost_is_the_reader_s_own(desk, acme):
    desk.at(desk.now + timedelta(hours=3))
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.submit(dana.command("/cs churn acme").view, filled(desk))
    with desk.sessions.begin() as session:
        by_slack_id(session, "U_DANA").timezone = "Pacific/Kiritimati"  # the next day already
    assert "was lost on 24 Nov 2026" in dana.command("/cs renewal acme").messages[-1].words


def test_a_churn_is_recorded_told_once_and_taken_back(desk, acme):
    desk.run("playbooks")
    desk.at(desk.now + MINUTE)
    dana, priya = desk.person("U_DANA", "C_ALERTS"), desk.person("U_PRIYA")
    lee = desk.person("U_LEE", "C_ALERTS")
    form, other = dana.command("/cs churn acme").view, lee.command("/cs churn acme").view
    assert form is not None
    assert other is not None
    wrong = filled(desk, effective_on="2026-01-01")
    assert dana.submit(form, wrong).errors == {
        "effective_on": "They cannot be gone before they said so."
    }
    dana.submit(form, filled(desk))
    card = told(desk, dana)
    assert "Acme left on" in card.words
    assert "Closed: the renewal of 1 May 2027." in card.words
    lee.submit(other, filled(desk, type="other"))
    assert "Dana Reyes recorded it just now; nothing was changed." in told(desk, lee).words
    assert read(desk, select(Churn.type)) == ["competitor"]

    for _ in range(3):
        desk.at(desk.now + MINUTE)
        desk.run("playbooks")
    desk.deliver()
    (note,) = [m for m in priya.messages() if "Acme leaves on" in m.words]
    assert "Competitor, 120,000 USD a year" in note.words
    assert "<!channel>" not in str(note.blocks)
    assert not [m for m in dana.messages() if "Acme leaves on" in m.words]
    assert "what would have kept them" in read(desk, select(Task.title))[0]
    assert read(desk, select(Touch.state)) == ["draft"]
    assert "Rival" not in str(read(desk, select(Touch.words)))

    stays = words(dana.press(card, label="They Stay"))
    assert "It is a customer again, in adoption." in stays
    assert "Its renewal of 1 May 2027 is open again." in stays
    desk.at(desk.now + 2 * MINUTE)
    assert "You took this back 2 minutes ago" in words(dana.press(card, label="They Stay"))
    assert read(desk, select(Account.lifecycle_stage)) == ["adoption"]
    assert read(desk, select(Renewal.status)) == ["open"]
    desk.run("playbooks")
    assert read(desk, select(Touch.state)) == ["withdrawn"]


def test_the_manager_who_records_it_hears_nothing_and_the_owner_does(desk, acme):
    desk.run("playbooks")
    desk.at(desk.now + MINUTE)
    priya, dana = desk.person("U_PRIYA", "C_ALERTS"), desk.person("U_DANA")
    form = priya.command("/cs churn acme because rival is cheaper").view
    assert form is not None
    [evidence] = [b for b in form.blocks if b.get("block_id") == "evidence"]
    assert evidence["element"]["initial_value"] == "rival is cheaper"
    priya.submit(form, filled(desk, type="price_budget"))
    desk.at(desk.now + MINUTE)
    desk.run("playbooks")
    desk.deliver()
    assert len([m for m in dana.messages() if "Acme leaves on" in m.words]) == 1
    assert not [m for m in priya.messages() if "Acme leaves on" in m.words]


@pytest.mark.parametrize("owned", [True, False])
def test_of_an_owner_without_a_manager_the_admins_are_told(desk, acme, owned):
    with desk.sessions.begin() as session:
        dana, lee = by_slack_id(session, "U_DANA"), by_slack_id(session, "U_LEE")
        dana.manager_id, lee.role = None, "admin"
        session.get(Account, acme.id).owner_id = dana.id if owned else None
    desk.run("playbooks")
    desk.at(desk.now + MINUTE)
    dana = desk.person("U_DANA", "C_ALERTS")
    dana.submit(dana.command("/cs churn acme").view, filled(desk))
    for _ in range(2):
        desk.at(desk.now + MINUTE)
        desk.run("playbooks")
        desk.deliver()
    told = desk.person("U_LEE").messages()
    assert len([m for m in told if "Acme leaves on" in m.words]) == 1
    assert not [m for m in desk.person("U_PRIYA").messages() if "Acme leaves on" in m.words]


def test_who_leaves_later_is_shown_as_leaving_and_goes_on_the_day(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    form = dana.command("/cs churn acme").view
    assert form is not None
    day = desk.now.date() + timedelta(days=30)
    dana.submit(form, filled(desk, effective_on=day.isoformat()))
    shown = f"{day.day} {day:%b %Y}"
    assert f"leaves on {shown}" in words(dana.command("/cs account acme"))
    assert f"no customer from {shown}" in words(dana.command("/cs my"))
    assert f"Acme leaves on {shown}" in words(dana.command("/cs churn acme"))
    assert f"*Still to leave* 1: Acme $120k on {shown}" in words(dana.command("/cs churn"))
    with desk.sessions() as session:
        said = show_account(session, "Acme", settings=desk.settings, now=desk.now)
    assert (said["churn"]["type"], said["churn"]["effective_on"]) == (
        "competitor", day.isoformat(),
    )  # fmt: skip
    assert said["churn"]["by"] == "dana@vendor.example"
    assert any("They leave on" in one["what"] for one in said["timeline"])
    desk.at(desk.now + timedelta(days=30))
    assert "1 customer left today" in desk.run("churn")
    assert "0 customers left today" in desk.run("churn")
    assert f"left on {shown}" in words(dana.command("/cs account acme"))
    assert "1 account left, $120k ARR, 1 of 1 avoidable" in words(dana.command("/cs churn 12m"))


def test_alerts_close_with_the_customer_and_say_why(desk, acme):
    desk.add(
        builders.task(
            acme.id, due_on=desk.now.date() - timedelta(days=3), assignee_id=acme.owner_id
        ),
        builders.feedback(acme.id, 1),
    )
    desk.run("detect")
    opened = [m.words for m in desk.in_channel()]
    assert len(opened) == 2
    dana = desk.person("U_DANA", "C_ALERTS")
    form = dana.command("/cs churn acme").view
    assert form is not None
    dana.submit(form, filled(desk))
    desk.deliver()
    closed = "\n".join(m.words for m in desk.in_channel())
    assert "The customer leaves: it is no longer needed since 23 Nov." in closed
    assert "It is marked as churned." in closed
    (number,) = read(desk, select(Task.id))
    assert "is no longer needed: its customer has left" in words(
        dana.command(f"/cs task done {number}")
    )


def test_who_may_only_look_sees_neither_form_nor_report(desk, acme):
    viewer = desk.person("U_ROBIN", "C_ALERTS")
    assert "Who left, why and with how much is for CSMs" in words(viewer.command("/cs churn"))
    refused = viewer.command("/cs churn acme")
    assert refused.view is None
    assert "record that a customer leaves" in words(refused)


def former(desk, name, left_on, **over):
    """A customer who has left."""
    fields = {"lifecycle_stage": "churned", "segment": "mid-market"}
    churn = {"type": "competitor", "evidence": EVIDENCE, "avoidable": None, "arr": 10_000,
             "currency": "USD"}  # fmt: skip
    held = desk.add(builders.account(name, **fields | {k: v for k, v in over.items() if k in (
        "segment", "created_at", "lifecycle_stage")}))  # fmt: skip
    churn |= {k: v for k, v in over.items() if k in churn}
    desk.add(
        Churn(
            account_id=held.id, notice_on=left_on, effective_on=left_on, at=desk.now,
            applied_at=desk.now, **churn,
        )
    )  # fmt: skip


def test_the_report_equals_a_recount_in_a_constant_number_of_queries(desk):
    today = desk.now.date()
    kinds = ["competitor", "payment", "price_budget", "competitor", "closed"]
    for n, kind in enumerate(kinds):
        former(
            desk, f"Former {n}", today - timedelta(days=20 * n), type=kind,
            arr=Decimal(10_000 * (n + 1)), currency="EUR" if n == 4 else "USD",
            avoidable=[True, False, None, True, None][n],
            segment="enterprise" if n % 2 else "mid-market",
            created_at=desk.now - timedelta(days=[80, 200, 900, 500, 3000][n]),
            lifecycle_stage="adoption" if n == 3 else "churned",
        )  # fmt: skip
    for name, back in (("Gone In Silence", 40), ("Left Long Ago", 200), ("Came So", None)):
        silent = desk.add(builders.account(name, lifecycle_stage="churned"))
        was = {} if back is None else {"lifecycle_stage": "adoption"}
        desk.add(
            AuditEntry(
                at=desk.now - timedelta(days=back or 1), verb="account.changed", before=was,
                subject=f"account:{silent.id}", account_id=silent.id,
                after={"lifecycle_stage": "churned"},
            )
        )  # fmt: skip
    priya = desk.person("U_PRIYA", "C_ALERTS")
    shown, few = counted(desk, priya, "/cs churn 90d")
    lost = "$100k + €50k ARR with the others, 2 of 3 avoidable"
    assert f"6 accounts left, 1 of them without a reason, {lost}" in shown
    assert "*Why* of the 5 with a reason: Competitor 2" in shown
    why = shown[shown.index("*Why*") :].splitlines()[0]
    assert why.endswith(
        "Out of business 1, €50k · Price or budget 1, $30k · Payment failed 1, $20k"
    )
    assert "Competitor 2, $50k" in shown
    assert "Out of business 1, €50k" in shown
    assert "mid-market 3, €50k + $40k · enterprise 2, $60k" in shown
    assert "1 within 90 days, 1 within a year, 3 later" in shown
    assert "3 by their own decision, 2 without one" in shown
    assert "2 of the 3 judged, that is 67 % (between 21 and 94 %)" in shown
    assert "*Won back* 1 of 5 with a reason" in shown
    assert "Came So, Gone In Silence, Left Long Ago are marked as churned and nobody" in shown
    for n in range(30):
        former(desk, f"More {n}", today - timedelta(days=n))
    shown, many = counted(desk, priya, "/cs churn")
    assert "36 accounts left, 1 of them without a reason" in shown
    assert many == few
    assert "1 account left, $10k ARR" not in words(priya.command("/cs churn 1d"))


def counted(desk, person, command) -> tuple[str, int]:
    statements = []
    engine = desk.sessions.kw["bind"]

    def note(*told):
        statements.append(told[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        shown = words(person.command(command))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return shown, len([one for one in statements if "churns" in one or "accounts" in one])


def test_a_period_nobody_can_read_is_taken_for_a_name(desk, acme):
    dana = desk.person("U_DANA", "C_ALERTS")
    assert "one day to five years" in words(dana.command("/cs churn 9000d"))
    assert "Churn from" in words(dana.command("/cs churn last quarter"))
    assert dana.command("/cs churn acm").view is not None
    assert "zzz" in words(dana.command("/cs churn zzz"))
    for asked in ("help", "export", "99y"):
        assert "a period: `90d`" in words(dana.command(f"/cs churn {asked}"))
