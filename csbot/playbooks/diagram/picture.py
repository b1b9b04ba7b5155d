"""Draws a chart as a PNG: lanes side by side, time from top to bottom."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import cast

from PIL import Image, ImageDraw, ImageFont

from csbot.playbooks.diagram.chart import Box, Chart
from csbot.playbooks.words import ROLES
from messages.text import clean

LANE, GUTTER, MARGIN, GAP = 380, 70, 24, 64  # pixels
PAD, LINE, TOP, LINES = 16, 30, 60, 6
TEXT, SMALL, TITLE = 24, 21, 34
BESIDE, ROOM = 9, 42  # pixels between lines side by side in a gutter, and for all of them
INK, GREY, PAPER, ROAD = "#1d1c1d", "#5b5a5c", "#ffffff", "#8a8a8d"
STRIPES = ("#f4f6fb", "#fbfbfd")
FILLS = {
    "start": "#d7efe0",
    "end": "#d7efe0",
    "step": "#ffffff",
    "wait": "#fff3d1",
    "decide": "#e7defa",
    "arm": "#f3eefc",
    "receiver": "#dcebfb",
}
ROUND = {"start": 26, "end": 26, "arm": 26, "wait": 4, "decide": 4}
Point = tuple[float, float]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    made = cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))
    # Of its own accord Pillow shapes text where a library for that is installed: other pixels.
    return made.font_variant(layout_engine=ImageFont.Layout.BASIC)


def wrapped(text: str, size: int, width: int, most: int = LINES) -> list[str]:
    """Lines no wider than `width` pixels; what is over is cut with an ellipsis."""
    lines = list(_lines(" ".join(clean(text).split())[:600], _font(size), width))
    if len(lines) > most:
        return [*lines[: most - 1], f"{lines[most - 1][:-1].rstrip()}…"]
    return lines


def _lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and font.getlength(f"{line} {word}") > width:
            yield line
            line = ""
        line = f"{line} {word}" if line else word
        while font.getlength(line) > width:
            fits = next(n for n in range(len(line) - 1, 0, -1) if font.getlength(line[:n]) <= width)
            yield line[:fits]
            line = line[fits:]
    if line:
        yield line


@dataclass(frozen=True)
class Row:
    """A box with its words broken into lines, and where it stands."""

    box: Box
    words: tuple[tuple[str, int, str], ...]
    y: int

    @property
    def height(self) -> int:
        return 2 * PAD + LINE * len(self.words)

    @property
    def bottom(self) -> int:
        return self.y + self.height


def tracks(flow: list[tuple[int, int]]) -> dict[int, int]:
    """Of each box that a line reaches past others, which line of the gutter is its own."""
    began = {after: before for before, after in reversed(flow) if after > before + 1}
    taken: dict[int, int] = {}
    for after, before in sorted(began.items()):
        busy = {track for other, track in taken.items() if other >= before}
        taken[after] = next(track for track in range(len(taken) + 1) if track not in busy)
    return taken


def draw(chart: Chart) -> bytes:
    return encode(_Canvas(chart).picture())


def encode(picture: Image.Image) -> bytes:
    """Few colours: a quarter of the size."""
    out = BytesIO()
    picture.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Canvas:
    def __init__(self, chart: Chart) -> None:
        self.chart, self.lanes = chart, chart.lanes
        self.width = 2 * MARGIN + len(self.lanes) * (LANE + GUTTER)
        inner = self.width - 2 * MARGIN
        self.title = wrapped(chart.title, TITLE, inner, 3)
        self.head = MARGIN + len(self.title) * (LINE + 14)
        self.rows = list(self._rows())
        self.tracks = tracks(chart.flow)
        self.beside = min(BESIDE, ROOM / max([1, *self.tracks.values()]))
        self.foot = self.rows[-1].bottom + GAP // 2
        self.notes = [line for note in chart.notes for line in wrapped(note, SMALL, inner)]
        height = self.foot + MARGIN + len(self.notes) * LINE + MARGIN
        self.image = Image.new("RGB", (self.width, height), PAPER)
        self.pen = ImageDraw.Draw(self.image)

    def _rows(self) -> Iterator[Row]:
        y = self.head + TOP + GAP // 2
        for box in self.chart.boxes:
            row = Row(box, tuple(_words(box)), y)
            yield row
            y = row.bottom + GAP

    def picture(self) -> Image.Image:
        for nth, line in enumerate(self.title):
            self.pen.text((MARGIN, MARGIN + nth * (LINE + 14)), line, INK, _font(TITLE))
        for nth, lane in enumerate(self.lanes):
            self._lane(nth, ROLES[lane])
        for before, after in self.chart.flow:
            self._arrow(self._way(before, after))
        for row in self.rows:
            self._box(row)
        for nth, line in enumerate(self.notes):
            self.pen.text((MARGIN, self.foot + MARGIN + nth * LINE), line, GREY, _font(SMALL))
        return self.image

    def _lane(self, nth: int, name: str) -> None:
        left = MARGIN + nth * (LANE + GUTTER)
        box = (left, self.head, left + LANE + GUTTER, self.foot)
        self.pen.rectangle(box, fill=STRIPES[nth % 2], outline="#dddde2")
        self.pen.text(
            (self._middle_of(nth), self.head + TOP // 2), name, INK, _font(TEXT), anchor="mm"
        )

    def _middle_of(self, nth: int) -> int:
        return MARGIN + nth * (LANE + GUTTER) + GUTTER + LANE // 2 - GUTTER // 2

    def _x(self, lane: str) -> int:
        return self._middle_of(self.lanes.index(lane))

    def _box(self, row: Row) -> None:
        box, half = row.box, (LANE - GUTTER // 2) // 2
        x = self._x(box.lane)
        if box.receiver:
            self._hand_over(row, half)
        self._frame(row, x, half, FILLS[box.kind], ROUND.get(box.kind, 10))
        for nth, (line, size, colour) in enumerate(row.words):
            at = (x - half + PAD, row.y + PAD + nth * LINE)
            self.pen.text(at, line, colour, _font(size))

    def _frame(self, row: Row, x: int, half: int, fill: str, radius: int) -> None:
        corners = (x - half, row.y, x + half, row.bottom)
        self.pen.rounded_rectangle(corners, radius, fill=fill, outline=INK, width=2)

    def _hand_over(self, row: Row, half: int) -> None:
        """The same row in the lane of whoever gets it."""
        there, here = self._x(row.box.receiver or ""), self._x(row.box.lane)
        side = 1 if there > here else -1
        y = row.y + row.height // 2
        self._frame(row, there, half, FILLS["receiver"], 10)
        self._arrow([(here + side * half, y), (there - side * half, y)], "#2b6cb0")
        name = ROLES[row.box.receiver or ""]
        self.pen.text((there, y), f"{name} gets it", INK, _font(TEXT), anchor="mm")

    def _way(self, before: int, after: int) -> list[Point]:
        """Straight to the next row; past rows in between through a gutter, where no box stands."""
        one, two = self.rows[before], self.rows[after]
        x, to = self._x(one.box.lane), self._x(two.box.lane)
        enter = two.y - GAP // 3
        if after == before + 1:
            return [(x, one.bottom), (x, enter), (to, enter), (to, two.y)]
        leave = one.bottom + GAP // 4
        channel = MARGIN + min(x, to) // (LANE + GUTTER) * (LANE + GUTTER) + 8
        channel += int(self.tracks[after] * self.beside)
        return [
            (x, one.bottom), (x, leave), (channel, leave), (channel, enter), (to, enter),
            (to, two.y),
        ]  # fmt: skip

    def _arrow(self, way: list[Point], colour: str = ROAD) -> None:
        self.pen.line(way, fill=colour, width=3)
        (x0, _), (x, y) = way[-2], way[-1]
        if x == x0:
            head = [(x - 8, y - 13), (x + 8, y - 13)]
        else:
            back = -13 if x > x0 else 13
            head = [(x + back, y - 8), (x + back, y + 8)]
        self.pen.polygon([(x, y), *head], fill=colour)


def _words(box: Box) -> Iterator[tuple[str, int, str]]:
    """Lines of a box with their size and colour."""
    width = LANE - GUTTER // 2 - 2 * PAD
    for text, size, colour, most in (
        (box.delay, SMALL, "#9a5b00", 1),
        (box.heading, TEXT, INK, 2),
        (box.detail, SMALL, GREY, LINES),
    ):
        yield from ((line, size, colour) for line in wrapped(text, size, width, most))
