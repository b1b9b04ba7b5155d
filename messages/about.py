"""The account that a form is about: shown when it is known, asked for when it is not."""

from messages.blocks import Block, section
from messages.inputs import account_input
from messages.text import Mrkdwn, escape


def about(account_id: int | None, account: str | None) -> Block:
    if account_id is None:
        return account_input("account")
    return section(Mrkdwn(f"*{escape(account or 'This account')}*"))
