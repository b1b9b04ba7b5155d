"""Draws a Gantt chart as a PNG. Every state has a look and words, so that no colour is needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from PIL import Image, ImageDraw

from csbot.onboarding.gantt import Bar, Gantt, Kind, Row
from csbot.onboarding.gantt_letters import fitted, plain
from csbot.playbooks.diagram.picture import GREY, INK, MARGIN, PAPER, STRIPES, encode
from messages.text import near_day, plural, short_day

LABEL, FIELD, GAP = 540, 780, 20  # pixels, from left to right
HEIGHT, BAR, HEAD, FOOT = 66, 30, 128, 84
TEXT, SMALL, TITLE = 22, 19, 34
TODAY, GRID = "#b3261e", "#dddde2"
FILLS = {Kind.DONE: "#bfe3cd", Kind.OPEN: "#dcebfb", Kind.LATE: "#fbd9d5", Kind.PLAN: PAPER}
WORDS = {
    Kind.DONE: "done", Kind.OPEN: "under way", Kind.LATE: "late, striped",
    Kind.PLAN: "planned, dashed",
}  # fmt: skip
OVERRIDDEN = "by override"
WEEKS = (1, 2, 4, 8, 13, 26, 52, 104, 260)
APART, ROOM = 130, 60  # pixels between two dates of the scale, and beside the line of today
BACK, AHEAD = timedelta(days=126), timedelta(days=63)  # of a chart of many accounts


@dataclass(frozen=True)
class Scale:
    """The moments at both edges of the field."""

    first: datetime
    last: datetime

    def x(self, moment: datetime) -> int:
        share = (min(max(moment, self.first), self.last) - self.first) / (self.last - self.first)
        return MARGIN + LABEL + GAP + round(share * FIELD)

    def ticks(self) -> Iterator[date]:
        """Mondays, as many as there is room for."""
        days = (self.last - self.first).days
        step = next(w for w in (*WEEKS, 10_000) if w * 7 * FIELD >= APART * days)
        monday = self.first.date() + timedelta(days=-self.first.weekday() % 7)
        while monday <= self.last.date():
            yield monday
            monday += timedelta(weeks=step)


def scale(gantt: Gantt, *, clipped: bool) -> Scale:
    """All that there is; `clipped` around today, so that one long stay does not flatten others."""
    bars = [bar for row in gantt.rows for bar in row.bars]
    first = min([gantt.now - timedelta(days=2), *(bar.begins for bar in bars)])
    last = max([gantt.now + timedelta(days=5), *(bar.ends for bar in bars)])
    if clipped:
        first, last = max(first, gantt.now - BACK), min(last, gantt.now + AHEAD)
    return Scale(first, last)


def draw(gantt: Gantt, *, clipped: bool = False) -> bytes:
    return encode(_Canvas(gantt, scale(gantt, clipped=clipped)).picture())


class _Canvas:
    def __init__(self, gantt: Gantt, scale: Scale) -> None:
        self.gantt, self.scale = gantt, scale
        self.left = MARGIN + LABEL + GAP
        self.right = self.left + FIELD
        self.width = self.right + ROOM + MARGIN  # half a date stands beyond the field
        self.foot = HEAD + HEIGHT * max(1, len(gantt.rows))
        more = HEIGHT if gantt.more else 0
        self.image = Image.new("RGB", (self.width, self.foot + more + FOOT), PAPER)
        self.pen = ImageDraw.Draw(self.image)

    def picture(self) -> Image.Image:
        inner = self.width - 2 * MARGIN
        self._text((MARGIN, MARGIN), self.gantt.title, TITLE, inner)
        for nth, row in enumerate(self.gantt.rows):
            self._stripe(nth)
            self._words(nth, row)
        self._grid()
        for nth, row in enumerate(self.gantt.rows):
            top = HEAD + nth * HEIGHT + (HEIGHT - BAR) // 2
            for bar in filter(self._seen, row.bars):
                self._bar(bar, top)
            for bar in filter(self._seen, row.bars):
                if bar.mark:
                    self._diamond(self.scale.x(bar.begins), top + BAR // 2)
        self._today()
        if self.gantt.more:
            said = f"and {plural(self.gantt.more, 'more account')}"
            self._text((MARGIN, self.foot + 10), said, TEXT, inner, GREY)
        self._legend()
        return self.image

    def _text(
        self,
        at: tuple[int, int],
        said: str,
        size: int,
        width: int,
        colour: str = INK,
        other: str = "",
    ) -> None:
        line, font = fitted(said, size, width, other)
        self.pen.text(at, line, colour, font)

    def _stripe(self, nth: int) -> None:
        top = HEAD + nth * HEIGHT
        self.pen.rectangle(
            (MARGIN, top, self.width - MARGIN, top + HEIGHT - 1), fill=STRIPES[nth % 2]
        )

    def _words(self, nth: int, row: Row) -> None:
        top = HEAD + nth * HEIGHT
        self._text((MARGIN + 8, top + 8), row.label, TEXT, LABEL - 8, INK, row.other)
        self._text((MARGIN + 8, top + 37), row.note, SMALL, LABEL - 8, GREY)

    def _grid(self) -> None:
        for monday in self.scale.ticks():
            x = self.scale.x(datetime.combine(monday, time(), self.gantt.now.tzinfo))
            self.pen.line([(x, HEAD - 6), (x, self.foot)], fill=GRID, width=1)
            if abs(x - self.scale.x(self.gantt.now)) > ROOM:  # today's line would cross it
                said = near_day(monday, self.gantt.now.date())
                self.pen.text((x, HEAD - 12), said, GREY, plain(SMALL), anchor="ms")

    def _today(self) -> None:
        x = self.scale.x(self.gantt.now)
        self.pen.line([(x, HEAD - 36), (x, self.foot)], fill=TODAY, width=3)
        said = f"today, {short_day(self.gantt.now.date())}"
        x = min(max(x, self.left + 60), self.right - 60)
        self.pen.text((x, HEAD - 40), said, TODAY, plain(SMALL), anchor="ms")

    def _seen(self, bar: Bar) -> bool:
        return bar.ends >= self.scale.first and bar.begins <= self.scale.last

    def _bar(self, bar: Bar, top: int) -> None:
        left, right = self.scale.x(bar.begins), self.scale.x(bar.ends)
        self._swatch(bar.kind, left, max(right, left + 4), top)
        if bar.word and plain(SMALL).getlength(bar.word) + 8 <= right - left:
            middle = ((left + right) // 2, top + BAR // 2)
            self.pen.text(middle, bar.word, INK, plain(SMALL), anchor="mm")

    def _swatch(self, kind: Kind, left: int, right: int, top: int) -> None:
        box = (left, top, right, top + BAR)
        if kind is Kind.PLAN:
            self.pen.rectangle(box, fill=PAPER)
            self._dashes(box)
            return
        self.pen.rectangle(box, fill=FILLS[kind])
        if kind is Kind.LATE:
            self._hatch(box)
        self.pen.rectangle(box, outline=INK, width=2)

    def _hatch(self, box: tuple[int, int, int, int]) -> None:
        left, top, right, bottom = box
        part = Image.new("RGB", (right - left + 1, bottom - top + 1), FILLS[Kind.LATE])
        pen, (width, height) = ImageDraw.Draw(part), part.size
        for x in range(-height, width, 9):
            pen.line([(x, height), (x + height, 0)], fill=TODAY, width=2)
        self.image.paste(part, (left, top))

    def _dashes(self, box: tuple[int, int, int, int]) -> None:
        left, top, right, bottom = box
        for x in range(left, right, 10):
            for y in (top, bottom):
                self.pen.line([(x, y), (min(x + 5, right), y)], fill=GREY, width=2)
        for y in range(top, bottom, 10):
            for x in (left, right):
                self.pen.line([(x, y), (x, min(y + 5, bottom))], fill=GREY, width=2)

    def _diamond(self, x: int, y: int) -> None:
        corners = [(x, y - 10), (x + 10, y), (x, y + 10), (x - 10, y)]
        self.pen.polygon(corners, fill=PAPER, outline=INK, width=2)

    def _legend(self) -> None:
        x, top = MARGIN, self.image.height - FOOT + 34
        for kind, said in WORDS.items():
            self._swatch(kind, x, x + 46, top)
            x = self._said(said, x + 58, top)
        self._diamond(x + 10, top + BAR // 2)
        self._said(OVERRIDDEN, x + 30, top)

    def _said(self, said: str, x: int, top: int) -> int:
        """Where the next one begins."""
        self.pen.text((x, top + 2), said, GREY, plain(SMALL))
        return x + round(plain(SMALL).getlength(said)) + 36
