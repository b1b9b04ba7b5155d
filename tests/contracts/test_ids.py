"""Ids live on in Slack's history: none is renamed or dropped, and each is still answered."""

import importlib
import pkgutil
import re

import pytest

import handlers
from handlers.ask import PRESSES, SHORTCUTS, SUBMITS, SUGGESTS
from messages.catalog import forms
from messages.ids import Action, Shortcut, View

PINNED_ACTIONS = {
    "home.accounts.v1", "home.accounts_back.v1", "home.assign.v1", "home.brief.v1",
    "home.follow.v1", "home.owner.v1",
    "home.hand_over.v1", "home.risk.v1", "home.segment.v1", "home.stage.v1", "home.task_done.v1",
    "home.undo.v1", "home.view_as.v1", "home.view_mine.v1", "task.later.v1",
    "away.back.v1", "away.edit.v1",
    "hold.drop.v1", "hold.known.v1", "hold.release.v1", "hold.show.v1", "hold.wait.v1",
    "admin.back.v1", "admin.edit.v1", "admin.open.v1", "admin.panel.v1", "note.add.v1",
    "settings.kinds.v1", "team.page.v1",
    "access.ask.v1", "access.grant.v1", "access.grant_2.v1", "access.grant_3.v1",
    "account.checkin.v1", "account.more.v1", "account.my.v1", "account.open.v1",
    "account.pick.v1", "account.pick_2.v1", "account.pick_3.v1", "account.select.v1",
    "account.task.v1", "alert.checkin.v1", "alert.hand_over.v1", "alert.more.v1", "alert.pick.v1",
    "alert.show_all.v1", "alert.take.v1", "brief.keep.v1", "digest.show.v1", "form.open.v1",
    "help.tell.v1", "introduction.close.v1",
    "answer.more.v1", "keep.more.v1", "keep.v1",
    "input.v1", "meeting.attended.v1", "meeting.cancelled.v1", "meeting.no_show.v1",
    "churn.period.v1", "churn.stay.v1", "command.form.v1",
    "onboarding.back.v1", "onboarding.more.v1", "onboarding.page.v1",
    "playbook.keep.v1",
    "promise.more.v1",
    "debrief.happened.v1", "debrief.moved.v1", "debrief.no_show.v1",
    "playbook.switch.v1",
    "playbook.sends.v1",
    "pipeline.show.v1", "playbook.off.v1", "renewal.change.v1", "renewal.lost.v1",
    "renewal.won.v1", "renewals.back.v1",
    "renewals.more.v1", "renewals.page.v1",
    "settings.edit.v1", "stage.advance.v1", "stage.introduce.v1", "stage.more.v1",
    "stage.override.v1", "stage.requirements.v1", "stage.show.v1", "stage.tick.v1", "task.done.v1",
    "test.take.v1", "touch.edit.v1", "touch.send.v1", "touch.show_all.v1", "touch.skip.v1",
    "touch.select.v1", "touch.tick.v1",
}  # fmt: skip
PINNED_VIEWS = {
    "message.checkin.v1", "message.link.v1", "message.task.v1",
    "home.accounts.v1", "home.answer.v1", "home.view_as.v1", "task.later.v1", "team.hand_over.v1",
    "team.hand_over_preview.v1",
    "away.set.v1", "hold.list.v1",
    "admin.change.v1", "note.add.v1", "settings.kinds.v1",
    "account.follow.v1",
    "account.assign.v1", "account.show.v1", "account.snooze.v1", "account.tags.v1",
    "alert.by_when.v1", "debrief.happened.v1", "debrief.moved.v1",
    "alert.group.v1", "alert.reassign.v1", "alert.snooze.v1", "alert.why.v1", "checkin.log.v1",
    "churn.record.v1",
    "digest.list.v1", "feedback.record.v1", "health.set.v1", "meeting.add.v1",
    "renewal.change.v1", "renewal.won.v1", "settings.edit.v1", "stage.criteria.v1",
    "stage.override.v1", "stage.hand_over.v1", "onboarding.people.v1", "onboarding.requirements.v1",
    "task.create.v1", "touch.edit.v1", "touch.list.v1", "touch.pick.v1",
}  # fmt: skip
PINNED_SHORTCUTS = {
    "everywhere.checkin.v1", "message.checkin.v1", "message.link.v1", "message.task.v1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def every_handler():
    for module in pkgutil.iter_modules(handlers.__path__):
        importlib.import_module(f"handlers.{module.name}")


def test_the_ids_that_were_ever_sent_are_still_there():
    """A new one belongs into the pinned ones here; none ever leaves them."""
    assert set(Action) == PINNED_ACTIONS
    assert set(View) == PINNED_VIEWS
    assert set(Shortcut) == PINNED_SHORTCUTS


def test_every_id_carries_its_version():
    assert all(
        re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)?\.v\d+", id) for id in (*Action, *View, *Shortcut)
    )


def test_every_press_is_answered():
    assert {*PRESSES, *SUGGESTS} == set(Action) - {Action.INPUT}


def test_every_form_that_can_be_sent_is_answered():
    assert set(SUBMITS) == {form.view for form in forms() if form.submit}


def test_every_entry_of_slacks_menus_is_answered():
    assert set(SHORTCUTS) == set(Shortcut)
