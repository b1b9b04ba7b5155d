"""A playbook replayed on stored history: what it would have done, as things were known then."""

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.event import listen

from csbot import audit
from csbot.accounts.model import AccountPipeline, AccountTag, HealthChange
from csbot.alerts.snooze_past import hidden, of_alert
from csbot.checkins.model import CheckIn
from csbot.conditions.fields import FIELDS, OPERATORS, Kind
from csbot.conditions.grammar import parse
from csbot.conditions.sql import Frame, where
from csbot.contacts import Contact
from csbot.db.tables import metadata
from csbot.errors import Refused
from csbot.payments.model import Payment
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookVersion
from csbot.playbooks.reach import SUBJECTS
from csbot.playbooks.simulate.history import asked
from csbot.playbooks.simulate.kept import LEFT_EMPTY, tables
from csbot.playbooks.simulate.report import as_data, as_text
from csbot.playbooks.simulate.service import simulate, with_parameters, would_hide
from csbot.playbooks.triggers import TRIGGERS, Look
from csbot.shares import Share
from csbot.usage.model import GroupUsage, ProductGroup, ProductUser, UsageEvent, UserUsage
from tests.builders import MONDAY, feedback, renewal
from tests.unit.alert_world import DAY, World, settings
from tests.unit.test_playbook_diagram import playbook

NOW = MONDAY
TODAY = NOW.date()


class Past(World):
    """Customers with a history of logins; the product tells it in roll-ups of days."""

    def user(self, account, *, days=()):
        """Somebody who logged in so many days ago, each as csbot learned of it then."""
        contact = self.contact(account, days=None)
        group = self.add(ProductGroup(key=f"g{account.id}", account_id=account.id,
                                      first_seen_at=NOW - 400 * DAY))  # fmt: skip
        user = self.add(ProductUser(key=f"u{contact.id}", contact_id=contact.id,
                                    group_id=group.id, first_seen_at=NOW - 400 * DAY))  # fmt: skip
        for ago in days:
            self.login(user, contact, ago)
        return user, contact

    def login(self, user, contact, ago, *, received=None):
        at = datetime.combine(TODAY, time(10), UTC) - ago * DAY
        self.add(UserUsage(user_id=user.id, day=at.date(), feature="", events=1,
                           active_seconds=60, logins=1))  # fmt: skip
        if received is not None:
            self.add(UsageEvent(source="t", message_id=f"m{user.id}:{ago}", user_id=user.id,
                                group_id=user.group_id, type="track", name="Signed In", at=at,
                                received_at=received, properties={}))  # fmt: skip
        contact.last_login_at = max(filter(None, [contact.last_login_at, at]))
        self.session.flush()

    def churn(self, account, ago):
        was, now = ({"lifecycle_stage": stage} for stage in ("adoption", "churned"))
        account.lifecycle_stage = "churned"
        self.changed(account, NOW - ago * DAY, was, now)

    def changed(self, account, at, before, after):
        audit.record(
            self.session, verb="import", subject=f"account:{account.id}", by=None,
            account=account.id, now=at, before=before, after=after,
        )  # fmt: skip

    def simulate(self, definition=None, days=60, **over):
        made = definition or inactive()
        return simulate(self.session, made, settings=self.settings, since=NOW - days * DAY,
                        now=NOW, **over)  # fmt: skip


def inactive(**over):
    said = {
        "trigger": {"detector": "contact.inactive", "with": {"days": 7}},
        "steps": [{"alert": {"template": "alert_inactive"}, "owner": "owner"}],
    }
    return playbook(**said | over)


@pytest.fixture
def past(sessions):
    with sessions() as session:
        yield Past(session)


def force(past, definition):
    """As if its file had been read."""
    said = definition.model_dump(mode="json", by_alias=True)
    version = past.add(PlaybookVersion(name=definition.name, digest="d1", source="own",
                                       definition=said, seen_at=NOW - 400 * DAY))  # fmt: skip
    past.add(Playbook(name=definition.name, version_id=version.id))


def days_of(report):
    return [(report.names[start.account_id], (TODAY - start.day).days) for start in report.starts]


def test_it_would_have_started_on_the_day_on_which_seven_days_were_over(past):
    past.user(past.account("Acme"), days=[44, 35, 25, 24, 2])
    past.user(past.account("Busy"), days=range(0, 70, 3))
    report = past.simulate(days=40)
    assert days_of(report) == [("Acme", 37), ("Acme", 28), ("Acme", 17)]
    assert report.at_once == 0


