"""How long ago, in the words of somebody who tells it."""

from datetime import datetime, timedelta

from messages.text import plural


def ago(then: datetime, *, now: datetime) -> str:
    """just now, 2 minutes ago, 3 hours ago, 4 days ago."""
    gone = now - then
    if gone < timedelta(minutes=1):
        return "just now"
    if gone < timedelta(hours=1):
        return f"{plural(gone // timedelta(minutes=1), 'minute')} ago"
    if gone < timedelta(days=1):
        return f"{plural(gone // timedelta(hours=1), 'hour')} ago"
    return f"{plural(gone.days, 'day')} ago"
