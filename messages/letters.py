"""Words to customers: a template of few means, plain text first, HTML made from the text.

A template writes words, asks with `if` and goes through lists with `for`. Calls, sums of texts and
variables of its own are refused while it is read, so that none can reach the program, or take all
its time and memory.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from messages import letter_trouble
from messages import letter_work as work
from messages.render import Templates, templates
from messages.text import ZERO_WIDTH_SPACE, clean, clip, listed, plural

VALUE_MAX, LIST_MAX, OUTPUT_MAX = 300, 10, 20_000
FAILURES = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError)
TOO_MUCH = (RecursionError, SyntaxError, ValueError, MemoryError)  # of Python, for what was made
_MEANS = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Block, nodes.If, nodes.For, nodes.Name,
    nodes.Getattr, nodes.Const, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And,
    nodes.Or, nodes.Not, nodes.CondExpr, nodes.Keyword, nodes.Tuple, nodes.List,
)  # fmt: skip
_FILTERS = (
    "default", "upper", "lower", "capitalize", "title", "trim", "first", "last", "length", "sort",
    "int",
)  # fmt: skip
_SAID = {"Call": "calls", "Assign": "`set`", "Concat": "`~`", "Include": "`include`"}
_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+")
_AFTER_URL = ".,;:!?')]"
_ADDRESS = re.compile(r"[\w.+\-]+@[\w\-]+(\.[\w\-]+)+", re.ASCII)
_LINKED = re.compile(r"(?<=:)(?=//)|(?<=\.)(?=\w)|^(?=[^\w\s]+\w)")


class Unwritten(Exception):
    """Words that cannot be made; `line` is the template's, where that is known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


class Ours(str):
    """Text that customers have no hand in: it may be a link."""

    __slots__ = ()


class Lines(str):
    """Text of several lines."""

    __slots__ = ()


class Unknown(Undefined):
    """A value that there may be, and is not: false where it is asked for, an error where shown."""

    __slots__ = ()

    def __str__(self) -> str:
        self._fail_with_undefined_error()


class Values:
    """What stands behind a dot: `account.name`. `mend` says what to do where one is missing."""

    __slots__ = ("known", "mend", "name")

    def __init__(self, name: str, known: Mapping[str, Any], mend: Callable[[str], str]) -> None:
        self.name, self.known, self.mend = name, known, mend

    def __repr__(self) -> str:
        return self.name


class Letters(ImmutableSandboxedEnvironment):
    """What a template for customers can do: see this module."""

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined, finalize=_shown, autoescape=False, trim_blocks=True,
            lstrip_blocks=True, keep_trailing_newline=False,
        )  # fmt: skip
        own = {"day": _day, "clock_time": _clock_time, "plural": plural, "urlencode": _encoded}
        self.filters = {name: self.filters[name] for name in _FILTERS} | own | work.FILTERS
        self.globals = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Values):
            return self._of(obj, attribute)
        if isinstance(obj, LoopContext) and attribute in ("first", "last", "index"):
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            return obj
        return self.undefined(f"there is nothing called `{attribute}`")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Of what a filter is told to look at."""
        return self.getattr(obj, str(argument))

    def _of(self, values: Values, name: str) -> Any:
        if name not in values.known:
            return self.undefined(f"there is no `{values.name}.{name}`")
        found = values.known[name]
        return unknown(values.mend(name)) if found in (None, "", []) else found


def unknown(mend: str) -> Unknown:
    return Unknown(hint=mend)


@cache
def letters() -> Letters:
    return Letters()


@lru_cache(maxsize=512)
def _read(source: str) -> Template:
    """Raises Unwritten, with the line, for what no template for customers may do."""
    environment = letters()
    try:
        tree = environment.parse(clean(source))
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, _MEANS):
                raise Unwritten(_refused(node), node.lineno)
        if made := work.growing(tree):
            raise Unwritten("has a list of more than texts, numbers and variables", made.lineno)
        work.count_rounds(tree, environment)
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise Unwritten(letter_trouble.told(error, source), error.lineno) from None
    except TOO_MUCH:
        raise Unwritten("is nested too deeply, or has a number that is too long") from None


def _refused(node: nodes.Node) -> str:
    if isinstance(node, nodes.BinExpr | nodes.UnaryExpr):
        return "has no arithmetic here; write only the documented variables"
    kind = type(node).__name__
    return f"has no {_SAID.get(kind, kind.lower())} here"


def write(source: str, values: Mapping[str, Any], *, block: str | None = None) -> str:
    """The words of a template, or of one block of it. Raises Unwritten."""
    template = _read(source)
    context = template.new_context({**values, **work.budget()})
    root = template.blocks.get(block) if block else template.root_render_func
    if root is None:
        raise Unwritten(f"has no block `{block}`")
    try:
        return tidy(_at_most(root(context)))
    except (*FAILURES, work.TooMuch) as error:
        raise Unwritten(str(error) or type(error).__name__) from None


@lru_cache(maxsize=512)
def names_in(source: str) -> frozenset[str]:
    """The variables that a template names, like `account.name`. Raises Unwritten."""
    _read(source)
    found = letters().parse(clean(source)).find_all(nodes.Getattr)
    return frozenset(
        f"{one.node.name}.{one.attr}" for one in found if isinstance(one.node, nodes.Name)
    )


def blocks_of(source: str) -> set[str]:
    """The names of its blocks. Raises Unwritten."""
    return set(_read(source).blocks)


def template(name: str) -> str:
    """The source of `touch_<name>.j2`, a team's own before ours. Raises Unwritten."""
    return _source(templates(), name)


