"""Bitbucket's JSON, turned into the values of `knowledge`. Untyped dictionaries end here.

Shapes: https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pipelines/ and
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.ports import RepositoryName
from knowledge.casefile import Environment, Repository, Run, RunStep, Variable
from knowledge.redact import redact

_UUID = re.compile(r"\{?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\}?\Z")


_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def _uuid(value: object) -> str:
    found = _UUID.match(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("no UUID")
    return f"{{{found[1]}}}"


def _when(value: object) -> datetime | None:
    """A time with its zone; None for what is no time, because nothing stands or falls with it."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


Uuid = Annotated[str, BeforeValidator(_uuid)]
When = Annotated[datetime | None, BeforeValidator(_when)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Workspace(_Shape):
    uuid: Uuid
    slug: str


class _Named(_Shape):
    name: str | None = None


class _Repository(_Shape):
    uuid: Uuid
    slug: str
    workspace: _Workspace
    parent: Any = None
    mainbranch: _Named | None = None


class _Error(_Shape):
    message: str | None = None


class _Result(_Shape):
    name: str | None = None
    error: _Error | None = None


class _State(_Shape):
    name: str
    result: _Result | None = None


class _Selector(_Shape):
    type: str | None = None
    pattern: str | None = None


class _Commit(_Shape):
    hash: str | None = None


class _PullRequest(_Shape):
    id: int | None = None


class _Branch(_Shape):
    target: _Commit


class _Target(_Shape):
    ref_type: str | None = None
    ref_name: str | None = None
    source: str | None = None
    selector: _Selector | None = None
    commit: _Commit | None = None
    pullrequest: _PullRequest | None = None


class _Variable(_Shape):
    key: str
    value: str | None = None
    secured: bool = False


class _ConfigurationSource(_Shape):
    source: str | None = None
    uri: str | None = None


class _Run(_Shape):
    uuid: Uuid
    build_number: int
    created_on: When = None
    target: _Target = _Target()
    state: _State
    variables: list[_Variable] | None = None
    configuration_sources: list[_ConfigurationSource] | None = None
    trigger: Any = None
    trigger_context: Any = None


class _Command(_Shape):
    command: str | None = None


class _Step(_Shape):
    uuid: Uuid
    name: str | None = None
    started_on: When = None
    state: _State
    script_commands: list[_Command] | None = None


class _Environment(_Shape):
    uuid: Uuid
    name: str
    slug: str | None = None


class Page(_Shape):
    """One page of a collection."""

    values: list[dict[str, Any]]
    next: str | None = Field(default=None)


#: What is asked for of each, so that answers stay small.
#: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#partial-response
REPOSITORY_FIELDS = "uuid,slug,workspace.uuid,workspace.slug,parent.uuid,mainbranch.name"
RUN_FIELDS = (
    "uuid,build_number,created_on,target,state,variables,configuration_sources,trigger,trigger_context"
)
STEP_FIELDS = "uuid,name,started_on,state,script_commands"
VARIABLE_FIELDS = "key,value,secured"
ENVIRONMENT_FIELDS = "uuid,name,slug"


def paged(fields: str) -> str:
    """The same fields, of a collection."""
    return ",".join(["next", *(f"values.{name}" for name in fields.split(","))])


def repository(body: object) -> Repository:
    """All of these raise pydantic's `ValidationError` when the answer has another shape."""
    read = _Repository.model_validate(body)
    return Repository(
        uuid=read.uuid,
        slug=read.slug,
        workspace_uuid=read.workspace.uuid,
        workspace_slug=read.workspace.slug,
        is_fork=read.parent is not None,
        main_branch=read.mainbranch.name if read.mainbranch else None,
        parent_uuid=_parent(read.parent),
    )


def _parent(parent: object) -> str | None:
    """The UUID of what was forked; None where it is not told in that form."""
    try:
        return _uuid(parent.get("uuid")) if isinstance(parent, dict) else None
    except ValueError:
        return None


def run(name: RepositoryName, body: object) -> Run:
    read = _Run.model_validate(body)
    target = read.target
    result = read.state.result
    error = result.error.message if result and result.error else None
    return Run(
        uuid=read.uuid,
        build_number=read.build_number,
        commit=target.commit.hash if target.commit else None,
        selector_type=target.selector.type if target.selector else None,
        selector_pattern=target.selector.pattern if target.selector else None,
        ref_name=target.ref_name or target.source,
        ref_type=target.ref_type,
        state=read.state.name,
        result=result.name if result else None,
        url=name.page("pipelines", "results", str(read.build_number)),
        error=redact(error).text if error else None,
        created_on=read.created_on,
        pull_request=target.pullrequest.id if target.pullrequest else None,
        variables=tuple(_variable(item) for item in read.variables or ()),
        configuration_sources=tuple(
            item.uri or item.source or "" for item in read.configuration_sources or ()
        ),
        of_parent=_of_parent(read.trigger) or _of_parent(read.trigger_context),
    )


def _of_parent(trigger: object) -> bool:
    """Whether a step of another run started it; anything of another form says no more than nothing."""
    kind = trigger.get("type") if isinstance(trigger, dict) else None
    return isinstance(kind, str) and kind.endswith("parent_step")


def step(position: int, body: object) -> RunStep:
    read = _Step.model_validate(body)
    return RunStep(
        uuid=read.uuid,
        name=read.name,
        position=position,
        state=read.state.name,
        result=read.state.result.name if read.state.result else None,
        started_on=read.started_on,
        commands=tuple(redact(item.command).text for item in read.script_commands or () if item.command),
    )


def tip(body: object) -> str:
    """The hash of a branch's newest commit."""
    found = _Branch.model_validate(body).target.hash
    if not found:
        raise ValueError("no hash")
    return found


def variable(body: object) -> Variable:
    return _variable(_Variable.model_validate(body))


def _variable(read: _Variable) -> Variable:
    return Variable(read.key, None if read.secured else read.value or "", read.secured)


def environment(body: object) -> Environment:
    read = _Environment.model_validate(body)
    return Environment(read.uuid, read.name, read.slug or read.name.lower().replace(" ", "-"))
