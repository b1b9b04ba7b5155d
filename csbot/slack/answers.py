"""What Slack's answers mean, in csbot's words: people, channels, and the ways of failing."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from csbot.slack.gateway import (
    ChannelInfo,
    OutcomeUnknown,
    RateLimited,
    RefusedBySlack,
    UserInfo,
)

UNKNOWN = {"internal_error", "fatal_error", "request_timeout", "service_unavailable"}
GUESTS = ("is_restricted", "is_ultra_restricted", "is_stranger")
CODE = re.compile("[a-z][a-z0-9_]*")  # the SDK puts a page that is no JSON where the code is


def failure(error: SlackApiError) -> Exception:
    response = error.response
    if response.status_code == 429:
        return RateLimited(_retry_after(response.headers))
    code = response.get("error") if isinstance(response.data, dict) else None
    if response.status_code >= 500 or code in UNKNOWN or not CODE.fullmatch(str(code)):
        return OutcomeUnknown(str(code) if code in UNKNOWN else f"HTTP {response.status_code}")
    if code in ("ratelimited", "rate_limited"):
        return RateLimited(_retry_after(response.headers))
    return RefusedBySlack(str(code))


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    wanted = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return timedelta(seconds=int(wanted) if wanted.isdecimal() else 30)


def channel(item: dict[str, Any]) -> ChannelInfo:
    return ChannelInfo(
        id=item["id"],
        name=item.get("name") or "",
        is_private=bool(item.get("is_private")),
        is_archived=bool(item.get("is_archived")),
        is_ext_shared=bool(item.get("is_ext_shared") or item.get("is_pending_ext_shared")),
        is_member=bool(item.get("is_member") or item.get("is_im")),
        is_general=bool(item.get("is_general")),
    )


def user(item: dict[str, Any], team: str | None) -> UserInfo:
    profile = item.get("profile") or {}
    elsewhere = bool(team and item.get("team_id") and item["team_id"] != team)
    foreign = elsewhere or any(item.get(flag) for flag in GUESTS)
    nobody = bool(item.get("is_bot") or item.get("deleted"))
    return UserInfo(
        id=item["id"],
        name=profile.get("real_name") or item.get("real_name") or item.get("name") or item["id"],
        email=profile.get("email"),
        timezone=item.get("tz"),
        is_outsider=foreign or nobody,
        is_guest=foreign and not nobody,
    )
