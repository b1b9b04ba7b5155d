"""How much is too much at once: the section `[holds]` of `csbot.toml`."""

from typing import Annotated

from pydantic import Field

from csbot.section import Section


class Holds(Section):
    """Above `above` alerts a first look is held back; later a playbook's run is that also finds
    more than `times` what it usually finds, as of the last `days`.
    """

    above: Annotated[int, Field(ge=1, le=100_000)] = 10
    times: Annotated[float, Field(ge=1, le=1_000)] = 3
    days: Annotated[int, Field(ge=1, le=365)] = 28
