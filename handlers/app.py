"""Slack in: one transaction for each thing a person asks, committed before it is answered."""

import importlib
import logging
import pkgutil
import re
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import handlers
from csbot import clock, routes
from csbot.account_channels import asking
from csbot.audit import CHANGED
from csbot.db.away import is_away
from csbot.db.together import Together
from csbot.errors import Refused
from csbot.faults import Faults
from csbot.home import service as home
from csbot.inbox.service import first_time
from csbot.overrides import in_force
from csbot.slack.client import web_client
from csbot.slack.gateway import RefusedBySlack
from csbot.team import admission, introductions
from csbot.wiring import WHILE_THEY_WAIT, Wiring
from handlers import authors, channels, commands, read, reply, strangers
from handlers.ask import EVENTS, Answer, Suggest
from handlers.read import Wanted
from handlers.surface import surface
from messages.alert_card import AlertCard
from messages.blocks import Option
from messages.form import Form
from messages.message import Message
from messages.said import Fault, NotDone

log = logging.getLogger(__name__)
QUESTIONS = 2  # of a person, and of a channel
ANYTHING = re.compile(".*", re.DOTALL)


class Repeated(Exception):
    """Slack delivered the same click twice; the first one has done its work."""


def know_every_handler() -> None:
    """Import this folder's modules: each writes itself into the tables of handlers/ask.py."""
    for module in pkgutil.iter_modules(handlers.__path__):
        importlib.import_module(f"handlers.{module.name}")


def build(wiring: Wiring) -> App:
    """The Bolt app. It acknowledges only what is committed (`process_before_response`)."""
    know_every_handler()
    env = wiring.settings.env
    app = App(
        name="csbot.bolt",  # else Bolt reads the whole stack for it; it is a logger, too
        process_before_response=True,
        request_verification_enabled=False,  # done at the door: handlers/web.py
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        signing_secret=env.slack_signing_secret or "unused",
        client=web_client(
            token=env.slack_bot_token, base_url=env.slack_api_url, timeout=WHILE_THEY_WAIT
        ),
        authorize=lambda **_: AuthorizeResult(
            enterprise_id=None, team_id=None, bot_token=env.slack_bot_token
        ),
        logger=_quiet(logging.getLogger("csbot.bolt")),
    )
    together = Together(wiring.sessions)
    desk = Desk(wiring, together)
    app.command(ANYTHING)(desk.command)
    app.action(ANYTHING)(desk.press)
    app.view(ANYTHING)(desk.submit)
    app.options(ANYTHING)(desk.suggest)
    app.shortcut(ANYTHING)(desk.shortcut)
    for name in EVENTS:
        app.event(name)(desk.happened)
    channels.register(app, together, wiring.settings, wiring.slack_now)
    app.error(_failed)
    return app


def _failed() -> BoltResponse:
    """Bolt would log the error with what it quotes; Slack may try an event again."""
    log.exception("handler failed")
    return BoltResponse(status=500)


def _quiet(logger: logging.Logger) -> logging.Logger:
    # Bolt warns of settings that are on purpose here, and logs bodies that it cannot read.
    logger.setLevel(logging.CRITICAL)
    return logger


