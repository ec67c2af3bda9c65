"""`session-keys-incomplete`: a session has three values, and all three must be exported."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Verdict
from knowledge.rules.session_keys_incomplete import RULE
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import EXPLICIT, NOTHING, one

INVALID = (
    "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: "
    "The security token included in the request is invalid."
)
ID = "export AWS_ACCESS_KEY_ID=$(jq -r .Credentials.AccessKeyId keys.json)"
SECRET = "export AWS_SECRET_ACCESS_KEY=$(jq -r .Credentials.SecretAccessKey keys.json)"
TOKEN = "export AWS_SESSION_TOKEN=$(jq -r .Credentials.SessionToken keys.json)"
USE = "aws s3 ls"


@pytest.mark.parametrize(
    ("paste", "verdict"),
    [(INVALID, Verdict.CONFIRMED), (NO_CREDENTIALS, Verdict.LIKELY), ("", Verdict.LIKELY)],
)
def test_a_value_that_is_not_exported_is_named(paste: str, verdict: Verdict) -> None:
    (finding,) = ask(RULE, case_of(one(EXPLICIT, ID, SECRET, USE), NOTHING, paste))

    assert finding.verdict is verdict
    assert finding.headline == (
        "Step `Deploy` gets a session for its token and does not export `AWS_SESSION_TOKEN`."
    )
    assert finding.evidence[0].excerpt == f"- {ID}"
    assert "assume-role-with-web-identity" in finding.evidence[1].excerpt


def test_two_that_lack_are_both_named() -> None:
    (finding,) = ask(RULE, case_of(one(EXPLICIT, ID, USE), NOTHING, INVALID))

    assert finding.headline.endswith("does not export `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.")


def test_an_assignment_without_export_is_exported_by_the_fix() -> None:
    case = case_of(one(EXPLICIT, ID, SECRET, TOKEN.removeprefix("export "), USE), NOTHING, INVALID)
    (finding,) = ask(RULE, case)
    (fix,) = finding.fixes

    assert finding.evidence[2].sentence.endswith("assigns it without `export`.")
    assert fix.disposition is Disposition.SAFE
    assert f"- {TOKEN}\n" in (fix.file_after or "")
    assert said(RULE, tried(case, fix)) == []


@pytest.mark.parametrize(
    "lines",
    [
        (EXPLICIT, ID, SECRET, TOKEN, USE),
        (EXPLICIT, USE),
        (ID, SECRET, USE),
        (EXPLICIT, "export AWS_ACCESS_KEY_ID=AKIA0000000000000000", USE),
        (EXPLICIT, ID, SECRET, "source ./session.sh", USE),
        (EXPLICIT, ID, SECRET, 'export $(printf "AWS_SESSION_TOKEN=%s" $(jq -r .x keys.json))', USE),
        (EXPLICIT, ID, SECRET, "aws configure set aws_session_token $(jq -r .x keys.json)", USE),
    ],
    ids=["all three", "none", "no exchange", "a pair of its own", "sourced", "printf", "profile"],
)
def test_what_is_whole_or_comes_another_way_is_left_alone(lines: tuple[str, ...]) -> None:
    assert said(RULE, case_of(one(*lines), NOTHING)) == []


def test_a_value_that_a_level_holds_is_not_missing() -> None:
    stored = "{workspace: {}, deployments: {}, repository: {AWS_SESSION_TOKEN: {secured: true}}}"

    assert said(RULE, case_of(one(EXPLICIT, ID, SECRET, USE), stored)) == []


def test_a_refused_exchange_gave_no_keys_at_all() -> None:
    assert said(RULE, case_of(one(EXPLICIT, ID, SECRET, USE), NOTHING, REFUSED)) == []
