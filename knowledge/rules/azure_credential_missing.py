"""The identity has no federated credential at all.

https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_credentials import credentials_in, none_listed, of_credential
from knowledge.azure_findings import refused, symptom_of
from knowledge.azure_login import sends_own_token
from knowledge.azure_other_client import client_set
from knowledge.azure_ways import look, ways
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Verdict
from knowledge.location import InAccount, InPaste
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-credential-missing"
_SAYS_SO = "azure-no-federated-credential"
_COMMAND = "federated-credential list"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, _SAYS_SO)
    listed = none_listed(case)
    if symptom is None and listed is not None:
        # Texts that say that nothing fits; the others name a part of a credential that does.
        symptom = symptom_of(case, "azure-issuer-refused", "azure-assertion-refused")
    if symptom is None:
        return
    own = suspect is None or sends_own_token(suspect.step) is not None
    finding = refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline="The identity that the client id names has no federated credential.",
        meaning=(
            "The credential may have been made for another object (the application, or a managed "
            "identity), or the client id is another's."
            + (
                " One for the step's own token would not help: its subject is new in each run, and a "
                "credential compares it for equality. So choose a way first, then make the credential for "
                "it."
                if own
                else ""
            )
        ),
        evidence=(
            *_listed(case, listed),
            *_of_another(case),
            *client_set(case, suspect, symptom.fields.get("client")),
        ),
        fixes=(*ways(case, suspect), *look(case)),
    )
    if symptom.id == _SAYS_SO:
        yield finding
        return
    # A pasted list is that of the identity whose id was given to the command; the login's may be another. One
    # that was read is that of the identity that the step names.
    read = isinstance(listed, InAccount) and (suspect is None or suspect.certain)
    named = read or _COMMAND in case.paste
    yield replace(finding, verdict=Verdict.CONFIRMED if named else Verdict.LIKELY)


def _of_another(case: CaseFile) -> Iterator[Evidence]:
    """A list that is not empty, beside a text that says that there are none: another identity's."""
    for credential in credentials_in(case)[:1]:
        said = (
            f"The credential {code(credential.name)} was listed, so the list is that of another identity "
            "than the login's, or it was made after the text."
        )
        yield of_credential(case, credential, credential.issuer, said)


def _listed(case: CaseFile, place: InPaste | InAccount | None) -> Iterator[Evidence]:
    if isinstance(place, InAccount):
        yield Evidence("The list of credentials, as it was read, is empty.", place, primary=False)
    elif place is not None:
        excerpt = " ".join(case.paste[place.start : place.end].split())
        yield Evidence("The list of credentials in the text is empty.", place, excerpt, primary=False)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
