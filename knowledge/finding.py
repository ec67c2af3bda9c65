"""What a rule establishes: findings with their evidence and fixes, and the diagnosis made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from knowledge.frozen import dataclass
from knowledge.location import InFile, Location
from knowledge.reading import Unread

if TYPE_CHECKING:
    # Named in annotations alone; a check of files need not load it.
    from knowledge.gcp_setup import GoogleChange


class Verdict(StrEnum):
    """What a rule established. The order of the members is the order of the reply."""

    CONFIRMED = "confirmed"
    """The source was read, shows the condition, and the condition suffices for this symptom."""
    LIKELY = "likely"
    """Shown, but a second reading or the identity of the step is missing."""
    POSSIBLE = "possible"
    """Typical of the symptom; nothing read speaks for or against it."""
    UNDETERMINED = "undetermined"
    """A source that decides it could not be read."""
    RULED_OUT = "ruled_out"
    """Read, and not so."""


class Severity(StrEnum):
    BLOCKER = "blocker"
    """Stops the build."""
    ADVICE = "advice"
    """A hazard met on the way; never leads a reply."""


class Surface(StrEnum):
    """What a fix changes."""

    PIPELINE_FILE = "pipeline-file"
    VARIABLES = "variables"
    ROLE_TRUST = "role-trust"
    OIDC_PROVIDER = "oidc-provider"
    ROLE = "role"
    ROLE_PERMISSIONS = "role-permissions"
    FEDERATED_CREDENTIAL = "federated-credential"
    """What an identity of Azure trusts."""
    CLOUD_IDENTITY = "cloud-identity"
    """The identity at another cloud than AWS, and what it may do."""
    RUN = "run"


class Disposition(StrEnum):
    SAFE = "safe"
    """Applied in memory, its rule falls silent, and it opens nothing further."""
    NEEDS_REVIEW = "needs-review"
    """A person must choose or check something (a value, a level, who else is let in)."""


@dataclass(frozen=True, slots=True)
class StepRef:
    """Which step a finding is about; `line` is that of the step's own `step:` key."""

    pipeline: str
    index: int
    name: str | None
    line: int

    @property
    def label(self) -> str:
        """The name a person would use for it."""
        return self.name or f"{self.pipeline} step {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Expected beside actual. `differs_at` is the 0-based index of the first differing character
    (None when that would mislead, for example when a whole key is absent)."""

    what: str
    expected: str
    actual: str
    differs_at: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was read. The excerpt is taken from the source, never composed."""

    sentence: str
    location: Location
    excerpt: str = ""
    primary: bool = True
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class VariableEdit:
    """A variable to add: `level` as in `InVariables`; `value` is only an example."""

    level: str
    name: str
    value: str
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A change that mends the cause. Exactly what it changes is data, so that it can be tried.

    `file_after` (whole new text of the pipeline file), `variables` and `policy_after` (whole new
    trust policy) are applied in memory by `knowledge.trial`; `commands` is what to run, `steps`
    what to press. `diff` is filled in by the trial, from the file as it was and `file_after`.
    """

    title: str
    surface: Surface
    disposition: Disposition = Disposition.NEEDS_REVIEW
    file_after: str | None = None
    diff: str | None = None
    variables: tuple[VariableEdit, ...] = ()
    policy_after: Mapping[str, Any] | None = None
    google_after: GoogleChange | None = None
    """What `commands` make of a provider or a service account's policy in Google Cloud."""
    commands: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    verify: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says about one step.

    Raises:
        ValueError: exactly one primary piece of evidence is demanded unless the verdict is
            `POSSIBLE`, `UNDETERMINED` or `RULED_OUT`, and a fix when it is `CONFIRMED` or `LIKELY`.
    """

    cause: str
    verdict: Verdict
    headline: str
    """One line: what is wrong, where."""
    meaning: str = ""
    """One or two sentences: why that gives this error."""
    severity: Severity = Severity.BLOCKER
    step: StepRef | None = None
    evidence: tuple[Evidence, ...] = ()
    fixes: tuple[Fix, ...] = ()

    def __post_init__(self) -> None:
        primaries = sum(1 for item in self.evidence if item.primary)
        if self.verdict in (Verdict.CONFIRMED, Verdict.LIKELY):
            if primaries != 1:
                raise ValueError(f"{self.cause}: one primary piece of evidence, not {primaries}")
            if not self.fixes:
                raise ValueError(f"{self.cause}: a {self.verdict} finding needs a fix")
        elif primaries > 1:
            raise ValueError(f"{self.cause}: at most one primary piece of evidence")

    @property
    def primary(self) -> Evidence | None:
        return next((item for item in self.evidence if item.primary), None)

    @property
    def line(self) -> int | None:
        """Line of the pipeline file this finding points at, for linters."""
        where = self.primary.location if self.primary else None
        return where.line if isinstance(where, InFile) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The ordered findings, and what else was learnt on the way."""

    findings: tuple[Finding, ...] = ()
    ruled_out: tuple[Finding, ...] = ()
    """Read, and not so: worth a line, because it saves the reader the check."""
    unread: tuple[Unread, ...] = ()
    checked: tuple[str, ...] = field(default=())
    """What was read and is fine, one short phrase each."""

    @property
    def lead(self) -> Finding | None:
        """The first finding, if it is confirmed or likely and stops the build."""
        first = self.findings[0] if self.findings else None
        if first is None or first.severity is not Severity.BLOCKER:
            return None
        return first if first.verdict in (Verdict.CONFIRMED, Verdict.LIKELY) else None
