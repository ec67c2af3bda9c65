"""A client secret or certificate is used to log in to Azure, not the step's token.

The order of Terraform's provider (certificate, secret, OIDC):
https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_findings import by_hand, symptom_of
from knowledge.azure_login import (
    PIPE_PASSWORD,
    SECRETS,
    USE_OIDC,
    az_logins,
    azure_pipes,
    terraform_at,
)
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import quoted, step_for, step_ref
from knowledge.rules.rule import Rule
from knowledge.text_evidence import in_text
from knowledge.variable_types import Setting
from knowledge.variables import look_up, where
from knowledge.words import code

_CAUSE = "azure-secret-in-use"
_EXPIRED = "7000222"
_VERIFY = "Run the step again: the login no longer speaks of a client secret."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-secret-refused", "azure-certificate-signature")
    shadow = _shadow(case, suspect)
    if symptom is None:
        if not case.symptoms and suspect is not None and shadow:
            yield _shadowed(suspect, shadow)
        return
    lines = list(_lines(case, suspect, shadow))
    late = ", and it is out of date" if symptom.code == _EXPIRED else ""
    what = "certificate" if symptom.id == "azure-certificate-signature" else "client secret"
    said = in_text(case, symptom, f"The text speaks of a {what}, which a login by token does not have.")
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=f"{_who(suspect)} logs in to Azure with a {what}, not with its token{late}.",
        meaning=(
            "Terraform's provider takes a certificate, then a secret, and only then OIDC; `az login -p` "
            "and the Azure pipes use the secret alone. A frequent slip is the secret's id in the place of "
            "its value."
        ),
        step=step_for(suspect, of_the_step=False),
        evidence=(said, *lines),
        fixes=tuple(_fixes(shadow)),
    )


def _who(suspect: Suspect | None) -> str:
    return f"Step {code(suspect.step.label)}" if suspect is not None else "The step"


def _shadow(case: CaseFile, suspect: Suspect | None) -> list[Setting]:
    """Secrets that win over OIDC, where the step is told to use OIDC."""
    command = terraform_at(suspect.step) if suspect else None
    if suspect is None or command is None:
        return []
    use = look_up(case, suspect.step, USE_OIDC, command.at).winner
    if use is None or (use.value is not None and use.value.strip().lower() not in ("true", "1")):
        return []
    winners = [look_up(case, suspect.step, name, command.at).winner for name in SECRETS[:2]]
    return [winner for winner in winners if winner is not None and not winner.empty]


def _lines(case: CaseFile, suspect: Suspect | None, shadow: list[Setting]) -> Iterator[Evidence]:
    """What in the step, or in its variables, gives the secret."""
    if suspect is None:
        return
    for login in az_logins(suspect.step):
        if login.password is not None:
            yield quoted(case, login.at, f"Line {login.at.line} gives a secret by `-p`.", primary=False)
    for pipe in azure_pipes(suspect.step):
        given = pipe.variable(PIPE_PASSWORD)
        if given is not None:
            said = (
                f"Line {given.at.line} gives the pipe a secret; no pipe for Azure is known to take a token."
            )
            yield quoted(case, given.at, said, primary=False)
    yield from map(_is_set, shadow)


def _is_set(setting: Setting) -> Evidence:
    sentence = f"{code(setting.name)} is set {where(setting)}."
    return Evidence(sentence, setting.location, setting.text if setting.at else setting.name, primary=False)


def _shadowed(suspect: Suspect, shadow: list[Setting]) -> Finding:
    first = _is_set(shadow[0])
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline=f"{code(shadow[0].name)} stands before the token of step {code(suspect.step.label)}.",
        meaning="Terraform's provider for Azure takes a certificate, then a secret, and only then OIDC.",
        step=step_ref(suspect.step),
        evidence=(replace(first, primary=True), *map(_is_set, shadow[1:])),
        fixes=tuple(_fixes(shadow)),
    )


def _fixes(shadow: list[Setting]) -> Iterator[Fix]:
    places = " and ".join(f"{code(item.name)} {where(item)}" for item in shadow)
    what = places or "`ARM_CLIENT_SECRET`, `AZURE_CLIENT_SECRET` or `AZURE_PASSWORD`, and `-p` of `az login`"
    yield Fix(
        title="Remove the secret, where the token is meant",
        surface=Surface.VARIABLES,
        steps=(
            f"Delete {what}, unless another step needs it; or `unset` it at the step's beginning.",
            "The step's own token cannot be used at Azure directly: its subject is new in each run.",
        ),
        verify=_VERIFY,
    )
    yield by_hand(
        "Make a new secret, where the secret is meant",
        "Copy the secret's value, not its id, into a secured variable.",
        commands=('az ad app credential reset --id "$AZURE_CLIENT_ID" --append',),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
