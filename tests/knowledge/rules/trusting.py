"""Cases about a role: a repository, a step, a trust policy with one thing changed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from knowledge.casefile import CaseFile, Environment, OidcProvider, Repository, Role, Suspect
from knowledge.claims import claims_for
from knowledge.finding import Finding
from knowledge.pipelines import parse
from knowledge.reading import Absent, Known
from knowledge.redact import redact
from knowledge.rules.rule import Rule
from knowledge.symptoms import recognise
from knowledge.trust_trial import fix_holds

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/acme-deploy"
SLUG = "acme"
PREFIX = f"api.bitbucket.org/2.0/workspaces/{SLUG}/pipelines-config/identity/oidc"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PREFIX}"
WORKSPACE = "df17aa72-3bde-4468-a13b-ecb9733ba43b"
AUDIENCE = f"ari:cloud:bitbucket::workspace/{WORKSPACE}"
REPO = "495d8ecc-f500-4ab8-aed5-ddaefa477b7f"
HOME = "{" + REPO + "}"
OTHER = "{11111111-2222-4333-8444-555555555555}"
ENVIRONMENT = "{aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee}"
STAGING = "{bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee}"
STEP = "{cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee}"

REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
EMPTY = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
AFTER = (
    "An error occurred (AccessDenied) when calling the PutObject operation: User: "
    f"arn:aws:sts::{ACCOUNT}:assumed-role/acme-deploy/botocore-session-1 is not authorized to perform: "
    "s3:PutObject on resource: arn:aws:s3:::acme-site/index.html because no identity-based policy allows the "
    "s3:PutObject action"
)

PLAIN = """\
pipelines:
  default:
    - step:
        name: Deploy
        oidc: true
        script:
          - export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme-deploy
          - aws s3 sync build/ s3://acme-site
"""
DEPLOYING = PLAIN.replace("        oidc: true\n", "        oidc: true\n        deployment: production\n")
CUSTOM = PLAIN.replace("oidc: true", "oidc:\n          audiences: [https://gw.example.com]")


def allow(**changes: Any) -> dict[str, Any]:
    """The statement that works, some of its members replaced."""
    return {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{PREFIX}:aud": AUDIENCE},
            "StringLike": {f"{PREFIX}:sub": f"{HOME}:*"},
        },
        **changes,
    }


def policy(*statements: Mapping[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": [copy.deepcopy(dict(item)) for item in statements]}


def subject(value: Any, operator: str = "StringLike") -> dict[str, Any]:
    """A policy with this condition on the subject."""
    conditions: dict[str, Any] = {"StringEquals": {f"{PREFIX}:aud": AUDIENCE}}
    conditions.setdefault(operator, {})[f"{PREFIX}:sub"] = value
    return policy(allow(Condition=conditions))


def audience(value: Any, operator: str = "StringEquals") -> dict[str, Any]:
    conditions: dict[str, Any] = {"StringLike": {f"{PREFIX}:sub": f"{HOME}:*"}}
    conditions.setdefault(operator, {})[f"{PREFIX}:aud"] = value
    return policy(allow(Condition=conditions))


def with_condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    """The policy that works, with one more condition."""
    statement = allow()
    statement["Condition"].setdefault(operator, {})[key] = value
    return policy(statement)


def trust_case(
    trust: Mapping[str, Any] | None,
    pipeline: str = PLAIN,
    paste: str = REFUSED,
    **readings: Any,
) -> CaseFile:
    """A case with everything read; `trust` None: the account has no such role."""
    text = redact(paste).text
    role = Known(Role(arn=ROLE_ARN, trust_policy=trust), "the role") if trust is not None else Absent("IAM")
    given: dict[str, Any] = {
        "symptoms": recognise(text),
        "paste": text,
        "pipeline_file": Known(parse(pipeline), "the file"),
        "repository": Known(Repository(HOME, "site", "{" + WORKSPACE + "}", SLUG), "the repository"),
        "environments": Known(
            (
                Environment(ENVIRONMENT, "Production", "production"),
                Environment(STAGING, "Staging", "staging"),
            ),
            "environments",
        ),
        "workspace_variables": Known((), "workspace variables"),
        "repository_variables": Known((), "repository variables"),
        "environment_variables": {ENVIRONMENT: Known((), "Production"), STAGING: Known((), "Staging")},
        "role": role,
        "role_arn": ROLE_ARN,
        "providers": Known((OidcProvider(PROVIDER, PREFIX, (AUDIENCE,)),), "the providers"),
    }
    return CaseFile(**{**given, **readings})


def suspect_of(case: CaseFile, *, certain: bool = True) -> Suspect | None:
    if not isinstance(case.pipeline_file, Known):
        return None
    steps = case.pipeline_file.value.steps
    return Suspect(steps[-1], "it was named", certain)


def findings(rule: Rule, case: CaseFile, *, certain: bool = True) -> list[Finding]:
    return list(rule.check(case, suspect_of(case, certain=certain)))


def mends(case: CaseFile, finding: Finding) -> bool:
    """Whether the first fix that changes the policy lets the step in, and nobody new."""
    after = next((fix.policy_after for fix in finding.fixes if fix.policy_after is not None), None)
    claims = claims_for(case, suspect_of(case))
    assert isinstance(claims, Known)
    assert isinstance(case.role, Known)
    return after is not None and fix_holds(case.role.value.trust_policy, after, claims.value, PROVIDER)
