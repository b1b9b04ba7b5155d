"""From a file to a playbook's definition, or to everything that is wrong with it."""

import hashlib
import json
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csbot.playbooks.definition import Definition
from csbot.playbooks.problems import Broken, Marks, Problem
from csbot.playbooks.shape import shaped
from csbot.playbooks.yaml_text import load

LARGEST = 256 * 1024
SUFFIXES = (".yaml", ".yml")

__all__ = ["Broken", "File", "Marks", "Problem", "parse", "read_file", "read_text"]


@dataclass(frozen=True)
class File:
    """What a file says, before anybody has asked whether it makes sense."""

    name: str
    where: str
    data: Any
    marks: Marks

    @property
    def digest(self) -> str:
        """Of what it says: comments and layout do not make another version."""
        said = json.dumps(self.data, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()

    def definition(self) -> Definition:
        """Raises Broken."""
        return shaped(self.data, self.marks)


def parse(text: str, where: str) -> Definition:
    """A definition without regard to where it stands; raises Broken."""
    return shaped(*load(text, where))


def read_file(path: Path, where: str | None = None) -> File:
    """`where` is how people call the file. Raises Broken, whatever the path leads to."""
    where = where or shown(path)
    return read_text(contents(path, where), name=stem(path), where=where)


def read_text(said: str, *, name: str, where: str) -> File:
    """Raises Broken, also where it is called otherwise than its file."""
    file = File(name, where, *load(said, where))
    if wrong := misnamed(file):
        raise Broken(wrong)
    return file


def misnamed(file: File) -> list[Problem]:
    called = file.data.get("name") if isinstance(file.data, dict) else None
    if not isinstance(called, str) or called == file.name:
        return []
    wrong = f"is `{called}`, but the file's name is `{file.name}`; they must be the same"
    return [file.marks.problem(("name",), wrong, at_value=True)]


def contents(path: Path, where: str) -> str:
    """The text of a playbook file; raises Broken."""
    try:
        return _text(_bytes(path), where)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Broken([Problem(where, 1, 1, f"cannot be read: {reason}")]) from None
    except RuntimeError:  # what Python 3.11 says of links in a circle
        raise Broken([Problem(where, 1, 1, "is a link that leads to itself")]) from None
    except ValueError as wrong:
        raise Broken([Problem(where, 1, 1, str(wrong))]) from None


def stem(path: Path) -> str:
    """The name that a file's name gives it; bytes that are no text are shown as question marks."""
    return _printable(path.stem)[:200]


def shown(path: Path) -> str:
    return _printable(str(path))


def _printable(name: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", "?", name.encode("utf-8", "replace").decode())


def _bytes(path: Path) -> bytes:
    real = path.resolve(strict=True)
    if not real.is_relative_to(path.parent.resolve()):
        raise ValueError("is a link that leads out of its folder; put the file itself here")
    if not stat.S_ISREG(real.stat().st_mode):  # opening a pipe would wait for ever
        raise ValueError("is no file")
    with real.open("rb") as file:
        raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise ValueError(f"is larger than {LARGEST // 1024} KB; no playbook is")
    return raw


def _text(raw: bytes, where: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        wrong = "is not in UTF-8; save it as UTF-8"
        raise Broken([Problem(where, line, column, wrong)]) from None
