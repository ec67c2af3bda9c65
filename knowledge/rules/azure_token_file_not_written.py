"""Azure's SDKs or Terraform are told where the token's file is, and nothing writes it, or not in time.

https://learn.microsoft.com/python/api/azure-identity/azure.identity.workloadidentitycredential
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_findings import NO_AUTHORIZER, by_hand, symptom_of
from knowledge.azure_login import ARM_TOKEN, ARM_TOKEN_FILE, SDK_TOKEN_FILE, commands
from knowledge.azure_token_file import LateWrite, late_write, paths_of, writes_to
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_paths import same_file
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import quoted, step_ref
from knowledge.rules.rule import Rule
from knowledge.script_order import changes_directory, script_lines
from knowledge.symptoms.model import Symptom
from knowledge.text_evidence import in_text
from knowledge.variable_findings import insert_lines
from knowledge.variable_types import Setting
from knowledge.variables import look_up, where
from knowledge.words import code

_CAUSE = "azure-token-file-not-written"
_VERIFY = "Run the step again."
_SAID = {
    False: "The text says that the file is not there.",
    True: "The text says that Terraform passed OIDC by, as it does without a token.",
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-sdk-token-file-not-found", *NO_AUTHORIZER)
    if suspect is None or (symptom is None and case.symptoms):
        return
    step = suspect.step
    passed = symptom is not None and symptom.id in NO_AUTHORIZER
    for name in (ARM_TOKEN_FILE,) if passed else (SDK_TOKEN_FILE, ARM_TOKEN_FILE):
        setting = look_up(case, step, name).winner
        if setting is None:
            continue
        if passed and not look_up(case, step, ARM_TOKEN).lacks:
            return
        if writes_to(step, name, setting):
            late = late_write(step, name, setting)
            if late is not None and (symptom is not None or late.only):
                yield _too_late(case, step, name, late, symptom)
                return
        elif symptom is not None:
            yield _unwritten(case, step, name, setting, symptom)
            return


def _unwritten(case: CaseFile, step: PipelineStep, name: str, setting: Setting, symptom: Symptom) -> Finding:
    passed = symptom.id in NO_AUTHORIZER
    verdict = _verdict(step, setting)
    if passed and verdict is Verdict.CONFIRMED:
        # The text says that OIDC was passed by, not that the file is why.
        verdict = Verdict.LIKELY
    none = "Nothing in step {} writes"
    if verdict is not Verdict.CONFIRMED and not passed:
        none = "No line of step {} shows that it writes"
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=(f"{none.format(code(step.label))} the token to the file that {code(name)} names."),
        meaning="Each step runs in a new container, so what an earlier step wrote is not there either.",
        step=step_ref(step),
        evidence=(
            Evidence(
                f"{code(name)} is set {where(setting)}.",
                setting.location,
                setting.text if setting.at else setting.name,
            ),
            in_text(case, symptom, _SAID[passed], primary=False),
        ),
        fixes=tuple(_fixes(case, step, name, _first(step, setting))),
    )


def _too_late(
    case: CaseFile, step: PipelineStep, name: str, late: LateWrite, symptom: Symptom | None
) -> Finding:
    line, program = late.write.at.line, code(late.program)
    told = symptom is not None and symptom.id not in NO_AUTHORIZER
    certain = told and late.only and not (step.script.hidden or step.script.sourced)
    said = () if symptom is None else (in_text(case, symptom, _SAID[not told], primary=False),)
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if certain else Verdict.LIKELY,
        headline=f"Step {code(step.label)} writes the token's file after {program} runs, which reads it.",
        meaning=f"The file that {code(name)} names is not there when it is read."
        if certain
        else f"That {program} reads the file which {code(name)} names is inferred.",
        step=step_ref(step),
        evidence=(
            quoted(case, late.write.at, f"Line {line} writes the token."),
            quoted(case, late.reader, f"Line {late.reader.line} runs {program}.", primary=False),
            *said,
        ),
        fixes=tuple(_fixes(case, step, name, late.reader)),
    )


def _verdict(step: PipelineStep, setting: Setting) -> Verdict:
    """Certain where the whole script is seen; a program may write the file, and a line that names it, or
    writes to a path that may be this one, hardly does anything else."""
    moves = changes_directory(step)
    lines = [text for text, at in script_lines(step) if setting.at is None or at.line != setting.at.line]
    targets = [write.target for write in step.script.token_writes if not write.literal]
    for path in paths_of(setting):
        if any(path in text for text in lines) or any(
            same_file(path, target, moves=moves) is None for target in targets
        ):
            return Verdict.POSSIBLE
    return Verdict.LIKELY if step.script.hidden or step.script.sourced else Verdict.CONFIRMED


def _fixes(case: CaseFile, step: PipelineStep, name: str, first: Position | None) -> Iterator[Fix]:
    line = f'(umask 077 && printf \'%s\' "${TOKEN}" > "${name}")'
    fix = insert_lines(case, step, [line], first, "Write the token to the file")
    if fix is not None:
        yield replace(fix, verify=_VERIFY)
    yield by_hand(
        "Write the token before the first command that needs it",
        f"In the step, after {code(name)} is set: {code(line)}.",
        verify=_VERIFY,
    )


def _first(step: PipelineStep, setting: Setting) -> Position | None:
    """The first line of the script behind the setting: the file has to be there by then."""
    after = setting.at.line if setting.at else 0
    lines = [command.at for command in step.commands if command.at.line > after]
    asked = [command.at for command in commands(step) if command.at.line > after]
    return next(iter(lines or asked), None)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
