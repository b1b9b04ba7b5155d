"""What every act of a person shares: who may, the envelope, the trigger, the outcome."""

from dataclasses import dataclass, field
from datetime import timedelta

from csbot.workspace.deliver import Outcome
from csbot.workspace.model import Channel, Json, Trigger, User
from csbot.workspace.state import APP_ID, Workspace

SENTENCES = {
    "operation_timeout": "csbot did not answer in time. Try again in a moment.",
    "dispatch_failed": "csbot could not be reached. Try again in a moment.",
    "invalid_command": "That is not a command of this workspace.",
    "unknown_shortcut": "That is not a shortcut of this workspace.",
    "not_visible": "You cannot see this conversation.",
    "not_in_threads": "Commands do not work in threads.",
    "not_for_outsiders": "Only members of this workspace can use commands here.",
    "user_disabled": "This account has been switched off.",
    "gone": "This is no longer there.",
    "trouble": "We had some trouble connecting. Try again?",
}


@dataclass
class Result:
    """`error` is Slack's code, `sentence` what the person reads, `errors` go by block_id."""

    error: str | None = None
    sentence: str | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.error is None and not self.errors

    def as_json(self) -> Json:
        body: Json = {"ok": self.ok}
        if self.error:
            body |= {"error": self.sentence, "code": self.error}
        if self.errors:
            body["errors"] = self.errors
        return body


def refused(code: str, *, prefix: str = "") -> Result:
    return Result(code, prefix + SENTENCES[code])


def undelivered(outcome: Outcome, *, prefix: str = "") -> Result:
    """What the person is told when the bot did not take what was sent."""
    late = outcome.failure == "http_timeout"
    return refused("operation_timeout" if late else "dispatch_failed", prefix=prefix)


def person(ws: Workspace, user_id: str) -> User:
    return ws.users[user_id]


def new_trigger(ws: Workspace, user_id: str) -> str:
    trigger_id = f"{ws.new_id('')}.{ws.new_id('')}"
    expires = ws.now() + timedelta(seconds=ws.ack_seconds)  # Slack gives both three seconds
    ws.triggers[trigger_id] = Trigger(trigger_id, user_id, expires)
    return trigger_id


def user_json(user: User) -> Json:
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}


def envelope(ws: Workspace, kind: str, user: User) -> Json:
    """The fields common to every interaction payload."""
    return {
        "type": kind,
        "team": {"id": ws.team_id, "domain": ws.domain},
        "user": user_json(user),
        "api_app_id": APP_ID,
        "token": "unused",
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": new_trigger(ws, user.id),
    }


def channel_json(channel: Channel) -> Json:
    return {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name}
