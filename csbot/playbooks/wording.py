"""Whether the words of a file can be written: tried with a made-up customer, who has everything."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from csbot.accounts.model import Account
from csbot.conditions.kinds import Field, Kind
from csbot.contacts import Contact
from csbot.meetings.model import Meeting
from csbot.misfit import unknown
from csbot.playbooks.case import Case
from csbot.playbooks.definition import EmailStep, SmsStep, Step
from csbot.playbooks.problems import Path, Problem
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches import words
from csbot.touches.settings import LINKS
from messages.letters import Unwritten, Values, blocks_of, names_in, template, write
from messages.render import templates

INTERNAL = re.compile(
    r"\b(health(?:_status)?|scor(?:e|es|ing)|churn\w*|arr|mrr|nps|csms?|csbot|playbooks?|detractors?|segments?)\b",
    re.IGNORECASE,
)
ASKED = re.compile(r"\{%[^\n]*?%\}")
TEAM = {
    "alert": ("title", "why", "next"),
    "notify": ("text",),
    "task": ("title",),
    "meeting": ("title", "agenda", "objectives"),
    "score": ("reason",),
    "escalate": ("why",),
}
LETTER = "touch_"


class Text(NamedTuple):
    """Words at a place of a file; `block` of the template that it names there."""

    path: Path
    source: str
    block: str | None = None


def problems(case: Case) -> Iterator[Problem]:
    values = _values(case)
    for path, step in case.steps():
        here, spec = (*path, step.kind), step.spec
        if isinstance(spec, EmailStep | SmsStep):
            yield from _letter(case, here, spec, words.outward(values))
        else:
            for text in _of_team(step, here):
                yield from _text(case, text, values)
    yield from _unset(case)


def _of_team(step: Step, path: Path) -> Iterator[Text]:
    for name in TEAM.get(step.kind, ()):
        if said := getattr(step.spec, name):
            yield Text((*path, name), said)
    for name in ("add", "remove") if step.kind == "tag" else ():
        for at, said in enumerate(getattr(step.spec, name)):
            yield Text((*path, name, at), said)


def _letter(
    case: Case, path: Path, spec: EmailStep | SmsStep, values: Mapping[str, Any]
) -> Iterator[Problem]:
    try:
        subjects, bodies = _subjects(spec, path), _bodies(spec, path)
    except Unwritten:
        known = [name[len(LETTER) : -3] for name in templates().list_templates()
                 if name.startswith(LETTER) and name != f"{LETTER}{words.FOOTER}.j2"]  # fmt: skip
        said = unknown(spec.template or "", known, "template")
        yield case.marks.problem((*path, "template"), said, at_value=True)
        return
    for text in (*subjects, *bodies):
        found = list(_text(case, text, values))
        yield from found or _outward(case, text, values, _too_long(spec, text in subjects))


def _subjects(spec: EmailStep | SmsStep, path: Path) -> list[Text]:
    if isinstance(spec, SmsStep):
        return []
    found = [Text((*path, "subject"), spec.subject)] if spec.subject else []
    if spec.template and not spec.subject:
        found.append(Text((*path, "template"), template(spec.template), "subject"))
    tones = [((*path, "tones", status, "subject"), t.subject) for status, t in spec.tones.items()]
    return found + [Text(place, said) for place, said in tones if said]


def _bodies(spec: EmailStep | SmsStep, path: Path) -> list[Text]:
    if spec.template:
        found = [Text((*path, "template"), template(spec.template), "text")]
    else:
        found = [Text((*path, "text"), spec.text or "")]
    tones = spec.tones.items() if isinstance(spec, EmailStep) else ()
    return found + [Text((*path, "tones", status, "text"), tone.text) for status, tone in tones]


def _text(case: Case, text: Text, values: Mapping[str, Any]) -> Iterator[Problem]:
    """What keeps the words from being written, whomever they are for."""
    try:
        if text.block and text.block not in blocks_of(text.source):
            raise Unwritten(f"the template has no block `{text.block}`")
        absent = [name for name in sorted(names_in(text.source)) if not _is_known(name, values)]
        for name in absent:
            said = unknown(name, _names(values), "variable")
            yield case.marks.in_text(text.path, _line(text.source, name), said)
        if not absent:
            write(text.source, values, block=text.block)
    except Unwritten as wrong:
        said = f"the words cannot be written: {wrong.reason}"
        yield case.marks.in_text(text.path, wrong.line, said)


def _line(source: str, name: str) -> int:
    return source.count("\n", 0, max(source.find(name), 0)) + 1


def _is_known(name: str, values: Mapping[str, Any]) -> bool:
    part, _, attribute = name.partition(".")
    group = values.get(part)
    return part == "loop" or (isinstance(group, Values) and attribute in group.known)


def _names(values: Mapping[str, Any]) -> list[str]:
    groups = [group for group in values.values() if isinstance(group, Values)]
    return [f"{group.name}.{name}" for group in groups for name in group.known]


def _too_long(spec: EmailStep | SmsStep, is_subject: bool) -> int | None:
    if isinstance(spec, SmsStep):
        return words.SMS_MAX
    return words.SUBJECT_MAX if is_subject else None


def _outward(
    case: Case, text: Text, values: Mapping[str, Any], longest: int | None
) -> Iterator[Problem]:
    """What words to a customer should not be."""
    written = write(text.source, values, block=text.block)
    if longest and len(written) > longest:
        said = f"comes to {len(written)} characters for a usual customer; at most {longest} fit"
        yield case.marks.problem(text.path, said, at_value=True)
    shown = written if text.block else ASKED.sub(lambda asked: " " * len(asked[0]), text.source)
    if found := INTERNAL.search(shown):
        said = f"`{found[0]}` is a word of ours; say it as the customer would"
        line = shown.count("\n", 0, found.start()) + 1
        yield replace(case.marks.in_text(text.path, line, said), warning=True)


def _unset(case: Case) -> Iterator[Problem]:
    """Whatever csbot.toml does not say yet: without it the words are not sent."""
    company = case.settings.config.company
    fields = {f"links.{name}": f"{name}{LINKS}" for name in words.LINK_NAMES}
    fields |= {"company.name": "name", "company.product": "product"}
    used = set().union(*(_used(step, path) for path, step in case.steps()))
    unset = [
        field for name, field in fields.items() if name in used and not getattr(company, field)
    ]
    if unset:
        said = f"what it writes needs {', '.join(unset)} in [company] of csbot.toml; set them there"
        yield case.marks.problem(("steps",), said, warning=True)


def _used(step: Step, path: Path) -> set[str]:
    """The variables of what a step writes; none of words that cannot be read."""
    spec = step.spec
    try:
        letter = isinstance(spec, EmailStep | SmsStep)
        texts = [*_subjects(spec, path), *_bodies(spec, path)] if letter else _of_team(step, path)
        return set().union(*(names_in(text.source) for text in texts))
    except Unwritten:
        return set()


def _values(case: Case) -> dict[str, Any]:
    """The variables there are, with an example each."""
    facts = case.trigger.facts if case.trigger else {}
    recipient = words.Recipient(
        account=ACCOUNT,
        contact=CONTACT,
        owner=OWNER,
        facts={name.partition(".")[2]: example(field) for name, field in facts.items()},
        meeting=MEETING if case.trigger and case.trigger.part == "meeting" else None,
        unsubscribe_url=words.ADDRESS,
    )
    return words.values_for(recipient, _with_company(case.settings))


def _with_company(settings: Settings) -> Settings:
    config = settings.config.model_copy(update={"company": words.COMPANY})
    return replace(settings, config=config)


def example(field: Field) -> Any:
    """What a fact of a trigger may be, as it would be seen."""
    if field.kind is Kind.NUMBER:
        return float(field.example)
    if field.kind is Kind.FLAG:
        return field.example == "true"
    return [field.example] if field.kind is Kind.SET else field.example


ACCOUNT = Account(
    name="Quietwater Freight",
    plan="Professional",
    segment="mid-market",
    health_status="Healthy",
    renewal_on=date(2027, 1, 10),
)
CONTACT = Contact(name="Ann Lee", email="ann@quietwater.example", role="champion", timezone="UTC")
OWNER = TeamMember(name="Dana Reyes", email="dana@vendor.example", timezone="UTC")
MEETING = Meeting(
    title="Success session",
    starts_at=datetime.fromisoformat("2026-11-24T10:00:00+00:00"),
    duration_minutes=30,
    agenda="The Shipments board",
    objectives="Three teams on board",
)
