"""A token of another issuer than Bitbucket was sent, and no credential of the identity has its subject.

Here the credential can be mended: such a subject (a role's ARN, a service account's id) stays the same.
https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.azure_credentials import credentials_in, differences, equals, none_listed
from knowledge.azure_findings import by_hand, refused, symptom_of
from knowledge.azure_foreign import look_for_the_sender, of_github
from knowledge.azure_presented import EXCHANGE, Presented, presented, quoted_part
from knowledge.azure_setup import Credential
from knowledge.azure_unsettled import UNTOUCHED, wait
from knowledge.azure_ways import VERIFY, look
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Finding, Fix, Verdict
from knowledge.printed_values import plain
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Symptom
from knowledge.words import code

_CAUSE = "azure-subject-mismatch"
_IDS = ("azure-subject-refused", "azure-assertion-refused", "azure-subject-spelling")
_CASE = "7002138"
_OF_ENTRA = "7002137"
_ANY = "70021"
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
    if symptom.code == _ANY and none_listed(case) is not None:
        # `azure-credential-missing` speaks of an empty list.
        return
    pasted = [item for item in credentials_in(case) if item.subject]
    same = next((item for item in pasted if equals(item, shown)), None)
    finding = refused(
        case,
        suspect,
        symptom,
        cause=_CAUSE,
        headline=_headline(symptom, shown, pasted, same),
        meaning=UNTOUCHED if same else _GITHUBS if of_github(shown) else _STABLE,
        evidence=(
            quoted_part(case, symptom, shown.subject, "Azure quotes the subject that it was sent."),
            *(one for item in pasted for one in differences(case, item, shown)),
        ),
        fixes=(*_fixes(shown, same), *look(case)),
    )
    # The older code is that of any part that differs, and of a change that is not known everywhere yet.
    unsure = same is not None or symptom.code == _ANY or of_github(shown)
    yield replace(finding, verdict=Verdict.LIKELY) if unsure else finding


_STABLE = (
    "The subject is compared letter by letter, upper and lower case apart. This one is not that of a "
    "Bitbucket step, so it stays the same, and a credential can be made for it."
)
_GITHUBS = (
    "It is the subject of a workflow of GitHub Actions. A step of Bitbucket gets no such token, so the text "
    "is another job's, or the step sends a token that is not its own."
)


def _headline(symptom: Symptom, shown: Presented, pasted: list[Credential], same: Credential | None) -> str:
    subject = code(shown.subject)
    if same is not None:
        return (
            f"The credential {code(same.name)} has the subject {subject} that Azure refused; most likely "
            "Azure does not know of it everywhere yet."
        )
    if of_github(shown):
        return f"Azure was sent a token of GitHub Actions, {subject}, not a step's."
    if symptom.code == _ANY and any(item.subject == shown.subject for item in pasted):
        return f"A credential has the token's subject {subject}, but not its issuer or its audience."
    if symptom.code == _ANY and not pasted:
        return f"No credential of the identity fits the token, whose subject is {subject}."
    folded = (shown.subject or "").casefold()
    letters = symptom.code == _CASE or any((item.subject or "").casefold() == folded for item in pasted)
    how = "differs from it in the case of a letter only" if letters else "does not have it"
    return f"The token's subject is {subject}, and the identity's credential {how}."


def _fixes(shown: Presented, same: Credential | None) -> Iterator[Fix]:
    if same is not None:
        yield wait()
        return
    if of_github(shown):
        yield look_for_the_sender(shown.subject)
        return
    issuer = plain(shown.issuer, "THE-ISSUER-OF-THIS-TOKEN")
    subject = plain(shown.subject, "THE-SUBJECT-OF-THIS-TOKEN")
    audience = plain(shown.audience, EXCHANGE)
    yield by_hand(
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
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
