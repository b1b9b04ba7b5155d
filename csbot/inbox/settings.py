"""What is done with deliveries that could not be used: the section `[inbox]` of `csbot.toml`."""

from typing import Annotated

from pydantic import Field

from csbot.section import Section


class Inbox(Section):
    """`keep_days` after it came, what still waits or is set aside is dropped: `csbot doctor` says
    from when.
    """

    keep_days: Annotated[int, Field(ge=30, le=3650)] = 90
