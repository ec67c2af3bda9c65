"""Where a piece of evidence was found. Lines and columns are 1-based throughout."""

from __future__ import annotations

from knowledge.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text file."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class InFile:
    """A line of the pipeline file (or of another file of the repository)."""

    path: str
    line: int
    column: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InPaste:
    """A span of the redacted text that was pasted."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class InLog:
    """A line of a step's log."""

    step: str
    line: int | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InStep:
    """A line of the commands that Bitbucket lists for a run's step, one below the other."""

    step: str
    line: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InRun:
    """The run itself, as Bitbucket's API describes it."""

    build_number: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InVariables:
    """A variable, or the level at which one was looked for.

    `level` is `workspace`, `repository`, `deployment` or `pipeline`; `environment` is the
    deployment environment's name for the level `deployment`, else None.
    """

    level: str
    name: str
    environment: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InPolicy:
    """A statement of a role's trust policy, or one condition of it."""

    role: str
    statement: int | None
    operator: str | None = None
    key: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class InAccount:
    """Something of the cloud account that has no smaller place: the list of its OIDC
    providers, a role that is not there."""

    account: str
    what: str
    url: str | None = None


Location = InFile | InPaste | InLog | InStep | InRun | InVariables | InPolicy | InAccount

#: `kind` of each location in `explain --json`.
KINDS: dict[type, str] = {
    InFile: "file",
    InPaste: "paste",
    InLog: "log",
    InStep: "step",
    InRun: "run",
    InVariables: "variables",
    InPolicy: "policy",
    InAccount: "account",
}
