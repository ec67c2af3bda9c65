"""The evaluator of trust policies: a table written from IAM's rules, and laws that hold for any policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.trust import evaluate
from knowledge.trust_values import OneOf, Pattern
from knowledge.trust_width import Width
from tests.knowledge.rules.trusting import (
    AUDIENCE,
    ENVIRONMENT,
    HOME,
    OTHER,
    PREFIX,
    PROVIDER,
    REPO,
    STEP,
    allow,
    policy,
)

SUB = f"{PREFIX}:sub"
AUD = f"{PREFIX}:aud"
CLAIMS: dict[str, Any] = {"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": f"{HOME}:{STEP}"}
DEPLOYING = {**CLAIMS, "sub": f"{HOME}:{ENVIRONMENT}:{STEP}"}
LITERAL_STAR = {**CLAIMS, "sub": f"{HOME}:*"}


def decide(document: Any, claims: Any = CLAIMS, context: Any = None, provider: str | None = PROVIDER) -> str:
    return evaluate(document, claims, provider_arn=provider, context=context or {}).decision


def under(operator: str, key: str, value: Any) -> dict[str, Any]:
    """A policy whose only condition is this one."""
    return policy(allow(Condition={operator: {key: value}}))


SUBJECTS = [
    # operator, value, plain step, deploying step
    ("StringLike", f"{HOME}:*", True, True),
    ("StringLike", f"{HOME}*", True, True),
    ("StringLike", f"{HOME}:*:*", False, True),
    ("StringLike", "*:*:*", False, True),
    ("StringLike", "*:*", True, True),
    ("StringLike", "*", True, True),
    ("StringLike", f"{HOME}:{ENVIRONMENT}:*", False, True),
    ("StringLike", f"{HOME}*:{ENVIRONMENT}:*", False, True),
    ("StringLike", HOME, False, False),
    ("StringLike", f"{HOME}:", False, False),
    ("StringLike", f"{HOME}:{STEP}", True, False),
    ("StringLike", f"{HOME}:{'?' * 38}", True, False),
    ("StringLike", f"{HOME}:{'?' * 37}", False, False),
    ("StringLike", f"{REPO}:*", False, False),
    ("StringLike", f"{HOME.upper()}:*", False, False),
    ("StringLike", f"%7B{REPO}%7D:*", False, False),
    ("StringLike", f"{HOME}:main:*", False, False),
    ("StringLike", f"{HOME}:* ", False, False),
    ("StringLike", f" {HOME}:*", False, False),
    ("StringLike", f"{HOME}:*\n", False, False),
    ("StringLike", f"{OTHER}:*", False, False),
    ("StringLike", [f"{OTHER}:*", f"{HOME}:*"], True, True),
    ("StringLike", [], False, False),
    ("stringlike", f"{HOME}:*", True, True),
    ("StringEquals", f"{HOME}:*", False, False),
    ("StringEquals", f"{HOME}:{STEP}", True, False),
    ("StringEquals", [f"{OTHER}:*", f"{HOME}:{STEP}"], True, False),
    ("StringEqualsIgnoreCase", f"{HOME}:{STEP}".upper(), True, False),
    ("StringEqualsIgnoreCase", f"{HOME}:*", False, False),
    ("StringNotLike", f"{OTHER}:*", True, True),
    ("StringNotLike", f"{HOME}:*", False, False),
    ("StringNotLike", [f"{OTHER}:*", f"{HOME}:*"], False, False),
    ("StringNotLike", f"{HOME}:*:*", True, False),
    ("StringNotEquals", f"{HOME}:*", True, True),
    ("StringNotEquals", f"{HOME}:{STEP}", False, True),
    ("StringNotEqualsIgnoreCase", f"{HOME}:{STEP}".upper(), False, True),
    ("ForAnyValue:StringLike", f"{HOME}:*", True, True),
    ("ForAnyValue:StringEquals", f"{HOME}:*", False, False),
    ("ForAllValues:StringLike", f"{HOME}:*", True, True),
    ("ForAllValues:StringLike", f"{OTHER}:*", False, False),
    ("StringLikeIfExists", f"{HOME}:*", True, True),
    ("StringLikeIfExists", f"{OTHER}:*", False, False),
    ("ArnLike", f"{HOME}:*", False, False),
    ("ArnEquals", "*", False, False),
    ("ArnNotLike", f"{HOME}:*", True, True),
    ("NumericEquals", "1", False, False),
    ("IpAddress", "0.0.0.0/0", False, False),
    ("DateLessThan", "2030-01-01T00:00:00Z", False, False),
    ("Null", "false", True, True),
    ("Null", "true", False, False),
    ("Null", False, True, True),
    ("Null", ["true", "false"], True, True),
]


@pytest.mark.parametrize(("operator", "value", "plain", "deploying"), SUBJECTS)
def test_subjects(operator: str, value: Any, plain: bool, deploying: bool) -> None:
    document = under(operator, SUB, value)

    assert (decide(document) == "allowed") is plain
    assert (decide(document, DEPLOYING) == "allowed") is deploying


ABSENT = [
    # operator, whether it is met by a key that is not there
    ("StringEquals", False),
    ("StringLike", False),
    ("StringEqualsIgnoreCase", False),
    ("StringNotEquals", True),
    ("StringNotLike", True),
    ("StringNotEqualsIgnoreCase", True),
    ("StringEqualsIfExists", True),
    ("StringLikeIfExists", True),
    ("StringNotEqualsIfExists", True),
    ("StringNotLikeIfExists", True),
    ("ForAnyValue:StringEquals", False),
    ("ForAnyValue:StringLike", False),
    ("ForAllValues:StringEquals", True),
    ("ForAllValues:StringLike", True),
    ("ForAnyValue:StringNotEquals", False),
    ("ForAllValues:StringNotEquals", True),
    ("ForAnyValue:StringEqualsIfExists", True),
    ("NumericEquals", False),
    ("NumericNotEquals", True),
    ("DateEquals", False),
    ("DateNotEquals", True),
    ("IpAddress", False),
    ("NotIpAddress", True),
    ("ArnLike", False),
    ("ArnNotLike", True),
    ("ArnNotEquals", True),
    ("Bool", False),
    ("BoolIfExists", True),
    ("BinaryEquals", False),
]


@pytest.mark.parametrize(("operator", "met"), ABSENT)
@pytest.mark.parametrize("key", ["aws:PrincipalOrgID", f"{PREFIX}:branchName", f"https://{PREFIX}:sub"])
def test_keys_that_are_not_there(operator: str, met: bool, key: str) -> None:
    assert (decide(under(operator, key, "1")) == "allowed") is met


@pytest.mark.parametrize(("value", "met"), [("true", True), ("false", False), (True, True), ("TRUE", True)])
def test_null_asks_whether_a_key_is_absent(value: Any, met: bool) -> None:
    assert (decide(under("Null", "aws:PrincipalOrgID", value)) == "allowed") is met


CONTEXT = [
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", "203.0.113.9", True),
    ("IpAddress", "aws:SourceIp", "203.0.113.9", "203.0.113.9", True),
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", "203.0.114.9", False),
    ("IpAddress", "aws:SourceIp", ["198.51.100.0/24", "203.0.113.0/24"], "203.0.113.9", True),
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::1", False),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "aws:SourceIp", "not an address", "203.0.113.9", False),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", "203.0.113.9", False),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", "198.51.100.1", True),
    ("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
    ("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ("DateGreaterThan", "aws:CurrentTime", "2020-01-01", "2026-01-01T00:00:00Z", True),
    ("DateLessThanEquals", "aws:CurrentTime", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThanEquals", "aws:CurrentTime", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "aws:CurrentTime", "no date", "2026-01-01T00:00:00Z", False),
    ("NumericLessThan", "aws:EpochTime", "1800000000", "1767225600", True),
    ("NumericGreaterThan", "aws:EpochTime", "1800000000", "1767225600", False),
    ("NumericLessThanEquals", "aws:EpochTime", 1767225600, 1767225600, True),
    ("NumericGreaterThanEquals", "aws:EpochTime", "1767225600.0", "1767225600", True),
    ("NumericNotEquals", "aws:EpochTime", "1", "2", True),
    ("NumericEquals", "aws:EpochTime", "NaN", "1", False),
    ("Bool", "aws:SecureTransport", "true", "true", True),
    ("Bool", "aws:SecureTransport", True, True, True),
    ("Bool", "aws:SecureTransport", "true", "false", False),
    ("StringLike", "sts:RoleSessionName", "ci-*", "ci-42", True),
    ("StringLike", "sts:RoleSessionName", "ci-*", "botocore-session-1", False),
    ("StringEquals", "aws:requestedregion", "eu-central-1", "eu-central-1", True),
    ("StringEquals", "AWS:RequestedRegion", "eu-central-1", "us-east-1", False),
    ("BinaryEquals", "aws:UserAgent", "YQ==", "YQ==", True),
]


@pytest.mark.parametrize(("operator", "key", "value", "actual", "met"), CONTEXT)
def test_keys_of_the_request(operator: str, key: str, value: Any, actual: Any, met: bool) -> None:
    assert (decide(under(operator, key, value), context={key: actual}) == "allowed") is met


NOT_GIVEN = [
    # operator, key, value: what AWS fills with a value that nobody handed over
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ("IpAddressIfExists", "aws:SourceIp", "203.0.113.0/24"),
    ("Null", "aws:SourceIp", "false"),
    ("StringEquals", "aws:SourceVpce", "vpce-1"),
    ("StringNotEquals", "aws:SourceVpc", "vpc-1"),
    ("StringLike", "aws:SourceVpc", "*"),
    ("Null", "aws:SourceVpc", "true"),
    ("StringEquals", "sts:RoleSessionName", "deploy"),
    ("StringNotEquals", "sts:RoleSessionName", "deploy"),
    ("StringLike", "aws:UserAgent", "aws-cli/*"),
    ("StringEquals", "aws:RequestedRegion", "eu-central-1"),
    ("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
    ("NumericLessThan", "aws:EpochTime", "1900000000"),
]


@pytest.mark.parametrize(("operator", "key", "value"), NOT_GIVEN)
def test_what_was_not_given_of_the_request_is_not_known(operator: str, key: str, value: str) -> None:
    document = under(operator, key, value)
    deny = {**document["Statement"][0], "Effect": "Deny"}

    assert decide(document) == "undetermined"
    assert decide(policy(allow(), deny)) == "undetermined"
    assert decide(document, {**CLAIMS, "aud": None}, {key: None}) == "undetermined"


FILLED = [
    ("Null", "sts:RoleSessionName", "false", True),
    ("Null", "aws:CurrentTime", "true", False),
    ("Null", SUB, "true", False),
    ("Null", AUD, "false", True),
    ("StringLike", "sts:RoleSessionName", "*", True),
    ("Bool", "aws:SecureTransport", "true", True),
    ("Bool", "aws:SecureTransport", "false", False),
    # Bitbucket's token has no session tags and no source identity.
    ("StringEquals", "aws:RequestTag/team", "x", False),
    ("StringEquals", "sts:SourceIdentity", "x", False),
    ("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2", True),
]


@pytest.mark.parametrize(("operator", "key", "value", "met"), FILLED)
def test_what_is_filled_or_absent_whoever_asks_is_known(
    operator: str, key: str, value: str, met: bool
) -> None:
    unknown = {**CLAIMS, "aud": None, "sub": None}

    assert decide(under(operator, key, value), unknown) == ("allowed" if met else "denied")


def test_a_call_comes_by_the_internet_or_from_a_network_of_aws() -> None:
    public, private = {"aws:SourceIp": "203.0.113.9"}, {"aws:SourceVpce": "vpce-1"}

    assert decide(under("StringEquals", "aws:SourceVpc", "vpc-1"), context=public) == "denied"
    assert decide(under("StringEquals", "aws:SourceVpc", "vpc-1"), context=private) == "undetermined"
    assert decide(under("IpAddress", "aws:SourceIp", "203.0.113.0/24"), context=private) == "denied"
    assert decide(under("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), context=private) == "allowed"


def test_a_federated_star_is_no_provider_and_no_opening() -> None:
    result = evaluate(policy(allow(Principal={"Federated": "*"})), CLAIMS, provider_arn=PROVIDER)

    assert result.decision == "denied"
    assert result.openings == ()


PRINCIPALS = [
    ({"Federated": PROVIDER}, True),
    ({"Federated": [f"{PROVIDER}x", PROVIDER]}, True),
    ({"Federated": PROVIDER, "AWS": "123456789012"}, True),
    ("*", True),
    ({"AWS": "*"}, True),
    ({"AWS": PROVIDER}, False),
    ({"Service": "ec2.amazonaws.com"}, False),
    ({"Federated": "api.bitbucket.org"}, False),
    ({"Federated": PROVIDER.upper()}, False),
    ({"Federated": f"{PROVIDER}/"}, False),
    ({"Federated": PROVIDER.removesuffix("/oidc")}, False),
    ({"Federated": PROVIDER.replace("oidc-provider/", "oidc-provider/https://")}, False),
    ({"Federated": PROVIDER.replace("oidc-provider", "saml-provider")}, False),
    ({"Federated": PROVIDER.replace("123456789012", "210987654321")}, False),
    ({"Federated": PROVIDER.replace("arn:aws:", "arn:aws-us-gov:")}, False),
    ({"Federated": PROVIDER[:-3] + "*"}, False),
    ({"AWS": "arn:aws:iam::123456789012:root"}, False),
    ({"CanonicalUser": "79a59df900b949e5"}, False),
]


@pytest.mark.parametrize(("principal", "fits"), PRINCIPALS)
def test_principals(principal: Any, fits: bool) -> None:
    result = evaluate(policy(allow(Principal=principal)), CLAIMS, provider_arn=PROVIDER)

    assert (result.decision == "allowed") is fits
    assert result.statements[0].why == (None if fits else "principal")


ACTIONS = [
    ({"Action": "sts:AssumeRoleWithWebIdentity"}, True),
    ({"Action": "STS:assumerolewithwebidentity"}, True),
    ({"Action": ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"]}, True),
    ({"Action": "sts:AssumeRole*"}, True),
    ({"Action": "sts:*"}, True),
    ({"Action": "*"}, True),
    ({"Action": "sts:AssumeRoleWithWebIdentit?"}, True),
    ({"Action": "sts:AssumeRole"}, False),
    ({"Action": "sts:AssumeRoleWithSAML"}, False),
    ({"Action": "sts:AssumeRoleWithWebIdendity"}, False),
    ({"NotAction": "sts:AssumeRole"}, True),
    ({"NotAction": "sts:*"}, False),
    ({"NotAction": ["iam:*", "sts:AssumeRoleWithWebIdentity"]}, False),
]


@pytest.mark.parametrize(("action", "fits"), ACTIONS)
def test_actions(action: dict[str, Any], fits: bool) -> None:
    statement = {key: value for key, value in allow().items() if key != "Action"}
    result = evaluate(policy({**statement, **action}), CLAIMS, provider_arn=PROVIDER)

    assert (result.decision == "allowed") is fits
    assert result.statements[0].why == (None if fits else "action")


KEYS = [
    (SUB, True),
    (SUB.upper(), True),
    (f"{PREFIX}/:sub", False),
    (f"https://{PREFIX}:sub", False),
    (f"{PREFIX.removesuffix('/oidc')}:sub", False),
    ("bitbucket.org:sub", False),
    (SUB.replace("/acme/", "/other/"), False),
    ("token.actions.githubusercontent.com:sub", False),
]


@pytest.mark.parametrize(("key", "met"), KEYS)
def test_key_names_are_the_providers_own(key: str, met: bool) -> None:
    assert (decide(under("StringLike", key, f"{HOME}:*")) == "allowed") is met


VARIABLES = [
    # version, value, whether the subject `{repo}:*` (a literal star) fits
    ("2012-10-17", f"{HOME}:${{*}}", True),
    ("2008-10-17", f"{HOME}:${{*}}", False),
    (None, f"{HOME}:${{*}}", False),
    ("2012-10-17", f"{HOME}:${{?}}", False),
    ("2012-10-17", f"${{{SUB}}}", True),
    ("2012-10-17", "${aws:PrincipalArn}", False),
    ("2012-10-17", f"${{aws:PrincipalArn, '{HOME}'}}:*", False),
    ("2012-10-17", "${aws:username, 'x'}", False),
    ("2012-10-17", "${var.repository}:*", False),
]


@pytest.mark.parametrize(("version", "value", "fits"), VARIABLES)
def test_policy_variables(version: str | None, value: str, fits: bool) -> None:
    document = under("StringLike", SUB, value)
    if version is None:
        del document["Version"]
    else:
        document["Version"] = version

    assert (decide(document, LITERAL_STAR) == "allowed") is fits
    assert decide(under("StringEquals", SUB, f"${{{SUB}}}")) == "allowed"


AUDIENCES = [
    ("StringEquals", AUDIENCE, AUDIENCE, True),
    ("StringEquals", AUDIENCE, [AUDIENCE], True),
    ("StringEquals", AUDIENCE, [AUDIENCE, "https://gw.example.com"], False),
    ("StringLike", "*", [AUDIENCE, "https://gw.example.com"], False),
    ("ForAnyValue:StringEquals", "https://gw.example.com", [AUDIENCE, "https://gw.example.com"], True),
    ("ForAllValues:StringEquals", "https://gw.example.com", [AUDIENCE, "https://gw.example.com"], False),
    ("ForAllValues:StringLike", ["ari:*", "https:*"], [AUDIENCE, "https://gw.example.com"], True),
    ("ForAnyValue:StringEquals", AUDIENCE, [], False),
    ("ForAllValues:StringEquals", AUDIENCE, [], True),
    ("StringEquals", AUDIENCE.replace("::", ":"), AUDIENCE, False),
    ("StringEquals", AUDIENCE.upper(), AUDIENCE, False),
    ("StringEquals", "sts.amazonaws.com", AUDIENCE, False),
]


@pytest.mark.parametrize(("operator", "value", "audience", "met"), AUDIENCES)
def test_audiences(operator: str, value: Any, audience: Any, met: bool) -> None:
    assert (decide(under(operator, AUD, value), {**CLAIMS, "aud": audience}) == "allowed") is met


def test_the_authorised_party_stands_before_the_audience() -> None:
    claims = {**CLAIMS, "azp": "client"}

    assert decide(under("StringEquals", AUD, "client"), claims) == "allowed"
    assert decide(under("StringEquals", f"{PREFIX}:oaud", AUDIENCE), claims) == "allowed"


DENY = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([allow()], "allowed"),
        ([allow(Condition={"StringLike": {SUB: f"{OTHER}:*"}}), allow()], "allowed"),
        ([DENY], "denied"),
        ([allow(), DENY], "denied"),
        ([DENY, allow()], "denied"),
        ([allow(), {**DENY, "Condition": {"StringLike": {SUB: f"{OTHER}:*"}}}], "allowed"),
        ([allow(), {**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}], "denied"),
        ([allow(), {**DENY, "Condition": {"StringNotLikeIfExists": {"aws:PrincipalOrgID": "o"}}}], "denied"),
        ([allow(), {**DENY, "Action": "sts:AssumeRole"}], "allowed"),
        ([allow(), {**DENY, "Principal": {"AWS": "123456789012"}}], "allowed"),
        (
            [
                allow(),
                {
                    **DENY,
                    "Condition": {
                        "StringNotEquals": {"aws:PrincipalOrgID": "o-1"},
                        "Null": {"aws:PrincipalOrgID": "false"},
                    },
                },
            ],
            "allowed",
        ),
    ],
)  # fmt: skip
def test_statements_together(statements: list[Any], decision: str) -> None:
    assert decide(policy(*statements)) == decision


def test_all_operators_and_keys_of_a_statement_must_hold() -> None:
    both = {"StringEquals": {AUD: AUDIENCE}, "StringLike": {SUB: f"{OTHER}:*"}}
    (statement,) = evaluate(policy(allow(Condition=both)), CLAIMS, provider_arn=PROVIDER).statements

    assert [condition.matches for condition in statement.conditions] == [True, False]
    assert statement.why == "condition"


def test_one_statement_may_stand_without_its_list() -> None:
    assert decide({"Statement": allow()}) == "allowed"


ODD: list[Any] = [None, 1, 1.5, True, "text", "", [], [None], [[]], [1], {}, {"a": None}, {"a": {"b": []}}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "place", ["Version", "Statement", "Effect", "Principal", "Action", "Condition", "Sid"]
)
def test_odd_types_anywhere_are_a_sentence_and_no_exception(place: str, odd: Any) -> None:
    document = policy(allow())
    if place in ("Version", "Statement"):
        document[place] = odd
    else:
        document["Statement"][0][place] = odd
    result = evaluate(document, CLAIMS, provider_arn=PROVIDER)

    assert result.decision in ("allowed", "denied", "invalid")
    assert (result.problem is not None) is (result.decision == "invalid")


@pytest.mark.parametrize(
    "statement",
    [
        allow(Resource="*"),
        allow(Effect="allow"),
        allow(Condition={"StringLikes": {SUB: "*"}}),
        allow(Condition={"ForSomeValues:StringLike": {SUB: "*"}}),
        allow(Condition={"NullIfExists": {SUB: "true"}}),
        {**allow(), "NotAction": "sts:*"},
        {**allow(), "NotPrincipal": "*"},
        allow(Principal={"Nobody": "x"}),
    ],
)
def test_what_iam_would_not_save_is_invalid(statement: dict[str, Any]) -> None:
    assert decide(policy(statement)) == "invalid"


PARTLY: list[tuple[str, Any, Any, str]] = [
    ("StringLike", f"{HOME}:*", Pattern(f"{HOME}:*"), "allowed"),
    ("StringLike", f"{HOME}:*", Pattern(f"{HOME}:*:*"), "allowed"),
    ("StringLike", f"{HOME}:{ENVIRONMENT}:*", Pattern(f"{HOME}:*"), "denied"),
    ("StringLike", f"{HOME}:{ENVIRONMENT}:*", Pattern(f"{HOME}:*:*"), "undetermined"),
    ("StringEquals", f"{HOME}:*", Pattern(f"{HOME}:*"), "denied"),
    ("StringEquals", f"{HOME}:{STEP}", Pattern(f"{HOME}:*"), "undetermined"),
    ("StringLike", f"{REPO}:*", Pattern(f"{HOME}:*"), "denied"),
    ("StringLike", f"{HOME}:main:*", Pattern("*:*:*"), "denied"),
    ("StringLike", "*", None, "allowed"),
    ("StringLike", f"{HOME}:*", None, "undetermined"),
    ("StringLike", f"{HOME}:*", OneOf((Pattern(f"{HOME}:*"), Pattern(f"{HOME}:*:*"))), "allowed"),
    ("StringLike", f"{HOME}:*:*", OneOf((Pattern(f"{HOME}:*"), Pattern(f"{HOME}:*:*"))), "undetermined"),
    ("StringLike", f"{OTHER}:*", OneOf((Pattern(f"{HOME}:*"), Pattern(f"{HOME}:*:*"))), "denied"),
]


@pytest.mark.parametrize(("operator", "value", "sub", "decision"), PARTLY)
def test_values_known_in_part_decide_only_what_they_can(
    operator: str, value: Any, sub: Any, decision: str
) -> None:
    assert decide(under(operator, SUB, value), {**CLAIMS, "sub": sub}) == decision


REASONS = [
    ("StringEquals", f"{HOME}:*", "wildcard-under-equals", 39),
    ("StringLike", f"{REPO}:*", "braces-missing", 0),
    ("StringLike", f"%7B{REPO}%7D:*", "braces-encoded", 0),
    ("StringLike", "{" + HOME + "}:*", "braces-doubled", 1),
    ("StringLike", f"{HOME.upper()}:*", "case-differs", 4),
    ("StringLike", f" {HOME}:*", "blank-around", 0),
    ("StringLike", HOME, "trailing-wildcard-missing", 38),
    ("StringLike", f"{HOME}:{ENVIRONMENT}:*", "environment-missing", 40),
    ("StringLike", f"{HOME}:{OTHER}", "step-uuid-pinned", 40),
    ("StringLike", f"{HOME}:main:*", "branch-in-subject", 39),
    ("StringLike", "repo:acme/site:*", "repository-form", 0),
    ("StringLike", "site:*", "repository-form", 0),
    ("StringLike", f"{OTHER}:*", "other-repository", 1),
    ("StringLike", AUDIENCE, "audience-in-subject", 0),
]


@pytest.mark.parametrize(("operator", "value", "reason", "differs_at"), REASONS)
def test_each_mistake_in_the_subject_has_its_own_reason(
    operator: str, value: str, reason: str, differs_at: int
) -> None:
    (condition,) = (
        evaluate(under(operator, SUB, value), CLAIMS, provider_arn=PROVIDER).statements[0].conditions
    )

    assert (condition.reason, condition.nearest, condition.differs_at) == (reason, value, differs_at)


@pytest.mark.parametrize("operator", ["ArnLike", "ArnEquals", "ForAnyValue:ArnLike"])
def test_an_operator_for_arns_is_told_as_such(operator: str) -> None:
    (condition,) = (
        evaluate(under(operator, SUB, f"{HOME}:*"), CLAIMS, provider_arn=PROVIDER).statements[0].conditions
    )

    assert (condition.matches, condition.reason) == (False, "arn-operator")


def test_without_an_issuer_it_is_not_known_whose_claims_the_policy_asks_for() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "iss"}
    result = evaluate(policy(allow()), claims, provider_arn=None)

    assert result.decision == "undetermined"
    assert {item.reason for item in result.statements[0].conditions} == {"unknown"}
    assert evaluate(policy(allow()), claims, provider_arn=PROVIDER).decision == "allowed"


def test_the_smallest_slip_of_several_values_is_told() -> None:
    document = under("StringLike", SUB, [f"{OTHER}:*", f"{REPO}:*"])
    (condition,) = evaluate(document, CLAIMS, provider_arn=PROVIDER).statements[0].conditions

    assert (condition.reason, condition.nearest) == ("braces-missing", f"{REPO}:*")


@pytest.mark.parametrize(
    ("statement", "widths"),
    [
        (allow(), []),
        (allow(Condition={"StringEquals": {AUD: AUDIENCE}}), [Width.SUBJECT]),
        (allow(Condition={"StringLike": {SUB: "*"}}), [Width.SUBJECT]),
        (allow(Condition={"StringLike": {SUB: f"${{{SUB}}}"}}), [Width.SUBJECT]),
        (allow(Condition={"StringEquals": {SUB: f"${{{SUB}}}"}}), [Width.SUBJECT]),
        # No subject is an ARN, so this one lets nobody in.
        (allow(Condition={"ArnLike": {SUB: "*"}}), []),
        (allow(Condition={"StringNotLike": {SUB: f"{OTHER}:*"}}), [Width.SUBJECT]),
        (allow(Condition={"ForAllValues:StringLike": {SUB: f"{HOME}:*"}}), [Width.SET_OPERATOR]),
        (allow(Principal="*"), [Width.PRINCIPAL]),
        (allow(Principal={"Service": "ec2.amazonaws.com"}, Condition={}), []),
    ],
)
def test_openings_are_warned_of(statement: dict[str, Any], widths: list[Width]) -> None:
    found = evaluate(policy(allow(), statement), CLAIMS, provider_arn=PROVIDER).openings

    assert [opening.width for opening in found] == widths
    assert all(opening.statement == 1 and opening.sentence.startswith("Statement 1 ") for opening in found)


def test_the_provider_is_taken_from_the_issuer_in_the_account_of_the_policy() -> None:
    other = PROVIDER.replace("/acme/", "/other/").replace("arn:aws:", "arn:aws-cn:")
    result = evaluate(policy(allow(Principal={"Federated": other})), CLAIMS, provider_arn=None)

    assert result.provider_arn == PROVIDER.replace("arn:aws:", "arn:aws-cn:")
    assert result.decision == "denied"


TEXTS = st.sampled_from(
    [f"{HOME}:*", f"{REPO}:*", HOME, "*", f"{OTHER}:*", f"{HOME}:{STEP}", "?", "${*}", ""]
)
OPERATORS = st.sampled_from(
    [
        "StringEquals",
        "StringLike",
        "StringNotLike",
        "StringNotEquals",
        "ForAnyValue:StringLike",
        "ForAllValues:StringLike",
    ]
)
CONDITIONS = st.dictionaries(
    OPERATORS,
    st.dictionaries(st.sampled_from([SUB, AUD, "aws:PrincipalOrgID"]), TEXTS | st.lists(TEXTS, max_size=3)),
    max_size=3,
)
STATEMENTS = st.builds(
    lambda effect, principal, condition: allow(Effect=effect, Principal=principal, Condition=condition),
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from([{"Federated": PROVIDER}, "*", {"Service": "ec2.amazonaws.com"}]),
    CONDITIONS,
)
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=3).map(lambda items: policy(*items))


@given(POLICIES, STATEMENTS)
def test_one_more_deny_never_lets_anybody_in(document: dict[str, Any], statement: dict[str, Any]) -> None:
    stricter = {**document, "Statement": [*document["Statement"], {**statement, "Effect": "Deny"}]}

    assert decide(stricter) == "denied" or decide(document) == "allowed"


@given(POLICIES)
def test_the_order_of_statements_does_not_matter(document: dict[str, Any]) -> None:
    assert decide(document) == decide({**document, "Statement": document["Statement"][::-1]})


@given(TEXTS, st.integers(0, 40))
def test_a_widened_pattern_never_shuts_anybody_out(text: str, at: int) -> None:
    wider = f"{text[:at]}*{text[at + 1 :]}"

    if decide(under("StringLike", SUB, text)) == "allowed" and "$" not in text:
        assert decide(under("StringLike", SUB, wider)) == "allowed"


@given(TEXTS | st.lists(TEXTS, max_size=3), st.sampled_from(["StringLike", "StringEquals"]))
def test_if_exists_changes_nothing_for_a_key_that_is_there(value: Any, operator: str) -> None:
    assert decide(under(operator, SUB, value)) == decide(under(f"{operator}IfExists", SUB, value))


@given(TEXTS, st.sampled_from(["StringLike", "StringEquals"]))
def test_a_negated_operator_is_the_opposite_for_a_key_that_is_there(value: str, operator: str) -> None:
    opposite = operator.replace("String", "StringNot")

    assert decide(under(operator, SUB, value)) != decide(under(opposite, SUB, value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["Version", "Statement", "Id", "x"]), JSON),
    st.dictionaries(st.text(max_size=4), JSON),
)
def test_no_json_at_all_makes_it_raise(document: Any, claims: Any) -> None:
    assert decide(document, {**claims}) in ("allowed", "denied", "invalid", "undetermined")


@given(JSON, JSON, JSON)
def test_no_odd_condition_or_claim_makes_it_raise(condition: Any, value: Any, claim: Any) -> None:
    for document in (policy(allow(Condition=condition)), under("StringLike", SUB, value)):
        assert decide(document, {**CLAIMS, "sub": claim, "aud": value}) in (
            "allowed", "denied", "invalid", "undetermined",
        )  # fmt: skip
