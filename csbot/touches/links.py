"""Addresses of csbot's own that customers, and Twilio, are given."""

from csbot.settings import Settings


def unsubscribe_url(settings: Settings, token: str) -> str | None:
    """Where somebody ends our e-mails; nothing while nobody outside reaches csbot."""
    public = settings.env.csbot_public_url
    return f"{public}u/{token}" if public else None


def callback_url(settings: Settings, token: str) -> str | None:
    """Where Twilio says what became of an SMS, also of one whose answer got lost."""
    public = settings.env.csbot_public_url
    return f"{public}webhooks/twilio/{token}" if public else None
