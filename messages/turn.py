"""Whose move it is, in the same few words wherever something open is shown."""

YOU, US, CUSTOMER = "on you", "on us", "on customer"


def whose_move(on_customer: bool, *, yours: bool = False) -> str:
    """`yours`: whoever reads it is alone with it, and it is for them to act."""
    if on_customer:
        return CUSTOMER
    return YOU if yours else US
