"""What to say to somebody who pasted a secret: which kind it was, and how it is made worthless."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from knowledge.token_claims import ends_at
from knowledge.words import listed

#: By the kinds that redaction counts, the most harmful first: what it is, and what ends it.
_KINDS: dict[str, tuple[str, str]] = {
    "aws-secret-key": ("an AWS secret key", "deactivate it in IAM, the user's Security credentials"),
    "private-key": ("a private key", "replace it"),
    "atlassian-token": ("an Atlassian token", "revoke it where it was made"),
    "azure-secret": ("an Azure client secret", "delete it under Certificates & secrets"),
    "google-token": ("a Google token or key", "revoke it"),
    "github-token": ("a GitHub token", "revoke it"),
    "gitlab-token": ("a GitLab token", "revoke it"),
    "npm-token": ("an npm token", "revoke it"),
    "vault-token": ("a Vault token", "revoke it"),
    "slack-token": ("a Slack token", "revoke it"),
    "slack-webhook": ("the address of a Slack webhook", "remove the webhook"),
    "password": ("a password", "change it"),
    "secret": ("a secret", "replace it"),
    "api-key": ("an API key", "replace it"),
    "token": ("a token", "revoke it"),
    "bearer": ("a token", "revoke it"),
    "authorization": ("the header of a login", "revoke what it holds"),
}
#: These end by themselves; nothing can be revoked but the session or role behind them.
_SHORT_LIVED = {
    "aws-session-token": ("AWS session credentials", "they end"),
    "signature": ("a signed address", "it ends"),
}
_NAMED = 3


def warning(
    redactions: Mapping[str, int], claims: Mapping[str, Any] | None = None, asked_at: datetime | None = None
) -> str:
    """One line about the secrets that a message held; empty when it held none.

    `claims` are those of Bitbucket's token in it, `asked_at` is when the message was written. The id of
    an access key alone is no secret.
    """
    kinds = [kind for kind in _KINDS if kind in redactions]
    if "aws-session-token" in redactions:
        # The secret key beside a session token is the session's own.
        kinds = [kind for kind in kinds if kind != "aws-secret-key"]
    lasting = list(dict.fromkeys(f"{_KINDS[kind][0]} ({_KINDS[kind][1]})" for kind in kinds))
    said = []
    if lasting:
        shown = lasting[:_NAMED] + (["more"] if len(lasting) > _NAMED else [])
        said.append(f"It holds {listed(shown)}: whoever reads the channel has it.")
    short = [about for kind, about in _SHORT_LIVED.items() if kind in redactions]
    if short:
        until = short[0][1] if len(short) == 1 else "they end"
        said.append(f"It holds {listed([words for words, _ in short])}, good until {until}.")
    if "jwt" in redactions:
        said.append(_about_token(claims, asked_at))
    if not said:
        return ""
    only_ended = not lasting and not short and _has_ended(claims, asked_at)
    line = " ".join(said if only_ended else [*said, "Delete the message as well."])
    return f"This message{line.removeprefix('It')}"


def _has_ended(claims: Mapping[str, Any] | None, asked_at: datetime | None) -> bool:
    end = ends_at(claims or {})
    return end is not None and asked_at is not None and end < asked_at


def _about_token(claims: Mapping[str, Any] | None, asked_at: datetime | None) -> str:
    if claims is None:
        return (
            "It holds a token (JWT): if that is the step's OIDC token, it ends by itself soon; revoke any "
            "other."
        )
    end = ends_at(claims)
    if end is None:
        return "It holds the step's OIDC token, which is short-lived and ends by itself soon."
    when = f"{end:%Y-%m-%d %H:%M} UTC"
    if _has_ended(claims, asked_at):
        return f"It holds the step's OIDC token, which ended on {when} and opens nothing any more."
    return (
        "It holds the step's OIDC token, which is short-lived: whoever has it can log in as the step until "
        f"{when}."
    )
