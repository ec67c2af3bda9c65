"""The OIDC provider in AWS that a step's token needs: its account, its address, how to make it."""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import Claims, default_audience
from knowledge.finding import Comparison, Evidence, Fix, Surface
from knowledge.location import InAccount
from knowledge.printed_values import word
from knowledge.reading import Known
from knowledge.roles import ROLE_ARN, role_choices
from knowledge.trust_fixes import IDENTIFIERS
from knowledge.trust_reasons import common_length
from knowledge.words import code

VERIFY = "Run the step again: `aws sts get-caller-identity` prints `assumed-role/` and the role."


def account_for(case: CaseFile, suspect: Suspect | None) -> str | None:
    """The number of the account whose role the step asks for, where something names it."""
    found = ROLE_ARN.fullmatch((case.role_arn or "").strip())
    if found:
        return found["account"]
    named = case.field("account")
    if named and named.isdigit():
        return named
    choices = role_choices(case, suspect.step) if suspect else ()
    return next((item.account for item in choices if item.account), None)


def providers_page(case: CaseFile) -> str | None:
    """A page on which to see the account's providers."""
    return case.providers.url if isinstance(case.providers, Known) else None


def provider_evidence(case: CaseFile, suspect: Suspect | None, wanted: str) -> tuple[Evidence, ...]:
    """What the account has instead; of several providers the one whose address comes nearest."""
    if not isinstance(case.providers, Known):
        return ()
    where = InAccount(account_for(case, suspect) or "", "OIDC providers", providers_page(case))
    ours = [item for item in case.providers.value if "bitbucket.org" in item.url.lower()]
    if not ours:
        count = len(case.providers.value)
        others = (
            f"{count} OIDC provider{'s' if count != 1 else ''}, none of them Bitbucket's"
            if count
            else "no OIDC provider"
        )
        return (Evidence(f"The account has {others}.", where),)
    nearest = max(ours, key=lambda item: common_length(item.url, wanted))
    comparison = Comparison("provider URL", nearest.url, wanted, common_length(nearest.url, wanted))
    sentence = f"The account has a provider for another address: {code(nearest.url, 200)}."
    return (Evidence(sentence, where, nearest.url, comparison=comparison),)


def audience_of(case: CaseFile, claims: Claims | None) -> str | None:
    """The audience to register: the token's, where it has just one, else the workspace's."""
    if claims is not None and len(claims.audiences) == 1:
        return claims.audiences[0]
    workspace = claims.workspace_uuid if claims else None
    if workspace is None and isinstance(case.repository, Known):
        workspace = case.repository.value.workspace_uuid
    return default_audience(workspace) if workspace else None


def provider_fix(case: CaseFile, wanted: str, claims: Claims | None, account: str | None) -> Fix:
    """Create the provider in the role's account."""
    audience = audience_of(case, claims) or "AUDIENCE"
    address = f"https://{wanted}" if wanted else "PROVIDER_URL"
    where = f"account {code(account)}" if account else "the account of the role"
    look = (
        ()
        if wanted and audience != "AUDIENCE"
        else (f"{IDENTIFIERS} shows the provider's URL and the audience.",)
    )
    url, audiences = code(f'url = "{address}"', 200), code(f'client_id_list = ["{audience}"]', 200)
    return Fix(
        title=f"Create the OIDC provider in {where}",
        surface=Surface.OIDC_PROVIDER,
        commands=(
            (
                f"aws iam create-open-id-connect-provider --url {word(address, 'PROVIDER_URL')} "
                f"--client-id-list {word(audience, 'AUDIENCE')}"
            ),
        ),
        steps=(
            f"In {where}: IAM > Identity providers > Add provider, type OpenID Connect.",
            *look,
            f"In Terraform: a resource `aws_iam_openid_connect_provider` with {url} and {audiences}.",
            (
                "The URL of a provider cannot be changed; one with another URL stays beside it for "
                "those who use it."
            ),
        ),
        verify=VERIFY,
    )


def audience_fix(provider_arn: str, audience: str | None, *, custom: bool) -> Fix:
    """Add the token's audience to the provider's list."""
    wanted = audience or "AUDIENCE"
    look = () if audience else (f"{IDENTIFIERS} shows the audience.",)
    other = (
        ("Or remove `audiences` from the pipeline file; the token then carries the workspace's.",)
        if custom
        else ()
    )
    return Fix(
        title=f"Add {code(wanted)} to the OIDC provider's audiences",
        surface=Surface.OIDC_PROVIDER,
        commands=(
            (
                "aws iam add-client-id-to-open-id-connect-provider "
                f"--open-id-connect-provider-arn {provider_arn} --client-id {wanted}"
            ),
        ),
        steps=(
            "IAM > Identity providers: open Bitbucket's provider and add the audience.",
            *look,
            f"In Terraform: append {code(wanted)} to `client_id_list`.",
            *other,
        ),
        verify=VERIFY,
    )
