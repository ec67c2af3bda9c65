"""`trust-provider-mismatch`: principals that are not the provider of the token's issuer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from knowledge.casefile import CaseFile
from knowledge.finding import Verdict
from knowledge.rules import trust_condition_unsupported, trust_too_wide
from knowledge.rules.trust_provider_mismatch import RULE
from tests.knowledge.rules.trusting import PREFIX, PROVIDER, allow, findings, mends, policy, trust_case


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ({"Federated": "api.bitbucket.org"}, "only Bitbucket's host"),
        ({"Federated": f"https://{PREFIX}"}, "the provider's address, not its ARN"),
        ({"AWS": PROVIDER}, "a principal of type `AWS`"),
        ({"Federated": PROVIDER.replace("oidc-provider/", "oidc-provider/https://")}, "`https://` inside"),
        ({"Federated": f"{PROVIDER}/"}, "a slash at the end"),
        ({"Federated": PROVIDER.removesuffix("/oidc")}, "lacks the end `/oidc`"),
        ({"Federated": PROVIDER.replace("/api.", "/API.")}, "other upper and lower case"),
        ({"Federated": PROVIDER.replace("oidc-provider", "saml-provider")}, "a SAML provider"),
        ({"Federated": PROVIDER.replace("123456789012", "210987654321")}, "of another account"),
        ({"Federated": PROVIDER.replace("arn:aws:", "arn:aws-us-gov:")}, "another AWS partition"),
        ({"Federated": PROVIDER.replace("pipelines-config", "pipelines_config")}, "not quite Bitbucket's"),
        (
            {"Federated": PROVIDER.replace("/acme/", "/%7Bdf17aa72-3bde-4468-a13b-ecb9733ba43b%7D/")},
            "by the workspace's UUID",
        ),
    ],
)
def test_each_mistake_is_told_by_name_and_its_change_holds(principal: dict[str, Any], words: str) -> None:
    case = trust_case(policy(allow(Principal=principal)))
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert words in finding.headline
    assert finding.evidence[0].excerpt in principal.values()
    assert finding.evidence[0].comparison is not None
    assert finding.evidence[0].comparison.actual == PROVIDER
    assert mends(case, finding)


def test_a_renamed_workspace_is_one_fault_though_its_name_stands_in_the_keys_too() -> None:
    renamed = json.loads(json.dumps(policy(allow())).replace("/acme/", "/acme-before/"))
    case = trust_case(renamed)
    (finding,) = findings(RULE, case)

    assert "another Bitbucket workspace" in finding.headline
    assert mends(case, finding)
    assert findings(trust_condition_unsupported.RULE, case) == []


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "ec2.amazonaws.com"},
        {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
        {"AWS": "arn:aws:iam::123456789012:root"},
    ],
)
def test_a_policy_for_somebody_else_is_added_to_and_not_changed(principal: dict[str, Any]) -> None:
    other = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    case = trust_case(policy(other))
    (finding,) = findings(RULE, case)

    assert "does not name Bitbucket's OIDC provider at all" in finding.headline
    assert finding.fixes[0].policy_after is not None
    assert finding.fixes[0].policy_after["Statement"][0] == other
    assert mends(case, finding)


def test_without_the_repository_only_what_no_workspace_could_have_is_said() -> None:
    nothing = CaseFile().repository
    host = policy(allow(Principal={"Federated": "api.bitbucket.org"}))
    (finding,) = findings(RULE, trust_case(host, repository=nothing))

    assert finding.verdict is Verdict.LIKELY
    assert findings(RULE, trust_case(policy(allow()), repository=nothing)) == []


@pytest.mark.parametrize("principal", [{"Federated": PROVIDER}, "*", {"Federated": ["x", PROVIDER]}])
def test_a_principal_that_fits_is_no_fault(principal: Any) -> None:
    assert findings(RULE, trust_case(policy(allow(Principal=principal)))) == []


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ({"AWS": PROVIDER}, "a principal of type `AWS`"),
        ({"Federated": PROVIDER.replace("pipelines-config", "pipeline-config")}, "not quite Bitbucket's"),
        ({"Federated": PROVIDER.removesuffix("/oidc")}, "lacks the end `/oidc`"),
        ({"Federated": PROVIDER.replace("123456789012", "210987654321")}, "of another account"),
        ({"Federated": "*"}, "does not name Bitbucket's OIDC provider at all"),
    ],
)
def test_without_the_repository_what_no_provider_of_the_role_could_be_is_likely(
    principal: dict[str, Any], words: str
) -> None:
    case = trust_case(policy(allow(Principal=principal)), repository=CaseFile().repository)
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.LIKELY
    assert words in finding.headline
    assert "The repository was not read" in finding.meaning
    assert "WORKSPACE" not in " ".join(finding.fixes[0].steps)
    # The keys carry the right name: they are not accused beside it.
    assert findings(trust_condition_unsupported.RULE, case) == []


def test_without_the_repository_another_workspace_may_be_the_right_one() -> None:
    renamed = json.loads(json.dumps(policy(allow())).replace("/acme/", "/acme-before/"))

    assert findings(RULE, trust_case(renamed, repository=CaseFile().repository)) == []


def test_a_principal_that_is_everyone_leaves_the_keys_as_they_are() -> None:
    case = trust_case(policy(allow(Principal="*")), repository=CaseFile().repository)

    assert findings(RULE, case) == []
    assert findings(trust_condition_unsupported.RULE, case) == []
    (advice,) = findings(trust_too_wide.RULE, case)
    assert "anyone whose token meets its conditions" in advice.headline
