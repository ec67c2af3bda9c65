"""The file of `--variables`: which variables stand at which level.

A level whose key is not given was not read; an empty one was read and is empty. Values are texts as
they are written, because that is what a build gets: `007` and `yes` stay what they are.
"""

from __future__ import annotations

import re
from dataclasses import replace

import yaml

from bot.offline_files import InputProblem
from knowledge.casefile import CaseFile, Environment, Variable
from knowledge.reading import Known

SHAPE = (
    "{workspace: {K: V}, repository: {K: V}, deployments: {Production: {K: V}}}, V a text or {secured: true}"
)
_LEVELS = ("workspace", "repository", "deployments")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE = "tag:yaml.org,2002:bool"
_NULL = "tag:yaml.org,2002:null"

Variables = tuple[Variable, ...]


def with_variables(case: CaseFile, text: str, name: str) -> CaseFile:
    """The case with the levels of the file read; `name` is the file's, for messages.

    Raises:
        InputProblem: the text is no YAML or has another shape; the message says where and what it should be.
    """
    root = _composed(text, name)
    if root is None:
        return case
    for level, node in _pairs(root, name, "the file"):
        if level not in _LEVELS:
            raise _odd(name, node, f"the key {_short(level)} is none of {', '.join(_LEVELS)}")
        if level == "workspace":
            case = replace(case, workspace_variables=Known(_level(node, name, level), "workspace variables"))
        elif level == "repository":
            case = replace(
                case, repository_variables=Known(_level(node, name, level), "repository variables")
            )
        else:
            case = _with_deployments(case, node, name)
    return case


def _with_deployments(case: CaseFile, node: yaml.Node, name: str) -> CaseFile:
    levels = {
        environment: _level(inner, name, f"deployments.{environment}")
        for environment, inner in _pairs(node, name, "deployments")
    }
    # No file says the environment's UUID; its name in braces stands for it and fits no real one.
    environments = tuple(Environment(f"{{{each}}}", each, _slug(each)) for each in levels)
    return replace(
        case,
        environments=Known(environments, "deployment environments"),
        environment_variables={
            environment.uuid: Known(
                levels[environment.name], f"variables of the environment {environment.name}"
            )
            for environment in environments
        },
    )


def _slug(environment: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", environment.lower()).strip("-")


def _level(node: yaml.Node, name: str, level: str) -> Variables:
    return tuple(_variable(key, value, name, level) for key, value in _pairs(node, name, level))


def _variable(key: str, node: yaml.Node, name: str, level: str) -> Variable:
    if isinstance(node, yaml.ScalarNode):
        # Nothing behind the colon is an empty value; `null` and `~` are texts like any other.
        return Variable(key, node.value, secured=False)
    if isinstance(node, yaml.MappingNode):
        inner = dict(_pairs(node, name, f"{level}.{key}"))
        secured = inner.get("secured")
        if inner.keys() == {"secured"} and secured is not None and _is_true(secured):
            return Variable(key, None, secured=True)
    raise _odd(
        name, node, f"the value of {_short(key)} in {_short(level)} must be a text or {{secured: true}}"
    )


def _is_true(node: yaml.Node) -> bool:
    return node.tag == _TRUE and str(node.value).lower() in ("true", "yes", "on")


def _composed(text: str, name: str) -> yaml.Node | None:
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputProblem(
            f"{name} is not valid YAML: {error.problem or 'it cannot be read'}{where}"
        ) from None
    except yaml.YAMLError:
        raise InputProblem(
            f"{name} is not valid YAML: it holds a character that YAML does not allow"
        ) from None
    except RecursionError:
        raise InputProblem(f"{name} is nested too deeply; it must be {SHAPE}") from None
    return node if isinstance(node, yaml.Node) else None


def _pairs(node: yaml.Node, name: str, what: str) -> list[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.ScalarNode) and node.tag == _NULL:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise _odd(name, node, f"{_short(what)} must hold names and values")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _odd(name, key, f"a name in {_short(what)} must be a text")
        if key.value in found:
            raise _odd(name, key, f"{_short(key.value)} stands in {_short(what)} twice")
        found[key.value] = value
    return list(found.items())


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def _odd(name: str, node: yaml.Node, what: str) -> InputProblem:
    mark = node.start_mark
    return InputProblem(
        f"{name}, line {mark.line + 1}, column {mark.column + 1}: {what}; the shape is {SHAPE}"
    )
