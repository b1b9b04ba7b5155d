"""Logs: one JSON object a line on stderr, customers by id only, secrets never."""

import logging
import re
import sys
from typing import Any

import structlog

SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+|https?://[^\s\"']*/(?:response|commands|actions)/\S+"
    r"|(?<=://)[^\s/@]+:[^\s/@]+(?=@)"
)


def configure(level: str) -> None:
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
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
    for chatty in ("slack_bolt", "slack_sdk", "uvicorn.access", "apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def without_secrets(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Tokens, response URLs and passwords in addresses are blanked, wherever they stand."""
    return {k: SECRET.sub("[secret]", v) if isinstance(v, str) else v for k, v in event.items()}
