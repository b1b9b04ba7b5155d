"""Messages that wait for approval: whoever else comes, by whatever way, neither reads nor sends."""

import pytest
from sqlalchemy import select

from csbot.errors import Forbidden, Refused
from csbot.team.queries import by_slack_id
from csbot.touches import deciding
from csbot.touches.model import Approval, Touch
from tests.flows.test_touches import asked, mails, play, stage, states

__all__ = ["stage"]


def ways(session, question, draft, by, version, settings, now):
    """Every verb about a question, as forms and buttons reach it."""
    what = {"approval_id": question, "version": version, "by": by, "now": now}
    change = {"subject": "Pay", "body": "https://evil.example", "settings": settings}
    return [
        lambda: deciding.approve(session, **what, ticked=[str(draft)], settings=settings),
        lambda: deciding.skip(session, **what, settings=settings),
        lambda: deciding.edit_form(session, **what, ticked=[]),
        lambda: deciding.tick(session, **what, ticked=[]),
        lambda: deciding.pick(session, **what, touch_id=draft),
        lambda: deciding.edit(session, **what, touch_id=draft, **change),
        lambda: deciding.edit(session, **what, touch_id=None, **change),
    ]


@pytest.mark.parametrize("who", ["U_LEE", "U_ROBIN"])
def test_a_form_or_button_made_up_decides_nothing_for_somebody_else(desk, stage, who):
    asked(desk, stage, 2)
    with desk.sessions() as session:
        by, question = by_slack_id(session, who), session.scalars(select(Approval)).one()
        draft = session.scalars(select(Touch.id).order_by(Touch.id)).first()
        for way in ways(session, question.id, draft, by, 1, stage.settings, stage.now):
            with pytest.raises(Forbidden):
                way()
        with pytest.raises(Forbidden):
            deciding.everyone(session, approval_id=question.id, by=by, now=stage.now)
    assert states(desk) == ["draft", "draft"]


def test_values_of_another_question_or_of_before_decide_nothing(desk, stage):
    asked(desk, stage, 2)
    with desk.sessions() as session:
        dana, question = by_slack_id(session, "U_DANA"), session.scalars(select(Approval)).one()
        draft = session.scalars(select(Touch.id).order_by(Touch.id)).first()
        for version in (0, 2, -1):
            for way in ways(session, question.id, draft, dana, version, stage.settings, stage.now):
                with pytest.raises(Refused):
                    way()
        settings, now = stage.settings, stage.now
        *_, pick, edit, _ = ways(session, question.id, draft + 10**6, dana, 1, settings, now)
        for way in (pick, edit):
            with pytest.raises(Refused):
                way()
        with pytest.raises(Refused):
            deciding.everyone(session, approval_id=question.id + 10**6, by=dana, now=now)
    play(desk, stage)
    assert mails(desk) == []
