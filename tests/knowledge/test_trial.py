"""Fixes are tried: what does not hold is never shown as a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.casefile import CaseFile, Environment, Suspect
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, VariableEdit, Verdict
from knowledge.location import InPaste
from knowledge.reading import Known
from knowledge.rules import aws_role_arn_missing, oidc_not_enabled, shell_form_wrong
from knowledge.rules.rule import Rule
from knowledge.trial import with_tried_fixes
from tests.knowledge.rules.asking import NO_REGION, NO_ROLE, case_of, step_of
from tests.knowledge.rules.scripts import FILE, GOOD, NOTHING, REGION, USE, WRITE, one
from tests.knowledge.rules.switches import EMPTY, needing, pipeline

LACKING = (REGION, FILE, WRITE, USE)
BROKEN = pipeline(needing())
RIGHT = pipeline(needing("oidc: true"))


def suspect_of(case: CaseFile) -> Suspect:
    return Suspect(step_of(case), "it was named", certain=True)


def tried(rule: Rule, case: CaseFile, *fixes: Fix, in_full: bool = True) -> tuple[Fix, ...]:
    """The fixes that are left of these, for the first finding of the rule."""
    suspect = suspect_of(case)
    finding = next(iter(rule.check(case, suspect)))
    asked = replace(finding, fixes=fixes) if fixes else finding
    return with_tried_fixes(rule, case, suspect, asked, in_full=in_full).fixes


def edit(after: str) -> Fix:
    return Fix(
        title="Change the file",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        file_after=after,
    )


def test_a_change_that_holds_gets_its_diff() -> None:
    (fix,) = tried(oidc_not_enabled.RULE, case_of(BROKEN, None, EMPTY))

    assert fix.disposition is Disposition.SAFE
    assert fix.diff is not None
    assert fix.diff.startswith("--- a/bitbucket-pipelines.yml\n+++ b/bitbucket-pipelines.yml\n")
    assert "\n+        oidc: true\n" in fix.diff


@pytest.mark.parametrize(
    "after",
    [
        BROKEN,
        BROKEN + "# a comment\n",
        BROKEN.replace("default", "custom"),
        BROKEN.replace("    - step:", "   - step:\n     - step:"),
        "oidc: true\n" + RIGHT,
        "",
        "\x00",
    ],
    ids=["the same", "no cure", "step lost", "no YAML", "a new stray key", "empty", "no text"],
)
def test_a_change_that_does_not_hold_leaves_its_words_only(after: str) -> None:
    case = case_of(BROKEN, None, EMPTY)
    (fix,) = tried(oidc_not_enabled.RULE, case, edit(after))

    assert (fix.title, fix.file_after, fix.diff) == ("Change the file", None, None)
    assert fix.disposition is Disposition.NEEDS_REVIEW
    assert fix.steps == (
        "Make this change by hand on line 3: the one that was tried did not end the finding.",
    )


def test_words_that_a_rule_gives_stay_as_they_are() -> None:
    told = replace(edit(BROKEN + "#\n"), steps=("Ask.",))
    (fix,) = tried(oidc_not_enabled.RULE, case_of(BROKEN, None, EMPTY), told)

    assert fix.steps == ("Ask.",)


def test_a_change_that_does_not_hold_goes_where_another_does() -> None:
    case = case_of(BROKEN, None, EMPTY)
    kept = tried(oidc_not_enabled.RULE, case, edit(BROKEN + "#\n"), edit(RIGHT))

    assert [fix.file_after for fix in kept] == [RIGHT]


def test_words_alone_are_never_called_safe() -> None:
    words = Fix(title="Ask", surface=Surface.RUN, disposition=Disposition.SAFE, steps=("Ask.",))
    (fix,) = tried(oidc_not_enabled.RULE, case_of(BROKEN, None, EMPTY), words)

    assert (fix.disposition, fix.steps) == (Disposition.NEEDS_REVIEW, ("Ask.",))


def test_beyond_what_is_tried_no_change_is_shown() -> None:
    (fix,) = tried(oidc_not_enabled.RULE, case_of(BROKEN, None, EMPTY), in_full=False)

    assert (fix.file_after, fix.diff, fix.disposition) == (None, None, Disposition.NEEDS_REVIEW)
    assert fix.title == "Set `oidc: true` on step `Deploy`"
    assert fix.steps == (
        "Make this change by hand on line 3: changes are worked out for the first findings only.",
    )


def test_one_of_two_slips_may_be_mended_by_itself() -> None:
    lines = ("EXPORT AWS_REGION=eu-central-1", "EXPORT AWS_DEFAULT_REGION=eu-central-1", *GOOD[1:])
    (fix,) = tried(shell_form_wrong.RULE, case_of(one(*lines), None, NO_REGION))

    assert fix.diff is not None


@pytest.mark.parametrize("level", ["repository", "workspace"])
def test_a_variable_is_tried_at_its_level(level: str) -> None:
    case = case_of(one(*LACKING), NOTHING, NO_ROLE)
    arn = "arn:aws:iam::123456789012:role/acme"
    good = Fix(title="+", surface=Surface.VARIABLES, variables=(VariableEdit(level, "AWS_ROLE_ARN", arn),))
    bad = Fix(title="-", surface=Surface.VARIABLES, variables=(VariableEdit(level, "AWS_ROLE_ANR", arn),))

    assert [fix.title for fix in tried(aws_role_arn_missing.RULE, case, good, bad)] == ["+"]


def test_a_variable_of_an_environment_is_tried_there_and_nowhere_else() -> None:
    levels = "{workspace: {}, repository: {}, deployments: {Production: {}, Staging: {}}}"
    case = case_of(one(*LACKING, keys="oidc: true\ndeployment: production"), levels, NO_ROLE)
    assert isinstance(case.environments, Known)
    assert case.environments.value[0] == Environment("{Production}", "Production", "production")
    fixes = [
        Fix(
            title=name,
            surface=Surface.VARIABLES,
            variables=(VariableEdit("deployment", "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/a", name),),
        )
        for name in ("Staging", "Production", "Nowhere")
    ]

    assert [fix.title for fix in tried(aws_role_arn_missing.RULE, case, *fixes)] == ["Production"]


def test_a_policy_is_not_shown_while_role_and_claims_are_not_known() -> None:
    fix = Fix(title="Let it in", surface=Surface.ROLE_TRUST, policy_after={"Statement": []})
    (kept,) = tried(oidc_not_enabled.RULE, case_of(BROKEN, None, EMPTY), fix)

    assert kept.policy_after is None


def _speaks(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    yield Finding(
        cause="oidc-not-enabled",
        verdict=Verdict.LIKELY,
        headline="x",
        evidence=(Evidence("x", InPaste(0, 1)),),
        fixes=(Fix(title="x", surface=Surface.RUN),),
    )


odd_policies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Principal", "Action", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(
    file_after=st.none() | st.text(max_size=60) | st.sampled_from([RIGHT, BROKEN]),
    level=st.sampled_from(["repository", "workspace", "deployment", "pipeline", ""]),
    policy=st.none()
    | st.dictionaries(st.sampled_from(["Statement", "Version", "x"]), odd_policies, max_size=2),
    with_suspect=st.booleans(),
)
def test_it_never_raises_whatever_a_rule_hands_over(
    file_after: str | None, level: str, policy: dict[str, object] | None, with_suspect: bool
) -> None:
    case = case_of(BROKEN)
    rule = Rule("oidc-not-enabled", _speaks, without_step=True)
    fix = Fix(
        title="x",
        surface=Surface.RUN,
        file_after=file_after,
        variables=(VariableEdit(level, "A", "b", "Production"),),
        policy_after=policy,
    )
    (finding,) = _speaks(case, None)
    suspect = suspect_of(case) if with_suspect else None
    kept = with_tried_fixes(rule, case, suspect, replace(finding, fixes=(fix,)), in_full=True)

    assert [(item.title, item.disposition) for item in kept.fixes] == [("x", Disposition.NEEDS_REVIEW)]