@lru_cache(maxsize=128)
def _source(environment: Templates, name: str) -> str:
    # Of one environment, as it is: another folder is another environment.
    if environment.loader is None or not re.fullmatch(r"[a-z0-9]+([_-][a-z0-9]+)*", name):
        raise Unwritten(f"there is no template `{name}`")
    try:
        return environment.loader.get_source(environment, f"touch_{name}.j2")[0]
    except UnicodeDecodeError:
        raise Unwritten(f"of the template `touch_{name}.j2` are not in UTF-8") from None
    except (TemplateError, OSError):
        raise Unwritten(f"there is no template `touch_{name}.j2`") from None


def _at_most(pieces: Iterable[str]) -> str:
    made: list[str] = []
    left = OUTPUT_MAX
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise Unwritten(f"are longer than {OUTPUT_MAX:,} characters")
        made.append(piece)
    return "".join(made)


def tidy(text: str) -> str:
    """Without blanks at the ends of lines, and with at most one blank line between two."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines)


def as_html(text: str) -> str:
    """The same words as HTML: escaped, with paragraphs, and links where addresses stand."""
    paragraphs = "\n".join(f"<p>{_paragraph(part)}</p>" for part in text.split("\n\n"))
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head>\n'
        '<body style="font-family:sans-serif;font-size:15px;line-height:1.5;max-width:40em">\n'
        f"{paragraphs}\n</body></html>\n"
    )


def _paragraph(text: str) -> str:
    made, end = [], 0
    for found in _URL.finditer(text):
        address = found.group().rstrip(_AFTER_URL)
        shown = html.escape(address)
        made += [html.escape(text[end : found.start()]), f'<a href="{shown}">{shown}</a>']
        end = found.start() + len(address)
    return "".join([*made, html.escape(text[end:])]).replace("\n", "<br>\n")


def _shown(value: Any) -> str:
    """A value as the customer reads it; what a customer wrote does not become a link."""
    if isinstance(value, Ours | Undefined | int | Decimal):
        return str(value)
    if isinstance(value, Lines):
        return "\n".join(unlinked(line) for line in value.splitlines() if line.strip())
    if isinstance(value, date):
        return _when(value)
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return unlinked(listed([str(one) for one in value], LIST_MAX))
    if isinstance(value, str):
        return unlinked(value)
    raise TypeError(f"`{value}` is no text")


def _when(value: date) -> str:
    if isinstance(value, datetime):
        return f"{_day(value)} at {_clock_time(value)} ({value:%Z})"
    return f"{value.day} {value:%B %Y}"


def unlinked(value: str) -> str:
    """One line of somebody's own words, of which no mail program or phone makes a link."""
    line = clip(" ".join(clean(value).split()), VALUE_MAX)
    return line if _ADDRESS.fullmatch(line) else _LINKED.sub(ZERO_WIDTH_SPACE, line)


def _day(value: date) -> str:
    return f"{value:%A} {value.day} {value:%B}"


def _clock_time(value: datetime) -> str:
    return f"{value:%H:%M}"


def _encoded(value: object) -> Ours:
    """For the inside of an address."""
    return Ours(quote(str(value), safe=""))
