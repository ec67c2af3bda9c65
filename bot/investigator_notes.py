"""What an investigation has learnt so far: it becomes the case file, whenever time is up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from bot.errors import SourceError, SourceNotFound
from bot.investigator_cloud_notes import CloudNotes
from bot.investigator_request import request_context
from bot.investigator_source import Definition
from bot.investigator_tip import Tip
from bot.ports import RepositoryName
from bot.read_times import read_time
from bot.spans import kind_of, part
from knowledge.aws_readings import LoginEvent, RolePolicies, Simulation
from knowledge.casefile import (
    CaseFile,
    Environment,
    Listing,
    Log,
    OidcProvider,
    Repository,
    Role,
    Run,
    RunStep,
    Suspect,
    Variable,
)
from knowledge.clean_text import CleanText
from knowledge.gcp_pasted import with_commands_to_look, with_pasted_setup
from knowledge.pipelines.model import PipelineFile
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.symptoms.model import Family, Symptom
from knowledge.target import Target
from knowledge.words import code

T = TypeVar("T")

VAGUE = frozenset({Family.HIDDEN, Family.OTHER})

LATE = "it did not answer in time"
AGAIN = "ask again in a minute"


def waiting(source: str) -> Unread:
    """The reading of something that has been asked for, until its answer is there."""
    return Unread(source, LATE, AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be investigated. `anew` is set when somebody asks to have it checked again; `claims` are
    those of a pasted token; `asked_at` is when the message was written; `role` is one whose trust policy a
    person pasted. `not_before` is the time from which on a reading tells what is true for who asks: the
    message's own, exactly, or that of the click or command."""

    name: RepositoryName
    target: Target
    symptoms: tuple[Symptom, ...]
    paste: CleanText
    anew: bool = False
    claims: Mapping[str, Any] | None = None
    asked_at: datetime | None = None
    not_before: datetime | None = None
    role: Role | None = None


