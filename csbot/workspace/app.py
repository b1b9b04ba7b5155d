"""The ASGI application: Slack's endpoints, the page and its JSON API, the test controls."""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

import csbot.workspace.web_api  # noqa: F401 (registers the methods)
from csbot.workspace import control, response_urls, ui
from csbot.workspace.faults import Fault
from csbot.workspace.guard import OnlyLocal
from csbot.workspace.model import Json
from csbot.workspace.state import Workspace
from csbot.workspace.web_api.dispatch import Answer, answer

PAGE = Path(__file__).parent / "page"
OUTAGE = "<html><head><title>Slack</title></head><body>Server Error</body></html>"


class Page(StaticFiles):
    """Asked for again each time, so that after an upgrade nobody sees half of the old page."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        response = super().file_response(*args, **more)
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_app(workspace: Workspace) -> FastAPI:
    app = FastAPI(title="local workspace", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.workspace = workspace
    app.add_api_route("/api/{method}", _web_api, methods=["GET", "POST"])
    app.add_api_route("/files/{file_id}", _upload, methods=["POST"])
    app.add_api_route("/files/{file_id}", _download, methods=["GET"])
    app.add_api_route("/response/{token}", _respond, methods=["POST"])
    app.add_api_websocket_route("/socket", workspace.sockets.serve)
    app.include_router(ui.router)
    app.include_router(control.router)
    app.add_middleware(OnlyLocal)
    if PAGE.is_dir():
        app.mount("/", Page(directory=PAGE, html=True))
    return app


async def _web_api(method: str, request: Request) -> Response:
    ws: Workspace = request.app.state.workspace
    args, warnings, refusal = await _arguments(request)
    if refusal:
        return JSONResponse({"ok": False, "error": refusal})
    token = _bearer(request) or str(args.pop("token", ""))
    result = answer(ws, method, args, token, warnings)
    if result.fault:
        return await suffer(result, request)
    return JSONResponse(result.body, result.status, result.headers)


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


async def _arguments(request: Request) -> tuple[Json, list[str], str]:
    """The arguments, the warnings about how they came, and a refusal of the whole body."""
    args: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    body = await request.body()
    if "application/json" in kind:
        return _from_json(args, body, kind)
    if body and "application/x-www-form-urlencoded" not in kind:
        return args, [], "missing_post_type" if not kind else "invalid_post_type"
    try:
        args |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        return args, [], "invalid_form_data"
    return args, [], ""


def _from_json(args: Json, body: bytes, kind: str) -> tuple[Json, list[str], str]:
    warnings = [] if "charset" in kind.lower() else ["missing_charset"]
    try:
        value: Any = json.loads(body or b"{}")
    except ValueError:
        return args, warnings, "invalid_json"
    if not isinstance(value, dict):
        return args, warnings, "json_not_object"
    return args | {k: v for k, v in value.items() if v is not None}, warnings, ""


async def _upload(file_id: str, request: Request) -> Response:
    ws: Workspace = request.app.state.workspace
    file = ws.files.get(file_id)
    if file is None:
        return PlainTextResponse("no such upload", 404)
    file.content = await request.body()
    return PlainTextResponse(f"OK - {len(file.content)}")


async def _download(file_id: str, request: Request) -> Response:
    """For the page alone: no other site's page may show it."""
    ws: Workspace = request.app.state.workspace
    file = ws.files.get(file_id)
    if file is None or not file.complete:
        return PlainTextResponse("no such file", 404)
    headers = {"Cross-Origin-Resource-Policy": "same-origin"}
    return Response(file.content, media_type=file.kind, headers=headers)


async def _respond(token: str, request: Request) -> Response:
    """A response_url; faults are ordered for it as for the method "response_url"."""
    ws: Workspace = request.app.state.workspace
    url = ws.response_urls.get(token)
    fault = ws.faults.take("response_url", url.channel if url else "*")
    try:
        payload: Any = json.loads(await request.body() or b"null")
    except ValueError:
        payload = None
    if fault and fault.mode == "ratelimited":
        return JSONResponse({"ok": False}, 429, {"Retry-After": str(fault.retry_after)})
    if fault and fault.mode == "error":
        return JSONResponse({"ok": False, "error": fault.error}, 404)
    status: int = 500
    body: Json = {}
    if fault is None or fault.records:
        status, body = response_urls.use(ws, token, payload)
    return await suffer(Answer(status, body, fault=fault), request)


class DroppedConnection(Response):
    """Closes the connection without a byte of answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"]["drop"]()
        await receive()


async def suffer(result: Answer, request: Request) -> Response:
    """Turns an ordered fault into what the client gets to see."""
    fault = result.fault
    if fault is None or result.status not in (200, 500):
        return JSONResponse(result.body, result.status, result.headers)
    if fault.mode.startswith("http_500"):
        return Response(OUTAGE, 500, media_type="text/html")
    if fault.mode == "internal_error_after":
        return JSONResponse({"ok": False, "error": "internal_error"})
    if fault.mode == "garbage_after":
        return Response(OUTAGE, 200, media_type="text/html")
    if fault.mode.startswith("hang"):
        await _wait(fault, request)
    return DroppedConnection()


async def _wait(fault: Fault, request: Request) -> None:
    """Until the client gives up, or the fault's seconds have gone by."""
    gone = asyncio.ensure_future(_client_gone(request))
    await asyncio.wait([gone], timeout=fault.seconds)
    gone.cancel()


async def _client_gone(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.05)
