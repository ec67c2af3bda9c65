"""What Slack's refusals mean for a delivery: a closed table of error names, by what can be done.

https://docs.slack.dev/reference/methods/chat.postMessage#errors and the pages of the other methods
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

_TOO_MANY = "ratelimited"


class SlackUnavailable(Exception):
    """Slack did not answer, or not now. It may have done what was asked all the same: look first, unless
    it `is_certain` that it did not.

    `category` names the reason, `retry_after` the seconds that Slack asked to wait for.
    """

    def __init__(self, category: str, retry_after: float | None = None) -> None:
        super().__init__(category)
        self.category = category
        self.retry_after = retry_after

    @property
    def is_certain(self) -> bool:
        """Whether nothing was done: a call above the rate is turned away before anything else."""
        return self.category == _TOO_MANY


class ChannelRefused(Exception):
    """This message cannot be posted or edited, now or later; others, elsewhere, can."""

    def __init__(self, category: str) -> None:
        super().__init__(category)
        self.category = category


class TokenRefused(Exception):
    """The bot's token is no good, or lacks a scope: nothing can be posted."""

    def __init__(self, category: str) -> None:
        super().__init__(category)
        self.category = category


class BlocksRefused(Exception):
    """Slack does not take the message's form; its plain text may do."""

    def __init__(self, category: str) -> None:
        super().__init__(category)
        self.category = category


class Means(StrEnum):
    LATER = "later"
    CHANNEL = "channel"
    TOKEN = "token"
    FORM = "form"


_NAMES: dict[Means, str] = {
    Means.LATER: (
        "accesslimited fatal_error internal_error org_login_required ratelimited rate_limited "
        "request_timeout service_unavailable team_added_to_org"
    ),
    Means.TOKEN: (
        "account_inactive invalid_auth missing_scope not_allowed_token_type not_authed token_expired "
        "token_revoked two_factor_setup_required"
    ),
    Means.FORM: (
        "attachment_payload_limit_exceeded invalid_blocks invalid_blocks_format "
        "invalid_metadata_format invalid_metadata_schema metadata_must_be_sent_from_app "
        "metadata_too_large msg_blocks_too_long msg_too_long too_many_attachments"
    ),
    Means.CHANNEL: (
        "access_denied as_user_not_supported block_mismatch cannot_reply_to_message cant_delete_message "
        "cant_update_message channel_is_archived channel_not_found channel_type_not_supported "
        "compliance_exports_prevent_deletion edit_window_closed ekm_access_denied "
        "enterprise_is_restricted external_channel_migrating free_team_not_allowed "
        "invalid_arguments is_archived is_inactive message_limit_exceeded message_not_found "
        "message_not_in_thread messages_tab_disabled method_not_supported_for_channel_type "
        "no_permission no_text not_in_channel restricted_action restricted_action_non_threadable_channel "
        "restricted_action_read_only_channel restricted_action_thread_locked "
        "restricted_action_thread_only_channel slack_connect_canvas_sharing_blocked "
        "streaming_state_conflict team_access_not_granted team_not_found thread_locked "
        "thread_not_found update_failed user_not_in_channel"
    ),
}

MEANS: Mapping[str, Means] = {name: means for means, names in _NAMES.items() for name in names.split()}

_LONGEST_WAIT = 300.0


def refusal(
    status: int, error: str, retry_after: str | None
) -> SlackUnavailable | ChannelRefused | TokenRefused | BlocksRefused:
    """What an answer means: `status` is HTTP's, `error` the name in the body, empty without one.

    A name that is not in the table is `other`: it goes into logs, and could be anything.
    """
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return SlackUnavailable(_TOO_MANY, seconds(retry_after))
    match MEANS.get(error):
        case Means.LATER:
            return SlackUnavailable(error, seconds(retry_after))
        case Means.TOKEN:
            return TokenRefused(error)
        case Means.FORM:
            return BlocksRefused(error)
        case Means.CHANNEL:
            return ChannelRefused(error)
    if status >= 500 or not error:
        return SlackUnavailable(f"http_{status}", seconds(retry_after))
    return ChannelRefused("other")


def seconds(header: str | None) -> float | None:
    """`Retry-After` in seconds, None when it is missing or no number."""
    text = (header or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return None
    return min(max(float(text), 1.0), _LONGEST_WAIT)


def told(response: Any) -> tuple[int, str, str | None]:
    """Status, name of the error and `Retry-After` of an answer; of a foreign form, as far as they go."""
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0
    headers = getattr(response, "headers", None)
    wait = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    return int(status), name_of(getattr(response, "data", None)), None if wait is None else str(wait)


def name_of(body: Any) -> str:
    """The error's name in the body of an answer; empty when there is none."""
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, str) else ""
