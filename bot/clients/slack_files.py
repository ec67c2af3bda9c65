"""Text files that people attach in Slack: fetched with the bot's token, from Slack's own host alone.

https://docs.slack.dev/messaging/working-with-files. Without the scope `files:read` Slack does not refuse: it
answers with status 200 and a page to sign in.
"""

from __future__ import annotations

import asyncio
import codecs
from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from typing import Any
from urllib.parse import urljoin

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SourceDenied, SourceError, SourceMalformed, SourceNotFound, SourceUnreachable
from handlers.attached import is_text
from handlers.delivery import below
from handlers.slack_errors import told
from knowledge.pasted import Pasted
from knowledge.symptoms.stream import LongText

LIMIT = 5_000_000
"""Bytes of the largest file that is read."""

_SECONDS = 4.0
_REDIRECTS = 3
_BLOCK = 65_536
_KNOWN = 500
_MOVED = frozenset({301, 302, 303, 307, 308})
_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_NOT_THERE = frozenset({"file_not_found", "file_deleted", "access_denied"})
_PAGE = (b"<!doctype html", b"<html")

_AS_TEXT = "paste the last lines of the log as text"


class _Why(Enum):
    """Why a file is not read, and what can be done."""

    SIGN_IN = (
        SourceDenied,
        "Slack asks to sign in instead of giving it",
        f"{_AS_TEXT}, or give the bot's app the scope `files:read`",
    )
    GONE = (SourceNotFound, "it is not there any more", _AS_TEXT)
    NO_TEXT = (SourceMalformed, "it is no text", _AS_TEXT)
    ELSEWHERE = (SourceDenied, "it does not lie with Slack itself", _AS_TEXT)
    TOO_LARGE = (SourceDenied, f"it is larger than {LIMIT // 1_000_000} MB", _AS_TEXT)
    AWAY = (SourceUnreachable, "Slack did not give it", f"{_AS_TEXT}, or ask again in a minute")

    def error(self) -> SourceError:
        kind, reason, remedy = self.value
        error: SourceError = kind(reason, remedy)
        return error


class SlackFiles:
    """Reads files by their ids. The token goes nowhere but to the Web API and below `files_url`."""

    def __init__(self, client: AsyncWebClient, token: str, files_url: str) -> None:
        if client.session is None:
            raise ValueError("files need a client with a session")
        self._client = client
        self._session = client.session
        self._headers = {"Authorization": f"Bearer {token}"}
        self._below = files_url
        self._urls: OrderedDict[str, str] = OrderedDict()

    def remember(self, urls: Mapping[str, str]) -> None:
        """Addresses that came with the message, by the file's id: they save a question. After a restart
        they are asked for."""
        self._urls.update(urls)
        while len(self._urls) > _KNOWN:
            self._urls.popitem(last=False)

    async def read(self, identity: str) -> Pasted:
        """What the file says, redacted; of a long one what is kept of it.

        Raises:
            SourceError: it cannot be read, with the reason and the remedy.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._read(identity)
        except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError):
            raise _Why.AWAY.error() from None

    async def _read(self, identity: str) -> Pasted:
        url = self._urls.get(identity) or await self._asked_for(identity)
        for _ in range(_REDIRECTS):
            if not below(url, self._below):
                raise _Why.ELSEWHERE.error()
            async with self._session.get(
                url, headers=self._headers, allow_redirects=False, proxy=self._client.proxy
            ) as response:
                if response.status not in _MOVED:
                    return await _content(response)
                url = _next_address(url, response.headers.get("Location", ""))
        raise _Why.AWAY.error()

    async def _asked_for(self, identity: str) -> str:
        """The file's address: https://docs.slack.dev/reference/methods/files.info"""
        try:
            answer = await self._client.files_info(file=identity)
        except SlackApiError as error:
            _, name, _ = told(error.response)
            if name == "missing_scope":
                raise _Why.SIGN_IN.error() from None
            why = _Why.GONE if name in _NOT_THERE else _Why.AWAY
            raise why.error() from None
        except (AttributeError, TypeError, ValueError):
            # The library trips over bodies that are no JSON object.
            raise _Why.AWAY.error() from None
        file: Any = answer.get("file")
        if not isinstance(file, Mapping):
            raise _Why.AWAY.error()
        if not is_text(file):
            raise (_Why.ELSEWHERE if file.get("is_external") else _Why.NO_TEXT).error()
        url = file.get("url_private_download") or file.get("url_private")
        if not isinstance(url, str):
            raise _Why.GONE.error()
        return url


def _next_address(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        # It is none, such as one with half a bracket.
        raise _Why.AWAY.error() from None


async def _content(response: aiohttp.ClientResponse) -> Pasted:
    """The body, read as far as it may go, whatever its headers say of its size and kind."""
    if response.status in (404, 410):
        raise _Why.GONE.error()
    if response.status in (401, 403):
        raise _Why.SIGN_IN.error()
    if response.status != 200:
        raise _Why.AWAY.error()
    if response.content_type == "text/html":
        raise _Why.SIGN_IN.error()
    if response.content_length is not None and response.content_length > LIMIT:
        raise _Why.TOO_LARGE.error()
    text, size = LongText(), 0
    decoder: codecs.IncrementalDecoder | None = None
    async for block in response.content.iter_chunked(_BLOCK):
        if size == 0:
            decoder = _decoder_for(block)
        size += len(block)
        if size > LIMIT:
            raise _Why.TOO_LARGE.error()
        if decoder is None and b"\0" in block:
            raise _Why.NO_TEXT.error()
        # One file takes tens of milliseconds; others have their turn between its blocks.
        text.feed(block if decoder is None else decoder.decode(block).encode())
        await asyncio.sleep(0)
    return await asyncio.to_thread(text.close)


def _decoder_for(first: bytes) -> codecs.IncrementalDecoder | None:
    """How the text is to be decoded; None when it is UTF-8, as it should be. PowerShell writes UTF-16."""
    if first.lstrip().lower().startswith(_PAGE):
        raise _Why.SIGN_IN.error()
    name = _UTF_16.get(first[:2])
    return codecs.getincrementaldecoder(name)("replace") if name else None
