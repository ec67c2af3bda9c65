"""Which readings speak about which failure, so that only what matters is named as unseen."""

from __future__ import annotations

from typing import Any

from knowledge.casefile import CaseFile
from knowledge.elsewhere import of_another_ci
from knowledge.reading import Known, Reading, Unread
from knowledge.symptoms.model import Family
from knowledge.words import code

_NEVER_ASKED = CaseFile()

#: After these the login itself is known to have worked, or the fault is not in anything read here.
_NOTHING_TO_READ = frozenset({Family.AFTER_ASSUME, Family.SESSION_EXPIRED, Family.UNAVAILABLE})
_TRUST = frozenset({Family.ROLE_REFUSED})
_PROVIDERS = frozenset({Family.PROVIDER_REFUSED, Family.AUDIENCE_REFUSED})
_ROLE = frozenset({Family.ROLE_REFUSED, Family.SESSION_ARGUMENT})
#: What Azure refuses by looking at the credentials of the identity.
_BY_CREDENTIALS = frozenset(
    f"azure-{what}"
    for what in (
        "assertion-refused",
        "issuer-refused",
        "audience-refused",
        "subject-refused",
        "no-federated-credential",
    )
)
#: After these the identity itself is looked at, its credentials among it.
IDENTITY_IDS = _BY_CREDENTIALS | {
    "azure-subject-spelling",
    "azure-application-not-found",
    "azure-service-principal-missing",
    "azure-application-disabled",
}
_PERMISSIONS = frozenset({Family.AFTER_ASSUME})
_VARIABLES = frozenset(
    {
        Family.ROLE_ARN_MISSING,
        Family.ROLE_ARN_MALFORMED,
        Family.NO_CREDENTIALS,
        Family.REGION_MISSING,
        Family.STATIC_KEYS,
        # A key pair that stands in the way is among the variables.
        Family.CALL_REFUSED,
        Family.PROFILE_MISSING,
        Family.TOKEN_FILE_NOT_FOUND,
        # These hide what a tool did not find, and that is most often a variable.
        Family.HIDDEN,
    }
)


def unread_that_matters(case: CaseFile) -> tuple[Unread, ...]:
    """The readings that this failure needed and that were not had, each once, the earliest first."""
    families = case.families
    # What only AWS has is not missed beside a text of another cloud.
    aws = not case.symptoms or any(symptom.provider == "aws" for symptom in case.symptoms)
    elsewhere = of_another_ci(case)
    wanted: list[Reading[Any]] = [elsewhere] if elsewhere else []
    # A run, its steps and its log are only missed where somebody asked for them.
    for asked, default in (
        (case.run, _NEVER_ASKED.run),
        (case.run_steps, _NEVER_ASKED.run_steps),
        (case.log, _NEVER_ASKED.log),
    ):
        if asked != default:
            wanted.append(asked)
    if not families or families - _NOTHING_TO_READ:
        wanted.append(case.pipeline_file)
    if families & (_TRUST | _PROVIDERS) and case.claims is None:
        wanted.append(case.repository)
    if families & _VARIABLES or (aws and families & _TRUST and not isinstance(case.role, Known)):
        wanted += _variables(case)
    if aws and families & _ROLE:
        wanted.append(case.role)
    if aws and families & _PROVIDERS:
        wanted += [case.providers, *case.providers_unread]
    if any(symptom.id in _BY_CREDENTIALS for symptom in case.symptoms):
        wanted += _credentials(case)
    if any(symptom.provider == "gcp" for symptom in case.symptoms):
        wanted += _of_google(case)
    wanted += _asked_besides(case)
    return tuple(dict.fromkeys(reading for reading in wanted if isinstance(reading, Unread)))


def _credentials(case: CaseFile) -> list[Reading[Any]]:
    """What Azure's identity trusts, where it was not read and the message does not hold it."""
    from knowledge.azure_credentials import credentials_in, none_listed
    from knowledge.printed_values import word

    if credentials_in(case) or none_listed(case):
        return []
    if case.azure_credentials != _NEVER_ASKED.azure_credentials:
        return [case.azure_credentials]
    client = word(case.field("client"), "CLIENT-ID")
    return [
        Unread(
            "the identity's federated credentials",
            "they are not read from Azure",
            f"paste what {code(f'az ad app federated-credential list --id {client}')} prints, with the error",
        )
    ]


EXCHANGE_IDS = frozenset(
    {
        "gcp-provider-missing",
        "gcp-audience-refused",
        "gcp-issuer-refused",
        "gcp-issuer-unreachable",
        "gcp-condition-refused",
        "gcp-subject-unmapped",
        "gcp-subject-too-long",
        "gcp-impersonation-denied",
    }
)


def _of_google(case: CaseFile) -> list[Reading[Any]]:
    """The provider for what the token exchange refuses; the account's policy for what comes after it."""
    ids = {symptom.id for symptom in case.symptoms}
    found: list[Reading[Any]] = [case.gcp_provider] if ids & EXCHANGE_IDS else []
    return [*found, case.gcp_account] if "gcp-impersonation-denied" in ids else found


#: After these the service account itself is looked at.
ACCOUNT_IDS = frozenset({"gcp-impersonation-denied", "gcp-service-account-missing"})


def _asked_besides(case: CaseFile) -> list[Reading[Any]]:
    """Readings of the role that only some failures need: what was not asked for was not needed."""
    wanted: list[Reading[Any]] = []
    if case.families & _PERMISSIONS:
        wanted += [case.role_policies, case.simulation]
        if isinstance(case.role_policies, Known):
            read = case.role_policies.value
            wanted += [*read.unread, *((read.boundary_unread,) if read.boundary_unread else ())]
    if case.families & _TRUST:
        wanted.append(case.login_event)
    never = (_NEVER_ASKED.role_policies, _NEVER_ASKED.simulation, _NEVER_ASKED.login_event)
    return [reading for reading in wanted if reading not in never]


def _variables(case: CaseFile) -> list[Reading[Any]]:
    inner = [reading for _, reading in sorted(case.environment_variables.items())]
    return [case.workspace_variables, case.repository_variables, case.environments, *inner]