def test_what_csbot_learned_later_changes_nothing_of_what_it_would_have_done(past):
    acme = past.account("Acme", segment="enterprise")
    user, contact = past.user(acme, days=[40])
    definition = inactive(filter={"account.segment": "enterprise", "account.tags": {"has": "VIP"}})
    past.add(AccountTag(account_id=acme.id, tag="VIP", added_at=NOW - 300 * DAY))
    span = {"days": 45, "until": NOW - 30 * DAY}
    before = days_of(past.simulate(definition, **span))
    assert before == [("Acme", 33)]

    late = NOW - 3 * DAY
    past.login(user, contact, 36, received=late)  # would have kept it from starting on that day
    new = past.account("New", segment="enterprise", created_at=late)  # imported later
    past.user(new, days=[50])
    past.add(AccountTag(account_id=new.id, tag="VIP", added_at=late))
    past.add(AccountTag(account_id=acme.id, tag="Lost", added_at=NOW))
    acme.segment, acme.arr = "small", 1
    past.changed(acme, late, {"segment": "enterprise", "arr": "48000"}, {"segment": "small"})
    assert days_of(past.simulate(definition, **span)) == before

    without = inactive(filter={"account.tags": {"has_not": "Lost"}})
    assert days_of(past.simulate(without, **span)) == before


def test_fields_are_what_they_were_and_tags_that_were_taken_off_were_there(past):
    acme = past.account("Acme", segment="small", health=80, health_status="Healthy")
    past.user(acme, days=[40])
    past.changed(acme, NOW - 35 * DAY, {"segment": "enterprise"}, {"segment": "mid-market"})
    past.changed(acme, NOW - 20 * DAY, {"segment": "mid-market"}, {"segment": "small"})
    past.changed(acme, NOW - 20 * DAY, {"owner": "dana@vendor.example"}, {"owner": None})
    for ago, score, status in ((100, 60, "Healthy"), (36, 30, "Struggling"), (10, 80, "Healthy")):
        past.add(HealthChange(account_id=acme.id, at=NOW - ago * DAY, score=score, status=status))
    audit.record(past.session, verb="account.tagged", subject=f"account:{acme.id}", by=None,
                 account=acme.id, now=NOW - 5 * DAY, before={"tags": ["VIP"]},
                 after={"tags": []})  # fmt: skip
    for said, starts in (
        ({"account.segment": "mid-market"}, True),
        ({"account.segment": ["small", "enterprise"]}, False),
        ({"account.health": {"below": 50}}, True),
        ({"account.health": {"at_least": 60}}, False),
        ({"account.health_status": "Struggling"}, True),
        ({"account.tags": {"has": "VIP"}}, True),
        ({"account.tags": {"has": "Struggling"}}, True),
        ({"account.tags": {"has": "Healthy"}}, False),
    ):
        found = past.simulate(inactive(filter=said), days=38, until=NOW - 30 * DAY)
        assert bool(found.starts) is starts, said


def test_what_happened_after_is_counted_with_its_uncertainty(past):
    gone, saved, quiet, sudden = map(past.account, ("Gone", "Saved", "Quiet", "Sudden"))
    past.user(gone, days=[115])
    past.user(saved, days=[118, 108])
    past.user(quiet, days=[5, 1])
    past.user(sudden, days=range(95, 120, 3))
    past.churn(gone, 98)
    past.churn(sudden, 97)
    span = {"days": 117, "until": NOW - 90 * DAY}
    report = past.simulate(**span)
    judged = report.judged
    assert (judged.churned, judged.recovered, judged.renewed) == (1, 1, 0)
    assert (judged.precision.part, judged.precision.whole) == (1, 2)
    assert (judged.recall.part, judged.recall.whole) == (1, 2)
    assert judged.lead == pytest.approx(9.4, abs=0.1)
    assert [report.names[id] for id in judged.missed] == ["Gone"]
    low, high = judged.precision.bounds
    assert (round(low, 3), round(high, 3)) == (0.095, 0.905)  # by any table of Wilson's interval

    past.add(CheckIn(account_id=gone.id, at=NOW - 105 * DAY, channel="call", note="How are you?"))
    assert past.simulate(**span).judged.missed == ()


def test_what_began_too_lately_counts_neither_for_the_playbook_nor_against_it(past):
    gone, calm = map(past.account, ("Gone", "Calm"))
    past.user(gone, days=[17])
    past.user(calm, days=[17])
    past.churn(gone, 3)
    judged = past.simulate(days=30).judged
    assert (judged.churned, judged.open) == (1, 1)
    assert (judged.precision, judged.recall) == (Share(0, 0), Share(1, 1))


