"""The blocks of `pipelines:` and the steps in them, in file order.

Start conditions: https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/
Stages and parallel steps: https://support.atlassian.com/bitbucket-cloud/docs/stage-options/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge.location import Position
from knowledge.pipelines import guard
from knowledge.pipelines.declarations import CustomVariable
from knowledge.pipelines.model import Problem, StrayOidc, Value
from knowledge.pipelines.nodes import (
    Document,
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    Slot,
    TooMuchError,
    text_of,
)
from knowledge.pipelines.oidc import Stray, misplaced_in
from knowledge.pipelines.steps import Steps, Use, deployment_of

#: Blocks that hold pipelines by pattern or name; `default` alone is a pipeline itself.
_NAMED = ("branches", "tags", "bookmarks", "pull-requests", "custom")
_WRAPPERS = ("step", "parallel", "stage", "final")

#: Bitbucket knows two levels (a stage, steps in it); a file that is wrong may have more.
_LEVELS = 6


@dataclass(slots=True)
class _Context:
    """Where a list of steps stands: its pipeline, and the stage and groups around it."""

    pipeline: str
    stage: str | None = None
    deployment: Value | None = None
    parallel: bool = False
    level: int = 0


class Blocks:
    """Walks a document's pipelines and hands every step to `Steps`."""

    def __init__(self, document: Document, steps: Steps) -> None:
        self._document, self._steps = document, steps
        self._index = 0
        self.imports: list[tuple[str, Position]] = []
        self.custom_variables: list[CustomVariable] = []
        self.strays: list[StrayOidc] = []
        self.problems: list[Problem] = []

    def read(self, pipelines: Mapping) -> None:
        """All start conditions of the `pipelines:` mapping, in file order."""
        self._note(misplaced_in(self._document, pipelines, "`pipelines`"))
        for name, slot in self._document.slots(pipelines).items():
            if name == "default":
                self.pipeline("default", slot.value, slot.key)
            elif name in _NAMED:
                self._block(name, slot.value)
            elif name not in ("definitions", "triggers", "oidc") and isinstance(
                slot.value, Sequence | Mapping
            ):
                self._problem(slot.key, f"`{name[:60]}` is no start condition; Bitbucket does not run it")

    def shared(self, definitions: Mapping) -> None:
        """Pipelines that the file offers to others (`definitions.pipelines`)."""
        slot = self._document.slots(definitions).get("pipelines")
        if slot is not None and isinstance(slot.value, Mapping):
            for name, inner in self._document.slots(slot.value).items():
                self.pipeline(f"definitions/{name}", inner.value, inner.key)

    def fragment(self, items: Sequence) -> None:
        """A bare list of steps, as documentation shows it."""
        self.pipeline("(fragment)", items, items)

    def _block(self, kind: str, node: Node) -> None:
        if not isinstance(node, Mapping):
            if not (isinstance(node, Scalar) and text_of(node) is None):
                what = "names of pipelines" if kind == "custom" else "patterns"
                self._problem(node, f"`{kind}` must hold {what}, each with its list of steps")
            return
        self._note(misplaced_in(self._document, node, f"`{kind}`"))
        for pattern, slot in self._document.slots(node).items():
            self.pipeline(f"{kind}/{pattern}", slot.value, slot.key)

    def pipeline(self, name: str, node: Node, mark: Mark) -> None:
        """One pipeline: a list of steps, or an import of one."""
        self._index = 0
        if isinstance(node, Sequence):
            self._walk(node, _Context(name))
        elif isinstance(node, Mapping):
            slots = self._document.slots(node)
            if "import" in slots:
                self.imports.append((name, self._document.position(slots["import"].key)))
                return
            if not any(wrapper in slots for wrapper in _WRAPPERS):
                self._note(misplaced_in(self._document, node, f"`{name}`"))
            else:
                self._problem(mark, f"`{name}` must be a list; put `- ` before `{next(iter(slots))[:40]}:`")
                self._item(node, None, _Context(name))

    def _walk(self, items: Sequence, context: _Context) -> None:
        if context.level > _LEVELS:
            raise TooMuchError("Its groups of steps stand in each other too deep", items)
        for item, alias in items.items:
            if isinstance(item, Mapping):
                self._item(item, alias, context)
            elif isinstance(item, Sequence):
                self._problem(alias or item, "a list stands where a step was expected; Bitbucket takes none")
            elif text_of(item) is not None:
                self._problem(alias or item, f"`{item.value[:40]}` is no step; write `- step:` and its keys")

    def _item(self, item: Mapping, alias: Mark | None, context: _Context) -> None:
        slots = self._document.slots(item)
        wrapper = next((name for name in _WRAPPERS if name in slots), None)
        if wrapper is None:
            self._no_step(item, alias, context)
            return
        slot = slots[wrapper]
        if wrapper == "step":
            self._step(item, slot, alias, context)
            return
        self._note(misplaced_in(self._document, item, f"beside `{wrapper}:`"))
        inner = replace(context, level=context.level + 1)
        if wrapper == "parallel":
            self._group(slot, "the `parallel` group", replace(inner, parallel=True))
        elif wrapper == "stage":
            self._group(slot, "the stage", self._in_stage(slot.value, inner))
        elif (
            isinstance(slot.value, Mapping)
            and not {"steps", "step"} & self._document.slots(slot.value).keys()
        ):
            self._step(item, slot, alias, context)
        else:
            self._group(slot, "`final`", inner)

    def _no_step(self, item: Mapping, alias: Mark | None, context: _Context) -> None:
        slots = self._document.slots(item)
        if "variables" in slots:
            self._variables(slots["variables"].value, context)
            return
        if "import" in slots:
            self.imports.append((context.pipeline, self._document.position(slots["import"].key)))
            return
        strays = list(misplaced_in(self._document, item, "a list item of its own"))
        self._note(strays)
        names = ", ".join(f"`{name[:40]}`" for name in slots)
        if not strays or len(slots) > 1:
            self._problem(alias or item, f"{names or 'an empty item'} stands where `step:` was expected")

    def _group(self, slot: Slot, where: str, context: _Context) -> None:
        node = slot.value
        if isinstance(node, Mapping):
            self._note(misplaced_in(self._document, node, where))
            slots = self._document.slots(node)
            if "step" in slots:
                self._step(node, slots["step"], None, context)
            steps = slots.get("steps")
            node = steps.value if steps is not None else node
        if isinstance(node, Sequence):
            self._walk(node, context)

    def _in_stage(self, node: Node, context: _Context) -> _Context:
        if not isinstance(node, Mapping):
            return context
        slots = self._document.slots(node)
        name = text_of(slots["name"].value) if "name" in slots else None
        deployment = deployment_of(self._document, slots) or context.deployment
        return replace(context, stage=name or "stage", deployment=deployment)

    def _step(self, item: Mapping, slot: Slot, alias: Mark | None, context: _Context) -> None:
        if len(self._steps.steps) >= guard.STEPS:
            raise TooMuchError(f"Its pipelines have more than {guard.STEPS:,} steps", slot.key)
        at = alias or slot.merged or slot.key
        use = Use(context.pipeline, self._index, at, context.stage, context.deployment, context.parallel)
        self._index += 1
        self._steps.add(use, item, slot)

    def _variables(self, node: Node, context: _Context) -> None:
        if not isinstance(node, Sequence):
            return
        document = self._document
        for item, _ in node.items:
            slots = document.slots(item) if isinstance(item, Mapping) else {}
            name = text_of(slots["name"].value) if "name" in slots else None
            if name is not None:
                default = text_of(slots["default"].value) if "default" in slots else None
                at = document.start(slots["name"].value)
                self.custom_variables.append(CustomVariable(context.pipeline, name, default, at))

    def _note(self, strays: Iterator[Stray] | list[Stray]) -> None:
        for stray in strays:
            self.strays.append(StrayOidc(stray.key, stray.at, stray.value, stray.where, None, stray.misspelt))

    def _problem(self, mark: Mark, sentence: str) -> None:
        at = self._document.position(mark)
        self.problems.append(Problem(f"Line {at.line}: {sentence}.", at, fatal=False))
