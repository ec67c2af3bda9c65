"""What one step can see of a variable: every level at which it is set, and what is out of its reach.

Order of the levels: https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
"""

from __future__ import annotations

from knowledge.casefile import CaseFile
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.near import near
from knowledge.once import once_per_case
from knowledge.pipelines.model import Export, PipelineStep
from knowledge.pipelines.shell_exports import gives_value
from knowledge.quoting import file_of, in_file
from knowledge.reading import Known, Unread
from knowledge.run_values import handed_on
from knowledge.script_doubts import doubts, unset_at
from knowledge.script_order import before as runs_before
from knowledge.script_order import in_branch, rank
from knowledge.variable_levels import (
    environment_of,
    stored,
    stored_for,
    variables_of,
)
from knowledge.variable_types import Expansion, Level, Lookup, OutOfReach, Setting, where
from knowledge.words import code

#: Variables are followed into variables no further than this, and values grow no longer: a file may
#: be built to explode here.
_DEPTH = 8
_LONGEST = 4096

_ORDER = {level: number for number, level in enumerate(Level)}


@once_per_case
def look_up(case: CaseFile, step: PipelineStep, name: str, before: Position | None = None) -> Lookup:
    """Everything that is known about variable `name` for `step`.

    With `before` (a place in the script) only what the script has set by then counts.
    """
    lookup = _View(case, step).look_up(name, before)
    return _with_surroundings(case, step, lookup)


def expand(case: CaseFile, step: PipelineStep, text: str, before: Position | None = None) -> Expansion:
    """`text` with `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:?}` put in, as the step's shell does."""
    return _View(case, step).expand(text, before)


class _View:
    """What one step sees. Each name is looked up once per place, so that values built of values cost
    no more than there are names and places."""

    def __init__(self, case: CaseFile, step: PipelineStep) -> None:
        self._case = case
        self._step = step
        self._seen: dict[tuple[str, Position | None, bool], Lookup] = {}

    def look_up(
        self, name: str, before: Position | None, depth: int = 0, *, in_shell: bool = False
    ) -> Lookup:
        """What reaches the step, and what of its own script does not. `in_shell` asks for what the
        shell itself sees: plain assignments too, which programs do not inherit."""
        key = (name, before, in_shell)
        if key not in self._seen:
            self._seen[key] = self._look_up(name, before, depth, in_shell)
        return self._seen[key]

    def _look_up(self, name: str, before: Position | None, depth: int, in_shell: bool) -> Lookup:
        levels, unread = stored_for(self._case, self._step, name)
        script, beyond = self._script(name, before, inherited=bool(levels) or in_shell, depth=depth)
        settings = [*script, *levels]
        gone = unset_at(self._step, name, before, script)
        if gone is not None:
            beyond += [OutOfReach(item, f"line {gone.line} unsets it", "unset") for item in settings]
            settings, unread = [], []
        weakest = _ORDER[settings[0].level] if settings else len(_ORDER)
        return Lookup(
            name,
            tuple(settings),
            tuple(beyond),
            tuple(dict.fromkeys(why for level, why in unread if _ORDER[level] < weakest)),
            doubts(self._step, name, before),
        )

    def _script(
        self, name: str, before: Position | None, *, inherited: bool, depth: int
    ) -> tuple[list[Setting], list[OutOfReach]]:
        """The script's own settings, the latest first, and those that do not count."""
        step = self._step
        named = [export for export in step.script.exports if export.name == name]
        exports = sorted(filter(gives_value, named), key=lambda e: rank(step, e.at))
        inherited = inherited or any(export.exported and not export.after_script for export in named)
        reach: list[Export] = []
        beyond: list[OutOfReach] = []
        for export in exports:
            why = _why_not(step, export, before, inherited=inherited)
            if why is None:
                reach.append(export)
            else:
                beyond.append(OutOfReach(_unexpanded(self._case, step, export), *why))
        settings = [_unexpanded(self._case, step, export) for export in reach[:-1]]
        settings += [self._expanded(export, depth) for export in reach[-1:]]
        return settings[::-1], beyond

    def _expanded(self, export: Export, depth: int) -> Setting:
        """The setting with its value as the shell makes it; only the one that wins is worth it."""
        literal = f"{export.name}='" in export.text
        if export.value is None or literal:
            return _setting(self._case, self._step, export, export.value)
        expansion = self.expand(export.value, export.at, depth + 1)
        return _setting(self._case, self._step, export, expansion.value, expansion.lacking)

    def expand(self, text: str, before: Position | None, depth: int = 0) -> Expansion:
        value: str | None = ""
        unknown: list[str] = []
        lacking: list[str] = []
        settings: list[Setting] = []
        end = 0
        for found in _EXPAND.finditer(text):
            name = found["braced"] or found["plain"]
            part: str | None = None
            if name and depth <= _DEPTH:
                lookup = self.look_up(name, before, depth, in_shell=True)
                settings += lookup.settings[:1]
                part = self._part(lookup, found["rest"] or "", before, depth)
                if part is None:
                    unknown.append(name)
                elif lookup.lacks and not part:
                    lacking += [name, *(lookup.winner.lacking if lookup.winner else ())]
            if value is not None:
                value = None if part is None else value + text[end : found.start()] + part
            if value is not None and len(value) > _LONGEST:
                value = None
            end = found.end()
        if value is not None:
            value += text[end:]
        return Expansion(value, tuple(dict.fromkeys(unknown)), tuple(dict.fromkeys(lacking)), tuple(settings))

    def _part(self, lookup: Lookup, rest: str, before: Position | None, depth: int) -> str | None:
        """What one variable is replaced by; None when that cannot be told."""
        keeps = rest[:2] in ("", ":-", ":=", ":?") or (len(rest) > 0 and rest[0] in "-=?")
        if lookup.winner is not None and not lookup.empty:
            return lookup.winner.value if keeps else None
        if lookup.unread or lookup.uncertain:
            return None
        if rest[:2] in (":-", ":=") or rest[:1] in ("-", "="):
            default = rest[2:] if rest[0] == ":" else rest[1:]
            return self.expand(default.strip("\"'"), before, depth + 1).value
        return "" if keeps or rest[:2] == ":+" or rest[:1] == "+" else None


