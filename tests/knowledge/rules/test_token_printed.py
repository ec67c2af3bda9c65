"""`token-printed`: advice about a step that has a token, never certain, and mended by leaving a line out."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Severity, Verdict
from knowledge.rules.token_printed import RULE
from tests.knowledge.rules.asking import ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, anchored, one, pipeline, step

ECHO = "echo $BITBUCKET_STEP_OIDC_TOKEN"


def test_the_line_is_quoted_and_can_be_left_out() -> None:
    case = case_of(one(*GOOD, ECHO))
    (finding,) = ask(RULE, case)

    assert (finding.verdict, finding.severity) == (Verdict.LIKELY, Severity.ADVICE)
    assert (finding.line, finding.evidence[0].excerpt) == (12, f"- {ECHO}")
    (fix,) = finding.fixes
    assert fix.file_after == one(*GOOD)
    assert said(RULE, tried(case, fix)) == []


def test_each_line_is_told_by_itself_wherever_the_step_is_kept() -> None:
    found = ask(RULE, case_of(anchored(ECHO, "make", "env")))

    assert [finding.line for finding in found] == [7, 9]


@pytest.mark.parametrize("keys", ["", "oidc: false", 'oidc: "true"'])
def test_a_step_without_a_token_prints_none(keys: str) -> None:
    assert said(RULE, case_of(pipeline(step([*GOOD, ECHO], keys)))) == []


def test_a_step_with_audiences_has_a_token() -> None:
    assert said(RULE, case_of(one(ECHO, keys="oidc: {audiences: [sts.amazonaws.com]}"))) == [Verdict.LIKELY]


def test_what_cannot_be_left_out_is_told_in_words() -> None:
    exchange = (
        'aws sts assume-role-with-web-identity --role-arn r --web-identity-token "$BITBUCKET_STEP_OIDC_TOKEN"'
    )
    for lines in ([ECHO], [exchange, "make"], [f"{ECHO} && make", "make"], ["|", f"  {ECHO}", "  make"]):
        text = "\n            ".join(lines) if lines[0] == "|" else None
        case = case_of(one(text) if text else one(*lines))
        (fix,) = ask(RULE, case)[0].fixes
        assert fix.file_after is None
        assert fix.steps
        assert fix.disposition is Disposition.NEEDS_REVIEW


def test_a_script_that_keeps_its_token_is_quiet() -> None:
    assert said(RULE, case_of(one(*GOOD))) == []
