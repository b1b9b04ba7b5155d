"""What people wrote in Slack, as plain words."""

from csbot.slack.plain import plainly
from messages.changes import setting_words


def test_a_private_channel_is_not_named_even_where_slack_names_it():
    assert plainly("see <#C1|secret-deal> and <#C2|open>", {"C1": ""}) == "see #channel and #open"


def test_a_setting_of_several_values_is_told_as_people_write_it():
    after = {"key": "channels.segments", "value": {"enterprise": "#cs-ent", "smb": "#cs"}}
    assert setting_words({}, after).endswith("set to enterprise = #cs-ent, smb = #cs")
