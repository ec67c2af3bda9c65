"""`explain`: a diagnosis from files alone; what was not given is never missing."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.bot.commandline import CommandLine, Outcome, refused
from tests.knowledge.tokens import token

ROOT = Path(__file__).parents[2]
ISSUER = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
ROLE = "arn:aws:iam::123456789012:role/deploy"
DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity\n"
)
EMPTY_TOKEN = (
    "Parameter validation failed:\nInvalid length for parameter WebIdentityToken, value: 1, "
    "valid min length: 4\n"
)
NO_ROLE = (
    "The provided profile or the current environment is configured to assume role with web "
    "identity but has no role ARN "
    "configured. Ensure that the profile has the role_arnconfiguration set or the AWS_ROLE_ARN env "
    "var is set.\n"
)
PIPELINE = """\
pipelines:
  branches:
    main:
      - step:
          name: Build
          script: [npm ci]
      - step:
          name: Deploy
          script:
            - export AWS_REGION=eu-central-1
            - export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/web-identity-token
            - printf '%s' "$BITBUCKET_STEP_OIDC_TOKEN" > $AWS_WEB_IDENTITY_TOKEN_FILE
            - aws s3 sync dist s3://acme-site
"""
ON = PIPELINE.replace("name: Deploy\n", "name: Deploy\n          oidc: true\n")
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": "ari:cloud:bitbucket::workspace/5d0c6a52-7777-4888-9999-aaaabbbbcccc"
                },
                "StringLike": {f"{ISSUER}:sub": "{3b1a7f00-1111-4222-8333-944455566677}:*"},
            },
        }
    ],
}
CLAIMS = {
    "iss": f"https://{ISSUER}",
    "aud": "ari:cloud:bitbucket::workspace/5d0c6a52-7777-4888-9999-aaaabbbbcccc",
    "sub": "{3b1a7f00-1111-4222-8333-944455566677}:{9c2d0e11-5555-4666-8777-888899990000}",
}


class Explain:
    """`explain --json` with files made of these texts; the option's name is the keyword's."""

    def __init__(self, command: CommandLine, folder: Path) -> None:
        self.command = command
        self.folder = folder

    def __call__(self, *arguments: str, as_json: bool = True, stdin: bytes = b"", **texts: object) -> Outcome:
        options: list[object] = ["--json"] if as_json else []
        for name, text in texts.items():
            options += [f"--{name.replace('_', '-')}", self.written(name, text)]
        return self.command("explain", *options, *arguments, stdin=stdin)

    def written(self, name: str, text: object) -> Path:
        path = self.folder / ("bitbucket-pipelines.yml" if name == "pipeline_file" else f"{name}.txt")
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return path


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Explain:
    return Explain(CommandLine(monkeypatch, capsys), tmp_path)


def causes(document: dict[str, Any]) -> list[str]:
    return [finding["cause"] for finding in document["findings"]]


def sources(document: dict[str, Any]) -> set[str]:
    return {item["source"] for item in document["unread"]}


# --- what it finds --------------------------------------------------------------------------------


def test_an_empty_token_and_a_step_without_oidc_lead_to_the_switch(explain: Explain) -> None:
    outcome = explain("--step", "Deploy", paste=EMPTY_TOKEN, pipeline_file=PIPELINE)
    assert outcome.code == 1
    document = outcome.json
    assert document["lead"] == "oidc-not-enabled"
    finding = document["findings"][0]
    assert (finding["cause"], finding["verdict"], finding["severity"]) == (
        "oidc-not-enabled",
        "confirmed",
        "blocker",
    )
    assert finding["step"] == {"pipeline": "branches/main", "index": 1, "name": "Deploy", "line": 7}
    evidence = finding["evidence"][0]
    assert evidence["excerpt"] == "- step:"
    assert evidence["location"] == {
        "kind": "file",
        "path": "bitbucket-pipelines.yml",
        "line": 7,
        "column": 9,
        "url": None,
    }


def test_of_a_step_that_starts_a_child_pipeline_its_switch_is_not_fine_and_the_childs_step_is_told(
    explain: Explain,
) -> None:
    starting = PIPELINE.replace("branches:\n    main:", "custom:\n    child:") + (
        "  branches:\n    main:\n      - step:\n          name: Start\n          type: pipeline\n"
        "          custom: child\n          oidc: true\n"
    )
    outcome = explain("--step", "Start", paste=EMPTY_TOKEN, pipeline_file=starting)
    document = outcome.json

    assert (document["lead"], document["findings"][0]["verdict"]) == ("oidc-misplaced", "likely")
    assert document["findings"][0]["step"]["pipeline"] == "custom/child"
    assert "on the step" not in " ".join(document.get("checked", []))


def test_a_step_that_was_only_inferred_makes_a_finding_at_most_likely(explain: Explain) -> None:
    document = explain(paste=EMPTY_TOKEN, pipeline_file=PIPELINE).json
    assert document["lead"] == "oidc-not-enabled"
    assert document["findings"][0]["verdict"] == "likely"


@pytest.mark.skipif(shutil.which("patch") is None, reason="there is no `patch` on this machine")
def test_the_diff_applies_to_the_file_and_silences_the_finding(explain: Explain) -> None:
    document = explain("--step", "Deploy", paste=EMPTY_TOKEN, pipeline_file=PIPELINE).json
    fix = document["findings"][0]["fixes"][0]
    assert (fix["surface"], fix["disposition"]) == ("pipeline-file", "safe")
    assert fix["diff"].startswith("--- a/bitbucket-pipelines.yml\n+++ b/bitbucket-pipelines.yml\n")
    subprocess.run(["patch", "-p1", "-s"], input=fix["diff"].encode(), cwd=explain.folder, check=True)
    mended = (explain.folder / "bitbucket-pipelines.yml").read_text(encoding="utf-8")
    assert "oidc-not-enabled" not in causes(explain("--step", "Deploy", pipeline_file=mended).json)


def test_a_step_is_named_by_its_pipeline_and_index_too(explain: Explain) -> None:
    by_name = explain("--step", "Deploy", paste=EMPTY_TOKEN, pipeline_file=PIPELINE)
    by_index = explain("--step", "branches/main:1", paste=EMPTY_TOKEN, pipeline_file=PIPELINE)
    assert by_name.json == by_index.json


def test_without_a_paste_the_file_is_looked_at_for_its_own_sake(explain: Explain) -> None:
    outcome = explain(pipeline_file=PIPELINE)
    assert outcome.code == 1
    assert outcome.json["lead"] == "oidc-not-enabled"
    assert outcome.json["symptoms"] == []


def test_a_paste_alone_is_recognised_and_nothing_is_claimed_to_be_wrong(explain: Explain) -> None:
    outcome = explain(paste=DENIED)
    document = outcome.json
    assert outcome.code == 0
    assert document["lead"] is None
    assert [symptom["id"] for symptom in document["symptoms"]] == ["aws-sts-access-denied"]
    assert {"the pipeline file", "the role's trust policy", "the repository's identity"} <= sources(document)


def test_a_file_that_is_no_yaml_is_a_finding_with_line_and_column_and_not_bad_input(explain: Explain) -> None:
    outcome = explain("--step", "Deploy", paste=DENIED, pipeline_file="pipelines:\n  default: [a\n")
    assert outcome.code == 1
    document = outcome.json
    assert document["lead"] == "pipeline-file-unreadable"
    location = document["findings"][0]["evidence"][0]["location"]
    assert location["kind"] == "file"
    assert location["line"] >= 2
    assert location["column"] >= 1


# --- what was not given ---------------------------------------------------------------------------


def test_what_was_not_given_is_listed_as_unread_with_the_option_that_gives_it(explain: Explain) -> None:
    document = explain("--step", "Deploy", paste=NO_ROLE, pipeline_file=ON).json
    assert {"workspace variables", "repository variables"} <= sources(document)
    for item in document["unread"]:
        assert item["reason"]
        assert "--" in item["remedy"]


def test_a_level_that_was_not_given_leaves_missing_uncertain_and_an_empty_one_does_not(
    explain: Explain,
) -> None:
    step = ("--step", "Deploy")
    some = explain(*step, paste=NO_ROLE, pipeline_file=ON, variables="repository: {}\n").json
    every = explain(
        *step, paste=NO_ROLE, pipeline_file=ON, variables="workspace: {}\nrepository:\ndeployments: {}\n"
    ).json
    assert every["lead"] == "aws-role-arn-missing"
    assert every["findings"][0]["verdict"] == "confirmed"
    assert sources(every).isdisjoint(
        {"workspace variables", "repository variables", "deployment environments"}
    )
    assert "aws-role-arn-missing" in causes(some)
    assert some["findings"][0]["verdict"] != "confirmed"
    assert "workspace variables" in sources(some)


def test_a_secured_variable_is_there_and_its_value_is_not_judged(explain: Explain) -> None:
    document = explain(
        "--step",
        "Deploy",
        paste=NO_ROLE,
        pipeline_file=ON,
        variables="workspace: {}\nrepository: {AWS_ROLE_ARN: {secured: true}}\ndeployments: {}\n",
    ).json
    assert "aws-role-arn-missing" not in causes(document)
    assert "role-arn-malformed" not in causes(document)


def test_a_variable_of_another_level_is_found(explain: Explain) -> None:
    document = explain(
        "--step",
        "Deploy",
        paste=NO_ROLE,
        pipeline_file=ON,
        variables=(
            f"workspace: {{}}\nrepository: {{}}\ndeployments: {{Production: {{AWS_ROLE_ARN: '{ROLE}'}}}}\n"
        ),
    ).json
    assert document["lead"] == "variable-outside-deployment"


# --- trust policy and claims ----------------------------------------------------------------------

_SHAPES: dict[str, object] = {
    "the policy": POLICY,
    "get-role": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": POLICY, "MaxSessionDuration": 3600}},
    "the role": {"Arn": ROLE, "AssumeRolePolicyDocument": POLICY},
    "encoded inside": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": quote(json.dumps(POLICY))}},
    "encoded": quote(json.dumps(POLICY)),
    "encoded and quoted": json.dumps(quote(json.dumps(POLICY))),
}


@pytest.mark.parametrize("shape", _SHAPES)
def test_a_trust_policy_is_taken_as_people_copy_it(explain: Explain, shape: str) -> None:
    document = explain(
        "--step", "Deploy", paste=DENIED, pipeline_file=ON, trust_policy=_SHAPES[shape], claims=CLAIMS
    ).json
    assert "the role's trust policy" not in sources(document)
    assert "the repository's identity" not in sources(document)
    assert "the role's trust policy lets this step in" in document["checked"] or document["ruled_out"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("{", "line 1, column 2"),
        ("[]", "not a list"),
        ('"text"', "not a text"),
        ("null", "not null"),
        (json.dumps(POLICY) + "\n{}", "extra data"),
        (json.dumps(POLICY) + " trailing", "extra data"),
        ('{"Version": "2012-10-17", "Version": "2012-10-17"}', "twice"),
        ('{"Statement": NaN}', "NaN"),
        ('{"Statement": ' + "[" * 100_000, "nested too deeply"),
        ("{}", "no `Statement`"),
        ('{"Role": {}}', "AssumeRolePolicyDocument"),
        ('{"Role": 3}', "`Role` must be an object"),
        ('{"Statement": [{"Effect": "Perhaps"}]}', "IAM would"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_what_is_no_trust_policy_is_refused_in_one_line(explain: Explain, text: object, words: str) -> None:
    refused(explain(pipeline_file=ON, trust_policy=text), "trust_policy.txt", words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("[]", "not a list"),
        ('{"sub": "a", "sub": "b"}', "twice"),
        ('{"sub": "a"} x', "extra data"),
        ('{"iss": 5}', "`iss` must be a text"),
        ('{"sub": 5}', "`sub` must be a text"),
        ('{"aud": [1, null]}', "`aud` must be a text or a list of texts"),
        ('{"aud": {}}', "`aud` must be a text or a list of texts"),
        ('{"aws:SourceIp": {}}', "'aws:SourceIp' must be a text"),
        ('{"iss": "https://token.actions.githubusercontent.com"}', "not the claims of a Bitbucket step"),
        ('{"iss": "x\\ny"}', "not the claims of a Bitbucket step"),
    ],
)
def test_what_is_no_set_of_claims_is_refused_in_one_line(explain: Explain, text: str, words: str) -> None:
    refused(explain(paste=DENIED, pipeline_file=ON, claims=text), "claims.txt", words)


def _subject(value: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(json.dumps(POLICY))
    policy["Statement"][0]["Condition"]["StringLike"] = {f"{ISSUER}:sub": value}
    return policy


WITH_ROLE = ON.replace("export AWS_REGION", f"export AWS_ROLE_ARN={ROLE}\n            - export AWS_REGION")


def test_without_claims_the_file_tells_that_no_such_subject_is_made(explain: Explain) -> None:
    document = explain(
        "--step", "Deploy", paste=DENIED, pipeline_file=WITH_ROLE, trust_policy=_subject("*:*:*")
    ).json

    assert document["lead"] == "trust-subject-mismatch"
    finding = document["findings"][0]
    assert finding["verdict"] == "likely"
    assert "deploys to none" in finding["headline"]
    assert finding["fixes"][0]["title"] == "Let the step deploy to an environment"


def test_a_text_that_names_another_role_leaves_it_open_whose_policy_was_given(explain: Explain) -> None:
    other = "IAM Role (arn:aws:iam::999999999999:role/other) cannot be assumed with web identity token.\n"
    document = explain(
        "--step",
        "Deploy",
        paste=DENIED + other,
        pipeline_file=WITH_ROLE,
        trust_policy=_subject("my-repository:*"),
        claims=CLAIMS,
    ).json

    assert document["lead"] == "trust-subject-mismatch"
    assert [finding["verdict"] for finding in document["findings"]] == ["likely"]
    assert "names another role than the step" in document["findings"][0]["meaning"]


@pytest.mark.parametrize(
    "other", [ROLE.replace("deploy", "other"), ROLE.replace("123456789012", "999999999999")]
)
def test_a_policy_of_another_role_is_not_that_of_the_role_that_is_asked_for(
    explain: Explain, other: str
) -> None:
    role: dict[str, Any] = {"Role": {"Arn": other, "AssumeRolePolicyDocument": _subject("my-repository:*")}}
    given: dict[str, Any] = {"paste": DENIED, "pipeline_file": WITH_ROLE, "claims": CLAIMS}
    document = explain("--step", "Deploy", trust_policy=role, **given).json
    without = explain("--step", "Deploy", **given).json

    assert document["lead"] is None
    assert causes(document) == causes(without) == ["role-not-found", "trust-subject-mismatch"]
    (unread,) = [item for item in document["unread"] if item["source"] == "the role's trust policy"]
    assert other in unread["reason"]
    role["Role"]["Arn"] = ROLE
    assert explain("--step", "Deploy", trust_policy=role, **given).json["lead"] == "trust-subject-mismatch"


@pytest.mark.parametrize(
    "line",
    [
        "Error: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity\n",
        DENIED + "Retry AssumeRole: attempt 1 of 12 failed: Not authorized\n",
    ],
)
def test_what_a_github_action_printed_is_explained_by_no_step_of_bitbucket(
    explain: Explain, line: str
) -> None:
    outcome = explain("--step", "Deploy", paste=line, pipeline_file=PIPELINE)

    assert outcome.code == 0
    assert outcome.json["lead"] is None
    assert all(finding["verdict"] in ("possible", "undetermined") for finding in outcome.json["findings"])
    assert "what the step of Bitbucket printed" in sources(outcome.json)


# --- variables ------------------------------------------------------------------------------------


def test_values_are_the_texts_that_stand_in_the_file(tmp_path: Path) -> None:
    from bot.offline_variables import with_variables
    from knowledge.casefile import CaseFile, Variable
    from knowledge.reading import Known

    text = (
        "repository: {A: 007, B: yes, C: 1.10, D: 2026-11-20, E: '', F: , G: 0x1f, H: \"x y\", I: "
        "{secured: true}}"
    )
    level = with_variables(CaseFile(), text, "v.yml").repository_variables
    assert isinstance(level, Known)
    assert {v.name: v.value for v in level.value} == {
        "A": "007",
        "B": "yes",
        "C": "1.10",
        "D": "2026-11-20",
        "E": "",
        "F": "",
        "G": "0x1f",
        "H": "x y",
        "I": None,
    }
    assert [v for v in level.value if v.secured] == [Variable("I", None, secured=True)]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_of_variables_reads_no_level(explain: Explain, text: str) -> None:
    document = explain("--step", "Deploy", paste=NO_ROLE, pipeline_file=ON, variables=text).json
    assert {"workspace variables", "repository variables"} <= sources(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "line "),
        ("- a\n", "must hold names and values"),
        ("text\n", "must hold names and values"),
        ("workspaces: {}\n", "'workspaces' is none of"),
        ("repository: [A, B]\n", "line 1, column 13"),
        ("repository: text\n", "must hold names and values"),
        ("repository: {A: [1]}\n", "must be a text or {secured: true}"),
        ("repository: {A: {secured: false}}\n", "must be a text or {secured: true}"),
        ("repository: {A: {value: x}}\n", "must be a text or {secured: true}"),
        ("repository: {A: 1, A: 2}\n", "twice"),
        ("repository: {}\nrepository: {}\n", "twice"),
        ("deployments: {Production: text}\n", "deployments.Production"),
        ("deployments: [Production]\n", "must hold names and values"),
        ("? [a]\n: b\n", "must be a text"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("a: *nowhere\n", "not valid YAML"),
        ("a: \x00\n", "not valid YAML"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_an_odd_file_of_variables_is_refused_in_one_line(explain: Explain, text: object, words: str) -> None:
    refused(explain(pipeline_file=ON, variables=text), "variables.txt", words)


def test_no_value_of_a_variable_is_printed_unless_it_is_a_role_or_a_region(explain: Explain) -> None:
    secret = "swordfish-of-the-sea"
    variables = f"workspace: {{DB_NAME: {secret}}}\nrepository: {{DB_HOST: {secret}}}\ndeployments: {{}}\n"
    for as_json in (True, False):
        outcome = explain(
            "--step", "Deploy", as_json=as_json, paste=NO_ROLE, pipeline_file=ON, variables=variables
        )
        assert secret not in outcome.out + outcome.err


# --- options and files ----------------------------------------------------------------------------


def test_bad_options_are_said_in_one_line(explain: Explain, tmp_path: Path) -> None:
    refused(explain(), "--paste FILE, --pipeline-file FILE or --trust-policy FILE")
    refused(explain("--step", "Deploy", paste=DENIED), "--pipeline-file")
    refused(explain("--paste", "-", "--pipeline-file", "-"), "only one input")
    refused(explain("--paste", str(tmp_path)), "folder")
    refused(explain("--paste", str(tmp_path / "none")), "no such file")
    refused(explain("--nonsense"), "--nonsense")
    refused(explain("--paste"), "--paste")
    refused(explain(paste=b"\xff\xff"), "not UTF-8")
    refused(explain(paste="  \n"), "empty")


def test_a_step_that_is_not_there_is_answered_with_those_that_are(explain: Explain) -> None:
    refused(
        explain("--step", "Deliver", paste=DENIED, pipeline_file=PIPELINE), "`Deliver`", "`Build`, `Deploy`"
    )


def test_an_empty_paste_beside_a_file_is_no_failure_of_ours(explain: Explain) -> None:
    assert explain(paste="", pipeline_file=PIPELINE).json["lead"] == "oidc-not-enabled"


def test_each_input_may_come_from_standard_input(explain: Explain) -> None:
    wanted = explain(paste=EMPTY_TOKEN, pipeline_file=PIPELINE).json
    pasted = explain("--paste", "-", pipeline_file=PIPELINE, stdin=EMPTY_TOKEN.encode())
    piped = explain("--pipeline-file", "-", paste=EMPTY_TOKEN, stdin=PIPELINE.encode())
    assert pasted.json == wanted
    assert piped.json == wanted


def test_the_same_files_give_the_same_bytes(explain: Explain) -> None:
    outs = {
        explain(paste=DENIED, pipeline_file=PIPELINE, trust_policy=POLICY, claims=CLAIMS).out
        for _ in range(3)
    }
    assert len(outs) == 1


def test_a_secret_in_the_paste_is_never_printed(explain: Explain) -> None:
    token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2V4YW1wbGUub3JnIn0." + "aB3dE6gH9j" * 5
    for as_json in (True, False):
        outcome = explain(as_json=as_json, paste=f"{token}\n{DENIED}", pipeline_file=PIPELINE)
        assert token not in outcome.out
        assert "aB3dE6gH9j" not in outcome.out


# --- for people -----------------------------------------------------------------------------------


def test_people_get_the_reply_of_the_thread_without_its_buttons(explain: Explain) -> None:
    outcome = explain("--step", "Deploy", as_json=False, paste=EMPTY_TOKEN, pipeline_file=PIPELINE)
    assert outcome.code == 1
    lines = outcome.out.splitlines()
    assert "Deploy" in lines[0]
    assert "oidc: true" in lines[0]
    assert "    +          oidc: true" in lines
    assert not any(line.startswith("[") for line in lines)
    assert "\x1b" not in outcome.out


def test_a_terminal_gets_colours_unless_it_asks_for_none(explain: Explain) -> None:
    paste, file = explain.written("paste", EMPTY_TOKEN), explain.written("pipeline_file", PIPELINE)
    arguments = ["-m", "bot", "explain", "--paste", str(paste), "--pipeline-file", str(file)]
    shown = {}
    for asks in ({}, {"NO_COLOR": "1"}):
        reading, writing = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=writing, env={"TERM": "xterm-256color", **asks}
        )
        os.close(writing)
        shown[bool(asks)] = _everything(reading)
        assert child.wait(60) == 1
    assert b"\x1b[32m    +          oidc: true" in shown[False]
    assert b"\x1b[31m          - step:" not in shown[False]
    assert b"\x1b[3" not in shown[True]


def _everything(reading: int) -> bytes:
    parts = []
    # Linux ends the reading side of a terminal with an error once its writer is gone.
    with contextlib.suppress(OSError):
        while part := os.read(reading, 65_536):
            parts.append(part)
    os.close(reading)
    return b"".join(parts)


def test_control_characters_of_a_file_never_reach_the_terminal(explain: Explain) -> None:
    name = '"Deploy \\e]0;owned\\a"'
    outcome = explain(as_json=False, paste=EMPTY_TOKEN, pipeline_file=PIPELINE.replace("Deploy", name))
    assert "\x1b" not in outcome.out
    assert "\x07" not in outcome.out


# --- a token in the paste -----------------------------------------------------------------------------------


def test_the_claims_of_a_pasted_token_are_judged_as_if_they_were_given(explain: Explain) -> None:
    other = {**CLAIMS, "sub": "{99999999-1111-4222-8333-944455566677}:{9c2d0e11-5555-4666-8777-888899990000}"}
    fits = explain(paste=f"{token(CLAIMS)}\n{DENIED}", trust_policy=json.dumps(POLICY))
    differs = explain(paste=f"{token(other)}\n{DENIED}", trust_policy=json.dumps(POLICY))

    assert all(finding["cause"] != "trust-subject-mismatch" for finding in fits.json["findings"])
    assert differs.json["lead"] == "trust-subject-mismatch"
    assert differs.json["findings"][0]["verdict"] == "confirmed"
    assert other["sub"] in json.dumps(differs.json["findings"][0]["evidence"])


def test_claims_that_are_given_go_before_those_of_a_pasted_token(explain: Explain) -> None:
    other = {**CLAIMS, "sub": "{99999999-1111-4222-8333-944455566677}:{9c2d0e11-5555-4666-8777-888899990000}"}
    outcome = explain(
        paste=f"{token(other)}\n{DENIED}", trust_policy=json.dumps(POLICY), claims=json.dumps(CLAIMS)
    )

    assert outcome.json["lead"] != "trust-subject-mismatch"


def test_a_secret_in_the_paste_is_warned_of(explain: Explain) -> None:
    secret = f"export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n{DENIED}"
    outcome = explain(paste=secret, as_json=False)

    assert "This message holds an AWS secret key" in outcome.out
    assert "wJalr" not in outcome.out
