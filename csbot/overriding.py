"""Setting in Slack what csbot.toml sets for everybody else, and taking it back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time
from functools import partial
from hashlib import sha256
from itertools import dropwhile
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.db.rows import insert
from csbot.errors import Refused, refuse, tried
from csbot.meant import did_you_mean, slip_of
from csbot.misfit import sentence
from csbot.overrides import Override, changing, laid_over, with_value
from csbot.routes import Asked, check
from csbot.settings import Config, Settings
from csbot.team.model import TeamMember
from csbot.words import said
from messages.admin import MOST
from messages.settable import KNOBS, SECTIONS, TITLES, TO_READ, Section

CHANGED = "settings.changed"
SHORTEST = 5  # letters of a word that finds a section
OLD = "This form is from an older version. Open it again."


def save(
    session: Session, *, part: str, typed: Mapping[str, object], marks: str, by: TeamMember,
    now: datetime, settings: Settings, asked: Asked,
) -> tuple[str, ...]:  # fmt: skip
    """Keep what somebody changed in a form, and leave the rest; returns the labels of it.

    `marks` are of the values that the form showed: what is different now was set meanwhile.
    """
    require(by, May.SETTINGS_ALL)
    keys, seen = section_of(part).keys, marks.split(":")
    if len(seen) != len(keys):
        raise Refused(OLD)
    held, config = _held(session, keys), filed(settings)
    present = present_config(settings, held)
    values, wrong = {}, list[Refused]()
    for key, was in zip(keys, seen, strict=True):
        text, there = _typed(typed, key), text_of(present, key)
        if key not in typed or mark(text) == was or text == there:
            continue
        try:
            if mark(there) != was:
                raise Refused(_meanwhile(session, held.get(key), there), field=key)
            values[key] = read(config, key, text)
        except Refused as refusal:
            wrong.append(refusal)
    refuse([*wrong, *tried(partial(_reached, values, asked))])
    return tuple(
        KNOBS[key].label
        for key, value in values.items()
        if _set(session, held, key, value, by, now, settings)
    )


def set_one(
    session: Session, *, key: str, text: str, by: TeamMember, now: datetime, settings: Settings,
    asked: Asked,
) -> tuple[str, str | None]:  # fmt: skip
    """In words; `text` is the value, or nothing for the one of csbot.toml.

    Returns the section, and the label where something has changed.
    """
    require(by, May.SETTINGS_ALL)
    part = part_of(key)
    if part in TO_READ or key not in SECTIONS[part].keys:
        raise Refused(f"{said(key)} is a section: `/cs admin {key}` shows the settings in it.")
    value = read(filed(settings), key, text.strip())
    _reached({key: value}, asked)
    done = _set(session, _held(session, [key]), key, value, by, now, settings)
    return part, KNOBS[key].label if done else None


def part_of(name: str) -> str:
    """The section of this name, of this setting, or of a word of its title: flood.

    Raises Refused for any other, with what is nearly it.
    """
    if name in SECTIONS or name in TO_READ:
        return name
    for part, one in SECTIONS.items():
        if any(name in (key, key.partition(".")[0]) for key in one.keys):
            return part
    words = {word: part for word, part in _words() if len(word) >= SHORTEST}
    if meant := slip_of(name, list(words)):
        return words[meant]
    hint = did_you_mean(name, [*KNOBS, *SECTIONS, *TO_READ])
    mend = hint or ". `/cs admin` shows those there are."
    raise Refused(f"There is no setting {said(name)} in Slack{mend}")


def titled(text: str) -> str | None:
    """The section whose title these words are, or begin."""
    said = " ".join(text.casefold().split())
    fitting = (part for part, title in TITLES.items() if title.casefold().startswith(said))
    return next(fitting, None) if said else None


def _words() -> Iterator[tuple[str, str]]:
    for part, title in reversed(TITLES.items()):  # the first of those that share a word counts
        yield from ((word.strip(","), part) for word in title.casefold().split())


def section_of(part: str) -> Section:
    if part not in SECTIONS:
        raise Refused(OLD)
    return SECTIONS[part]


def filed(settings: Settings) -> Config:
    """What csbot.toml says."""
    return settings.file or settings.config


def present_config(settings: Settings, held: Mapping[str, Override]) -> Config:
    """With these rows as they are now, whatever this process knew of them."""
    base = Settings(env=settings.env, config=filed(settings))
    return laid_over(base, {key: row.value for key, row in held.items()}).config


def _held(session: Session, keys: Iterable[str]) -> dict[str, Override]:
    rows = select(Override).where(Override.key.in_(list(keys))).order_by(Override.key)
    fresh = rows.with_for_update().execution_options(populate_existing=True)
    return {row.key: row for row in session.scalars(fresh)}


def _set(
    session: Session, held: Mapping[str, Override], key: str, value: Any, by: TeamMember,
    now: datetime, settings: Settings,
) -> bool:  # fmt: skip
    """`value` None is the way back to csbot.toml; what is so already leaves no trace."""
    if (line := locked_in(settings, key)) is not None:
        where = f"line {line} of csbot.toml" if line else "csbot.toml"
        raise Refused(f"`{key}` is locked in {where}. Change it there.", field=key)
    row = held.get(key)
    before = {"key": key, "value": row.value if row else None}
    if before["value"] == value:
        return False
    put(session, key, value, by=by, now=now)
    audit.record(
        session, verb=CHANGED, subject=f"setting:{key}", by=by.id, now=now, before=before,
        after={"key": key, "value": value},
    )  # fmt: skip
    return True


def put(session: Session, key: str, value: Any, *, by: TeamMember, now: datetime) -> None:
    """Write the row, over that of whoever was faster; None takes it away."""
    changing(session)
    if value is None:
        if row := session.get(Override, key):
            session.delete(row)
        return
    new = {"value": value, "set_by_id": by.id, "set_at": now}
    made = insert(session, Override).values(key=key, **new)
    session.execute(made.on_conflict_do_update(index_elements=["key"], set_=new))


def read(config: Config, key: str, text: str) -> Any:
    """The value as JSON keeps it, None for nothing; Refused for what does not fit."""
    if not text:
        return None
    section, _, name = key.partition(".")
    value = _segments(text, key) if KNOBS[key].lines else text
    try:
        made = with_value(config, key, value)
    except ValidationError as error:
        model = type(getattr(config, section))
        why = sentence(error.errors(include_url=False)[0], model)
        raise Refused(why, field=key) from None
    return getattr(made, section).model_dump(mode="json")[name]


def _reached(values: Mapping[str, Any], asked: Asked) -> None:
    """Refused where no alert would reach a channel; Unasked before Slack has been asked."""
    wanted = {k: v for k, v in values.items() if k.startswith("channels.") and v is not None}
    check({k: v.values() if isinstance(v, dict) else [v] for k, v in wanted.items()}, asked)


def _segments(text: str, key: str) -> dict[str, str]:
    """A line each: enterprise = #cs-enterprise."""
    found = {}
    for line in filter(None, (line.strip() for line in text.replace(";", "\n").split("\n"))):
        name, equals, channel = (part.strip() for part in line.rpartition("="))
        if not (name and equals and channel):
            raise Refused("Write a line each, like enterprise = #cs-enterprise.", field=key)
        found[name] = channel
    return found


