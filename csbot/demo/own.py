"""The demo with one's own accounts: the file is read here and goes nowhere else."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.accounts.rules import name_key
from csbot.alerts.model import Alert
from csbot.alerts.reconcile import detect
from csbot.demo import company
from csbot.demo.people import MONDAY_ZONE, TEAM, Mate
from csbot.imports.command import GOOD, import_command
from csbot.imports.errors import UnusableFile
from csbot.imports.kinds import Options
from csbot.imports.reading import read_table
from csbot.team.model import TeamMember
from csbot.wiring import Wiring
from messages.text import plural

SEVERITIES = {"critical": "critical", "soon": "soon", "info": "for information"}
OWNERS_MAX = 30  # in the menu of people one can act as


@dataclass(frozen=True)
class Own:
    """`people` begins with whoever owns most; `account` is one that a command can name."""

    people: list[Mate]
    account: str
    summary: str


def import_own(wiring: Wiring, file: Path, *, monday: datetime) -> Own | None:
    """None when the file could not be imported; its report has said line, column and mend."""
    owners = named_in(file)
    with wiring.sessions.begin() as session:
        company.fill_team(session, monday=monday, team=[*TEAM, *owners])
    if import_command(wiring, "accounts", file) != GOOD:
        with wiring.sessions.begin() as session:
            company.forget_team(session)
        typer.echo("The demo shows its sample company instead.")
        return None
    with wiring.sessions.begin() as session:
        handed_out = _hand_out(session)
        people = _by_accounts(session, [*owners, *TEAM], alone=len(owners) > 1)
        account = _speakable(session)
        accounts = session.scalar(select(func.count(Account.id))) or 0
    shown = [f"{file.name}: {plural(accounts, 'account')}", _whose(owners, handed_out)]
    shown.append(_alerts(wiring, monday))
    return Own(people, account, " ".join(shown))


def named_in(file: Path) -> list[Mate]:
    """The owners that the file names and the demo's team does not have."""
    try:
        table = read_table(file.read_bytes(), kind="accounts", options=Options())
    except (OSError, UnusableFile):
        return []
    found: dict[str, tuple[str, str]] = {}  # what the file says of each, by how it is compared
    counted: Counter[str] = Counter()
    for record in table.records:
        address, name = (str(record.values.get(f) or "") for f in ("owner_email", "owner"))
        key = name_key(address or name)
        found.setdefault(key, (address, name))
        counted[key] += 1
    known = {name_key(word) for mate in TEAM for word in (mate.name, mate.email)} | {""}
    strangers = [found[key] for key, _ in counted.most_common() if key not in known]
    return [_mate(*one, number) for number, one in enumerate(strangers, 1)]


def _mate(address: str, name: str, number: int) -> Mate:
    """Somebody known by an address or a name only; the first of them can be acted as."""
    if "@" in name and not address:
        address, name = name, ""
    words = address.split("@")[0].translate(str.maketrans("._-", "   "))
    return Mate(
        f"U_OWN{number}" if number <= OWNERS_MAX else "",
        name or words.title() or address,
        "csm",
        "Named in your file",
        MONDAY_ZONE,
        "U_PRIYA",
        address or f"owner{number}@northwind.example",
    )


def _hand_out(session: Session) -> bool:
    """A file without any owner: the sample team looks after its accounts, in turns."""
    if session.scalar(select(Account.id).where(Account.owner_id.is_not(None)).limit(1)):
        return False
    csms = session.scalars(
        select(TeamMember.id).where(TeamMember.role == "csm").order_by(TeamMember.id)
    ).all()
    ids = session.scalars(select(Account.id).order_by(Account.id)).all()
    rows = [{"id": id, "owner_id": csms[n % len(csms)]} for n, id in enumerate(ids)]
    session.execute(update(Account), rows)
    return True


def _by_accounts(session: Session, people: Iterable[Mate], *, alone: bool) -> list[Mate]:
    """Whoever owns most comes first; `alone`, sample CSMs with nothing to do leave the team."""
    owned = dict(
        session.execute(
            select(TeamMember.slack_id, func.count(Account.id))
            .join(Account, Account.owner_id == TeamMember.id)
            .group_by(TeamMember.slack_id)
        ).all()
    )
    idle = {mate.slack_id for mate in TEAM if mate.role == "csm"} - set(owned) if alone else set()
    session.execute(delete(TeamMember).where(TeamMember.slack_id.in_(idle)))
    reachable = [mate for mate in people if mate.slack_id and mate.slack_id not in idle]
    return sorted(reachable, key=lambda mate: -owned.get(mate.slack_id, 0))


def _speakable(session: Session) -> str:
    """The name that is the least trouble to type."""
    names = session.scalars(select(Account.name).order_by(Account.id).limit(200)).all()
    plain = [name for name in names if name.replace(" ", "").isalnum()]
    return min(plain or names, key=len, default="")


def _whose(owners: list[Mate], handed_out: bool) -> str:
    if handed_out:
        return "without owners, so Dana, Lee and Sam share them."
    if owners:
        joined = "has joined" if len(owners) == 1 else "have joined"
        return f"of {plural(len(owners), 'owner')} who {joined} the demo's team: act as them."
    return "of the sample team."


def _alerts(wiring: Wiring, monday: datetime) -> str:
    """What the first run would raise; tried and taken back."""
    with wiring.sessions() as session:
        found = detect(session, settings=wiring.settings, now=monday)
        counted = dict(
            session.execute(
                select(Alert.severity, func.count(Alert.id)).group_by(Alert.severity)
            ).all()
        )
        session.rollback()
    if not found.raised:
        return "Nothing in them needs anybody this Monday."
    parts = [f"{counted[key]} {word}" for key, word in SEVERITIES.items() if counted.get(key)]
    said = f"{plural(found.raised, 'alert')} ({', '.join(parts)})."
    if found.raised <= wiring.settings.config.holds.above:
        return f"This Monday they raise {said}"
    return f"This Monday they would raise {said} Alex, the admin, is asked first: act as Alex."
