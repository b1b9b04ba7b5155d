"""Which answers may go to everybody, and how a question remembers that its answer was to."""

from typing import Any

from messages.admin import AdminNews, AdminPanel, AdminSection
from messages.answers import PICKS, Help, NotQuite, UnknownCommand, WhichOne
from messages.feedback import FeedbackUnclear
from messages.ids import Action
from messages.meetings import MeetingUnclear
from messages.mentions import FormBehindButton
from messages.said import Fault, Said
from messages.tasks import TaskUnclear
from messages.team import AccessAsked, AskForAccess

# Questions, refusals and csbot's own settings: nothing in them is for anybody else.
FOR_THE_ASKER = (
    Said, Fault, AskForAccess, AccessAsked, Help, WhichOne, UnknownCommand, AdminPanel,
    AdminSection, AdminNews,
    NotQuite, FeedbackUnclear, MeetingUnclear, TaskUnclear, FormBehindButton,
)  # fmt: skip
SHARE = "\t--share"  # at the end of a button's value; nobody can type the tab
LEAD_ON = (*PICKS, Action.FORM_OPEN, Action.COMMAND_FORM)
VALUE_MAX = 2_000


def leads_on(content: dict[str, Any]) -> bool:
    """Whether `leading_on` has marked it."""
    elements = (one for block in content.get("blocks", ()) for one in block.get("elements") or ())
    return any(str(one.get("value") or "").endswith(SHARE) for one in elements)


def leading_on(content: dict[str, Any]) -> dict[str, Any]:
    """The same question; what its buttons lead to is for everybody."""
    for block in content["blocks"]:
        for element in block.get("elements") or () if block["type"] == "actions" else ():
            value = str(element.get("value") or "")
            if element.get("action_id") in LEAD_ON and len(value + SHARE) <= VALUE_MAX:
                element["value"] = value.removesuffix(SHARE) + SHARE
    return content
