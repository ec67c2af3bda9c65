"""Google finds no usable provider under the name: it is not there, is disabled, or was deleted.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_case import (
    SAID,
    Names,
    Stage,
    as_printed,
    in_provider,
    names_of,
    provider_of,
    said_by,
    symptom_of,
)
from knowledge.gcp_fixes import LATER, PROVIDERS, describe_provider
from knowledge.gcp_setup import ACTIVE, WorkloadProvider
from knowledge.quoting import step_for
from knowledge.reading import Absent
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-provider-not-found"
_ID = "gcp-provider-missing"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, _ID)
    if symptom is None and case.symptoms:
        return
    names, provider = names_of(case, suspect), provider_of(case)
    evidence = list(_read(case, provider))
    if symptom is None and not evidence:
        return
    verdict = Verdict.CONFIRMED if evidence else Verdict.LIKELY
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
        if provider is not None and verdict is Verdict.LIKELY:
            said = (
                "As it was read, the provider is there and active: it may have been made, or changed, since."
            )
            evidence.append(Evidence(said, in_provider(case), provider.name, primary=False))
    which = code(names.path.name) if names.path else "the name that the step uses"
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"Google has no usable provider under {which}.",
        meaning=(
            "Pool and provider must be there, active and enabled, under this project's number. What "
            "was made or "
            f"changed in the last five minutes may not be seen yet. {SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(suspect, of_the_step=False),
        evidence=tuple(evidence),
        fixes=(_fix(names, provider),),
    )


def _read(case: CaseFile, provider: WorkloadProvider | None) -> Iterable[Evidence]:
    if isinstance(case.gcp_provider, Absent):
        yield Evidence(f"There is no such provider: {case.gcp_provider.source}.", in_provider(case))
    elif provider is not None and provider.state != ACTIVE:
        yield Evidence(
            f"The provider's state is {code(provider.state)}.",
            in_provider(case),
            as_printed("state", provider.state),
        )
    elif provider is not None and provider.disabled:
        yield Evidence("The provider is disabled.", in_provider(case))
    elif provider is not None and provider.pool_state != ACTIVE:
        yield Evidence(
            f"The state of the provider's pool is {code(provider.pool_state)}.",
            in_provider(case, "workload identity pool"),
            as_printed("state", provider.pool_state),
        )
    elif provider is not None and provider.pool_disabled:
        yield Evidence("The provider's pool is disabled.", in_provider(case, "workload identity pool"))


def _fix(names: Names, provider: WorkloadProvider | None) -> Fix:
    where = f"--location=global --workload-identity-pool={names.pool} --project={names.project}"
    group = "gcloud iam workload-identity-pools providers"
    steps = ("Compare each part of the name with what these print, the project's number first.",)
    commands: tuple[str, ...] = (
        (
            f"gcloud iam workload-identity-pools describe {names.pool} --location=global "
            f"--project={names.project}"
        ),
        describe_provider(names),
    )
    title = "See which part of the name leads nowhere"
    if provider is not None and provider.state != ACTIVE:
        title, steps = "Restore the provider", ("A deleted one can be restored for about 30 days.",)
        commands = (f"{group} undelete {names.provider} {where}",)
    elif provider is not None and provider.disabled:
        title, steps = "Enable the provider", ("First find out why it was disabled.",)
        commands = (f"{group} update-oidc {names.provider} {where} --no-disabled",)
    elif provider is not None and (provider.pool_state != ACTIVE or provider.pool_disabled):
        title, steps = "Restore or enable the pool", ("First find out why it was taken out of use.",)
        of_pool = f"{names.pool} --location=global --project={names.project}"
        commands = (
            f"gcloud iam workload-identity-pools undelete {of_pool}"
            if provider.pool_state != ACTIVE
            else f"gcloud iam workload-identity-pools update {of_pool} --no-disabled",
        )
    return Fix(
        title=title,
        surface=Surface.OIDC_PROVIDER,
        commands=commands,
        steps=steps,
        verify=LATER,
        url=PROVIDERS,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
