"""What every form (modal) is: frozen values, a title, inputs or text, a verb on its button."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from messages.blocks import Block, plain
from messages.ids import View


@dataclass(frozen=True, kw_only=True)
class Form:
    """Subclass it in messages/<concept>.py; `remember()` comes back with the submission."""

    view: ClassVar[View]
    title: ClassVar[str] = ""  # at most 24 characters, without csbot's name
    submit: ClassVar[str | None] = None  # a verb ("Log Check-In"); None for a form to read
    close: ClassVar[str] = "Cancel"
    turns: ClassVar[bool] = False  # whether one of its own buttons shows it anew, in its place

    @classmethod
    def example(cls) -> Self:
        raise NotImplementedError

    def blocks(self) -> list[Block]:
        """At most six inputs."""
        raise NotImplementedError

    def remember(self) -> dict[str, Any]:
        return {}


def render_form(form: Form) -> dict[str, Any]:
    """The view that `views.open` takes."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": form.view,
        "title": plain(form.title, 24),
        "close": plain(form.close if form.submit else "Close", 24),
        "private_metadata": json.dumps(form.remember(), ensure_ascii=False),
        "blocks": form.blocks(),
    }
    return view | ({"submit": plain(form.submit, 24)} if form.submit else {})
