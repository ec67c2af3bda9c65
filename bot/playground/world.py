"""The example world: plain files that a person can read, loaded into plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.playground.world_clouds import ExampleProject, ExampleTenant, projects_of, tenants_of

EXAMPLE = Path(__file__).parent / "example"

#: The group of the pastes that belong to no repository.
LOOSE = "Not for the bot, or not yet"


@dataclass(frozen=True, slots=True)
class ExampleVariable:
    """A variable of one level; `value` is None when it is secured."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ExampleEnvironment:
    """A deployment environment; `uuid` with braces."""

    name: str
    uuid: str
    variables: tuple[ExampleVariable, ...]


@dataclass(frozen=True, slots=True)
class ExampleStep:
    """A step of a run; `log` is its whole log, or None when it is not kept in the example. `started_on` is
    set where the step was run again; `commands` are what it ran, where the example lists them."""

    uuid: str
    name: str
    result: str
    log: str | None
    started_on: str | None = None
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRun:
    """A finished run. `error` is set when the run ended before any step began; `sources` are what its
    definition was made of, each with its address."""

    uuid: str
    build_number: int
    commit: str
    ref_name: str
    selector_type: str
    selector_pattern: str | None
    result: str
    created_on: str
    steps: tuple[ExampleStep, ...]
    error: str | None
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ExamplePolicies:
    """The permission policies of a role: inline ones by name, attached ones and the boundary by ARN."""

    inline: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attached: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    boundary: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExampleRole:
    """An IAM role, its trust policy and what it may do."""

    name: str
    account: str
    trust_policy: Mapping[str, Any]
    policies: ExamplePolicies = field(default_factory=ExamplePolicies)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.name}"


@dataclass(frozen=True, slots=True)
class ExampleTip:
    """The newest commit of a branch that has moved on since its newest run, with its pipeline file."""

    branch: str
    commit: str
    pipeline_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleRepository:
    """One repository. `cause` is the cause it is about, None where nothing of ours is broken."""

    slug: str
    uuid: str
    group: str
    about: str
    cause: str | None
    pipeline_file: str
    paste: str
    runs: tuple[ExampleRun, ...]
    variables: tuple[ExampleVariable, ...]
    environments: tuple[ExampleEnvironment, ...]
    role: ExampleRole | None
    tips: tuple[ExampleTip, ...] = ()


@dataclass(frozen=True, slots=True)
class ExampleProvider:
    """An OIDC provider of an account; `url` without `https://`."""

    url: str
    client_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExampleAccount:
    """An AWS account of the workspace's owner."""

    id: str
    name: str
    providers: tuple[ExampleProvider, ...]


