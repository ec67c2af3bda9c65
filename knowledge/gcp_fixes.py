"""Changes in Google Cloud, as `gcloud` commands and as Terraform.

https://cloud.google.com/sdk/gcloud/reference/iam/workload-identity-pools/providers/update-oidc
https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/iam_workload_identity_pool_provider
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from knowledge.finding import Disposition, Fix, Surface
from knowledge.gcp_case import Names
from knowledge.gcp_setup import (
    IMPERSONATE,
    AccountPolicy,
    Binding,
    GoogleChange,
    WorkloadProvider,
)

LATER = "Changes take up to about five minutes; then run the step again."
PROVIDERS = "https://cloud.google.com/iam/docs/manage-workload-identity-pools-providers"
DOCUMENTED = "https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers"


def quoted(text: str) -> str:
    """The text as one word of a POSIX shell, in the quotes that need no escapes where there are any."""
    if "'" in text and not set('"$`\\!') & set(text):
        return f'"{text}"'
    return "'" + text.replace("'", "'\\''") + "'"


def describe_provider(names: Names) -> str:
    """The command that prints the provider."""
    return (
        f"gcloud iam workload-identity-pools providers describe {names.provider} {_in_pool(names)} "
        "--format=json"
    )


def account_policy(names: Names) -> str:
    """The command that prints who may act as the service account."""
    return f"gcloud iam service-accounts get-iam-policy {names.account} --format=json"


def look_again(names: Names) -> Fix:
    """What is left to do where a provider, as it was read, lets in what Google's text says was refused."""
    return Fix(
        title="Run the step again, and look at the provider anew if it is refused again",
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        commands=(describe_provider(names),),
        steps=(
            "The text may be older than the provider: changes take up to about five minutes.",
            "If it is refused again, compare the provider that the step logs in to with the one read.",
        ),
        verify="Run the step again: it logs in, or the same text comes back.",
        url=PROVIDERS,
    )


def _in_pool(names: Names) -> str:
    return f"--location=global --workload-identity-pool={names.pool} --project={names.project}"


def update(
    names: Names,
    title: str,
    options: Iterable[str],
    *,
    after: WorkloadProvider | None = None,
    steps: Iterable[str] = (),
) -> Fix:
    """A change of the provider."""
    lines = [f"gcloud iam workload-identity-pools providers update-oidc {names.provider} \\"]
    lines += [f"  {_in_pool(names)} \\", *(f"  {option} \\" for option in options)]
    lines[-1] = lines[-1].removesuffix(" \\")
    return Fix(
        title=title,
        surface=Surface.OIDC_PROVIDER,
        disposition=Disposition.NEEDS_REVIEW,
        commands=tuple(lines),
        steps=tuple(steps),
        google_after=GoogleChange(provider=after) if after is not None else None,
        verify=LATER,
        url=PROVIDERS,
    )


def audiences_option(audiences: Iterable[str]) -> str:
    """The option that sets the whole list."""
    return f"--allowed-audiences={quoted(','.join(audiences))}"


def mapping_option(mapping: Mapping[str, str]) -> str:
    """The option that sets the whole mapping."""
    pairs = [f"{key}={value}" for key, value in mapping.items()]
    if not any("," in pair for pair in pairs):
        return f"--attribute-mapping={quoted(','.join(pairs))}"
    # A list whose items hold commas names another separator first:
    # https://cloud.google.com/sdk/gcloud/reference/topic/escaping
    between = next((sign for sign in ";|#%~" if not any(sign in pair for pair in pairs)), ";")
    return f"--attribute-mapping={quoted(f'^{between}^{between.join(pairs)}')}"


def condition_option(condition: str) -> str:
    """The option that sets the condition."""
    return f"--attribute-condition={quoted(condition)}"


def in_terraform(fix: Fix, lines: Iterable[str]) -> Fix:
    """The same change for a setup that Terraform keeps; it would undo one that is made beside it."""
    return replace(
        fix,
        title=f"{fix.title}, in Terraform",
        commands=tuple(lines),
        steps=("Where Terraform keeps the setup, change it there: it undoes what `gcloud` changes.",),
    )


def provider_block(*inner: str) -> tuple[str, ...]:
    """Lines of the resource of a provider."""
    return (
        'resource "google_iam_workload_identity_pool_provider" "bitbucket" {',
        "  # ...",
        *(f"  {line}" for line in inner),
        "}",
    )


def literal(text: str) -> str:
    """The text as a Terraform string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${") + '"'


def bind(
    names: Names, title: str, member: str, *, policy: AccountPolicy | None, instead_of: str | None = None
) -> tuple[Fix, ...]:
    """Let `member` act as the service account; with the command that takes the other member away."""
    commands = [
        f"gcloud iam service-accounts add-iam-policy-binding {names.account} \\",
        f"  --role={IMPERSONATE} \\",
        f"  --member={quoted(member)}",
    ]
    # Where a policy has conditions, gcloud asks for one unless it is told that there is none.
    conditional = policy is not None and any(item.conditional for item in policy.bindings)
    plainly, more = (("  --condition=None",), " \\") if conditional else ((), "")
    commands = [*commands[:-1], commands[-1] + more, *plainly]
    if policy is not None and not _is_plainly_granted(policy, instead_of):
        # What stands under a condition is taken away with that condition, by a person.
        instead_of = None
    if instead_of is not None:
        commands += [
            f"gcloud iam service-accounts remove-iam-policy-binding {names.account} \\",
            f"  --role={IMPERSONATE} \\",
            f"  --member={quoted(instead_of)}{more}",
            *plainly,
        ]
    after = GoogleChange(policy=_bound(policy, member, instead_of)) if policy is not None else None
    fix = Fix(
        title=title,
        surface=Surface.CLOUD_IDENTITY,
        disposition=Disposition.NEEDS_REVIEW,
        commands=tuple(commands),
        google_after=after,
        verify=LATER,
        url=DOCUMENTED,
    )
    block = (
        'resource "google_service_account_iam_member" "bitbucket" {',
        f"  service_account_id = {literal(f'projects/-/serviceAccounts/{names.account}')}",
        f"  role               = {literal(IMPERSONATE)}",
        f"  member             = {literal(member)}",
        "}",
    )
    return fix, in_terraform(fix, block)


def _is_plainly_granted(policy: AccountPolicy, member: str | None) -> bool:
    return any(
        item.role == IMPERSONATE and not item.conditional and member in item.members
        for item in policy.bindings
    )


def _bound(policy: AccountPolicy, member: str, instead_of: str | None) -> AccountPolicy:
    bindings = [
        replace(item, members=tuple(one for one in item.members if one != instead_of))
        if item.role == IMPERSONATE and not item.conditional
        else item
        for item in policy.bindings
    ]
    return replace(policy, bindings=(*bindings, Binding(IMPERSONATE, (member,))))
