"""response_url: five uses in thirty minutes, and what each of them shows to whom."""

from datetime import timedelta
from typing import Any

from csbot.workspace.model import Json, Message, ResponseUrl
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import BOT_ID, BOT_USER, Workspace
from csbot.workspace.web_api import content
from csbot.workspace.web_api.call import Call

USES = 5
GOOD_FOR = timedelta(minutes=30)
FIELDS = {
    "text", "blocks", "attachments", "response_type", "replace_original", "delete_original",
    "thread_ts", "unfurl_links", "unfurl_media", "metadata", "mrkdwn", "markdown_text",
}  # fmt: skip


def new(
    ws: Workspace, user: str, channel: str, message_ts: str | None = None,
    thread_ts: str | None = None,
) -> str:  # fmt: skip
    """The URL to hand to the bot."""
    token = ws.new_id("R")
    expires = ws.now() + GOOD_FOR
    ws.response_urls[token] = ResponseUrl(token, user, channel, expires, message_ts, thread_ts)
    return f"{ws.base_url}/response/{token}"


def use(ws: Workspace, token: str, payload: Any) -> tuple[int, Json]:
    """The HTTP status and body that the bot gets."""
    with ws.lock:
        url = ws.response_urls.get(token)
        if url is None or ws.now() > url.expires_at:
            return 404, {"ok": False, "error": "expired_url"}
        if url.uses >= USES:
            ws.blame("response_url_used_up", "sixth use", "response_url")
            return 404, {"ok": False, "error": "used_url"}
        if not isinstance(payload, dict):
            return 400, {"ok": False, "error": "invalid_payload"}
        try:
            show(ws, url, payload)
        except SlackRefusal as refusal:
            ws.blame(refusal.code, str(refusal.extra.get("errors", "")), "response_url")
            return 400, refusal.body()
        url.uses += 1
        return 200, {"ok": True}


def show(ws: Workspace, url: ResponseUrl, payload: Json) -> None:
    """Shows an answer; refuses what no message may contain."""
    unknown = sorted(set(payload) - FIELDS)
    if unknown:
        ws.blame("unknown_args", ",".join(unknown), "response_url")
    original = ws.find(url.channel, url.message_ts or "")
    if payload.get("delete_original"):
        if original:
            ws.remove(original)
        return
    said = content.read(Call(ws, "response_url", payload, None), capped=False)
    if said.is_empty:
        raise SlackRefusal("no_text")
    if payload.get("replace_original") and original:
        _replace(ws, original, said)
    else:
        _add(ws, url, payload, said)


def _replace(ws: Workspace, original: Message, said: content.Content) -> None:
    original.text = said.text or ""
    original.blocks = said.blocks or []
    original.attachments = said.attachments or []
    ws.touched(original)


def _add(ws: Workspace, url: ResponseUrl, payload: Json, said: content.Content) -> None:
    public = payload.get("response_type") == "in_channel"
    message = Message(
        url.channel,
        ws.new_ts(url.channel),
        BOT_USER,
        said.text or "",
        said.blocks or [],
        said.attachments or [],
        metadata=said.metadata,
        thread_ts=payload.get("thread_ts"),
        bot_id=BOT_ID,
        ephemeral_to=None if public else url.user,
    )
    ws.post(message)
