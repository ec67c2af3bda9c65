"""What the pipeline of a run gives its steps: what the run was started with, the defaults of what it asks
for, what the step that started it hands in, and what earlier steps hand on.

https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/ and
https://support.atlassian.com/bitbucket-cloud/docs/parent-child-pipelines/
"""

from __future__ import annotations

from dataclasses import replace

from knowledge.casefile import CaseFile, Run
from knowledge.late_pattern import late
from knowledge.location import InRun, Location, Position
from knowledge.once import once_per_case
from knowledge.pipelines.declarations import CustomVariable
from knowledge.pipelines.model import PipelineFile, PipelineStep, Value
from knowledge.pipelines.select import pipeline_of
from knowledge.quoting import file_of, in_file
from knowledge.reading import Known
from knowledge.script_order import in_branch, script_lines
from knowledge.variable_types import Level, Setting
from knowledge.words import code

_CUSTOM = "custom/"
#: A value that stands in the line as it is: nothing in it that a shell, or `printf`, makes something else of.
_HANDED_ON = late(
    r"(?:^|[;&({]\s*|\s)(?:echo|printf)\s+(?:-[neE]+\s+)?(?P<quote>[\"']?)(?P<name>[A-Za-z_]\w*)=(?P<value>[^\s\"'$`\\%;&|<>()]*)"
    r"(?:\\n)?(?P=quote)\s*(?:>>|\|\s*tee\s+-a)\s*[\"']?\$\{?BITBUCKET_PIPELINES_VARIABLES_PATH\b"
)
_PUT_IN = late(r"[$`]")


def of_run(case: CaseFile, step: PipelineStep, name: str) -> list[Setting]:
    """The settings of `name` at the level of the run's pipeline."""
    run = case.run.value if isinstance(case.run, Known) else None
    file = file_of(case)
    found: list[Setting] = []
    for variable in run.variables if run is not None else ():
        if variable.name == name and run is not None:
            value = None if variable.secured else variable.value
            place = InRun(run.build_number, run.url or None)
            found.append(
                Setting(name, Level.PIPELINE, value, variable.secured, None, place, name, written=value)
            )
    if found or file is None:
        return found
    found += _started_with(case, file, run, step, name)
    for other in _declaring(case, step):
        if name in other.output_variables:
            found.append(_declared(case, other, name))
    return found


def handed_on(case: CaseFile, step: PipelineStep, name: str, at: Position) -> Setting:
    """A value that an earlier step, `step`, writes at `at` for later ones: what stands in its line, if
    that is a plain value."""
    file = file_of(case)
    text = file.line(at.line).strip() if file else name
    setting = _given(name, in_file(case, at), text, at)
    lines = [line for line, place in script_lines(step) if place.line == at.line]
    values = [item["value"] for line in lines for item in _HANDED_ON.finditer(line) if item["name"] == name]
    if len(values) != 1:
        return setting
    return replace(setting, value=values[0], written=values[0], maybe=in_branch(step, at))


def _declared(case: CaseFile, other: PipelineStep, name: str) -> Setting:
    """What a step hands on; the value is only told where one line alone writes it."""
    places = [at for key, at in other.script.carried_out if key == name]
    if len(places) == 1:
        return handed_on(case, other, name, places[0])
    at = places[0] if places else other.key_at("output-variables") or other.at
    return replace(handed_on(case, other, name, at), value=None, written=None)


def _started_with(
    case: CaseFile, file: PipelineFile, run: Run | None, step: PipelineStep, name: str
) -> list[Setting]:
    """What a custom pipeline gets at its start: the input of the step that starts it, else its default."""
    if not step.pipeline.startswith(_CUSTOM):
        return []
    asked = next(
        (one for one in file.custom_variables if one.name == name and one.pipeline == step.pipeline), None
    )
    ran = None if run is None else pipeline_of(run.selector_type, run.selector_pattern)
    child = ran is not None and (ran != step.pipeline or (run is not None and run.of_parent))
    if child and ran is not None:
        parents = _parents(file, step, None if ran == step.pipeline else ran)
        inputs = [
            (parent, value) for parent in parents for key, value in parent.input_variables if key == name
        ]
        if inputs:
            return [_input(case, parents, inputs, name, declared=asked is not None)]
        # A step of another repository may have started it, and what that hands in was not read.
        child = not parents
    if asked is None:
        return []
    return [_default(case, file, asked, known=ran is not None and not child)]


def _parents(file: PipelineFile, step: PipelineStep, pipeline: str | None) -> list[PipelineStep]:
    """The steps that start the step's pipeline, those of `pipeline` where that is known."""
    wanted = step.pipeline.removeprefix(_CUSTOM)
    return [
        other for other in file.steps if other.child_pipeline == wanted and pipeline in (None, other.pipeline)
    ]


def _input(
    case: CaseFile,
    parents: list[PipelineStep],
    inputs: list[tuple[PipelineStep, Value]],
    name: str,
    *,
    declared: bool,
) -> Setting:
    """What the parent hands in, where all that may have started it hand in the same plain value."""
    parent, value = inputs[0]
    file = file_of(case)
    text = file.line(value.at.line).strip() if file else name
    how = f"by the step {code(parent.label)}, which starts the pipeline, on line {value.at.line}"
    setting = replace(_given(name, in_file(case, value.at), text), how=how)
    same = len(inputs) == len(parents) and len({one.text for _, one in inputs}) == 1
    if not same or not declared or value.tag in ("map", "list", "null") or _PUT_IN.search(value.text):
        return setting
    return replace(setting, value=value.text, written=value.text)


def _default(case: CaseFile, file: PipelineFile, asked: CustomVariable, *, known: bool) -> Setting:
    """What is declared for when nobody enters a value. The run's own variables say whether somebody did;
    while those were not read, or not whose they are (not `known`), the value is not known either."""
    default = asked.default or ""
    alone = not default.strip()
    setting = _given(asked.name, in_file(case, asked.at), file.line(asked.at.line).strip(), asked=alone)
    if alone or not known or _PUT_IN.search(default):
        return setting
    how = f"by the pipeline's own default, on line {asked.at.line}"
    return replace(setting, value=default, written=default, how=how)


@once_per_case
def _declaring(case: CaseFile, step: PipelineStep) -> list[PipelineStep]:
    """Those of the earlier steps that declare names to hand on."""
    return [
        other
        for other in _all_declaring(case, None)
        if other.pipeline == step.pipeline and other.index < step.index
    ]


@once_per_case
def _all_declaring(case: CaseFile, about: None) -> list[PipelineStep]:
    del about
    file = file_of(case)
    return [step for step in (file.steps if file else ()) if step.output_variables]


def _given(
    name: str, location: Location, text: str, at: Position | None = None, *, asked: bool = False
) -> Setting:
    """A value of the run that cannot be known."""
    return Setting(
        name,
        Level.PIPELINE,
        None,
        secured=False,
        environment=None,
        location=location,
        text=text,
        at=at,
        asked=asked,
    )
