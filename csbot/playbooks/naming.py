"""Which playbook somebody means: by its name or title, with blanks or hyphens, nearly right."""

from typing import NamedTuple

from rapidfuzz import fuzz, process
from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.playbooks import store
from csbot.playbooks.store import Force
from csbot.words import said
from messages.text import listed

SURE, NEAR, LONGEST = 88, 55, 8


class Named(NamedTuple):
    """`rest` is what follows the name."""

    force: Force
    rest: str


def take_playbook(session: Session, text: str) -> Named:
    """The playbook that a text begins with; Refused with what is near."""
    forces = {force.name: force for force in store.in_force(session)}
    known = {_key(name): name for name in forces} | {
        _key(force.definition.title): name for name, force in forces.items()
    }
    words = text.split()
    for count in range(min(len(words), LONGEST), 0, -1):
        if name := known.get(_key(" ".join(words[:count]))):
            return Named(forces[name], " ".join(words[count:]))
    if not words:
        raise Refused("Which playbook? `/cs playbook` lists them.")
    near = process.extract(
        _key(words[0]), list(forces), scorer=fuzz.ratio, score_cutoff=NEAR, limit=3
    )
    if near and near[0][1] >= SURE:
        return Named(forces[near[0][0]], " ".join(words[1:]))
    hint = f" Did you mean {listed([f'`{name}`' for name, *_ in near])}?" if near else ""
    raise Refused(f"There is no playbook {said(words[0])}.{hint} `/cs playbook` lists them.")


def _key(text: str) -> str:
    return "-".join(text.casefold().replace("-", " ").replace("_", " ").split())
