"""A run whose own pipeline the file at its commit does not have: another is not judged in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Run, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Surface
from knowledge.other_block import pipeline_not_in_file
from knowledge.pipelines import parse
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
