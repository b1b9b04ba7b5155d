"""The documented settings are the ones in the code; a wrong one is told with all the others."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from csbot.environment import unknown
from csbot.misfit import fitting
from csbot.settings import Config, Environment, Settings, SettingsError

ROOT = Path(__file__).parents[2]


def environment_table() -> str:
    """The table of README.md, as it has to be."""
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Environment.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = f"`{default}`" if default not in (None, "", [], {}) else "–"
        lines.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def toml_table() -> str:
    """The table of docs/settings.md, as it has to be."""
    lines = ["| key | default |", "|---|---|"]
    for section, field in Config.model_fields.items():
        if not isinstance(field.default, BaseModel):
            continue  # a table of tables, described on its own
        for key, value in field.default.model_dump(mode="json", by_alias=True).items():
            lines.append(f"| `{section}.{key}` | `{value}` |")
    return "\n".join(lines)


def between(path: str) -> str:
    found = re.search(
        r"<!-- settings[^>]*-->\n(.*?)\n<!-- /settings -->", (ROOT / path).read_text("utf-8"), re.S
    )
    assert found
    return found.group(1)


def test_the_readme_lists_every_environment_variable_as_the_code_has_it():
    assert between("README.md") == environment_table()


def test_the_settings_page_lists_every_key_of_the_toml_file_as_the_code_has_it():
    assert between("docs/settings.md") == toml_table()


@pytest.fixture
def environment(monkeypatch, tmp_path):
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def set_up(toml: str = "", **values: str) -> None:
        path = tmp_path / "csbot.toml"
        path.write_text(toml)
        monkeypatch.setenv("CSBOT_CONFIG", str(path))
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_up


def test_everything_wrong_is_said_at_once(environment):
    environment(
        "[thresholds]\ninactive_days = -1\nnonsense = 3\n[delivery]\nlease = 5\n",
        SLACK_API_URL="http://evil.example/api",
        PORT="99999",
        CSBOT_TIMEZONE="Mars/Base",
        DATABASE_URL="mysql://x",
    )
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    told = "\n".join(caught.value.problems)
    for name in (
        "SLACK_API_URL", "PORT", "CSBOT_TIMEZONE", "DATABASE_URL", "thresholds.inactive_days",
        "thresholds.nonsense", "delivery",
    ):  # fmt: skip
        assert name in told


def test_what_is_wrong_in_one_place_hides_nothing_in_another(environment):
    environment(
        "[channels]\nalerts = 'cs alerts'\n[senders.forms]\nsource = 'surveys'\nfields = {}\n",
        PORT="none",
        CSBOT_WRITE_KEYS="short",
        CSBOT_WEBHOOK_SECRETS="nobody=a-secret-of-ours",
        SLACK_APP_TOKEN="xoxb-mixed-up",
    )
    with pytest.raises(SettingsError) as caught:
        Settings.load("SLACK_BOT_TOKEN", either=("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"))
    names = [
        re.split("[: ]", told.removeprefix("csbot.toml: "))[0] for told in caught.value.problems
    ]
    assert sorted(names) == [
        "CSBOT_WEBHOOK_SECRETS", "CSBOT_WRITE_KEYS", "PORT", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN",
        "channels.alerts",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CSBOT_ADMINS", "dana"),
        ("CSBOT_ALERTS_CHANNEL", "not hash ü"),
        ("CSBOT_RENEWALS_CHANNEL", "#Renewals"),
        ("CSBOT_HOST", "no host"),
        ("SLACK_BOT_TOKEN", "foo"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_ofOurs, abc"),
    ],
)
def test_what_cannot_be_meant_is_refused(environment, name, value):
    environment(**{name: value})
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert [told.split(":")[0] for told in caught.value.problems] == [name]


def test_of_several_wrong_values_in_one_setting_all_are_named(environment):
    toml = "[channels.segments]\nsmb = 'no one'\nmid = '#Up'\n[locked]\nkeys = ['a.b', 'c.d']\n"
    environment(toml, CSBOT_ADMINS="dana, U123, lee")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    told = str(caught.value)
    for wrong in ("'dana', 'lee' are each no id", "'no one', '#Up' are each no", "'a.b'", "'c.d'"):
        assert wrong in told
    assert "U123" not in told


def test_a_name_that_is_nearly_a_setting_is_told_with_what_is_meant(environment):
    environment("[thresholds]\ninactive_dayz = 3\n[locked]\nkeys = ['thresholds.low_heath']\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    told = str(caught.value)
    assert "did you mean `inactive_days`?" in told
    assert "did you mean `thresholds.low_health`?" in told
    others = ["CSBOT_CLOCK_FILE", "CSBOT_TEST_X", "HOME", "CSBOT_SERVICE_HOST", "CSBOT_PORT_80_TCP"]
    (misspelt,) = unknown(["CSBOT_ALERT_CHANNEL", *others])
    assert "did you mean `CSBOT_ALERTS_CHANNEL`?" in misspelt


@pytest.mark.parametrize("junk", ["banana", "", "-1", 10**9, -1, 1.5, [], ["banana"], {"x": "y"}])
def test_a_wrong_value_is_told_in_our_words_whatever_it_is(junk):
    problems: list[str] = []
    for section, field in Config.model_fields.items():
        names = getattr(type(field.default), "model_fields", {"x": None})
        for name in names:
            fitting(problems, Config, {section: {name: junk}}, name=str)
    for name in Environment.model_fields:
        fitting(problems, Environment, {name: junk}, name=str)
    told = "\n".join(problems)
    assert "must be" in told
    assert not re.search("Input|valid|permitted|unable|Value error|function", told), told


def test_a_lease_shorter_than_a_request_is_refused(environment):
    environment("[delivery]\nrequest_timeout = 10\nlease = 20\n")
    with pytest.raises(SettingsError, match="lease must be at least"):
        Settings.load()


def test_a_broken_file_is_named_not_traced(environment, monkeypatch):
    environment("this is = not = toml")
    with pytest.raises(SettingsError, match="cannot read"):
        Settings.load()
    monkeypatch.setenv("CSBOT_CONFIG", "/not/there.toml")
    with pytest.raises(SettingsError, match=r"^CSBOT_CONFIG: there is no file /not/there.toml$"):
        Settings.load()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9000/api", "http://localhost:1/api/", "https://slack.example/api"]
)
def test_a_stand_in_for_slack_may_be_on_this_machine_or_https(environment, address):
    environment(SLACK_API_URL=address)
    assert Settings.load().env.slack_api_url.endswith("/")


def test_admins_are_a_list_of_ids(environment):
    environment(CSBOT_ADMINS="U1, U2 ,")
    assert Settings.load().env.csbot_admins == ["U1", "U2"]


def test_no_secret_is_ever_shown_in_a_message(environment):
    environment(SLACK_BOT_TOKEN="xoxb-very-secret", PORT="no")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert "xoxb" not in str(caught.value)
