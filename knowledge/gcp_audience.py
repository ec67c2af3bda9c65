"""Whether a provider takes the audience of this step's token.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#Oidc
"""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for, default_audience
from knowledge.finding import Fix, Surface
from knowledge.gcp_case import Names
from knowledge.gcp_setup import GoogleChange, WorkloadProvider, provider_path
from knowledge.pipelines.edit import set_step_key
from knowledge.pipelines.model import OidcState
from knowledge.quoting import file_of
from knowledge.reading import Known

#: https://www.atlassian.com/blog/bitbucket/bitbucket-pipelines-oidc-now-supports-multiple-audiences
_LONGEST = 150


def accepted(provider: WorkloadProvider) -> tuple[str, ...]:
    """The audiences that the provider takes: those that it lists, or else its own two names and no other."""
    path = provider_path(provider.name)
    return provider.audiences or (path.own_audiences if path else ())


def of_token(case: CaseFile, suspect: Suspect | None) -> tuple[tuple[str, ...], bool]:
    """The audiences of the step's token, and whether they are certain."""
    reading = claims_for(case, suspect)
    if isinstance(reading, Known) and reading.value.audiences:
        return reading.value.audiences, reading.value.aud_certain
    told = case.field("audience")
    if told:
        # As the text has it: several stand behind one another.
        return tuple(part.strip() for part in told.split(",") if part.strip()), True
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
    """The audience to allow: the step's own, else the workspace's."""
    own = suspect.step.oidc.audiences if suspect else None
    if own:
        return own[0]
    if isinstance(case.repository, Known):
        return default_audience(case.repository.value.workspace_uuid)
    audiences, _ = of_token(case, suspect)
    return audiences[0] if audiences else None


def ask_for_its_name(case: CaseFile, suspect: Suspect, names: Names) -> Iterator[Fix]:
    """The other way round: the step asks for the provider's name as audience."""
    own = names.path.own_audiences[1] if names.path else ""
    file, step = file_of(case), suspect.step
    if not own or len(own) > _LONGEST or file is None or step.oidc.state is not OidcState.ON:
        return
    after = None if step.oidc.audiences else set_step_key(file, step, "oidc", f"{{audiences: ['{own}']}}")
    if after is not None:
        yield Fix(
            title="Or let the step ask for the provider's own name as audience",
            surface=Surface.PIPELINE_FILE,
            file_after=after,
            # Nothing changes at Google, and yet its text is that of the file before.
            google_after=GoogleChange(),
            steps=("Other services that the step logs in to by OIDC see the new audience too.",),
            verify="Run the step again: the token exchange no longer speaks of the audience.",
        )
