"""The Web API by families; importing this package registers every method."""

from csbot.workspace.web_api import (
    chat,
    chat_more,
    conversations,
    files,
    history,
    marks,
    people,
    session,
    views,
)

__all__ = [
    "chat",
    "chat_more",
    "conversations",
    "files",
    "history",
    "marks",
    "people",
    "session",
    "views",
]
