"""Who comes in as what."""

from datetime import time

from sqlalchemy import select

from csbot.audit import AuditEntry
from csbot.settings import Config, Environment, Settings
from csbot.team.admission import admit
from tests.builders import MONDAY, member

SETTINGS = Settings(
    env=Environment.model_validate({"csbot_admins": ["U_DANA"]}),
    config=Config.model_validate({"working_hours": {"starts": "08:00", "digest_at": "07:45"}}),
)


def come_in(session):
    return admit(
        session, slack_id="U_DANA", name="Dana", same_team=True, settings=SETTINGS, now=MONDAY
    )


def entries(session):
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(entry.verb, entry.before, entry.after, entry.why) for entry in found]


def test_an_admin_of_the_settings_comes_in_with_the_teams_hours_and_it_is_recorded_once(sessions):
    with sessions.begin() as session:
        for _ in range(2):
            dana = come_in(session)
        assert (dana.role, dana.work_starts, dana.digest_at) == ("admin", time(8), time(7, 45))
        after = {"role": "admin", "name": "Dana"}
        assert entries(session) == [("team.added", None, after, "named in CSBOT_ADMINS")]


def test_that_the_settings_raise_somebody_to_admin_is_recorded_once(sessions):
    with sessions.begin() as session:
        session.add(member("Dana Reyes", role="csm"))
        session.flush()
        for _ in range(2):
            assert come_in(session).role == "admin"
        after = {"role": "admin", "name": "Dana Reyes"}
        assert entries(session) == [
            ("team.changed", {"role": "csm"}, after, "named in CSBOT_ADMINS")
        ]
