"""One step: its mapping, wherever that stands, as the model's `PipelineStep`.

https://support.atlassian.com/bitbucket-cloud/docs/step-options/
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from knowledge.location import Position
from knowledge.pipelines.artifacts import artifacts_of
from knowledge.pipelines.commands import Command
from knowledge.pipelines.late import Late
from knowledge.pipelines.model import Oidc, OidcState, PipelineStep, Problem, Script, StrayOidc, Value
from knowledge.pipelines.need import Needs
from knowledge.pipelines.needs import needs_in_context, needs_of
from knowledge.pipelines.nodes import Document, Mapping, Mark, Node, Scalar, Slot, text_of
from knowledge.pipelines.oidc import (
    BESIDE_STEP,
    KEY,
    Stray,
    misplaced_in_script,
    misplaced_inside,
    misspelt,
    misspelt_in,
    oidc_of,
)
from knowledge.pipelines.runners import labels_windows, self_hosted
from knowledge.pipelines.script import ScriptItems, script_items, string_items
from knowledge.pipelines.shell import read_script

_WRAPPERS = frozenset({"step", "parallel", "stage", "final"})


@dataclass(frozen=True, slots=True)
class FileWide:
    """What the file sets for all its steps."""

    image: str | None = None
    image_oidc_role: Value | None = None
    oidc: Oidc = field(default_factory=lambda: Oidc(OidcState.ABSENT))
    self_hosted: bool = False
    windows: bool = False


# Frozen dataclasses take several times as long to make; these never leave the reading of one file.
@dataclass(slots=True)
class Use:
    """One place of a pipeline at which a step stands."""

    pipeline: str
    index: int
    at: Mark
    stage: str | None
    stage_deployment: Value | None
    parallel: bool


@dataclass(slots=True)
class _Body:
    """What a step's mapping says, the same at each of its uses; fields as in `PipelineStep`, `body_at` None
    for a step without a mapping."""

    body_at: Position | None
    oidc: Oidc
    name: str | None = None
    keys: tuple[tuple[str, Position], ...] = ()
    deployment: Value | None = None
    script: Late[Script] = field(default_factory=lambda: Late(Script))
    commands: tuple[Command, ...] = ()
    image: str | None = None
    image_oidc_role: Value | None = None
    child_pipeline: str | None = None
    input_variables: tuple[tuple[str, Value], ...] = ()
    output_variables: tuple[str, ...] = ()
    artifacts: tuple[Value, ...] = ()
    self_hosted: bool = False
    windows: bool = False
    keys_beside: bool = False
    needs: Late[Needs] = field(default_factory=lambda: Late(Needs))
    strays: tuple[Stray, ...] = ()


@dataclass(slots=True)
class _Scripts:
    """What `script` and `after-script` say, the same in each step that merges them."""

    items: ScriptItems
    script: Late[Script]
    commands: tuple[Command, ...]
    needs: dict[Value | None, Late[Needs]]
    """By the role that the step's image is pulled with."""


