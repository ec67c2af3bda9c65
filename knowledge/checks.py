"""What was read and is fine, in short phrases: it saves the reader the check.

A phrase stands here only for what was read and judged; what was not seen is never fine.
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.aws_login import REGIONS, ROLE, Style, login_of
from knowledge.casefile import CaseFile, OidcProvider, Suspect
from knowledge.claims import Claims, claims_for
from knowledge.pipelines.model import OidcState
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN
from knowledge.token_file import token_file_fault
from knowledge.trust import ConditionResult
from knowledge.trust_case import judge
from knowledge.variables import look_up, where
from knowledge.words import code, listed


def fine(case: CaseFile) -> tuple[str, ...]:
    """Short phrases, most elementary first. Details of a step are only told when it is the only suspect."""
    found = list(_switch(case))
    alone = case.suspects[0] if len(case.suspects) == 1 else None
    if alone is not None:
        found += _variables(case, alone)
    if alone is not None or not case.suspects:
        found += _cloud(case, alone)
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
        # A value that nobody can see is there, and that is all that can be said of it.
        shown = role.winner is not None and (
            role.winner.value is None or ROLE_ARN.fullmatch(role.winner.value.strip()) is not None
        )
        if role.winner is not None and shown and not role.uncertain:
            yield f"{code(ROLE)} is set {where(role.winner)}"
    for name in REGIONS:
        region = look_up(case, step, name, login.at)
        if region.winner is not None and not region.empty:
            yield f"{code(name)} is set {where(region.winner)}"
            break
    if login.style is Style.TOKEN_FILE and step.oidc.state is OidcState.ON:
        written = [write for write in step.script.token_writes if not write.literal]
        if written and token_file_fault(case, step) is None:
            yield f"line {written[0].at.line} writes the token"


def _cloud(case: CaseFile, suspect: Suspect | None) -> Iterator[str]:
    claims = claims_for(case, suspect)
    if isinstance(case.providers, Known) and isinstance(claims, Known):
        yield from _provider(case.providers.value, claims.value)
    judged = judge(case, suspect)
    if judged is None or not judged.known:
        return
    if judged.result.decision == "allowed":
        yield "the role's trust policy lets this step in"
    elif judged.result.decision == "denied" and judged.meant is not None:
        if judged.meant.principal_fits:
            yield "the trust policy names this workspace's provider"
        for claim, name in (("aud", "audience"), ("sub", "subject")):
            if _matched(judged.meant.conditions, claim):
                yield f"the trust policy's {name} fits"


def _matched(conditions: tuple[ConditionResult, ...], claim: str) -> bool:
    about = [item for item in conditions if item.claim == claim and not item.negated]
    return bool(about) and all(item.matches is True for item in about)


def _provider(providers: tuple[OidcProvider, ...], claims: Claims) -> Iterator[str]:
    for provider in providers:
        if claims.issuer_path and provider.url.removeprefix("https://") == claims.issuer_path:
            yield "the account has the workspace's OIDC provider"
            audiences = claims.audiences
            if claims.aud_certain and set(audiences) & set(provider.client_ids or ()):
                yield "the provider lists the token's audience"
            return
