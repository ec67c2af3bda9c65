"""The body of one answer, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from bot.errors import SourceMalformed

READ_THROUGH = 64 * 1024 * 1024
"""Bytes that are read through at most for the end of a body."""


@dataclass(frozen=True, slots=True)
class Body:
    """What came back: at most as many bytes as were wanted. `total` is the whole length, if known."""

    content: bytes
    total: int | None
    cut: bool
    media_type: str


async def read_body(response: httpx.Response, most: int, *, from_end: bool) -> Body:
    """The body's first or last `most` bytes; never more than twice as many and a block are held. For its
    last ones it is read through.

    Raises:
        SourceMalformed: it goes on for longer than anybody reads through.
    """
    kept = bytearray()
    cut = False
    read = 0
    async for chunk in response.aiter_bytes():
        kept += chunk
        read += len(chunk)
        if from_end and read > READ_THROUGH:
            raise SourceMalformed(
                f"it is longer than {READ_THROUGH // 1024 // 1024} MiB, and no part of it is given alone",
                "paste the last lines of the log",
            )
        if not from_end and len(kept) > most:
            del kept[most:]
            cut = True
            break
        if len(kept) > 2 * most:
            del kept[:-most]
            cut = True
    if from_end and len(kept) > most:
        del kept[:-most]
        cut = True
    media_type = response.headers.get("content-type", "").lower()
    return Body(bytes(kept), length_of(response.headers), cut, media_type)


def total_of(headers: Mapping[str, str]) -> int | None:
    """The whole length that a part's head names (`Content-Range: bytes 5-9/10`); None when it does not."""
    total = headers.get("content-range", "").rpartition("/")[2].strip()
    return int(total) if total.isascii() and total.isdigit() else None


def length_of(headers: Mapping[str, str]) -> int | None:
    """The length that the head names."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None
