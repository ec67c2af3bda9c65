"""What Bitbucket answers about one repository: its file, runs, steps, logs, variables, environments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from bot.playground import bitbucket_objects as objects
from bot.playground.bitbucket_answers import RefusedError, as_json, as_page
from bot.playground.bitbucket_logs import LogStorage, etag_of, part_of
from bot.playground.world import ExampleRepository, ExampleRun, ExampleStep, World

#: Scopes as (classic, granular).
REPOSITORY = ("repository", "read:repository:bitbucket")
PIPELINE = ("pipeline", "read:pipeline:bitbucket")

_FILE = "bitbucket-pipelines.yml"
_SORTS = {"creator.uuid", "created_on", "run_creation_date"}
_STATUS = {"SUCCESSFUL": "PASSED", "IN_PROGRESS": "BUILDING"}
_SELECTORS = {
    "branches": "BRANCH",
    "tags": "TAG",
    "custom": "CUSTOM",
    "pull-requests": "PULLREQUESTS",
    "default": "DEFAULT",
}
_NO_API = "There is no API hosted at this URL."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about a repository that the caller may see; `parts` are the path's, after its first word."""

    request: web.Request
    world: World
    repository: ExampleRepository
    parts: tuple[str, ...]
    storage: LogStorage


def _repository(asked: Asked) -> web.Response:
    return as_json(asked.request, objects.repository(asked.world, asked.repository))


def _src(asked: Asked) -> web.Response:
    """A file at a commit, or at a branch whose name has no slash."""
    if len(asked.parts) < 2:
        raise RefusedError(404, _NO_API)
    commit, path = asked.parts[0], "/".join(asked.parts[1:])
    tip = next((tip for tip in asked.repository.tips if commit in {tip.commit, tip.branch}), None)
    at = tip or _run_at(asked.repository, commit)
    if at is None:
        raise RefusedError(404, "Commit not found")
    if path != _FILE:
        raise RefusedError(404, f"No such file or directory: {path}")
    content = (tip or asked.repository).pipeline_file.encode()
    if asked.request.query.get("format") == "meta":
        meta = {
            "type": "commit_file",
            "path": path,
            "size": len(content),
            "commit": {"type": "commit", "hash": at.commit},
            "attributes": [],
        }
        return as_json(asked.request, meta)
    if asked.request.headers.get("If-None-Match") == etag_of(content):
        return web.Response(status=304)
    return web.Response(body=content, content_type="text/plain", headers={"ETag": etag_of(content)})


def _run_at(repository: ExampleRepository, ref: str) -> ExampleRun | None:
    return next((run for run in repository.runs if ref in {run.commit, run.ref_name}), None)


def _refs(asked: Asked) -> web.Response:
    """A branch and its tip."""
    if asked.parts[:1] != ("branches",) or len(asked.parts) < 2:
        raise RefusedError(404, _NO_API)
    name = "/".join(asked.parts[1:])
    ran = sorted(asked.repository.runs, key=lambda run: run.created_on, reverse=True)
    commits = [tip.commit for tip in asked.repository.tips if tip.branch == name]
    commits += [run.commit for run in ran if run.ref_name == name]
    if not commits:
        raise RefusedError(404, f"Branch '{name}' does not exist.")
    return as_json(
        asked.request, {"type": "branch", "name": name, "target": {"type": "commit", "hash": commits[0]}}
    )


def _pipelines(asked: Asked) -> web.Response:
    if not asked.parts:
        return _list(asked)
    wanted, *rest = asked.parts
    run = next((one for one in asked.repository.runs if wanted in {one.uuid, str(one.build_number)}), None)
    if run is None:
        raise RefusedError(404, "Pipeline not found")
    if not rest:
        return as_json(asked.request, objects.pipeline(asked.world, asked.repository, run))
    if rest[0] != "steps" or len(rest) > 4:
        raise RefusedError(404, _NO_API)
    if len(rest) == 1:
        return as_page(asked.request, [objects.step(run, step) for step in run.steps])
    step = next((one for one in run.steps if one.uuid == rest[1]), None)
    if step is None:
        raise RefusedError(404, "Step not found")
    if len(rest) == 2:
        return as_json(asked.request, objects.step(run, step))
    if rest[2:] in (["log"], ["logs", step.uuid]):
        return _log(asked, step)
    raise RefusedError(404, _NO_API)


