"""SurveyMonkey's own webhook only names a response: what was answered has to be fetched."""

from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body, need_text
from csbot.surveys.answer import Told

FETCH = (
    "SurveyMonkey's webhook holds no answer: fetch the response from its API and post it here,"
    " described by fields and scale under [senders.NAME] in csbot.toml"
)


def identify(body: Body) -> tuple[str, str]:
    return need_text(body, "event_id"), need_text(body, "event_type")


def read(body: Body) -> Told:
    if need_text(body, "event_type").startswith("response_"):
        raise Unreadable("object_id", FETCH)
    return None
