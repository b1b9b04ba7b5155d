"""The pages and pictures of playbooks, as files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from csbot.playbooks.definition import Definition
from csbot.playbooks.diagram.chart import chart
from csbot.playbooks.diagram.page import index, page
from csbot.playbooks.diagram.picture import draw

INDEX = "README.md"


def picture(definition: Definition) -> bytes:
    """A PNG."""
    return draw(chart(definition))


def files(definitions: Iterable[Definition], *, whole: bool) -> Mapping[str, bytes]:
    """Content by name; the `whole` library has an index, too."""
    ordered = sorted(definitions, key=lambda one: one.name)
    made = {f"{one.name}.md": page(one).encode() for one in ordered}
    made |= {f"{one.name}.png": picture(one) for one in ordered}
    return made | ({INDEX: index(ordered).encode()} if whole else {})


def write(content: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, said in content.items():
        (folder / name).write_bytes(said)
