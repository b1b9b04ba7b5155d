"""The account that a form is about: shown when it is known, asked for when it is not."""

from dataclasses import dataclass
from typing import Any

from messages.blocks import Block, section
from messages.form import Form
from messages.inputs import account_input
from messages.text import Mrkdwn, escape


@dataclass(frozen=True, kw_only=True)
class AccountForm(Form):
    """Begin its blocks with `self.about()`."""

    account_id: int | None = None
    account: str | None = None

    def about(self) -> Block:
        return about(self.account_id, self.account)

    def remember(self) -> dict[str, Any]:
        return {"account_id": self.account_id}


def about(account_id: int | None, account: str | None) -> Block:
    if account_id is None:
        return account_input("account")
    return section(Mrkdwn(f"*{escape(account or 'This account')}*"))
