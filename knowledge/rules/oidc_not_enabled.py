"""The step has no `oidc` at all, and no other slip explains it.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
Also the one rule of the switch that says when it is on, and that speaks from the text when no step is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.imported import imported_by_run, shared_place
from knowledge.location import InPaste
from knowledge.other_block import pipeline_not_in_file
from knowledge.pipelines.clouds import AZURE, GCP
from knowledge.pipelines.model import OidcState
from knowledge.quoting import file_of, quoted, step_ref
from knowledge.reading import Absent, Known, Unread
from knowledge.rules.rule import Rule
from knowledge.switch import Slip, need_evidence, switch_fault, why
from knowledge.switch_fixes import DOCUMENTED, VERIFY, switched_on
from knowledge.symptoms.model import Family, Symptom
from knowledge.words import code

_CAUSE = "oidc-not-enabled"
#: Where a reader would think of the switch first, so that "it is on" saves the look.
_ASKED = frozenset(
    {Family.TOKEN_EMPTY, Family.ROLE_REFUSED, Family.NO_CREDENTIALS, Family.TOKEN_FILE_NOT_FOUND}
)
#: Texts that come when the login is behind.
_LOGGED_IN = frozenset({Family.AFTER_ASSUME})
_ELSEWHERE = frozenset({AZURE, GCP})


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    if suspect is None:
        yield from _from_the_text(case)
        return
    step = suspect.step
    if step.oidc.state is OidcState.ON:
        if case.families & _ASKED:
            where = f" (line {step.oidc.key_at.line})" if step.oidc.key_at else ""
            yield Finding(
                cause=_CAUSE,
                verdict=Verdict.RULED_OUT,
                headline=f"Step {code(step.label)} has `oidc` switched on{where}, so it gets a token.",
                step=step_ref(step),
            )
        return
    if case.families == _LOGGED_IN and not step.self_hosted and _told_by(case) <= _ELSEWHERE:
        # Azure and Google took the login. What AWS says names the caller, and its rules look at that.
        return
    fault = switch_fault(case, suspect)
    if fault is None or fault.slip is not Slip.ABSENT:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=fault.verdict,
        headline=f"Step {code(step.label)} has no `oidc: true`, so it gets no token.",
        meaning=why(case),
        step=step_ref(step),
        evidence=(
            quoted(case, step.at, f"The step on line {step.at.line} has no key `oidc`."),
            *need_evidence(case, fault.need),
        ),
        fixes=(switched_on(case, step),),
    )


def _told_by(case: CaseFile) -> frozenset[str]:
    return frozenset(symptom.provider for symptom in case.symptoms)


def _from_the_text(case: CaseFile) -> Iterator[Finding]:
    """No step to look at: the text may still say that there was no token."""
    symptom = next((item for item in case.symptoms if item.family is Family.TOKEN_EMPTY), None)
    file = file_of(case)
    if isinstance(case.pipeline_file, Absent):
        # There is no file to write it into; that itself is the finding (`pipeline-file-unreadable`).
        return
    imported = imported_by_run(case)
    switched = file is not None and any(s.oidc.state is OidcState.ON for s in file.steps)
    if symptom is None or (switched and imported is None):
        return
    if case.listing is not None or imported is not None:
        where = "The definition of the step was not seen"
    elif file is not None and file.steps:
        where = "No step of the file has `oidc: true`"
    else:
        where = "The file was not seen"
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline="The step had no token; most likely it has no `oidc: true`.",
        meaning=f"The text shows that an empty token was sent. {where}.",
        evidence=(_pasted(case, symptom),),
        fixes=(
            Fix(
                title=f"Add `oidc: true` to the step {_defined(imported)}",
                surface=Surface.PIPELINE_FILE,
                steps=_where_to_write(case, imported),
                verify=VERIFY,
                url=DOCUMENTED,
            ),
        ),
    )


def _defined(imported: str | None) -> str:
    return "that failed" if imported is None else f"where it is defined, {code(imported)}"


def _where_to_write(case: CaseFile, imported: str | None) -> tuple[str, ...]:
    """The file that has the step: not the one that was read, where the step is not there."""
    write = "write `oidc: true` beside the step's `script:`."
    if imported is not None:
        return (f"In {shared_place(imported)}, {write}", "Every pipeline that imports it gets a token then.")
    if case.listing is not None or pipeline_not_in_file(case, None) is not None:
        file = file_of(case)
        why_not = (
            f"{case.pipeline_file.source} was not read" if file is None else f"{code(file.path)} does not"
        )
        return (f"Find the file that defines the step: {why_not}. There, {write}",)
    if isinstance(case.pipeline_file, Unread) and isinstance(case.run, Known):
        return (
            f"In the file that defines the step ({case.pipeline_file.source} could not be read), {write}",
        )
    return (f"In `bitbucket-pipelines.yml`, {write}",)


def _pasted(case: CaseFile, symptom: Symptom) -> Evidence:
    start, end = symptom.span
    return Evidence("The text says that there was no token.", InPaste(start, end), case.paste[start:end])


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
