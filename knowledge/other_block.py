"""What may be said of a step of another pipeline than the run's own, where the file has no such pipeline.

Which pipeline ran is what the run's selector says; that the file at its commit lacks it means that the
definition came from elsewhere: https://support.atlassian.com/bitbucket-cloud/docs/share-pipelines-configurations/
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Finding, Fix, Surface, Verdict
from knowledge.once import once_per_case
from knowledge.pipelines.select import block_of, pipeline_of
from knowledge.quoting import file_of
from knowledge.reading import Known
from knowledge.words import code


@once_per_case
def pipeline_not_in_file(case: CaseFile, about: None = None) -> str | None:
    """The pipeline of the run (`custom/nightly`), where the file that was read has steps and none of it."""
    del about
    file = file_of(case)
    run = case.run.value if isinstance(case.run, Known) else None
    if file is None or run is None or not file.steps or any(one.fatal for one in file.problems):
        return None
    if block_of(file, run.selector_type, run.selector_pattern) is not None:
        return None
    return pipeline_of(run.selector_type, run.selector_pattern)


def of_other_block(case: CaseFile, finding: Finding) -> Finding:
    """The finding as it may be said: likely at most, and without a change of what did not run."""
    ran = pipeline_not_in_file(case, None)
    file = file_of(case)
    if ran is None or file is None or finding.step is None:
        return finding
    said = (
        f"The run's own pipeline {code(ran)} is not in {code(file.path)} at the commit that ran; what is "
        f"told here is of {code(finding.step.pipeline)}."
    )
    return replace(
        finding,
        verdict=Verdict.LIKELY if finding.verdict is Verdict.CONFIRMED else finding.verdict,
        meaning=f"{finding.meaning} {said}".strip(),
        fixes=tuple(_told(fix, ran) for fix in finding.fixes),
    )


def _told(fix: Fix, ran: str) -> Fix:
    if fix.surface is not Surface.PIPELINE_FILE:
        return fix
    return replace(
        fix,
        file_after=None,
        disposition=Disposition.NEEDS_REVIEW,
        steps=(f"Find where {code(ran)} is defined, and change the step there.",),
    )
