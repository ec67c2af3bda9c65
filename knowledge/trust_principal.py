"""How a principal of a trust policy differs from the OIDC provider that it should name."""

from __future__ import annotations

import re

from knowledge.frozen import dataclass
from knowledge.trust_case import Judged
from knowledge.trust_reasons import common_length
from knowledge.trust_repair import is_bitbucket
from knowledge.trust_request import account_of, provider_path

_SLUG = re.compile(r"/workspaces/(?P<slug>[^/]+)")
_UUID = re.compile(r"(?:\{|%7[bB])?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?:\}|%7[dD])?")


@dataclass(frozen=True, slots=True)
class WrongPrincipal:
    """`kind` is the principal's type, `slip` one of the keys of `WORDS`. `differs_at` is the 0-based
    place at which it and the right ARN part, None where that says nothing."""

    statement: int
    kind: str
    value: str
    slip: str
    differs_at: int | None


#: Headline and meaning of each slip; `{role}`, `{account}` and `{other}` are put in.
WORDS: dict[str, tuple[str, str]] = {
    "type": (
        "The trust policy of {role} names the OIDC provider as a principal of type `{other}`.",
        "Tokens of an OIDC provider come as type `Federated`; AWS compares the type too.",
    ),
    "host-only": (
        "The trust policy of {role} names only Bitbucket's host, not the OIDC provider's ARN.",
        "Only a few built-in providers go by a bare name. Bitbucket's is named by the ARN of the provider.",
    ),
    "address": (
        "The trust policy of {role} names the provider's address, not its ARN.",
        "The principal must be the ARN of the OIDC provider in the role's account.",
    ),
    "saml": (
        "The trust policy of {role} names a SAML provider.",
        "Bitbucket's tokens belong to an OIDC provider, whose ARN has `:oidc-provider/`.",
    ),
    "other-account": (
        "The trust policy of {role} names the OIDC provider of another account.",
        (
            "AWS looks for the provider in the role's own account, {account}; the ARN in the policy "
            "is of {other}."
        ),
    ),
    "partition": (
        "The trust policy of {role} names a provider of another AWS partition.",
        "The ARN of the provider begins like the one of the role.",
    ),
    "scheme": (
        "The trust policy of {role} has `https://` inside the provider's ARN.",
        "The ARN holds the provider's address without `https://`.",
    ),
    "trailing-slash": (
        "The trust policy of {role} has a slash at the end of the provider's ARN.",
        "AWS compares every character of the ARN.",
    ),
    "oidc-missing": (
        "The trust policy of {role} names a provider whose address lacks the end `/oidc`.",
        "Older guides left it out. The issuer in the token ends in `/identity/oidc`.",
    ),
    "case": (
        "The trust policy of {role} writes the provider's ARN in other upper and lower case.",
        "AWS compares the ARN letter for letter.",
    ),
    "workspace-uuid": (
        "The trust policy of {role} names the provider by the workspace's UUID.",
        "The issuer in the token has the workspace's short name in that place.",
    ),
    "other-workspace": (
        "The trust policy of {role} names the provider of another Bitbucket workspace.",
        (
            "The workspace's short name is part of the issuer, so each workspace has its own provider, and a "
            "renamed workspace needs a new one."
        ),
    ),
    "spelling": (
        "The trust policy of {role} names a provider that is not quite Bitbucket's.",
        "AWS compares every character of the ARN with the provider of the token's issuer.",
    ),
    "not-bitbucket": (
        "The trust policy of {role} does not name Bitbucket's OIDC provider at all.",
        "No statement of the policy has it as a principal, so nothing admits a token of Bitbucket.",
    ),
}


def wrong_principal(judged: Judged) -> WrongPrincipal | None:
    """The principal that was meant for the provider, or the first one of a policy without any."""
    if judged.policy is None or any(
        outcome.effect == "Allow" and outcome.principal_fits for outcome in judged.result.statements
    ):
        return None
    named = [
        (statement.index, kind, value)
        for statement in judged.policy.statements
        if statement.allow and (judged.meant is None or statement.index == judged.meant.index)
        for kind, value in statement.principals
    ]
    if not named:
        return None
    right = judged.provider_arn
    index, kind, value = max(
        named, key=lambda item: (is_bitbucket(item[2]), item[1] == "Federated", common_length(item[2], right))
    )
    slip = _slip(value, right)
    at = None if slip in ("type", "not-bitbucket", "host-only") else common_length(value, right)
    return WrongPrincipal(index, kind, value, slip, at)


def _slip(value: str, right: str) -> str:
    if value == right:
        return "type"
    if not is_bitbucket(value):
        return "not-bitbucket"
    if not value.startswith("arn:"):
        return "address" if "/workspaces/" in value else "host-only"
    if ":saml-provider/" in value:
        return "saml"
    path, wanted = provider_path(value), provider_path(right) or ""
    if path == wanted:
        return "partition" if account_of(value) == account_of(right) else "other-account"
    return _path_slip(path or "", wanted)


def _path_slip(path: str, wanted: str) -> str:
    if path.rstrip("/") == "api.bitbucket.org":
        return "host-only"
    for slip, tidy in (
        ("scheme", path.removeprefix("https://")),
        ("trailing-slash", path.rstrip("/")),
        ("oidc-missing", f"{path.rstrip('/')}/oidc"),
        ("case", path.lower()),
    ):
        if tidy == wanted:
            return slip
    mine, theirs = _SLUG.search(wanted), _SLUG.search(path)
    if mine and theirs and mine["slug"] != theirs["slug"]:
        if _UUID.fullmatch(theirs["slug"]):
            return "workspace-uuid"
        if path.replace(theirs["slug"], mine["slug"], 1) == wanted:
            return "other-workspace"
    return "spelling"
