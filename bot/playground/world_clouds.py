"""What the example world has at Azure and Google Cloud, besides its AWS accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleApplication:
    """An application of a tenant; `credentials` are its federated ones, each as Microsoft Graph gives it.
    `kind` is the type of its service principal; a managed identity has no registration."""

    client_id: str
    object_id: str
    name: str
    enabled: bool = True
    kind: str = "Application"
    credentials: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ExampleTenant:
    """A tenant of Microsoft Entra ID."""

    id: str
    applications: tuple[ExampleApplication, ...] = ()


@dataclass(frozen=True, slots=True)
class ExamplePool:
    """A workload identity pool; `providers` by id, each as Google's API gives it, without its name."""

    id: str
    providers: Mapping[str, Mapping[str, Any]]
    state: str = "ACTIVE"
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class ExampleServiceAccount:
    """A service account, and the bindings of its IAM policy as Google's API gives them."""

    email: str
    bindings: tuple[Mapping[str, Any], ...] = ()
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class ExampleProject:
    """A project of Google Cloud."""

    id: str
    number: str
    pools: tuple[ExamplePool, ...] = ()
    accounts: tuple[ExampleServiceAccount, ...] = ()


def tenants_of(entries: Iterable[Mapping[str, Any]]) -> tuple[ExampleTenant, ...]:
    """The tenants that `workspace.yml` lists."""
    return tuple(
        ExampleTenant(
            entry["id"],
            tuple(
                ExampleApplication(**{**item, "credentials": tuple(item["credentials"])})
                for item in entry["applications"]
            ),
        )
        for entry in entries
    )


def projects_of(entries: Iterable[Mapping[str, Any]]) -> tuple[ExampleProject, ...]:
    """The projects that `workspace.yml` lists."""
    return tuple(
        ExampleProject(
            entry["id"],
            entry["number"],
            tuple(ExamplePool(item["id"], item["providers"]) for item in entry["pools"]),
            tuple(
                ExampleServiceAccount(item["email"], tuple(item["bindings"])) for item in entry["accounts"]
            ),
        )
        for entry in entries
    )
