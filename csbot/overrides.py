"""Settings that an admin has set in Slack: they stand over those of csbot.toml.

Every process asks the database at most once in a few seconds, and while nothing has changed it goes
on with the very same settings.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from sqlalchemy import JSON, URL, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from csbot import clock
from csbot.db.base import Base
from csbot.settings import Config, Settings

log = logging.getLogger(__name__)
FRESH = 3.0  # seconds for which another process may still work with what was set before


class Override(Base):
    """`key` is the setting's dotted path, such as thresholds.inactive_days."""

    __tablename__ = "overrides"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    set_at: Mapped[datetime]


class _Known(NamedTuple):
    """What a process made of `file` and the rows that it read, good until a steady moment."""

    file: Settings
    rows: dict[str, Any]
    made: Settings
    until: float


_known: dict[URL, _Known] = {}
_doubtful: dict[URL, float] = {}


def in_force(session: Session, settings: Settings) -> Settings:
    """`settings` of the file with what was set in Slack over them; themselves without any."""
    place, now = _place(session), clock.steady()
    known = _known.get(place)
    if known is not None and known.file is not settings:
        known = None
    if known is not None and now < known.until and now >= _doubtful.get(place, 0):
        return known.made
    rows = {key: value for key, value in session.execute(select(Override.key, Override.value))}
    same = known is not None and known.rows == rows
    made = known.made if known is not None and same else laid_over(settings, rows)
    _known[place] = _Known(settings, rows, made, now + FRESH)
    return made


def changing(session: Session) -> None:
    """Something is being set: until that is committed and known, this process asks each time."""
    _doubtful[_place(session)] = clock.steady() + FRESH


def laid_over(settings: Settings, rows: Mapping[str, Any]) -> Settings:
    """The file wins where it is locked, and where a value does not fit any more."""
    config = settings.config
    for key, value in sorted(rows.items()):
        if settings.config.locks(key):
            continue
        try:
            config = with_value(config, key, value)
        except (ValidationError, KeyError):  # of another version of csbot
            log.warning("a setting from Slack does not fit", extra={"key": key})
    if config is settings.config:
        return settings
    return replace(settings, config=config, file=settings.config)


def with_value(config: Config, key: str, value: Any) -> Config:
    """The same with one value, checked by its section's own model.

    Raises ValidationError for the value, KeyError where there is no such setting.
    """
    section, _, name = key.partition(".")
    if section not in type(config).model_fields:
        raise KeyError(key)
    was: BaseModel = getattr(config, section)
    if name not in type(was).model_fields:
        raise KeyError(key)
    values = was.model_dump(exclude_unset=True) | {name: value}
    return config.model_copy(update={section: type(was).model_validate(values)})


def _place(session: Session) -> URL:
    return session.get_bind().engine.url
