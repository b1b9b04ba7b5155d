"""What may go wrong on purpose. Anything else is a bug and goes to the log."""


class Refused(Exception):
    """A person asked for something the rules do not allow. Shown to them as is."""

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field  # block_id of the form's input to mark


class Forbidden(Refused):
    """Allowed for someone, not for this person: whoever is told hears which admin can do what."""

    an_admin_can = "help"


class NotYourRole(Forbidden):
    """Allowed for people of another role."""

    an_admin_can = "change your role"
