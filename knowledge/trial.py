"""Fixes are tried before they are shown: made in memory, they must silence the rule that asked for them.

A change that does not is never shown as one. Where it was the only help, its words remain, for a person
to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from knowledge.casefile import CaseFile, Environment, Suspect, Variable
from knowledge.finding import Disposition, Finding, Fix, VariableEdit, Verdict
from knowledge.pipelines.edit import at_most, diff
from knowledge.pipelines.model import PipelineFile
from knowledge.pipelines.reading import changed
from knowledge.pipelines.select import same_step
from knowledge.quoting import file_of
from knowledge.reading import Known, Reading
from knowledge.rules.rule import Rule
from knowledge.variables import look_up

_SPEAKS = frozenset({Verdict.CONFIRMED, Verdict.LIKELY, Verdict.POSSIBLE})


def with_tried_fixes(
    rule: Rule, case: CaseFile, suspect: Suspect | None, finding: Finding, *, in_full: bool
) -> Finding:
    """The finding with those of its fixes that hold, each with its diff where it changes the file.

    Without `in_full` nothing is tried, and so no change is shown: the fixes are told in words. Never
    raises on what a rule may hand over.
    """
    if not finding.fixes:
        return finding
    fixes = [fix for fix in finding.fixes if not _is_set_already(case, fix)]
    if not fixes:
        from knowledge.gcp_case import names_of
        from knowledge.gcp_fixes import look_again

        return replace(finding, fixes=(look_again(names_of(case, suspect)),))
    if not in_full:
        why = "changes are worked out for the first findings only"
        return replace(finding, fixes=tuple(_in_words(finding, fix, why) for fix in fixes))
    spoken = _spoken(rule, case, suspect)
    tried = [_tried(rule, case, suspect, fix, spoken) for fix in fixes]
    held = tuple(fix for fix in tried if fix is not None)
    why = "the one that was tried did not end the finding"
    if fixes[0].google_after is not None:
        why = "what was tried leaves the step refused, or lets in more than this step needs"
    return replace(finding, fixes=held or (_in_words(finding, fixes[0], why),))


def _is_set_already(case: CaseFile, fix: Fix) -> bool:
    """Whether the fix would set in Google Cloud what was read there."""
    if fix.google_after is None or fix.file_after is not None:
        return False
    from knowledge.gcp_trial import changes_nothing

    return changes_nothing(case, fix.google_after)


def _in_words(finding: Finding, fix: Fix, why: str) -> Fix:
    """The fix without the change itself, and with something to do where the title alone would be left."""
    there = f" on line {finding.line}" if finding.line is not None else ""
    commands = fix.commands if fix.google_after is None else ()
    by_hand = (f"Make this change by hand{there}: {why}.",)
    return replace(
        fix,
        disposition=Disposition.NEEDS_REVIEW,
        file_after=None,
        diff=None,
        variables=(),
        policy_after=None,
        google_after=None,
        # A command that was to be tried, and did not hold or was not tried, is not one to copy.
        commands=commands,
        steps=fix.steps or (() if commands else by_hand),
    )


def _tried(rule: Rule, case: CaseFile, suspect: Suspect | None, fix: Fix, spoken: int) -> Fix | None:
    """The fix as it may be shown, or None when it does not hold."""
    by_google = fix.google_after is not None
    if fix.file_after is None and not fix.variables and fix.policy_after is None and not by_google:
        return replace(fix, disposition=Disposition.NEEDS_REVIEW)
    changed, again = case, suspect
    if fix.file_after is not None:
        found = _with_file(case, suspect, fix.file_after)
        if found is None:
            return None
        changed, again = found
    for edit in fix.variables:
        with_variable = _with_variable(changed, edit)
        if with_variable is None or not _seen(with_variable, again, edit):
            return None
        changed = with_variable
    if fix.policy_after is not None:
        with_policy = _with_policy(changed, again, fix.policy_after)
        if with_policy is None:
            return None
        changed = with_policy
    if fix.google_after is not None:
        from knowledge.gcp_trial import with_change

        with_google = with_change(changed, again, fix.google_after)
        if with_google is None:
            return None
        changed = with_google
    # A step may have two slips of one kind: mending one of them leaves the finding about the other.
    if _spoken(rule, changed, again) >= spoken:
        return None
    file = file_of(case)
    if fix.file_after is not None and file is not None:
        return replace(fix, diff=diff(file, fix.file_after))
    return fix


def _spoken(rule: Rule, case: CaseFile, suspect: Suspect | None) -> int:
    if suspect is None and not rule.without_step:
        return 0
    # How often it speaks is asked, not what it would change.
    with at_most(0):
        return sum(1 for finding in rule.check(case, suspect) if finding.verdict in _SPEAKS)


def _with_file(case: CaseFile, suspect: Suspect | None, text: str) -> tuple[CaseFile, Suspect | None] | None:
    """The case with this text as its file, and the same step of it; None when the text is no better a
    file than the one before."""
    reading = case.pipeline_file
    before = file_of(case)
    if not isinstance(reading, Known) or before is None or text == before.text:
        return None
    after = changed(before, text)
    if not _sound(before, after):
        return None
    again = suspect
    if suspect is not None:
        step = same_step(after, suspect.step)
        if step is None:
            return None
        again = replace(suspect, step=step)
    suspects = tuple(again if item == suspect and again is not None else item for item in case.suspects)
    return replace(case, pipeline_file=replace(reading, value=after), suspects=suspects), again


def _sound(before: PipelineFile, after: PipelineFile) -> bool:
    """Whether the edit left the file in one piece: no new problem, no step lost, no new stray `oidc`."""
    lost = {(step.pipeline, step.index) for step in before.steps} - {
        (step.pipeline, step.index) for step in after.steps
    }
    return (
        len(after.problems) <= len(before.problems)
        and not any(problem.fatal for problem in after.problems)
        and not lost
        and len(after.stray_oidc) <= len(before.stray_oidc)
    )


def _with_variable(case: CaseFile, edit: VariableEdit) -> CaseFile | None:
    """The case with this variable set; None when its level cannot be found."""
    match edit.level:
        case "repository":
            return replace(case, repository_variables=_added(case.repository_variables, edit))
        case "workspace":
            return replace(case, workspace_variables=_added(case.workspace_variables, edit))
        case "deployment":
            return _with_deployment_variable(case, edit)
        case _:
            return None


def _seen(case: CaseFile, suspect: Suspect | None, edit: VariableEdit) -> bool:
    """Whether the step sees the new variable: one that is set out of its reach also ends the finding that it
    is set nowhere."""
    if suspect is None:
        return True
    return any(setting.value == edit.value for setting in look_up(case, suspect.step, edit.name).settings)


def _with_deployment_variable(case: CaseFile, edit: VariableEdit) -> CaseFile | None:
    environment = _environment(case, edit.environment or "")
    if environment is None:
        return None
    nothing: Reading[tuple[Variable, ...]] = Known((), environment.name)
    values = _added(case.environment_variables.get(environment.uuid, nothing), edit)
    return replace(case, environment_variables={**case.environment_variables, environment.uuid: values})


def _environment(case: CaseFile, name: str) -> Environment | None:
    if not isinstance(case.environments, Known):
        return None
    wanted = name.casefold()
    return next(
        (item for item in case.environments.value if wanted in (item.name.casefold(), item.slug.casefold())),
        None,
    )


def _added(reading: Reading[tuple[Variable, ...]], edit: VariableEdit) -> Known[tuple[Variable, ...]]:
    """The level with the variable. One that was not read is taken for one that holds only this."""
    new = Variable(edit.name, edit.value, secured=False)
    if not isinstance(reading, Known):
        return Known((new,), reading.source)
    others = tuple(variable for variable in reading.value if variable.name != edit.name)
    return replace(reading, value=(*others, new))


def _with_policy(case: CaseFile, suspect: Suspect | None, policy: Mapping[str, Any]) -> CaseFile | None:
    """The case with this trust policy; None unless it lets the step in and nobody it need not."""
    # Only cases with a role have such fixes, and those of a file alone start fast without these.
    from knowledge.trust_case import judge
    from knowledge.trust_trial import fix_holds

    judged = judge(case, suspect)
    role = case.role
    if judged is None or not judged.known or not isinstance(role, Known):
        return None
    if not fix_holds(role.value.trust_policy, policy, judged.claims, judged.provider_arn):
        return None
    return replace(case, role=replace(role, value=replace(role.value, trust_policy=policy)))
