"""`python -m bot trust`: what it prints, its exit codes, and one clear line for what it cannot use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.knowledge.rules.trusting import (
    AUDIENCE,
    HOME,
    PREFIX,
    PROVIDER,
    REPO,
    STEP,
    allow,
    policy,
    subject,
)

CLAIMS = {"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": f"{HOME}:{STEP}", "exp": 1795400000}


def run(folder: Path, trust: Any, claims: Any = CLAIMS, *options: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own; texts are written as they are, everything else as JSON."""
    for name, content in (("trust.json", trust), ("claims.json", claims)):
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, encoding="utf-8")
    files = ("--policy", str(folder / "trust.json"), "--claims", str(folder / "claims.json"))
    return subprocess.run(
        [sys.executable, "-m", "bot", "trust", *files, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_json_has_the_agreed_form(tmp_path: Path) -> None:
    done = run(tmp_path, subject(f"{HOME}:*", "StringEquals"), CLAIMS, "--json")
    shown = json.loads(done.stdout)
    (statement,) = shown["statements"]
    failing = [item for item in statement["conditions"] if not item["matches"]]

    assert (done.returncode, done.stderr) == (1, "")
    assert (shown["decision"], shown["too_wide"]) == ("denied", [])
    assert {key: statement[key] for key in ("index", "sid", "effect", "applies", "why")} == {
        "index": 0,
        "sid": None,
        "effect": "Allow",
        "applies": False,
        "why": "condition",
    }
    assert [
        (item["operator"], item["key"], item["expected"], item["actual"], item["reason"]) for item in failing
    ] == [("StringEquals", f"{PREFIX}:sub", [f"{HOME}:*"], [f"{HOME}:{STEP}"], "wildcard-under-equals")]


def test_the_caret_stands_under_the_first_difference(tmp_path: Path) -> None:
    lines = run(tmp_path, subject(f"{REPO}:*")).stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip().startswith("expected"))
    expected, actual, caret = lines[at : at + 3]
    column = caret.index("^")

    assert expected[:column].strip() == "expected"
    assert actual[:column].strip() == "actual"
    assert expected[column:] == f"{REPO}:*"
    assert actual[column:] == f"{HOME}:{STEP}"


@pytest.mark.parametrize(
    ("trust", "code", "words"),
    [
        (policy(allow()), 0, "Allowed"),
        (subject(f"{REPO}:*"), 1, "braces-missing"),
        (policy(allow(Action="sts:AssumeRole")), 1, "another action"),
        (policy(allow(Principal={"Federated": "api.bitbucket.org"})), 1, "another principal"),
        (policy(allow(Condition={"StringEquals": {f"{PREFIX}:aud": AUDIENCE}})), 1, "Warning: "),
    ],
)
def test_exit_codes_tell_findings_from_none(tmp_path: Path, trust: Any, code: int, words: str) -> None:
    done = run(tmp_path, trust)

    assert done.returncode == code
    assert words in done.stdout


def test_keys_of_the_request_come_with_the_claims(tmp_path: Path) -> None:
    statement = allow()
    statement["Condition"]["IpAddress"] = {"aws:SourceIp": "203.0.113.0/24"}

    assert run(tmp_path, policy(statement), {**CLAIMS, "aws:SourceIp": "203.0.113.7"}).returncode == 0
    assert run(tmp_path, policy(statement), {**CLAIMS, "aws:SourceIp": "198.51.100.7"}).returncode == 1


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("StringEquals", "sts:RoleSessionName", "deploy"),
    ],
)
def test_what_is_not_given_of_the_request_is_not_known(
    tmp_path: Path, operator: str, key: str, value: str
) -> None:
    statement = allow()
    statement["Condition"].setdefault(operator, {})[key] = value
    done = run(tmp_path, policy(statement), CLAIMS, "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["decision"] == "undetermined"
    assert "(not known)" in run(tmp_path, policy(statement)).stdout


def test_claims_of_another_issuer_are_said_to_be_none_of_a_step(tmp_path: Path) -> None:
    claims = {**CLAIMS, "iss": "https://token.actions.githubusercontent.com"}

    assert "not those of a Bitbucket step" in run(tmp_path, policy(allow()), claims).stdout
    assert "not those of a Bitbucket step" not in run(tmp_path, policy(allow())).stdout


def test_another_provider_can_be_asked_about(tmp_path: Path) -> None:
    other = PROVIDER.replace("123456789012", "210987654321")

    assert run(tmp_path, policy(allow()), CLAIMS, "--provider", other).returncode == 1
    assert run(tmp_path, policy(allow()), CLAIMS, "--provider", PROVIDER).returncode == 0


def test_a_claim_that_is_null_is_not_known(tmp_path: Path) -> None:
    done = run(tmp_path, policy(allow()), {**CLAIMS, "sub": None})

    assert done.returncode == 1
    assert done.stdout.startswith("Undetermined")


def role_with(**members: Any) -> dict[str, Any]:
    """A role as `aws iam get-role` prints it."""
    return {"Role": {"AssumeRolePolicyDocument": policy(allow()), **members}}


@pytest.mark.parametrize("path", ["", "ci/", "ci/deep/"])
@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_role_of_any_path_and_partition_is_one(tmp_path: Path, path: str, partition: str) -> None:
    given = role_with(Arn=f"arn:{partition}:iam::123456789012:role/{path}deploy", MaxSessionDuration=7200)

    assert run(tmp_path, given, CLAIMS).returncode == 0


@pytest.mark.parametrize(
    ("trust", "claims"),
    [
        ("{", CLAIMS),
        ("", CLAIMS),
        ("[]", CLAIMS),
        ("null", CLAIMS),
        ({"Statement": []}, CLAIMS),
        ({"Statement": [1]}, CLAIMS),
        (policy(allow(Effect="allow")), CLAIMS),
        (policy(allow(Condition={"StringLikes": {}})), CLAIMS),
        (policy(allow(Resource="*")), CLAIMS),
        (policy(*[allow()] * 10_000), CLAIMS),
        (role_with(Arn="arn:aws:s3:::acme"), CLAIMS),
        (role_with(Arn="arn:aws:iam::123456789012:user/ci"), CLAIMS),
        (role_with(Arn=["arn:aws:iam::123456789012:role/ci"]), CLAIMS),
        (role_with(MaxSessionDuration="3600"), CLAIMS),
        (role_with(MaxSessionDuration=True), CLAIMS),
        (policy(allow()), "not json"),
        (policy(allow()), [1]),
        (policy(allow()), {**CLAIMS, "sub": 1}),
        (policy(allow()), {**CLAIMS, "iss": ["x"]}),
        (policy(allow()), {**CLAIMS, "aud": {"a": 1}}),
        (policy(allow()), {**CLAIMS, "aud": [1]}),
        (policy(allow()), {**CLAIMS, "azp": 1}),
        (policy(allow()), {**CLAIMS, "aws:SourceIp": {"a": 1}}),
        (policy(allow()), {**CLAIMS, "aws:SourceIp": [1]}),
        (None, CLAIMS),
        (policy(allow()), None),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(tmp_path: Path, trust: Any, claims: Any) -> None:
    done = run(tmp_path, trust, claims)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


def test_a_provider_that_is_none_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, policy(allow()), CLAIMS, "--provider", "api.bitbucket.org").returncode == 2


def test_it_loads_neither_slack_nor_aws_nor_a_database() -> None:
    program = (
        "import sys, bot.commands.trust; "
        "heavy = 'slack_bolt slack_sdk boto3 botocore dbos httpx sqlalchemy pydantic'.split(); "
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.strip() == "[]"
