"""What was read of Google Cloud and is fine, in short phrases."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for
from knowledge.gcp_audience import is_accepted
from knowledge.gcp_case import provider_of
from knowledge.gcp_conditions import verdict_on
from knowledge.gcp_members import admits
from knowledge.gcp_setup import ACTIVE
from knowledge.reading import Known


def fine_in_google(case: CaseFile, suspect: Suspect | None) -> Iterator[str]:
    """Phrases about the provider and the service account, in the order in which Google looks."""
    provider = provider_of(case)
    # What Google refused is not called fine: what was read of it may be newer than the text.
    said = {one.id for one in case.symptoms}
    if provider is not None:
        if provider.state == ACTIVE and not provider.disabled:
            yield "the provider is active"
        reading = claims_for(case, suspect)
        issuer = reading.value.issuer if isinstance(reading, Known) else ""
        if issuer and issuer == provider.issuer and "gcp-issuer-refused" not in said:
            yield "its issuer is the workspace's"
        if "gcp-audience-refused" not in said and is_accepted(case, suspect, provider):
            yield "it allows the token's audience"
        holds = provider.condition and verdict_on(case, suspect, provider) is True
        if holds and "gcp-condition-refused" not in said:
            yield "its condition holds for this step"
    if admits(case, suspect):
        yield "a binding lets this step act as the service account"
