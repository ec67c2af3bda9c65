"""What Azure answers when a federated credential is made, not when one is used.

https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-considerations#errors
"""

from __future__ import annotations

from functools import partial

from knowledge.symptoms.model import Family
from knowledge.symptoms.signature import OIDC, Signature

_made = partial(
    Signature,
    provider="azure",
    reach=OIDC,
    family=Family.OTHER,
    source="https://learn.microsoft.com/en-us/entra/workload-id/workload-identity-federation-considerations",
)

ROWS: tuple[Signature, ...] = (
    _made(
        id="azure-credential-audiences",
        needle="identity credentials must have exactly",
        pattern=r"[Ff]ederated identity credentials must have exactly (?:one|1) audience",
        meaning="A credential takes exactly one audience.",
        examples=(
            "ERROR: (BadRequest) Federated identity credentials must have exactly one audience.",
            "Code: BadRequest\nMessage: Federated identity credentials must have exactly 1 audience.",
        ),
    ),
    _made(
        id="azure-credential-incomplete",
        needle="Federated Identity Credential from HTTP body",
        pattern=r"Federated Identity Credential from HTTP body has empty properties",
        meaning="A property of the credential is empty.",
        examples=("Federated Identity Credential from HTTP body has empty properties",),
    ),
    _made(
        id="azure-credential-exists",
        needle="Issuer and subject combination already exists",
        pattern=r"Issuer and subject combination already exists for this Managed Identity",
        meaning="The identity has a credential with this issuer and subject already.",
        examples=("Issuer and subject combination already exists for this Managed Identity.",),
    ),
    _made(
        id="azure-credential-written-at-once",
        needle="Federated Identity Credentials writes"
        "|ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        pattern=r"Concurrent Federated Identity Credentials writes under the same managed identity are not "
        r"supported|ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        meaning="Two credentials of one managed identity were written at the same time.",
        examples=(
            (
                "Concurrent Federated Identity Credentials writes under the same managed identity are not "
                "supported."
            ),
            '"code":"ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"',
        ),
    ),
    _made(
        id="azure-credential-region",
        needle="Support for federated identity credentials not enabled",
        pattern=r"Support for federated identity credentials not enabled",
        meaning="The region of the managed identity has no federated credentials.",
        examples=(
            (
                "(MethodNotAllowed) The request format was unexpected: Support for federated identity "
                "credentials not enabled."
            ),
        ),
    ),
)
