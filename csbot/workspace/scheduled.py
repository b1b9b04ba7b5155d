"""What chat.scheduleMessage has left for later."""

from typing import TYPE_CHECKING

from csbot.workspace.defaults import BOT_ID
from csbot.workspace.model import Json, Message

if TYPE_CHECKING:
    from csbot.workspace.state import Workspace


def post_due(ws: "Workspace") -> int:
    """Posts what was scheduled for now or earlier; returns how many were due."""
    with ws.lock:
        due = [r for r in ws.scheduled.values() if r["post_at"] <= ws.now().timestamp()]
        for row in due:
            del ws.scheduled[row["id"]]
            if not row["never"]:
                _post(ws, row)
        return len(due)


def _post(ws: "Workspace", row: Json) -> None:
    channel = row["channel_id"]
    ts = ws.new_ts(channel)
    ws.post(Message(channel, ts, ws.bot.id, row["text"], row["blocks"], bot_id=BOT_ID))
