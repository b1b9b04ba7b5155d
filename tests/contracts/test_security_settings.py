"""Settings that would send secrets elsewhere, or tell them, are refused when csbot starts."""

import pytest

from csbot.settings import Environment, Settings, SettingsError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as found:
        Settings.load()
    return str(found.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://slack.com/api/",
        "http://localhost.evil.example/api/",
        "http://127.0.0.1@evil.example/api/",
        "http://evil.example#@127.0.0.1/",
        "http://127.0.0.1.nip.io/",
        "http://0.0.0.0/",
        "http://[::ffff:10.0.0.1]/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://slack.com@evil.example/api/",
        "//127.0.0.1/",
        "127.0.0.1:8080",
        "https://",
        "https:///api/",
        "http://[::1",
    ],
)
def test_the_token_goes_to_https_or_to_this_machine_and_nowhere_else(monkeypatch, url):
    assert "SLACK_API_URL" in refusal(monkeypatch, "SLACK_API_URL", url)


@pytest.mark.parametrize(
    "url",
    ["https://slack.com/api/", "http://127.0.0.1:1/api", "http://localhost/", "http://[::1]/"],
)
def test_slack_itself_and_a_stand_in_here_are_fine(monkeypatch, url):
    monkeypatch.setenv("SLACK_API_URL", url)
    assert Settings.load().env.slack_api_url.startswith(url)


@pytest.mark.parametrize("url", ["postgresql://u:topsecret@h:port/db", "mysql://u:topsecret@h/db"])
def test_a_wrong_database_address_is_told_without_its_password(monkeypatch, url):
    told = refusal(monkeypatch, "DATABASE_URL", url)
    assert "DATABASE_URL" in told
    assert "topsecret" not in told


@pytest.mark.parametrize(
    ("keys", "host"),
    [
        ("short", "127.0.0.1"),
        ("demo", "0.0.0.0"),  # noqa: S104
        (f"{'k' * 16},fifteen-letters", "127.0.0.1"),
        ("demo,short", "127.0.0.1"),
    ],
)
def test_a_write_key_that_can_be_guessed_is_refused(monkeypatch, keys, host):
    monkeypatch.setenv("CSBOT_HOST", host)
    told = refusal(monkeypatch, "CSBOT_WRITE_KEYS", keys)
    assert "CSBOT_WRITE_KEYS: too short: " in told
    assert "16 characters" in told
    assert not {"short,", "fifteen-letters", "demo"} & set(told.split())


@pytest.mark.parametrize("keys", ["demo", "k" * 16, f"demo,{'k' * 16}"])
def test_a_long_write_key_is_fine_and_the_demos_own_on_this_machine(monkeypatch, keys):
    monkeypatch.setenv("CSBOT_HOST", "127.0.0.1")
    monkeypatch.setenv("CSBOT_WRITE_KEYS", keys)
    assert Settings.load().env.csbot_write_keys == keys.split(",")


@pytest.mark.parametrize("name", ["TWILIO_API_URL", "CSBOT_PUBLIC_URL"])
@pytest.mark.parametrize(
    "url", ["http://evil.example/", "http://127.0.0.1@evil.example/", "ftp://x/"]
)
def test_twilio_s_token_and_unsubscribe_links_stay_off_plain_networks(monkeypatch, name, url):
    assert name in refusal(monkeypatch, name, url)


def test_what_a_query_would_spoil_is_no_public_address(monkeypatch):
    url = "https://csbot.acme.example/?a=b"
    assert "CSBOT_PUBLIC_URL" in refusal(monkeypatch, "CSBOT_PUBLIC_URL", url)


def test_a_wrong_mail_server_is_told_without_its_password(monkeypatch):
    told = refusal(monkeypatch, "SMTP_URL", "smtp://u:top/secret@mail.example")
    assert "SMTP_URL" in told
    assert "secret" not in told


def test_the_mail_server_s_password_and_twilio_s_token_are_blanked_in_logs(monkeypatch):
    monkeypatch.setenv("SMTP_URL", "smtps://u:p%40ssword@mail.example")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a-token-of-twilio")
    assert {"p@ssword", "p%40ssword", "a-token-of-twilio"} <= set(Settings.load().secrets)
