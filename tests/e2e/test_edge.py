"""The HTTP edge: who may knock, and that nothing that comes in makes it stumble."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.playground.slack_state import APP, CHANNEL, PERSON, TEAM
from bot.playground.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM = "application/x-www-form-urlencoded"
MEGABYTE = 1024 * 1024


def signed(shared: Stage, body: bytes, content_type: str = "application/json") -> dict[str, str]:
    now = str(int(time.time()))
    # The library signs text only; Slack signs the bytes as they are.
    base = b"v0:" + now.encode() + b":" + body
    signature = (
        "v0=" + hmac.new(shared.slack.courier.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    )
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": signature,
    }


async def send(shared: Stage, body: bytes, headers: dict[Any, Any]) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"{shared.bot.base_url}/slack/events", content=body, headers=headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Slack-Signature": None},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=\u00e9\u00e9".encode()},
        {"X-Slack-Signature": "v1=abc"},
        {"X-Slack-Request-Timestamp": "yesterday"},
        {"X-Slack-Request-Timestamp": "1e9"},
        {"X-Slack-Request-Timestamp": "\u0661\u0662".encode()},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "nan"},
    ],
    ids=str,
)
async def test_what_is_not_signed_by_slack_is_turned_away(shared: Stage, changes: dict[str, Any]) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "c"}).encode()
    headers = {**signed(shared, body), **changes}
    answer = await send(shared, body, {name: value for name, value in headers.items() if value is not None})

    assert answer.status_code == 401


async def test_a_stale_signature_is_turned_away(shared: Stage) -> None:
    body, old = b"{}", str(int(time.time()) - 301)
    verifier = SignatureVerifier(shared.slack.courier.signing_secret)
    headers = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": old,
        "X-Slack-Signature": verifier.generate_signature(timestamp=old, body=body) or "",
    }

    assert (await send(shared, body, headers)).status_code == 401


async def test_the_challenge_is_given_back(shared: Stage) -> None:
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZb"}).encode()
    answer = await send(shared, body, signed(shared, body))

    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZb"})


async def test_a_body_above_a_megabyte_is_refused(shared: Stage) -> None:
    body = b" " * (MEGABYTE + 1)

    assert (await send(shared, body, signed(shared, body))).status_code == 413


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x\u00e9".encode()], ids=str
)
@pytest.mark.parametrize("zipped", [False, True], ids=["as it is", "compressed"])
async def test_a_body_that_is_said_to_be_compressed_is_refused(
    shared: Stage, encoding: Any, zipped: bool
) -> None:
    """Slack compresses none. Whether it is so or not, nobody unpacks it."""
    body = json.dumps({"type": "url_verification", "challenge": "c"}).encode()
    body = gzip.compress(body) if zipped else body
    answer = await send(shared, body, {**signed(shared, body), "Content-Encoding": encoding})
    assert answer.status_code == 415

    answer = await send(shared, body, {"Content-Encoding": encoding})
    assert answer.status_code == 401


RAW = {
    "no chunks": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk without its end": b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length that is none": b"Content-Length: -2\r\n\r\n{}",
    "a length beside chunks": b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a header without a name": b": x\r\nContent-Length: 2\r\n\r\n{}",
    "a header of a hundred kilobytes": b"X: " + b"x" * 100_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "a body that nobody asked for": b"Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}",
    "another protocol": b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("rest", RAW.values(), ids=RAW.keys())
async def test_what_is_hardly_http_is_refused(shared: Stage, rest: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shared.bot.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + rest)
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    status = int(line.split()[1])

    assert 400 <= status < 500


def event(inner: Any, **outer: Any) -> bytes:
    return json.dumps(
        {"token": "t", "team_id": TEAM, "api_app_id": APP, "type": "event_callback", "event": inner, **outer}
    ).encode()


def form(payload: Any) -> bytes:
    return urlencode({"payload": payload if isinstance(payload, str) else json.dumps(payload)}).encode()


ODD = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    event(None),
    event([]),
    event("message"),
    event({}),
    event({"type": None}),
    event({"type": "message"}),
    event({"type": "message", "channel": None, "ts": None, "text": None}),
    event({"type": "message", "channel": CHANNEL, "ts": 5, "text": {"a": 1}, "user": []}),
    event({"type": "message", "channel": CHANNEL, "ts": "1.0", "text": None, "blocks": "x", "files": 3}),
    event({"type": "message", "channel": CHANNEL, "ts": "1.0", "blocks": [None, 3, {"type": "rich_text"}]}),
    event({"type": "message", "subtype": "message_changed", "channel": CHANNEL, "message": None}),
    event(
        {
            "type": "message",
            "subtype": "message_changed",
            "channel": CHANNEL,
            "message": [],
            "previous_message": 7,
        }
    ),
    event({"type": "message", "subtype": ["x"], "channel": CHANNEL}),
    event({"type": "message", "channel": {"id": CHANNEL}, "ts": "1.0", "text": "x"}),
    event({"type": "something_new", "user": PERSON}),
    event({"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}),
    event({"type": "message", "channel": CHANNEL, "ts": "1.0", "text": "x"}, authorizations="no"),
    event({"type": "message", "channel": CHANNEL, "ts": "1.0", "text": "x"}, authorizations=[None]),
    event({"type": "message", "channel": CHANNEL, "ts": "1.0", "text": "x"}, team_id=None),
    event({"type": "message", "channel": CHANNEL, "ts": "1.0", "text": "x"}, team_id=["T"]),
    json.dumps({"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1}).encode(),
    json.dumps({"type": "event_callback"}).encode(),
]
FORMS = [
    b"",
    b"payload",
    b"payload=",
    form("{"),
    form([]),
    form({}),
    form({"type": "block_actions"}),
    form({"type": "block_actions", "actions": []}),
    form({"type": "block_actions", "actions": [None], "user": {"id": PERSON}, "team": {"id": TEAM}}),
    form(
        {
            "type": "block_actions",
            "actions": [{"action_id": "recheck", "block_id": "b", "value": "no such job"}],
            "user": {"id": PERSON},
            "team": {"id": TEAM},
            "channel": {"id": CHANNEL},
        }
    ),
    form(
        {
            "type": "block_actions",
            "actions": [{"action_id": "of_an_older_version", "block_id": "b"}],
            "user": {"id": PERSON},
            "team": {"id": TEAM},
            "channel": {"id": CHANNEL},
        }
    ),
    form(
        {
            "type": "block_actions",
            "actions": [{"action_id": 7, "block_id": None, "value": {}}],
            "user": None,
            "team": None,
        }
    ),
    form(
        {
            "type": "view_submission",
            "view": {"callback_id": "diagnose_form"},
            "user": {"id": PERSON},
            "team": {"id": TEAM},
        }
    ),
    form(
        {
            "type": "view_submission",
            "view": {
                "type": "modal",
                "callback_id": "diagnose_form",
                "private_metadata": "{{{",
                "state": {"values": {"x": 3}},
            },
            "user": {"id": PERSON},
            "team": {"id": TEAM},
        }
    ),
    form(
        {
            "type": "view_submission",
            "view": {"type": "modal", "callback_id": "unheard_of", "state": {"values": {}}},
            "user": {"id": PERSON},
            "team": {"id": TEAM},
        }
    ),
    form(
        {
            "type": "view_closed",
            "view": {"callback_id": "diagnose_form"},
            "user": {"id": PERSON},
            "team": {"id": TEAM},
        }
    ),
    form({"type": "shortcut", "callback_id": "unheard_of", "user": {"id": PERSON}, "team": {"id": TEAM}}),
    form(
        {
            "type": "message_action",
            "callback_id": "diagnose_message",
            "user": {"id": PERSON},
            "team": {"id": TEAM},
            "channel": {"id": CHANNEL},
            "message": None,
            "response_url": 5,
        }
    ),
    form({"type": "unheard_of"}),
    urlencode({"command": "/oidc"}).encode(),
    urlencode({"command": "/oidc", "text": "\x00" * 5, "team_id": TEAM, "user_id": PERSON}).encode(),
    urlencode(
        {
            "command": "/oidc",
            "text": "acme/storefront",
            "team_id": TEAM,
            "user_id": PERSON,
            "channel_id": CHANNEL,
            "response_url": "https://evil.example/x",
        }
    ).encode(),
    urlencode({"command": "/unheard", "text": "x", "team_id": TEAM, "user_id": PERSON}).encode(),
    urlencode({"ssl_check": "1", "token": "t"}).encode(),
]


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
async def test_odd_events_are_no_fault_of_ours(shared: Stage, body: bytes) -> None:
    answer = await send(shared, body, signed(shared, body))

    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("body", FORMS, ids=range(len(FORMS)))
async def test_odd_forms_are_no_fault_of_ours(shared: Stage, body: bytes) -> None:
    answer = await send(shared, body, signed(shared, body, FORM))

    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "body",
    [
        event({"type": "something_new", "user": PERSON}),
        event({"type": "reaction_added", "user": PERSON, "reaction": "eyes"}),
        event({"type": "message", "channel": CHANNEL, "ts": "1.0", "text": "x"}, team_id="T0ANOTHER"),
    ],
    ids=range(3),
)
async def test_unknown_events_are_taken(shared: Stage, body: bytes) -> None:
    """Slack counts what is not taken as failures, and switches an app's events off for it."""
    assert (await send(shared, body, signed(shared, body))).status_code == 200


@pytest.mark.parametrize("number", [10, 14, 16, 18], ids=["action", "form", "shortcut", "type"])
async def test_what_an_older_version_posted_is_taken(shared: Stage, number: int) -> None:
    body = FORMS[number]

    assert (await send(shared, body, signed(shared, body, FORM))).status_code == 200


async def test_odd_bodies_left_nothing_behind(shared: Stage) -> None:
    metrics = shared.bot.metrics.render().decode()

    assert 'rolecall_faults_total{where="listener"}' not in metrics
    assert shared.slack.posted == []
