"""Which change can be put back and how, and why the others cannot: one table, verb by verb."""

from csbot.access import May
from csbot.undoing import (
    absences,
    accounts,
    alerts,
    notes,
    onboarding,
    onboarding_facts,
    people,
    renewals,
    work,
)
from csbot.undoing.way import Way

WAYS = {
    "account.assigned": Way(May.ASSIGN_OWN, accounts.assigned),
    "account.health_set": Way(May.EDIT_ACCOUNTS, accounts.health_set),
    "account.tagged": Way(May.EDIT_ACCOUNTS, accounts.tagged),
    "alert.done": Way(May.ACT_ON_ALERTS, alerts.done),
    "alert.handed_over": Way(May.ACT_ON_ALERTS, alerts.stood),
    "alert.judged": Way(May.ACT_ON_ALERTS, alerts.judged),
    "alert.muted": Way(May.ACT_ON_ALERTS, alerts.muted),
    "alert.snoozed": Way(May.ACT_ON_ALERTS, alerts.stood),
    "alert.taken": Way(May.ACT_ON_ALERTS, alerts.stood),
    "alert.unmuted": Way(May.ACT_ON_ALERTS, alerts.muted),
    "alert.woken": Way(May.ACT_ON_ALERTS, alerts.stood),
    "away.ended": Way(May.SETTINGS_OWN, absences.changed),
    "away.moved": Way(May.SETTINGS_OWN, absences.changed),
    "away.set": Way(May.SETTINGS_OWN, absences.said),
    "checkin.logged": Way(May.LOG, work.checkin_logged),
    "first_value.reached": Way(May.ADVANCE, onboarding.first_value),
    "feedback.answered": Way(May.LOG, work.feedback_answered),
    "feedback.recorded": Way(May.LOG, work.feedback_recorded),
    "meeting.added": Way(May.LOG, work.meeting_added),
    "meeting.outcome": Way(May.LOG, work.meeting_outcome),
    "meeting.updated": Way(May.LOG, work.meeting_moved),
    "message.kept": Way(May.LOG, work.message_kept),
    "note.added": Way(May.LOG, notes.note_added),
    "onboarding.finished": Way(May.ADVANCE, onboarding.moved),
    "onboarding.people": Way(May.EDIT_ACCOUNTS, onboarding_facts.people_named),
    "onboarding.requirements": Way(May.EDIT_ACCOUNTS, onboarding_facts.requirements),
    "onboarding.started": Way(May.ADVANCE, onboarding.moved),
    "onboarding.track": Way(May.ADVANCE, onboarding.track),
    "playbook.as_before": Way(May.ACT_ON_ALERTS, alerts.digest_only),
    "playbook.digest_only": Way(May.ACT_ON_ALERTS, alerts.digest_only),
    "renewal.changed": Way(May.FORECAST, renewals.changed),
    "renewal.next_step": Way(May.LOG, work.next_step),
    "renewal.won": Way(May.CLOSE, renewals.won),
    "settings.changed": Way(May.SETTINGS_ALL, people.setting_changed),
    "stage.advanced": Way(May.ADVANCE, onboarding.moved),
    "stage.ticked": Way(May.ADVANCE, onboarding.ticked),
    "task.added": Way(May.TASKS, work.task_added),
    "task.finished": Way(May.TASKS, work.task_finished),
    "task.postponed": Way(May.TASKS, work.task_postponed),
    "team.alerts_chosen": Way(May.SETTINGS_OWN, people.alerts_chosen),
    "team.settings_changed": Way(May.SETTINGS_OWN, people.settings_changed),
}
# A later one may be of another part or of another person: these look at their own.
OF_PARTS = {
    "account.tagged",
    "alert.judged",
    "onboarding.people",
    "playbook.as_before",
    "playbook.digest_only",
}

BY_ITSELF = "csbot did that by itself."
FROM_OUTSIDE = "It came from another system, which would tell it anew."
IN_A_FILE = "Change the file and import it again."
# A word that ends in a dot or underscore stands for all that begin with it, the longest first.
STAYS = {
    "account.": IN_A_FILE,
    "alert.": BY_ITSELF,
    "app.": "Slack decides on that.",
    "alert.undone": "Acknowledge it again.",
    "billing.": FROM_OUTSIDE,
    "calendar.": FROM_OUTSIDE,
    "channel.": BY_ITSELF,
    "channel.followed": "`/cs unfollow` in the channel ends it.",
    "channel.unfollowed": "`/cs follow` in the channel, with the name, begins anew.",
    "churn.": "`/cs churn` with the name has *They Stay*, for a customer who does after all.",
    "churn.withdrawn": "Should they leave after all, `/cs churn` with the name records it anew.",
    "contact.": "Only the customer takes back what they said.",
    "event.": FROM_OUTSIDE,
    "feedback.": FROM_OUTSIDE,
    "hold.": "What was held back has been decided on: who was told cannot be untold.",
    "import": IN_A_FILE,
    "inbox.": "What was dropped can be sent again by its sender.",
    "key.": "A new key is made with `csbot keys create`.",
    "match": BY_ITSELF,
    "meeting.": FROM_OUTSIDE,
    "onboarding.": BY_ITSELF,
    "person.": "What was erased is nowhere any more.",
    "playbook.": "Playbooks have a switch of their own: `/cs playbook`. What they began goes on.",
    "playbook.threshold_wished": "Whoever answers for the playbook reads it; wish for another one.",
    "promise.": "Take more time, or hand it over.",
    "renewal.": BY_ITSELF,
    "renewal.lost": "For a customer who stays after all `/cs churn` with the name has *They Stay*.",
    "revenue.": IN_A_FILE,
    "task.": BY_ITSELF,
    "team.": "An admin changes who is in the team, and as what.",
    "ticket.": FROM_OUTSIDE,
    "touch.": "Messages to customers are decided on once: who has read one cannot unread it.",
    "undo.": "Do it anew instead.",
    "usage.": FROM_OUTSIDE,
}


def why_not(verb: str) -> str | None:
    """Why a change of this verb stays, None when it can be put back."""
    if verb in WAYS:
        return None
    fitting = [
        word for word in STAYS if verb == word or (word[-1] == "." and verb.startswith(word))
    ]
    return STAYS[max(fitting, key=len)] if fitting else "I know no way back from it."
