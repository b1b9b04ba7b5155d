"""Several workers at once, killed at random: what Slack received is the judge."""

import random

import pytest

from csbot.outbox.sender import Sender
from tests.faults.processes import Workers, ended, eventually
from tests.faults.rig import ROOMS, Rig

SHORT = 2.0  # seconds of lease, so that the killed one's messages come up again soon


@pytest.mark.parametrize("count", [2, 4])
def test_workers_at_once_send_each_message_once(rig: Rig, workers: Workers, count: int) -> None:
    texts = [f"{room} {n}" for room in ROOMS for n in range(6)]
    for text in texts:
        rig.ask(text, to=text.split()[0])
    running = [workers.drain() for _ in range(count)]
    assert [ended(worker) for worker in running] == [0] * count
    assert sorted(rig.received()) == sorted(texts)
    for room in ROOMS:
        assert rig.received(room) == [f"{room} {n}" for n in range(6)]
    assert rig.slack.faults_of("early_retry") == []


def test_workers_killed_at_random_under_a_bad_slack_lose_and_double_nothing(
    rig: Rig, workers: Workers
) -> None:
    dice = random.Random(20261123)  # noqa: S311  no secret
    texts = [f"{room} {n}" for room in ROOMS for n in range(6)]
    for text in texts:
        rig.ask(text, to=text.split()[0])
    for mode in ("drop_after", "http_500_after", "drop_before", "http_500", "ratelimited"):
        rig.fail(mode, channel=dice.choice(ROOMS))
    pair = [workers.start(lease=SHORT), workers.start(lease=SHORT)]

    def done() -> bool:
        return set(rig.received()) >= set(texts)

    for _ in range(6):
        victim = dice.randrange(2)
        moment = len(rig.slack.calls) + dice.randrange(1, 7)
        eventually(lambda moment=moment: len(rig.slack.calls) >= moment or done())
        pair[victim].kill()
        pair[victim] = workers.start(lease=SHORT)
    eventually(done)
    for worker in pair:
        worker.kill()
    rig.drain_out()
    assert sorted(rig.received()) == sorted(texts)
    assert set(rig.states().values()) == {"sent"}


def test_a_message_of_a_dead_worker_goes_to_another_one_of_the_same_name(
    rig: Rig, workers: Workers
) -> None:
    rig.ask("one")
    assert ended(workers.start("outbox.after_claim")) == 137
    assert rig.row("one").state == "sending"
    rig.leases_end()
    worker = workers.start()
    eventually(lambda: rig.received() == ["one"])
    assert worker.is_alive()


def test_a_sender_goes_on_when_its_connections_were_cut(rig: Rig) -> None:
    sender = Sender(rig.wiring)
    rig.ask("one")
    rig.wiring.engine.dispose()
    rig.drain()
    assert sender.idle
    rig.assert_each_once("one")
