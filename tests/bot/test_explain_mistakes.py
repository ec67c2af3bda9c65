"""Every common mistake in a trust policy, from the files to the headline: each is told from the others.

What a Bitbucket token carries: https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bot.commandline import CommandLine, Outcome

SLUG = "acme"
ACCOUNT = "123456789012"
PATH = f"api.bitbucket.org/2.0/workspaces/{SLUG}/pipelines-config/identity/oidc"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PATH}"
W = "df17aa72-3bde-4468-a13b-ecb9733ba43b"
R = "495d8ecc-f500-4ab8-aed5-ddaefa477b7f"
E = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
S = "cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee"
OTHER = "11111111-2222-4333-8444-555555555555"
REPO, ENVIRONMENT, STEP, WORKSPACE = f"{{{R}}}", f"{{{E}}}", f"{{{S}}}", f"{{{W}}}"
AUDIENCE = f"ari:cloud:bitbucket::workspace/{W}"
PLAIN, DEPLOYED = f"{REPO}:{STEP}", f"{REPO}:{ENVIRONMENT}:{STEP}"
REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity\n"
)
PIPELINE = f"""\
pipelines:
  default:
    - step:
        name: Deploy
        oidc: true
        script:
          - export AWS_REGION=eu-central-1
          - export AWS_ROLE_ARN=arn:aws:iam::{ACCOUNT}:role/acme-deploy
          - export AWS_WEB_IDENTITY_TOKEN_FILE=$HOME/.bb-oidc.jwt
          - printf '%s' "$BITBUCKET_STEP_OIDC_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE"
          - aws s3 sync build/ s3://acme-site
"""
DEPLOYING = PIPELINE.replace("        oidc: true\n", "        oidc: true\n        deployment: production\n")

SUBJECT, AUDIENCES, KEYS = "trust-subject-mismatch", "trust-audience-mismatch", "trust-condition-unsupported"
PRINCIPAL, ACTION = "trust-provider-mismatch", "trust-action-missing"

Policy = dict[str, Any]


def statement(**changes: Any) -> Policy:
    """The statement that admits the repository, some of its members replaced."""
    return {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{PATH}:aud": AUDIENCE}, "StringLike": {f"{PATH}:sub": f"{REPO}:*"}},
        **changes,
    }


def policy(*statements: Policy, version: str | None = "2012-10-17") -> Policy:
    return {**({"Version": version} if version else {}), "Statement": list(statements) or [statement()]}


def sub(value: Any, operator: str = "StringLike") -> Policy:
    conditions: dict[str, dict[str, Any]] = {"StringEquals": {f"{PATH}:aud": AUDIENCE}}
    conditions.setdefault(operator, {})[f"{PATH}:sub"] = value
    return policy(statement(Condition=conditions))


def aud(value: Any) -> Policy:
    conditions = {"StringEquals": {f"{PATH}:aud": value}, "StringLike": {f"{PATH}:sub": f"{REPO}:*"}}
    return policy(statement(Condition=conditions))


def key(prefix: str) -> Policy:
    """The subject's condition under another name of the provider."""
    conditions = {"StringEquals": {f"{PATH}:aud": AUDIENCE}, "StringLike": {f"{prefix}:sub": f"{REPO}:*"}}
    return policy(statement(Condition=conditions))


def also(operator: str, name: str, value: Any) -> Policy:
    """The policy that admits the repository, with one more condition."""
    found = statement()
    found["Condition"].setdefault(operator, {})[name] = value
    return policy(found)


def principal(value: Any) -> Policy:
    return policy(statement(Principal=value))


def federated(arn: str) -> Policy:
    return principal({"Federated": arn})


class Explain:
    """`explain --json` for a policy and the claims of the step's token."""

    def __init__(self, command: CommandLine, folder: Path) -> None:
        self._command, self._folder = command, folder

    def __call__(
        self, trust: Policy, subject: str, pipeline: str = PIPELINE, more: Mapping[str, Any] | None = None
    ) -> Outcome:
        claims = {"iss": f"https://{PATH}", "aud": AUDIENCE, "sub": subject, **(more or {})}
        texts = {
            "paste": REFUSED,
            "pipeline-file": pipeline,
            "trust-policy": json.dumps(trust),
            "claims": json.dumps(claims),
        }
        options: list[str] = []
        for name, text in texts.items():
            file = self._folder / f"{name}.txt"
            file.write_text(text, encoding="utf-8")
            options += [f"--{name}", str(file)]
        return self._command("explain", "--json", *options)


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Explain:
    return Explain(CommandLine(monkeypatch, capsys), tmp_path)


