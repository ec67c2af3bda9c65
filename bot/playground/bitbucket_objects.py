"""Bitbucket's JSON objects, made of the example world.

Shapes: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/ (and
`-repositories`). Where live answers have more than the specification (a repository's `workspace`, an
environment's rank), the live shape is given.
"""

from __future__ import annotations

import uuid
from typing import Any

from bot.playground.world import (
    ExampleEnvironment,
    ExampleRepository,
    ExampleRun,
    ExampleStep,
    ExampleVariable,
    World,
)

Json = dict[str, Any]

_API = "https://api.bitbucket.org/2.0"
_PAGE = "https://bitbucket.org"
_UNFINISHED = {"PENDING", "IN_PROGRESS", "READY"}
_STAGES = ("Test", "Staging", "Production")


def uuid_of(*names: str) -> str:
    """A UUID in braces, always the same for the same names."""
    return f"{{{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(names))}}}"


def workspace(world: World) -> Json:
    return {
        "type": "workspace",
        "uuid": world.uuid,
        "slug": world.slug,
        "name": world.name,
        "is_private": True,
    }


def repository(world: World, one: ExampleRepository) -> Json:
    full = f"{world.slug}/{one.slug}"
    return {
        "type": "repository",
        "uuid": one.uuid,
        "full_name": full,
        "slug": one.slug,
        "name": one.slug,
        "is_private": True,
        "workspace": {"type": "workspace", "uuid": world.uuid, "slug": world.slug, "name": world.name},
        "project": {"type": "project", "key": "ACME", "uuid": uuid_of(world.slug, "project")},
        "mainbranch": {"type": "branch", "name": "main"},
        "parent": None,
        "links": {
            "self": {"href": f"{_API}/repositories/{full}"},
            "html": {"href": f"{_PAGE}/{full}"},
            "clone": [
                {"name": "https", "href": f"{_PAGE}/{full}.git"},
                {"name": "ssh", "href": f"git@bitbucket.org:{full}.git"},
            ],
        },
    }


def variable(owner: str, one: ExampleVariable) -> Json:
    """A variable of any level; a secured one has no value."""
    made: Json = {"type": "pipeline_variable", "uuid": uuid_of(owner, one.name), "key": one.name}
    if one.value is not None:
        made["value"] = one.value
    return {**made, "secured": one.value is None}


def environment(one: ExampleEnvironment, rank: int) -> Json:
    stage = next((name for name in _STAGES if one.name.lower().startswith(name.lower())), "Production")
    return {
        "type": "deployment_environment",
        "uuid": one.uuid,
        "name": one.name,
        "slug": one.name.lower().replace(" ", "-"),
        "rank": rank,
        "environment_type": {
            "type": "deployment_environment_type",
            "name": stage,
            "rank": _STAGES.index(stage),
        },
        "category": {"name": stage},
        "deployment_gate_enabled": False,
        "environment_lock_enabled": True,
        "lock": {"type": "deployment_environment_lock_open", "name": "OPEN"},
        "restrictions": {"type": "deployment_restrictions_configuration", "admin_only": False},
        "hidden": False,
    }


def pipeline(world: World, owner: ExampleRepository, run: ExampleRun) -> Json:
    full = f"{world.slug}/{owner.slug}"
    return {
        "type": "pipeline",
        "uuid": run.uuid,
        "build_number": run.build_number,
        "created_on": run.created_on,
        "completed_on": None if run.result in _UNFINISHED else run.created_on,
        "duration_in_seconds": 0,
        "creator": {"type": "user", "display_name": "Dana", "uuid": uuid_of("dana")},
        "repository": {"type": "repository", "full_name": full, "name": owner.slug, "uuid": owner.uuid},
        "target": _target(run),
        "trigger": {"type": "pipeline_trigger_push", "name": "PUSH"},
        "state": _state("pipeline", run.result, run.error),
        "configuration_sources": [{"source": source, "uri": uri} for source, uri in run.sources],
        "links": {
            "self": {"href": f"{_API}/repositories/{full}/pipelines/{run.uuid}"},
            "steps": {"href": f"{_API}/repositories/{full}/pipelines/{run.uuid}/steps/"},
        },
    }


def _target(run: ExampleRun) -> Json:
    selector: Json = {"type": run.selector_type}
    if run.selector_pattern is not None:
        selector["pattern"] = run.selector_pattern
    commit = {"type": "commit", "hash": run.commit}
    if run.selector_type == "pull-requests":
        return {
            "type": "pipeline_pullrequest_target",
            "source": run.ref_name,
            "destination": "main",
            "destination_commit": {"type": "commit", "hash": uuid_of(run.uuid).replace("-", "").strip("{}")},
            "pullrequest": {"type": "pullrequest", "id": 7},
            "selector": selector,
            "commit": commit,
        }
    return {
        "type": "pipeline_ref_target",
        "ref_type": "tag" if run.selector_type == "tags" else "branch",
        "ref_name": run.ref_name,
        "selector": selector,
        "commit": commit,
    }


def _state(of: str, result: str, problem: str | None = None) -> Json:
    if result in _UNFINISHED:
        return {"type": f"{of}_state_{result.lower()}", "name": result}
    outcome: Json = {"type": f"{of}_state_completed_{result.lower()}", "name": result}
    if problem is not None:
        outcome["error"] = {"type": f"{of}_error", "key": "bitbucket-pipelines.yml", "message": problem}
    return {"type": f"{of}_state_completed", "name": "COMPLETED", "result": outcome}


def step(run: ExampleRun, one: ExampleStep) -> Json:
    return {
        "type": "pipeline_step",
        "uuid": one.uuid,
        "name": one.name,
        "run_number": 1 if one.started_on is None else 2,
        "started_on": one.started_on or run.created_on,
        "completed_on": None if one.result in _UNFINISHED else one.started_on or run.created_on,
        "duration_in_seconds": 0,
        "pipeline": {"type": "pipeline", "uuid": run.uuid},
        "state": _state("pipeline_step", one.result),
        "script_commands": [{"name": command, "command": command} for command in one.commands],
    }


def is_finished(one: ExampleStep) -> bool:
    return one.result not in _UNFINISHED


def discovery(world: World) -> Json:
    issuer = f"{_API}/workspaces/{world.slug}/pipelines-config/identity/oidc"
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/keys.json",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
        "claims_supported": [
            *("sub", "iss", "aud", "exp", "iat", "branchName", "compliant", "deploymentEnvironmentUuid"),
            *("pipelineUuid", "repositoryUuid", "stepUuid", "workspaceUuid"),
        ],
    }
