"""Bitbucket cannot read the pipeline file, so no step starts: no YAML, no pipelines in it, or no file at all.

Where the file is looked for: https://support.atlassian.com/bitbucket-cloud/docs/configure-bitbucket-pipelinesyml/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.absent_file import ANOTHER_FILE, defined_elsewhere, steps_ran
from knowledge.absent_file import CAUSE as _CAUSE
from knowledge.absent_file import DEFAULT as _DEFAULT
from knowledge.casefile import CaseFile, Run, Suspect
from knowledge.file_repairs import repaired
from knowledge.finding import Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InFile, InRun, Position
from knowledge.pipelines.model import PipelineFile, Problem
from knowledge.quoting import file_of, in_file, quoted
from knowledge.reading import Absent, Known
from knowledge.rules.rule import Rule
from knowledge.words import code

_VERIFY = "Push the change: the run then lists its steps again."
#: How the reader says that a file is beyond its own bounds.
_OWN_LIMIT = "The file was not read"
#: How Bitbucket begins what it says about a file that it refuses.
_REFUSALS = ("error in your bitbucket-pipelines.yml", "bitbucket-pipelines.yml", "[pipelines >")


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    del suspect
    if isinstance(case.pipeline_file, Absent):
        yield from _no_file(case, case.pipeline_file)
        return
    file = file_of(case)
    fatal = next((problem for problem in file.problems if problem.fatal), None) if file else None
    if file is not None and fatal is not None:
        yield _unreadable(case, file, fatal)
        return
    run = case.run.value if isinstance(case.run, Known) else None
    if run is not None and _refused(case, run):
        yield _refused_by_bitbucket(run)


def _unreadable(case: CaseFile, file: PipelineFile, problem: Problem) -> Finding:
    at = problem.at
    where = f" (line {at.line}, column {at.column})" if at else ""
    # What was too much for a safe reading here may still be a file that Bitbucket reads.
    ours = problem.sentence.startswith(_OWN_LIMIT)
    run = case.run.value if isinstance(case.run, Known) else None
    told = (_told(run),) if run is not None and run.error else ()
    another = not ours and steps_ran(case)
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if ours else Verdict.CONFIRMED,
        headline=(
            f"{code(file.path)} was not read: it is too large or too deeply nested."
            if ours
            else f"{code(file.path)} is no pipeline file that can be read{where}."
            if another
            else f"Bitbucket cannot run {code(file.path)}{where}; no step starts with it."
        ),
        meaning=f"{problem.sentence} {ANOTHER_FILE}" if another else problem.sentence,
        evidence=(quoted(case, at or Position(1, 1), "This is as far as it could be read."), *told),
        fixes=_fixes(case, file, at),
    )


def _fixes(case: CaseFile, file: PipelineFile, at: Position | None) -> tuple[Fix, ...]:
    place = in_file(case, at) if at else None
    words = Fix(
        title=f"Correct line {at.line}" if at else f"Correct {code(file.path)}",
        surface=Surface.PIPELINE_FILE,
        steps=("Correct what is said above, and compare the indent with the lines before and after.",),
        verify=_VERIFY,
        url=place.url if place else None,
    )
    repair = repaired(file, at) if at else None
    if repair is None:
        return (words,)
    return (
        Fix(
            title=repair.title,
            surface=Surface.PIPELINE_FILE,
            disposition=Disposition.NEEDS_REVIEW if repair.guessed else Disposition.SAFE,
            file_after=repair.text,
            verify=_VERIFY,
            url=words.url,
        ),
    )


def _refused(case: CaseFile, run: Run) -> bool:
    """Whether the run ended before any step because of its file."""
    started = isinstance(case.run_steps, Known) and bool(case.run_steps.value)
    return run.error is not None and not started and any(sign in run.error for sign in _REFUSALS)


def _told(run: Run, *, primary: bool = False) -> Evidence:
    place = InRun(run.build_number, run.url)
    return Evidence(f"Run #{run.build_number} ended before its first step.", place, run.error or "", primary)


def _refused_by_bitbucket(run: Run) -> Finding:
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=f"Bitbucket refused the pipeline file of run #{run.build_number}; no step started.",
        meaning="The text that Bitbucket gives names the place in the file as a path of keys.",
        evidence=(_told(run, primary=True),),
        fixes=(
            Fix(
                title="Correct the place that Bitbucket names",
                surface=Surface.PIPELINE_FILE,
                steps=("Follow the path of keys in Bitbucket's text to the item that it does not accept.",),
                verify=_VERIFY,
                url=run.url,
            ),
        ),
    )


def _no_file(case: CaseFile, absent: Absent) -> Iterator[Finding]:
    run = case.run.value if isinstance(case.run, Known) else None
    commit = f" at commit {code(run.commit[:12])}" if run is not None and run.commit else ""
    if isinstance(case.run_steps, Known) and case.run_steps.value:
        # Steps ran, so they were defined somewhere: another file, a shared pipeline, an app.
        yield defined_elsewhere(case, absent, commit)
        return
    place = InRun(run.build_number, run.url) if run is not None else InFile(_DEFAULT, 1, 1, absent.url)
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY if case.symptoms else Verdict.CONFIRMED,
        headline=f"There is no {code(_DEFAULT)}{commit}.",
        meaning="Without it nothing says which steps run, nor which of them gets a token.",
        evidence=(Evidence(f"Bitbucket knows no {absent.source}.", place),),
        fixes=(
            Fix(
                title=f"Commit {code(_DEFAULT)} at the root of the repository",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    f"The name must be {code(_DEFAULT)}, in lower case, at the root of the branch that runs.",
                ),
                verify=_VERIFY,
            ),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
