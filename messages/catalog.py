"""Every message csbot can send, found from its class. `csbot messages` prints their examples."""

import importlib
import pkgutil

import messages
from messages.message import Message


def catalog() -> dict[str, type[Message]]:
    """Name to class, of every module in this folder."""
    for module in pkgutil.iter_modules(messages.__path__):
        importlib.import_module(f"messages.{module.name}")
    return {cls.name: cls for cls in _leaves(Message) if cls.name}


def _leaves(cls: type[Message]) -> list[type[Message]]:
    found = [cls]
    for child in cls.__subclasses__():
        found += _leaves(child)
    return found
