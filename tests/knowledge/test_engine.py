"""The order of a diagnosis: what is proven, then what fits the text, then what comes first in a login."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Disposition, Evidence, Finding, Fix, Severity, StepRef, Surface, Verdict
from knowledge.location import InFile
from knowledge.quoting import step_ref
from knowledge.rules.rule import Rule
from tests.knowledge.rules.asking import NO_CREDENTIALS, NO_ROLE, REFUSED, case_of, file_in
from tests.knowledge.rules.switches import EMPTY, EXPIRED, needing, pipeline

CONFIRMED, LIKELY, POSSIBLE = Verdict.CONFIRMED, Verdict.LIKELY, Verdict.POSSIBLE
FIX = Fix(title="Do it", surface=Surface.RUN, steps=("Do it.",))


def case(paste: str = "", *, certain: bool = True, steps: Sequence[str] = ("Deploy",)) -> CaseFile:
    made = case_of(pipeline(*(needing("oidc: true", name) for name in steps)), None, paste)
    suspects = tuple(Suspect(step, "it was named", certain=certain) for step in file_in(made).steps)
    return replace(made, suspects=suspects)


def says(
    cause: str,
    verdict: Verdict,
    *,
    line: int = 1,
    about_step: bool = True,
    severity: Severity = Severity.BLOCKER,
) -> Rule:
    """A rule that says this about every suspect."""

    def check(_: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
        where: StepRef | None = step_ref(suspect.step) if suspect and about_step else None
        yield Finding(
            cause=cause,
            verdict=verdict,
            headline=f"{cause} in {where.label if where else 'the file'}",
            severity=severity,
            step=where,
            evidence=(Evidence("here", InFile("bitbucket-pipelines.yml", line, 1), cause),),
            fixes=(FIX,),
        )

    return Rule(cause, check, without_step=True)


def told(made: CaseFile, *rules: Rule) -> list[tuple[str, str]]:
    return [(finding.cause, finding.verdict.value) for finding in diagnose(made, rules).findings]


def test_what_is_proven_leads_over_what_fits_the_text_better() -> None:
    """`token-file-not-written` is typical of an empty token, and only likely here."""
    rules = (says("token-file-not-written", LIKELY), says("oidc-misspelt", CONFIRMED))

    assert told(case(EMPTY), *rules) == [("oidc-misspelt", "confirmed"), ("token-file-not-written", "likely")]


def test_between_equals_the_text_decides() -> None:
    rules = (says("oidc-not-enabled", CONFIRMED), says("aws-role-arn-missing", CONFIRMED))

    assert [cause for cause, _ in told(case(NO_CREDENTIALS), *rules)] == [
        "aws-role-arn-missing",
        "oidc-not-enabled",
    ]
    assert [cause for cause, _ in told(case(EMPTY), *rules)] == ["oidc-not-enabled", "aws-role-arn-missing"]


def test_between_equals_that_fit_alike_the_order_of_the_rules_decides() -> None:
    one, other = says("oidc-misspelt", CONFIRMED), says("oidc-misplaced", CONFIRMED, line=2)

    assert [cause for cause, _ in told(case(EMPTY), one, other)] == ["oidc-misspelt", "oidc-misplaced"]
    assert [cause for cause, _ in told(case(EMPTY), other, one)] == ["oidc-misplaced", "oidc-misspelt"]


def test_a_fault_that_the_text_speaks_against_is_told_a_step_less_sure() -> None:
    """An expired token is a token: a variable that names no region is beside that."""
    assert told(case(EXPIRED), says("aws-role-arn-missing", CONFIRMED)) == [
        ("aws-role-arn-missing", "likely")
    ]
    assert told(case(EXPIRED), says("aws-role-arn-missing", LIKELY)) == [("aws-role-arn-missing", "possible")]


@pytest.mark.parametrize("verdict", [POSSIBLE, Verdict.UNDETERMINED])
def test_a_mere_possibility_that_the_text_speaks_against_is_dropped(verdict: Verdict) -> None:
    assert told(case(EXPIRED), says("aws-role-arn-missing", verdict)) == []
    assert told(case(NO_ROLE), says("aws-role-arn-missing", verdict)) != []


def test_an_inferred_step_proves_nothing_but_the_file_does() -> None:
    assert told(case(EMPTY, certain=False), says("oidc-misspelt", CONFIRMED)) == [("oidc-misspelt", "likely")]
    assert told(case(EMPTY, certain=False), says("oidc-misspelt", CONFIRMED, about_step=False)) == [
        ("oidc-misspelt", "confirmed")
    ]


def test_a_step_whose_log_shows_another_failure_is_at_most_possible() -> None:
    made = case(EMPTY)
    doubted = replace(made, suspects=tuple(replace(one, doubtful=True) for one in made.suspects))

    assert told(made, says("oidc-not-enabled", CONFIRMED)) == [("oidc-not-enabled", "confirmed")]
    assert told(doubted, says("oidc-not-enabled", CONFIRMED)) == [("oidc-not-enabled", "possible")]


def test_advice_never_leads() -> None:
    advice = says("oidc-misspelt", CONFIRMED, severity=Severity.ADVICE)
    diagnosis = diagnose(case(EMPTY), (advice, says("oidc-misplaced", POSSIBLE, line=2)))

    assert [finding.cause for finding in diagnosis.findings] == ["oidc-misplaced", "oidc-misspelt"]
    assert diagnosis.lead is None


def test_one_place_is_told_once_however_many_steps_share_it() -> None:
    made = case(EMPTY, steps=("A", "B"))

    assert len(told(made, says("oidc-misplaced", CONFIRMED))) == 1


def test_a_mere_consequence_is_not_named_beside_its_cause() -> None:
    file, switch = (
        says("pipeline-file-unreadable", CONFIRMED, about_step=False),
        says("oidc-not-enabled", LIKELY),
    )

    assert told(case(EMPTY), switch, file) == [("pipeline-file-unreadable", "confirmed")]
    assert told(case(EMPTY), switch) == [("oidc-not-enabled", "likely")]


def test_a_consequence_that_is_surer_than_its_cause_stays() -> None:
    file = says("pipeline-file-unreadable", LIKELY, about_step=False)

    assert told(case(EMPTY), file, says("oidc-not-enabled", CONFIRMED)) == [
        ("oidc-not-enabled", "confirmed"),
        ("pipeline-file-unreadable", "likely"),
    ]


def test_what_is_ruled_out_stands_apart_and_not_beside_its_own_finding() -> None:
    out = says("oidc-misspelt", Verdict.RULED_OUT)
    diagnosis = diagnose(case(EMPTY), (out, says("oidc-misplaced", CONFIRMED, line=2)))
    both = diagnose(case(EMPTY), (out, says("oidc-misspelt", CONFIRMED, line=3)))

    assert [finding.cause for finding in diagnosis.ruled_out] == ["oidc-misspelt"]
    assert both.ruled_out == ()


def test_rules_that_need_a_step_are_not_asked_without_one() -> None:
    made = replace(case(EMPTY), suspects=())
    with_step = replace(says("oidc-misspelt", CONFIRMED), without_step=False)

    assert told(made, with_step, says("oidc-not-enabled", LIKELY, about_step=False)) == [
        ("oidc-not-enabled", "likely")
    ]


def test_many_findings_are_told_and_only_the_first_are_tried() -> None:
    made = case("", steps=[f"Step {number}" for number in range(12)])

    def check(_: CaseFile, suspect: Suspect) -> Iterable[Finding]:
        step = suspect.step
        yield Finding(
            cause="oidc-not-enabled",
            verdict=CONFIRMED,
            headline=step.label,
            step=step_ref(step),
            evidence=(Evidence("here", InFile("x.yml", step.at.line, 1), step.label),),
            fixes=(replace(FIX, disposition=Disposition.SAFE, file_after="x"),),
        )

    findings = diagnose(made, (Rule("oidc-not-enabled", check),)).findings

    assert len(findings) == 12
    assert {fix.file_after for finding in findings for fix in finding.fixes} == {None}


@pytest.mark.parametrize("paste", ["", EMPTY, REFUSED, NO_CREDENTIALS, NO_ROLE])
def test_the_same_case_gives_the_same_diagnosis(paste: str) -> None:
    made = case_of(pipeline(needing("OIDC: true", "A"), needing("", "B")), None, paste)
    made = replace(made, suspects=tuple(Suspect(s, "x", certain=True) for s in file_in(made).steps))

    assert diagnose(made) == diagnose(made)


ENTRA = "AADSTS700213: No matching federated identity record found for presented assertion subject '{a}:{b}'."


@pytest.mark.parametrize(
    ("paste", "wanted"),
    [(ENTRA, ["oidc-not-enabled"]), (REFUSED, ["oidc-not-enabled", "trust-subject-mismatch"])],
    ids=["Azure", "AWS"],
)
def test_a_cause_of_another_cloud_is_not_asked(paste: str, wanted: list[str]) -> None:
    """An AWS policy that does not fit is nothing to somebody whom Entra refused."""
    rules = (says("trust-subject-mismatch", CONFIRMED), says("oidc-not-enabled", CONFIRMED))

    assert sorted(cause for cause, _ in told(case(paste), *rules)) == wanted
