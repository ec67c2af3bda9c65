"""No federated credential of the identity has the issuer that the token carries.

https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.azure_credentials import credentials_in, none_listed, of_credential
from knowledge.azure_findings import CLIENT, by_hand, refused, set_as, symptom_of
from knowledge.azure_foreign import look_for_the_sender, of_github
from knowledge.azure_presented import EXCHANGE, Presented, named_parts, presented, quoted_part
from knowledge.azure_unsettled import as_listed
from knowledge.azure_ways import VERIFY, look, ways
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix
from knowledge.printed_values import plain
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-issuer-mismatch"
_DISCOVERY = "/.well-known"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "azure-issuer-refused")
    if symptom is None or none_listed(case) is not None:
        # `azure-credential-missing` speaks of an empty list.
        return
    shown = presented(symptom)
    of = f" {code(shown.issuer, 200)}" if shown.issuer else ""
    finding = refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"No federated credential of the identity has the issuer of the token{of}.",
        meaning=(
            "The issuer is compared letter by letter: a slash at its end, another workspace or a discovery "
            "address is another issuer. Or the client id is that of an application without this credential."
            + (_NEXT if shown.of_bitbucket else "")
        ),
        evidence=(
            *_parts(case, suspect, shown),
            *_pasted(case, shown),
            *set_as(case, suspect, CLIENT),
        ),
        fixes=tuple(_fixes(case, suspect, shown)),
    )
    same = next((item for item in credentials_in(case) if item.issuer == shown.issuer), None)
    yield as_listed(case, finding, same, "issuer", stays=not shown.of_bitbucket)


_NEXT = " With the issuer set right, Azure refuses the subject next: a step's is new in each run."


def _parts(case: CaseFile, suspect: Suspect | None, shown: Presented) -> Iterator[Evidence]:
    symptom = symptom_of(case, "azure-issuer-refused")
    if symptom is None:
        return
    if shown.of_bitbucket:
        yield from named_parts(case, suspect, symptom, shown)
    elif shown.issuer:
        yield quoted_part(case, symptom, shown.issuer, "Azure quotes the issuer that it was sent.")


def _pasted(case: CaseFile, shown: Presented) -> Iterator[Evidence]:
    for credential in credentials_in(case):
        if credential.issuer == shown.issuer:
            said = (
                f"The credential {code(credential.name)} has it; the client id may be another application's."
            )
        elif shown.issuer and credential.issuer.rstrip("/") == shown.issuer:
            said = (
                f"The credential {code(credential.name)} has a slash at its end that the token does not have."
            )
        elif _DISCOVERY in credential.issuer:
            said = f"The credential {code(credential.name)} has the discovery address, not the issuer."
        else:
            said = f"The credential {code(credential.name)} has another issuer."
        yield of_credential(case, credential, credential.issuer, said, shown.issuer)


def _fixes(case: CaseFile, suspect: Suspect | None, shown: Presented) -> Iterator[Fix]:
    if shown.of_bitbucket or shown.issuer is None:
        yield from ways(case, suspect)[:1]
        yield from look(case)
        return
    if of_github(shown):
        yield look_for_the_sender(shown.issuer)
        return
    issuer = plain(shown.issuer, "ISSUER")
    yield by_hand(
        "Give the identity a credential with exactly this issuer",
        "Put the subject of that token (`sub`) in its place; it has to be the same in each run.",
        commands=(
            'az ad app federated-credential create --id "$AZURE_CLIENT_ID" --parameters credential.json',
            "# credential.json",
            (
                f'{{"name": "bitbucket", "issuer": "{issuer}", "subject": "SUB-OF-THE-TOKEN", '
                f'"audiences": ["{EXCHANGE}"]}}'
            ),
        ),
        verify=VERIFY,
    )
    yield from look(case)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
