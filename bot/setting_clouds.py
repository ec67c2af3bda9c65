"""The settings of the optional readings of Azure and Google Cloud: which tenants and projects, with whose
credentials, at which addresses.

The names of the credentials are those of the clouds' own libraries:
https://learn.microsoft.com/python/api/overview/azure/identity-readme#environment-variables
https://cloud.google.com/docs/authentication/application-default-credentials#GAC
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.setting_values import address, needed_extras, word

GRAPH = "https://graph.microsoft.com"
AUTHORITY = "https://login.microsoftonline.com"
IAM = "https://iam.googleapis.com"
TENANTS, PROJECTS = "AZURE_READ_TENANTS", "GOOGLE_READ_PROJECTS"
_FILE = "GOOGLE_APPLICATION_CREDENTIALS"

#: One of these goes with `AZURE_CLIENT_ID`, the first that is set.
AZURE_PROOFS = ("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE")
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
#: https://cloud.google.com/resource-manager/docs/creating-managing-projects
_PROJECT = re.compile(r"(?:\d{6,20}|(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9])\Z")
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureSettings:
    """Which tenants are read, and with what. `proof` is one of `AZURE_PROOFS`, `proven_by` its value: a
    secret, or the path of a file."""

    tenants: tuple[str, ...]
    client_id: str
    proof: str
    proven_by: SecretStr
    authority: str = AUTHORITY
    graph: str = GRAPH


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleSettings:
    """Which projects (ids or numbers) are read, and with what. `credentials` is the object of the file,
    whose kind is `service_account` or `external_account`."""

    projects: tuple[str, ...]
    credentials: Mapping[str, Any]
    iam: str = IAM

    def __repr__(self) -> str:
        # The object holds a private key.
        return f"GoogleSettings(projects={self.projects!r}, iam={self.iam!r})"


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """What is read besides AWS; None for a cloud that is not."""

    azure: AzureSettings | None = None
    google: GoogleSettings | None = None


def read_clouds(given: Mapping[str, Any], problems: list[str]) -> CloudSettings:
    """The settings of both clouds; whatever is wrong with them is added to `problems`, by name."""
    return CloudSettings(_azure(given, problems), _google(given, problems))


def _azure(given: Mapping[str, Any], problems: list[str]) -> AzureSettings | None:
    if TENANTS not in given:
        return None
    before = len(problems)
    tenants = _listed(given[TENANTS])
    if not tenants or not all(map(_GUID.match, tenants)):
        problems.append(f"{TENANTS}: must list tenant ids (UUIDs), separated by commas")
    problems += needed_extras(TENANTS, "azure", "azure.identity")
    if not _GUID.match(given.get("AZURE_CLIENT_ID", "")):
        problems.append(f"AZURE_CLIENT_ID: is required by {TENANTS}: an application's (client) id")
    proof = next((name for name in AZURE_PROOFS if name in given), "")
    if not proof:
        problems.append(f"{', '.join(AZURE_PROOFS)}: one of them is required by {TENANTS}")
    elif proof == "AZURE_CLIENT_SECRET":
        problems += _checked(proof, given[proof], word)
    elif not _readable(given[proof]):
        problems.append(f"{proof}: must be the path of a file that the bot can read")
    hosts = {
        name: given.get(name, default).rstrip("/")
        for name, default in (("AZURE_AUTHORITY_HOST", AUTHORITY), ("MICROSOFT_GRAPH_URL", GRAPH))
    }
    if "://" not in hosts["AZURE_AUTHORITY_HOST"]:
        # The library takes a bare host, too.
        hosts["AZURE_AUTHORITY_HOST"] = f"https://{hosts['AZURE_AUTHORITY_HOST']}"
    for name, value in hosts.items():
        problems += _checked(name, value, _origin)
    if len(problems) > before:
        return None
    return AzureSettings(
        tenants=tuple(tenant.lower() for tenant in tenants),
        client_id=given["AZURE_CLIENT_ID"],
        proof=proof,
        proven_by=SecretStr(given[proof]),
        authority=hosts["AZURE_AUTHORITY_HOST"],
        graph=hosts["MICROSOFT_GRAPH_URL"],
    )


def _google(given: Mapping[str, Any], problems: list[str]) -> GoogleSettings | None:
    if PROJECTS not in given:
        return None
    before = len(problems)
    projects = _listed(given[PROJECTS])
    if not projects or not all(map(_PROJECT.match, projects)):
        problems.append(f"{PROJECTS}: must list project ids or numbers, separated by commas")
    problems += needed_extras(PROJECTS, "google", "google.auth")
    iam = given.get("GOOGLE_IAM_URL", IAM).rstrip("/")
    problems += _checked("GOOGLE_IAM_URL", iam, _origin)
    credentials: Mapping[str, Any] = {}
    try:
        credentials = _credentials(given.get(_FILE, ""))
    except ValueError as error:
        problems.append(f"{_FILE}: {error}")
    if len(problems) > before:
        return None
    return GoogleSettings(projects=projects, credentials=credentials, iam=iam)


def _credentials(path: str) -> Mapping[str, Any]:
    """The object of a file of credentials. Of the kinds that Google's library knows only those are taken
    that ask nobody but the addresses in them: none that start a program or ask the machine's own metadata
    address. https://cloud.google.com/docs/authentication/client-libraries#external-credentials

    Raises:
        ValueError: it is none; the message does not hold anything of it.
    """
    if not path:
        raise ValueError(f"is required by {PROJECTS}: the file of a service account's key or of a federation")
    try:
        with Path(path).open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except OSError:
        raise ValueError("must be the path of a file that the bot can read") from None
    except (ValueError, RecursionError):
        raise ValueError("the file is no JSON") from None
    kind = found.get("type") if isinstance(found, dict) else None
    source = found.get("credential_source") if isinstance(found, dict) else None
    from_file = isinstance(source, dict) and isinstance(source.get("file"), str)
    if kind != "service_account" and not (kind == "external_account" and from_file):
        raise ValueError(
            "must be a file of the type service_account, or external_account with a token file as its source"
        )
    for name in ("token_uri", "token_url", "service_account_impersonation_url"):
        if found.get(name) is not None:
            try:
                address(str(found[name]))
            except ValueError as error:
                raise ValueError(f"{name} in the file {error}") from None
    return dict(found)


def token_addresses(credentials: Mapping[str, Any]) -> Iterator[str]:
    """The addresses at which the credentials of a file are exchanged for a token."""
    for name in ("token_uri", "token_url", "service_account_impersonation_url"):
        if isinstance(credentials.get(name), str):
            yield credentials[name]


def _listed(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _readable(path: str) -> bool:
    # In the place of a path there may be what belongs into the file: it is too long for one, and a secret.
    try:
        with Path(path).open("rb"):
            return True
    except (OSError, ValueError):
        return False


def _origin(value: str) -> str:
    if urlsplit(address(value)).path not in ("", "/"):
        raise ValueError("must be an https:// address without a path")
    return value


def _checked(name: str, value: str, check: Callable[[str], str]) -> list[str]:
    try:
        check(value)
    except ValueError as error:
        return [f"{name}: {error}"]
    return []
