"""What was read and is fine, in short phrases: it saves the reader the check.

A phrase stands here only for what was read and judged; what was not seen is never fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.aws_login import REGIONS, ROLE, Style, login_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.pipelines.model import OidcState
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN
from knowledge.token_file import token_file_fault
from knowledge.variables import look_up, where
from knowledge.words import code, listed


def fine(case: CaseFile) -> tuple[str, ...]:
    """Short phrases, most elementary first. Details of a step are only told when it is the only suspect."""
    found = list(_switch(case))
    alone = case.suspects[0] if len(case.suspects) == 1 else None
    if alone is not None:
        found += _variables(case, alone)
    if alone is not None or not case.suspects:
        found += _account(case, alone)
        found += _google(case, alone)
    return tuple(dict.fromkeys(found))


def _switch(case: CaseFile) -> list[str]:
    on = [suspect.step for suspect in case.suspects if suspect.step.oidc.state is OidcState.ON]
    if not on:
        return []
    if len(case.suspects) == 1:
        return ["`oidc: true` on the step" if on[0].oidc.audiences is None else "`oidc` on the step"]
    return [f"`oidc` on {listed([code(step.label) for step in on])}"]


def _variables(case: CaseFile, suspect: Suspect) -> Iterator[str]:
    step = suspect.step
    login = login_of(case, step)
    if login is None or login.style is Style.KEYS:
        return
    if login.style is Style.TOKEN_FILE:
        role = look_up(case, step, ROLE, login.at)
        # A secured value is there, and that is all that can be said of it.
        if role.winner is not None and role.winner.sure and not role.uncertain:
            value = role.winner.value
            if value is None or ROLE_ARN.fullmatch(value.strip()) is not None:
                yield f"{code(ROLE)} is set {where(role.winner)}"
    for name in REGIONS:
        region = look_up(case, step, name, login.at)
        if region.winner is not None and region.winner.sure:
            yield f"{code(name)} is set {where(region.winner)}"
            break
    if login.style is Style.TOKEN_FILE and step.oidc.state is OidcState.ON:
        written = [write for write in step.script.token_writes if not write.literal]
        if written and token_file_fault(case, step) is None:
            yield f"line {written[0].at.line} writes the token"


def _google(case: CaseFile, suspect: Suspect | None) -> Iterable[str]:
    if not isinstance(case.gcp_provider, Known) and not isinstance(case.gcp_account, Known):
        return ()
    from knowledge.checks_google import fine_in_google

    return fine_in_google(case, suspect)


def _account(case: CaseFile, suspect: Suspect | None) -> Iterable[str]:
    if not isinstance(case.role, Known) and not isinstance(case.providers, Known):
        return ()
    # All that judges trust policies comes with it, and a file alone needs none of it.
    from knowledge.checks_account import fine_in_account

    return fine_in_account(case, suspect)