def _list(asked: Asked) -> web.Response:
    """The runs, oldest first unless sorted. There is no `q`, and no filter by build number: what is not
    known is ignored, as Bitbucket does."""
    query = asked.request.query
    sort = query.get("sort", "created_on")
    if sort.removeprefix("-") not in _SORTS:
        raise RefusedError(400, "Invalid sort")
    runs = sorted(asked.repository.runs, key=lambda run: run.created_on, reverse=sort.startswith("-"))
    for name, value in (
        ("target.ref_name", lambda run: run.ref_name),
        ("target.branch", lambda run: run.ref_name),
        ("target.ref_type", lambda run: "TAG" if run.selector_type == "tags" else "BRANCH"),
        ("target.commit.hash", lambda run: run.commit),
        ("target.selector.pattern", lambda run: run.selector_pattern),
        ("target.selector.type", lambda run: _SELECTORS.get(run.selector_type)),
        ("status", lambda run: _STATUS.get(run.result, run.result)),
        ("trigger_type", lambda _run: "PUSH"),
    ):
        if name in query:
            runs = [run for run in runs if value(run) == query[name]]
    return as_page(asked.request, [objects.pipeline(asked.world, asked.repository, run) for run in runs])


def _log(asked: Asked, step: ExampleStep) -> web.Response:
    """A running step's log from here, a finished one's from the long-term storage."""
    if step.log is None:
        raise RefusedError(404, "Log not found")
    content = step.log.encode()
    if asked.request.headers.get("If-None-Match") == etag_of(content):
        return web.Response(status=304)
    if objects.is_finished(step):
        return web.Response(
            status=307, headers={"Location": asked.storage.keep(content), "ETag": etag_of(content)}
        )
    return part_of(asked.request, content)


def _environments(asked: Asked) -> web.Response:
    listed = [objects.environment(one, rank) for rank, one in enumerate(asked.repository.environments)]
    if not asked.parts:
        return as_page(asked.request, listed)
    found = next((one for one in listed if (one["uuid"],) == asked.parts), None)
    if found is None:
        raise RefusedError(404, "Environment not found")
    return as_json(asked.request, found)


def _config(asked: Asked) -> web.Response:
    if not asked.parts:
        return as_json(asked.request, {"type": "repository_pipelines_configuration", "enabled": True})
    if asked.parts != ("variables",):
        raise RefusedError(404, _NO_API)
    owner = asked.repository
    return as_page(asked.request, [objects.variable(owner.slug, one) for one in owner.variables])


def _deployment_variables(asked: Asked) -> web.Response:
    if len(asked.parts) != 3 or asked.parts[0] != "environments" or asked.parts[2] != "variables":
        raise RefusedError(404, _NO_API)
    found = next((one for one in asked.repository.environments if one.uuid == asked.parts[1]), None)
    if found is None:
        raise RefusedError(404, "Environment not found")
    return as_page(asked.request, [objects.variable(found.uuid, one) for one in found.variables])


#: First word of the path after the repository: the scope it needs, and who answers.
ANSWERS: dict[str, tuple[tuple[str, str], Callable[[Asked], web.Response]]] = {
    "": (REPOSITORY, _repository),
    "src": (REPOSITORY, _src),
    "refs": (REPOSITORY, _refs),
    "pipelines": (PIPELINE, _pipelines),
    "environments": (PIPELINE, _environments),
    "pipelines_config": (PIPELINE, _config),
    "deployments_config": (PIPELINE, _deployment_variables),
}
