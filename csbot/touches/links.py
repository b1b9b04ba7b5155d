"""Addresses of csbot's own that customers, and Twilio, are given."""

import re

from csbot.settings import Settings

THEIRS = "(their own unsubscribe link)"


def unsubscribe_url(settings: Settings, token: str) -> str | None:
    """Where somebody ends our e-mails; nothing while nobody outside reaches csbot."""
    public = settings.env.csbot_public_url
    return f"{public}u/{token}" if public else None


def unlinked(text: str, token: str) -> str:
    """A letter for the team to read: whoever opened this customer's link would end their e-mails.

    Also one made when csbot had another public address.
    """
    link = rf"""https?://[^\s()<>"']*?/u/{re.escape(token)}(?![\w-])"""
    return re.sub(link, THEIRS, text)


def callback_url(settings: Settings, token: str) -> str | None:
    """Where Twilio says what became of an SMS, also of one whose answer got lost."""
    public = settings.env.csbot_public_url
    return f"{public}webhooks/twilio/{token}" if public else None
