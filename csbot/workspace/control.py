"""Test controls over HTTP: faults, people, rooms, tokens, and what the workspace has seen."""

from dataclasses import asdict, fields
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Request

from csbot.workspace.faults import Fault
from csbot.workspace.model import Channel, Json, Token, User
from csbot.workspace.state import Workspace

Given = Annotated[dict[str, Any], Body()]
router = APIRouter(prefix="/control")


def _ws(request: Request) -> Workspace:
    found: Workspace = request.app.state.workspace
    return found


@router.get("/messages")
def messages(request: Request, channel: str | None = None) -> Json:
    ws = _ws(request)
    with ws.lock:
        rooms = [channel] if channel else list(ws.messages)
        found = [m for room in rooms for m in ws.in_channel(room)]
        shown = sorted(found, key=lambda m: m.ts)
        rows = [
            {**m.as_slack(with_metadata=True), "channel": m.channel, "pings": m.pings}
            for m in shown
        ]
        return {"messages": rows}


@router.get("/calls")
def calls(request: Request) -> Json:
    ws = _ws(request)
    with ws.lock:
        return {"calls": [asdict(call) for call in ws.calls]}


@router.get("/deliveries")
def deliveries(request: Request) -> Json:
    ws = _ws(request)
    return {"deliveries": list(ws.deliveries), "unacked": sorted(ws.sockets.unacked)}


@router.get("/faults")
def faults(request: Request) -> Json:
    ws = _ws(request)
    with ws.lock:
        kinds = [fault.kind for fault in ws.bot_faults]
        counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
        pings = [[m.channel, m.ts, ping] for m, ping in ws.all_pings]
        detail = [asdict(fault) for fault in ws.bot_faults]
        return {"counts": counts, "faults": detail, "pings": pings, "waiting": ws.faults.waiting}


@router.post("/fault")
def order_fault(request: Request, given: Given) -> Json:
    try:
        _ws(request).faults.order(Fault(**given))
    except (TypeError, ValueError) as error:
        raise HTTPException(400, str(error)) from None
    return {"ok": True}


@router.post("/user")
def put_user(request: Request, given: Given) -> Json:
    ws = _ws(request)
    known = ws.users.get(str(given.get("id")))
    made = _made(User, known, given, {"name": str(given.get("id"))})
    return {"ok": True, "user": asdict(ws.add_user(made))}


@router.post("/channel")
def put_channel(request: Request, given: Given) -> Json:
    ws = _ws(request)
    if "members" in given:
        given["members"] = set(given["members"])
    known = ws.channels.get(str(given.get("id")))
    made = _made(Channel, known, given, {})
    with ws.lock:
        ws.channels[made.id] = made
        ws.journal.note("state")
    return {"ok": True, "members": sorted(made.members)}


@router.post("/token")
def put_token(request: Request, given: Given) -> Json:
    """`state` is an error code such as token_revoked, or "" to make it good again."""
    ws = _ws(request)
    value = str(given.get("token", ws.bot_token))
    token = ws.tokens.setdefault(value, Token(value, str(given.get("kind", "bot"))))
    if given.get("revoke"):
        token.state = "token_revoked"
    token.state = str(given.get("state", token.state))
    if "scopes" in given:
        token.scopes = set(given["scopes"])
    return {"ok": True, "state": token.state, "scopes": sorted(token.scopes)}


@router.post("/event")
def send_event(request: Request, given: Given) -> Json:
    return {"ok": True, "event_id": _ws(request).events.post(given)}


@router.post("/sockets")
def sockets(request: Request, given: Given) -> Json:
    """{"do": "warn"} or {"do": "refresh"}."""
    hub = _ws(request).sockets
    count = len(hub.connections)
    if given.get("do") == "refresh":
        hub.refresh()
    else:
        hub.warn()
    return {"ok": True, "connections": count}


@router.post("/reset")
def reset(request: Request) -> Json:
    _ws(request).reset()
    return {"ok": True}


def _made(kind: type[Any], known: Any, given: Json, defaults: Json) -> Any:
    """The known record changed, or a new one; unknown fields are refused."""
    strange = set(given) - {field.name for field in fields(kind)}
    if strange or "id" not in given:
        raise HTTPException(400, f"unknown or missing fields: {', '.join(sorted(strange))}")
    if known is None:
        return kind(**{**defaults, **given})
    for name, value in given.items():
        setattr(known, name, value)
    return known
