"""Pipelines: which there are, and one as a board; an account's points behind its score."""

from csbot import pipeline_board
from csbot.access import May, allows, require
from csbot.accounts.lookup import take_account
from csbot.points_ledger import ledger
from handlers.ask import Answer, Ask, Command, Press, on_command, on_press
from messages.ids import Action


@on_command("pipeline")
def pipeline(ask: Command) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    if not ask.text:
        return pipeline_board.pipelines(ask.session)
    return _board(ask, ask.text)


@on_press(Action.PIPELINE_SHOW)
def chosen(ask: Press) -> Answer:
    require(ask.person, May.SEE_ACCOUNTS)
    return _board(ask, ask.value)


def _board(ask: Ask, text: str) -> Answer:
    amounts = allows(ask.person.role, May.SEE_RENEWALS)
    return pipeline_board.board(ask.session, text, amounts=amounts)


@on_command("score")
def score(ask: Command) -> Answer:
    """Why an account has the points that it has."""
    require(ask.person, May.SEE_ACCOUNTS)
    found = take_account(ask.session, ask.text, person=ask.person)
    return ledger(ask.session, found.account)