class Steps:
    """Makes steps. An anchored mapping that several pipelines use is read once."""

    def __init__(self, document: Document, wide: FileWide) -> None:
        self._document, self._wide = document, wide
        self._bodies: dict[int, _Body] = {}
        self._scripts: dict[tuple[int, int, bool], _Scripts] = {}
        self._switches: dict[int, Oidc] = {}
        self.steps: list[PipelineStep] = []
        self._handing: list[PipelineStep] = []
        self.strays: list[StrayOidc] = []
        self.problems: list[Problem] = []

    def add(self, use: Use, item: Mapping, slot: Slot) -> None:
        """The step under `slot` of the list item `item`."""
        node = slot.value
        slots = self._document.slots(item)
        beside: dict[str, Slot] = {}
        if len(slots) > 1:
            beside = {name: other for name, other in slots.items() if name not in _WRAPPERS}
        hanging = bool(beside) and text_of(node) is None and isinstance(node, Scalar)
        key = item if hanging else node
        body = self._bodies.get(id(key))
        if body is None:
            body = self._hanging(item, beside) if hanging else self._body(node)
            self._bodies[id(key)] = body
        at = self._document.position(use.at)
        self.steps.append(self._placed(body, use, at))
        if beside:
            self._beside(beside, at, hanging)
        self.strays += [
            StrayOidc(stray.key, stray.at, stray.value, stray.where, at.line, stray.misspelt)
            for stray in body.strays
        ]

    def _beside(self, beside: dict[str, Slot], at: Position, hanging: bool) -> None:
        others = []
        for name, slot in beside.items():
            place = self._document.position(slot.key)
            if name == KEY or misspelt(name):
                value = self._document.value(slot.value)
                self.strays.append(StrayOidc(name, place, value, BESIDE_STEP, at.line, misspelt=False))
            else:
                others.append(name)
        if hanging or others:
            names = ", ".join(f"`{name[:40]}`" for name in (beside if hanging else others))
            self.problems.append(
                Problem(
                    f"Line {at.line}: {names} beside `step:` must stand in it; indent further than `step:`.",
                    at,
                    fatal=False,
                )
            )

    def _hanging(self, item: Mapping, beside: dict[str, Slot]) -> _Body:
        """Keys at the indent of `step:`: the step is empty, its keys are its neighbours."""
        slots = {name: slot for name, slot in beside.items() if name != KEY and not misspelt(name)}
        body = self._read(slots, self._document.start(item))
        body.keys_beside = True
        return body

    def _body(self, node: Node) -> _Body:
        document = self._document
        if isinstance(node, Mapping):
            return self._read(document.slots(node), document.start(node))
        at = document.position(node)
        said = "is empty" if isinstance(node, Scalar) and text_of(node) is None else "is no mapping of keys"
        self.problems.append(
            Problem(f"Line {at.line}: the step {said}; it needs a `script`.", at, fatal=False)
        )
        return _Body(None, Oidc(OidcState.ABSENT))

    def _read(self, slots: dict[str, Slot], body_at: Position) -> _Body:
        document, wide = self._document, self._wide
        under = {key: slot.value for key, slot in slots.items()}.get
        runs_on, own_image = under("runs-on"), under("image")
        windows = labels_windows(runs_on) if runs_on is not None else wide.windows
        scripts = self._scripts_of(under("script"), under("after-script"), windows=windows)
        image, role = wide.image, wide.image_oidc_role
        if own_image is not None:
            image, role = image_of(document, own_image)
        needs = scripts.needs.get(role)
        if needs is None:
            script, commands = scripts.script, scripts.items.commands
            needs = Late(lambda: needs_of(script.value(), commands, role))
            scripts.needs[role] = needs
        starts_another = text_of(under("type")) == "pipeline"
        return _Body(
            body_at=body_at,
            name=text_of(under("name")),
            oidc=self._oidc(slots.get(KEY)),
            keys=tuple([(name, document.key_at(slot.key)) for name, slot in slots.items()]),
            deployment=deployment_of(document, slots),
            script=scripts.script,
            commands=scripts.commands,
            image=image,
            image_oidc_role=role,
            child_pipeline=text_of(under("custom")) if starts_another else None,
            input_variables=document.values(under("input-variables")) if starts_another else (),
            output_variables=tuple(string_items(under("output-variables"))),
            artifacts=tuple(artifacts_of(document, under("artifacts"))),
            self_hosted=self_hosted(document, slots) or ("runs-on" not in slots and wide.self_hosted),
            windows=windows,
            needs=needs,
            strays=(
                *misspelt_in(document, slots, "the step"),
                *misplaced_inside(document, slots),
                *misplaced_in_script(document, scripts.items.commands, scripts.items.mappings),
            ),
        )

    def _scripts_of(self, script_node: Node | None, after_node: Node | None, *, windows: bool) -> _Scripts:
        key = (id(script_node), id(after_node), windows)
        if key not in self._scripts:
            items = script_items(self._document, script_node, after_node)
            commands = tuple([command for command in items.commands if not command.after_script])
            script = Late(lambda: _script_of(items, windows=windows))
            self._scripts[key] = _Scripts(items, script, commands, {})
            self.problems += items.problems
        return self._scripts[key]

    def _placed(self, body: _Body, use: Use, at: Position) -> PipelineStep:
        """The step of a body at one of its uses."""
        steps, number, own = self.steps, len(self.steps), body.needs
        handing, above = self._handing, len(self._handing)

        def needs() -> Needs:
            return needs_in_context(own.value(), steps[number], handing[:above])

        step = PipelineStep(
            pipeline=use.pipeline,
            index=use.index,
            name=body.name,
            at=at,
            body_at=body.body_at or at,
            oidc=body.oidc,
            keys=body.keys,
            deployment=body.deployment or use.stage_deployment,
            late_script=body.script,
            commands=body.commands,
            image=body.image,
            image_oidc_role=body.image_oidc_role,
            stage=use.stage,
            parallel=use.parallel,
            child_pipeline=body.child_pipeline,
            input_variables=body.input_variables,
            output_variables=body.output_variables,
            artifacts=body.artifacts,
            self_hosted=body.self_hosted,
            windows=body.windows,
            keys_beside=body.keys_beside,
            late_needs=Late(needs),
        )
        if step.key_at("artifacts") is not None:
            handing.append(step)
        return step

    def _oidc(self, slot: Slot | None) -> Oidc:
        key = id(slot.key) if slot is not None else 0
        known = self._switches.get(key)
        if known is None:
            known = self._switches[key] = self._switch(slot)
        return known

    def _switch(self, slot: Slot | None) -> Oidc:
        oidc, wide = oidc_of(self._document, slot), self._wide.oidc
        # `options` names the audiences of all steps that do not name their own.
        if oidc.audiences is None and oidc.state in (OidcState.ON, OidcState.ABSENT) and wide.audiences:
            return replace(oidc, audiences=wide.audiences)
        return oidc


def _script_of(items: ScriptItems, *, windows: bool) -> Script:
    script = read_script(items.commands, items.pipes)
    if not windows:
        return script
    # Few files need it, and its patterns take their time to be made.
    from knowledge.pipelines.powershell import in_powershell

    return in_powershell(script, items.commands)


def deployment_of(document: Document, slots: dict[str, Slot]) -> Value | None:
    """The environment that a step or a stage names: `environment` gives the variables alone, `deployment`
    the lock too."""
    for key in ("deployment", "environment"):
        if key in slots and text_of(slots[key].value):
            return document.value(slots[key].value)
    return None


def image_of(document: Document, node: Node) -> tuple[str | None, Value | None]:
    """The image's name, and the role that Pipelines takes to pull it (`image.aws.oidc-role`)."""
    if not isinstance(node, Mapping):
        return text_of(node), None
    slots = document.slots(node)
    name = text_of(slots["name"].value) if "name" in slots else None
    aws = slots.get("aws")
    if aws is None or not isinstance(aws.value, Mapping):
        return name, None
    role = document.slots(aws.value).get("oidc-role")
    return name, document.value(role.value) if role is not None else None
