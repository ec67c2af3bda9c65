"""What is said when the commit that ran has no pipeline file, or none that can be read, and steps ran."""

from __future__ import annotations

from knowledge.casefile import CaseFile
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InFile, InPaste, InRun
from knowledge.reading import Absent, Known
from knowledge.symptoms.model import Family
from knowledge.words import code

CAUSE = "pipeline-file-unreadable"
DEFAULT = "bitbucket-pipelines.yml"
ANOTHER_FILE = (
    "Steps of the run ran all the same, so Bitbucket had another definition of them than what was read."
)

_RAN = frozenset({"SUCCESSFUL", "FAILED", "STOPPED", "EXPIRED"})
"""Results of steps that began; `ERROR` is also what Bitbucket could not begin."""


def steps_ran(case: CaseFile) -> bool:
    """Whether a step of the run began."""
    steps = case.run_steps.value if isinstance(case.run_steps, Known) else ()
    return any(step.started_on is not None or step.result in _RAN for step in steps)


def defined_elsewhere(case: CaseFile, absent: Absent, commit: str) -> Finding:
    """Where the text itself shows that there was no token, the place to switch it on is what is to be found;
    any other failure may have any other cause."""
    headline = f"There is no {code(DEFAULT)}{commit}; the steps that ran are defined elsewhere."
    empty = next((one for one in case.symptoms if one.family is Family.TOKEN_EMPTY), None)
    if empty is None:
        return Finding(cause=CAUSE, verdict=Verdict.POSSIBLE, headline=headline)
    run = case.run.value if isinstance(case.run, Known) else None
    place = InRun(run.build_number, run.url) if run is not None else InFile(DEFAULT, 1, 1, absent.url)
    start, end = empty.span
    return Finding(
        cause=CAUSE,
        verdict=Verdict.LIKELY,
        headline=headline,
        meaning=(
            "An empty token was sent: most likely the step has no `oidc: true` where it is defined. "
            "That place was not seen."
        ),
        evidence=(
            Evidence(f"Bitbucket knows no {absent.source}.", place),
            Evidence(
                "The text says that there was no token.",
                InPaste(start, end),
                case.paste[start:end],
                primary=False,
            ),
        ),
        fixes=(
            Fix(
                title="Add `oidc: true` to the step where it is defined",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    f"Find the file, or the app, that defines this run's steps: no {code(DEFAULT)} does.",
                    "There, write `oidc: true` beside the step's `script:`.",
                ),
                verify="Run the pipeline again: the step then has a token.",
                url=run.url if run is not None else None,
            ),
        ),
    )
