"""How it is said what a channel follows."""

from sqlalchemy.orm import Session

from csbot.account_channels.model import AccountChannel
from csbot.account_channels.queries import Own
from csbot.account_channels.service import SHARED, Followed
from csbot.accounts.model import Account
from csbot.find import account_by_id
from csbot.slack.gateway import ChannelInfo
from csbot.slack.model import Channel
from messages.text import day


def followed_words(
    account: Account, channel: ChannelInfo, own: Own | None, *, how: Followed, here: bool
) -> str:
    which = "This channel" if here else f"#{channel.name}"
    if how is not Followed.NEW:
        again = " Its header, which somebody had taken away, is back."
        back = again if how is Followed.ANEW else ""
        return f"{which} follows {account.name} already.{back}"
    first = own is None or own.channel == channel.id
    alerts = "its alerts come here" if here else "its alerts go there"
    if not first:
        alerts = "its alerts go on to the channel that has followed it longest"
    return (
        f"{which} follows {account.name} from now on: its header is pinned, {alerts}, and commands "
        f"{'here' if here else 'there'} are about it unless you name another account. "
        "`/cs unfollow` ends that."
    )


def unfollowed_words(account: Account, known: Channel | None, *, here: bool) -> str:
    """A private channel is not named elsewhere, and one that Slack knows no more has no name."""
    named = f"#{known.name}" if known and not known.is_private else "That channel"
    which = "This channel" if here else named
    return (
        f"{which} follows {account.name} no more. Its header says nothing now, and alerts go "
        f"where they went before. `/cs follow` with a name{'' if here else ' there'} begins anew."
    )


def standing(session: Session, link: AccountChannel) -> str:
    """What a channel follows, since when, and who wanted it."""
    if link.neutral_at is not None:
        return SHARED
    account = account_by_id(session, link.account_id)
    return (
        f"This channel follows {account.name} since {day(link.followed_at.date())}. Commands here "
        "are about it unless you name another account. `/cs unfollow` ends that."
    )
