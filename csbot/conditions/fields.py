"""All that a condition may ask about, by name."""

from csbot.conditions.account_fields import ACCOUNT
from csbot.conditions.custom import custom
from csbot.conditions.kinds import OPERATORS, Field, Kind
from csbot.conditions.renewal_fields import RENEWAL
from csbot.conditions.subject_fields import SUBJECTS
from csbot.conditions.touch_fields import TOUCHED
from csbot.conditions.usage_fields import USAGE

__all__ = ["FIELDS", "OPERATORS", "Field", "Kind", "custom"]

FIELDS: dict[str, Field] = {**ACCOUNT, **TOUCHED, **USAGE, **SUBJECTS, **RENEWAL}
