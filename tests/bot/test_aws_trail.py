"""Records of any shape are taken apart without a stumble; only a whole one counts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clients.aws_trail import LOGIN, login_events

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/x"
SUBJECT = "{495d8ecc-f500-4ab8-aed5-ddaefa477b7f}:{cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee}"
AUDIENCE = "ari:cloud:bitbucket::workspace/df17aa72-3bde-4468-a13b-ecb9733ba43b"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def said(**changes: Any) -> dict[str, Any]:
    who = {
        "identityProvider": PROVIDER,
        "userName": SUBJECT,
        "principalId": f"{PROVIDER}:{AUDIENCE}:{SUBJECT}",
        **changes.pop("userIdentity", {}),
    }
    return {"userIdentity": who, "requestParameters": {"roleArn": "arn:role"}, "requestID": "r-1", **changes}


def events(text: Any, **record: Any) -> tuple[Any, ...]:
    given_record = {"EventName": LOGIN, "EventTime": AT, "CloudTrailEvent": json.dumps(text), **record}
    return login_events({"Events": [given_record]}, "eu-central-1")


def test_audience_and_subject_are_told_apart_although_both_hold_colons() -> None:
    (event,) = events(said())

    assert (event.audience, event.subject, event.provider_arn) == (AUDIENCE, SUBJECT, PROVIDER)
    assert (event.request_id, event.role_arn, event.error_code) == ("r-1", "arn:role", None)


@pytest.mark.parametrize(
    ("changes", "record"),
    [
        ({"userIdentity": {"principalId": f"{PROVIDER}:{AUDIENCE}"}}, {}),
        ({"userIdentity": {"principalId": f"other:{AUDIENCE}:{SUBJECT}"}}, {}),
        ({"userIdentity": {"userName": ""}}, {}),
        ({"userIdentity": {"identityProvider": 7}}, {}),
        ({}, {"EventName": "AssumeRole"}),
        ({}, {"EventTime": "yesterday"}),
        ({}, {"CloudTrailEvent": None}),
    ],
)
def test_what_is_no_whole_record_of_a_login_is_none(changes: dict[str, Any], record: dict[str, Any]) -> None:
    assert events(said(**changes), **record) == ()


@given(JSON, st.sampled_from(["userIdentity", "requestParameters", "requestID", "errorCode", "all"]))
def test_any_record_is_read(value: Any, where: str) -> None:
    text = value if where == "all" else {**said(), where: value}

    assert all(event.subject == SUBJECT for event in events(text))
