"""E-mails and SMS to customers: none twice, none lost without a word, whatever breaks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from csbot import clock
from csbot.outbox.queue import Priority
from csbot.touches.model import Touch
from csbot.wiring import wire
from csbot.workspace.server import RunningWorkspace
from tests.faults import customers as people
from tests.faults.customers import Customers
from tests.faults.processes import DEADLINE, ended, eventually
from tests.faults.rig import Rig
from tests.forked import context
from tests.mail_server import DROP, TAKE_AND_DROP, TAKE_AND_HANG, PostOffice, mail_server
from tests.twilio_server import Network, twilio_server

STEPS = {
    "after_claim": "sent",  # nothing had been handed over, and that is known
    "before_send": "uncertain",
    "after_send": "uncertain",
    "before_settle": "uncertain",
    "after_settle": "sent",
}
PHONES = [f"+1415867530{n}" for n in range(10)]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with mail_server() as made:
        yield made


@pytest.fixture
def network() -> Iterator[Network]:
    with twilio_server() as made:
        yield made


@pytest.fixture
def customers(
    slack: RunningWorkspace,
    database_url: str,
    engine: object,
    office: PostOffice,
    network: Network,
) -> Iterator[Customers]:
    urls = (slack.api_url, database_url, office.url, network.url)
    wiring = wire(people.settings(*urls))
    yield Customers(wiring, office, network, urls)
    wiring.engine.dispose()


def killed(customers: Customers, step: str) -> None:
    process = context().Process(target=people.send, args=(customers.urls, f"outbox.{step}"))
    process.start()
    assert ended(process) == 137, step


def test_a_sender_that_dies_at_any_step_sends_nothing_twice_and_hides_nothing(
    customers: Customers,
) -> None:
    expected = {}
    for n, (step, end) in enumerate(STEPS.items()):
        expected[customers.write(f"{step}@customer.example")] = end
        killed(customers, step)
        customers.drain_out()
        expected[customers.write(PHONES[n], "sms")] = end
        killed(customers, step)
        customers.drain_out()
    customers.drain_out()
    assert {id: customers.state(id)[0] for id in expected} == expected
    got = Counter(customers.mailed() + customers.texted())
    assert set(got.values()) == {1}
    assert len(got) == 2 * (len(STEPS) - 1)  # nobody got what was handed over to nobody
    for id, end in expected.items():
        assert customers.verbs(id) == [f"touch.{end}"]


def test_four_workers_at_once_send_each_once(customers: Customers) -> None:
    mails = [customers.write(f"a{n}@customer.example") for n in range(8)]
    texts = [customers.write(PHONES[n], "sms") for n in range(8)]
    started = [context().Process(target=people.send_once, args=(customers.urls,)) for _ in range(4)]
    for process in started:
        process.start()
    for process in started:
        process.join(DEADLINE)
    customers.drain_out()
    assert {customers.state(id) for id in mails + texts} == {("sent", "sent")}
    assert Counter(customers.mailed() + customers.texted()).most_common(1)[0][1] == 1
    assert len(customers.mailed() + customers.texted()) == 16


@pytest.mark.parametrize("said", [TAKE_AND_DROP, TAKE_AND_HANG])
def test_a_lost_answer_is_told_and_not_tried_again(
    customers: Customers, rig: Rig, said: str
) -> None:
    customers.office.says["dot"] = customers.network.says = said
    ids = [customers.write("ann@customer.example"), customers.write(PHONES[0], "sms")]
    customers.drain(patience=12)
    customers.office.says.clear()
    customers.network.says = ""
    customers.drain_out()
    assert [customers.state(id) for id in ids] == [("uncertain", "uncertain")] * 2
    assert customers.mailed() == ["ann@customer.example"]
    assert customers.texted() == [PHONES[0]]
    told = sorted(rig.told("U_DANA"))
    assert [text.partition(" to Ann Lee")[0] for text in told] == ["Your SMS", "Your e-mail"]
    assert all("may or may not have arrived" in text for text in told)


def test_a_refused_address_is_told_to_its_owner_and_not_written_to_again(
    customers: Customers, rig: Rig
) -> None:
    customers.office.for_address["gone@customer.example"] = "550 5.1.1 no such user"
    first = customers.write("gone@customer.example")
    fine = customers.write("ann@customer.example")
    customers.drain_out()
    assert customers.state(first) == ("bounced", "dead")
    assert customers.touch(first).bounced_at is not None
    assert customers.state(fine) == ("sent", "sent")
    assert customers.touch(fine).external_id == customers.office.messages()[0]["Message-ID"]
    asked = customers.office.asked.count("RCPT")
    theirs = customers.touch(first)
    again = customers.write(
        "gone@customer.example", contact_id=theirs.contact_id, account_id=theirs.account_id
    )
    customers.drain_out()
    assert customers.state(again) == ("withdrawn", "superseded")
    assert customers.office.asked.count("RCPT") == asked
    assert customers.verbs(first) == ["touch.bounced", "touch.withdrawn"]
    assert ["the e-mail address is no good" in text for text in rig.told("U_DANA")] == [True]


def test_refused_until_further_notice_waits_and_then_goes_out_once(customers: Customers) -> None:
    customers.office.says["RCPT"] = "451 4.7.1 greylisted"
    id = customers.write("ann@customer.example")
    customers.drain()
    assert customers.state(id) == ("queued", "waiting")
    customers.drain()
    assert customers.office.asked.count("RCPT") == 1  # in some minutes, not at once
    customers.office.says.clear()
    customers.drain_out()
    assert customers.mailed() == ["ann@customer.example"]
    assert customers.state(id) == ("sent", "sent")


def test_one_message_that_the_server_breaks_off_at_does_not_hold_up_the_next(
    customers: Customers,
) -> None:
    customers.office.for_address["bad@customer.example"] = DROP
    bad, fine = customers.write("bad@customer.example"), customers.write("ann@customer.example")
    customers.drain()
    assert customers.state(bad) == ("queued", "waiting")
    assert customers.state(fine) == ("sent", "sent")


def test_a_mail_server_that_hangs_holds_up_neither_slack_nor_sms(
    customers: Customers, rig: Rig
) -> None:
    customers.office.says["MAIL"] = "hang"
    for n in range(6):
        customers.write(f"a{n}@customer.example")
    rig.ask(*[f"post {n}" for n in range(4)])
    customers.write(PHONES[0], "sms")
    worker = context().Process(target=people.send, args=(customers.urls, None))
    worker.start()
    try:
        eventually(lambda: len(rig.received()) == 4 and customers.texted() == [PHONES[0]])
        assert customers.mailed() == []
    finally:
        worker.kill()
        worker.join(DEADLINE)


def test_a_slack_that_takes_nothing_holds_up_no_e_mail(customers: Customers, rig: Rig) -> None:
    rig.fail("ratelimited", retry_after=60)
    rig.ask("post")
    id = customers.write("ann@customer.example")
    customers.drain()
    assert rig.received() == []
    assert customers.state(id) == ("sent", "sent")


def test_the_last_look_finds_what_was_taken_back_opted_out_of_or_too_late(
    customers: Customers,
) -> None:
    now = clock.now()
    ids = [
        customers.write("taken@customer.example", state="withdrawn"),
        customers.write("out@customer.example"),
        customers.write("late@customer.example", expires_at=now - timedelta(minutes=1)),
        customers.write("gone@customer.example", contact_id=None),
    ]
    with customers.wiring.sessions.begin() as session:
        out = session.merge(customers.person(ids[1]))
        out.opt_outs = ["email"]
    customers.drain_out()
    assert customers.mailed() == []
    ends = [customers.state(id) for id in ids]
    expected = ("withdrawn", "withdrawn", "expired", "withdrawn")
    assert ends == [(end, "superseded") for end in expected]


def test_a_stop_that_twilio_knows_of_is_an_opt_out(customers: Customers) -> None:
    customers.network.says = (400, 21610)
    id = customers.write(PHONES[0], "sms")
    customers.drain_out()
    assert customers.state(id) == ("failed", "dead")
    assert customers.person(id).opt_outs == ["sms"]
    assert customers.verbs(id) == ["touch.failed", "contact.opted_out_of_sms"]


def test_a_login_that_is_refused_is_told_to_the_admins_and_loses_nothing(
    customers: Customers, rig: Rig
) -> None:
    customers.office.says["MAIL"] = "530 5.7.0 log in first"
    customers.network.says = (401, 20003)
    ids = [customers.write("ann@customer.example"), customers.write(PHONES[0], "sms")]
    customers.drain()
    customers.time_passes()
    customers.drain()
    assert [customers.state(id) for id in ids] == [("queued", "waiting")] * 2
    told = sorted(text.partition(" do not arrive")[0] for text in rig.told("U_PRIYA"))
    assert told == ["Messages to customers by SMS", "Messages to customers by e-mail"]
    customers.office.says.clear()
    customers.network.says = ""
    customers.drain_out()
    assert [customers.state(id) for id in ids] == [("sent", "sent")] * 2


def test_a_mail_server_that_is_away_ends_no_command_late(customers: Customers) -> None:
    customers.office.says["MAIL"] = "421 closing"
    id = customers.write("ann@customer.example")
    drained = customers.drain(patience=3600)
    assert (drained.sent, drained.waiting) == (0, 1)
    assert customers.state(id) == ("queued", "waiting")


def test_what_may_have_gone_out_is_not_called_withdrawn(customers: Customers) -> None:
    id = customers.write("ann@customer.example")
    killed(customers, "before_settle")
    with customers.wiring.sessions.begin() as session:
        session.get_one(Touch, id).state = "withdrawn"
    customers.drain_out()
    assert customers.mailed() == ["ann@customer.example"]
    assert customers.state(id) == ("uncertain", "uncertain")


def test_e_mails_keep_their_own_pace_the_urgent_first(customers: Customers, rig: Rig) -> None:
    slow = people.settings(*customers.urls, emails_per_minute=1)
    paced = replace(customers, wiring=replace(customers.wiring, settings=slow))
    later = [customers.write(f"later{n}@customer.example") for n in range(2)]
    urgent = customers.write("urgent@customer.example", priority=Priority.URGENT)
    rig.ask(*[f"post {n}" for n in range(3)])
    drained = paced.drain(patience=0.5)
    assert customers.mailed() == ["urgent@customer.example"]
    assert drained.waiting == len(later)
    assert customers.state(urgent) == ("sent", "sent")
    assert len(rig.received()) == 3


def test_all_that_failed_on_a_day_stand_in_one_message_to_their_owner(
    customers: Customers, rig: Rig
) -> None:
    customers.office.says["RCPT"] = "550 5.1.1 no such user"
    for n in range(4):
        customers.write(f"a{n}@customer.example")
    customers.drain_out()
    assert rig.told("U_DANA") == [
        "4 customers were not reached: their e-mail addresses are no good."
    ]
    shown = str(rig.message(rig.told("U_DANA")[0]).blocks)
    assert all(f"a{n}@customer.example" in shown for n in range(4))
