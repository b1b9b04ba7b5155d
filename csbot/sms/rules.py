"""What Twilio's answers and words mean. The codes: https://www.twilio.com/docs/api/errors"""

from datetime import timedelta
from typing import Any, Literal

from csbot.outbox.outcome import Dead, Held, Outcome, Uncertain

AWAY, OURS_TO_MEND = timedelta(minutes=1), timedelta(minutes=10)
STOPPED = 21610
# No such number, not one for SMS, out of service, a landline.
NO_SUCH_PHONE = {21211, 21214, 21217, 21614, 30005, 30006}
# Number, service or region that the account does not have or may not use.
ACCOUNT = {
    20003,
    20005,
    20404,
    21212,
    21408,
    21603,
    21606,
    21659,
    21660,
    21701,
    21703,
    30001,
    30002,
}
STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
START_WORDS = {"start", "yes", "unstop"}
SAID_MAX = 200
About = Literal["message", "address", "consent"]


def judged(status: int, told: dict[str, Any], retry_after: str) -> Outcome:
    """Of an answer other than yes."""
    code = told.get("code")
    said = answer(code if isinstance(code, int) else status, told.get("message"))
    if status == 429:
        wait = int(retry_after) if retry_after.isdecimal() and len(retry_after) < 5 else 30
        return Held(said, timedelta(seconds=max(wait, 1)))
    if status >= 500:
        return Uncertain(said)
    if status in (401, 403, 404) or status < 400 or code in ACCOUNT:
        return Held(said, OURS_TO_MEND, ours=True)
    return Dead(said, about(code))


def about(code: object) -> About:
    if code == STOPPED:
        return "consent"
    return "address" if code in NO_SUCH_PHONE else "message"


def answer(code: int, message: object) -> str:
    text = f"{code} {message}" if isinstance(message, str) else str(code)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:SAID_MAX]


def wish(body: str, opt_out_type: str) -> Literal["stop", "start"] | None:
    """What an answer of the person asks for; Twilio says it itself where it knows."""
    word = (opt_out_type or body).strip().strip(".!\"'").lower()
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else None
