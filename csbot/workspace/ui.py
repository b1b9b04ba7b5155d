"""The page's JSON API: everything a person sees and does."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Query, Request
from starlette.responses import StreamingResponse

from csbot import clock
from csbot.workspace import actions, commands, screens, shortcuts, sight, speech, submissions
from csbot.workspace.journal import Entry
from csbot.workspace.model import Json, User
from csbot.workspace.state import Workspace

HEARTBEAT = 15.0
Given = Annotated[dict[str, Any], Body()]
As = Annotated[str, Query(alias="as")]
MaybeAs = Annotated[str | None, Query(alias="as")]
router = APIRouter(prefix="/ui")


def _ws(request: Request) -> Workspace:
    found: Workspace = request.app.state.workspace
    return found


def _user(ws: Workspace, user_id: str) -> User:
    user = ws.users.get(user_id)
    if user is None:
        raise HTTPException(404, "nobody has this id")
    return user


def _first_person(ws: Workspace) -> str:
    people = (user.id for user in ws.users.values() if not user.is_bot and not user.deleted)
    return next(people, "")


def _who(ws: Workspace, given: Json) -> str:
    return _user(ws, str(given.get("as"))).id


@router.get("/state")
def state(request: Request, user_id: MaybeAs = None) -> Json:
    """Without `as` it is the first person's, never the bot's."""
    ws = _ws(request)
    ws.check_guide()
    with ws.lock:
        me = _user(ws, user_id or _first_person(ws))
        if not me.is_bot and not me.is_outsider(ws.team_id):
            ws.open_im(me.id)
        return {
            "team": {"id": ws.team_id, "name": ws.team_name},
            "me": me.id,
            "users": [sight.user(user) for user in ws.users.values()],
            "channels": [sight.channel(ws, c, me.id) for c in sight.channels(ws, me.id)],
            "commands": [vars(command) for command in ws.commands],
            "shortcuts": [vars(shortcut) for shortcut in ws.shortcuts],
            "now": ws.now().isoformat(),
            "clock": {"movable": _movable()},
            "guide": [step.as_json(n) for n, step in enumerate(ws.guide, 1)],
            "can_kill": ws.on_kill is not None,
            "home_tab": ws.home_tab,
            "seq": ws.journal.seq,
            "run": ws.journal.run,
        }


@router.get("/messages")
def messages(request: Request, user_id: As, channel: str, thread_ts: str | None = None) -> Json:
    ws = _ws(request)
    with ws.lock:
        _user(ws, user_id)
        found = sight.messages(ws, user_id, channel, thread_ts)
        if thread_ts is None:
            sight.mark_read(ws, user_id, channel)
        return {"messages": [sight.message(m) for m in found]}


@router.get("/events")
async def events(request: Request, user_id: As, since: int = 0) -> StreamingResponse:
    ws = _ws(request)
    _user(ws, user_id)
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(
        _stream(ws, user_id, since), media_type="text/event-stream", headers=headers
    )


async def _stream(ws: Workspace, user_id: str, since: int) -> AsyncIterator[str]:
    queue = ws.journal.listen()
    try:
        yield ": listening\n\n"
        for missed in ws.journal.since(since):
            since = missed.seq
            if sight.concerns(ws, missed, user_id):
                yield sight.sse(missed)
        async for entry in _live(ws, queue):
            if entry is None:
                yield ": still here\n\n"
            elif entry.seq > since and sight.concerns(ws, entry, user_id):
                yield sight.sse(entry)
    finally:
        ws.journal.leave(queue)


async def _live(ws: Workspace, queue: "asyncio.Queue[Entry | None]") -> AsyncIterator[Entry | None]:
    """Entries as they come, None as a sign of life; ends when the server stops."""
    while True:
        try:
            entry = await asyncio.wait_for(queue.get(), HEARTBEAT)
        except TimeoutError:
            yield None
            continue
        if entry is None:
            return
        yield entry
        if entry.type != "guide" and ws.guide and queue.empty():
            await asyncio.to_thread(ws.check_guide)


@router.post("/command")
def command(request: Request, given: Given) -> Json:
    ws = _ws(request)
    text, thread_ts = str(given.get("text", "")), given.get("thread_ts")
    channel = str(given.get("channel"))
    return commands.run(ws, _who(ws, given), channel, text, thread_ts).as_json()


@router.post("/message")
def message(request: Request, given: Given) -> Json:
    ws = _ws(request)
    text, thread_ts = str(given.get("text", "")), given.get("thread_ts")
    channel = str(given.get("channel"))
    return speech.say(ws, _who(ws, given), channel, text, thread_ts).as_json()


@router.post("/action")
def action(request: Request, given: Given) -> Json:
    ws = _ws(request)
    return actions.press(ws, _who(ws, given), _press(given)).as_json()


@router.post("/shortcut")
def shortcut(request: Request, given: Given) -> Json:
    """With `message_ts` on that message, else everywhere."""
    ws = _ws(request)
    callback_id, where = str(given.get("callback_id")), given.get("channel")
    found = shortcuts.run(ws, _who(ws, given), callback_id, where, given.get("message_ts"))
    return found.as_json()


@router.post("/suggest")
def suggest(request: Request, given: Given) -> Json:
    ws = _ws(request)
    query = str(given.get("value") or "")
    return actions.suggest(ws, _who(ws, given), _press(given), query)


@router.post("/submit")
def submit(request: Request, given: Given) -> Json:
    ws = _ws(request)
    view_id, values = str(given.get("view_id")), given.get("values") or {}
    return submissions.submit(ws, _who(ws, given), view_id, values).as_json()


@router.post("/close")
def close(request: Request, given: Given) -> Json:
    ws = _ws(request)
    view_id, cleared = str(given.get("view_id")), bool(given.get("clear"))
    return submissions.close(ws, _who(ws, given), view_id, cleared=cleared).as_json()


@router.get("/view")
def view(request: Request, user_id: As) -> Json:
    ws = _ws(request)
    with ws.lock:
        top = screens.top(ws, _user(ws, user_id).id)
        return {"view": screens.as_slack(ws, top) if top else None}


@router.get("/home")
def home(request: Request, user_id: As) -> Json:
    ws = _ws(request)
    with ws.lock:
        standing = ws.homes.get(_user(ws, user_id).id)
        return {"view": screens.as_slack(ws, standing) if standing else None}


@router.post("/home_opened")
def home_opened(request: Request, given: Given) -> Json:
    ws = _ws(request)
    speech.open_home(ws, _who(ws, given))
    return {"ok": True}


@router.post("/clock")
def move_clock(request: Request, given: Given) -> Json:
    """Only forward, and only where the processes share a clock file."""
    ws = _ws(request)
    moment = _moment(ws, given)
    if not _movable():
        raise HTTPException(404, "this clock cannot be moved")
    if moment is None or moment < ws.now():
        raise HTTPException(400, "the clock only moves forward")
    clock.shift_to(moment)
    now = ws.now()
    for hook in ws.on_clock:
        hook(now)
    ws.events.poke()
    ws.journal.note("clock", now=now.isoformat())
    return {"ok": True, "now": now.isoformat()}


@router.post("/kill")
def kill(request: Request) -> Json:
    ws = _ws(request)
    if ws.on_kill is None:
        raise HTTPException(404, "there is nothing to kill here")
    return {"ok": True} | (ws.on_kill() or {})


def _movable() -> bool:
    return bool(os.environ.get("CSBOT_CLOCK_FILE"))


def _moment(ws: Workspace, given: Json) -> datetime | None:
    try:
        if "to" in given:
            return datetime.fromisoformat(str(given["to"])).astimezone()
        return ws.now() + timedelta(seconds=float(given.get("advance", "")))
    except ValueError:
        return None


def _press(given: Json) -> actions.Press:
    return actions.Press(
        block_id=str(given.get("block_id")),
        action_id=str(given.get("action_id")),
        channel=given.get("channel"),
        message_ts=given.get("message_ts"),
        view_id=given.get("view_id"),
        chosen={name: given[name] for name in actions.CHOSEN if name in given},
        state=given.get("state") or {},
    )
