"""Names in a picture: Pillow's own letters are English ones, customers have names of all kinds."""

import unicodedata
from functools import cache
from typing import cast

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

from messages.text import clean

# Looked for where systems keep their fonts; the first that has all the letters of a name draws it.
ELSEWHERE = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf",
    "NotoSansCJK-Regular.ttc", "wqy-zenhei.ttc", "msyh.ttc", "PingFang.ttc", "unifont.otf",
)  # fmt: skip
MISSING = "\uffff"  # no letter: what a font draws for this it draws for all that it lacks


@cache
def plain(size: int) -> FreeTypeFont:
    made = cast(FreeTypeFont, ImageFont.load_default(size))
    # Of its own accord Pillow shapes text where a library for that is installed: other pixels.
    return made.font_variant(layout_engine=ImageFont.Layout.BASIC)


def fitted(text: str, size: int, width: int, other: str = "") -> tuple[str, FreeTypeFont]:
    """One line no wider than `width` pixels, cut with an ellipsis, and the font that has it.

    A letter that no font here has becomes its plain form, or a question mark; where little else
    would be left, `other` stands for all of it.
    """
    line = " ".join(clean(text).split())[:200]
    font = next((one for one in fonts(size) if has(one, line)), None)
    if font is None:
        font = plain(size)
        bare = "".join(one if has(font, one) else _like(one) for one in line)
        line = other if other and 2 * bare.count("?") > len(bare) else bare
    if font.getlength(line) <= width:
        return line, font
    keep = next(
        (n for n in range(len(line) - 1, 0, -1) if font.getlength(f"{line[:n]}…") <= width), 0
    )
    return f"{line[:keep].rstrip()}…", font


@cache
def fonts(size: int) -> tuple[FreeTypeFont, ...]:
    return (plain(size), *filter(None, (_found(name, size) for name in ELSEWHERE)))


def _found(name: str, size: int) -> FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def has(font: FreeTypeFont, text: str) -> bool:
    return all(one == " " or _drawn(font, one) for one in text)


@cache
def _drawn(font: FreeTypeFont, letter: str) -> bool:
    return bytes(font.getmask(letter)) != bytes(font.getmask(MISSING))


def _like(letter: str) -> str:
    bare = unicodedata.normalize("NFKD", letter)[0]
    return bare if has(plain(12), bare) else "?"
