"""The section `[tickets]` of `csbot.toml`."""

from typing import Literal

from csbot.section import Section


class Tickets(Section):
    """`response_hours`: whether only working hours count until the first answer, or all."""

    response_hours: Literal["working", "plain"] = "working"
