"""What is known of one variable: where it is set, and what of that reaches a step."""

from __future__ import annotations

from enum import StrEnum

from knowledge.frozen import dataclass
from knowledge.location import Location, Position
from knowledge.reading import Unread
from knowledge.words import code


class Level(StrEnum):
    """Where a variable is set, strongest first."""

    SCRIPT = "script"
    PIPELINE = "pipeline"
    DEPLOYMENT = "deployment"
    REPOSITORY = "repository"
    WORKSPACE = "workspace"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One place at which a variable is set.

    `value` is None when nobody can tell it (secured, made by a command, a default of the run); for a
    script it is the value after expansion, and `written` what stands in the file. `environment` is the
    deployment environment's name at that level. `text` is the source line of a script, else the name.
    `at` is the place in the file for a script. `lacking` are the names that the value expands and that
    are set nowhere. `maybe` says that the line of the script may not run, `asked` that whoever starts the
    run enters the value, and that the file declares none for when nobody does. `how` says where the value
    comes from, where the level alone does not tell.
    """

    name: str
    level: Level
    value: str | None
    secured: bool
    environment: str | None
    location: Location
    text: str
    at: Position | None = None
    written: str | None = None
    lacking: tuple[str, ...] = ()
    maybe: bool = False
    asked: bool = False
    how: str = ""

    @property
    def literal(self) -> bool:
        """Whether it stands between single quotes, where the shell puts nothing in."""
        return self.at is not None and f"{self.name}='" in self.text

    @property
    def empty(self) -> bool:
        """Whether the value is known to be nothing at all."""
        return self.value is not None and not self.value.strip()

    @property
    def sure(self) -> bool:
        """Whether there is a value for certain: one that was read, or a secured one."""
        return not self.maybe and (self.secured or (self.value is not None and not self.empty))


def where(setting: Setting) -> str:
    """The place of a setting in words: `in the repository variables`, `on line 12`."""
    if setting.how:
        return setting.how
    match setting.level:
        case Level.SCRIPT:
            return f"on line {setting.at.line}" if setting.at else "in the script"
        case Level.DEPLOYMENT:
            return f"in the variables of the environment {code(setting.environment)}"
        case Level.PIPELINE:
            return (
                f"by an earlier step, on line {setting.at.line}"
                if setting.at
                else "in the run's own variables"
            )
        case Level.DEFAULT:
            return "in the default variables"
        case Level.REPOSITORY | Level.WORKSPACE:
            return f"in the {setting.level} variables"


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A setting that exists and that this step does not see.

    `why` completes "it is set, but ...". `kind` is `other-environment`, `no-deployment`, `other-step`,
    `not-exported`, `too-late` (after the command that needs it) or `unset`.
    """

    setting: Setting
    why: str
    kind: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found for one name.

    `settings` are those that reach the step, strongest first. `unread` are the levels that could
    change the answer and were not read; `uncertain` says in words what else may set the name.
    """

    name: str
    settings: tuple[Setting, ...] = ()
    out_of_reach: tuple[OutOfReach, ...] = ()
    unread: tuple[Unread, ...] = ()
    uncertain: tuple[str, ...] = ()
    nearly: tuple[Setting, ...] = ()
    """Settings that reach the step under a name that is almost this one."""

    @property
    def winner(self) -> Setting | None:
        """The setting whose value the step sees."""
        return self.settings[0] if self.settings else None

    @property
    def empty(self) -> bool:
        """Set, but known to be set to nothing."""
        return self.winner is not None and self.winner.empty

    @property
    def lacks(self) -> bool:
        """Nothing that was read gives the step a value: not set, or set to nothing."""
        return self.winner is None or self.empty

    @property
    def missing(self) -> bool:
        """Nothing sets it, and nothing was left unread that could."""
        return self.lacks and not self.unread and not self.uncertain

    @property
    def set_somewhere(self) -> bool:
        return bool(self.settings or self.out_of_reach)

    def beyond(self, *kinds: str) -> tuple[OutOfReach, ...]:
        """What is out of reach for one of these reasons."""
        return tuple(item for item in self.out_of_reach if item.kind in kinds)


@dataclass(frozen=True, slots=True)
class Expansion:
    """A text with its variables put in. `value` is None while some are not known; `unknown` names
    those, `lacking` those that are set nowhere and so leave nothing behind."""

    value: str | None
    unknown: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
