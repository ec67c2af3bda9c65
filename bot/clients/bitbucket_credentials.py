"""What the bot shows Bitbucket of itself: a token that is set, or one that an OAuth consumer gives out.

https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import urlencode

import httpx

from bot.clients.bitbucket_errors import Holder, malformed, not_reached
from bot.errors import OPERATOR, SourceError, SourceUnauthenticated

#: Sends a request; its status and the beginning of its body. Raises `httpx.HTTPError`.
Send = Callable[[httpx.Request], Awaitable[tuple[int, bytes]]]

_WORD = re.compile(r"[!-~]+\Z")
_LIFETIME = 3_600.0
"""Seconds that a token is good for when Bitbucket does not say; it says two hours."""
_EARLY = 300.0
"""Seconds before its end that a token is renewed; a tenth of its life where that is shorter."""
_BETWEEN_REFUSALS = 60.0
"""A token that is refused is renewed at once, and so no more often than this."""


class Credentials(Protocol):
    """What goes into `Authorization`."""

    holder: Holder

    async def authorization(self, send: Send) -> str:
        """The header's value. Raises `SourceError` when there is none to be had."""

    def refused(self, authorization: str) -> bool:
        """Bitbucket has said 401 to it; whether there is another to be had now."""


class Token:
    """A token that is set: an API token with its `email` (Basic), an access token without (Bearer)."""

    holder = Holder()

    def __init__(self, token: str, email: str | None = None) -> None:
        self._authorization = f"Bearer {token}" if email is None else _basic(email, token)

    async def authorization(self, send: Send) -> str:  # noqa: ARG002 - it is there already
        return self._authorization

    def refused(self, authorization: str) -> bool:  # noqa: ARG002 - there is no other
        return False


class Consumer:
    """An OAuth consumer, which is given a token for its key and secret, for two hours each:
    https://developer.atlassian.com/cloud/bitbucket/rest/intro/#client-credentials-grant--4-4-

    `clock` gives monotonic seconds.
    """

    holder = Holder.of_consumer()

    def __init__(self, key: str, secret: str, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._pass = _basic(key, secret)
        self._url = url
        self._clock = clock
        self._current: str | None = None
        self._until = 0.0
        self._renewed_at = float("-inf")
        self._asking: asyncio.Task[str] | None = None

    async def authorization(self, send: Send) -> str:
        if self._current is not None and self._clock() < self._until:
            return self._current
        if self._asking is None:
            # Whoever asks meanwhile waits for the same token; whoever gives up takes it from nobody.
            self._asking = asyncio.ensure_future(self._token(send))
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)

    def _asked(self, asking: asyncio.Task[str]) -> None:
        self._asking = None
        if not asking.cancelled():
            # All who waited may be gone; then nobody else looks at it.
            asking.exception()

    def refused(self, authorization: str) -> bool:
        if authorization != self._current:
            return True
        if self._clock() - self._renewed_at < _BETWEEN_REFUSALS:
            return False
        self._current, self._renewed_at = None, self._clock()
        return True

    async def _token(self, send: Send) -> str:
        headers = {
            "Authorization": self._pass,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "rolecall",
        }
        form = urlencode({"grant_type": "client_credentials"}).encode()
        asked_at = self._clock()
        try:
            status, body = await send(httpx.Request("POST", self._url, headers=headers, content=form))
        except httpx.HTTPError:
            raise not_reached("did not give the bot a token: its address for OAuth does not answer") from None
        if status != 200:
            raise _not_given(status)
        try:
            given = json.loads(body)
            token, seconds = given["access_token"], float(given.get("expires_in", _LIFETIME))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise malformed("to the OAuth consumer has no token in it") from None
        if not isinstance(token, str) or not _WORD.match(token) or not 0 < seconds < 10 * 365 * 86_400:
            raise malformed("to the OAuth consumer has no usable token in it")
        self._current = f"Bearer {token}"
        self._until = asked_at + seconds - min(_EARLY, seconds / 10)
        return self._current


def _not_given(status: int) -> SourceError:
    if status in (400, 401, 403):
        return SourceUnauthenticated(
            f"Bitbucket gives the bot's OAuth consumer no token ({status})",
            f"{OPERATOR} checks `BITBUCKET_OAUTH_KEY` and `BITBUCKET_OAUTH_SECRET`, and that the consumer is "
            "a private one",
        )
    return not_reached(f"did not give the bot a token ({status})")


def _basic(name: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode('ascii')}"
