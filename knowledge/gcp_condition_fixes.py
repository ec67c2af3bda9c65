"""What can be done about a condition that does not hold: the condition with one part mended, or both ways in
words where the part limits who may log in on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Disposition, Fix, Surface
from knowledge.gcp_assertion import ENVIRONMENT, assertion_or_form
from knowledge.gcp_case import Names
from knowledge.gcp_condition_repair import REPOSITORY, by_workspace_alone, repaired
from knowledge.gcp_conditions import SLIPS, Reason, Refusal
from knowledge.gcp_fixes import (
    LATER,
    PROVIDERS,
    condition_option,
    describe_provider,
    in_terraform,
    literal,
    provider_block,
    update,
)
from knowledge.gcp_setup import WorkloadProvider
from knowledge.reading import Known
from knowledge.words import code

_WHERE = "The UUID stands, with its braces, in Repository settings > Pipelines > OpenID Connect."


def condition_fixes(
    case: CaseFile,
    suspect: Suspect | None,
    names: Names,
    provider: WorkloadProvider,
    found: tuple[Refusal, ...],
) -> Iterator[Fix]:
    """The change of the parts that do not hold; in words where it is not plain, or would let in more than
    this repository."""
    right = repaired(case, suspect, provider, found)
    if right is None:
        yield in_words(case, suspect, provider, found)
        return
    if by_workspace_alone(provider, right):
        yield _of_the_workspace(right, safe_condition(case, suspect))
        return
    slip = all(one.reason in SLIPS for one in found)
    title = "Correct the condition" if slip else "Let this part of the condition ask for this repository"
    after = replace(provider, condition=right)
    fix = update(names, title, [condition_option(right)], after=after, steps=_beside(found))
    yield fix
    yield in_terraform(fix, provider_block(f"attribute_condition = {literal(right)}"))


def _beside(found: Iterable[Refusal]) -> Iterator[str]:
    for one in found:
        if one.claim == REPOSITORY and one.reason is Reason.OTHER and one.wanted:
            yield f"Leave {code(one.wanted)} out if no other repository is meant by it."


def safe_condition(case: CaseFile, suspect: Suspect | None) -> str:
    """What lets in this repository and no other, as a piece of code."""
    home = assertion_or_form(case, suspect).claims.repository_uuid or "{REPOSITORY_UUID}"
    return code(f"assertion.{REPOSITORY} == '{home}'", 200)


def _of_the_workspace(right: str, safe: str) -> Fix:
    return Fix(
        title="Let the condition ask for this repository, or for the whole workspace on purpose",
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        steps=(
            f"For this repository alone, let the condition be {safe}.",
            f"For every repository of the workspace, let it be {code(right, 400)}.",
        ),
        verify=LATER,
        url=PROVIDERS,
    )


def condition_unseen(names: Names, home: str | None) -> Fix:
    """What to look at while the condition was not read, or is not evaluated here."""
    asks = f"assertion.{REPOSITORY} == '{home or '{REPOSITORY_UUID}'}'"
    steps = [
        "Compare each part of `attributeCondition` with the claims of the step's token.",
        f"A condition that asks for this repository and nothing else is {code(asks, 200)}.",
    ]
    if home is None:
        steps.append(_WHERE)
    return Fix(
        title="Find the part of the condition that this token does not meet",
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        commands=(describe_provider(names),),
        steps=tuple(steps),
        verify=LATER,
        url=PROVIDERS,
    )


def in_words(
    case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider, found: tuple[Refusal, ...]
) -> Fix:
    """Both ways: to meet the condition, or to widen that part of it on purpose."""
    # A condition that is gone altogether lets in every repository of the workspace.
    alone = f"put {safe_condition(case, suspect)} in its place"
    ways = [
        _ways(case, one, alone if one.part.text == (provider.condition or "").strip() else "")
        for one in found[:2]
    ]
    return Fix(
        title="Let the step meet the condition, or change that part of it on purpose",
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        steps=tuple(dict.fromkeys(step for way in ways for step in way)),
        verify=LATER,
        url=PROVIDERS,
    )


def environment_named(case: CaseFile, uuid: str) -> str | None:
    """The name of the environment with this UUID, its braces aside."""
    if not isinstance(case.environments, Known):
        return None
    bare = uuid.strip("{}").casefold()
    return next(
        (item.name for item in case.environments.value if item.uuid.strip("{}").casefold() == bare), None
    )


def _ways(case: CaseFile, one: Refusal, alone: str) -> tuple[str, str]:
    part, leave = code(one.part.text, 200), "and leave the rest as it is"
    out = f"take {part} out of the condition, and {alone}" if alone else f"take {part} out of it, {leave}"
    name = environment_named(case, one.wanted) if one.claim == ENVIRONMENT else None
    if one.reason is Reason.NO_ENVIRONMENT:
        to = f" to {code(name)}" if name else ""
        return (
            f"Let the step deploy{to}: with `deployment:` its token carries {code(ENVIRONMENT)}.",
            f"Or, if steps that deploy nowhere are to log in too, {out}.",
        )
    if one.reason is Reason.EXCLUDED:
        return (
            f"The condition shuts out {code(one.actual or one.part.claim)}: run the step where it is let in.",
            f"Or, if it is to log in too, change {part}, {leave}.",
        )
    if one.reason is Reason.PRESENT:
        return (
            f"Log in in a step whose token is without {code(one.part.claim)}.",
            f"Or, if such steps are to log in too, {out}.",
        )
    if one.reason is Reason.NEVER:
        return (
            f"See why {part} was put there: it keeps out every token.",
            f"If this step is to log in, {out}.",
        )
    if one.reason is Reason.NO_ANSWER:
        return (
            f"Compare {part} with the value that is to be let in: by itself it lets nobody in.",
            f"Or {out}.",
        )
    if one.reason is Reason.NOT_TRUE:
        return (
            f"Compare what {part} asks for with the claims of the step's token.",
            f"If this step is to log in, change that part alone, {leave}.",
        )
    if one.actual and one.part.sign in ("==", "in") and one.claim in (ENVIRONMENT, "branchName"):
        return _beside_the_others(one, name)
    return (
        f"See what {code(one.part.claim)} is in the step's token, and why {part} asks for something else.",
        f"If this step is to log in, change that part alone, {leave}.",
    )


def _beside_the_others(one: Refusal, name: str | None) -> tuple[str, str]:
    """Where it was let in before it stays let in."""
    others = one.part.expected if isinstance(one.part.expected, tuple) else (one.part.expected,)
    listed = ", ".join(f"'{text}'" for text in (*others, one.actual) if isinstance(text, str))
    both = f"put {code(f'{one.part.claim} in [{listed}]', 300)} in place of {code(one.part.text, 200)}"
    if one.claim == ENVIRONMENT:
        which = f", {code(name)}" if name else ""
        first = f"Let the step deploy to the environment that the condition names{which}."
        return first, f"Or, if this environment is to log in too, {both}, and leave the rest as it is."
    first = f"Run the step on a branch that the condition lets in, {code(one.wanted)} for one."
    return first, f"Or, if this branch is to log in too, {both}, and leave the rest as it is."
