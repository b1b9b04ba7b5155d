"""api.test, auth.test, apps.connections.open, team.info, bots.info, blocks.validate."""

from typing import Any

from csbot.workspace.blockkit import surfaces
from csbot.workspace.model import Json
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.state import APP_ID, BOT_ID, BOT_USER
from csbot.workspace.web_api.call import SPECIAL, Call, method


@method("api.test", 4, optional="error foo", holder=None)
def api_test(call: Call) -> Json:
    if call.text("error"):
        raise SlackRefusal(call.text("error"), args=call.args)
    return {"args": call.args}


@method("auth.test", SPECIAL)
def auth_test(call: Call) -> Json:
    return {
        "url": f"https://{call.ws.domain}.slack.com/",
        "team": call.ws.team_name,
        "user": call.ws.bot.name,
        "team_id": call.ws.team_id,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", 3, holder="app", scopes=["connections:write"])
def connections_open(call: Call) -> Json:
    """The URL is good for one connection."""
    ticket = call.ws.new_id("K")
    call.ws.tickets.add(ticket)
    base = call.ws.base_url.replace("http://", "ws://", 1)
    return {"url": f"{base}/socket?ticket={ticket}&app_id={APP_ID}"}


@method("team.info", 3, scopes=["team:read"], optional="domain team")
def team_info(call: Call) -> Json:
    ws = call.ws
    return {"team": {"id": ws.team_id, "name": ws.team_name, "domain": ws.domain}}


@method("bots.info", 3, scopes=["users:read"], optional="bot team_id")
def bots_info(call: Call) -> Json:
    if call.text("bot", BOT_ID) != BOT_ID:
        raise SlackRefusal("bot_not_found")
    bot = {"id": BOT_ID, "name": call.ws.bot.name, "app_id": APP_ID, "user_id": BOT_USER}
    return {"bot": {**bot, "deleted": False}}


@method("blocks.validate", SPECIAL, optional="blocks message view", holder=None)
def validate_blocks(call: Call) -> Json:
    given = [name for name in ("blocks", "message", "view") if call.args.get(name)]
    if len(given) != 1:
        raise SlackRefusal("invalid_arguments")
    name = given[0]
    value = call.structure(name, f"invalid_{name}")
    report, root = _checked(call, name, value)
    if report.errors:
        errors = [problem.as_json(root) for problem in report.errors]
        raise SlackRefusal(f"invalid_{name}", errors=errors)
    return {}


def _checked(call: Call, name: str, value: Any) -> tuple[surfaces.Report, str]:
    if name == "view":
        return surfaces.check_view(value, call.ws), ""
    if name == "message":
        blocks = value.get("blocks", []) if isinstance(value, dict) else value
        return surfaces.check_blocks(blocks, "message", call.ws), "/blocks"
    return surfaces.check_blocks(value, "message", call.ws), ""
