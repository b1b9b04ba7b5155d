"""Names that live on in Slack's history. Never rename, never reuse: add a new one."""

from enum import StrEnum


class Action(StrEnum):
    """`action_id` of buttons, menus and selects."""

    ALERT_TAKE = "alert.take.v1"
    ALERT_CHECKIN = "alert.checkin.v1"
    ALERT_HAND_OVER = "alert.hand_over.v1"
    ALERT_MORE = "alert.more.v1"
    ALERT_PICK = "alert.pick.v1"
    ALERT_SHOW_ALL = "alert.show_all.v1"
    DIGEST_SHOW = "digest.show.v1"
    RENEWALS_PAGE = "renewals.page.v1"
    RENEWALS_MORE = "renewals.more.v1"
    RENEWAL_CHANGE = "renewal.change.v1"
    ACCOUNT_PICK = "account.pick.v1"
    ACCOUNT_OPEN = "account.open.v1"
    ACCOUNT_SELECT = "account.select.v1"
    STAGE_ADVANCE = "stage.advance.v1"
    STAGE_TICK = "stage.tick.v1"
    STAGE_OVERRIDE = "stage.override.v1"
    TASK_DONE = "task.done.v1"
    FORM_OPEN = "form.open.v1"
    ACCESS_ASK = "access.ask.v1"
    ACCESS_GRANT = "access.grant.v1"
    SETTINGS_EDIT = "settings.edit.v1"
    ANSWER_KEEP = "answer.keep.v1"
    INPUT = "input.v1"
    RENEWALS_BACK = "renewals.back.v1"


class View(StrEnum):
    """`callback_id` of forms."""

    CHECKIN = "checkin.log.v1"
    SNOOZE = "alert.snooze.v1"
    REASSIGN = "alert.reassign.v1"
    WHY = "alert.why.v1"
    GROUP = "alert.group.v1"
    TASK = "task.create.v1"
    MEETING = "meeting.add.v1"
    FEEDBACK = "feedback.record.v1"
    HEALTH = "health.set.v1"
    ASSIGN = "account.assign.v1"
    ACCOUNT = "account.show.v1"
    RENEWAL = "renewal.change.v1"
    STAGE_CRITERIA = "stage.criteria.v1"
    STAGE_OVERRIDE = "stage.override.v1"
    SETTINGS = "settings.edit.v1"
    DIGEST_LIST = "digest.list.v1"
