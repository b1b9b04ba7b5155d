"""How the workspace says no: Slack's error code, its extra fields and its HTTP status."""

from collections.abc import Sequence
from typing import Any


class SlackRefusal(Exception):
    """A Web API call that ends in `ok: false`."""

    def __init__(self, code: str, *, status: int = 200, retry_after: int = 0, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.extra}


def ratelimited(seconds: int) -> SlackRefusal:
    return SlackRefusal("ratelimited", status=429, retry_after=seconds)


def with_messages(code: str, messages: Sequence[str]) -> SlackRefusal:
    """A refusal that explains itself the way Slack's validator does."""
    lines = [f"[ERROR] {line}" for line in messages]
    return SlackRefusal(code, errors=list(messages), response_metadata={"messages": lines})
