"""Logs: one JSON object a line on stderr, customers by id only, secrets never."""

import logging
import re
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

import psycopg
import structlog

from csbot.slack.gateway import SlackFailure

log = logging.getLogger(__name__)
CONFIDENTIAL = (
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+|wss?://\S+|https?://hooks\.\S+"
    r"|https?://[^\s\"']*/(?:response|commands|actions)/\S+|(?<=://)[^\s/]*:\S*(?=@)"
)
SHORTEST = 8  # what is shorter is no secret, and blanking it would blank half the log
# What these say is the program's: types, names, codes. Any other may quote a customer's words.
SAY_NO_VALUES = (
    AttributeError, ImportError, NameError, NotImplementedError, OSError, SlackFailure, TypeError,
    psycopg.OperationalError, sqlite3.Error,
)  # fmt: skip
CHATTY = ("slack_bolt", "slack_sdk", "csbot.db.fair", "uvicorn.access", "apscheduler", "alembic")
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
Event = dict[str, Any]


def configure(level: str, *, secrets: Iterable[str] = ()) -> None:
    """`secrets` are blanked wherever they might stand, whatever they look like."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _plainly,
        with_traceback,
        blanking(secrets),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # A tick that finds its job still at work passes, as it should: only the library warns of it.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    sys.excepthook = _ended
    threading.excepthook = lambda args: _ended(args.exc_type, args.exc_value, args.exc_traceback)


def _ended(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Python itself would print the error with all that it quotes."""
    if error is None or issubclass(kind, KeyboardInterrupt):
        return
    log.critical("ended by an error", exc_info=(kind, error, trace))


def _plainly(_: Any, __: str, event: Event) -> Event:
    """uvicorn tells each line twice, once in colours."""
    event.pop("color_message", None)
    return event


def with_traceback(_: Any, __: str, event: Event) -> Event:
    """Where it happened and what kind of error, without the values that errors quote."""
    raised = event.pop("exc_info", None)
    info: ExcInfo = raised if isinstance(raised, tuple) else sys.exc_info()
    if raised and info[1] is not None:
        event["exception"] = "\n".join(map(_told, reversed(list(_chain(info[1])))))
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    kind = type(error)
    where = "".join(traceback.format_tb(error.__traceback__))
    return f"{where}{kind.__module__}.{kind.__qualname__}: {_details(error)}".rstrip(": ")


def _details(error: BaseException) -> str:
    if isinstance(error, SAY_NO_VALUES):
        return str(error)
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    facts = (getattr(error, "sqlstate", None), constraint, getattr(error, "statement", None))
    return " ".join(str(fact) for fact in facts if fact)


def blanking(secrets: Iterable[str]) -> Callable[[Any, str, Event], Event]:
    """Tokens, response URLs, passwords in addresses and `secrets`, blanked in every value."""
    exact = [re.escape(one) for one in secrets if len(one) >= SHORTEST]
    pattern = re.compile("|".join([*exact, CONFIDENTIAL]))

    def blank(value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {str(blank(key)): blank(part) for key, part in value.items()}
        if isinstance(value, list | tuple | set):
            return [blank(part) for part in value]
        return pattern.sub("[secret]", str(value))

    def process(_: Any, __: str, event: Event) -> Event:
        return {key: value if key.startswith("_") else blank(value) for key, value in event.items()}

    return process
