"""Whatever text stands in a trust policy, wherever it stands: the diagnosis shows it, and never breaks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from handlers.render import render
from knowledge.answer import Answer, Kind
from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    HOME,
    PREFIX,
    PROVIDER,
    allow,
    policy,
    suspect_of,
    trust_case,
)

ODD = [
    "{role}",
    "{step}",
    "{",
    "}",
    "{}",
    "{0}",
    "{{role}}",
    "${var.workspace}",
    "%s %(role)s %",
    "\\1 \\g<0> \\",
    "`",
    "\n",
    "",
    "\x00",
    "*",
    "[",
    "(",
]


def policies(odd: str) -> dict[str, dict[str, Any]]:
    """The policy that works, with that text in each of its places."""
    workspace = PREFIX.replace("/acme/", f"/{odd}/")
    right = {"StringEquals": {f"{PREFIX}:aud": AUDIENCE}, "StringLike": {f"{PREFIX}:sub": f"{HOME}:*"}}
    return {
        "name of a key": policy(
            allow(Condition={**right, "StringEquals": {f"{workspace}:sub": f"{HOME}:*"}})
        ),
        "key": policy(allow(Condition={**right, "StringEquals": {odd: "x"}})),
        "claim": policy(allow(Condition={**right, "StringEquals": {f"{PREFIX}:{odd}": "x"}})),
        "another provider's key": policy(
            allow(Condition={**right, "Bool": {f"{odd}.example.com:x": "true"}})
        ),
        "subject": policy(allow(Condition={**right, "StringLike": {f"{PREFIX}:sub": odd}})),
        "end of the subject": policy(allow(Condition={"StringLike": {f"{PREFIX}:sub": f"{HOME}:{odd}"}})),
        "audience": policy(allow(Condition={**right, "StringEquals": {f"{PREFIX}:aud": odd}})),
        "value of the request": policy(allow(Condition={**right, "StringEquals": {"aws:UserAgent": odd}})),
        "principal": policy(allow(Principal={"Federated": odd})),
        "workspace of the principal": policy(allow(Principal={"Federated": f"{PROVIDER[:-5]}{odd}"})),
        "type AWS": policy(allow(Principal={"AWS": odd})),
        "action": policy(allow(Action=odd)),
        "Sid of a Deny": policy(allow(), {**allow(), "Effect": "Deny", "Sid": odd, "Condition": {}}),
        "key of a Deny": policy(
            allow(), {**allow(), "Effect": "Deny", "Condition": {"StringNotEquals": {odd: odd}}}
        ),
    }


@pytest.mark.parametrize("odd", ODD, ids=ascii)
@pytest.mark.parametrize("where", policies("x"))
@pytest.mark.parametrize("read", [True, False])
def test_a_policy_of_any_text_is_diagnosed_and_shown(odd: str, where: str, read: bool) -> None:
    readings: dict[str, Any] = {} if read else {"repository": CaseFile().repository}
    case = trust_case(policies(odd)[where], **readings)
    step = suspect_of(case)
    assert step is not None
    case = replace(case, suspects=(step,))
    diagnosis = diagnose(case)
    answer = Answer(kind=Kind.DIAGNOSIS, target=case.target, diagnosis=diagnosis, symptoms=case.symptoms)
    told = [f"{finding.headline} {finding.meaning}" for finding in diagnosis.findings]

    assert json.dumps(render(answer, "job").blocks)
    for hole in ("{role}", "{step}", "{key}", "{account}", "{other}"):
        assert hole in odd or not [text for text in told if hole in text]
