"""What csbot logs: ids, codes and places in the code; no secret, no body, nobody's words."""

import io
import json
import logging
import os
import stat
import sys
import threading

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from csbot import log
from csbot.db.engine import open_database, session_factory
from csbot.doctor import _file
from csbot.settings import Config, Environment, Settings
from csbot.slack.gateway import RefusedBySlack
from csbot.wiring import Wiring
from tests.builders import account

WORDS = "Umbrella Secret Corp"
SETTINGS = Settings(env=Environment.model_validate({}), config=Config())
SIGNING = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def lines(monkeypatch):
    """csbot's own logging at its chattiest; call it for what has been written."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    monkeypatch.setattr(sys, "stderr", written)
    root.handlers.clear()
    log.configure("DEBUG", secrets=[SIGNING, ""])
    yield written.getvalue
    root.handlers[:], root.level = before
    sys.excepthook, threading.excepthook = hooks


def raised(error: Exception, said: str = "it failed", **extra: object) -> None:
    try:
        raise error
    except type(error):
        logging.getLogger("csbot.test").exception(said, extra=extra)


@pytest.mark.parametrize(
    "error", [ValueError(WORDS), KeyError(WORDS), RuntimeError(WORDS), AssertionError(WORDS)]
)
def test_a_traceback_says_where_and_what_kind_without_the_value(lines, error):
    raised(error)
    assert WORDS not in lines()
    assert type(error).__name__ in lines()
    assert "test_security_logs.py" in lines()


def test_causes_are_told_without_their_values_too(lines):
    try:
        try:
            raise KeyError(WORDS)
        except KeyError as cause:
            raise ValueError(WORDS) from cause
    except ValueError:
        logging.getLogger("any.library").exception("it failed")
    assert WORDS not in lines()
    assert lines().index("KeyError") < lines().index("ValueError")


def test_what_helps_an_operator_stays(lines):
    raised(TypeError("unsupported operand"))
    raised(RefusedBySlack("channel_not_found"))
    assert "unsupported operand" in lines()
    assert "channel_not_found" in lines()


def test_a_database_error_names_the_constraint_and_never_the_row(lines, engine):
    bad = text("INSERT INTO accounts (id, name) VALUES (1, :name)")
    with pytest.raises(SQLAlchemyError) as found, engine.begin() as connection:
        connection.execute(bad, {"name": WORDS})
    raised(found.value)
    assert WORDS not in lines()
    assert "INSERT INTO accounts" in lines()


def test_a_doubled_value_is_not_told_either(lines, sessions):
    with sessions.begin() as session:
        session.add(account(WORDS, external_id=WORDS))
    with pytest.raises(IntegrityError) as found, sessions.begin() as session:
        session.add(account("Other", external_id=WORDS))
    assert "parameters hidden" in str(found.value)
    raised(found.value)
    assert WORDS not in lines()


def test_a_thread_that_dies_tells_the_log_and_not_the_terminal(lines):
    def fail() -> None:
        raise ValueError(WORDS)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert WORDS not in lines()
    assert json.loads(lines())["level"] == "critical"


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-5678-abcDEF",
        "xoxe.xoxp-1-Mi0yLTEy",
        "xapp-1-A1-2-3f",
        "https://hooks.slack.com/commands/T1/2/3",
        "https://hooks.slack.com/services/T1/B2/xyz",
        "https://hooks.slack-gov.com/actions/T1/2/3",
        "http://127.0.0.1:9/response/R123",
        "wss://wss-primary.slack.com/link/?ticket=1&app_id=2",
        "dana:p@ss/w:ord",
        SIGNING,
    ],
)
def test_secrets_are_blanked_wherever_they_stand(lines, secret):
    shown = f"postgresql://{secret}@db.example/csbot" if ":p@" in secret else secret
    logger = logging.getLogger("slack_sdk.web")
    logger.warning("sent to %s", shown)
    logger.error("nested", extra={"to": {"all": [shown]}, "as_tuple": (shown,)})
    raised(TypeError(shown), said=shown)
    assert len(lines().splitlines()) == 3
    assert secret not in lines()
    assert "[secret]" in lines()


def test_libraries_that_log_bodies_are_kept_quiet(lines):
    from slack_sdk.webhook import WebhookClient

    WebhookClient("https://hooks.slack.com/x").logger.debug("body: %s", WORDS)
    logging.getLogger("slack_bolt.App").info("body: %s", WORDS)
    logging.getLogger("sqlalchemy.engine.Engine").info("parameters: %s", WORDS)
    assert lines() == ""


def test_a_tick_that_finds_its_job_at_work_is_no_warning(lines):
    passes, at_work = threading.Event(), threading.Event()
    runs = BackgroundScheduler(timezone="UTC", job_defaults={"max_instances": 1})
    runs.add_listener(lambda _: passes.set(), EVENT_JOB_MAX_INSTANCES)
    runs.add_job(at_work.wait, IntervalTrigger(seconds=0.05), args=[10], id="slow")
    runs.start()
    passed = passes.wait(10)
    at_work.set()
    runs.shutdown()
    assert passed
    assert "skipped" not in lines()


def test_a_database_file_that_others_may_open_is_found(database_url):
    engine = open_database(database_url)
    if engine.dialect.name == "sqlite":
        wiring = Wiring(SETTINGS, engine, session_factory(engine), None, None)
        os.chmod(engine.url.database, 0o600)
        assert list(_file(wiring)) == []
        os.chmod(engine.url.database, 0o640)
        assert [found.level for found in _file(wiring)] == ["warn"]
    engine.dispose()


def test_a_new_database_file_is_its_owners_alone(tmp_path):
    before = os.umask(0)
    try:
        engine = open_database(f"sqlite:///{tmp_path / 'new.db'}")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE one (id INTEGER)"))
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert modes == {0o600}
