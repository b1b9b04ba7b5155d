"""Every scheme over real HTTP: who holds the secret gets in, whatever else is tried does not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from csbot import clock
from csbot.webhooks.signatures import SCHEMES
from tests.flows.office import Office, survey

SECRET, NEXT = "a secret of the sender's", "the one that comes after it"
FIELDS = 'fields = { id = "id", kind = "kind", score = "score", email = "email", at = "at" }'
Sign = Callable[[str, bytes, str], dict[str, str]]


def _hex(secret: str, signed: bytes, algorithm: str = "sha256") -> str:
    return hmac.new(secret.encode(), signed, algorithm).hexdigest()


def _b64(secret: bytes, signed: bytes, algorithm: str = "sha256") -> str:
    return base64.b64encode(hmac.new(secret, signed, algorithm).digest()).decode()


def _timed(header: str) -> Sign:
    def sign(secret: str, body: bytes, stamp: str) -> dict[str, str]:
        return {header: f"t={stamp},v1={_hex(secret, stamp.encode() + b'.' + body)}"}

    return sign


def _standard(prefix: str) -> Sign:
    def sign(secret: str, body: bytes, stamp: str) -> dict[str, str]:
        # The secret itself is base64 there: here, of the text.
        id = f"msg_{hashlib.sha256(body).hexdigest()[:12]}"
        signed = f"{id}.{stamp}.".encode() + body
        return {
            f"{prefix}-id": id,
            f"{prefix}-timestamp": stamp,
            f"{prefix}-signature": f"v1,{_b64(secret.encode(), signed)}",
        }

    return sign


# As the senders' documentation has it, each by itself.
SIGNS: dict[str, Sign] = {
    "stripe": _timed("Stripe-Signature"),
    "calendly": _timed("Calendly-Webhook-Signature"),
    "standard": _standard("webhook"),
    "svix": _standard("svix"),
    "calcom": lambda s, b, _: {"X-Cal-Signature-256": _hex(s, b)},
    "typeform": lambda s, b, _: {"Typeform-Signature": f"sha256={_b64(s.encode(), b)}"},
    "delighted": lambda s, b, _: {"X-Delighted-Webhook-Signature": f"sha256={_hex(s, b)}"},
    "surveymonkey": lambda s, b, _: {"Sm-Signature": _b64(s.encode(), b, "sha1")},
    "zendesk": lambda s, b, t: {
        "X-Zendesk-Webhook-Signature": _b64(s.encode(), t.encode() + b),
        "X-Zendesk-Webhook-Signature-Timestamp": t,
    },
    "intercom": lambda s, b, _: {"X-Hub-Signature": f"sha1={_hex(s, b, 'sha1')}"},
}
TIMED = [name for name, scheme in SCHEMES.items() if scheme.tolerance]
LISTED = [name for name, scheme in SCHEMES.items() if scheme.separator]


def told(scheme: str, secret: str) -> str:
    """How the secret is written into the settings."""
    if SCHEMES[scheme].key == "text":
        return secret
    return "whsec_" + base64.b64encode(secret.encode()).decode()


def stamp(scheme: str, seconds: int = 0) -> str:
    moment = clock.now() + timedelta(seconds=seconds)
    if scheme == "zendesk":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(moment.timestamp()))


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """A sender of each scheme, named own-SCHEME, in the middle of a change of its secret."""
    toml = "".join(
        f'[senders.own-{name}]\nsource = "surveys"\nscheme = "{name}"\n{FIELDS}\n'
        for name in SCHEMES
    )
    secrets = [f"own-{name}={told(name, secret)}" for name in SCHEMES for secret in (NEXT, SECRET)]
    made = open_office(toml, CSBOT_WEBHOOK_SECRETS=",".join(secrets))
    made.know()
    return made


def test_every_scheme_is_tried() -> None:
    assert SIGNS.keys() == SCHEMES.keys()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_right_signature_gets_in_with_either_secret_and_no_other_does(
    office: Office, scheme: str
) -> None:
    path, sign = f"/webhooks/surveys/own-{scheme}", SIGNS[scheme]
    body = json.dumps(survey()).encode()
    right = sign(SECRET, body, stamp(scheme))
    header = SCHEMES[scheme].header
    assert office.post(path, body).status_code == 401
    assert office.post(path, survey(score=8), right).status_code == 401
    assert office.post(path, json.dumps(survey(), indent=1).encode(), right).status_code == 401
    assert office.post(path, body, sign("another", body, stamp(scheme))).status_code == 401
    assert office.post(path, body, {**right, header: ""}).status_code == 401
    assert office.post(path, body, {**right, header: "é, v1=, =,,"}).status_code == 401
    assert (office.answers(), office.states()) == (0, [])
    assert office.post(path, body, right).json() == {"status": "stored"}
    other = json.dumps(survey("answer-2")).encode()
    assert office.post(path, other, sign(NEXT, other, stamp(scheme))).status_code == 200
    assert office.answers() == 2


@pytest.mark.parametrize("scheme", TIMED)
def test_an_old_a_future_and_a_strange_time_are_forgeries(office: Office, scheme: str) -> None:
    path, sign, body = f"/webhooks/surveys/own-{scheme}", SIGNS[scheme], b'{"id": "1"}'
    limit = SCHEMES[scheme].tolerance
    strange = ["", "soon", "1e9", "-1", "9" * 40, "²", "NaN", "0x10"]
    for at in [stamp(scheme, -limit - 1), stamp(scheme, limit + 20), *strange]:
        assert office.post(path, body, sign(SECRET, body, at)).status_code == 401, at
    assert office.states() == []


@pytest.mark.parametrize("scheme", LISTED)
def test_one_right_signature_among_several_is_enough(office: Office, scheme: str) -> None:
    path, sign, at = f"/webhooks/surveys/own-{scheme}", SIGNS[scheme], stamp(scheme)
    body = json.dumps(survey()).encode()
    header, separator = SCHEMES[scheme].header, SCHEMES[scheme].separator
    right, wrong = sign(SECRET, body, at), sign("another", body, at)
    [(name, value)] = [(k, v) for k, v in right.items() if k.lower() == header]
    several = separator.join([wrong[name], "v0=00", "v2,AAAA", value])
    assert office.post(path, body, {**right, name: several}).status_code == 200


def test_a_secret_that_is_empty_opens_nothing(open_office: Callable[..., Office]) -> None:
    office = open_office("")
    body = json.dumps(survey()).encode()
    for scheme, sign in SIGNS.items():
        for path in ("surveys", "generic", "stripe"):
            answer = office.post(f"/webhooks/{path}", body, sign("", body, stamp(scheme)))
            assert answer.status_code in (401, 404), (scheme, path)
    assert office.states() == []
