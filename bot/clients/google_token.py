"""Tokens for Google's APIs, by google-auth: a service account's key, or a federation with a token file.

The library's default chain is not used: it would ask the machine's metadata address and start `gcloud`.
https://googleapis.dev/python/google-auth/latest/user-guide.html
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from google.auth import exceptions, transport

from bot.clients.cloud_errors import in_trouble
from bot.clients.cloud_wire import Answered, CloudWire
from bot.errors import OPERATOR, SourceDenied, SourceError, SourceMalformed

#: The only scope that all the questions take:
#: https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers/get
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_LONGEST = 6.0
"""Seconds that the library's thread waits for one answer at most; the wire gives up long before."""
_NO_ANSWER: Any = exceptions.TransportError
_CLASSES = {
    "service_account": ("google.oauth2.service_account", "from_service_account_info"),
    "external_account": ("google.auth.identity_pool", "from_info"),
}


class GoogleToken:
    """The tokens of one file of credentials. The library keeps them, and renews them in time; as it blocks,
    it does so in a thread."""

    def __init__(self, info: Mapping[str, Any], wire: CloudWire) -> None:
        self._wire = wire
        module, make = _CLASSES[info["type"]]
        # The library's functions have no types.
        kind: Any = import_module(module).Credentials
        self._credentials: Any
        try:
            self._credentials = getattr(kind, make)(dict(info), scopes=_SCOPES)
        except (ValueError, TypeError, KeyError, AttributeError, exceptions.GoogleAuthError):
            # A key that is none, with the library's words about its content.
            self._credentials = None

    async def fetch(self) -> str:
        """A token that is good for a while.

        Raises:
            SourceError: there is none to be had.
        """
        if self._credentials is None:
            raise _unusable()
        if not self._credentials.valid:
            request = _Request(self._wire, asyncio.get_running_loop())
            try:
                await asyncio.to_thread(self._credentials.refresh, request)
            except (exceptions.GoogleAuthError, OSError) as error:
                raise request.failure or _refused(error) from None
            except (AttributeError, KeyError, TypeError, ValueError):
                # The library expects the documented shape, and stumbles over any other.
                raise request.failure or _unintelligible() from None
        token = self._credentials.token
        if not isinstance(token, str) or not token:
            raise _unintelligible()
        return token


class _Request(transport.Request):
    """The library's requests, sent from its thread by our own wire. `failure` is why the newest of them had
    no answer, or what kept the service from one."""

    def __init__(self, wire: CloudWire, loop: asyncio.AbstractEventLoop) -> None:
        self._wire = wire
        self._loop = loop
        self.failure: SourceError | None = None

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_more: Any,
    ) -> _Response:
        """One answer.

        Raises:
            google.auth.exceptions.TransportError: there was none.
        """
        content = body.encode() if isinstance(body, str) else body or b""
        sending = self._wire.send(method, url, headers or {}, content)
        sent = asyncio.run_coroutine_threadsafe(sending, self._loop)
        try:
            answer = sent.result(timeout or _LONGEST)
        except SourceError as error:
            self.failure = error
            raise _NO_ANSWER("no answer") from None
        except (TimeoutError, concurrent.futures.CancelledError):
            sent.cancel()
            raise _NO_ANSWER("no answer") from None
        self.failure = in_trouble("Google", answer) if answer.status == 429 or answer.status >= 500 else None
        return _Response(answer)


class _Response(transport.Response):
    """A whole answer, as the library reads one."""

    def __init__(self, answer: Answered) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    @property
    def data(self) -> bytes:
        return self._answer.content


def _refused(error: Exception) -> SourceError:
    if isinstance(error, OSError):
        return _unusable()
    # Google's own words name principals; which stage refused is told by the setting that helps.
    return SourceDenied(
        "Google gives the bot no token",
        f"{OPERATOR} renews the file of `GOOGLE_APPLICATION_CREDENTIALS`, or what it names",
    )


def _unusable() -> SourceError:
    return SourceDenied(
        "the bot's credentials for Google Cloud cannot be used",
        f"{OPERATOR} checks the file of `GOOGLE_APPLICATION_CREDENTIALS`",
    )


def _unintelligible() -> SourceError:
    return SourceMalformed(
        "Google's answer does not have the documented shape",
        f"ask again; if it stays so, {OPERATOR} checks the addresses in the file of "
        "`GOOGLE_APPLICATION_CREDENTIALS`",
    )
