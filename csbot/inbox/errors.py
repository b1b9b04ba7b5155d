"""Why a delivery cannot be taken as it is. Neither loses it: both keep it in the inbox."""


class Unreadable(Exception):
    """Something in it does not fit; `field` is its dotted name, `mend` a sentence."""

    def __init__(self, field: str, mend: str) -> None:
        super().__init__(f"{field}: {mend}")
        self.field, self.mend = field, mend


class UnknownAccount(Exception):
    """It is about an account that is not there yet; `hint` says how it was named."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint
