"""A new customer signs up: welcomed by name, told to the team, owned, and counted once."""

from tests.flows.firm import DAY, HOUR, MINUTE, Firm, words


def sign_up(firm: Firm) -> None:
    """As the product tells it."""
    firm.usage(
        {"type": "group", "userId": "ann", "groupId": "acme-1", "messageId": "group-1",
         "traits": {"name": "Acme", "domain": "acme.example", "plan": "Growth"}},
        {"type": "identify", "userId": "ann", "messageId": "identify-1",
         "traits": {"name": "Ann Lee", "email": "ann@acme.example"}},
    )  # fmt: skip


def test_a_sign_up_is_welcomed_told_owned_and_counted_once(firm: Firm) -> None:
    sign_up(firm)
    firm.later()
    sign_up(firm)
    firm.later()
    acme = firm.shown()
    assert (acme["tags"], acme["score"]) == (["Active SaaS"], 30)
    assert acme["pipelines"] == {"Subscription & Billing": "Active"}
    assert firm.said() == [
        "Note: Acme has no owner. Next: choose an owner for it.",
        "Acme has signed up for Growth. It has no owner yet.",
    ]
    assert firm.person("U_PRIYA", "C_ALERTS").command("/cs assign acme @dana").error is None
    firm.later(10 * MINUTE)
    assert [task["title"] for task in firm.shown()["tasks"]] == [
        "Welcome Acme and agree on the first goal"
    ]
    firm.later(10 * MINUTE)
    assert firm.mails() == [], "nothing leaves before somebody has read it"
    firm.approve("Welcome to Shipments, Ann")
    [welcome] = firm.mails()
    said = words(welcome)
    assert said.startswith("Welcome to Shipments, Ann\nHello Ann,")
    for part in ("1. Sign in: https://vendor.example/login", "https://vendor.example/tutorials",
                 "https://vendor.example/help", "Dana Reyes"):  # fmt: skip
        assert part in said
    assert "<dana@vendor.example>" in welcome["Reply-To"]
    firm.days(4)
    firm.approve("A quick win for Acme")
    assert firm.subjects() == ["Welcome to Shipments, Ann", "A quick win for Acme"]
    assert firm.shown()["score"] == 30
    started = "Playbook “A new customer has signed up” started"
    assert firm.did().count(started) == 1


def test_whoever_wants_no_mail_gets_none_and_the_team_is_told_all_the_same(firm: Firm) -> None:
    firm.sends("new-customer")
    sign_up(firm)
    firm.later()
    firm.opt_out("Ann Lee", "email")
    firm.person("U_PRIYA", "C_ALERTS").command("/cs assign acme @dana")
    firm.later(HOUR)
    firm.later(HOUR)
    firm.days(5)
    assert firm.mails() == []
    assert firm.shown()["tags"] == ["Active SaaS"]
    left_out = [said for said in firm.did() if "left a step out" in said]
    assert len(left_out) == 2
    assert "they want no more messages" in left_out[0]


def test_a_login_in_the_first_week_is_what_it_was_for(firm: Firm) -> None:
    sign_up(firm)
    firm.later()
    firm.later(DAY)
    assert "reached its goal" not in str(firm.did())
    firm.login()
    firm.later()
    assert "Playbook “A new customer has signed up” reached its goal" in firm.did()
