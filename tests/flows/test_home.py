"""App Home: what Slack was given for each who opened it, and every press in it."""



from csbot.tasks.model import Task
from csbot.workspace.seen import Form
from tests.builders import MONDAY, account
from tests.flows.desk import Desk


def home(desk: Desk, who: str) -> Form:
    """What stands in Home after it was opened and csbot has had its turn."""
    desk.person(who).home()
    desk.deliver()
    return again(desk, who)


def again(desk: Desk, who: str) -> Form:
    """What stands there by now."""
    desk.deliver()
    person = desk.person(who)
    with desk.slack.lock:
        found = person._form(desk.slack.homes.get(who))
    assert found is not None
    return found


def test_a_csm_finds_their_day(desk: Desk) -> None:
    found = home(desk, "U_DANA")
    print(found.words)
    assert "nothing needs you" in found.words
