"""A run whose own pipeline the file at its commit does not have: another is not judged in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Run, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.other_block import of_other_block, pipeline_not_in_file
from knowledge.pipelines import parse
from knowledge.quoting import step_ref
from knowledge.reading import Known
from knowledge.redact import redact
from knowledge.symptoms import recognise
from tests.knowledge.rules.switches import EMPTY, needing, pipeline
from tests.knowledge.test_run_values import run

FILE = pipeline(needing())


def case_of(started: Run) -> CaseFile:
    file = parse(FILE)
    return CaseFile(
        symptoms=recognise(redact(EMPTY).text),
        pipeline_file=Known(file, "bitbucket-pipelines.yml"),
        suspects=(Suspect(file.steps[0], "it is the step of the run that failed", certain=True),),
        run=Known(started, "run #7"),
    )


def test_the_pipeline_that_is_not_there_is_named_and_no_change_is_shown_of_the_other() -> None:
    lead = diagnose(case_of(run("custom/nightly"))).lead

    assert lead is not None
    assert (lead.cause, lead.verdict.value) == ("oidc-not-enabled", "likely")
    assert "The run's own pipeline `custom/nightly` is not in `bitbucket-pipelines.yml`" in lead.meaning
    (fix,) = lead.fixes
    assert (fix.file_after, fix.diff) == (None, None)
    assert fix.steps == ("Find where `custom/nightly` is defined, and change the step there.",)


@pytest.mark.parametrize("selector", [("default", None), (None, None), ("of a kind not known", "x")])
def test_a_pipeline_that_is_there_or_not_known_changes_nothing(
    selector: tuple[str | None, str | None],
) -> None:
    kind, pattern = selector
    case = case_of(replace(run(), selector_type=kind, selector_pattern=pattern))
    lead = diagnose(case).lead

    assert pipeline_not_in_file(case, None) is None
    assert lead is not None
    assert lead.verdict.value == "confirmed"
    assert any(fix.diff for fix in lead.fixes if fix.surface is Surface.PIPELINE_FILE)


def test_a_change_of_something_else_than_the_file_stays_as_it_is() -> None:
    case = case_of(run("custom/nightly"))
    fix = Fix(title="Set it", surface=Surface.VARIABLES, steps=("Repository settings.",), verify="Run it.")
    finding = Finding(
        cause="oidc-not-enabled",
        verdict=Verdict.POSSIBLE,
        headline="x",
        step=step_ref(case.suspects[0].step),
        fixes=(fix,),
    )
    said = of_other_block(case, finding)

    assert said.fixes == (fix,)
    assert said.verdict is Verdict.POSSIBLE
