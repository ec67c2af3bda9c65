"""Whether a provider takes the audience of this step's token.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#Oidc
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for, default_audience
from knowledge.finding import Fix, Surface
from knowledge.gcp_case import Names, symptom_of
from knowledge.gcp_fixes import (
    audiences_option,
    describe_provider,
    in_terraform,
    literal,
    provider_block,
    update,
)
from knowledge.gcp_setup import GoogleChange, WorkloadProvider, provider_path
from knowledge.pipelines.edit import set_step_key
from knowledge.pipelines.model import OidcState
from knowledge.printed_values import masked
from knowledge.quoting import file_of
from knowledge.reading import Known
from knowledge.words import code

#: https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
_LONGEST = 150
_DEFAULT = "ari:cloud:bitbucket::"


def accepted(provider: WorkloadProvider) -> tuple[str, ...]:
    """The audiences that the provider takes: those that it lists, or else its own two names and no other."""
    path = provider_path(provider.name)
    return provider.audiences or (path.own_audiences if path else ())


def told_by_text(case: CaseFile) -> tuple[str, ...]:
    """The audiences that Google printed, several behind one another; none where the log hides them."""
    refused = symptom_of(case, "gcp-audience-refused")
    told = refused.fields.get("audience", "") if refused is not None else ""
    return tuple(part for text in told.split(",") if (part := text.strip()) and not masked(part))


def of_another_service(case: CaseFile, suspect: Suspect | None) -> str | None:
    """The audience that Google printed, where the token of this step has another: no default of Bitbucket's,
    and none that the step asks for."""
    told = told_by_text(case)
    if suspect is None or suspect.step.oidc.state is not OidcState.ON or not told:
        return None
    own = suspect.step.oidc.audiences or ()
    if any(one.startswith(_DEFAULT) or one in own or provider_path(one) for one in told):
        return None
    return told[0]


def of_token(case: CaseFile, suspect: Suspect | None) -> tuple[tuple[str, ...], bool]:
    """The audiences of the step's token, and whether they are certain."""
    told = told_by_text(case)
    if told:
        # The text is of the very token that was refused; what the file asks for may be newer.
        return told, True
    reading = claims_for(case, suspect)
    if isinstance(reading, Known) and reading.value.audiences:
        return reading.value.audiences, reading.value.aud_certain
    return (suspect.step.oidc.audiences or ()) if suspect else (), False


def is_accepted(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> bool | None:
    """Whether one of the token's audiences is taken; None where that cannot be told."""
    audiences, certain = of_token(case, suspect)
    if not audiences or not accepted(provider):
        return None
    taken = any(audience in accepted(provider) for audience in audiences)
    # That one of several is enough is expected and nowhere documented, so it is never held against the step.
    return taken if certain or not taken else None


def wanted(case: CaseFile, suspect: Suspect | None) -> str | None:
    """The audience to allow: the one that Google printed, the step's own, else the workspace's."""
    told = told_by_text(case)
    if told:
        return told[0]
    own = suspect.step.oidc.audiences if suspect else None
    if own:
        return own[0]
    if isinstance(case.repository, Known):
        return default_audience(case.repository.value.workspace_uuid)
    reading = claims_for(case, suspect)
    return next(iter(reading.value.audiences), None) if isinstance(reading, Known) else None


def _ask_for_its_name(case: CaseFile, suspect: Suspect, names: Names) -> Iterator[Fix]:
    """The other way round: the step asks for the provider's name as audience."""
    own = names.path.own_audiences[1] if names.path else ""
    file, step = file_of(case), suspect.step
    if not own or len(own) > _LONGEST or file is None or step.oidc.state is not OidcState.ON:
        return
    after = None if step.oidc.audiences else set_step_key(file, step, "oidc", f"{{audiences: ['{own}']}}")
    if after is not None:
        yield Fix(
            title="Let the step ask for the provider's own name as audience",
            surface=Surface.PIPELINE_FILE,
            file_after=after,
            # Nothing changes at Google, and yet its text is that of the file before.
            google_after=GoogleChange(),
            steps=("Other services that the step logs in to by OIDC see the new audience too.",),
            verify="Run the step again: the token exchange no longer speaks of the audience.",
        )


def audience_fixes(
    case: CaseFile,
    suspect: Suspect | None,
    names: Names,
    provider: WorkloadProvider | None,
    audience: str | None,
) -> Iterator[Fix]:
    """Allow the audience at Google; or the other way round, where the provider lists none."""
    wanted_one = audience or "ari:cloud:bitbucket::workspace/WORKSPACE_UUID"
    own = (suspect.step.oidc.audiences or ()) if suspect else ()
    # What the step asks for now stays allowed too: a list takes the place of the provider's own name.
    listed = tuple(dict.fromkeys((*(provider.audiences if provider else ()), wanted_one, *own)))
    after = replace(provider, audiences=listed) if provider is not None and audience else None
    steps = (
        []
        if provider
        else [
            f"The option sets the whole list; see first what is in it: {code(describe_provider(names), 300)}."
        ]
    )
    if audience is None:
        steps.append("The audience stands in Repository settings > Pipelines > OpenID Connect.")
    fix = update(
        names, f"Allow the audience {code(wanted_one)}", [audiences_option(listed)], after=after, steps=steps
    )
    yield fix
    texts = ", ".join(literal(item) for item in listed)
    yield in_terraform(fix, provider_block("oidc {", f"  allowed_audiences = [{texts}]", "}"))
    if provider is not None and not provider.audiences and suspect is not None:
        yield from _ask_for_its_name(case, suspect, names)
