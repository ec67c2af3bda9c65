"""Whether a request is Slack's own: https://docs.slack.dev/authentication/verifying-requests-from-slack

Judged over the raw bytes, before anything is parsed. Whatever the headers hold, the answer is yes or no.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

_TIME = "x-slack-request-timestamp"
_SIGNATURE = "x-slack-signature"
_SECONDS = 300
"""A request older (or further ahead) than this is a replay."""
_DIGITS = 12


def check(headers: Mapping[str, str], raw: bytes, secret: str, now: float) -> bool:
    """Whether `headers` sign the body `raw` with `secret` at the time `now` (seconds since 1970).

    Without a secret nothing is ever right.
    """
    stamp, signature = _only(headers, _TIME), _only(headers, _SIGNATURE)
    if not secret or stamp is None or signature is None:
        return False
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _DIGITS):
        return False
    if abs(now - int(stamp)) > _SECONDS:
        return False
    base = b"v0:" + stamp.encode("ascii") + b":" + raw
    expected = "v0=" + hmac.new(secret.encode("utf-8"), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode("ascii"), signature.encode("utf-8", "surrogateescape"))


def _only(headers: Mapping[str, str], wanted: str) -> str | None:
    """The header's value; None when it is missing or stands there more than once."""
    found = [value for name, value in headers.items() if name.lower() == wanted]
    return found[0] if len(found) == 1 else None