@dataclass(frozen=True, slots=True)
class ExamplePaste:
    """A message that is one click away on the page."""

    name: str
    text: str
    about: str
    group: str
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The workspace, all it holds, and the accounts its roles live in."""

    slug: str
    name: str
    uuid: str
    variables: tuple[ExampleVariable, ...]
    repositories: tuple[ExampleRepository, ...]
    accounts: tuple[ExampleAccount, ...]
    loose_pastes: tuple[ExamplePaste, ...] = field(default=())
    tenants: tuple[ExampleTenant, ...] = ()
    projects: tuple[ExampleProject, ...] = ()

    @property
    def pastes(self) -> tuple[ExamplePaste, ...]:
        """One paste a repository, then those that belong to none."""
        of_repositories = (
            ExamplePaste(r.slug, r.paste, r.about, r.group, r.cause) for r in self.repositories
        )
        return (*of_repositories, *self.loose_pastes)

    def roles_of(self, account: str) -> tuple[ExampleRole, ...]:
        """The roles that live in one account."""
        roles = (repository.role for repository in self.repositories)
        return tuple(role for role in roles if role is not None and role.account == account)


def load_world(folder: Path = EXAMPLE) -> World:
    """The world described by the files of `folder`.

    Raises:
        OSError, KeyError, ValueError, yaml.YAMLError: a file is missing or does not have the shape
            that the folder's README describes.
    """
    workspace = _yaml(folder / "workspace.yml")
    listed = [(group, slug) for group, slugs in workspace["groups"].items() for slug in slugs]
    unlisted = {path.parent.name for path in folder.glob("*/repository.yml")} - {slug for _, slug in listed}
    if unlisted:
        raise ValueError(f"workspace.yml lists no group for {', '.join(sorted(unlisted))}")
    return World(
        slug=workspace["slug"],
        name=workspace["name"],
        uuid=workspace["uuid"],
        variables=_variables(workspace["variables"]),
        repositories=tuple(_repository(folder / slug, group) for group, slug in listed),
        accounts=tuple(_account(entry) for entry in workspace["accounts"]),
        loose_pastes=tuple(_loose_paste(path) for path in sorted(folder.glob("pastes/*.txt"))),
        tenants=tenants_of(workspace.get("tenants", ())),
        projects=projects_of(workspace.get("projects", ())),
    )


def _yaml(path: Path) -> dict[str, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} of {path.parent.name} must be a mapping")  # noqa: TRY004 - the file is wrong
    return content


def _variables(entries: Mapping[str, Any]) -> tuple[ExampleVariable, ...]:
    return tuple(
        ExampleVariable(name, None if isinstance(value, Mapping) else str(value))
        for name, value in entries.items()
    )


def _account(entry: Mapping[str, Any]) -> ExampleAccount:
    providers = tuple(ExampleProvider(item["url"], tuple(item["client_ids"])) for item in entry["providers"])
    return ExampleAccount(entry["id"], entry["name"], providers)


def _loose_paste(path: Path) -> ExamplePaste:
    about, _, text = path.read_text(encoding="utf-8").partition("\n---\n")
    return ExamplePaste(path.stem, text.strip(), about.strip(), LOOSE)


def _repository(folder: Path, group: str) -> ExampleRepository:
    entry = _yaml(folder / "repository.yml")
    role = entry.get("role")
    return ExampleRepository(
        slug=folder.name,
        uuid=entry["uuid"],
        group=group,
        about=entry["about"],
        cause=entry["cause"],
        pipeline_file=(folder / "bitbucket-pipelines.yml").read_text(encoding="utf-8"),
        paste=(folder / "paste.txt").read_text(encoding="utf-8").strip(),
        runs=tuple(_run(run, folder) for run in entry["runs"]),
        variables=_variables(entry["variables"]),
        environments=tuple(
            ExampleEnvironment(item["name"], item["uuid"], _variables(item["variables"]))
            for item in entry["environments"]
        ),
        role=role and _role(folder, role),
    )


def _role(folder: Path, entry: Mapping[str, Any]) -> ExampleRole:
    trust = json.loads((folder / "trust.json").read_text(encoding="utf-8"))
    held = folder / "policies.json"
    policies = ExamplePolicies(**json.loads(held.read_text(encoding="utf-8"))) if held.exists() else None
    return ExampleRole(entry["name"], entry["account"], trust, policies or ExamplePolicies())


def _run(entry: Mapping[str, Any], folder: Path) -> ExampleRun:
    selector = entry["selector"]
    return ExampleRun(
        uuid=entry["uuid"],
        build_number=entry["build_number"],
        commit=entry["commit"],
        ref_name=entry["branch"],
        selector_type=selector["type"],
        selector_pattern=selector.get("pattern"),
        result=entry["result"],
        created_on=entry["created_on"].isoformat(),
        steps=tuple(_step(step, folder) for step in entry["steps"]),
        error=entry.get("error"),
    )


def _step(entry: Mapping[str, Any], folder: Path) -> ExampleStep:
    log = entry.get("log")
    text = (folder / log).read_text(encoding="utf-8") if log else None
    return ExampleStep(entry["uuid"], entry["name"], entry["result"], text)
