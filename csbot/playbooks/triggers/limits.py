"""What may stand after `with:` in place of the thresholds of csbot.toml."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Setting

from csbot.alerts.scope import Scope
from csbot.playbooks.durations import Duration
from csbot.playbooks.triggers.look import Look, Parameters


def counted(value: Any) -> Any:
    """`14 days` is as good as 14."""
    return Duration.of(value).length.days if isinstance(value, str) else value


def whole_minutes(value: Any) -> Any:
    """`1 hour` is as good as 60."""
    return Duration.of(value).length // timedelta(minutes=1) if isinstance(value, str) else value


def listed(value: Any) -> Any:
    """One is as good as a list of one."""
    return [value] if isinstance(value, int) else value


Days = Annotated[int, BeforeValidator(counted), Setting(ge=1, le=730)]
Minutes = Annotated[int, BeforeValidator(whole_minutes), Setting(ge=5, le=240)]
Arr = Annotated[int, Setting(ge=0)]
Health = Annotated[int, Setting(ge=0, le=100)]


class Stake(Parameters):
    """From which revenue, or up to which health, an alert of it is urgent."""

    high_arr: Arr | None = None
    low_health: Health | None = None


class Away(Parameters):
    """`days` without a login."""

    days: Days | None = None


class Quiet(Away, Stake):
    """The same, of an alert."""


class Renewing(Stake):
    """`days` before a renewal."""

    days: Days | None = None


class Lately(Parameters):
    """Of the last `days`."""

    days: Days | None = None
    high_arr: Arr | None = None


class Unowned(Parameters):
    high_arr: Arr | None = None


class Soon(Parameters):
    """`days` ahead."""

    days: Annotated[int, BeforeValidator(counted), Setting(ge=0, le=730)] | None = None


class Within(Parameters):
    """`minutes` ahead."""

    minutes: Minutes | None = None


def scoped(look: Look, **thresholds: str) -> Scope:
    """The look of an alert's detector, with what a file says in place of the thresholds named."""
    given = {
        threshold: value
        for name, threshold in thresholds.items()
        if (value := getattr(look.parameters, name)) is not None
    }
    limits = look.settings.config.thresholds.model_copy(update=given)
    return replace(look.scope, own_limits=limits)
