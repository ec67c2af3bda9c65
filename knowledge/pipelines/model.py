"""A pipeline file as Bitbucket reads it, every value with the place it came from."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Any

from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.declarations import CustomVariable
from knowledge.pipelines.late import Late
from knowledge.pipelines.need import Needs
from knowledge.pipelines.printed import Printed
from knowledge.pipelines.repeated import RepeatedKey


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar of the file.

    `text` is what stands there without quotes; `tag` is `str`, `bool`, `int`, `float`, `null` as
    YAML 1.1 (PyYAML) resolves it, or `map` / `list` when a mapping or list stands where a scalar
    was expected (then `text` is empty). `at` is where the value starts (inside an anchor: there).
    """

    text: str
    tag: str
    quoted: bool
    at: Position


class OidcState(StrEnum):
    ON = "on"
    """`oidc: true`, or a mapping with audiences."""
    OFF = "off"
    """`oidc: false`."""
    ABSENT = "absent"
    WRONG_VALUE = "wrong-value"
    """The key is right, its value is neither `true`, `false` nor a mapping with audiences."""
    UNCERTAIN = "uncertain"
    """`yes`, `on`: true for YAML 1.1; which YAML Bitbucket reads is not known."""


@dataclass(frozen=True, slots=True)
class Oidc:
    """The `oidc` key of one step, after anchors and merge keys.

    `key_at` is the key's place (None when absent), `value` what stands after it (None when absent),
    `audiences` the custom audiences of the step (or of `options`), None when there are none.
    """

    state: OidcState
    key_at: Position | None = None
    value: Value | None = None
    audiences: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StrayOidc:
    """A key that looks like `oidc` where Bitbucket does not read it, or not under that name.

    `key` as written (`OIDC`, `oidc`); `where` says in words what it stands in, code between back-ticks
    (`the step, in the wrong case`, `the step, under another name`, `the file's root`, `the stage`,
    "`image`", `the script`, `a pipe's variables`, "beside `step:`"); `step_line` is the line of the
    `step:` key it belongs to, if it stands in one. `misspelt` is true when place would be right and only
    the spelling is wrong.
    """

    key: str
    at: Position
    value: Value | None
    where: str
    step_line: int | None
    misspelt: bool


@dataclass(frozen=True, slots=True)
class Export:
    """A variable that the script itself sets.

    `value` is the text assigned, quotes removed, `$NAME` left in; None where it cannot be told
    (`$(...)`). `exported` is false for a plain `A=b` line, which child processes do not see, and
    for `A=b cmd`, which only that command sees (`command_only`). `text` is the source line.
    """

    name: str
    value: str | None
    at: Position
    text: str
    exported: bool = True
    command_only: bool = False
    after_script: bool = False


@dataclass(frozen=True, slots=True)
class MalformedExport:
    """A line meant to set a variable that sets nothing: `EXPORT A`, `SET A=b`, `export A` without a
    value that exists, `export $A=b`, `export A = b`. `why` is a sentence, `repaired` the line as it
    was meant."""

    name: str
    at: Position
    text: str
    why: str
    repaired: str


@dataclass(frozen=True, slots=True)
class TokenWrite:
    """A command that writes the step's token to a file.

    `target` is the path expression as written (`$AWS_WEB_IDENTITY_TOKEN_FILE`, `$(pwd)/token`).
    `literal` is true when the token's variable is in single quotes or lacks its `$`, so that not
    the token but its name is written.
    """

    target: str
    at: Position
    text: str
    variable: str = "BITBUCKET_STEP_OIDC_TOKEN"
    literal: bool = False
    append: bool = False


@dataclass(frozen=True, slots=True)
class CloudCommand:
    """A command that needs a cloud login, or makes one.

    `cloud` is `aws`, `azure`, `gcp` or `other`; `kind` is `login` (exchanges the token itself:
    `aws sts assume-role-with-web-identity`, `az login --federated-token`, `gcloud iam
    workload-identity-pools create-cred-config`), `use` (anything else of that cloud) or `terraform`
    and the like (`tool`). `arguments` are its long options (`--role-arn` → value as written).
    """

    cloud: str
    kind: str
    program: str
    at: Position
    text: str
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Pipe:
    """A pipe call: `name` without version (`atlassian/aws-s3-deploy`), its variables in order."""

    name: str
    version: str | None
    at: Position
    variables: tuple[tuple[str, Value], ...] = ()
    variables_at: Position | None = None
    after_script: bool = False

    def variable(self, name: str) -> Value | None:
        """The value the pipe is handed for `name`, or None."""
        return next((value for key, value in self.variables if key == name), None)


