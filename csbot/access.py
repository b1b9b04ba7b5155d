"""Who may do what: one table, action by role."""

from enum import StrEnum

from csbot.errors import NotYourRole
from csbot.team.model import TeamMember


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    CSM = "csm"
    VIEWER = "viewer"


class May(StrEnum):
    SEE_ACCOUNTS = "see accounts"
    SEE_RENEWALS = "see renewal amounts"
    SEE_TEAM_DIGEST = "see the team's digest"
    ACT_ON_ALERTS = "act on alerts"
    LOG = "log check-ins, feedback and meetings"
    EDIT_ACCOUNTS = "change accounts"
    ASSIGN_OWN = "hand over their own accounts"
    ASSIGN_ANY = "hand over anybody's accounts"
    ADVANCE = "advance onboarding"
    OVERRIDE = "override a rule with a reason"
    TASKS = "add and finish tasks"
    FORECAST = "change a renewal's category"
    CLOSE = "close a renewal"
    CHURN = "record that a customer leaves"
    EXPORT = "have lists as files"
    UNDO = "take back their own last change"
    SHARE = "share an answer with the channel"
    SETTINGS_OWN = "change their own settings"
    REHEARSE = "send a test alert"
    APPROVE_OWN = "approve messages to customers"
    APPROVE_ANY = "approve messages to anybody's customers"
    RUN_PLAYBOOKS = "start, stop and try out playbooks"
    PLAYBOOKS = "switch playbooks on and off"
    FOLLOW = "let a channel follow an account"
    COVER_ANY = "say that somebody else is away"
    SETTINGS_ALL = "change csbot's settings"
    HOLDS = "release alerts that are held back"
    VIEW_AS = "see Home as somebody else does"
    TEAM = "change the team"


_VIEWER = {May.SEE_ACCOUNTS, May.SETTINGS_OWN, May.UNDO}
_CSM = _VIEWER | {
    May.SEE_RENEWALS,
    May.ACT_ON_ALERTS,
    May.LOG,
    May.EDIT_ACCOUNTS,
    May.ASSIGN_OWN,
    May.ADVANCE,
    May.TASKS,
    May.FORECAST,
    May.CLOSE,
    May.CHURN,
    May.EXPORT,
    May.SHARE,
    May.APPROVE_OWN,
    May.RUN_PLAYBOOKS,
    May.FOLLOW,
}
_MANAGER = _CSM | {
    May.ASSIGN_ANY,
    May.OVERRIDE,
    May.SEE_TEAM_DIGEST,
    May.REHEARSE,
    May.APPROVE_ANY,
    May.PLAYBOOKS,
    May.COVER_ANY,
}
_ADMIN = _MANAGER | {May.SETTINGS_ALL, May.HOLDS, May.VIEW_AS, May.TEAM}

TABLE: dict[Role, set[May]] = {
    Role.VIEWER: _VIEWER,
    Role.CSM: _CSM,
    Role.MANAGER: _MANAGER,
    Role.ADMIN: _ADMIN,
}


LABELS = {
    Role.VIEWER: "viewers",
    Role.CSM: "CSMs",
    Role.MANAGER: "managers",
    Role.ADMIN: "admins",
}


def allows(role: str, action: May) -> bool:
    return action in TABLE[Role(role)]


def require(person: TeamMember, action: May) -> None:
    """Refuse, naming who could do it, what this person's role does not allow."""
    if not allows(person.role, action):
        able = [label for role, label in LABELS.items() if action in TABLE[role]]
        listed = " and ".join([", ".join(able[:-1]), able[-1]] if len(able) > 1 else able)
        raise NotYourRole(f"Only {listed} can {action}.")
