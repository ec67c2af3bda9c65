"""Azure's SDKs or Terraform are told where the token's file is, and nothing in the step writes it.

https://learn.microsoft.com/python/api/azure-identity/azure.identity.workloadidentitycredential
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.azure_findings import NO_AUTHORIZER, by_hand, symptom_of
from knowledge.azure_login import ARM_TOKEN, ARM_TOKEN_FILE, SDK_TOKEN_FILE, commands
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Verdict
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_paths import same_file
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import step_ref
from knowledge.rules.rule import Rule
from knowledge.script_order import changes_directory, script_lines
from knowledge.text_evidence import in_text
from knowledge.variable_findings import insert_lines
from knowledge.variable_types import Setting
from knowledge.variables import look_up, where
from knowledge.words import code

_CAUSE = "azure-token-file-not-written"
_SAID = {
    False: "The text says that the file is not there.",
    True: "The text says that Terraform passed OIDC by, as it does without a token.",
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-sdk-token-file-not-found", *NO_AUTHORIZER)
    if symptom is None or suspect is None:
        return
    step = suspect.step
    passed = symptom.id in NO_AUTHORIZER
    for name in (ARM_TOKEN_FILE,) if passed else (SDK_TOKEN_FILE, ARM_TOKEN_FILE):
        setting = look_up(case, step, name).winner
        if setting is None or _written(step, name, setting):
            continue
        if passed and not look_up(case, step, ARM_TOKEN).lacks:
            return
        verdict = _verdict(step, setting)
        if passed and verdict is Verdict.CONFIRMED:
            # The text says that OIDC was passed by, not that the file is why.
            verdict = Verdict.LIKELY
        none = "Nothing in step {} writes"
        if verdict is not Verdict.CONFIRMED and not passed:
            none = "No line of step {} shows that it writes"
        yield Finding(
            cause=_CAUSE,
            verdict=verdict,
            headline=(f"{none.format(code(step.label))} the token to the file that {code(name)} names."),
            meaning=(
                "Each step runs in a new container, so a file that an earlier step wrote is not there either."
            ),
            step=step_ref(step),
            evidence=(
                Evidence(
                    f"{code(name)} is set {where(setting)}.",
                    setting.location,
                    setting.text if setting.at else setting.name,
                ),
                in_text(case, symptom, _SAID[passed], primary=False),
            ),
            fixes=tuple(_fixes(case, step, name, setting)),
        )
        return


def _written(step: PipelineStep, name: str, setting: Setting) -> bool:
    """Whether a line writes the token to the variable, or to the very path."""
    targets = [write.target for write in step.script.token_writes if not write.literal]
    return any(
        name in target or same_file(path, target) is True for target in targets for path in _paths(setting)
    )


def _paths(setting: Setting) -> list[str]:
    return [path for path in (setting.value, setting.written) if path]


def _verdict(step: PipelineStep, setting: Setting) -> Verdict:
    """Certain where the whole script is seen; a program may write the file, and a line that names it, or
    writes to a path that may be this one, hardly does anything else."""
    moves = changes_directory(step)
    lines = [text for text, at in script_lines(step) if setting.at is None or at.line != setting.at.line]
    targets = [write.target for write in step.script.token_writes if not write.literal]
    for path in _paths(setting):
        if any(path in text for text in lines) or any(
            same_file(path, target, moves=moves) is None for target in targets
        ):
            return Verdict.POSSIBLE
    return Verdict.LIKELY if step.script.hidden or step.script.sourced else Verdict.CONFIRMED


def _fixes(case: CaseFile, step: PipelineStep, name: str, setting: Setting) -> Iterator[Fix]:
    line = f'(umask 077 && printf \'%s\' "${TOKEN}" > "${name}")'
    fix = insert_lines(case, step, [line], _first(step, setting), "Write the token to the file")
    if fix is not None:
        yield fix
    yield by_hand(
        "Write the token before the first command that needs it",
        f"In the step, after {code(name)} is set: {code(line)}.",
        verify="Run the step again.",
    )


def _first(step: PipelineStep, setting: Setting) -> Position | None:
    """The first line of the script behind the setting: the file has to be there by then."""
    after = setting.at.line if setting.at else 0
    lines = [command.at for command in step.commands if command.at.line > after]
    asked = [command.at for command in commands(step) if command.at.line > after]
    return next(iter(lines or asked), None)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
