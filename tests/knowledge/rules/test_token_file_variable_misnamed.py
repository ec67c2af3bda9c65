"""`token-file-variable-misnamed`: a name that no SDK reads."""

from __future__ import annotations

import pytest

from knowledge.finding import Comparison, Verdict
from knowledge.rules.token_file_variable_misnamed import RULE
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import FILE, GOOD, NOTHING, REGION, ROLE, USE, anchored, one

WRONG = (
    REGION,
    ROLE,
    "export AWS_WEB_IDENTITY_ROLE_FILE=$(pwd)/token",
    "echo $BITBUCKET_STEP_OIDC_TOKEN > $AWS_WEB_IDENTITY_ROLE_FILE",
    USE,
)


@pytest.mark.parametrize("paste", ["", NO_CREDENTIALS])
def test_the_file_alone_proves_it(paste: str) -> None:
    (finding,) = ask(RULE, case_of(one(*WRONG), None, paste))
    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 9)
    assert finding.primary is not None
    assert finding.primary.comparison == Comparison(
        "the variable's name", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_WEB_IDENTITY_ROLE_FILE", 17
    )


def test_the_fix_renames_every_use() -> None:
    case = case_of(one(*WRONG), None, NO_CREDENTIALS)
    fix = ask(RULE, case)[0].fixes[0]
    assert fix.file_after == one(*WRONG).replace("IDENTITY_ROLE_FILE", "IDENTITY_TOKEN_FILE")
    assert said(RULE, tried(case, fix)) == []


def test_a_refused_role_is_another_story_but_the_slip_is_shown() -> None:
    assert said(RULE, case_of(one(*WRONG), None, REFUSED)) == [Verdict.LIKELY]


def test_an_anchored_step() -> None:
    assert said(RULE, case_of(anchored(*WRONG), None, NO_CREDENTIALS)) == [Verdict.CONFIRMED]


def test_the_wrong_name_among_the_repositorys_variables() -> None:
    levels = "{workspace: {}, repository: {AWS_WEB_IDENTITY_ROLE_FILE: /tmp/token}, deployments: {}}"
    case = case_of(one(REGION, ROLE, USE), levels, NO_CREDENTIALS)
    (finding,) = ask(RULE, case)
    assert finding.verdict is Verdict.CONFIRMED
    assert finding.evidence[0].sentence == "`AWS_WEB_IDENTITY_ROLE_FILE` is set in the repository variables."
    assert finding.fixes[0].variables[0].name == "AWS_WEB_IDENTITY_TOKEN_FILE"
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_letter_dropped_is_likely() -> None:
    lines = (REGION, ROLE, "export AWS_WEB_IDENTITY_TOKN_FILE=/tmp/token", USE)
    assert said(RULE, case_of(one(*lines), None, NO_CREDENTIALS)) == [Verdict.LIKELY]


def test_the_right_name_beside_it_makes_it_harmless() -> None:
    lines = ("export AWS_WEB_IDENTITY_ROLE_FILE=/tmp/token", *GOOD)
    assert said(RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == []
    assert said(RULE, case_of(one(FILE, *WRONG), NOTHING, NO_CREDENTIALS)) == []


def test_the_articles_line_as_it_is_printed() -> None:
    lines = (REGION, ROLE, "EXPORT AWS_WEB_IDENTITY_ROLE_FILE=/tmp/token", USE)
    assert said(RULE, case_of(one(*lines), None, NO_CREDENTIALS)) == [Verdict.CONFIRMED]
