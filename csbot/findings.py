"""What an examination found: how bad, what, and the mend."""

from dataclasses import dataclass

OK, WARN, BAD = "ok", "warn", "bad"
ASK = "ask"  # what csbot cannot see for itself
MARKS = {OK: "✓", WARN: "!", BAD: "✗", ASK: "?"}


@dataclass(frozen=True)
class Finding:
    level: str
    what: str
    mend: str = ""


@dataclass(frozen=True)
class Report:
    findings: list[Finding]

    @property
    def well(self) -> bool:
        return all(finding.level != BAD for finding in self.findings)

    def text(self) -> str:
        """A line a finding, its mend under it, and at the end the next thing to do."""
        lines = []
        for finding in self.findings:
            lines.append(f"{MARKS[finding.level]} {finding.level:4} {finding.what}")
            if finding.mend:
                lines.append(f"       mend: {finding.mend}")
        first = next((f for f in self.findings if f.level == BAD), None)
        lines.append(f"Next: {first.mend}" if first else "All is well. Next: csbot run")
        return "\n".join(lines)
