"""The change that mends a condition, in words: its title, its steps, who else is let in by it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.casefile import CaseFile, Environment, Suspect
from knowledge.finding import Disposition, Fix, Surface
from knowledge.pipelines.edit import set_step_key
from knowledge.quoting import file_of, step_words
from knowledge.reading import Known
from knowledge.trust import ConditionResult
from knowledge.trust_case import Fault, Judged
from knowledge.trust_fixes import IDENTIFIERS, VERIFY, better_subject
from knowledge.words import code, listed

_UUID = re.compile(r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}", re.IGNORECASE)

Change = tuple[str, tuple[str, ...]]


def subject_change(judged: Judged, fault: Fault, reason: str) -> Change:
    """Title and steps of the change to a condition on the subject."""
    other = _not_by_value(fault.judged)
    if other is not None:
        return other
    better = better_subject(judged, fault)
    form = code(better)
    if better is None:
        form = "the step's subject" if judged.known else "`{repository UUID}:*`, the braces included"
    steps = [f"Compare `sub` by `StringLike` with {form}."]
    if reason == "environment-missing":
        steps.append(
            "That lets in every step of the repository, of any branch, whether it deploys to an environment "
            "or not."
        )
    title = f"Admit {form} in the trust policy" if better else "Correct the subject in the trust policy"
    return title, tuple(steps)


def audience_change(judged: Judged, fault: Fault) -> Change:
    """Title and steps of the change to a condition on the audience."""
    other = _not_by_value(fault.judged)
    if other is not None:
        return other
    audiences = [code(item) for item in judged.claims.audiences]
    right = audiences[0] if audiences else "the audience of the workspace"
    step = f"Set `aud` to {right}."
    if fault.judged.reason == "arn-operator":
        step = f"Compare `aud` by `StringEquals` with {right}."
    if len(audiences) > 1:
        step = (
            f"Use `ForAnyValue:StringEquals` on `aud` with {listed(audiences, 'or')}, and list that audience "
            "in the OIDC provider too; or remove `audiences` from the pipeline file."
        )
    return f"Admit {right} in the trust policy", (step,)


def _not_by_value(condition: ConditionResult) -> Change | None:
    """The change where no value could mend the condition: it wants no claim, or all but some."""
    claim, operator = code(condition.claim), code(condition.operator)
    if condition.reason == "key-present":
        step = f"Remove {operator} on {claim} from the conditions: every token of Bitbucket has {claim}."
        return f"Remove the condition {operator} on {claim}", (step,)
    if condition.reason == "excluded":
        values = listed([code(value) for value in condition.expected[:4]])
        step = f"{operator} on {claim} keeps out {values}: narrow it so that it leaves this step out."
        return f"Narrow the condition {operator} on {claim}", (step,)
    return None


def deployment_fixes(case: CaseFile, suspect: Suspect | None, fault: Fault) -> Iterator[Fix]:
    """Let a step without an environment deploy to the one that the policy admits."""
    if suspect is not None and suspect.step.deployment is not None:
        return
    nearest = fault.judged.nearest or ""
    uuid = next(iter(_UUID.findall(nearest)[1:2]), None)
    environments = case.environments.value if isinstance(case.environments, Known) else ()
    # A file of variables names environments without their UUIDs.
    read = [item for item in environments if _UUID.fullmatch(item.uuid)]
    named = next((item for item in read if uuid and item.uuid == uuid.lower()), None)
    if named is not None:
        fix = _deploying_to(case, suspect, named)
        if fix is not None:
            yield fix
            return
    if uuid is None or named is not None or not read:
        yield _in_words(
            suspect, uuid, [item.name for item in environments] if named is None else [named.name]
        )


def _deploying_to(case: CaseFile, suspect: Suspect | None, environment: Environment) -> Fix | None:
    file = file_of(case)
    if suspect is None or file is None:
        return None
    after = set_step_key(file, suspect.step, "deployment", environment.slug)
    if after is None:
        return None
    return Fix(
        title=f"Let the step deploy to {code(environment.name)}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.NEEDS_REVIEW,
        file_after=after,
        verify=VERIFY,
    )


def _in_words(suspect: Suspect | None, uuid: str | None, names: list[str]) -> Fix:
    which = f"the environment whose UUID is {code(uuid)}" if uuid else "the environment that it deploys to"
    known = f"; there are {listed([code(name) for name in names])}" if len(names) > 1 else ""
    known = f": {code(names[0])}" if len(names) == 1 and not uuid else known
    return Fix(
        title="Let the step deploy to the environment that the policy admits"
        if uuid
        else "Let the step deploy to an environment",
        surface=Surface.PIPELINE_FILE,
        steps=(
            f"Add `deployment:` to {step_words(suspect)}, with the name of {which}{known}.",
            f"{IDENTIFIERS} shows the UUIDs of the environments.",
        ),
        verify=VERIFY,
    )
