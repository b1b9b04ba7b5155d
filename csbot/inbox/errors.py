"""Why a delivery cannot be taken as it is. Neither loses it: both keep it in the inbox."""

from collections.abc import Collection, Mapping


class Unreadable(Exception):
    """Something in it does not fit; `field` is its dotted name, `mend` a sentence."""

    def __init__(self, field: str, mend: str) -> None:
        super().__init__(f"{field}: {mend}")
        self.field, self.mend = field, mend


class UnknownAccount(Exception):
    """It is about an account that is not there yet; `hint` says how it was named, `signs` are what
    such an account would have: values by kind, empty where that cannot be said.
    """

    def __init__(self, hint: str, signs: Mapping[str, Collection[str]] | None = None) -> None:
        super().__init__(hint)
        self.hint, self.signs = hint, signs or {}
