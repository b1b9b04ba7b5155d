"""Every message and form that csbot can show, found from its class."""

import importlib
import pkgutil
from typing import TypeVar

import messages
from messages.form import Form
from messages.message import Message

T = TypeVar("T")


def catalog() -> dict[str, type[Message]]:
    """Name to class, of every message in this folder."""
    return {cls.name: cls for cls in _all(Message) if vars(cls).get("name")}


def forms() -> list[type[Form]]:
    return [cls for cls in _all(Form) if "view" in vars(cls)]


def _all(cls: type[T]) -> list[type[T]]:
    for module in pkgutil.iter_modules(messages.__path__):
        importlib.import_module(f"messages.{module.name}")
    return _below(cls)


def _below(cls: type[T]) -> list[type[T]]:
    return [cls, *(found for child in cls.__subclasses__() for found in _below(child))]
