"""Which readings speak about which failure, so that only what matters is named as unseen."""

from __future__ import annotations

from typing import Any

from knowledge.casefile import CaseFile
from knowledge.elsewhere import of_another_ci
from knowledge.reading import Known, Reading, Unread
from knowledge.symptoms.model import Family

_NEVER_ASKED = CaseFile()

#: After these the login itself is known to have worked, or the fault is not in anything read here.
_NOTHING_TO_READ = frozenset({Family.AFTER_ASSUME, Family.SESSION_EXPIRED, Family.UNAVAILABLE})
_TRUST = frozenset({Family.ROLE_REFUSED})
_PROVIDERS = frozenset({Family.PROVIDER_REFUSED, Family.AUDIENCE_REFUSED})
_ROLE = frozenset({Family.ROLE_REFUSED, Family.SESSION_ARGUMENT})
_VARIABLES = frozenset(
    {
        Family.ROLE_ARN_MISSING,
        Family.ROLE_ARN_MALFORMED,
        Family.NO_CREDENTIALS,
        Family.REGION_MISSING,
        Family.STATIC_KEYS,
        # A key pair that stands in the way is among the variables.
        Family.CALL_REFUSED,
        Family.PROFILE_MISSING,
        Family.TOKEN_FILE_NOT_FOUND,
        # These hide what a tool did not find, and that is most often a variable.
        Family.HIDDEN,
    }
)


def unread_that_matters(case: CaseFile) -> tuple[Unread, ...]:
    """The readings that this failure needed and that were not had, each once, the earliest first."""
    families = case.families
    elsewhere = of_another_ci(case)
    wanted: list[Reading[Any]] = [elsewhere] if elsewhere else []
    # A run, its steps and its log are only missed where somebody asked for them.
    for asked, default in (
        (case.run, _NEVER_ASKED.run),
        (case.run_steps, _NEVER_ASKED.run_steps),
        (case.log, _NEVER_ASKED.log),
    ):
        if asked != default:
            wanted.append(asked)
    if not families or families - _NOTHING_TO_READ:
        wanted.append(case.pipeline_file)
    if families & (_TRUST | _PROVIDERS) and case.claims is None:
        wanted.append(case.repository)
    if families & _VARIABLES or (families & _TRUST and not isinstance(case.role, Known)):
        wanted += _variables(case)
    if families & _ROLE:
        wanted.append(case.role)
    if families & _PROVIDERS:
        wanted.append(case.providers)
    return tuple(dict.fromkeys(reading for reading in wanted if isinstance(reading, Unread)))


def _variables(case: CaseFile) -> list[Reading[Any]]:
    inner = [reading for _, reading in sorted(case.environment_variables.items())]
    return [case.workspace_variables, case.repository_variables, case.environments, *inner]
