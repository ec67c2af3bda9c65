"""Where a step is to be changed that the file only imports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Listing, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Finding
from knowledge.imported import import_of, shared_place
from knowledge.pipelines import parse
from knowledge.pipelines.listing import listed_step
from knowledge.pipelines.model import PipelineFile
from knowledge.reading import Known, Reading, Unread
from knowledge.redact import redact
from knowledge.symptoms import recognise
from tests.knowledge.rules.switches import EMPTY, needing, pipeline
from tests.knowledge.test_run_values import run

SHARED = "pipelines:\n  branches:\n    main:\n      import: {}\n"


def lead_of(file: Reading[PipelineFile]) -> Finding:
    case = CaseFile(
        symptoms=recognise(redact(EMPTY).text), pipeline_file=file, run=Known(run("branches/main"), "run #7")
    )
    return lead_in(case)


def lead_in(case: CaseFile) -> Finding:
    lead = diagnose(case).lead
    assert lead is not None
    assert (lead.cause, lead.verdict.value) == ("oidc-not-enabled", "likely")
    return lead


@pytest.mark.parametrize(
    ("text", "source"),
    [
        (SHARED.format("shared:master:deploy"), "shared:master:deploy"),
        (SHARED.format("'shared:master:deploy'"), "shared:master:deploy"),
        (SHARED.format("deploy@source # the team's"), "deploy@source"),
        ("pipelines:\n  branches:\n    main: {import: shared:master:deploy}\n", "shared:master:deploy"),
        (SHARED.format("shared:master:deploy").replace("main", "develop"), None),
    ],
)
def test_what_the_run_imports_is_read_as_it_is_written(text: str, source: str | None) -> None:
    assert import_of(parse(text), run("branches/main")) == source


def test_the_import_is_put_in_words() -> None:
    assert shared_place("shared:master:deploy") == (
        "`shared:master:deploy`, which the pipeline file imports: the pipeline `deploy` of the repository "
        "`shared` at `master`"
    )
    assert shared_place("deploy@source") == "`deploy@source`, which the pipeline file imports"


def test_the_change_of_an_imported_step_is_told_of_where_it_is_imported_from() -> None:
    lead = lead_of(Known(parse(SHARED.format("shared:master:deploy")), "bitbucket-pipelines.yml"))

    (fix,) = lead.fixes
    assert fix.title == "Add `oidc: true` to the step where it is defined, `shared:master:deploy`"
    assert "the repository `shared` at `master`" in fix.steps[0]
    assert "bitbucket-pipelines.yml" not in str(fix.steps)
    assert "The definition of the step was not seen." in lead.meaning


def test_a_file_that_could_not_be_read_is_not_said_to_be_the_one_to_change() -> None:
    lead = lead_of(Unread("bitbucket-pipelines.yml at abc", "it is kept in Git LFS", "keep it in Git"))

    (told,) = lead.fixes[0].steps
    assert told.startswith("In the file that defines the step (bitbucket-pipelines.yml at abc could not be")
    assert told.endswith("write `oidc: true` beside the step's `script:`.")


def listed(case: CaseFile) -> CaseFile:
    made = listed_step("Deploy", 0, ("aws s3 ls",))
    assert made is not None
    suspect = Suspect(made, "it is the step of the run that failed", certain=True)
    return replace(case, listing=Listing(suspect, ("aws s3 ls",)))


@pytest.mark.parametrize(("selector", "lines"), [("branches/main", True), ("custom/nightly", False)])
def test_a_file_that_does_not_have_the_step_is_not_said_to_be_the_one_to_change(
    selector: str, lines: bool
) -> None:
    case = CaseFile(
        symptoms=recognise(redact(EMPTY).text),
        pipeline_file=Known(parse(pipeline(needing())), "bitbucket-pipelines.yml"),
        run=Known(run(selector), "run #7"),
    )
    (told,) = lead_in(listed(case) if lines else case).fixes[0].steps

    assert told == (
        "Find the file that defines the step: `bitbucket-pipelines.yml` does not. There, write `oidc: true` "
        "beside the step's `script:`."
    )
