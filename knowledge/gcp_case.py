"""What a case says of a login to Google Cloud: how far it came, which provider and service account it names.

The stages: https://github.com/google-github-actions/auth/blob/main/docs/TROUBLESHOOTING.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from enum import IntEnum

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims_beside import other_claim
from knowledge.finding import Evidence
from knowledge.frozen import dataclass
from knowledge.gcp_login import google_login, written
from knowledge.gcp_setup import ProviderPath, WorkloadProvider, provider_path, provider_path_in
from knowledge.location import InAccount
from knowledge.once import once_per_case
from knowledge.printed_values import word
from knowledge.reading import Known
from knowledge.symptoms.model import Symptom
from knowledge.text_evidence import in_text

#: The address of the call that a token was asked for by, as clients in Go print it.
_CALLED = r"/serviceAccounts/([\w.-]{2,64}@[\w.-]{2,120}\w):generateAccessToken"
PROJECT, POOL, PROVIDER, EMAIL = "PROJECT_NUMBER", "POOL", "PROVIDER", "SERVICE_ACCOUNT"


class Stage(IntEnum):
    """How far a login came before it was refused."""

    LOCAL = 0
    """The files in the step: nobody was asked."""
    TRUST = 1
    """The token exchange (STS): pool, provider, audience, issuer, mapping, condition."""
    IMPERSONATION = 2
    """The service account (IAM Credentials): who may act as it."""
    RESOURCE = 3
    """The call that the login was for."""


STAGES: dict[str, Stage] = {
    "gcp-token-file-empty": Stage.LOCAL,
    "gcp-token-file-not-found": Stage.LOCAL,
    "gcp-token-file-format": Stage.LOCAL,
    "gcp-configuration-not-found": Stage.LOCAL,
    "gcp-configuration-unreadable": Stage.LOCAL,
    "gcp-library-too-old": Stage.LOCAL,
    "gcp-no-credentials": Stage.LOCAL,
    "gcp-audience-malformed": Stage.LOCAL,
    "gcp-provider-path": Stage.TRUST,
    "gcp-provider-missing": Stage.TRUST,
    "gcp-audience-refused": Stage.TRUST,
    "gcp-issuer-refused": Stage.TRUST,
    "gcp-issuer-unreachable": Stage.TRUST,
    "gcp-token-stale": Stage.TRUST,
    "gcp-condition-refused": Stage.TRUST,
    "gcp-subject-unmapped": Stage.TRUST,
    "gcp-subject-too-long": Stage.TRUST,
    "gcp-throttled": Stage.TRUST,
    "gcp-token-malformed": Stage.TRUST,
    "gcp-impersonation-denied": Stage.IMPERSONATION,
    "gcp-service-account-missing": Stage.IMPERSONATION,
    "gcp-token-lifetime": Stage.IMPERSONATION,
    "gcp-impersonation-failed": Stage.IMPERSONATION,
    "gcp-federated-token-unsupported": Stage.RESOURCE,
    "gcp-permission-denied": Stage.RESOURCE,
    "gcp-object-access-denied": Stage.RESOURCE,
}
SAID: dict[Stage, str] = {
    Stage.LOCAL: "It stopped in the step itself, before Google was asked.",
    Stage.TRUST: "It stopped at the token exchange: the pool's provider did not take the token.",
    Stage.IMPERSONATION: "The token exchange worked; it stopped where the service account is asked for.",
    Stage.RESOURCE: "The login worked; it stopped at the call that the login was for.",
}


def stage_of(case: CaseFile) -> Stage | None:
    """Where the first failure of the text stopped; None where it is not Google's, or says too little."""
    return next((STAGES[one.id] for one in case.symptoms if one.id in STAGES), None)


def symptom_of(case: CaseFile, *ids: str) -> Symptom | None:
    """The first symptom with one of these ids, unless the text shows that the login stopped before it."""
    found = next((one for one in case.symptoms if one.id in ids), None)
    if found is None:
        return None
    first = stage_of(case)
    own = STAGES.get(found.id)
    return None if first is not None and own is not None and own > first else found


def open_at(case: CaseFile, stage: Stage, ids: Collection[str]) -> bool:
    """Whether what was read may decide at this stage: there is no text at all, or one of these."""
    if not any(one.provider == "gcp" for one in case.symptoms):
        return not case.symptoms
    return any(one.id in ids for one in case.symptoms) and stage_of(case) in (stage, None)


