"""Where Bitbucket's answers point to: the store of finished logs, and the next page of a collection."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import httpx

from bot.clients.bitbucket_errors import malformed
from bot.setting_values import is_loopback

HOPS = 3
"""Redirects that are followed for one log."""


def target_of(asked: str, location: str) -> str:
    """The address that the answer to `asked` points to.

    Raises:
        SourceMalformed: it is none that may be followed (only https, or loopback), or no address at all.
    """
    try:
        address = urljoin(asked, location)
        parts = urlsplit(address)
        host = parts.hostname or ""
        # What this does not take, no request can be made of.
        usable = bool(host) and parts.port != 0 and bool(httpx.URL(address).host)
    except (ValueError, httpx.InvalidURL):
        raise malformed("points to no usable address") from None
    if not location or not usable or not address.isascii() or any(sign.isspace() for sign in address):
        raise malformed("points to no usable address")
    allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not allowed or parts.username is not None or parts.password is not None:
        raise malformed("points to an address that is not followed")
    return address


def same_page(address: str) -> tuple[object, ...]:
    """What two spellings of one address have in common: escapes and the order of the query aside."""
    parts = urlsplit(address)
    query = tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return (parts.scheme, parts.netloc.lower(), unquote(parts.path), query)
