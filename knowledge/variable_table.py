"""The variables that matter for a step, each with every place at which it is set: as a table to look through.

Names are those of the providers' own tools; values are never part of it, only what is odd about them.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.pipelines.model import Pipe, PipelineStep, Value
from knowledge.pipelines.needs_pipes import cloud_of_pipe
from knowledge.variables import Level, Lookup, OutOfReach, Setting, look_up, where
from knowledge.words import code

_ROWS = 40
_STEPS = 3
_PLACES = 4
"""Out of reach a name may be set in as many places as there are environments."""

#: By cloud: names that a login by OIDC reads, and names that matter only where they are set.
_READ = {
    "aws": ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_DEFAULT_REGION"),
    "azure": ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"),
    "gcp": ("GOOGLE_APPLICATION_CREDENTIALS",),
}
#: The same for a step that uses the cloud by its pipes alone, which read other names.
_READ_BY_PIPES = {"aws": ("AWS_OIDC_ROLE_ARN", "AWS_DEFAULT_REGION"), "azure": (), "gcp": ()}
_BESIDE = {
    "aws": ("AWS_OIDC_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_ROLE_FILE"),
    "azure": (
        *("AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_SECRET", "ARM_CLIENT_ID", "ARM_TENANT_ID"),
        *("ARM_SUBSCRIPTION_ID", "ARM_USE_OIDC", "ARM_OIDC_TOKEN", "ARM_CLIENT_SECRET"),
    ),
    "gcp": ("GCLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT", "KEY_FILE"),
}
#: What takes the place of a login by OIDC where it is set; that none of them is, is told in one row.
_INSTEAD = {
    "aws": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"),
}
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)")
_WHOLE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))")
_OF_BITBUCKET = "BITBUCKET_"


@dataclass(frozen=True, slots=True)
class VariableRow:
    """One name. `wins` says where the value comes from that the step sees; `more` are the other places, and
    what is odd, one phrase each. `also` are further names of which exactly the same is true."""

    name: str
    wins: str
    more: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VariableTable:
    """The rows of one step; `step` is its name for people."""

    step: str
    rows: tuple[VariableRow, ...]


def variable_tables(case: CaseFile) -> tuple[VariableTable, ...]:
    """A table for each step under suspicion, the first few of them."""
    listed = (case.listing.suspect,) if case.listing is not None else ()
    tables = (_table(case, suspect.step) for suspect in (*case.suspects[:_STEPS], *listed))
    return tuple(table for table in tables if table.rows)


def _table(case: CaseFile, step: PipelineStep) -> VariableTable:
    clouds = sorted(
        {symptom.provider for symptom in case.symptoms} & set(_READ)
        or {step.cloud if step.cloud in _READ else "aws"}
    )
    read = list(dict.fromkeys(name for cloud in clouds for name in _read_by(step, cloud)))
    instead = [name for cloud in clouds for name in _INSTEAD.get(cloud, ())]
    known = {*read, *instead, *(name for cloud in clouds for name in (*_READ[cloud], *_BESIDE[cloud]))}
    handed = {name: (pipe, value) for pipe in step.script.pipes for name, value in pipe.variables}
    needed = [*read, *_put_in(step, known)]
    beside = [name for cloud in clouds for name in (*_READ[cloud], *_BESIDE[cloud], *_INSTEAD.get(cloud, ()))]
    rows: list[VariableRow] = []
    for name in dict.fromkeys([*needed, *beside, *_used(step)]):
        lookup = look_up(case, step, name)
        own = lookup.winner is None or lookup.winner.level is not Level.DEFAULT
        if name in handed and name in known:
            rows.append(_handed_row(name, *handed[name], lookup))
        elif name in needed or (own and lookup.set_somewhere) or lookup.nearly:
            rows.append(_row(lookup))
    shown = {row.name for row in rows}
    unset = [look_up(case, step, name) for name in instead if name not in shown]
    return VariableTable(step.label, (*rows[:_ROWS], *_unset_row(unset)))


def _read_by(step: PipelineStep, cloud: str) -> tuple[str, ...]:
    """The names that a login to the cloud reads: a pipe reads its own, and sees none of the SDKs'."""
    by_pipes = any(cloud_of_pipe(pipe) == cloud for pipe in step.script.pipes)
    by_commands = any(command.cloud == cloud for command in step.script.commands) or step.script.hidden
    if not by_pipes:
        return _READ[cloud]
    return (*_READ_BY_PIPES[cloud], *_READ[cloud]) if by_commands else _READ_BY_PIPES[cloud]


