"""What `csbot doctor` says of playbooks, by their files alone."""

from collections.abc import Iterator
from datetime import date

from csbot.findings import OK, WARN, Finding
from csbot.playbooks.examining import Examiner
from csbot.playbooks.folders import look
from csbot.settings import Settings
from messages.text import plural


def findings(settings: Settings, *, today: date) -> Iterator[Finding]:
    """A broken file is no fault that stops csbot: its last good version stays in force."""
    folders = look(settings)
    if folders.away:
        yield Finding(WARN, f"playbooks: {folders.away}", "see that csbot may read the folder")
        return
    examine = Examiner(folders.names, settings, today)
    broken = [name for name in folders.names if examine(folders.found[name]).broken]
    for name in broken:
        mend = f"run: csbot playbook lint {name}"
        yield Finding(WARN, f"playbook {name}: its file cannot be used", mend)
    if not broken:
        yield Finding(OK, f"playbooks: all {plural(len(folders.names), 'file')} can be used")
