"""From a Message to what Slack wants. Knows Jinja and Block Kit, nothing of csbot."""

from dataclasses import fields
from functools import cache
from numbers import Number
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from messages import text
from messages.charts import without_charts
from messages.message import Message, Parts
from messages.pieces import PIECE

TEMPLATES = Path(__file__).parent / "templates"
SUMMARY_MAX = 200

Payload = dict[str, Any]


class Templates(ImmutableSandboxedEnvironment):
    """The folder of templates, with a team's own folder in front of it.

    The sandbox keeps a template from the program behind the values, not from taking its time.
    """

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, own: Path | None = None) -> None:
        folders = [own, TEMPLATES] if own else [TEMPLATES]
        super().__init__(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
            undefined=StrictUndefined,
            finalize=text.escape,
            autoescape=False,
            auto_reload=False,  # a look at the file for each message
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters |= {
            "mention": text.mention,
            "lightly": text.lightly,
            "money": lambda value: text.Mrkdwn(text.short_money(value)),
            "full_money": lambda value: text.Mrkdwn(text.full_money(value)),
            "day": text.day,
            "short_day": text.short_day,
            "near_day": text.near_day,
            "day_in": text.day_in,
            "clock_time": text.clock_time,
            "instant": text.instant,
            "cut": lambda value, limit: text.Mrkdwn(text.clip(text.escape(value), limit)),
            "line": lambda value, limit=80: text.one_line(value, limit),
        }
        self.globals |= {"plural": text.plural, "listed": text.listed, "percent": text.percent}
        self.globals |= {"piece": PIECE}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A message's own fields are there to be shown, which needs no second thought."""
        if attribute in getattr(type(obj), "__dataclass_fields__", ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A word times a billion would be the end of the process."""
        if operator == "**" or not (isinstance(left, Number) and isinstance(right, Number)):
            raise SecurityError(f"templates have no {operator} for these values")
        return super().call_binop(context, operator, left, right)


_own: list[Path] = []
_charts = [True]


def use_folder(own: Path | None) -> None:
    """Let a team's templates in `own` replace ours, from now on."""
    if own or _own:  # ours alone do not change
        _own[:] = [own] if own else []
        templates.cache_clear()


def show_charts(shown: bool) -> None:
    """Whether messages have Slack's own charts and tables, from now on."""
    _charts[:] = [shown]


@cache
def templates() -> Templates:
    return Templates(*_own)


def render(msg: Message) -> Payload:
    """`text` and `blocks` of a message."""
    parts = render_parts(templates().get_template(f"{msg.name}.j2"), msg)
    blocks = msg.layout(parts)
    return {"text": parts.summary, "blocks": blocks if _charts[0] else without_charts(blocks)}


def render_parts(template: Template, msg: Message) -> Parts:
    values = template.new_context({f.name: getattr(msg, f.name) for f in fields(msg)})
    said = {name: "".join(block(values)).strip() for name, block in template.blocks.items()}
    made = {name: text.one_stop(words) for name, words in said.items()}
    summary = text.clip(" ".join(made["summary"].split()), SUMMARY_MAX)
    return Parts(summary, made.get("body", ""), made.get("context", ""), made)
