"""What a single setting's value must look like to be used."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_WORD = re.compile(r"[!-~]+\Z")
"""Visible ASCII: what a header can carry, and all that tokens are made of."""
_AWS_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


def is_loopback(host: str | None) -> bool:
    """Whether the host, as an address names it, is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def address(value: str) -> str:
    """`value`, an address that may be called.

    Raises:
        ValueError: it is none, or would be called in the clear.
    """
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or not _WORD.match(value):
        raise ValueError("must be an https:// address")
    if parts.scheme not in {"https", "http"}:
        raise ValueError("must be an https:// address")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must be an https:// address (http:// only for loopback hosts)")
    if parts.username or parts.password:
        raise ValueError("must not carry a user name or password")
    return value


def word(value: str) -> str:
    """`value`, when a header can carry it.

    Raises:
        ValueError: it cannot.
    """
    if not _WORD.match(value):
        raise ValueError("must be plain ASCII without blanks or line breaks inside")
    return value


def aws_problems(given: Mapping[str, str]) -> list[str]:
    """What is wrong with the addresses and keys that boto3 is given."""
    problems: list[str] = []
    for name, value in sorted(given.items()):
        try:
            if name.startswith("AWS_ENDPOINT_URL"):
                address(value)
            elif name in _AWS_KEYS:
                word(value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return problems
