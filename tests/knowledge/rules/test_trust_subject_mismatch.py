"""`trust-subject-mismatch`: each mistake by its name, what is certain and what is not, and the change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from knowledge.casefile import CaseFile, Environment, Role
from knowledge.finding import Disposition, Surface, Verdict
from knowledge.location import InPolicy
from knowledge.pipelines import parse
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.rules.trust_subject_mismatch import RULE
from tests.knowledge.rules.trusting import (
    AFTER,
    AUDIENCE,
    CUSTOM,
    DEPLOYING,
    EMPTY,
    ENVIRONMENT,
    HOME,
    OTHER,
    PREFIX,
    REFUSED,
    REPO,
    ROLE_ARN,
    STAGING,
    STEP,
    WORKSPACE,
    allow,
    findings,
    mends,
    policy,
    subject,
    trust_case,
    with_condition,
)


def named(*names: str) -> Known[tuple[Environment, ...]]:
    """Environments as a file of variables gives them: without their UUIDs."""
    return Known(tuple(Environment(f"{{{name}}}", name, name.lower()) for name in names), "environments")


SLIPS = [
    (subject(f"{HOME}:*", "StringEquals"), "by `StringEquals`, for which `*` is no wildcard"),
    (subject(f"{REPO}:*"), "without their braces"),
    (subject("{" + REPO + ":*"), "without their braces"),
    (subject(f"%7B{REPO}%7D:*"), "`%7B` and `%7D`"),
    (subject("{" + HOME + "}:*"), "doubled braces"),
    (subject(f"{HOME.upper()}:*"), "in upper case"),
    (subject(HOME), "no `:*` at the end"),
    (subject(f"{HOME}:* "), "a blank or a line break"),
    (subject(f"{HOME}:main:*"), "a name, such as a branch's"),
    (subject("{" + WORKSPACE + "}:" + HOME + ":*"), "the workspace's UUID"),
    (subject("{" + WORKSPACE + "}:*"), "the workspace's UUID"),
    (subject("site:*"), "by its name instead of its UUID"),
    (subject("acme/site:*"), "by its name instead of its UUID"),
    (subject("repo:acme/site:*"), "GitHub's form"),
    (subject(f"{OTHER}:*"), "admits another repository"),
    (subject(AUDIENCE), "the audience where the subject belongs"),
    (subject(f"{HOME}:*:*"), "wants a subject with a deployment environment"),
]


@pytest.mark.parametrize(("trust", "words"), SLIPS)
def test_each_mistake_is_told_by_name_and_its_change_holds(trust: dict[str, Any], words: str) -> None:
    case = trust_case(trust)
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert words in finding.headline
    assert "role `acme-deploy`" in finding.headline
    assert mends(case, finding)


def test_the_policys_value_is_quoted_beside_the_tokens() -> None:
    role = Known(
        Role(arn=ROLE_ARN, trust_policy=subject(f"{REPO}:*")), "the role", "https://aws.example/role"
    )
    (finding,) = findings(RULE, trust_case(None, role=role))
    (evidence,) = finding.evidence

    assert evidence.excerpt == f"{REPO}:*"
    assert evidence.comparison is not None
    assert (evidence.comparison.expected, evidence.comparison.actual) == (f"{REPO}:*", f"{HOME}:*")
    assert evidence.comparison.differs_at == 0
    assert evidence.location == InPolicy(
        "acme-deploy",
        0,
        "StringLike",
        f"{PREFIX}:sub",
        "https://aws.example/role",
    )


def test_a_policy_that_admits_the_step_is_ruled_out() -> None:
    (finding,) = findings(RULE, trust_case(policy(allow())))

    assert finding.verdict is Verdict.RULED_OUT


def test_nothing_is_said_where_nothing_failed_and_nothing_is_wrong() -> None:
    assert findings(RULE, trust_case(policy(allow()), paste="")) == []


def test_a_step_without_an_environment_may_be_given_the_one_of_the_policy() -> None:
    (finding,) = findings(RULE, trust_case(subject(f"{HOME}:{ENVIRONMENT}:*")))

    assert "step `Deploy` deploys to none" in finding.headline
    assert [item.sentence for item in finding.evidence if not item.primary] == [
        "The step at line 3 has no `deployment`."
    ]
    deploy, change = finding.fixes
    assert deploy.file_after is not None
    assert parse(deploy.file_after).steps[0].deployment is not None
    # Admitting the step without an environment would admit every environment: a person must decide it.
    assert change.policy_after is None
    assert change.disposition is Disposition.NEEDS_REVIEW
    assert "That lets in every step of the repository, of any branch" in change.steps[1]


@pytest.mark.parametrize(
    ("value", "environments", "words"),
    [
        (ENVIRONMENT, CaseFile().environments, f"whose UUID is `{ENVIRONMENT}`."),
        (ENVIRONMENT, named("Production"), f"whose UUID is `{ENVIRONMENT}`."),
        (ENVIRONMENT, named("Production", "Test"), "; there are `Production` and `Test`."),
        ("*", CaseFile().environments, "of the environment that it deploys to."),
        ("*", named("Production"), "of the environment that it deploys to: `Production`."),
    ],
)
def test_deploying_comes_before_admitting_more_also_where_the_environments_uuid_is_not_read(
    value: str, environments: Reading[tuple[Environment, ...]], words: str
) -> None:
    case = trust_case(subject(f"{HOME}:{value}:*"), environments=environments)
    (finding,) = findings(RULE, case)
    deploy, change = finding.fixes

    assert deploy.surface is Surface.PIPELINE_FILE
    assert deploy.steps[0].startswith("Add `deployment:` to step `Deploy`, with the name of ")
    assert deploy.steps[0].endswith(words)
    assert change.disposition is Disposition.NEEDS_REVIEW
    assert "That lets in every step of the repository" in " ".join(change.steps)


def test_an_environment_that_is_no_more_is_none_to_deploy_to() -> None:
    case = trust_case(subject(f"{HOME}:{OTHER}:*"))
    (finding,) = findings(RULE, case)

    assert [fix.surface for fix in finding.fixes] == [Surface.ROLE_TRUST]


def test_a_condition_that_wants_no_subject_is_removed_and_not_compared_otherwise() -> None:
    case = trust_case(with_condition("Null", f"{PREFIX}:sub", "true"))
    (finding,) = findings(RULE, case)
    (fix,) = finding.fixes

    assert fix.title == "Remove the condition `Null` on `sub`"
    assert "`StringLike` with" not in fix.steps[0]
    assert mends(case, finding)


def test_what_is_kept_out_is_narrowed_and_not_compared_otherwise() -> None:
    (finding,) = findings(RULE, trust_case(with_condition("StringNotLike", f"{PREFIX}:sub", f"{HOME}:*")))

    assert finding.fixes[0].title == "Narrow the condition `StringNotLike` on `sub`"
    assert f"keeps out `{HOME}:*`" in finding.fixes[0].steps[0]


def test_each_line_of_the_change_is_short_enough_to_be_shown_whole() -> None:
    case = trust_case(subject(f"{HOME}:{STAGING}:*"), DEPLOYING)
    (finding,) = findings(RULE, case)

    assert any(
        f'values = ["{HOME}:{STAGING}:*", "{HOME}:{ENVIRONMENT}:*"]' in s for s in finding.fixes[0].steps
    )
    assert all(len(step) < 300 and "…" not in step for step in finding.fixes[0].steps)


def test_a_text_that_names_another_role_than_the_step_proves_less() -> None:
    elsewhere = "arn:aws:iam::210987654321:role/other"
    paste = f"{REFUSED}\nIAM Role ({elsewhere}) cannot be assumed with web identity token."
    case = trust_case(subject(f"{REPO}:*"), paste=paste)
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.LIKELY
    assert finding.meaning.startswith("The text names another role than the step, which asks for")
    assert ROLE_ARN in finding.meaning


def test_another_environment_is_admitted_beside_and_only_after_review() -> None:
    case = trust_case(subject(f"{HOME}:{STAGING}:*"), DEPLOYING)
    (finding,) = findings(RULE, case)
    (fix,) = finding.fixes

    assert "another deployment environment" in finding.headline
    assert fix.disposition is Disposition.NEEDS_REVIEW
    assert fix.policy_after is not None
    admitted = fix.policy_after["Statement"][0]["Condition"]["StringLike"][f"{PREFIX}:sub"]
    assert admitted == [f"{HOME}:{STAGING}:*", f"{HOME}:{ENVIRONMENT}:*"]
    assert mends(case, finding)


def test_a_limit_to_one_environment_survives_the_repair() -> None:
    (finding,) = findings(RULE, trust_case(subject(f"{REPO}:{ENVIRONMENT[1:-1]}:*"), DEPLOYING))

    assert finding.fixes[0].policy_after is not None
    repaired = finding.fixes[0].policy_after["Statement"][0]["Condition"]["StringLike"][f"{PREFIX}:sub"]
    assert repaired == f"{HOME}:{ENVIRONMENT}:*"


def test_an_environment_that_was_not_read_leaves_it_open() -> None:
    unread = Unread("deployment environments", "the token lacks a scope", "grant `pipeline`")
    (finding,) = findings(RULE, trust_case(subject(f"{HOME}:{STAGING}:*"), DEPLOYING, environments=unread))

    assert finding.verdict is Verdict.UNDETERMINED
    assert "the token lacks a scope" in finding.meaning


def test_the_uuid_of_one_run_is_at_most_likely_when_the_run_was_not_read() -> None:
    (finding,) = findings(RULE, trust_case(subject(f"{HOME}:{STEP}", "StringEquals")))

    assert finding.verdict is Verdict.LIKELY
    assert "one step of one run" in finding.headline


@pytest.mark.parametrize(
    ("trust", "verdict"),
    [
        (subject(f"{HOME}:*", "StringEquals"), Verdict.LIKELY),
        (subject(f"{HOME}:main:*"), Verdict.LIKELY),
        (subject("repo:acme/site:*"), Verdict.LIKELY),
        (subject(f"{REPO}:*"), Verdict.LIKELY),
        (subject(f"{HOME.upper()}:*"), Verdict.LIKELY),
        (subject(f"{HOME}:*"), Verdict.UNDETERMINED),
        (subject(f"{OTHER}:*"), Verdict.UNDETERMINED),
    ],
)
def test_without_the_repository_only_the_form_of_the_subject_is_judged(
    trust: dict[str, Any], verdict: Verdict
) -> None:
    (finding,) = findings(RULE, trust_case(trust, repository=CaseFile().repository))

    assert finding.verdict is verdict
    assert all(fix.policy_after is None for fix in finding.fixes)
    assert "Repository settings > Pipelines > OpenID Connect" in finding.fixes[-1].steps[-1]


def test_claims_that_were_handed_over_need_no_file_and_no_repository() -> None:
    claims = {"iss": f"https://{PREFIX}", "aud": AUDIENCE, "sub": f"{HOME}:{STEP}"}
    nothing = CaseFile()
    case = trust_case(
        subject(f"{HOME}:*", "StringEquals"),
        paste="",
        claims=claims,
        repository=nothing.repository,
        pipeline_file=nothing.pipeline_file,
        role_arn=None,
    )
    (finding,) = RULE.check(case, None)

    assert finding.verdict is Verdict.CONFIRMED
    assert mends(case, finding)


def test_the_statement_that_names_this_repository_is_explained() -> None:
    others = [allow(Condition={"StringLike": {f"{PREFIX}:sub": f"{OTHER}:*"}}) for _ in range(2)]
    mine = allow(Condition={"StringLike": {f"{PREFIX}:sub": f"{REPO}:*"}})
    (finding,) = findings(RULE, trust_case(policy(others[0], mine, others[1])))

    assert isinstance(finding.evidence[0].location, InPolicy)
    assert finding.evidence[0].location.statement == 1
    after = finding.fixes[0].policy_after
    assert after is not None
    assert [after["Statement"][0], after["Statement"][2]] == others


@pytest.mark.parametrize("parent", [OTHER, None, STAGING])
def test_a_fork_is_told_that_the_policy_admits_what_it_was_forked_from(parent: str | None) -> None:
    case = trust_case(subject(f"{OTHER}:*"))
    assert isinstance(case.repository, Known)
    fork = replace(case.repository.value, is_fork=True, parent_uuid=parent)
    (finding,) = findings(RULE, replace(case, repository=Known(fork, "the repository")))

    told = "which this one was forked from" in finding.meaning
    assert told is (parent == OTHER)
    assert ("this fork was made from" in finding.headline) is told
    assert finding.verdict is Verdict.CONFIRMED


def test_a_deny_for_all_but_other_subjects_is_a_matter_of_the_subject() -> None:
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sts:*",
        "Condition": {"StringNotLike": {f"{PREFIX}:sub": f"{OTHER}:*"}},
    }
    case = trust_case(policy(allow(), deny))
    (finding,) = findings(RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert mends(case, finding)


def test_where_the_text_proves_no_token_the_policy_is_still_wrong_but_only_likely() -> None:
    (finding,) = findings(RULE, trust_case(subject(f"{REPO}:*"), paste=EMPTY))

    assert finding.verdict is Verdict.LIKELY


def test_a_role_that_was_assumed_has_no_such_fault() -> None:
    assert findings(RULE, trust_case(subject(f"{REPO}:*"), paste=AFTER)) == []


def test_an_inferred_step_does_not_weaken_what_holds_for_every_step() -> None:
    (finding,) = findings(RULE, trust_case(subject(f"{REPO}:*")), certain=False)

    assert finding.step is None


def test_a_role_that_could_not_be_read_says_what_the_policy_must_hold() -> None:
    unread = Unread("the role", "the account is not listed", "add its read role")
    (finding,) = findings(RULE, trust_case(None, role=unread))

    assert finding.verdict is Verdict.UNDETERMINED
    assert f"`{HOME}:*`" in finding.fixes[0].steps[0]
    assert findings(RULE, trust_case(None, role=unread, paste=EMPTY)) == []


def test_a_role_that_is_not_there_is_another_cause() -> None:
    assert findings(RULE, trust_case(None, role=Absent("IAM"))) == []


def test_the_policy_of_another_role_is_not_this_steps() -> None:
    other = CUSTOM.replace("role/acme-deploy", "role/other")

    assert findings(RULE, trust_case(subject(f"{REPO}:*"), other)) == []


def test_a_subject_that_is_kept_out_is_compared_as_one_that_it_must_not_be() -> None:
    condition = with_condition("StringNotLike", f"{PREFIX}:sub", f"{HOME}:*")
    (finding,) = findings(RULE, trust_case(condition))
    comparison = finding.evidence[0].comparison

    assert comparison is not None
    assert (comparison.expected, comparison.differs_at) == (f"not {HOME}:*", None)


def test_a_subject_under_an_operator_for_arns_is_compared_as_text() -> None:
    case = trust_case(subject(f"{HOME}:*", "ArnLike"))
    (finding,) = findings(RULE, case)

    assert "an operator for ARNs" in finding.headline
    assert mends(case, finding)
