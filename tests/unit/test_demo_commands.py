"""The page of the demo offers what csbot answers."""

import importlib
import pkgutil

import handlers
from csbot.demo.commands import COMMANDS
from handlers.ask import COMMANDS as ANSWERED


def test_every_command_the_page_offers_is_answered() -> None:
    for module in pkgutil.iter_modules(handlers.__path__):
        importlib.import_module(f"handlers.{module.name}")
    offered = {entry.command.split()[1] for entry in COMMANDS if " " in entry.command}
    assert offered <= set(ANSWERED)
