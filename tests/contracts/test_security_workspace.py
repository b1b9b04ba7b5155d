"""The demo's page and the stand-in for Slack: of this machine, for this machine's own page."""

import http.client
import json
import re
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from csbot.demo import start
from csbot.demo.folder import fresh_folder
from csbot.workspace.defaults import BOT_TOKEN
from csbot.workspace.state import Workspace

PAGE = Path(__file__).parents[2] / "csbot" / "workspace" / "page"
PATHS = ["/", "/app.js", "/ui/state?as=U_DANA", "/control/calls", "/api/auth.test", "/socket"]
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
}  # fmt: skip


def answer(ws: Workspace, path: str, method: str = "GET", **headers: str):
    port = urlsplit(ws.base_url).port
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.putrequest(method, path, skip_host="Host" in headers)
    for name, value in ((UPGRADE if path == "/socket" else {}) | headers).items():
        line.putheader(name.replace("_", "-"), value)
    line.endheaders()
    got = line.getresponse()
    body = b"" if got.status == 101 else got.read()
    line.close()
    return got.status, {k.lower(): v for k, v in got.getheaders()}, body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", ""])
def test_a_name_that_leads_here_is_not_enough(northwind, path, host):
    token = f"Bearer {BOT_TOKEN}"
    assert answer(northwind, path, Host=host, Authorization=token)[0] == 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"],
)
def test_another_sites_page_gets_nothing_even_if_it_knows_the_token(northwind, path, origin):
    token = f"Bearer {BOT_TOKEN}"
    assert answer(northwind, path, Origin=origin, Authorization=token)[0] == 403
    assert answer(northwind, path, "POST", Origin=origin, Authorization=token)[0] in (403, 405)


def test_the_page_itself_and_the_bot_get_in(northwind):
    assert answer(northwind, "/", Origin=northwind.base_url)[0] == 200
    status, _, body = answer(northwind, "/api/auth.test", Authorization=f"Bearer {BOT_TOKEN}")
    assert (status, json.loads(body)["ok"]) == (200, True)


@pytest.mark.parametrize("path", PATHS[:-1])
def test_no_other_page_can_frame_it_and_nothing_is_sniffed(northwind, path):
    _, headers, _ = answer(northwind, path)
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_page_runs_its_own_scripts_alone_and_never_reads_text_as_markup():
    html = (PAGE / "index.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    for rule in ("default-src 'none'", "script-src 'self'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*src=)|\son\w+=", html)
    banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
    for script in PAGE.glob("*.js"):
        assert not re.search(banned, script.read_text("utf-8")), script.name


def test_the_demos_folder_is_its_owners_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "csbot-demo").mkdir(mode=0o777)
    made = fresh_folder(1)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_every_demo_has_secrets_of_its_own():
    one, other = start._workspace(), start._workspace()
    for name in ("bot_token", "app_token", "signing_secret"):
        assert len({getattr(ws, name) for ws in (one, other, Workspace())}) == 3
