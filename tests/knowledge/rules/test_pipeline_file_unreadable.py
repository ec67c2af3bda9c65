"""`pipeline-file-unreadable`: what keeps Bitbucket from starting any step."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from knowledge.casefile import CaseFile, Run, RunStep
from knowledge.finding import Disposition, Finding, Verdict
from knowledge.location import InRun
from knowledge.reading import Absent, Known, Unread
from knowledge.rules.pipeline_file_unreadable import RULE
from tests.knowledge.rules.asking import REFUSED, case_of, tried
from tests.knowledge.rules.switches import EMPTY, needing, pipeline

GOOD = pipeline(needing("oidc: true"))


def run(error: str | None = None) -> Known[Run]:
    return Known(
        Run(
            uuid="{059cc711-6bfe-4df1-8be9-9f50e3e00a8d}",
            build_number=57,
            commit="3b4547db00d9bf82cd0c71acd9c30f5a0bad1d28",
            selector_type="branches",
            selector_pattern="main",
            ref_name="main",
            ref_type="branch",
            state="COMPLETED",
            result="ERROR",
            url="https://bitbucket.org/acme/checkout/pipelines/results/57",
            error=error,
        ),
        "run #57",
    )


def told(case: CaseFile) -> list[Finding]:
    return list(RULE.check(case, None))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (GOOD.replace("        oidc", "       oidc"), 5, 8),
        (GOOD.replace("        oidc: true", "\t\toidc: true"), 5, 1),
        (GOOD.replace("default:", "branches:\n    **:"), 3, 5),
    ],
    ids=["indent", "tab", "pattern"],
)
def test_line_and_column_are_those_where_reading_ends(text: str, line: int, column: int) -> None:
    (finding,) = told(case_of(text))

    assert finding.verdict is Verdict.CONFIRMED
    assert f"(line {line}, column {column})" in finding.headline
    assert (finding.line, finding.evidence[0].excerpt) == (line, text.split("\n")[line - 1].strip())


@pytest.mark.parametrize(
    "slip", ["       oidc: true", "          oidc: true", "        OIDC:true", "\t\toidc: true"]
)
def test_a_slip_with_the_switch_itself_is_mended(slip: str) -> None:
    case = case_of(GOOD.replace("        oidc: true", slip), None, EMPTY)
    (finding,) = told(case)
    (fix,) = finding.fixes

    assert fix.file_after == GOOD
    assert fix.disposition is Disposition.SAFE
    assert told(tried(case, fix)) == []


def test_another_slip_is_told_in_words() -> None:
    (finding,) = told(case_of("pipelines:\n  default:\n    - step: *deploy\n", None, REFUSED))

    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 3)
    assert finding.fixes[0].file_after is None
    assert finding.fixes[0].steps


def test_what_is_refused_here_may_still_be_a_file_for_bitbucket() -> None:
    rows = "".join(
        f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n"
        for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    (finding,) = told(case_of(f"a: &a [x]\n{rows}{GOOD}"))

    assert finding.verdict is Verdict.LIKELY
    assert "was not read" in finding.headline


@pytest.mark.parametrize(
    ("text", "result", "began", "another"),
    [
        ("pipelines: [", "FAILED", None, True),
        ("pipelines: [", None, datetime(2026, 3, 2, tzinfo=UTC), True),
        ("pipelines: [", "ERROR", None, False),
        ("a: " + "[" * 300 + "]" * 300, "FAILED", None, False),
    ],
    ids=["a step failed", "a step began", "no step began", "a limit of the reading itself"],
)
def test_only_a_file_that_bitbucket_cannot_read_either_leads_to_another_definition(
    text: str, result: str | None, began: datetime | None, another: bool
) -> None:
    step = RunStep(uuid="{x}", name="Deploy", position=0, state="COMPLETED", result=result, started_on=began)
    (finding,) = told(case_of(text, run=run(), run_steps=Known((step,), "steps")))

    assert ("another definition" in finding.meaning) is another
    assert ("no step starts with it" in finding.headline) is (result == "ERROR")


def test_bitbuckets_own_words_prove_it() -> None:
    error = (
        "There is an error in your bitbucket-pipelines.yml at [pipelines > default > 0]. To be precise: ..."
    )
    (finding,) = told(case_of(GOOD, run=run(error), run_steps=Known((), "the run's steps")))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.primary is not None
    assert isinstance(finding.primary.location, InRun)
    assert finding.primary.excerpt == error


@pytest.mark.parametrize("error", [None, "The build minutes of this workspace are used up."])
def test_other_ends_of_a_run_say_nothing_about_the_file(error: str | None) -> None:
    assert told(case_of(GOOD, run=run(error), run_steps=Known((), "the run's steps"))) == []


def test_a_run_whose_steps_started_had_a_file_that_could_be_read() -> None:
    error = "There is an error in your bitbucket-pipelines.yml at [pipelines > default > 0]."
    step = RunStep(uuid="{x}", name="Deploy", position=0, state="COMPLETED", result="FAILED")

    assert told(case_of(GOOD, run=run(error), run_steps=Known((step,), "the run's steps"))) == []


def test_no_file_at_the_commit() -> None:
    (finding,) = told(case_of("", run=run(), pipeline_file=Absent("acme/checkout at 3b4547db00d9")))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == "There is no `bitbucket-pipelines.yml` at commit `3b4547db00d9`."


def test_no_file_but_steps_that_ran_is_only_worth_a_line() -> None:
    step = RunStep(uuid="{x}", name="Deploy", position=0, state="COMPLETED", result="FAILED")
    case = case_of("", run=run(), run_steps=Known((step,), "steps"), pipeline_file=Absent("acme/checkout"))

    assert [finding.verdict for finding in told(case)] == [Verdict.POSSIBLE]


def test_a_file_that_was_not_read_is_not_missing() -> None:
    assert told(case_of("", pipeline_file=Unread("the pipeline file", "403", "grant `repository`"))) == []


def test_a_right_file_is_quiet() -> None:
    assert told(case_of(GOOD, None, EMPTY)) == []
