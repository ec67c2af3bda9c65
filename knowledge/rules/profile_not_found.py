"""A profile is asked for that the step's machine does not have.

The order in which clients look: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import in_file, quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.variables import look_up, where
from knowledge.words import code

_CAUSE = "profile-not-found"
_NAMES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
_OPTION = "--profile"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.PROFILE_MISSING)
    if symptom is None:
        return
    profile = symptom.fields.get("profile", "")
    found = tuple(_places(case, suspect.step, profile)) if suspect else ()
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=f"A tool of {step_words(suspect)} asks for the profile {code(profile)}, which is not there.",
        meaning=(
            "Profiles are files of one machine. A step that logs in by its token needs none: the variables "
            "name role and token file, and a profile that is asked for comes before them."
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=(in_text(case, symptom, "The text names the profile."), *(item for item, _ in found)),
        fixes=(
            Fix(
                title=f"Do not ask for the profile {code(profile)}",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    *(step for _, step in found),
                    *(() if found else (_elsewhere(profile),)),
                ),
                verify="Run `aws sts get-caller-identity` in the step: it prints `assumed-role/`.",
            ),
        ),
    )


def _places(case: CaseFile, step: PipelineStep, profile: str) -> Iterator[tuple[Evidence, str]]:
    """The places that ask for the profile, each with what to do there."""
    for name in _NAMES:
        winner = look_up(case, step, name).winner
        if winner is not None and winner.value in (profile, None):
            text = winner.text if winner.at else name
            said = f"{code(name)} is set {where(winner)}."
            yield (
                Evidence(said, winner.location, text, primary=False),
                f"Take {code(name)} away, which is set {where(winner)}.",
            )
    for command in step.script.commands:
        if dict(command.arguments).get(_OPTION, "").strip("\"'") == profile:
            line = command.at.line
            said = f"Line {line} asks for the profile."
            evidence = (
                quoted(case, command.at, said, primary=False)
                if command.text.count("\n") == 0
                else Evidence(said, in_file(case, command.at), f"{_OPTION} {profile}", primary=False)
            )
            yield evidence, f"Line {line}: take {code(f'{_OPTION} {profile}')} out."


def _elsewhere(profile: str) -> str:
    return (
        "Look for it in `AWS_PROFILE`, in `--profile`, and in the tool's own files: `profile` of a provider "
        f"or backend in Terraform, of `provider` in `serverless.yml`, {code(profile)} in `samconfig.toml`."
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
