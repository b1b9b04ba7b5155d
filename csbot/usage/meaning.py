"""What an event says of usage: login, feature, seconds, milestone. Pure."""

from collections.abc import Mapping
from typing import Any

from csbot.inbox import fields
from csbot.usage.settings import Usage

FEATURE_MAX = 100
DAY_SECONDS = 86_400  # longer than that nobody is at anything in one go
FIRST_VALUE = "first_value"
VIEWS = ("page", "screen")
COUNTED = ("track", *VIEWS)


class Meaning:
    """The mapping of `csbot.toml`, ready for many events."""

    def __init__(self, settings: Usage) -> None:
        self._logins = {name.casefold() for name in settings.logins}
        self._every = "*" in settings.logins
        self._features = {name.casefold(): to for name, to in settings.features.items()}
        self._property = settings.feature_property
        self._units = tuple(settings.durations.items())
        self._milestones = {name.casefold(): to for name, to in settings.milestones.items()}
        self._milestones |= {name.casefold(): FIRST_VALUE for name in settings.first_value}

    def is_login(self, name: str | None) -> bool:
        return self._every or (name is not None and name.casefold() in self._logins)

    def feature(self, name: str | None, properties: Mapping[str, Any]) -> str:
        """What was used; empty where nothing names it."""
        if self._features and name and (mapped := self._features.get(name.casefold())):
            return mapped[:FEATURE_MAX]
        if self._property in properties:
            named = fields.text(properties, self._property, longest=FEATURE_MAX)
            if named:
                return named
        return (name or "")[:FEATURE_MAX].strip()

    def seconds(self, properties: Mapping[str, Any]) -> int:
        """How long it took, in whole seconds up to a day."""
        for name, unit in self._units:
            told = properties.get(name)
            if told is not None and (type(told) is not int or abs(told) > 2**53):
                told = fields.number(properties, name)
            if told:
                return round(min(max(told * unit, 0), DAY_SECONDS))
        return 0

    def milestone(self, name: str | None) -> str | None:
        if not self._milestones or name is None:
            return None
        return self._milestones.get(name.casefold())