@dataclass(frozen=True, slots=True)
class Script:
    """What can be told from a step's script (and after-script)."""

    exports: tuple[Export, ...] = ()
    malformed: tuple[MalformedExport, ...] = ()
    token_writes: tuple[TokenWrite, ...] = ()
    token_mentions: tuple[Position, ...] = ()
    """Every place where `$BITBUCKET_STEP_OIDC_TOKEN` is expanded."""
    commands: tuple[CloudCommand, ...] = ()
    pipes: tuple[Pipe, ...] = ()
    sourced: tuple[tuple[str, Position], ...] = ()
    """Files run inside the shell (`. ./file`, `source file`): they may set anything."""
    hidden: tuple[tuple[str, Position], ...] = ()
    """Programs of the repository (`./deploy.sh`, `make`, `npm run`) that hide what they do."""
    carried_out: tuple[tuple[str, Position], ...] = ()
    """Names appended to `$BITBUCKET_PIPELINES_VARIABLES_PATH`."""
    variables_used: tuple[str, ...] = ()
    """Names that the script expands, each once, in order of first use."""
    printed: tuple[Printed, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineStep:
    """One step at one place of one pipeline.

    `pipeline` is `default`, `branches/PATTERN`, `tags/PATTERN`, `pull-requests/PATTERN`,
    `bookmarks/NAME`, `custom/NAME`, `definitions/NAME` for one that is offered to other repositories, or
    `(fragment)` for a bare list of steps; `index` counts that pipeline's steps from 0 in file order,
    those inside `parallel` and `stage` included. `at` is the step's own `step:` key there (for an
    alias: the alias's line); `body_at` is where the mapping's first key stands (in an anchor, far
    away). `keys` gives each key of the step with its place, after merges. Keys that stand beside an empty
    `step:` are read as the step's, but for `oidc`, a `StrayOidc` there. `windows`: its shell is PowerShell.
    """

    pipeline: str
    index: int
    name: str | None
    at: Position
    body_at: Position
    oidc: Oidc
    keys: tuple[tuple[str, Position], ...] = ()
    deployment: Value | None = None
    """`deployment:` or `environment:` of the step, else of its stage."""
    late_script: Late[Script] = field(default_factory=lambda: Late(Script), repr=False)
    commands: tuple[Command, ...] = ()
    """The commands of `script`, in the order in which it runs; pipes and `after-script` left out."""
    image: str | None = None
    image_oidc_role: Value | None = None
    stage: str | None = None
    parallel: bool = False
    child_pipeline: str | None = None
    """The custom pipeline that a `type: pipeline` step starts; such a step has no script."""
    input_variables: tuple[tuple[str, Value], ...] = ()
    output_variables: tuple[str, ...] = ()
    artifacts: tuple[Value, ...] = ()
    """Patterns of the files that the step uploads, relative to the clone."""
    self_hosted: bool = False
    windows: bool = False
    keys_beside: bool = False
    """Its keys stand at the indent of `step:`, so that `step:` itself is empty."""
    late_needs: Late[Needs] = field(default_factory=lambda: Late(Needs), repr=False)

    @property
    def script(self) -> Script:
        """What its script does. It is read as a shell reads it when this, or a need, is first asked for."""
        return self.late_script.value()

    @property
    def needs_oidc(self) -> bool:
        """Its script, pipes or image use the token, a web identity file, or a role through OIDC."""
        return self.late_needs.value().needs_oidc

    @property
    def needs_basis(self) -> tuple[str, ...]:
        """See `Needs.basis`."""
        return self.late_needs.value().basis

    @property
    def cloud(self) -> str | None:
        """See `Needs.cloud`."""
        return self.late_needs.value().cloud

    @property
    def label(self) -> str:
        return self.name or f"{self.pipeline} step {self.index + 1}"

    @property
    def script_text(self) -> tuple[tuple[str, Position], ...]:
        """The text of each command, and where it starts."""
        return tuple((command.text, command.at) for command in self.commands)

    def key_at(self, name: str) -> Position | None:
        return next((at for key, at in self.keys if key == name), None)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps the file, or a part of it, from being understood. `fatal` when no step
    could be read. `sentence` says what to do."""

    sentence: str
    at: Position | None
    fatal: bool


@dataclass(frozen=True, slots=True)
class PipelineFile:
    """A whole file. `steps` in file order, all pipelines; `text` exactly as parsed (decoded, BOM
    dropped). `options_oidc` is the `oidc` of top-level `options` (state ABSENT when there is none).
    `custom_variables` are those that custom pipelines ask for at their start."""

    path: str
    text: str
    steps: tuple[PipelineStep, ...] = ()
    stray_oidc: tuple[StrayOidc, ...] = ()
    options_oidc: Oidc = Oidc(OidcState.ABSENT)
    imports: tuple[tuple[str, Position], ...] = ()
    """Pipelines whose definition is elsewhere (`import:`), by name."""
    custom_variables: tuple[CustomVariable, ...] = ()
    repeated_keys: tuple[RepeatedKey, ...] = ()
    problems: tuple[Problem, ...] = ()
    worked_out: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found out about this very file, by the name of the function that found it."""

    @property
    def options_may_switch_on(self) -> bool:
        """Whether `options` may give every step a token, which is not documented for any of its values."""
        return self.options_oidc.state is OidcState.ON or bool(self.options_oidc.audiences)

    @property
    def lines(self) -> tuple[str, ...]:
        lines: tuple[str, ...] | None = self.worked_out.get("lines")
        if lines is None:
            lines = self.worked_out["lines"] = tuple(self.text.split("\n"))
        return lines

    def line(self, number: int) -> str:
        """The text of 1-based line `number`, empty outside the file."""
        return self.lines[number - 1].rstrip("\r") if 0 < number <= len(self.lines) else ""
