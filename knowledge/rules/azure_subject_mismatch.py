"""A token of another issuer than Bitbucket was sent, and no credential of the identity has its subject.

Here the credential can be mended: such a subject (a role's ARN, a service account's id) stays the same.
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.azure_credentials import credentials_in, of_credential
from knowledge.azure_findings import by_hand, plain, refused, symptom_of
from knowledge.azure_presented import EXCHANGE, presented, quoted_part
from knowledge.azure_ways import VERIFY, look
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "azure-subject-mismatch"
_IDS = ("azure-subject-refused", "azure-assertion-refused", "azure-subject-spelling")
_CASE = "7002138"
_OF_ENTRA = "7002137"
_CREATE = (
    'az ad app federated-credential create --id "$AZURE_CLIENT_ID" --parameters credential.json',
    "# credential.json",
)


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, *_IDS)
    if symptom is None or symptom.code == _OF_ENTRA:
        return
    shown = presented(symptom)
    if not shown.of_another or shown.subject is None:
        return
    pasted = [item for item in credentials_in(case) if item.subject and item.subject != shown.subject]
    letters = symptom.code == _CASE or any(
        (item.subject or "").casefold() == shown.subject.casefold() for item in pasted
    )
    how = "differs from it in the case of a letter only" if letters else "does not have it"
    issuer = plain(shown.issuer, "THE-ISSUER-OF-THIS-TOKEN")
    subject = plain(shown.subject, "THE-SUBJECT-OF-THIS-TOKEN")
    audience = plain(shown.audience, EXCHANGE)
    yield refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=f"The token's subject is {code(shown.subject)}, and the identity's credential {how}.",
        meaning=(
            "The subject is compared letter by letter, upper and lower case apart. This one is not that of "
            "a Bitbucket step, so it stays the same, and a credential can be made for it."
        ),
        evidence=(
            quoted_part(case, symptom, shown.subject, "Azure quotes the subject that it was sent."),
            *(
                of_credential(
                    case,
                    item,
                    item.subject or "",
                    f"The credential {code(item.name)} has this subject.",
                    shown.subject,
                )
                for item in pasted
            ),
        ),
        fixes=(
            by_hand(
                "Give the identity a credential with exactly this subject",
                "Or correct the subject of the credential that was meant for it.",
                "After a change Azure may refuse for some minutes more; then run the step again.",
                commands=(
                    *_CREATE,
                    (
                        f'{{"name": "bitbucket", "issuer": "{issuer}", "subject": "{subject}", '
                        f'"audiences": ["{audience}"]}}'
                    ),
                ),
                verify=VERIFY,
            ),
            look(None),
        ),
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
