"""Where playbooks lie: csbot's own library, and a team's folder, whose names come before it."""

import os
from dataclasses import dataclass
from pathlib import Path

from csbot.playbooks.problems import Broken, Problem
from csbot.playbooks.reading import SUFFIXES, File, contents, read_text, shown, stem
from csbot.settings import Settings

LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True)
class Found:
    """A file that is there; `source` is library or own, `where` how people call it."""

    name: str
    source: str
    path: Path
    where: str

    def text(self) -> str:
        """Raises Broken, also where another file has the same name: nobody knows which counts."""
        if twins := [twin for twin in _twins(self.path) if os.path.lexists(twin)]:
            files = [
                (self.path, self.where),
                *((twin, _called(twin, self.source)) for twin in twins),
            ]
            names = " and ".join(f"`{shown(Path(path.name))}`" for path, _ in files)
            said = f"is there twice, as {names}; delete one of them"
            raise Broken(Problem(where, 1, 1, said) for _, where in files)
        return contents(self.path, self.where)

    def read(self) -> File:
        """Raises Broken."""
        return read_text(self.text(), name=self.name, where=self.where)


@dataclass(frozen=True)
class Folders:
    """What lies in the library and in a team's own folder, each by name.

    `away` says why the own folder cannot be looked into: then nobody knows what lies in it.
    """

    library: dict[str, Found]
    own: dict[str, Found]
    away: str | None = None

    @property
    def found(self) -> dict[str, Found]:
        """The files that count: a team's own before the library's."""
        return {**self.library, **self.own}

    @property
    def names(self) -> list[str]:
        return sorted(self.found)

    def first(self, name: str) -> Found | None:
        return self.found.get(name)


def look(settings: Settings) -> Folders:
    own = settings.env.csbot_playbooks_dir
    library = _listing(LIBRARY, "library")
    try:
        return Folders(library, _listing(own, "own") if own else {})
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Folders(library, {}, f"{shown(own) if own else ''}: cannot be looked into: {reason}")


def one(path: Path) -> Found:
    """A file by itself, wherever it lies."""
    return Found(stem(path), "own", path, shown(path))


def within(folder: Path) -> list[Found]:
    """The files of any folder. Raises OSError."""
    return [found for _, found in sorted(_listing(folder, "own").items())]


def _twins(path: Path) -> list[Path]:
    """Where files of the same playbook would be."""
    if path.suffix not in SUFFIXES:
        return []
    return [path.with_suffix(suffix) for suffix in SUFFIXES if suffix != path.suffix]


def _listing(folder: Path, source: str) -> dict[str, Found]:
    """Files that begin with a dot are an editor's; two of one name are an error of the `.yaml`."""
    paths = [p for p in folder.iterdir() if p.suffix in SUFFIXES and not p.name.startswith(".")]
    ordered = sorted(paths, key=lambda path: (path.suffix == SUFFIXES[0], path))
    return {stem(path): Found(stem(path), source, path, _called(path, source)) for path in ordered}


def _called(path: Path, source: str) -> str:
    return f"library/{path.name}" if source == "library" else shown(path)
