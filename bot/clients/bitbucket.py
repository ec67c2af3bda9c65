"""Reads Bitbucket Cloud's REST API 2.0: https://developer.atlassian.com/cloud/bitbucket/rest/intro/

What never changes (a file at a commit) and what seldom does (a finished run, who a repository is) is kept
for minutes. Variables are used again only if they were read after the run in question began. A run, its steps
and the list of runs may change after they were read, as failed steps can be run once more: whoever asks gives
the time from which on a reading will do (`since`). When somebody asks to have it checked again, none is used.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from bot.clients import bitbucket_shapes as shapes
from bot.clients.bitbucket_asking import Asking
from bot.clients.bitbucket_budget import Budget
from bot.clients.bitbucket_credentials import Credentials
from bot.clients.bitbucket_log import WINDOW, log_of
from bot.clients.bitbucket_wire import Wire
from bot.clients.memory import Memory
from bot.errors import SourceMalformed
from bot.metrics import Metrics
from bot.ports import RepositoryName, RunList
from knowledge.casefile import Environment, Log, Repository, Run, RunStep, Variable

#: Seconds that answers are kept.
_IDENTITY = 600.0
_FINISHED = 600.0
_CHANGING = 120.0
_NEWEST = 10.0

_STEP_PAGES = 1
"""A pipeline has 100 steps at most: https://support.atlassian.com/bitbucket-cloud/docs/step-options/"""
_FILE_BYTES = 1024 * 1024
_KEPT_BYTES = 192 * 1024
"""Larger files are read again rather than remembered."""
_LFS = b"version https://git-lfs.github.com/spec/"
"""How a pointer begins: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""
_DONE = "COMPLETED"


class BitbucketClient:
    """The long-lived part: one connection pool, one memory, one hour's budget. `base` has no slash at its
    end."""

    def __init__(
        self, base: str, credentials: Credentials, metrics: Metrics, budget: Budget | None = None
    ) -> None:
        self.budget = budget or Budget()
        metrics.budget_left.set_function(lambda: self.budget.left)
        self._wire = Wire(base, credentials, metrics, self.budget)
        self._values = Memory(2_000)
        self._texts = Memory(60)

    def look(self, *, anew: bool = False) -> BitbucketLook:
        """A look for one diagnosis. `anew` uses nothing of what may have changed since it was read."""
        return BitbucketLook(self._wire, self._values, self._texts, anew=anew)

    async def close(self) -> None:
        await self._wire.close()


class BitbucketLook(Asking):
    """One diagnosis' look: see `bot.ports.Bitbucket`."""

    def __init__(self, wire: Wire, values: Memory, texts: Memory, *, anew: bool) -> None:
        super().__init__(wire, anew=anew)
        self._values = values
        self._texts = texts

    async def repository(self, name: RepositoryName) -> Repository:
        def at(name: RepositoryName) -> str:
            return f"{_of(name)}?fields={shapes.REPOSITORY_FIELDS}"

        found = await self.kept(
            at(name), lambda: self.one(at(name), shapes.repository), lambda _: _IDENTITY, self._values
        )
        proper = RepositoryName(found.workspace_slug, found.slug)
        if proper != name:
            # Under its own name it need not be asked for again.
            self._values.put(at(proper), found, _IDENTITY)
        return found

    async def some_repository(self, workspace: str) -> RepositoryName | None:
        """One repository of the workspace that the token may see; None when it sees none."""
        path = f"/repositories/{quote(workspace, safe='')}?pagelen=1&fields=values.slug"
        body = await self.wire.json(path, self.allowance)
        values = self.page(body).values
        slug = values[0].get("slug") if values else None
        return RepositoryName(workspace, slug) if isinstance(slug, str) and slug else None

    async def run(self, name: RepositoryName, number: int | str, since: datetime | None = None) -> Run:
        path = f"{_of(name)}/pipelines/{quote(str(number), safe='')}?fields={shapes.RUN_FIELDS}"
        return await self.kept(
            path,
            lambda: self.one(path, lambda body: shapes.run(name, body)),
            lambda run: _FINISHED if run.state == _DONE else 0.0,
            self._values,
            changes=True,
            since=since,
        )

    async def newest_runs(
        self,
        name: RepositoryName,
        *,
        branch: str | None = None,
        commit: str | None = None,
        since: datetime | None = None,
    ) -> RunList:
        fields = shapes.paged(shapes.RUN_FIELDS)
        only = {"target.ref_name": branch, "target.commit.hash": commit}
        chosen = "".join(f"&{key}={quote(value, safe='')}" for key, value in only.items() if value)
        path = f"{_of(name)}/pipelines?sort=-created_on&pagelen=50{chosen}&fields={fields}"

        async def read() -> RunList:
            page = self.page(await self.wire.json(path, self.allowance))
            runs = self.checked(lambda: [shapes.run(name, item) for item in page.values])
            runs.sort(key=lambda run: run.build_number, reverse=True)
            return RunList(tuple(runs), whole=page.next is None)

        return await self.kept(path, read, lambda _: _NEWEST, self._values, changes=True, since=since)

    async def steps(
        self, name: RepositoryName, number: int, since: datetime | None = None
    ) -> tuple[RunStep, ...]:
        fields = shapes.paged(shapes.STEP_FIELDS)
        path = f"{_of(name)}/pipelines/{number}/steps?pagelen=100&fields={fields}"

        async def read() -> tuple[RunStep, ...]:
            bodies = await self.all(path, _STEP_PAGES)
            return self.checked(lambda: tuple(shapes.step(at, body) for at, body in enumerate(bodies)))

        return await self.kept(
            path,
            read,
            lambda steps: _FINISHED if steps and all(step.state == _DONE for step in steps) else 0.0,
            self._values,
            changes=True,
            since=since,
        )

    async def log(self, name: RepositoryName, number: int, step: RunStep) -> Log:
        path = f"{_of(name)}/pipelines/{number}/steps/{quote(step.uuid, safe='')}/log"

        async def read() -> Log:
            body = await self.wire.tail(path, self.allowance, WINDOW)
            return await log_of(body, name.page("pipelines", "results", str(number), "steps", step.uuid))

        # A step that was run again keeps its UUID and gets another log.
        kept = _FINISHED if step.state == _DONE else 0.0
        key = f"{path}#{step.started_on}"
        return await self.kept(key, read, lambda _: kept, self._texts, changes=True, address=path)

    async def tip(self, name: RepositoryName, branch: str, since: datetime | None = None) -> str:
        path = f"{_of(name)}/refs/branches/{quote(branch, safe='')}?fields=target.hash"
        return await self.kept(
            path,
            lambda: self.one(path, shapes.tip),
            lambda _: _IDENTITY,
            self._values,
            changes=True,
            since=since,
        )

    async def file(
        self, name: RepositoryName, commit: str, path: str, since: datetime | None = None
    ) -> bytes:
        address = f"{_of(name)}/src/{quote(commit, safe='')}/{quote(path, safe='/')}"

        async def read() -> bytes:
            body = await self.wire.raw(address, self.allowance, _FILE_BYTES)
            if body.cut:
                raise SourceMalformed(
                    "the file is larger than 1 MiB, which no pipeline file is",
                    "check what is kept under that name",
                )
            if body.content.startswith(_LFS):
                raise SourceMalformed(
                    "the file is kept in Git LFS, and what was given is only what points to it",
                    "keep the pipeline file in Git itself",
                )
            return body.content

        return await self.kept(
            address,
            read,
            lambda raw: _FINISHED if len(raw) <= _KEPT_BYTES else 0.0,
            self._texts,
            changes=since is not None,
            since=since,
        )

    async def workspace_variables(
        self, workspace: str, since: datetime | None = None
    ) -> tuple[Variable, ...]:
        return await self._variables(
            f"/workspaces/{quote(workspace, safe='')}/pipelines-config/variables", since
        )

    async def repository_variables(
        self, name: RepositoryName, since: datetime | None = None
    ) -> tuple[Variable, ...]:
        return await self._variables(f"{_of(name)}/pipelines_config/variables", since)

    async def environment_variables(
        self, name: RepositoryName, environment: str, since: datetime | None = None
    ) -> tuple[Variable, ...]:
        uuid = quote(environment, safe="")
        return await self._variables(f"{_of(name)}/deployments_config/environments/{uuid}/variables", since)

    async def environments(
        self, name: RepositoryName, since: datetime | None = None
    ) -> tuple[Environment, ...]:
        path = f"{_of(name)}/environments?pagelen=100&fields={shapes.paged(shapes.ENVIRONMENT_FIELDS)}"
        return await self.kept(
            path,
            lambda: self.many(path, shapes.environment),
            lambda _: _IDENTITY,
            self._values,
            since=since,
        )

    async def _variables(self, path: str, since: datetime | None) -> tuple[Variable, ...]:
        path = f"{path}?pagelen=100&fields={shapes.paged(shapes.VARIABLE_FIELDS)}"
        return await self.kept(
            path,
            lambda: self.many(path, shapes.variable),
            lambda _: _CHANGING,
            self._values,
            changes=True,
            since=since,
        )


def _of(name: RepositoryName) -> str:
    """The repository's path. Braces of UUIDs are encoded; raw ones are refused with 400."""
    return f"/repositories/{quote(name.workspace, safe='')}/{quote(name.slug, safe='')}"
