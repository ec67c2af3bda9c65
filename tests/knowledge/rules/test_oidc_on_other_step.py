"""`oidc-on-other-step`: a token is never shared between steps."""

from __future__ import annotations

import pytest

from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, case_of, tried
from tests.knowledge.rules.switches import EMPTY, needing, only, pipeline, speaking, step

CAUSE = "oidc-on-other-step"
BUILD = step(["npm ci"], "oidc: true", "Build")


def test_both_steps_are_quoted() -> None:
    finding = only(case_of(pipeline(BUILD, needing()), None, EMPTY), "Deploy")

    assert finding.headline == "Step `Build` has `oidc: true`; step `Deploy` has not, and gets no token."
    assert [(item.primary, item.excerpt) for item in finding.evidence[:2]] == [
        (True, "- step:"),
        (False, "oidc: true"),
    ]
    assert finding.line == 8


def test_the_fix_leaves_the_other_step_alone() -> None:
    case = case_of(pipeline(BUILD, needing()), None, EMPTY)
    (fix,) = only(case, "Deploy").fixes

    assert fix.file_after == pipeline(BUILD, needing("oidc: true"))
    assert speaking(tried(case, fix), "Deploy") == {}


@pytest.mark.parametrize(
    ("paste", "verdict"),
    [("", "confirmed"), (EMPTY, "confirmed"), (NO_CREDENTIALS, "confirmed"), (REFUSED, "likely")],
)
def test_a_visible_need_is_certain_but_for_a_real_token(paste: str, verdict: str) -> None:
    assert speaking(case_of(pipeline(BUILD, needing()), None, paste), "Deploy") == {CAUSE: verdict}


@pytest.mark.parametrize(
    ("script", "paste", "expected"),
    [
        ("aws s3 sync build/ s3://acme-site", "", {}),
        ("aws s3 sync build/ s3://acme-site", NO_CREDENTIALS, {CAUSE: "likely"}),
        ("./deploy.sh", "", {}),
        ("./deploy.sh", NO_CREDENTIALS, {CAUSE: "possible"}),
        ("./deploy.sh", EMPTY, {CAUSE: "likely"}),
        ("echo done", NO_CREDENTIALS, {}),
    ],
)
def test_without_a_visible_need_the_neighbour_is_a_hint(
    script: str, paste: str, expected: dict[str, str]
) -> None:
    case = case_of(pipeline(BUILD, step([script], "", "Deploy")), None, paste)

    assert speaking(case, "Deploy") == expected


def test_a_step_of_another_pipeline_is_no_neighbour() -> None:
    other = f"  branches:\n    main:\n{''.join(f'  {line}' + chr(10) for line in BUILD.splitlines())}"
    case = case_of(pipeline(needing()) + other, None, EMPTY)

    assert speaking(case, "Deploy") == {"oidc-not-enabled": "confirmed"}


def test_a_slip_of_its_own_is_more_special() -> None:
    for keys, cause in (("OIDC: true", "oidc-misspelt"), ("oidc: false", "oidc-wrong-value")):
        case = case_of(pipeline(BUILD, needing(keys)), None, EMPTY)
        assert list(speaking(case, "Deploy")) == [cause]
