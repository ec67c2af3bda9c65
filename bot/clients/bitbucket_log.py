"""A step's log as it is judged: its end, without what colours it on a terminal, and redacted.

Logs are to be capped by whoever reads them, and come in ranges:
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/
"""

from __future__ import annotations

import asyncio
import re

from bot.clients.bitbucket_body import Body
from knowledge.casefile import Log
from knowledge.redact import redact
from knowledge.symptoms.stream import LONGEST, LongText

WINDOW = 2 * 1024 * 1024
"""Bytes of a log's end that are read. A failure may stand far above what was printed after it."""

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BLOCK = 65_536
_FIRST_LINE = 24_000
"""Bytes dropped at most of a line whose beginning was not read: the longest secrets are shorter, and a line
may be as long as the log."""


async def log_of(body: Body, url: str) -> Log:
    """The log of which `body` is the end. Of a long one, its beginning, its end, and the places between that
    show a failure are kept; all of it is looked through, a block at a time, so that others get their turn."""
    raw = _whole_lines(body.content) if body.cut else body.content
    part = len(body.content) if body.cut else None
    if len(raw) <= LONGEST:
        text = _ESCAPES.sub(b"", raw).decode("utf-8", errors="replace")
        return Log(redact(text).text, body.cut, url, part)
    long, at = LongText(), 0
    while at < len(raw):
        end = _end_of_block(raw, at)
        long.feed(_ESCAPES.sub(b"", raw[at:end]))
        at = end
        await asyncio.sleep(0)
    return Log(long.close().text, body.cut or long.left_out, url, part)


def _end_of_block(raw: bytes, at: int) -> int:
    """Where the block's last whole line ends: what colours a line does not go beyond it."""
    if at + _BLOCK >= len(raw):
        return len(raw)
    line = raw.rfind(b"\n", at, at + _BLOCK)
    return line + 1 if line >= 0 else at + _BLOCK


def _whole_lines(raw: bytes) -> bytes:
    line = raw.find(b"\n", 0, _FIRST_LINE)
    return raw[line + 1 if line >= 0 else _FIRST_LINE :]