def _put_in(step: PipelineStep, known: Container[str]) -> Iterator[str]:
    """Names whose values are put into those that the login reads, by the script or for a pipe: what they
    hold, the login gets."""
    texts = [one.value for one in step.script.exports if one.name in known and one.value]
    texts += [value.text for pipe in step.script.pipes for name, value in pipe.variables if name in known]
    for text in texts:
        yield from (name for name in _NAME.findall(text) if not name.startswith(_OF_BITBUCKET))


def _used(step: PipelineStep) -> Iterator[str]:
    """Names that the step's script expands, and those in the values that it hands to its pipes."""
    yield from (name for name in step.script.variables_used if not name.startswith(_OF_BITBUCKET))
    for pipe in step.script.pipes:
        for _, value in pipe.variables:
            yield from (name for name in _NAME.findall(value.text) if not name.startswith(_OF_BITBUCKET))


def _handed_row(name: str, pipe: Pipe, value: Value, lookup: Lookup) -> VariableRow:
    """A name that a pipe is handed: that value is the one it reads, whatever the step sees."""
    wins = f"handed to the pipe {code(pipe.name)} on line {value.at.line}"
    source = _WHOLE.fullmatch(value.text.strip())
    if source is None:
        less = [f"also {_level(setting)}, which the pipe does not read" for setting in lookup.settings[:1]]
        return VariableRow(name, wins, tuple(less))
    put_in = source["braced"] or source["plain"]
    if put_in != name:
        return VariableRow(name, f"{wins}, from {code(put_in)}")
    row = _row(lookup)
    return VariableRow(name, f"{wins}, from the variable of this name", (f"that is {row.wins}", *row.more))


def _unset_row(lookups: Sequence[Lookup]) -> tuple[VariableRow, ...]:
    """One row for all that nothing sets, with what was not read of the levels that could."""
    if not lookups:
        return ()
    unread = dict.fromkeys(level.source for lookup in lookups for level in lookup.unread)
    doubts = dict.fromkeys(doubt for lookup in lookups for doubt in lookup.uncertain)
    more = (*(f"{source} could not be read" for source in unread), *doubts)
    first, *others = (lookup.name for lookup in lookups)
    return (VariableRow(first, "not set at any level that was read", more, tuple(others)),)


def _row(lookup: Lookup) -> VariableRow:
    winner = lookup.winner
    if winner is not None:
        wins = f"{_level(winner)}{_kind(winner)}"
    elif lookup.unread or lookup.uncertain:
        wins = "not seen to be set"
    else:
        wins = "not set for this step"
    return VariableRow(lookup.name, wins, tuple(_more(lookup)))


def _more(lookup: Lookup) -> Iterator[str]:
    if lookup.winner is not None:
        yield from _odd(lookup.winner)
    for setting in lookup.settings[1:]:
        yield f"also {_level(setting)}, which counts less"
    # What other steps set for themselves only matters while this one has no value.
    beyond = [item for item in lookup.out_of_reach if lookup.winner is None or item.kind != "other-step"]
    for item in beyond[:_PLACES]:
        yield _beyond(item)
    left = len(beyond) - _PLACES
    if left > 0:
        yield f"set in {left} more places out of the step's reach"
    for setting in lookup.nearly:
        yield f"{code(setting.name)} {_level(setting)} is almost this name"
    for level in lookup.unread:
        yield f"{level.source} could not be read"
    yield from lookup.uncertain


def _beyond(item: OutOfReach) -> str:
    return f"set {_level(item.setting)}, but {item.why}"


def _level(setting: Setting) -> str:
    if setting.level is Level.PIPELINE and setting.asked:
        return "by whoever starts the run"
    return where(setting)


def _kind(setting: Setting) -> str:
    if setting.secured:
        return " (secured)"
    return " (set to nothing)" if setting.empty else " (maybe: the line may not run)" if setting.maybe else ""


def _odd(setting: Setting) -> Iterator[str]:
    """What is wrong with a value that was read, without the value."""
    value = setting.value
    if value is None or setting.level is Level.DEFAULT or not value.strip():
        return
    if value != value.strip():
        yield "its value begins or ends with a blank or a line break"
    bare = value.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"" and setting.level is not Level.SCRIPT:
        yield "its value stands in quotes, which are part of it"
