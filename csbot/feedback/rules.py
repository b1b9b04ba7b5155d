"""What a score means: its scale, whether it is bad news, how happy it makes the account. Pure."""

from csbot.errors import Refused, Wrong, all_at_once
from csbot.settings import Thresholds

SCALES = {"nps": (0, 10), "csat": (1, 5), "happiness": (1, 5)}
NAMES = {"nps": "NPS", "csat": "CSAT", "happiness": "happiness"}
PIPELINE = "User Happiness Level"
# NPS as everywhere: 9 and 10 promoters, 7 and 8 passives, whom two levels part, 0 to 6 detractors.
LEVELS = {
    "nps": ((9, "Very Happy"), (8, "Happy"), (7, "Neutral"), (0, "Not Happy")),
    "csat": ((5, "Very Happy"), (4, "Happy"), (3, "Neutral"), (1, "Not Happy")),
    "happiness": ((5, "Very Happy"), (4, "Happy"), (3, "Neutral"), (1, "Not Happy")),
}
ALL_LEVELS = tuple(level for _, level in LEVELS["nps"])
COMMENT_MAX, EMAIL_MAX = 3000, 200


@all_at_once
def check(*, kind: str, score: int, comment: str | None, email: str | None) -> Wrong:
    """Refuse, at the field that is wrong, what cannot be recorded."""
    if kind not in SCALES:
        raise Refused("Choose NPS, CSAT or happiness.", field="kind")
    least, most = SCALES[kind]
    if not least <= score <= most:
        yield Refused(f"{NAMES[kind]} goes from {least} to {most}.", field="score")
    if comment and len(comment) > COMMENT_MAX:
        yield Refused(f"At most {COMMENT_MAX:,} characters.", field="comment")
    if email and ("@" not in email[1:-1] or " " in email or len(email) > EMAIL_MAX):
        yield Refused("Write an e-mail address like ann@customer.example.", field="email")


def is_negative(*, kind: str, score: int, limits: Thresholds) -> bool:
    most = {
        "nps": limits.nps_detractor_max,
        "csat": limits.csat_negative_max,
        "happiness": limits.happiness_negative_max,
    }
    return score <= most[kind]


def called(*, kind: str, score: int) -> str | None:
    """What NPS calls whoever gives such a score."""
    if kind != "nps":
        return None
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def level(*, kind: str, score: int) -> str:
    """Very Happy, Happy, Neutral or Not Happy."""
    return next(name for least, name in LEVELS[kind] if score >= least)
