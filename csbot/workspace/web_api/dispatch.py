"""From a request to an answer: token, arguments, scopes, limits, the method, the log."""

from dataclasses import dataclass, field

from csbot.workspace.faults import Fault
from csbot.workspace.model import CallRecord, Json, Token
from csbot.workspace.refusal import SlackRefusal, ratelimited
from csbot.workspace.state import Workspace
from csbot.workspace.web_api.call import METHODS, Call, Method

KIND_OF_PREFIX = {"xoxb": "bot", "xapp": "app", "xoxp": "user"}
BLAMED = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long")


@dataclass
class Answer:
    """What goes back, or, with a fault, what is to happen instead."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


def answer(
    ws: Workspace, name: str, args: Json, token: str, warnings: list[str] | None = None
) -> Answer:
    """Runs one Web API request under the workspace's lock."""
    with ws.lock:
        record = CallRecord(name, args, ws.now().isoformat())
        ws.calls.append(record)
        fault = ws.faults.take(name, str(args.get("channel", "*")))
        record.fault = fault.mode if fault else None
        try:
            result = _faulty(ws, name, args, token, fault, warnings or [], record)
        except SlackRefusal as refusal:
            result = _refused(ws, name, refusal, record)
        result.fault = fault if fault and fault.mode not in ("error", "ratelimited") else None
        record.status = result.status
        return result


def _faulty(
    ws: Workspace, name: str, args: Json, token: str, fault: Fault | None,
    warnings: list[str], record: CallRecord,
) -> Answer:  # fmt: skip
    if fault and fault.mode == "error":
        raise SlackRefusal(fault.error)
    if fault and fault.mode == "ratelimited":
        key = name if fault.channel == "*" else f"{name}:{fault.channel}"
        raise ratelimited(ws.limits.close(key, fault.retry_after * ws.limits.scale))
    if fault and not fault.records:
        return Answer(500, {})
    body, headers = _run(ws, name, args, token, warnings, record)
    record.ok = True
    return Answer(200, body, headers)


def _run(
    ws: Workspace, name: str, args: Json, token: str, warnings: list[str], record: CallRecord
) -> tuple[Json, dict[str, str]]:
    spec = METHODS.get(name)
    if spec is None:
        raise SlackRefusal("unknown_method", req_method=name)
    known = _token_for(ws, spec, token)
    _note_unknown(ws, spec, args, record)
    _hold_back(ws, spec, args)
    call = Call(ws, name, args, known, list(warnings))
    call.need_scope(*spec.scopes)
    spec.check_required(args)
    body = {"ok": True, **spec.run(call)}
    if call.warnings:
        meta = body.setdefault("response_metadata", {})
        meta["warnings"] = call.warnings
        body["warning"] = ",".join(call.warnings)
    return body, _scope_headers(spec, known)


def _token_for(ws: Workspace, spec: Method, value: str) -> Token | None:
    if spec.holder is None:
        return None
    if not value:
        raise SlackRefusal("not_authed")
    token = ws.tokens.get(value)
    if token is None or token.state:
        raise SlackRefusal(token.state if token else "invalid_auth")
    if spec.holder not in (token.kind, "any"):
        raise SlackRefusal("not_allowed_token_type")
    return token


def _note_unknown(ws: Workspace, spec: Method, args: Json, record: CallRecord) -> None:
    record.unknown_args = sorted(set(args) - spec.known_args)
    if not record.unknown_args:
        return
    ws.blame("unknown_args", ",".join(record.unknown_args), spec.name)
    if ws.strict_args:
        raise SlackRefusal("invalid_arg_name")


def _hold_back(ws: Workspace, spec: Method, args: Json) -> None:
    left = ws.limits.still_closed(spec.name, f"{spec.name}:{args.get('channel')}")
    if left:
        ws.blame("early_retry", f"{left} s before Retry-After was over", spec.name)
        raise ratelimited(left)
    wait = ws.limits.method_wait(spec.name, spec.tier)
    if wait:
        raise ratelimited(ws.limits.close(spec.name, wait))


def _scope_headers(spec: Method, token: Token | None) -> dict[str, str]:
    if token is None:
        return {}
    return {
        "X-OAuth-Scopes": ",".join(sorted(token.scopes)),
        "X-Accepted-OAuth-Scopes": ",".join(spec.scopes),
    }


def _refused(ws: Workspace, name: str, refusal: SlackRefusal, record: CallRecord) -> Answer:
    record.error = refusal.code
    if refusal.code in BLAMED:
        ws.blame(refusal.code, str(refusal.extra.get("errors", "")), name)
    headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return Answer(refusal.status, refusal.body(), headers)
