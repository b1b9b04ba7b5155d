"""What an import did, would do, or refused to do."""

from dataclasses import dataclass, field

from csbot.imports.errors import Problem, Problems

NOTICES_SHOWN = 40


@dataclass(slots=True)
class Report:
    """`created`, `changed` and `unchanged` count rows of the file; all 0 when one was bad."""

    kind: str
    dry_run: bool
    rows: int
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    notices: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)

    @property
    def ok(self) -> bool:
        return not len(self.problems)

    def count(self, created: int, changed: int, unchanged: int) -> None:
        self.created += created
        self.changed += changed
        self.unchanged += unchanged

    def bad(self) -> list[Problem]:
        return self.problems.shown()

    def summary(self) -> str:
        """One sentence for the person who ran it."""
        if not self.ok:
            count = len(self.problems)
            cells = "1 cell is" if count == 1 else f"{count:,} cells are"
            where = f"{self.problems.lines:,} of {self._rows()}"
            return f"Nothing was imported: {cells} wrong, in {where}."
        would = "would be " if self.dry_run else ""
        return (
            f"{self._rows()}: {self.created:,} {would}created, "
            f"{self.changed:,} {would}changed, {self.unchanged:,} unchanged."
        )

    def _rows(self) -> str:
        return f"{self.rows:,} {'row' if self.rows == 1 else 'rows'} of {self.kind}"

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "ok": self.ok,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "notices": self.notices[:NOTICES_SHOWN],
            "problems": [problem.as_json() for problem in self.bad()],
            "problem_count": len(self.problems),
        }
