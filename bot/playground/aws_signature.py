"""Who signed a request: Signature Version 4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.playground.aws_answers import AwsError

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w+)/(?P<scope>\d{8}/[\w-]+/\w+/aws4_request), ?"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})\Z"
)
#: A signature older or newer than this is refused.
_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Key:
    """A secret access key, and the session token that must come with it when it is temporary."""

    secret: str
    session: str | None


def signer_of(request: web.Request, body: bytes, keys: Mapping[str, Key]) -> str:
    """The access key id that signed.

    Raises:
        AwsError: it is not signed, the key is unknown, or the signature does not fit.
    """
    header = request.headers.get("Authorization", "")
    if not header:
        raise AwsError(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    found = _AUTHORIZATION.match(header)
    if found is None:
        raise AwsError(400, "IncompleteSignature", "Authorization header requires 'Signature' parameter.")
    key = keys.get(found["key"])
    if key is None or request.headers.get("X-Amz-Security-Token") != key.session:
        message = "The security token included in the request is invalid."
        raise AwsError(403, "InvalidClientTokenId", message)
    date = request.headers.get("X-Amz-Date", "")
    if not _is_recent(date):
        raise AwsError(403, "SignatureDoesNotMatch", f"Signature not valid at this time: {date}")
    wanted = _signature(request, body, key.secret, date, found)
    if not hmac.compare_digest(wanted, found["signature"]):
        message = "The request signature we calculated does not match the signature you provided."
        raise AwsError(403, "SignatureDoesNotMatch", message)
    return found["key"]


def _is_recent(date: str) -> bool:
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(datetime.now(UTC) - at) < _WINDOW


def _signature(request: web.Request, body: bytes, secret: str, date: str, found: re.Match[str]) -> str:
    names = found["headers"].split(";")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    path, _, query = request.raw_path.partition("?")
    canonical = "\n".join(
        (request.method, path, query, headers, found["headers"], hashlib.sha256(body).hexdigest())
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(("AWS4-HMAC-SHA256", date, found["scope"], digest))
    key = f"AWS4{secret}".encode()
    for part in found["scope"].split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
