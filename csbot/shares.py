"""How sure a share is: few that were counted say little."""

from dataclasses import dataclass
from math import sqrt

SURE = 1.96  # standard deviations: 95 %


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, with the bounds of its 95 % interval by Wilson's formula."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def bounds(self) -> tuple[float, float]:
        """0 to 1 where nothing was counted: nothing is known then."""
        if not self.whole:
            return 0.0, 1.0
        n, p, z = self.whole, self.part / self.whole, SURE
        middle, size = p + z * z / (2 * n), 1 + z * z / n
        spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = (middle - spread) / size, (middle + spread) / size
        # At the ends the formula is exactly 0 and 1, up to rounding.
        return (0.0 if not self.part else low), (1.0 if self.part == n else high)