#: What is wrong, the policy, the token's subject, the cause that leads, words of the headline that no other
#: mistake with that cause has.
MISTAKES: list[tuple[str, Policy, str, str, str]] = [
    (
        "`*` under StringEquals",
        sub(f"{REPO}:*", "StringEquals"),
        PLAIN,
        SUBJECT,
        "for which `*` is no wildcard",
    ),
    ("the repository alone", sub(REPO), PLAIN, SUBJECT, "has no `:*` at the end"),
    ("repository and environment", sub(f"{REPO}:{ENVIRONMENT}"), DEPLOYED, SUBJECT, "has no `:*` at the end"),
    ("one step of one run", sub(f"{REPO}:{{{OTHER}}}"), PLAIN, SUBJECT, "the UUID of one step of one run"),
    ("no braces", sub(f"{R}:*"), PLAIN, SUBJECT, "without their braces"),
    ("one brace", sub(f"{{{R}:*"), PLAIN, SUBJECT, "without their braces"),
    ("doubled braces", sub(f"{{{REPO}}}:*"), PLAIN, SUBJECT, "doubled braces"),
    ("encoded braces", sub(f"%7B{R}%7D:*"), PLAIN, SUBJECT, "as `%7B` and `%7D`"),
    ("workspace and repository", sub(f"{WORKSPACE}:{REPO}:*"), PLAIN, SUBJECT, "the workspace's UUID"),
    ("the workspace's UUID", sub(f"{WORKSPACE}:*"), PLAIN, SUBJECT, "the workspace's UUID"),
    ("the repository's name", sub("site:*"), PLAIN, SUBJECT, "by its name instead of its UUID"),
    ("workspace and name", sub("acme/site:*"), PLAIN, SUBJECT, "by its name instead of its UUID"),
    ("GitHub's form", sub("repo:acme/site:*"), PLAIN, SUBJECT, "in GitHub's form"),
    (
        "a branch in the middle",
        sub(f"{REPO}:main:*"),
        PLAIN,
        SUBJECT,
        "such as a branch's, inside the subject",
    ),
    ("another repository", sub(f"{{{OTHER}}}:*"), PLAIN, SUBJECT, "admits another repository"),
    ("an environment, none deployed to", sub(f"{REPO}:{ENVIRONMENT}:*"), PLAIN, SUBJECT, "deploys to none"),
    (
        "another environment",
        sub(f"{REPO}:{{{OTHER}}}:*"),
        DEPLOYED,
        SUBJECT,
        "another deployment environment",
    ),
    ("a part too many", sub(f"{REPO}:*:*"), PLAIN, SUBJECT, "deploys to none"),
    ("three parts of anything", sub("*:*:*"), PLAIN, SUBJECT, "deploys to none"),
    ("upper case", sub(f"{REPO.upper()}:*"), PLAIN, SUBJECT, "in upper case"),
    ("a blank at the end", sub(f"{REPO}:* "), PLAIN, SUBJECT, "a blank or a line break"),
    ("the audience as subject", sub(AUDIENCE), PLAIN, SUBJECT, "the audience where the subject belongs"),
    ("Terraform's placeholder", sub("${var.repository_uuid}:*"), PLAIN, SUBJECT, "a placeholder"),
    ("CloudFormation's placeholder", sub("{{resolve:ssm:/repo}}:*"), PLAIN, SUBJECT, "a placeholder"),
    (
        "a variable without its version",
        policy(statement(Condition=sub("${aws:x}:*")["Statement"][0]["Condition"]), version=None),
        PLAIN,
        SUBJECT,
        'without `"Version": "2012-10-17"`',
    ),
    ("the workspace's UUID as audience", aud(W), PLAIN, AUDIENCES, "does not have the form of Bitbucket's"),
    ("the same in braces", aud(WORKSPACE), PLAIN, AUDIENCES, "does not have the form of Bitbucket's"),
    ("one colon", aud(f"ari:cloud:bitbucket:workspace/{W}"), PLAIN, AUDIENCES, "the form of Bitbucket's"),
    (
        "a repository's ARI",
        aud(f"ari:cloud:bitbucket::repository/{R}"),
        PLAIN,
        AUDIENCES,
        "the form of Bitbucket's",
    ),
    (
        "another product's",
        aud("ariel:stack:bitbucket:pipelines"),
        PLAIN,
        AUDIENCES,
        "the form of Bitbucket's",
    ),
    ("AWS's audience", aud("sts.amazonaws.com"), PLAIN, AUDIENCES, "`sts.amazonaws.com`, which is not"),
    ("the issuer's address", aud(f"https://{PATH}"), PLAIN, AUDIENCES, "the provider's address where"),
    ("another workspace", aud(AUDIENCE.replace(W, OTHER)), PLAIN, AUDIENCES, "of another workspace"),
    ("a template's audience", aud("{{audience}}"), PLAIN, AUDIENCES, "a placeholder in the audience"),
    ("the subject as audience", aud(f"{REPO}:*"), PLAIN, AUDIENCES, "a repository's UUID where the audience"),
    ("a key with https", key(f"https://{PATH}"), PLAIN, KEYS, "is not named as the provider is"),
    ("a key with a slash", key(f"{PATH}/"), PLAIN, KEYS, "is not named as the provider is"),
    (
        "a key of another workspace",
        key(PATH.replace(SLUG, "globex")),
        PLAIN,
        KEYS,
        "`api.bitbucket.org/2.0/workspaces/globex",
    ),
    ("a key with the UUID", key(PATH.replace(SLUG, WORKSPACE)), PLAIN, KEYS, f"workspaces/{WORKSPACE}"),
    ("a key without /oidc", key(PATH.removesuffix("/oidc")), PLAIN, KEYS, "identity:sub`"),
    ("a key of the host", key("bitbucket.org"), PLAIN, KEYS, "`bitbucket.org:sub`"),
    (
        "a claim AWS does not read",
        also("StringEquals", f"{PATH}:branchName", "main"),
        PLAIN,
        KEYS,
        "`branchName`",
    ),
    (
        "the repository's claim",
        also("StringEquals", f"{PATH}:repositoryUuid", REPO),
        PLAIN,
        KEYS,
        "`repositoryUuid`",
    ),
    (
        "the organisation",
        also("StringEquals", "aws:PrincipalOrgID", "o-1"),
        PLAIN,
        KEYS,
        "`aws:PrincipalOrgID`",
    ),
    (
        "the caller's account",
        also("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        PLAIN,
        KEYS,
        "`aws:PrincipalAccount`",
    ),
    (
        "the caller's tag",
        also("StringEquals", "aws:PrincipalTag/team", "ci"),
        PLAIN,
        KEYS,
        "`aws:PrincipalTag/team`",
    ),
    (
        "two providers in one statement",
        also("StringEquals", "token.actions.githubusercontent.com:aud", "sts.amazonaws.com"),
        PLAIN,
        KEYS,
        "of another provider's token in the same statement",
    ),
    (
        "another account",
        federated(PROVIDER.replace(ACCOUNT, "210987654321")),
        PLAIN,
        PRINCIPAL,
        "of another account",
    ),
    (
        "a letter wrong",
        federated(PROVIDER.replace("pipelines", "pipeline")),
        PLAIN,
        PRINCIPAL,
        "not quite Bitbucket's",
    ),
    (
        "an address in the ARN",
        federated(PROVIDER.replace("/api.", "/https://api.")),
        PLAIN,
        PRINCIPAL,
        "has `https://` inside",
    ),
    ("an address", federated(f"https://{PATH}"), PLAIN, PRINCIPAL, "the provider's address, not its ARN"),
    ("a slash at the end", federated(f"{PROVIDER}/"), PLAIN, PRINCIPAL, "a slash at the end"),
    (
        "upper case in the ARN",
        federated(PROVIDER.replace(SLUG, "Acme")),
        PLAIN,
        PRINCIPAL,
        "other upper and lower case",
    ),
    (
        "SAML",
        federated(PROVIDER.replace("oidc-provider", "saml-provider")),
        PLAIN,
        PRINCIPAL,
        "a SAML provider",
    ),
    (
        "the account's root",
        principal({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        PLAIN,
        PRINCIPAL,
        "provider at all",
    ),
    ("the wrong type", principal({"AWS": PROVIDER}), PLAIN, PRINCIPAL, "a principal of type `AWS`"),
    ("a service", principal({"Service": "ec2.amazonaws.com"}), PLAIN, PRINCIPAL, "provider at all"),
    ("the host alone", federated("api.bitbucket.org"), PLAIN, PRINCIPAL, "only Bitbucket's host"),
    (
        "no path",
        federated(f"arn:aws:iam::{ACCOUNT}:oidc-provider/api.bitbucket.org"),
        PLAIN,
        PRINCIPAL,
        "provider",
    ),
    ("no /oidc", federated(PROVIDER.removesuffix("/oidc")), PLAIN, PRINCIPAL, "lacks the end `/oidc`"),
    (
        "the workspace's UUID as provider",
        federated(PROVIDER.replace(SLUG, WORKSPACE)),
        PLAIN,
        PRINCIPAL,
        "by the workspace's UUID",
    ),
    (
        "another workspace's provider",
        federated(PROVIDER.replace(SLUG, "globex")),
        PLAIN,
        PRINCIPAL,
        "another Bitbucket workspace",
    ),
    (
        "another partition",
        federated(PROVIDER.replace("arn:aws:", "arn:aws-cn:")),
        PLAIN,
        PRINCIPAL,
        "another AWS partition",
    ),
    (
        "a template's principal",
        federated(PROVIDER.replace(ACCOUNT, "${AWS::AccountId}")),
        PLAIN,
        PRINCIPAL,
        "provider",
    ),
    ("AssumeRole", policy(statement(Action="sts:AssumeRole")), PLAIN, ACTION, "allows `sts:AssumeRole`, not"),
    (
        "SAML's action",
        policy(statement(Action="sts:AssumeRoleWithSAML")),
        PLAIN,
        ACTION,
        "`sts:AssumeRoleWithSAML`, not",
    ),
    ("a typo", policy(statement(Action="sts:AssumeRoleWithWebIdendity")), PLAIN, ACTION, "misspells"),
    (
        "a Deny for it",
        policy(statement(), statement(Effect="Deny", Condition={})),
        PLAIN,
        "trust-denied",
        "A Deny in the trust policy",
    ),
]


#: Mistakes about the request itself: the request's keys beside the policy.
OF_THE_REQUEST: list[tuple[str, Policy, dict[str, str], str, str]] = [
    (
        "a list of addresses that is too old",
        also("IpAddress", "aws:SourceIp", ["198.51.100.0/24"]),
        {"aws:SourceIp": "203.0.113.9"},
        "trust-source-ip",
        "admits only certain networks",
    ),
    (
        "a window in time that is over",
        also("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z"),
        {"aws:CurrentTime": "2026-11-23T10:00:00Z"},
        "trust-request-mismatch",
        "a limit in time",
    ),
    (
        "a session's name that the client does not give",
        also("StringLike", "sts:RoleSessionName", "bitbucket-*"),
        {"sts:RoleSessionName": "botocore-session-1795400000"},
        "trust-request-mismatch",
        "a condition on the session's name",
    ),
    (
        "session tags that may not be set",
        policy(),
        {"https://aws.amazon.com/tags": "{}"},
        "trust-action-missing",
        "does not allow `sts:TagSession`",
    ),
]

#: A limit to an environment and a Deny are there for a reason: no changed policy is shown that drops them.
FOR_A_PERSON = ("an environment, none deployed to", "a Deny for it")

#: Policies that let the step in, and too many others: who could assume the role today.
TOO_WIDE: list[tuple[str, Policy, str]] = [
    (
        "no subject",
        policy(statement(Condition={"StringEquals": {f"{PATH}:aud": AUDIENCE}})),
        "every repository of the workspace `acme` may assume the role today",
    ),
    ("any subject", sub("*"), "every repository of the workspace `acme` may assume the role today"),
    ("any two parts", sub("*:*"), "every repository of the workspace `acme` may assume the role today"),
    ("everybody", principal("*"), "anyone whose token meets its conditions may assume the role today"),
    ("everybody of AWS", principal({"AWS": "*"}), "anyone whose token meets its conditions may assume"),
    ("a set operator", sub(f"{REPO}:*", "ForAllValues:StringLike"), "a token without that claim may assume"),
    (
        "a second statement",
        policy(statement(), statement(Condition={})),
        "every repository of the workspace `acme` may assume the role today",
    ),
]


def named(row: tuple[Any, ...]) -> str:
    return str(row[0])


def pipeline_for(subject: str) -> str:
    return DEPLOYING if subject == DEPLOYED else PIPELINE


@pytest.mark.parametrize("row", MISTAKES, ids=named)
def test_each_mistake_is_told_by_its_name(explain: Explain, row: tuple[str, Policy, str, str, str]) -> None:
    _, trust, subject, cause, words = row
    outcome = explain(trust, subject, pipeline_for(subject))
    first = outcome.json["findings"][0]

    assert outcome.code == 1
    assert outcome.json["lead"] == cause
    assert first["verdict"] == "confirmed"
    assert words in first["headline"]
    assert first["evidence"][0]["location"]["kind"] == "policy"


@pytest.mark.parametrize("row", MISTAKES, ids=named)
def test_the_policy_that_is_shown_lets_the_step_in(
    explain: Explain, row: tuple[str, Policy, str, str, str]
) -> None:
    what, trust, subject, _, _ = row
    fixes = explain(trust, subject, pipeline_for(subject)).json["findings"][0]["fixes"]
    shown = [fix["policy"] for fix in fixes if "policy" in fix]

    assert len(shown) == (0 if what in FOR_A_PERSON else 1)
    for after in shown:
        outcome = explain(after, subject, pipeline_for(subject))
        assert (outcome.code, outcome.json["lead"]) == (0, None)
        assert "the role's trust policy lets this step in" in outcome.json["checked"]


@pytest.mark.parametrize("row", OF_THE_REQUEST, ids=named)
def test_a_condition_on_the_request_is_told_by_its_name(
    explain: Explain, row: tuple[str, Policy, dict[str, str], str, str]
) -> None:
    _, trust, more, cause, words = row
    outcome = explain(trust, PLAIN, more=more)

    assert (outcome.code, outcome.json["lead"]) == (1, cause)
    assert words in outcome.json["findings"][0]["headline"]


@pytest.mark.parametrize("row", TOO_WIDE, ids=named)
def test_a_policy_that_lets_in_too_many_is_advice_that_names_them(
    explain: Explain, row: tuple[str, Policy, str]
) -> None:
    _, trust, who = row
    outcome = explain(trust, PLAIN)
    advice = [item for item in outcome.json["findings"] if item["cause"] == "trust-too-wide"]

    assert (outcome.code, outcome.json["lead"]) == (1, None)
    assert [item["severity"] for item in advice] == ["advice"]
    assert who in advice[0]["headline"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_role_of_any_partition_wants_the_provider_of_its_own(explain: Explain, partition: str) -> None:
    region = {"aws": "eu-central-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}[partition]
    pipeline = PIPELINE.replace("arn:aws:", f"arn:{partition}:").replace("eu-central-1", region)
    own = PROVIDER.replace("arn:aws:", f"arn:{partition}:")
    other = PROVIDER.replace("arn:aws:", "arn:aws-iso:")
    right, wrong = (explain(federated(arn), PLAIN, pipeline) for arn in (own, other))

    assert (right.code, right.json["lead"]) == (0, None)
    assert (wrong.code, wrong.json["lead"]) == (1, PRINCIPAL)
    assert "another AWS partition" in wrong.json["findings"][0]["headline"]
    assert wrong.json["findings"][0]["fixes"][0]["policy"]["Statement"][0]["Principal"] == {"Federated": own}


def test_a_policy_that_lets_the_step_in_leads_to_what_stands_above_the_role(explain: Explain) -> None:
    outcome = explain(policy(), PLAIN)

    assert (outcome.code, outcome.json["lead"]) == (0, None)
    assert [(item["cause"], item["verdict"]) for item in outcome.json["findings"]] == [
        ("refused-above-the-role", "possible")
    ]
