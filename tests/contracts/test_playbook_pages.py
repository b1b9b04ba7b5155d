"""The pages of the library in docs/playbooks say what its files say: `make docs` writes them."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from csbot.playbooks.diagram.drawing import files
from csbot.playbooks.folders import LIBRARY, one

PAGES = Path(__file__).parents[2] / "docs" / "playbooks"


@pytest.fixture(scope="module")
def content():
    definitions = [one(path).read().definition() for path in sorted(LIBRARY.glob("*.yaml"))]
    return files(definitions, whole=True)


def test_every_playbook_has_its_page_and_its_picture_and_there_are_no_others(content):
    assert {path.name for path in PAGES.iterdir()} == set(content)


def test_the_pages_are_current(content):
    stale = [
        name
        for name, said in content.items()
        if name.endswith(".md") and (PAGES / name).read_bytes() != said
    ]
    assert stale == [], "run: make docs"


def test_the_pictures_show_what_the_files_say_pixel_for_pixel(content):
    stale = [
        name
        for name, said in content.items()
        if name.endswith(".png") and not _same(PAGES / name, said)
    ]
    assert stale == [], "run: make docs"


def _same(path: Path, drawn: bytes) -> bool:
    kept, new = (Image.open(where).convert("RGB") for where in (path, BytesIO(drawn)))
    return kept.size == new.size and ImageChops.difference(kept, new).getbbox() is None
