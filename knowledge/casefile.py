"""Everything that was read about one failure: the only input of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from knowledge.clean_text import CleanText
from knowledge.frozen import dataclass
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.reading import Reading, Unread, not_given
from knowledge.symptoms.model import Family, Symptom
from knowledge.target import Target

if TYPE_CHECKING:
    # Named in annotations alone; a check of files need not load them.
    from knowledge.aws_readings import LoginEvent, RolePolicies, Simulation
    from knowledge.azure_setup import Application, Credential, ServicePrincipal
    from knowledge.gcp_setup import AccountPolicy, WorkloadProvider


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as Bitbucket knows it. UUIDs carry their braces and are lower case."""

    uuid: str
    slug: str
    workspace_uuid: str
    workspace_slug: str
    is_fork: bool = False
    main_branch: str | None = None
    parent_uuid: str | None = None
    """That of the repository it was forked from, where it is a fork and Bitbucket names it."""

    @property
    def full_name(self) -> str:
        return f"{self.workspace_slug}/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One pipeline run. `selector_type` and `selector_pattern` name the block of the file that ran
    (`branches` + `main`); `result` is `FAILED`, `ERROR`, `SUCCESSFUL`, ... or None while it runs."""

    uuid: str
    build_number: int
    commit: str | None
    selector_type: str | None
    selector_pattern: str | None
    ref_name: str | None
    ref_type: str | None
    state: str
    result: str | None
    url: str
    error: str | None = None
    created_on: datetime | None = None
    variables: tuple[Variable, ...] = ()
    configuration_sources: tuple[str, ...] = ()
    pull_request: int | None = None
    of_parent: bool = False
    """A step of another pipeline started it (`type: pipeline`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """One step of a run. `position` counts the run's steps from 0; `commands` are the commands that
    the step ran, as the API lists them."""

    uuid: str
    name: str | None
    position: int
    state: str
    result: str | None
    started_on: datetime | None = None
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Log:
    """The end of a step's log: redacted text, and whether something was left out of it, so that its lines
    have no numbers. `part` counts the bytes of its end that were looked through; None where that is all."""

    text: CleanText
    truncated: bool = False
    url: str | None = None
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of one level. `value` is None when it is secured (then nobody can read it)."""

    name: str
    value: str | None
    secured: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """A deployment environment; `uuid` with braces, lower case."""

    uuid: str
    name: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role as `iam:GetRole` gives it."""

    arn: str
    trust_policy: Mapping[str, Any]
    max_session_seconds: int = 3600
    boundary_arn: str | None = None


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """An OIDC provider of an AWS account. `url` is without `https://`, as AWS returns it;
    `client_ids` is None when only the list of ARNs could be read."""

    arn: str
    url: str
    client_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ProvidersRead:
    """What an account showed of its OIDC providers, and what of them could not be read."""

    found: tuple[OidcProvider, ...]
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspect:
    """A step that may be the one that failed.

    `how` completes "taken because ..."; `certain` is false when it was only inferred, which keeps
    every finding about it at most likely. `run_step` is the run's own step, if a run was read.
    `doubtful` is set where nothing in the step has to do with a cloud, and its log shows another failure:
    then whatever it lacks is at most possible.
    """

    step: PipelineStep
    how: str
    certain: bool
    run_step: RunStep | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The failed step by its commands, as the run lists them, where the file that defines it was not read
    (`knowledge.pipelines.listing`). `lines` are those commands' lines, one below the other; `url` is the
    step's page."""

    suspect: Suspect
    lines: tuple[str, ...]
    url: str | None = None
    imported: str | None = None
    """What `import:` names for the pipeline that ran, where the file that was read says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """All readings of one paste. Whatever was not read says so itself (`Unread`).

    `environment_variables` is keyed by the environment's UUID. `claims` are the token's claims
    where somebody handed them over (`explain --claims`), or pasted the token (`claims_pasted`); rules
    use `knowledge.claims.claims_for`, which prefers them and else computes them for the step.
    `redactions` counts the secrets that were taken out of the paste, by kind.
    """

    symptoms: tuple[Symptom, ...] = ()
    paste: CleanText = CleanText("")
    target: Target = Target()
    now: datetime | None = None
    suspects: tuple[Suspect, ...] = ()
    listing: Listing | None = None
    """Only where there are no suspects, and no pipeline file of the step."""
    repository: Reading[Repository] = not_given("the repository", "a repository")
    run: Reading[Run] = not_given("the pipeline run", "a build number")
    run_steps: Reading[tuple[RunStep, ...]] = not_given("the run's steps", "a build number")
    log: Reading[Log] = not_given("the step's log", "a build number")
    pipeline_file: Reading[PipelineFile] = not_given("the pipeline file", "--pipeline-file FILE")
    workspace_variables: Reading[tuple[Variable, ...]] = not_given(
        "workspace variables", "--variables FILE with `workspace`"
    )
    repository_variables: Reading[tuple[Variable, ...]] = not_given(
        "repository variables", "--variables FILE with `repository`"
    )
    environments: Reading[tuple[Environment, ...]] = not_given(
        "deployment environments", "--variables FILE with `deployments`"
    )
    environment_variables: Mapping[str, Reading[tuple[Variable, ...]]] = field(default_factory=dict)
    role: Reading[Role] = not_given("the role's trust policy", "--trust-policy FILE")
    role_arn: str | None = None
    """The ARN that `role` was looked up under, whether or not it was found."""
    providers: Reading[tuple[OidcProvider, ...]] = not_given(
        "the account's OIDC providers", "a role that the bot may read"
    )
    providers_unread: tuple[Unread, ...] = ()
    """What of the providers could not be read, where something of them was."""
    gcp_provider: Reading[WorkloadProvider] = not_given(
        "the provider of the workload identity pool", "--provider-config FILE"
    )
    gcp_account: Reading[AccountPolicy] = not_given(
        "the service account's IAM policy", "--service-account-policy FILE"
    )
    azure_application: Reading[Application] = not_given(
        "the application's registration", "a tenant that the bot may read"
    )
    azure_principal: Reading[ServicePrincipal] = not_given(
        "the application's service principal", "a tenant that the bot may read"
    )
    azure_credentials: Reading[tuple[Credential, ...]] = not_given(
        "the identity's federated credentials", "a tenant that the bot may read"
    )
    role_policies: Reading[RolePolicies] = not_given("the role's policies", "a role that the bot may read")
    simulation: Reading[Simulation] = not_given("IAM's policy simulator", "a role that the bot may read")
    login_event: Reading[LoginEvent] = not_given(
        "CloudTrail's record of the login", "a role that the bot may read"
    )
    claims: Mapping[str, Any] | None = None
    claims_pasted: bool = False
    redactions: Mapping[str, int] = field(default_factory=dict)
    request_context: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the request itself (`aws:SourceIp`), where somebody handed them over."""
    worked_out: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Kept by `knowledge.once`; no reading, and empty again in every changed copy."""

    @property
    def families(self) -> frozenset[Family]:
        """What the pasted text proves, all symptoms together."""
        return frozenset(symptom.family for symptom in self.symptoms)

    def field(self, name: str) -> str | None:
        """The first value that any symptom carries for `name`."""
        return next((s.fields[name] for s in self.symptoms if name in s.fields), None)
