"""The verifier against published vectors, and at the very edge of its tolerance."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from csbot.webhooks.signatures import SCHEMES, Scheme, usable, verified

NOW = datetime(2021, 2, 25, 15, 22, 10, tzinfo=UTC)  # 1614266530 is 1000 seconds later


def b64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()


# RFC 2202 and 4231, test case 2: HMAC of this text with the key "Jefe".
TEXT = b"what do ya want for nothing?"
SHA1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
SHA256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
SHA512 = (
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6f"
    "dcaeab1a34d4a6b4b636e070a38bce737"
)
PUBLISHED = [
    (SCHEMES["calcom"], {"x-cal-signature-256": SHA256}),
    (SCHEMES["delighted"], {"x-delighted-webhook-signature": f"sha256={SHA256}"}),
    (SCHEMES["typeform"], {"typeform-signature": f"sha256={b64(SHA256)}"}),
    (SCHEMES["intercom"], {"x-hub-signature": f"sha1={SHA1}"}),
    (SCHEMES["surveymonkey"], {"sm-signature": b64(SHA1)}),
    (Scheme("x-own", algorithm="sha512"), {"x-own": SHA512}),
]


@pytest.mark.parametrize(("scheme", "headers"), PUBLISHED)
def test_the_vectors_of_the_standards_hold(scheme: Scheme, headers: dict[str, str]) -> None:
    def check(body: bytes, secret: str) -> bool:
        return verified(scheme, secrets=[secret], headers=headers, body=body, now=NOW)

    assert check(TEXT, "Jefe")
    assert not check(TEXT + b" ", "Jefe")
    assert not check(TEXT, "jefe")
    assert not check(TEXT, "")


def test_the_example_of_standard_webhooks_holds() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    def check(now: datetime, **over: str) -> bool:
        return verified(
            SCHEMES["standard"],
            secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            headers=headers | over,
            body=b'{"test": 2432232314}',
            now=now,
        )

    signed = datetime.fromtimestamp(1614265330, UTC)
    for seconds, good in [(-301, False), (-300, True), (0, True), (300, True), (301, False)]:
        assert check(signed + timedelta(seconds=seconds)) is good, seconds
    assert not check(signed, **{"webhook-id": ""})
    assert not check(signed, **{"webhook-id": "msg_other"})


@pytest.mark.parametrize(
    ("secret", "good"),
    [("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", True), ("MfKQ9r8GKYo", True), ("whsec_", False),
     ("", False), ("not base64!", False), ("é", False)],
)  # fmt: skip
def test_a_secret_that_cannot_sign_is_known_before_anything_comes(secret: str, good: bool) -> None:
    assert usable(SCHEMES["standard"], secret) is good
