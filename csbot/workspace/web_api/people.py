"""users.*: who is who, with the e-mail only for tokens that may see it."""

from csbot.workspace.model import Json, User
from csbot.workspace.refusal import SlackRefusal
from csbot.workspace.web_api.call import Call, method
from csbot.workspace.web_api.paging import next_cursor, page

UNPAGED_MOST = 500


@method("users.info", 4, scopes=["users:read"], required="user", optional="include_locale")
def info(call: Call) -> Json:
    user = call.ws.users.get(call.text("user"))
    if user is None:
        raise SlackRefusal("user_not_found")
    return {"user": _shown(call, user)}


@method("users.list", 2, scopes=["users:read"], optional="cursor include_locale limit team_id")
def list_users(call: Call) -> Json:
    rows = sorted(call.ws.users.values(), key=lambda user: user.id)
    limit = call.number("limit", len(rows), most=1000)
    if limit == len(rows) > UNPAGED_MOST:
        raise SlackRefusal("limit_required")
    chunk, cursor = page(call, rows, lambda user: user.id, limit)
    return {"members": [_shown(call, user) for user in chunk], **next_cursor(cursor)}


@method("users.lookupByEmail", 3, scopes=["users:read.email"], required="email")
def lookup_by_email(call: Call) -> Json:
    """Finds people who have left too: the caller has to look at `deleted`."""
    wanted = call.text("email").strip().lower()
    for user in call.ws.users.values():
        if user.email.lower() == wanted:
            return {"user": _shown(call, user)}
    raise SlackRefusal("users_not_found")


def _shown(call: Call, user: User) -> Json:
    scopes = call.token.scopes if call.token else set()
    return user.as_slack(home_team=call.ws.team_id, with_email="users:read.email" in scopes)
