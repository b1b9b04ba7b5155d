"""The settings that can be changed in Slack, as people read them: sections of at most six."""

from dataclasses import dataclass
from typing import NamedTuple


class Knob(NamedTuple):
    """`unit` follows the value; `reach`: one of the ways in which alerts reach people."""

    key: str
    label: str
    unit: str = ""
    reach: bool = False
    lines: bool = False


@dataclass(frozen=True)
class Section:
    title: str
    about: str
    knobs: tuple[Knob, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(knob.key for knob in self.knobs)


SECTIONS = {
    "channels": Section(
        "Channels and routing",
        "An account's own channel wins, then its segment's, then the one for alerts.",
        (
            Knob("channels.alerts", "Alerts go to"),
            Knob("channels.renewals", "Renewal alerts go to"),
            Knob("channels.wins", "Wins go to"),
            Knob("channels.segments", "Segments with a channel of their own", lines=True),
        ),
    ),
    "work": Section(
        "What becomes an alert",
        "The next look at all accounts goes by them; a playbook's own limits stay.",
        (
            Knob("thresholds.inactive_days", "Nobody has logged in for", "days"),
            Knob("thresholds.task_due_soon_days", "A task is due within", "days"),
            Knob("thresholds.renewal_window_days", "A renewal without a next step within", "days"),
            Knob("thresholds.meeting_soon_minutes", "A meeting is soon within", "minutes"),
            Knob("thresholds.feedback_alert_days", "Unanswered feedback counts for", "days"),
            Knob("thresholds.group_above", "One message for alerts of a kind above", "alerts"),
        ),
    ),
    "worth": Section(
        "Money, health and scores",
        "They decide how bad something is.",
        (
            Knob("thresholds.high_arr", "Much ARR is from", "a year"),
            Knob("thresholds.low_health", "Poor health is under", "of 100"),
            Knob("thresholds.nps_detractor_max", "NPS: unhappy is at most", "of 10"),
            Knob("thresholds.csat_negative_max", "CSAT: unhappy is at most", "of 5"),
            Knob("thresholds.happiness_negative_max", "Happiness: unhappy is at most", "of 5"),
            Knob("thresholds.enterprise_arr", "Enterprise onboarding is from", "a year"),
        ),
    ),
    "next": Section(
        "Who hears next, and when",
        "What happens when nobody has taken an alert, and for how long an act can be taken back.",
        (
            Knob("thresholds.dm_after_minutes", "Critical: a direct message after", "minutes"),
            Knob(
                "thresholds.escalate_after_working_hours", "Goes up to the manager after",
                "working hours",
            ),
            Knob("thresholds.undo_minutes", "An act can be taken back for", "minutes"),
        ),
    ),
    "quiet": Section(
        "Quiet start and floods",
        "More than this at once waits for an admin, under Alerts held back.",
        (
            Knob("holds.above", "Held back above", "alerts at once"),
            Knob("holds.times", "A flood is more than", "times what is usual"),
            Knob("holds.days", "What is usual is of the last", "days"),
        ),
    ),
    "roles": Section(
        "Role defaults",
        "How alerts reach everybody who has not chosen; critical ones reach everybody.",
        (
            Knob("alerts_by.admin", "Admins", reach=True),
            Knob("alerts_by.manager", "Managers", reach=True),
            Knob("alerts_by.csm", "CSMs", reach=True),
            Knob("alerts_by.viewer", "Viewers", reach=True),
        ),
    ),
    "sources": Section(
        "Health of sources",
        "A source counts as silent after so many hours without a word; 0 is never.",
        (
            Knob("silent_after.usage", "Usage", "hours"),
            Knob("silent_after.billing", "Billing", "hours"),
            Knob("silent_after.surveys", "Surveys", "hours"),
            Knob("silent_after.tickets", "Tickets", "hours"),
            Knob("silent_after.meetings", "Meetings", "hours"),
            Knob("silent_after.generic", "Other events", "hours"),
        ),
    ),
}  # fmt: skip
TO_READ = {"holds": "Alerts held back", "errors": "Last errors"}
TITLES = {name: part.title for name, part in SECTIONS.items()} | TO_READ
KNOBS = {knob.key: knob for part in SECTIONS.values() for knob in part.knobs}
WAYS = {
    "mention": "in the channel, mentioning them",
    "dm": "as a direct message",
    "digest": "in their digest; critical ones mention them",
}