def said_by(case: CaseFile, symptom: Symptom, *, primary: bool = True) -> Evidence:
    """The text's own words as evidence."""
    who = "The client" if STAGES.get(symptom.id) is Stage.LOCAL else "Google"
    said = f"{who} says so itself."
    if _later(case, symptom):
        said += " What stands behind it in the text most likely follows from it."
    for name, label in (("iss", "issuer"), ("aud", "audience")):
        if other_claim(case, name, symptom.fields.get(label)) is not None:
            said += f" The claims that were given have another {label}: they are those of another token."
    return in_text(case, symptom, said, primary=primary)


def _later(case: CaseFile, symptom: Symptom) -> bool:
    """Whether another failure of Google's, of another stage, stands behind this one: once a login has failed,
    whatever comes later in the step fails too."""
    return any(
        one.provider == "gcp"
        and one.span[0] > symptom.span[0]
        and STAGES.get(one.id, Stage.RESOURCE) != STAGES.get(symptom.id)
        for one in case.symptoms
    )


@dataclass(frozen=True, slots=True)
class Names:
    """What the case names; None or empty what is not known. `text` is the provider as the script has it.

    The properties are for commands: a placeholder stands for what is not known, and for what a shell would
    read as more than a value.
    """

    path: ProviderPath | None
    email: str
    text: str = ""

    @property
    def project(self) -> str:
        return word(self.path.project if self.path else None, PROJECT)

    @property
    def pool(self) -> str:
        return word(self.path.pool if self.path else None, POOL)

    @property
    def provider(self) -> str:
        return word(self.path.provider if self.path else None, PROVIDER)

    @property
    def account(self) -> str:
        return word(self.email, EMAIL)

    @property
    def whole(self) -> ProviderPath:
        """The path, with placeholders for what is not known."""
        return self.path or ProviderPath(PROJECT, POOL, PROVIDER)


@once_per_case
def names_of(case: CaseFile, suspect: Suspect | None) -> Names:
    """The provider as it was read, else as the script or the text names it; the service account as the text
    names it, else as it was read, or as the script names it."""
    path = provider_path(case.gcp_provider.value.name) if isinstance(case.gcp_provider, Known) else None
    email = account_asked(case)
    if not email and isinstance(case.gcp_account, Known):
        email = case.gcp_account.value.email
    text = ""
    login = google_login(case, suspect.step) if suspect else None
    if login is not None and suspect is not None:
        text = written(case, suspect.step, login.provider, login.at) or ""
        path = path or provider_path(text)
        email = email or account_of_script(case, suspect)
    path = path or provider_path_in(case.paste)
    return Names(path, email or case.field("account_email") or "", text)


def account_asked(case: CaseFile) -> str:
    """The address of the service account that the text says was asked for; empty where it says none."""
    found = case.field("account_email") or ""
    if "@" in found:
        return found
    for symptom in case.symptoms:
        if STAGES.get(symptom.id) is Stage.IMPERSONATION:
            start, end = symptom.span
            called = re.search(_CALLED, case.paste[start:end])
            if called is not None:
                return called[1]
    return ""


def account_of_script(case: CaseFile, suspect: Suspect | None) -> str:
    """The service account that the script of the suspect names; empty where that is not known."""
    login = google_login(case, suspect.step) if suspect else None
    if login is None or suspect is None:
        return ""
    return written(case, suspect.step, login.account, login.at) or ""


def provider_of(case: CaseFile) -> WorkloadProvider | None:
    """The provider, if it was read."""
    return case.gcp_provider.value if isinstance(case.gcp_provider, Known) else None


def in_provider(case: CaseFile, what: str = "provider of the pool") -> InAccount:
    """The provider as a place."""
    provider = provider_of(case)
    path = provider_path(provider.name) if provider else None
    url = case.gcp_provider.url if isinstance(case.gcp_provider, Known) else None
    return InAccount(path.project if path else "", what, url)


def as_printed(key: str, text: str) -> str:
    """A pair as it stands in what `gcloud` prints."""
    return f"{json.dumps(key)}: {json.dumps(text, ensure_ascii=False)}"


def in_account(case: CaseFile) -> InAccount:
    """The service account's policy as a place."""
    reading = case.gcp_account
    email = reading.value.email if isinstance(reading, Known) else ""
    url = reading.url if isinstance(reading, Known) else None
    return InAccount(email, "IAM policy of the service account", url)
