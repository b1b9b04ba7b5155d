"""`[email]` in csbot.toml: as whom csbot writes to customers."""

from email.headerregistry import Address

from pydantic import ConfigDict, Field, field_validator

from csbot.email.letter import mailbox
from csbot.section import Section


class Email(Section):
    """`from` is the address that all e-mails come from; the name beside it is the owner's."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(default="", alias="from")

    @field_validator("from_")
    @classmethod
    def _one_address(cls, value: str) -> str:
        if value:
            mailbox(value)
        return value

    @property
    def sender(self) -> Address | None:
        return mailbox(self.from_) if self.from_ else None
