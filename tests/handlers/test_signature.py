"""Only what Slack signed, now, is Slack's: https://docs.slack.dev/authentication/verifying-requests-from-slack"""

from __future__ import annotations

import hashlib
import hmac

import pytest
from multidict import CIMultiDict
from slack_sdk.signature import SignatureVerifier

from handlers.signature import check

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_795_400_000
BODY = '{"type":"event_callback","event":{"text":"größe"}}'.encode()


def signed(stamp: str = str(NOW), body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    """Headers as Slack's own library makes them."""
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signature is not None
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


def digest(body: bytes, secret: str) -> str:
    """For what Slack's library does not sign."""
    base = f"v0:{NOW}:".encode() + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("age", [0, 1, 299, 300, -300])
def test_what_slack_signed_within_five_minutes_is_right(age: int) -> None:
    assert check(signed(str(NOW - age)), BODY, SECRET, NOW)


def test_names_of_headers_have_no_case() -> None:
    assert check({name.lower(): value for name, value in signed().items()}, BODY, SECRET, NOW)
    assert check(CIMultiDict(signed()), BODY, SECRET, NOW)


def test_bytes_that_are_no_text_can_be_signed() -> None:
    headers = {**signed(), "X-Slack-Signature": digest(b"\xff\x00", SECRET)}

    assert check(headers, b"\xff\x00", SECRET, NOW)


WRONG = {
    "nothing at all": {},
    "no signature": {"X-Slack-Signature": None},
    "no time": {"X-Slack-Request-Timestamp": None},
    "an empty signature": {"X-Slack-Signature": ""},
    "the empty digest": {"X-Slack-Signature": "v0="},
    "another digest": {"X-Slack-Signature": "v0=" + "0" * 64},
    "another version": {"X-Slack-Signature": signed()["X-Slack-Signature"].replace("v0", "v1")},
    "upper case": {"X-Slack-Signature": signed()["X-Slack-Signature"].upper()},
    "more after it": {"X-Slack-Signature": signed()["X-Slack-Signature"] + "0"},
    "no ascii": {"X-Slack-Signature": "v0=ä" + "0" * 63},
    "a surrogate": {"X-Slack-Signature": "v0=\udcff"},
    "much": {"X-Slack-Signature": "v0=" + "0" * 1_000_000},
    "an empty time": {"X-Slack-Request-Timestamp": ""},
    "a word for a time": {"X-Slack-Request-Timestamp": "now"},
    "a negative time": {"X-Slack-Request-Timestamp": "-1"},
    "a fraction": {"X-Slack-Request-Timestamp": f"{NOW}.5"},
    "a blank": {"X-Slack-Request-Timestamp": f" {NOW}"},
    "other digits": {"X-Slack-Request-Timestamp": "١٧٩٥٤٠٠٠٠٠"},
    "a superscript": {"X-Slack-Request-Timestamp": "²"},
    "not a number": {"X-Slack-Request-Timestamp": "nan"},
    "endless": {"X-Slack-Request-Timestamp": "inf"},
    "an underscore": {"X-Slack-Request-Timestamp": "1_795_400_000"},
    "a huge number": {"X-Slack-Request-Timestamp": "9" * 100_000},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_anything_else_is_refused_without_an_error(changes: dict[str, str | None]) -> None:
    headers = {**signed(), **changes} if changes else {}
    assert not check({name: value for name, value in headers.items() if value is not None}, BODY, SECRET, NOW)


@pytest.mark.parametrize("age", [301, 100_000, -301])
def test_a_stale_request_is_refused_though_it_is_signed(age: int) -> None:
    assert not check(signed(str(NOW - age)), BODY, SECRET, NOW)


def test_another_body_or_secret_is_refused() -> None:
    assert not check(signed(), BODY + b" ", SECRET, NOW)
    assert not check(signed(secret="other"), BODY, SECRET, NOW)


def test_without_a_secret_nothing_is_right() -> None:
    headers = {**signed(), "X-Slack-Signature": digest(BODY, "")}

    assert not check(headers, BODY, "", NOW)


def test_a_header_that_stands_there_twice_is_refused() -> None:
    headers = CIMultiDict(signed())
    headers.add("X-Slack-Signature", "v0=" + "0" * 64)

    assert not check(headers, BODY, SECRET, NOW)
