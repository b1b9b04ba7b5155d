"""Under which keys things of touches stand in the outbox."""


def outbox_key(touch_id: int) -> str:
    return f"touch:{touch_id}"


def approval_key(approval_id: int) -> str:
    return f"approval:{approval_id}"
