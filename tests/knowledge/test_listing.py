"""A step that is known by its commands alone: never told more of than the file itself would bear out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.casefile import CaseFile, Environment, Listing, Run, RunStep, Suspect
from knowledge.engine import diagnose
from knowledge.file_secrets import without_secrets
from knowledge.finding import Diagnosis, Evidence, Finding, Verdict
from knowledge.location import InFile, InPaste, InStep
from knowledge.pipelines.listing import is_listed, listed_lines, listed_step
from knowledge.pipelines.model import PipelineStep
from knowledge.reading import Known, Reading, Unread
from knowledge.redact import redact
from knowledge.symptoms import recognise
from knowledge.variable_table import variable_tables
from tests.knowledge.handed_over import case_from
from tests.knowledge.test_cases import QUIET, SPEAKING, blocks_of, named

ONE_ENVIRONMENT = Known((Environment("{e}", "Production", "production"),), "the environments")
RUN = Run(
    uuid="{r}",
    build_number=7,
    commit="0a1b",
    selector_type="branches",
    selector_pattern="main",
    ref_name="main",
    ref_type="branch",
    state="COMPLETED",
    result="FAILED",
    url="https://bitbucket.org/acme/widget/pipelines/results/7",
)
_PROVEN = (Verdict.CONFIRMED, Verdict.LIKELY)


def as_listed(step: PipelineStep) -> tuple[str, ...]:
    """What a run may list for the step: its commands, and its pipes by name."""
    pipes = [f"pipe: {pipe.name}:{pipe.version or 'latest'}" for pipe in step.script.pipes]
    return (*(command.text for command in step.commands), *pipes)


def by_commands(case: CaseFile) -> CaseFile | None:
    """The same case without its file; None where it is not about one step, or lists nothing."""
    suspect = case.suspects[0] if len(case.suspects) == 1 else None
    commands = as_listed(suspect.step) if suspect is not None else ()
    step = listed_step(suspect.step.name, suspect.step.index, commands) if suspect is not None else None
    if step is None:
        return None
    ran = RunStep(
        uuid="{x}", name=step.name, position=step.index, state="COMPLETED", result="FAILED", commands=commands
    )
    return replace(
        case,
        suspects=(),
        listing=Listing(Suspect(step, "it failed", certain=True, run_step=ran), listed_lines(commands)),
        pipeline_file=Unread("the pipeline file", "it is refused", "allow it"),
    )


@pytest.mark.parametrize("folder", [*SPEAKING, *QUIET], ids=named)
def test_nothing_is_proven_by_the_commands_that_the_file_does_not_bear_out(folder: Path) -> None:
    whole = case_from(blocks_of(folder))
    case = by_commands(whole)
    if case is None:
        return
    found = diagnose(case)
    borne_out = {one.cause for one in diagnose(whole).findings}

    for one in found.findings:
        by_step = any(isinstance(item.location, InStep) for item in one.evidence)
        assert not any(isinstance(item.location, InFile) for item in one.evidence)
        by_text = one.primary is not None and isinstance(one.primary.location, InPaste)
        if by_step and one.verdict in _PROVEN:
            assert by_text or one.verdict is Verdict.LIKELY
            assert one.cause in borne_out, one
    # The table is made of the same step, whatever its script is.
    assert len(variable_tables(case)) <= 1


@pytest.mark.parametrize(
    ("position", "environments", "selector", "verdict"),
    [
        (0, Known((), "the environments"), "branches", Verdict.LIKELY),
        (1, Known((), "the environments"), "branches", Verdict.POSSIBLE),
        (0, ONE_ENVIRONMENT, "branches", Verdict.POSSIBLE),
        (0, Unread("the environments", "they are refused", "allow it"), "branches", Verdict.POSSIBLE),
        (0, Known((), "the environments"), "custom", Verdict.POSSIBLE),
    ],
    ids=[
        "nothing else may set it",
        "a step before",
        "an environment",
        "not read",
        "the pipeline's variables",
    ],
)
def test_a_variable_that_no_level_has_is_only_likely_missing_where_nothing_else_may_set_it(
    position: int, environments: Reading[tuple[Environment, ...]], selector: str, verdict: Verdict
) -> None:
    paste = redact(
        'Unable to locate credentials. You can configure credentials by running "aws configure".'
    ).text
    commands = (
        "export AWS_WEB_IDENTITY_TOKEN_FILE=/tmp/t",
        "echo $BITBUCKET_STEP_OIDC_TOKEN > /tmp/t",
        "aws s3 ls",
    )
    step = listed_step("Deploy", position, commands)
    assert step is not None
    case = CaseFile(
        symptoms=recognise(paste),
        paste=paste,
        listing=Listing(Suspect(step, "it failed", certain=True), listed_lines(commands)),
        environments=environments,
        run=Known(replace(RUN, selector_type=selector), "the run"),
        repository_variables=Known((), "repository variables"),
        workspace_variables=Known((), "workspace variables"),
    )
    found = {one.cause: one.verdict for one in diagnose(case).findings}

    assert found["aws-role-arn-missing"] is verdict


def test_the_places_of_a_listing_are_its_lines_one_below_the_other() -> None:
    commands = ("cd app\nmake", "pipe: acme/thing:1.2", "EXPORT AWS_ROLE_ARN=x")
    step = listed_step(None, 2, commands)

    assert step is not None
    assert is_listed(step)
    assert step.label == "step 3"
    (slip,) = step.script.malformed
    assert listed_lines(commands)[slip.at.line - 1] == "EXPORT AWS_ROLE_ARN=x"
    assert [(pipe.name, pipe.version, pipe.at.line) for pipe in step.script.pipes] == [
        ("acme/thing", "1.2", 3)
    ]


@pytest.mark.parametrize(
    "commands",
    [(), ("$env:AWS_REGION = 'eu-west-1'",), ("x" * 100_001,), ("a\n" * 2_001,)],
    ids=["none", "another shell", "too long", "too many lines"],
)
def test_what_is_no_script_that_can_be_judged_is_left_alone(commands: tuple[str, ...]) -> None:
    assert listed_step("Deploy", 0, commands) is None


def test_a_line_that_is_part_of_a_key_is_hidden_although_nothing_in_the_line_says_so() -> None:
    inside = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
    commands = (f"cat > key <<END\n-----BEGIN PRIVATE KEY-----\n{inside}\n-----END PRIVATE KEY-----\nEND",)
    finding = Finding(
        cause="shell-form-wrong",
        verdict=Verdict.POSSIBLE,
        headline="A line.",
        evidence=(Evidence("Line 3.", InStep("Deploy", 3), inside),),
    )
    diagnosis = Diagnosis(findings=(finding,))

    shown = without_secrets(diagnosis, None, listed_lines(commands)).findings[0].evidence[0]
    assert inside not in shown.excerpt
    assert without_secrets(diagnosis).findings[0].evidence[0].excerpt == inside