class Desk:
    """The ways in for people. Each reads, serves and answers; none decides."""

    def __init__(self, wiring: Wiring, together: Together) -> None:
        self._wiring, self._together = wiring, together
        self._faults = Faults(wiring.sessions)

    def command(self, ack: Ack, body: dict[str, Any]) -> None:
        answer = self._answer(body, lambda: commands.wanted(authors.heard(self._wiring, body)))
        answer = self._opened(body, answer)
        ack(reply.to_command(self._wiring, body, answer))

    def press(self, ack: Ack, body: dict[str, Any]) -> None:
        answer = self._answer(body, lambda: read.press(body))
        if isinstance(answer, AlertCard | None) and (page := read.page_below(body)):
            answer = self._answer(body, lambda: page)
        answer = self._opened(body, answer)
        if answer is not None:
            reply.to_press(self._wiring, body, answer)
        ack()

    def shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        def wanted() -> Wanted:
            author, names = authors.author(self._wiring, body), authors.mentions(self._wiring, body)
            return read.shortcut(body, author, names)

        answer = self._opened(body, self._answer(body, wanted))
        if answer is not None:
            reply.privately(self._wiring, body, answer)
        ack()

    def happened(self, body: dict[str, Any]) -> None:
        """Slack sends it again where the database is away; who wrote to csbot hears of a fault."""
        answer: Message | None = None
        if read.is_nobodys(body):
            return
        try:
            self._serve(body, read.event(authors.heard(self._wiring, body)))
        except (Refused, admission.Stranger) as refusal:
            answer = strangers.happened(self._wiring, body, refusal)
        except Repeated:
            return
        except Exception as error:
            if is_away(error):
                raise
            code = self._noted(body, error)
            answer = Fault(code=code) if "text" in body["event"] else None
        if answer is not None:
            reply.privately(self._wiring, body, answer)

    def submit(self, ack: Ack, body: dict[str, Any]) -> None:
        try:
            answer = self._serve(body, read.submission(body))
        except Refused as refusal:
            ack(
                response_action="errors",
                errors=reply.at_field(body, reply.in_full(self._wiring, refusal)),
            )
            return
        except admission.Stranger:
            answer = strangers.answer(self._wiring, body)
        except Repeated:
            answer = None
        except Exception as error:
            code = self._noted(body, error)
            said = (
                "That did not work, and nothing was changed. Try again in a minute; "
                f"if that does not help, tell an admin: {code}."
            )
            ack(response_action="errors", errors=reply.at_field(body, Refused(said)))
            return
        answer = reply.in_place(body, answer)
        if answer is not None and not isinstance(answer, Form):
            try:
                reply.after_form(self._wiring, body, answer)
            except SQLAlchemyError as error:  # what was asked is done: nobody should send it again
                self._noted(body, error)
        ack(reply.to_submission(body, answer))

    def suggest(self, ack: Ack, body: dict[str, Any]) -> None:
        try:
            options = self._serve(body, read.suggestion(body))
        except (Refused, admission.Stranger):
            options = []
        except Exception as error:
            code = self._noted(body, error)
            options = [Option(f"That did not work. Type more, or tell an admin: {code}", "0")]
        ack(reply.to_suggestion(options))

    def _answer(self, body: dict[str, Any], want: Any) -> Answer:
        try:
            return self._serve(body, want())  # type: ignore[no-any-return]
        except Refused as refusal:
            return NotDone(sentence=reply.in_full(self._wiring, refusal).reason)
        except admission.Stranger:
            return strangers.answer(self._wiring, body)
        except Repeated:
            return None
        except Exception as error:
            return Fault(code=self._noted(body, error))

    def _opened(self, body: dict[str, Any], answer: Answer) -> Message | None:
        """What is left to say once a form was opened: why it was not."""
        if not isinstance(answer, Form):
            return answer
        failure = reply.open_form(self._wiring, body, answer)
        if isinstance(failure, RefusedBySlack) and failure.code not in reply.LATE:
            return Fault(code=self._noted(body, failure))
        return NotDone(sentence=reply.TOO_SLOW) if failure else None

    def _noted(self, body: dict[str, Any], error: Exception) -> str:
        """The code by which it is found in the log, and by admins."""
        who = read.who(body).slack_id
        return self._faults.note(error, asked=surface(body), now=clock.now(), slack_id=who)

    def _serve(self, body: dict[str, Any], wanted: Wanted) -> Any:
        wiring, now, who = self._wiring, clock.now(), read.who(body)
        checked = False
        asked: routes.Asked = {}
        for _ in range(QUESTIONS):  # asked outside of the transaction, for they may wait for Slack
            try:
                return self._serve_once(body, wanted, now, asked, checked=checked)
            except admission.Unchecked:
                checked, id = True, who.slack_id
                admission.check(wiring.sessions, slack_id=id, slack=wiring.slack_now, now=now)
            except asking.Unasked as of:
                asking.ask(wiring.sessions, wiring.slack_now, of.channel, now=now)
            except routes.Unasked as of:
                asked = routes.ask(wiring, of.channels, now=now)
        return self._serve_once(body, wanted, now, asked, checked=True)

    def _serve_once(
        self, body: dict[str, Any], wanted: Wanted, now: datetime, asked: routes.Asked,
        *, checked: bool,
    ) -> Any:  # fmt: skip
        wiring, who = self._wiring, read.who(body)

        def work(session: Session) -> Any:
            settings = in_force(session, wiring.settings)
            person = admission.admit(
                session,
                slack_id=who.slack_id,
                name=who.name,
                same_team=who.same_team,
                settings=settings,
                now=now,
                checked=checked,
            )
            given = {
                "session": session, "settings": settings, "person": person, "now": now,
                "channel": read.channel(body), "asked": asked,
            }  # fmt: skip
            if wanted.kind is not Suggest:
                introductions.seen(session, person, now=now)
            answer = wanted.handler(wanted.kind(**given, **wanted.fields))
            if _once(session, read.request_id(body), now):
                home.follow(session, by=person, now=now)
            return answer

        done = self._together.read(work) if wanted.reads else self._together.run(work)
        self._faults.keep()
        return done


def _once(session: Session, request_id: str, now: Any) -> bool:
    """Undo what a repeated delivery has just changed; whether it has changed anything at all."""
    session.flush()
    changed = bool(session.info.pop(CHANGED, False))
    if changed and not first_time(session, source="slack", event_id=request_id, now=now):
        raise Repeated
    return changed


@event.listens_for(Session, "after_flush")
def _note_change(session: Session, _: object) -> None:
    session.info[CHANGED] = True
