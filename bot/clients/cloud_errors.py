"""What refusals of Microsoft Graph and of Google's APIs mean, in words.

https://learn.microsoft.com/graph/errors, https://cloud.google.com/apis/design/errors
Their messages are not carried on: they name applications, principals and projects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.clients.cloud_wire import Answered
from bot.errors import (
    OPERATOR,
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceUnreachable,
)
from knowledge.words import amount, code

_GRAPH = "Microsoft Graph"
_GRAPH_PERMISSION = "Application.Read.All"
_MISSING = "Request_ResourceNotFound"
_SERVICE = re.compile(r"[a-z]+\.googleapis\.com\Z")


def in_trouble(name: str, answer: Answered) -> SourceError:
    """The error for an answer that says nothing of what was asked: too many questions, or a fault."""
    if answer.status == 429:
        text = answer.headers.get("retry-after", "")
        seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
        later = "in a minute" if seconds is None else f"in {amount(max(1, seconds), 'second')}"
        return SourceRateLimited(
            f"{name} takes no more questions from the bot for now (429)",
            f"ask again {later}",
            float(seconds or 60),
        )
    return SourceUnreachable(f"{name} has a fault of its own ({answer.status})", "ask again in a few minutes")


def graph_refusal(answer: Answered, tenant: str) -> SourceError:
    """The error for an answer of Microsoft Graph that is no success."""
    named = str(_error(answer).get("code", ""))
    if answer.status == 401:
        return SourceDenied(
            f"{_GRAPH} does not accept the bot's token (401)",
            f"{OPERATOR} checks `AZURE_CLIENT_ID`, and that `MICROSOFT_GRAPH_URL` is of the same cloud as "
            "`AZURE_AUTHORITY_HOST`",
        )
    if answer.status == 403:
        return SourceDenied(
            f"{_GRAPH} does not let the bot read applications in the tenant {tenant} (403)",
            f"an administrator of that tenant grants the bot's application the application permission "
            f"{code(_GRAPH_PERMISSION)} of {_GRAPH}",
        )
    if answer.status == 404 and named == _MISSING:
        return SourceNotFound(f"{_GRAPH} has no such object in the tenant {tenant}", "check the client id")
    if answer.status == 429 or answer.status >= 500:
        return in_trouble(_GRAPH, answer)
    return _refused(_GRAPH, answer, "`MICROSOFT_GRAPH_URL`")


def google_refusal(answer: Answered, permission: str, project: str) -> SourceError:
    """The error for an answer of Google's that is no success; `permission` is what the question needs."""
    error = _error(answer)
    status = str(error.get("status", ""))
    if answer.status == 401:
        return SourceDenied(
            "Google does not accept the bot's token (401)",
            f"{OPERATOR} renews the file of `GOOGLE_APPLICATION_CREDENTIALS`",
        )
    if answer.status == 403:
        reason, service = _reason(error)
        if reason == "SERVICE_DISABLED":
            named = service if _SERVICE.match(service) else "iam.googleapis.com"
            return SourceDenied(
                f"the API {code(named)} is off in the project that the bot's credentials belong to (403)",
                f"{OPERATOR} enables it there: {code(f'gcloud services enable {named}')}",
            )
        return SourceDenied(
            f"Google does not allow the bot {code(permission)} in the project {project} (403)",
            f"{OPERATOR} grants the bot's principal a role with {code(permission)} there",
        )
    if answer.status == 404 and status == "NOT_FOUND":
        return SourceNotFound(f"Google has no such thing in the project {project}", "check the name")
    if answer.status == 429 or answer.status >= 500:
        return in_trouble("Google", answer)
    return _refused("Google", answer, "`GOOGLE_IAM_URL`")


def _refused(name: str, answer: Answered, setting: str) -> SourceMalformed:
    return SourceMalformed(
        f"{name} refused the question ({answer.status})",
        f"ask again; if it stays so, {OPERATOR} checks {setting} and the way to it",
    )


def _error(answer: Answered) -> Mapping[str, Any]:
    body = answer.json()
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _reason(error: Mapping[str, Any]) -> tuple[str, str]:
    """`reason` and the service of the `ErrorInfo` among the details."""
    details = error.get("details")
    for one in details if isinstance(details, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get("reason"), str):
            metadata = one.get("metadata")
            service = metadata.get("service") if isinstance(metadata, Mapping) else None
            return one["reason"], str(service or "")
    return "", ""