def test_what_became_of_the_accounts_adds_up_to_all_that_it_would_have_started_for(past):
    """One of each, and one that recovered and renewed, of which two were told of lately."""
    names = ("Gone", "Renewed too", "Back", "Back lately", "Silent", "Silent lately")
    gone, renewed, back, lately, silent, new = map(past.account, names)
    for account, days in (
        (gone, [117]), (renewed, [117, 100]), (back, [117, 100]), (lately, [30, 10, 8, 6, 4, 2]),
        (silent, [117]), (new, [17]),
    ):  # fmt: skip
        past.user(account, days=days)
    past.churn(gone, 98)
    due = {"due_on": TODAY, "status": "renewed", "closed_at": NOW - 95 * DAY}
    past.add(renewal(renewed.id, **due))
    report = past.simulate(days=116)
    judged = report.judged
    parts = judged.churned, judged.renewed, judged.recovered, judged.neither, judged.open
    assert parts == (1, 1, 2, 1, 1)
    assert sum(parts) == report.accounts
    shown = as_text(report)
    assert "Of the 6 accounts it would have started for, each counted once" in shown
    assert "  none of these: 1\n  too early to tell: 1\n" in shown


def test_messages_are_counted_for_people_channels_and_contacts_in_their_worst_week(past):
    for name in ("Acme", "Busy", "Calm"):
        account = past.account(name, channel="#calm" if name == "Calm" else None)
        past.user(account, days=[20])
    definition = inactive(
        trigger={"detector": "contact.quiet", "with": {"days": 7}},
        steps=[
            {"alert": {"title": "They are quiet"}, "owner": "owner"},
            {"notify": {"to": "manager", "text": "{{ account.name }} is quiet"}},
            {"email": {"subject": "Hello", "text": "Are you well?"}, "after": "1 day"},
        ],
    )
    report = past.simulate(definition, days=18)
    assert len(report.starts) == 3
    assert {one.name: one.count for one in report.people}["Priya Shah"] == 3
    assert {one.name: one.count for one in report.people}["Dana Reyes"] >= 3
    assert {one.name: one.count for one in report.channels} == {"#calm": 1, "#cs-alerts": 2}
    assert (report.touches, report.touched, report.failed) == (3, 3, 0)
    assert report.contact.count == 1
    assert sum(count for _, count in report.weeks) == 3


def test_nothing_is_written(past):
    past.user(past.account("Acme"), days=[20])
    past.session.commit()
    before = counts(past.session)
    steps = [{"tag": {"add": ["Inactive"]}}, {"task": TASK}]
    assert past.simulate(inactive(steps=steps), days=15).starts
    past.session.commit()
    assert counts(past.session) == before


TASK = {"title": "Call them", "due": "2 days"}


def counts(session):
    return {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in metadata.sorted_tables
    }


def test_a_field_without_a_history_is_named_and_that_the_playbook_turns_on_it(past):
    past.user(past.account("Acme"), days=[40])
    report = past.simulate(inactive(filter={"account.process": "transactional"}), days=20)
    assert (
        "`account.process` is read as of today, its history is not kept, and the playbook turns "
        "on it" in report.caveats
    )


def test_what_another_threshold_hides_is_what_the_replay_with_it_leaves_out(past):
    past.user(past.account("Acme"), days=[50, 42, 31, 20])
    force(past, inactive())
    since, until = NOW - 45 * DAY, NOW - 22 * DAY
    span = {"since": since, "until": until, "now": NOW}
    hidden = would_hide(past.session, "quiet-customer", "days", 10, settings=past.settings, **span)
    longer = past.simulate(with_parameters(inactive(), {"days": 10}), days=45, until=until)
    assert hidden == (3, 3 - len(longer.starts)) == (3, 2)


def test_members_of_a_condition_start_it_by_entering_not_by_having_been_there(past):
    low, falls = past.account("Low", health=30), past.account("Falls", health=40)
    for account, steps in ((low, [(100, 30)]), (falls, [(100, 70), (20, 40)])):
        for ago, score in steps:
            past.add(HealthChange(account_id=account.id, at=NOW - ago * DAY, score=score))
    definition = inactive(trigger={"entering": {"account.health": {"below": 50}}})
    assert days_of(past.simulate(definition, days=25)) == [("Falls", 20)]


def test_events_start_it_once_each_by_when_csbot_was_told(past):
    acme = past.account("Acme")
    for ago, told in ((20, 20), (19, 2)):
        row = past.add(feedback(acme.id, at=NOW - ago * DAY, score=3))
        audit.record(past.session, verb="feedback.recorded", subject=f"feedback:{row.id}",
                     by=None, account=acme.id, now=NOW - told * DAY, after={})  # fmt: skip
    event = {"event": "feedback.received"}
    report = past.simulate(inactive(trigger=event), days=22)
    assert days_of(report) == [("Acme", 20)]  # the other was no news any more when it came


