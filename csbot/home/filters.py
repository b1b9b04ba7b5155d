"""Which accounts a list shows, carried by its buttons. Pure."""

from dataclasses import dataclass, replace

from csbot.errors import Refused
from csbot.words import number

OLD = "This button is from an older version of the list. Open Home again."
RISKS = ("critical", "alerts", "struggling", "steady", "healthy", "thriving")
KEY_MAX = 12


@dataclass(frozen=True)
class Filters:
    """`owner` is a team member's id, 0 for everybody's; `segment` and `stage` are keys."""

    owner: int
    page: int = 1
    segment: str = ""
    stage: str = ""
    risk: str = ""

    def code(self) -> str:
        """At most 75 characters, as an option's value may be."""
        return f"{self.owner}|{self.page}|{self.segment}|{self.stage}|{self.risk}"

    def turned(self, by: int) -> "Filters":
        return replace(self, page=max(1, self.page + by))


def from_code(code: str) -> Filters:
    """The filters that a button carries; Refused when it is none of ours."""
    parts = code.split("|")
    if len(parts) != 5:
        raise Refused(OLD)
    owner, page, (segment, stage, risk) = number(parts[0]), number(parts[1]), parts[2:]
    keys = all(key == "" or (key.isalnum() and len(key) <= KEY_MAX) for key in (segment, stage))
    if owner is None or not page or not keys or risk not in ("", *RISKS):
        raise Refused(OLD)
    return Filters(owner, page, segment, stage, risk)
