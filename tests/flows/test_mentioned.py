"""Who is mentioned in words that csbot keeps: by name, wherever the words are read later."""

from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.db.tables import metadata
from csbot.workspace.model import User
from tests.builders import account

WHOM = "<@U_LEE|lee> and <@U_JOE|joe> in <#C_OTHER|other>, not <#C_VAULT|vault>"
KEPT = "@Lee Park and @Joe of Sales in #other, not #channel"
TYPED = (
    "checkin acme called, says {}; next step: ask {} by friday", "nps acme 4 {}",
    "csat acme 2 because of {}", "health acme struggling {}", "notes acme {}",
    "task add acme call ({}) due friday !high", "meeting add acme QBR with {} 2026-12-01 10:00",
    "snooze acme until friday {}", "assign acme <@U_LEE|lee> because {}",
    "renewal acme commit because {}", "stage acme next because {}",
)  # fmt: skip
SEEN_BY_MACHINES = ("inbox", "outbox", "team", "slack_channels", "slack_users")


def kept(desk):
    """All words of all tables, but for what stands there by its id on purpose."""
    with desk.sessions() as session:
        return [
            f"{table.name}: {row!r}"
            for table in metadata.sorted_tables
            if table.name not in SEEN_BY_MACHINES
            for row in session.execute(select(table)).all()
        ]


def test_words_that_are_kept_name_whoever_is_mentioned_in_them(desk):
    desk.slack.users["U_JOE"] = User("U_JOE", "joe", "Joe of Sales")
    desk.slack.add_channel("C_VAULT", "vault", members={"U_DANA"}, kind="private", with_bot=False)
    made = desk.add(account("Acme", owner_id=None, onboarding_stage="onboarding"))
    dana = desk.person("U_DANA", "C_ALERTS")
    for text in TYPED:
        dana.command(f"/cs {text.format(WHOM, WHOM)}")
    rows = kept(desk)
    assert [row for row in rows if "<@" in row or "<#" in row or "vault" in row] == []
    assert sum(KEPT in row for row in rows) > len(TYPED)
    shown = dana.command("/cs timeline acme").words
    assert KEPT in shown
    assert desk.slack.all_pings == []
    assert made.name in shown
    unknown = dana.command("/cs task add acme call <@U_JOE|joe> due friday").words
    assert "I can't read the person @Joe of Sales." in unknown


def test_an_account_goes_to_one_person(desk):
    made = desk.add(account("Acme", owner_id=None))
    dana = desk.person("U_PRIYA", "C_ALERTS")
    for text in ("<@U_LEE|lee> <@U_DANA|dana>", "@lee @dana", "lee @somebody"):
        assert (
            "One person at a time: I read Lee Park" in dana.command(f"/cs assign acme {text}").words
        )
    with desk.sessions() as session:
        assert session.get_one(Account, made.id).owner_id is None
    assert "Lee Park" in dana.command("/cs assign acme to <@U_LEE|lee> @dana is away").words
