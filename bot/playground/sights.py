"""What stands behind an address of the example world.

The replies link to bitbucket.org and to the AWS console, where nothing of the invented workspace exists
(or something of somebody else's). So the page shows the example's own file instead of going there.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bot.playground.world import ExampleRepository, ExampleRole, ExampleRun, ExampleVariable, World

_LINE = re.compile(r"lines?-(\d+)")
_RESULT = re.compile(r"/results/(\d+)(?:/steps/(\{[0-9a-f-]{36}\}))?", re.IGNORECASE)
_ROLE = re.compile(r"/roles/(?:details/)?([\w+=,.@-]+)")


@dataclass(frozen=True, slots=True)
class Sight:
    """Something to look at: plain text under a title; `line` is the one the address points at."""

    title: str
    text: str
    line: int | None = None


def look(world: World, address: str) -> Sight | None:
    """What the example world has behind `address`; None when it has nothing there."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    path = unquote(parts.path)
    if parts.hostname is not None and parts.hostname.endswith("console.aws.amazon.com"):
        return _in_account(world, f"{path}#{unquote(parts.fragment)}")
    if parts.hostname not in {"bitbucket.org", "api.bitbucket.org"}:
        return None
    names = path.strip("/").split("/")
    if names[:1] != [world.slug]:
        return None
    repository = next((one for one in world.repositories if one.slug in names[1:2]), None)
    if repository is None:
        return _variables("Workspace variables", world.variables) if "variables" in path else None
    return _in_repository(repository, "/".join(names[2:]), unquote(parts.fragment))


def _in_repository(repository: ExampleRepository, rest: str, fragment: str) -> Sight | None:
    found = _RESULT.search(f"/{rest}#{fragment}")
    if found:
        run = next((one for one in repository.runs if one.build_number == int(found[1])), None)
        return _run(repository, run, found[2]) if run else None
    if rest.startswith("src/"):
        line = _LINE.search(fragment)
        title = f"{repository.slug}: bitbucket-pipelines.yml"
        return Sight(title, repository.pipeline_file, int(line[1]) if line else None)
    if "deployment" in rest:
        levels = [
            f"{environment.name} {environment.uuid}\n{_listed(environment.variables)}"
            for environment in repository.environments
        ]
        return Sight(f"{repository.slug}: deployment variables", "\n\n".join(levels) or "No environments.")
    if "variables" in rest:
        return _variables(f"{repository.slug}: repository variables", repository.variables)
    if "openid-connect" in rest:
        return Sight(f"{repository.slug}: OpenID Connect", f"Repository UUID  {repository.uuid}")
    return None


def _run(repository: ExampleRepository, run: ExampleRun, step_uuid: str | None) -> Sight:
    title = f"{repository.slug}: run #{run.build_number}"
    steps = [step for step in run.steps if step_uuid is None or step.uuid == step_uuid.lower()]
    parts = [run.error] if run.error else []
    for step in steps:
        parts.append(f"{step.name}: {step.result}")
        parts += [step.log.rstrip()] if step.log else []
    return Sight(title, "\n\n".join(parts))


def _in_account(world: World, place: str) -> Sight | None:
    found = _ROLE.search(place)
    roles = [role for account in world.accounts for role in world.roles_of(account.id)]
    role = next((one for one in roles if found and one.name == found[1]), None)
    if role is not None:
        return _trust(role)
    if "provider" in place:
        lines = [
            f"{account.id} ({account.name})\n" + "\n".join(f"  {one.url}" for one in account.providers)
            if account.providers
            else f"{account.id} ({account.name})\n  none"
            for account in world.accounts
        ]
        return Sight("OIDC providers", "\n\n".join(lines))
    return None


def _trust(role: ExampleRole) -> Sight:
    return Sight(f"Trust policy of {role.arn}", json.dumps(role.trust_policy, indent=2))


def _variables(title: str, variables: tuple[ExampleVariable, ...]) -> Sight:
    return Sight(title, _listed(variables))


def _listed(variables: tuple[ExampleVariable, ...]) -> str:
    lines = [f"{one.name} = {'(secured)' if one.value is None else one.value}" for one in variables]
    return "\n".join(lines) or "No variables."
