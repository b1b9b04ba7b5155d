"""Which playbook somebody means: by its name or title, with blanks or hyphens, nearly right."""

import re
from typing import NamedTuple

from rapidfuzz import fuzz, process
from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.playbooks import store
from csbot.playbooks.store import Force
from csbot.words import said
from messages.text import listed

SURE, NEAR, ALIKE, LONGEST = 88, 55, 75, 8
LEAST, OFFERED = 3, 3  # letters that a word needs to be compared, and how many are offered


class WhichPlaybook(Refused):
    """None is called so; shown as a question with those that are near, where that is possible.

    `text` is all that was written from the name on, `candidates` are title and what to write.
    """

    def __init__(self, text: str, written: str, candidates: list[tuple[str, str]]) -> None:
        named = listed([f"`{whole.split()[0]}`" for _, whole in candidates])
        hint = f" Did you mean {named}?" if candidates else ""
        super().__init__(f"There is no playbook {said(written)}.{hint} `/cs playbook` lists them.")
        self.text, self.written, self.candidates = text, written, candidates


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
    sure = process.extractOne(_key(words[0]), list(forces), scorer=fuzz.ratio, score_cutoff=SURE)
    if sure:
        return Named(forces[sure[0]], " ".join(words[1:]))
    near = [(force, _named(words, force)) for force in _near(words, forces)]
    offered = [
        (force.definition.title, " ".join([force.name, *words[count:]])) for force, count in near
    ]
    raise WhichPlaybook(text, " ".join(words[: max((n for _, n in near), default=1)]), offered)


def _near(words: list[str], forces: dict[str, Force]) -> list[Force]:
    """Those that a part of the name is like, or all of it; the likeliest first."""
    written = _key(" ".join(words[:LONGEST]))
    likeness = {
        name: max(fuzz.ratio(name, one) for one in (written, _key(words[0]))) for name in forces
    }
    found = [
        (_parts(words, force), likeness[name], name)
        for name, force in forces.items()
        if likeness[name] >= NEAR or _alike(words[0], force)
    ]
    best = sorted(found, key=lambda one: (-one[0], -one[1], one[2]))[:OFFERED]
    if best and best[0][0]:
        best = [one for one in best if one[0]]
    return [forces[name] for *_, name in best]


def _parts(words: list[str], force: Force) -> int:
    return sum(_alike(word, force) for word in words[:LONGEST])


def _named(words: list[str], force: Force) -> int:
    """How many of the first words are its name's; at least one."""
    count = 1
    while count < len(words) and _alike(words[count], force):
        count += 1
    return count


def _alike(word: str, force: Force) -> bool:
    """Whether it is like a word of the name, the title or what is looked for (`contact.quiet`)."""
    about = force.definition
    looked_for = about.trigger.detector or ""
    known = re.split(r"[\W_]+", f"{force.name} {about.title} {looked_for}".casefold())
    word = word.casefold()
    return any(
        len(one) >= LEAST <= len(word) and (one.startswith(word) or fuzz.ratio(word, one) >= ALIKE)
        for one in known
    )


def _key(text: str) -> str:
    return "-".join(text.casefold().replace("-", " ").replace("_", " ").split())
