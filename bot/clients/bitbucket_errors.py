"""What Bitbucket's refusals mean, in words.

Bodies of errors: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#standardized-error-responses
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import (
    OPERATOR,
    SourceDenied,
    SourceError,
    SourceMalformed,
    SourceNotFound,
    SourceRateLimited,
    SourceRefused,
    SourceUnauthenticated,
    SourceUnreachable,
)
from knowledge.words import amount, code, listed

#: Scopes are printed as Bitbucket spells them, and only if they look like scopes: `pipeline`,
#: `read:pipeline:bitbucket`. https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
_SCOPE = re.compile(r"[a-z][a-z_-]*(?::[a-z_-]+){0,3}\Z")

TOO_LATE = "ask again in a minute"


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds the rights, by the names of its settings: `name`, and what to do when it is refused."""

    name: str = "`BITBUCKET_TOKEN`"
    when_refused: str = "renews `BITBUCKET_TOKEN` (an API token also needs `BITBUCKET_EMAIL`)"

    @classmethod
    def of_consumer(cls) -> Holder:
        name = "the OAuth consumer of `BITBUCKET_OAUTH_KEY`"
        return cls(name, f"looks whether {name} is still there and may read")


def refusal(status: int, headers: Mapping[str, str], body: object, holder: Holder) -> SourceError:
    """The error for an answer that is no success. `body` is its JSON, or None when it has none."""
    error = body.get("error") if isinstance(body, Mapping) else None
    message = error.get("message") if isinstance(error, Mapping) else None
    if status == 401:
        return SourceUnauthenticated(
            "Bitbucket does not accept the bot's token (401)",
            f"{OPERATOR} {holder.when_refused}",
        )
    if status == 403:
        return _forbidden(error if isinstance(error, Mapping) else {}, str(message or ""), holder)
    if status in (404, 410):
        return SourceNotFound(
            f"Bitbucket finds nothing there ({status}): it does not exist, or the bot's token may not see it",
            "check the name, and that the bot's token may see it",
        )
    if status == 429:
        return SourceRateLimited(
            "Bitbucket takes no more questions from the bot for now (429)",
            _later(headers),
            retry_after(headers) or 60.0,
        )
    if status >= 500:
        return SourceUnreachable(f"Bitbucket has a fault of its own ({status})", "ask again in a few minutes")
    if 300 <= status < 400:
        return SourceRefused(
            f"Bitbucket points to another place ({status})",
            "check whether the repository was renamed or moved, or the file is kept in Git LFS",
        )
    return SourceRefused(f"Bitbucket refused the question ({status})", f"{OPERATOR} looks at the bot's log")


def _forbidden(error: Mapping[str, Any], message: str, holder: Holder) -> SourceError:
    detail = error.get("detail")
    required = detail.get("required") if isinstance(detail, Mapping) else None
    named = [required] if isinstance(required, str) else required if isinstance(required, list) else []
    scopes = [code(scope) for scope in named if isinstance(scope, str) and _SCOPE.match(scope)]
    if scopes:
        word = "scope" if len(scopes) == 1 else "scopes"
        return SourceDenied(
            f"the bot's token lacks the {word} {listed(scopes)} (403)",
            f"{OPERATOR} gives {holder.name} the {word} {listed(scopes)}",
        )
    if "authentication mechanism" in message:
        return SourceDenied(
            "Bitbucket does not take this kind of token here (403)",
            f"{OPERATOR} sets `BITBUCKET_EMAIL` beside an API token, or uses an access token",
        )
    return SourceDenied(
        "Bitbucket refuses it to the bot's token (403)",
        f"{OPERATOR} gives the account or token behind {holder.name} access to it",
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for; None when it does not say, or says it as a date."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _later(headers: Mapping[str, str]) -> str:
    seconds = retry_after(headers)
    return TOO_LATE if seconds is None else f"ask again in {amount(max(1, int(seconds)), 'second')}"


def malformed(what: str) -> SourceMalformed:
    """An answer with status 200 that is not what it should be."""
    return SourceMalformed(
        f"Bitbucket's answer {what}",
        f"ask again; if it stays so, {OPERATOR} checks `BITBUCKET_API_URL` and the way to it",
    )


def not_reached(why: str) -> SourceUnreachable:
    """No answer at all."""
    return SourceUnreachable(f"Bitbucket {why}", TOO_LATE)
