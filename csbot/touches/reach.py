"""Which addresses a message came back from: nothing is sent there again."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from csbot.touches.model import Touch


def came_back(contact_id: Any, address: Any) -> ColumnElement[bool]:
    """Whether this contact could not be reached at this very address; another one is tried anew.

    Both may be columns. A contact's wish not to be written to is another matter: `opt_outs`.
    """
    earlier = aliased(Touch)
    found = select(earlier.id).where(
        earlier.contact_id == contact_id,
        earlier.address == address,
        earlier.bounced_at.is_not(None),
    )
    return found.exists()
