"""A condition with only those of its parts changed that a step does not meet, where it is plain what they
have to be. A part that limits branches or environments, or shuts something out, is a person's to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.gcp_assertion import (
    ENVIRONMENT,
    Assertion,
    assertion_or_form,
    claims_in,
    names_for,
    right_name,
)
from knowledge.gcp_cel_values import Unknown, value_of
from knowledge.gcp_conditions import Reason, Refusal
from knowledge.gcp_setup import WorkloadProvider

REPOSITORY, WORKSPACE = "repositoryUuid", "workspaceUuid"
#: Claims of other CIs that say which repository, or whose, it is: no more than this one has to be let in.
_SAME = frozenset({"repository", "project_path", "repository_owner"})


def repaired(
    case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider, found: Iterable[Refusal]
) -> str | None:
    """The condition with as few of these parts changed as will do; None where only a person can tell what was
    meant."""
    assertion = assertion_or_form(case, suspect)
    changes = [(one, text) for one in found if (text := _instead(one, assertion)) is not None]
    tries = [[change] for change in changes]
    if len(changes) > 1:
        tries.append(changes)
    # What is known to hold goes before what cannot be told: the claims may not have been read.
    unsure = None
    for chosen in tries:
        condition = _with(provider.condition or "", chosen)
        value = value_of(condition, names_for(replace(provider, condition=condition), assertion))
        if value is True:
            return condition
        unsure = unsure or (condition if isinstance(value, Unknown) else None)
    return unsure


def by_workspace_alone(provider: WorkloadProvider, condition: str) -> bool:
    """Whether the condition, made so by a repair, lets in every repository of the workspace."""
    named = claims_in(condition).union(
        *(claims_in(text) for key, text in provider.mapping.items() if key in condition)
    )
    return WORKSPACE in named and not named & {REPOSITORY, "sub"}


def _with(condition: str, changes: list[tuple[Refusal, str]]) -> str:
    for one, text in sorted(changes, key=lambda change: -change[0].part.start):
        start = one.part.start
        condition = condition[:start] + text + condition[start + len(one.part.text) :]
    return condition


def _instead(one: Refusal, assertion: Assertion) -> str | None:
    """What the part has to be."""
    part = one.part
    if one.right:
        return part.text.replace(one.wanted, one.right)
    if part.refuses:
        return None
    match one.reason:
        case Reason.MISSPELT:
            named = part.claim.partition(".")[2]
            right = right_name(named)
            # `'name' in assertion` has the name alone, before all else.
            whole = part.claim in part.text
            wrong, mended = (part.claim, f"assertion.{right}") if whole else (named, right or "")
            return part.text.replace(wrong, mended, -1 if whole else 1) if right else None
        case Reason.FOREIGN:
            same = part.sign and part.claim.partition(".")[2] in _SAME
            home = _text(assertion, REPOSITORY)
            return f"assertion.{REPOSITORY} == '{home}'" if same and home else None
        case Reason.SLUG | Reason.OTHER if part.sign in ("==", "in"):
            return _of_home(one, assertion)
        case Reason.CHANGING:
            return _of_every_run(one, assertion)
        case _:
            return None


def _text(assertion: Assertion, claim: str) -> str | None:
    value = assertion.told.get(claim)
    # Quotes and backslashes do not stand in a UUID; what has some is no claim of Bitbucket's.
    return value if isinstance(value, str) and not set(value) & set("'\\") else None


def _of_home(one: Refusal, assertion: Assertion) -> str | None:
    """The same claim with this repository's value. Another repository that is let in stays so."""
    value = _text(assertion, one.claim)
    if one.claim not in (REPOSITORY, WORKSPACE) or value is None:
        return None
    if one.claim == REPOSITORY and one.reason is Reason.OTHER:
        others = one.part.expected if isinstance(one.part.expected, tuple) else (one.part.expected,)
        listed = ", ".join(f"'{text}'" for text in (*others, value) if isinstance(text, str))
        return f"{one.part.claim} in [{listed}]"
    return f"{one.part.claim} == '{value}'"


def _of_every_run(one: Refusal, assertion: Assertion) -> str | None:
    """This repository, and this environment where the subject of the one run has it."""
    home, own = _text(assertion, REPOSITORY), _text(assertion, ENVIRONMENT)
    if home is None:
        return None
    asked = f"assertion.{REPOSITORY} == '{home}'"
    if one.claim != "sub" or one.part.sign == "endsWith":
        return asked
    repository, *rest = one.wanted.split(":")
    if repository.strip("{}").casefold() != home.strip("{}").casefold():
        return None
    if len(rest) < 2:
        return asked
    if own is None or rest[0].strip("{}") != own.strip("{}"):
        return None
    return f"({asked} && assertion.{ENVIRONMENT} == '{own}')"