def text_of(config: Config, key: str) -> str:
    """A value as people type it."""
    section, _, name = key.partition(".")
    value = getattr(getattr(config, section), name)
    if isinstance(value, dict):
        text = "\n".join(f"{name} = {channel}" for name, channel in value.items())
    elif isinstance(value, time):
        text = f"{value:%H:%M}"
    else:
        text = "" if value is None else str(value)
    return text[:MOST].strip()


def mark(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def marks(config: Config, part: str) -> str:
    return ":".join(mark(text_of(config, key)) for key in section_of(part).keys)


def locked_in(settings: Settings, key: str) -> int | None:
    """The line of csbot.toml that locks a setting, 0 if it is not found; None for unlocked."""
    config, path = filed(settings), settings.env.csbot_config
    if not config.locks(key):
        return None
    try:
        lines = path.read_text("utf-8").splitlines() if path else []
    except OSError:
        return 0
    words = {f"{mark}{name}{mark}" for name in (key, key.partition(".")[0]) for mark in "\"'"}
    told = dropwhile(lambda row: not row[1].lstrip(" [").startswith("locked"), enumerate(lines, 1))
    return next((n for n, line in told if any(word in line for word in words)), 0)


def _typed(typed: Mapping[str, object], key: str) -> str:
    return str(typed.get(key) or "").strip()


def _meanwhile(session: Session, row: Override | None, there: str) -> str:
    who = session.get(TeamMember, row.set_by_id) if row and row.set_by_id else None
    return (
        f"{who.name if who else 'Somebody'} has changed this meanwhile: it is {said(there)} now. "
        "Open the form again to change it."
    )
