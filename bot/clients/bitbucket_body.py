"""The body of one answer, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Body:
    """What came back: at most as many bytes as were wanted. `total` is the whole length, if known."""

    content: bytes
    total: int | None
    cut: bool
    media_type: str


async def read_body(response: httpx.Response, most: int, *, from_end: bool) -> Body:
    """The body's first or last `most` bytes; never more than twice as many and a block are held. For its
    last ones it is read through, however long it is: whoever waits for it has a deadline."""
    kept = bytearray()
    cut = False
    async for chunk in response.aiter_bytes():
        kept += chunk
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


def length_of(headers: Mapping[str, str]) -> int | None:
    """The length that the head names."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None
