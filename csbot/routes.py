"""Whether alerts reach a channel: what Slack says of it at this moment, and the mend."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from csbot.errors import Refused, Wrong, all_at_once
from csbot.findings import BAD, OK, Finding
from csbot.settings import Settings
from csbot.slack.directory import Directory
from csbot.slack.gateway import ChannelInfo, SlackFailure
from csbot.wiring import Wiring

NOWHERE = "channel_not_found"
Asked = Mapping[str, Finding | None]  # by channel; None: Slack could not be asked


class Unasked(Exception):
    """Slack is to be asked of these channels first, outside of the transaction: see `ask`."""

    def __init__(self, channels: set[str]) -> None:
        super().__init__(channels)
        self.channels = channels


@all_at_once
def check(wanted: Mapping[str, Iterable[str]], asked: Asked) -> Wrong:
    """By setting, the channels it is to name; raises Unasked at first.

    Refused at the setting's field where one of them gets no alert.
    """
    places = [(key, channel) for key, channels in wanted.items() for channel in channels]
    if unknown := {channel for _, channel in places} - asked.keys():
        raise Unasked(unknown)
    for key, channel in places:
        found = asked[channel]
        if found is not None and found.level == BAD:
            what, mend = found.what, found.mend
            yield Refused(f"{what[:1].upper()}{what[1:]}. To mend it: {mend}.", field=key)


def ask(wiring: Wiring, channels: Iterable[str], *, now: datetime) -> Asked:
    directory = Directory(wiring.sessions, wiring.slack_now)
    channels = list(channels)
    for name in channels:  # all of them first: one list then tells of all
        directory.forget(name)
    return {name: _ask(directory, name, wiring.settings, now) for name in channels}


def _ask(directory: Directory, name: str, settings: Settings, now: datetime) -> Finding | None:
    try:
        return examined(name, directory.channel(name, now=now), settings)
    except SlackFailure as failure:
        return examined(name, None, settings) if failure.code == NOWHERE else None


def examined(name: str, found: ChannelInfo | None, settings: Settings) -> Finding:
    """As the doctor tells it."""
    if found is None:
        return Finding(
            BAD,
            f"channel {name}: not there, or private without csbot",
            f"create it, then type /invite @csbot in {name}; or choose another",
        )
    if found.is_archived:
        return Finding(BAD, f"channel {name}: archived", "unarchive it, or choose another")
    if not found.is_member:
        return Finding(BAD, f"channel {name}: csbot is not in it", f"type /invite @csbot in {name}")
    allowed = settings.config.channels.shared_allowed
    if found.is_ext_shared and not {name, found.id, found.name} & set(allowed):
        return Finding(
            BAD,
            f"channel {name}: shared with another organisation, so csbot stays silent there",
            "use an internal channel, or list it in csbot.toml under channels.shared_allowed",
        )
    return Finding(OK, f"channel {name}")
