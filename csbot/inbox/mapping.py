"""Bodies of any shape, read by a table of the team's own: our name for a field, its place there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from csbot.inbox import fields
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import TEXT_MAX, Body

NO = ("false", "no", "0", "none", "private", "internal")


@dataclass(frozen=True)
class Mapped:
    """`places` are dotted names (`score = "answers.0.number"`); `values` translates what stands
    there (`status = {"Gelöst" = "solved"}`).
    """

    body: Body
    places: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        """Something stands there, whatever it is."""
        return name in self.places and fields.found(self.body, self.places[name]) is not None

    def text(self, name: str, *, longest: int = TEXT_MAX) -> str | None:
        if name not in self.places:
            return None
        told = fields.text(self.body, self.places[name], longest=longest)
        return self.values.get(name, {}).get(told, told) if told else None

    def need_text(self, name: str, *, longest: int = TEXT_MAX) -> str:
        told = self.text(name, longest=longest)
        if told is None:
            raise Unreadable(self.place(name), "must be there, as text")
        return told

    def number(self, name: str) -> float | None:
        """Also where it is spelled as text, or translated into a number."""
        translated = {"value": self.text(name)} if name in self.values else None
        if translated:
            return fields.number(translated, "value")
        return fields.number(self.body, self.places[name]) if name in self.places else None

    def instant(self, name: str) -> datetime | None:
        return fields.instant(self.body, self.places[name]) if name in self.places else None

    def refuse_no_times(self, *names: str) -> None:
        """Raises Unreadable where something stands that is no time; nothing may stand there."""
        for name in names:
            if name in self:
                fields.need_instant(self.body, self.place(name))

    def flag(self, name: str) -> bool:
        """Yes, unless what stands there says no."""
        told = fields.found(self.body, self.places[name]) if name in self.places else None
        return str(told).strip().lower() not in NO

    def place(self, name: str) -> str:
        """What to call a field to whoever sent it."""
        return self.places.get(name, name)