_EXPAND = late(
    r"\$\{(?P<braced>[A-Za-z_]\w*)(?P<rest>[^}]*)\}|\$(?P<plain>[A-Za-z_]\w*)|(?P<odd>\$\(|`|\$\{|\$[0-9@*#?!$-])"
)


def _why_not(
    step: PipelineStep, export: Export, before: Position | None, *, inherited: bool
) -> tuple[str, str] | None:
    """Why an assignment of the script does not count, with the kind; None when it does."""
    line = export.at.line
    if export.after_script:
        return "it is set in the `after-script` only", "too-late"
    if export.command_only:
        if before is not None and line == before.line:
            return None
        return f"line {line} sets it for that one command only", "not-exported"
    if before is not None and not runs_before(step, export.at, before):
        return f"line {line} sets it after line {before.line} needs it", "too-late"
    if not (export.exported or inherited):
        return f"line {line} assigns it without `export`, so programs do not see it", "not-exported"
    return None


def _setting(
    case: CaseFile, step: PipelineStep, export: Export, value: str | None, lacking: tuple[str, ...] = ()
) -> Setting:
    return Setting(
        export.name,
        Level.SCRIPT,
        value,
        secured=False,
        environment=None,
        location=in_file(case, export.at),
        text=export.text.strip(),
        at=export.at,
        written=export.value,
        lacking=lacking,
        maybe=in_branch(step, export.at),
    )


def _unexpanded(case: CaseFile, step: PipelineStep, export: Export) -> Setting:
    plain = export.value is not None and "$" not in export.value and "`" not in export.value
    return _setting(case, step, export, export.value if plain else None)


def _with_surroundings(case: CaseFile, step: PipelineStep, lookup: Lookup) -> Lookup:
    """The lookup with what other environments and other steps set, and with names almost like it."""
    beyond = (
        *lookup.out_of_reach,
        *_elsewhere(case, step, lookup.name),
        *_other_steps(case, step, lookup.name),
    )
    nearly = () if lookup.settings else _nearly(case, step, lookup.name)
    return Lookup(lookup.name, lookup.settings, beyond, lookup.unread, lookup.uncertain, nearly)


def _elsewhere(case: CaseFile, step: PipelineStep, name: str) -> list[OutOfReach]:
    """Deployment variables of environments that this step does not deploy to."""
    mine = environment_of(case, step)
    if not isinstance(case.environments, Known) or isinstance(mine, Unread):
        return []
    here = "nothing" if mine is None or step.deployment is None else code(step.deployment.text)
    kind = "no-deployment" if mine is None else "other-environment"
    found = []
    for environment in case.environments.value:
        if isinstance(mine, Known) and mine.value.uuid == environment.uuid:
            continue
        why = f"only steps that deploy to {code(environment.name)} see it, and this one deploys to {here}"
        settings = stored(Level.DEPLOYMENT, variables_of(case, environment), name, environment.name)
        found += [OutOfReach(setting, why, kind) for setting in settings]
    return found


def _other_steps(case: CaseFile, step: PipelineStep, name: str) -> list[OutOfReach]:
    """What earlier steps of the same pipeline set for themselves, or hand on without declaring it."""
    found: list[OutOfReach] = []
    for other in _steps_by_name(case, None).get((step.pipeline, name), ()):
        if other.index >= step.index or other.body_at == step.body_at:
            continue
        found += [
            OutOfReach(
                _unexpanded(case, other, export), f"only the step {code(other.label)} sets it", "other-step"
            )
            for export in other.script.exports
            if export.name == name and not export.command_only and gives_value(export)
        ]
        if name not in other.output_variables:
            why = f"the step {code(other.label)} does not list it under `output-variables`"
            found += [
                OutOfReach(handed_on(case, other, name, at), why, "other-step")
                for key, at in other.script.carried_out
                if key == name
            ]
    return found


@once_per_case
def _steps_by_name(case: CaseFile, about: None) -> dict[tuple[str, str], list[PipelineStep]]:
    """By pipeline and name: the steps whose scripts set that name, or hand it on."""
    del about
    file = file_of(case)
    found: dict[tuple[str, str], list[PipelineStep]] = {}
    for step in file.steps if file else ():
        names = [export.name for export in step.script.exports]
        names += [name for name, _ in step.script.carried_out]
        for name in dict.fromkeys(names):
            found.setdefault((step.pipeline, name), []).append(step)
    return found


def _nearly(case: CaseFile, step: PipelineStep, name: str) -> tuple[Setting, ...]:
    """What reaches the step under a name that is almost this one."""
    readings = [case.repository_variables, case.workspace_variables]
    mine = environment_of(case, step)
    if isinstance(mine, Known):
        readings.append(variables_of(case, mine.value))
    names = [
        variable.name for reading in readings if isinstance(reading, Known) for variable in reading.value
    ]
    names += [export.name for export in step.script.exports if export.exported and gives_value(export)]
    view = _View(case, step)
    found = (view.look_up(other, None).winner for other in near(name, dict.fromkeys(names)))
    return tuple(setting for setting in found if setting is not None)


__all__ = [
    "Expansion",
    "Level",
    "Lookup",
    "OutOfReach",
    "Setting",
    "environment_of",
    "expand",
    "look_up",
    "variables_of",
    "where",
]
