"""Draws bars as a PNG, for workspaces that take no charts of Slack's own and for slides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from PIL import Image, ImageDraw

from csbot.onboarding.gantt_letters import fitted, plain
from csbot.playbooks.diagram.picture import GREY, INK, MARGIN, PAPER, STRIPES, encode
from messages.charts import Bar
from messages.text import Money, clean, clip, short_money

LABEL, FIELD, NOTE = 330, 880, 150  # pixels, from left to right
BAR, GAP, PAD, HEAD = 24, 4, 12, 112
TEXT, SMALL, TITLE = 22, 19, 34
FILLS = ("#c9d8f0", "#1f4e9c")  # light and dark: told apart without colours, too
GRID = "#dddde2"
STEPS = [Decimal(tenths) / 10 for tenths in (2, 4, 5, 6, 8, 10, 20)]  # of a power of ten


@dataclass(frozen=True)
class Bars:
    """Series of the same labels, in thousands of `currency`."""

    title: str
    currency: str
    series: Mapping[str, Sequence[Bar]]

    @property
    def labels(self) -> list[str]:
        return [bar.label for bar in next(iter(self.series.values()))]

    def alternative(self) -> str:
        """What the picture shows, for whoever cannot see it."""
        rows = zip(*self.series.values(), strict=True)
        said = (
            f"{row[0].label} "
            + ", ".join(
                f"{name.lower()} {self.amount(bar)}"
                for name, bar in zip(self.series, row, strict=True)
            )
            for row in rows
        )
        return clip(" ".join(clean(f"{self.title}: {'; '.join(said)}").split()), 900)

    def amount(self, bar: Bar) -> str:
        return short_money(Money(bar.value * 1000, self.currency))


def draw(bars: Bars) -> bytes:
    """A row for each label, below each other so that long names have room."""
    height = PAD * 2 + len(bars.series) * (BAR + GAP)
    bottom = HEAD + height * len(bars.labels)
    size = (2 * MARGIN + LABEL + FIELD + NOTE, bottom + 56)
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    _head(pen, bars)
    top = _scale(pen, bars, bottom)
    for nth, label in enumerate(bars.labels):
        y = HEAD + nth * height
        if nth % 2 == 0:
            pen.rectangle((MARGIN, y, size[0] - MARGIN, y + height), fill=STRIPES[0])
        _grid(pen, y, y + height)
        line, font = fitted(label, TEXT, LABEL - 24, "?")
        pen.text((MARGIN + 8, y + height // 2), line, INK, font, anchor="lm")
        for which, series in enumerate(bars.series.values()):
            _bar(pen, bars, series[nth], top, y + PAD + which * (BAR + GAP), FILLS[which])
    return encode(image)


def _head(pen: ImageDraw.ImageDraw, bars: Bars) -> None:
    line, font = fitted(bars.title, TITLE, LABEL + FIELD + NOTE)
    pen.text((MARGIN, MARGIN), line, INK, font)
    x = MARGIN + 8
    for name, fill in zip(bars.series, FILLS, strict=False):
        pen.rectangle((x, 76, x + 22, 98), fill=fill, outline=INK)
        pen.text((x + 32, 87), name, INK, plain(SMALL), anchor="lm")
        x += 60 + int(plain(SMALL).getlength(name))


def _scale(pen: ImageDraw.ImageDraw, bars: Bars, bottom: int) -> Decimal:
    """The amount at the right end of the field, a multiple of a round step."""
    most = max([Decimal(1), *(bar.value for series in bars.series.values() for bar in series)])
    power = Decimal(10) ** (most.adjusted())
    step = next(power * step for step in STEPS if power * step * 5 >= most)
    top = step * 5
    for nth in range(6):
        at = Bar("", step * nth)
        x = MARGIN + LABEL + FIELD * nth // 5
        pen.text((x, bottom + 12), bars.amount(at), GREY, plain(SMALL), anchor="ma")
    return top


def _grid(pen: ImageDraw.ImageDraw, y: int, below: int) -> None:
    for nth in range(6):
        x = MARGIN + LABEL + FIELD * nth // 5
        pen.line((x, y, x, below), fill=GRID)


def _bar(pen: ImageDraw.ImageDraw, bars: Bars, bar: Bar, top: Decimal, y: int, fill: str) -> None:
    left = MARGIN + LABEL
    right = left + int(FIELD * max(Decimal(0), bar.value) / top)
    if right > left:
        pen.rectangle((left, y, right, y + BAR), fill=fill, outline=INK)
    pen.text((right + 10, y + BAR // 2), bars.amount(bar), INK, plain(SMALL), anchor="lm")
