"""What admins read when messages do not arrive."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from messages.message import Message
from messages.text import Mrkdwn, escape


class Cause(NamedTuple):
    """Why, as a clause, and what an admin can do about it."""

    why: str
    mend: str


TOKEN = Cause(
    "Slack no longer accepts csbot's token",
    "install the app again, set `SLACK_BOT_TOKEN` to the new token and restart csbot.",
)
PERSON = Cause(
    "the person cannot be written to; they may have left",
    "check their Slack id and hand over their accounts.",
)
RULES = Cause(
    "the workspace's posting rules keep csbot out",
    "allow csbot to post there in the channel's settings.",
)
CAUSES = {
    "is_archived": Cause(
        "the channel is archived", "unarchive it, or name another channel in csbot's settings."
    ),
    "channel_not_found": Cause(
        "the channel is deleted, renamed or private",
        "invite csbot there with `/invite`, or name another channel in csbot's settings.",
    ),
    "not_in_channel": Cause("csbot is not in the channel", "invite it there with `/invite`."),
    "shared_channel": Cause(
        "the channel is shared with another organisation, and customer data stays inside",
        "name another channel, or add this one to `shared_allowed` in csbot.toml.",
    ),
    "missing_scope": Cause(
        "the Slack app lacks a permission",
        "run `csbot doctor`, which names it; add it and install the app again.",
    ),
    "invalid_auth": TOKEN,
    "not_authed": TOKEN,
    "token_revoked": TOKEN,
    "token_expired": TOKEN,
    "account_inactive": TOKEN,
    "outsider": Cause(
        "the person is a guest, of another organisation, or no longer in csbot's team",
        "hand over their accounts with `/cs assign`.",
    ),
    "user_not_found": PERSON,
    "user_disabled": PERSON,
    "restricted_action": RULES,
    "restricted_action_read_only_channel": RULES,
    "restricted_action_thread_only_channel": RULES,
}


def words(code: str) -> Cause:
    other = Cause(
        f"Slack answers with the code {escape(code)}",
        "run `csbot doctor`; the log has the details.",
    )
    return CAUSES.get(code, other)


@dataclass(frozen=True, kw_only=True)
class DeliveryTrouble(Message):
    """Messages that Slack surely refused. `why` and `mend` are our own words, see `words`.

    `instead` is where alerts go meanwhile.
    """

    name = "delivery_trouble"
    where: str
    why: Mrkdwn
    mend: Mrkdwn
    comes_back: bool
    instead: str | None = None

    @classmethod
    def of(cls, code: str, *, where: str, comes_back: bool, instead: str | None = None) -> Self:
        cause = words(code)
        why, mend = Mrkdwn(cause.why), Mrkdwn(cause.mend)
        return cls(where=where, why=why, mend=mend, comes_back=comes_back, instead=instead)

    @classmethod
    def to_customers(cls, call: str, answer: str) -> Self:
        """`answer` is what the mail server or Twilio said."""
        what, who, settings = (
            ("e-mail", "the mail server", "`SMTP_URL` and `[email] from` in csbot.toml")
            if call == "email"
            else ("SMS", "Twilio", "the `TWILIO_…` settings and the account's console")
        )
        return cls(
            where=f"customers by {what}",
            why=Mrkdwn(f"{who} will not take them ({escape(answer)})"),
            mend=Mrkdwn(f"check {settings}; `csbot doctor` shows what waits."),
            comes_back=True,
        )

    @classmethod
    def example(cls) -> Self:
        return cls.of("is_archived", where="#cs-alerts", comes_back=True)


@dataclass(frozen=True, kw_only=True)
class DeliveryUnsure(Message):
    """One message that may have arrived, where we may not look."""

    name = "delivery_unsure"
    where: str
    why: Mrkdwn
    mend: Mrkdwn

    @classmethod
    def of(cls, code: str, *, where: str) -> Self:
        cause = words(code)
        return cls(where=where, why=Mrkdwn(cause.why), mend=Mrkdwn(cause.mend))

    @classmethod
    def example(cls) -> Self:
        return cls.of("missing_scope", where="#cs-alerts")


@dataclass(frozen=True, kw_only=True)
class ChartsRefused(Message):
    """This workspace does not take Slack's own charts and tables."""

    name = "charts_refused"
    where: str

    @classmethod
    def example(cls) -> Self:
        return cls(where="#cs-alerts")