@dataclass(slots=True)
class Notes:
    """The readings, each `Unread` until it is there; and what was found out on the way.

    `run_how` completes "run #42 of acme/widget, ...". `candidates` counts the steps of the run that may be
    meant. `log_holds` says whether the step's log shows the failure of the paste (no failed step shows it
    neither); None when there was nothing to compare. `log_part` counts the bytes of a log's end that were
    looked through, where one of the run was not read whole: then it proves nothing that it does not show the
    failure. `passed_over` are the runs, with these bytes, that an older one was taken before all the same.
    `unfinished_logs` counts the steps without an end that do not show it. `older_runs` counts the failed runs
    before this one that do not show it either; `older_left` those, and `logs_left` the failed steps of this
    run, that were not looked into for the calls that takes; `log_spared` is set where the log was not read,
    as the message shows the error and the run. `step_not_there` is set where the link names a step that the
    run does not have; `not_as_named` where no failed run of the branch, tag, commit or pull request that the
    text names was found, and another was taken. `tip` is set where the run's branch has moved on;
    `definition` says which file the run was made of. `newest_runs` are those that were listed where none was
    named, `failed_runs` the failed ones that may be meant, newest first, and `failed_steps` the name of the
    failed step of those that were looked into, by build number.
    """

    question: Question
    repository: Reading[Repository] = field(default_factory=lambda: waiting("the repository"))
    run: Reading[Run] = field(default_factory=lambda: waiting("the pipeline run"))
    run_steps: Reading[tuple[RunStep, ...]] = field(default_factory=lambda: waiting("the run's steps"))
    run_step: RunStep | None = None
    log: Reading[Log] | None = None
    file: Reading[PipelineFile] = field(default_factory=lambda: waiting("the pipeline file"))
    workspace_variables: Reading[tuple[Variable, ...]] = field(
        default_factory=lambda: waiting("workspace variables")
    )
    repository_variables: Reading[tuple[Variable, ...]] = field(
        default_factory=lambda: waiting("repository variables")
    )
    environments: Reading[tuple[Environment, ...]] = field(
        default_factory=lambda: waiting("deployment environments")
    )
    environment_variables: dict[str, Reading[tuple[Variable, ...]]] = field(default_factory=dict)
    suspects: tuple[Suspect, ...] = ()
    listing: Listing | None = None
    role: Reading[Role] = field(
        default_factory=lambda: Unread(
            "the role's trust policy",
            "which role the step asks for could not be told",
            "paste the role's ARN beside the error",
        )
    )
    role_arn: str | None = None
    providers: Reading[tuple[OidcProvider, ...]] = field(
        default_factory=lambda: Unread(
            "the account's OIDC providers",
            "which account the role is in could not be told",
            "paste the role's ARN beside the error",
        )
    )
    providers_unread: tuple[Unread, ...] = ()
    role_policies: Reading[RolePolicies] | None = None
    simulation: Reading[Simulation] | None = None
    login_event: Reading[LoginEvent] | None = None
    run_how: str = ""
    candidates: int = 0
    log_part: int | None = None
    unfinished_logs: int = 0
    passed_over: dict[int, int] = field(default_factory=dict)
    step_not_there: bool = False
    not_as_named: bool = False
    log_holds: bool | None = None
    log_symptoms: tuple[Symptom, ...] = ()
    older_runs: int = 0
    older_left: int = 0
    logs_left: int = 0
    log_spared: bool = False
    tip: Tip | None = None
    definition: Definition = field(default_factory=Definition)
    newest_runs: tuple[Run, ...] = ()
    failed_runs: tuple[Run, ...] = ()
    failed_steps: dict[int, str] = field(default_factory=dict)
    clouds: CloudNotes = field(default_factory=CloudNotes)

    @property
    def repository_name(self) -> str:
        """The repository's name for people: its own one where it was asked for by a UUID."""
        written, repository = str(self.question.name), known(self.repository)
        return repository.full_name if repository is not None and "{" in written else written

    @property
    def from_log(self) -> bool:
        """Whether the failure is known from the log alone: the paste shows none, or only a text that hides
        the real one."""
        telling = any(one.family not in VAGUE for one in self.question.symptoms)
        return not telling and any(one.family not in VAGUE for one in self.log_symptoms)

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        return self.log_symptoms if self.from_log else self.question.symptoms

    @property
    def inferred(self) -> bool:
        """Whether the run, or its step, is only taken to be the one that is meant."""
        if known(self.run) is None:
            return bool(self.symptoms)
        asked = self.question
        if self.definition.partly:
            # What is not in the file may stand where the rest of the definition is.
            return True
        if self.passed_over or self.not_as_named or (self.step_not_there and not self.log_holds):
            return True
        run_certain = asked.target.build_number is not None or not asked.symptoms or self.log_holds
        return not (run_certain and (self.candidates <= 1 or self.log_holds or self.from_log))

    def settle(self) -> None:
        """Without the repository nothing counts as not there: it may as well be hidden from the bot."""
        repository = self.repository
        if not isinstance(repository, Unread):
            return
        if isinstance(self.run, Absent):
            self.run_how = ""
            self.file = Unread(self.file.source, repository.reason, repository.remedy)
        self.run = _hidden(self.run, repository)
        self.run_steps = _hidden(self.run_steps, repository)
        self.file = _hidden(self.file, repository)

    @property
    def _file_of_the_step(self) -> Reading[PipelineFile]:
        """The file, unless the step that failed is not defined there."""
        if self.listing is None or not isinstance(self.file, Known):
            return self.file
        step, path = self.listing.suspect.step.label, code(self.definition.path)
        return Unread(
            f"the definition of the step {step}",
            f"it is not in {path}, and where else the run's definition comes from was not read",
            f"look at what {path} imports, or at what makes the pipeline while it starts",
        )

    def case(self) -> CaseFile:
        """The case file of what is known by now."""
        untouched = CaseFile()
        log = self.log.value if isinstance(self.log, Known) else None
        case = CaseFile(
            symptoms=self.symptoms,
            paste=log.text if self.from_log and log is not None else self.question.paste,
            target=self.question.target,
            suspects=self.suspects,
            listing=self.listing,
            repository=self.repository,
            run=self.run,
            run_steps=self.run_steps,
            log=untouched.log if self.log is None else self.log,
            pipeline_file=self._file_of_the_step,
            workspace_variables=self.workspace_variables,
            repository_variables=self.repository_variables,
            environments=self.environments,
            environment_variables=dict(self.environment_variables),
            role=self.role,
            role_arn=self.role_arn,
            providers=self.providers,
            providers_unread=self.providers_unread,
            role_policies=untouched.role_policies if self.role_policies is None else self.role_policies,
            simulation=untouched.simulation if self.simulation is None else self.simulation,
            login_event=untouched.login_event if self.login_event is None else self.login_event,
            request_context=request_context(known(self.login_event)),
            claims=self.question.claims,
            claims_pasted=self.question.claims is not None,
            now=self.question.asked_at,
        )
        anew = self.question.anew
        case = self.clouds.with_azure(case, anew=anew)
        if any(symptom.provider == "gcp" for symptom in case.symptoms):
            case = with_pasted_setup(case, self.question.paste)
        elif case.symptoms or not self.clouds.of_google:
            return case
        return with_commands_to_look(self.clouds.with_google(case, anew=anew))


async def read(
    source: str,
    ask: Callable[[], Awaitable[T]],
    *,
    url: str | None = None,
    missing: bool = False,
) -> Reading[T]:
    """Ask a source and take its outcome as a reading.

    `missing` says that "not found" is an answer about the thing itself; without it, it may as well be
    hidden from the bot, and counts as not read.
    """
    with part("reading", source=kind_of(source)) as tell:
        reading = await _outcome(source, ask, url, missing)
        tell("status", type(reading).__name__.lower())
    return reading


async def _outcome(
    source: str, ask: Callable[[], Awaitable[T]], url: str | None, missing: bool
) -> Reading[T]:
    try:
        with read_time() as kept:
            return Known(await ask(), source, url, kept.at)
    except SourceNotFound as error:
        return Absent(source, url) if missing else error.unread(source)
    except SourceError as error:
        return error.unread(source)


def known(reading: Reading[T] | None) -> T | None:
    """The value, if it was read."""
    return reading.value if isinstance(reading, Known) else None


def follows(source: str, reason: str, earlier: Reading[Any]) -> Unread:
    """A reading that was not tried, because what it needs was not had: for the same reason, if that could not
    be read, else for the `reason` given."""
    if isinstance(earlier, Unread):
        return Unread(source, earlier.reason, earlier.remedy)
    return Unread(source, reason, "name a run that is there")


def _hidden(reading: Reading[T], repository: Unread) -> Reading[T]:
    if isinstance(reading, Absent):
        return Unread(reading.source, repository.reason, repository.remedy)
    return reading
