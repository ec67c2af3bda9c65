"""What the investigator needs of the sources. Their methods raise `bot.errors.SourceError`, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from knowledge.aws_readings import LoginEvent, RolePolicies, RolePolicy, Simulation
from knowledge.azure_setup import Application, Credential, ServicePrincipal
from knowledge.casefile import Environment, Log, ProvidersRead, Repository, Role, Run, RunStep, Variable
from knowledge.gcp_setup import AccountPolicy, ProviderPath, WorkloadProvider


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """A repository as an address names it: slugs, or `{uuid}`s with their braces."""

    workspace: str
    slug: str

    def __str__(self) -> str:
        return f"{self.workspace}/{self.slug}"

    def page(self, *parts: str) -> str:
        """The address of a page of the repository, for people: on bitbucket.org, wherever the API is."""
        return "/".join(["https://bitbucket.org", *(quote(part, safe="") for part in self._path(parts))])

    def _path(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        return (self.workspace, self.slug, *parts)


@dataclass(frozen=True, slots=True)
class RunList:
    """The newest runs, the newest first; `whole` says that there are no others."""

    runs: tuple[Run, ...]
    whole: bool


class Bitbucket(Protocol):
    """One diagnosis' look at Bitbucket: no address is asked for twice, and tries are counted together.

    `since` on what changes is the time before which nothing may have been read that is used again: that of
    the failed run, or of the message.
    """

    @property
    def calls(self) -> int:
        """Addresses that were asked for so far; what was remembered does not count."""

    async def repository(self, name: RepositoryName) -> Repository: ...

    async def run(self, name: RepositoryName, number: int | str, since: datetime | None = None) -> Run:
        """The run of a build number, or of a UUID with its braces."""

    async def newest_runs(
        self,
        name: RepositoryName,
        *,
        branch: str | None = None,
        commit: str | None = None,
        since: datetime | None = None,
    ) -> RunList:
        """One page of the newest runs. Only those of a branch or tag, or of a commit (its whole
        hash), where one is given."""

    async def steps(
        self, name: RepositoryName, number: int, since: datetime | None = None
    ) -> tuple[RunStep, ...]: ...

    async def log(self, name: RepositoryName, number: int, step: RunStep) -> Log:
        """The end of a step's log."""

    async def tip(self, name: RepositoryName, branch: str, since: datetime | None = None) -> str:
        """The hash of the branch's newest commit."""

    async def file(
        self, name: RepositoryName, commit: str, path: str, since: datetime | None = None
    ) -> bytes:
        """A file at a commit; or, with `since`, at a branch, whose name has no slash."""

    async def workspace_variables(
        self, workspace: str, since: datetime | None = None
    ) -> tuple[Variable, ...]: ...

    async def repository_variables(
        self, name: RepositoryName, since: datetime | None = None
    ) -> tuple[Variable, ...]: ...

    async def environments(
        self, name: RepositoryName, since: datetime | None = None
    ) -> tuple[Environment, ...]: ...

    async def environment_variables(
        self, name: RepositoryName, environment: str, since: datetime | None = None
    ) -> tuple[Variable, ...]:
        """`environment` is the environment's UUID."""


class Aws(Protocol):
    """The accounts that the bot may read."""

    async def prepare(self) -> None:
        """Learn who we are, so that a later question need not; raises nothing."""

    async def role(self, arn: str) -> Role: ...

    async def providers(self, account: str, partition: str, path: str) -> ProvidersRead:
        """The account's OIDC providers; the client ids of the one at `path` (its URL without `https://`)."""

    async def policies(self, role_arn: str) -> RolePolicies:
        """The role's policies, attached and inline, without its boundary."""

    async def policy(self, account: str, arn: str) -> RolePolicy:
        """A managed policy, such as a boundary."""

    async def simulation(self, role_arn: str, action: str, resource: str | None) -> Simulation:
        """What IAM's simulator says of one action."""

    async def logins(self, role_arn: str, region: str, since: datetime | None) -> tuple[LoginEvent, ...]:
        """CloudTrail's newest records of logins to the role by web identity, in one region."""


class Azure(Protocol):
    """The tenants that the bot may read, by Microsoft Graph. `tenant` and `client` are ids in lower case."""

    async def application(self, tenant: str, client: str) -> Application:
        """The application with this client id, else the one with this object id."""

    async def principal(self, tenant: str, client: str) -> ServicePrincipal: ...

    async def credentials(self, tenant: str, client: str) -> tuple[Credential, ...]:
        """All federated credentials of the application."""


class Google(Protocol):
    """The projects that the bot may read, by Google's IAM API."""

    async def provider(self, path: ProviderPath) -> WorkloadProvider: ...

    async def account(self, email: str) -> AccountPolicy:
        """Who may do what with the service account."""


@dataclass(frozen=True, slots=True)
class Clouds:
    """The clouds that are read besides AWS; None for one that is not."""

    azure: Azure | None = None
    google: Google | None = None