@given(
    logins=st.lists(
        st.lists(st.integers(0, 16), min_size=1, max_size=4, unique=True), min_size=1, max_size=4
    )
)
@hypothesis(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_starts_when_the_alerts_did_that_were_played_forward_day_by_day(sessions, logins):
    with sessions() as session:
        played = Past(session)
        people = [played.user(played.account(f"Account {nth}")) for nth, _ in enumerate(logins)]
        for ago in range(16, -1, -1):
            for (user, contact), days in zip(people, logins, strict=True):
                if ago in days:
                    played.login(user, contact, ago)
            played.now = datetime.combine(TODAY, time(), UTC) - (ago - 1) * DAY
            played.detect()
        raised = sorted((alert.account_id, alert.opened_at) for alert in played.alerts(all=True))
        end = datetime.combine(TODAY, time(), UTC) + DAY
        report = simulate(session, inactive(), settings=played.settings, since=end - 17 * DAY,
                          now=end)  # fmt: skip
        session.rollback()
    assert sorted((start.account_id, start.at) for start in report.starts) == raised


def test_what_a_snooze_would_have_hidden_is_what_the_replay_says(past):
    """Whoever asks at whatever hour an alert came: both count in whole days."""
    force(past, inactive())
    logins = (95, 86, 78, 70, 55, 47, 39, 25, 12)
    user, contact = past.user(past.account("Acme"))
    other, someone = past.user(past.account("Globex"))
    for ago in range(92, 0, -1):
        for who, days in (((user, contact), logins), ((other, someone), (85, 60))):
            if ago in days:
                past.login(*who, ago)
        if {ago, ago + 7} & {*logins, 85, 60}:  # the days on which anything changes
            past.now = datetime.combine(TODAY, time(11 + ago % 13), UTC) - ago * DAY
            past.detect(kinds=["inactive"])
    past.now = NOW
    alert = past.alerts(all=True)[-1]
    assert alert.account_id == contact.account_id
    shown = of_alert(past.session, alert, now=NOW)
    replayed = as_data(past.simulate(days=90))["starts"]
    days = [
        date.fromisoformat(start["day"])
        for start in replayed
        if start["account"] == "Acme" and not start["at_once"]
    ]
    assert shown.fired == len(days)
    assert shown.hidden == tuple((n, hidden(days, n * DAY)) for n in (1, 7, 30))
    assert shown.hidden[-1][1] > 2


def test_the_number_of_questions_does_not_grow_with_the_accounts(past):
    asked = []
    listen(past.session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
    counted = []
    for upto in (2, 12):
        for nth in range(len(counted) * 2, upto):
            past.user(past.account(f"Account {nth}"), days=[12, nth])
        past.session.flush()
        asked.clear()
        report = past.simulate(days=3)
        counted.append(len(asked))
    assert len(report.starts) > 2
    assert counted[0] == counted[1]


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_every_table_that_a_trigger_asks_has_a_past(name):
    trigger = TRIGGERS[name]
    look = Look(NOW, NOW - DAY, trigger.parameters(), settings(usage=UNUSED), "sqlite")
    assert asked([trigger.select(look)]) <= TOLD | LEFT_EMPTY


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_table_that_a_condition_asks_has_a_past(name):
    field = FIELDS[name]
    operator = OPERATORS[field.kind][0]
    value = {"true": True, "false": False}.get(field.example, field.example)
    if field.kind is Kind.NUMBER:
        value = float(field.example)
    frame = Frame(
        now=NOW, contact=Contact, started_at=PlaybookRun.started_at,
        **{part: table for part, table in SUBJECTS.items()},
    )  # fmt: skip
    condition = parse({name: {operator: value}})
    assert asked([where(condition, frame)]) <= TOLD | {"playbook_runs"} | LEFT_EMPTY


UNUSED = {"unused_after": {"Reports": 30}}
TOLD = {kept.rows.name for kept in tables({})} | {
    table.__tablename__ for table in (AccountTag, AccountPipeline, Payment, UserUsage, GroupUsage)
}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"dayz": 10}, "There is no parameter `dayz`, did you mean `days`?"),
        ({"days": "abc"}, "`days`: `abc` is no time; write it like `3 days` or `2 working days`."),
        ({"days": 731}, "`days` must be at most 730."),
    ],
)
def test_a_parameter_that_does_not_fit_is_told_with_its_mend(said, told):
    with pytest.raises(Refused) as refused:
        with_parameters(inactive(), said)
    assert refused.value.reason == told
