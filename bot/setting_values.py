"""What a single setting's value must look like to be used."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_WORD = re.compile(r"[!-~]+\Z")
"""Visible ASCII: what a header can carry, and all that tokens are made of."""
OAUTH_URL = "https://bitbucket.org/site/oauth2/access_token"
"""Where an OAuth consumer is given tokens: https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/"""
_LOGINS = ("BITBUCKET_TOKEN", "BITBUCKET_OAUTH_KEY", "BITBUCKET_OAUTH_SECRET")
_CHANNEL = re.compile(r"[CGD][A-Za-z0-9_]+\Z")
_SLUG = re.compile(r"(?:[A-Za-z0-9_.\-]+|\{[0-9a-fA-F-]{36}\})\Z")
_REGION = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)\Z")
_REGIONS = frozenset({"AWS_REGION", "AWS_DEFAULT_REGION"})
_HOST = re.compile(r"[A-Za-z0-9_.:%-]+\Z")
"""A name, or an address of either version; the latter may name its interface."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_AWS_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})


def is_channel(value: str) -> bool:
    """Whether this is a channel's id, not its name."""
    return _CHANNEL.match(value) is not None


def is_listed_name(value: str) -> bool:
    """Whether this is a workspace, or `workspace/repository`, by names or `{uuid}`s."""
    parts = value.split("/")
    return len(parts) <= 2 and all(_SLUG.match(part) for part in parts)


def is_installed(module: str) -> bool:
    """Whether a module is there that comes with an extra only. Of it nothing is loaded but its packages."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # One of the packages that it is in is not there.
        return False


def needed_extras(setting: str, extra: str, *modules: str) -> list[str]:
    """What is wrong where a setting needs an extra, and so the modules, and they are not there. They come
    from the locked file: what a registry has under the bot's own name may be somebody else's."""
    if all(map(is_installed, modules)):
        return []
    return [f"{setting}: needs the extra `{extra}`: pip install -r deploy/requirements.txt"]


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


def oauth_address(value: str) -> str:
    """`value`, where an OAuth consumer's token is had: Bitbucket's own address, or one of this machine.

    Raises:
        ValueError: it is another.
    """
    if value != OAUTH_URL and not is_loopback(urlsplit(address(value)).hostname):
        raise ValueError(f"must be {OAUTH_URL} (another address only on loopback hosts)")
    return value


def login_problems(given: Mapping[str, str]) -> list[str]:
    """What is wrong with the ways to log in to Bitbucket, of which one is needed."""
    token, key, secret = (name in given for name in _LOGINS)
    if key != secret:
        missing = "BITBUCKET_OAUTH_SECRET" if key else "BITBUCKET_OAUTH_KEY"
        return [f"{missing}: is required, as its other half is set"]
    if token and key:
        return ["BITBUCKET_TOKEN, BITBUCKET_OAUTH_KEY: only one of them can be used"]
    if key and "BITBUCKET_EMAIL" in given:
        return ["BITBUCKET_EMAIL: goes with BITBUCKET_TOKEN, not with an OAuth consumer"]
    if not (token or key):
        return ["BITBUCKET_TOKEN: is required (or BITBUCKET_OAUTH_KEY with BITBUCKET_OAUTH_SECRET)"]
    return []


def word(value: str) -> str:
    """`value`, when a header can carry it.

    Raises:
        ValueError: it cannot.
    """
    if not _WORD.match(value):
        raise ValueError("must be plain ASCII without blanks or line breaks inside")
    return value


def one_line(value: str) -> str:
    """`value`, when nothing in it breaks a line or steers a terminal.

    Raises:
        ValueError: something does.
    """
    if _CONTROL.search(value):
        raise ValueError("must not hold line breaks or other control characters")
    return value


def region(value: str) -> str:
    """`value`, when it can be a region's name, which becomes a part of addresses.

    Raises:
        ValueError: it cannot.
    """
    if not _REGION.match(value):
        raise ValueError("must be a region such as eu-central-1")
    return value


def host(value: str) -> str:
    """`value`, when it can name where to listen.

    Raises:
        ValueError: it cannot.
    """
    if not _HOST.match(value):
        raise ValueError("must be a host's name or address such as 0.0.0.0")
    return value


def aws_problems(given: Mapping[str, str]) -> list[str]:
    """What is wrong with the addresses, keys and regions that boto3 is given."""
    problems: list[str] = []
    for name, value in sorted(given.items()):
        try:
            if name.startswith("AWS_ENDPOINT_URL"):
                address(value)
            elif name in _AWS_KEYS:
                word(value)
            elif name in _REGIONS:
                region(value)
            else:
                one_line(value)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return problems
