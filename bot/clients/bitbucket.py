"""Reads Bitbucket Cloud's REST API 2.0: https://developer.atlassian.com/cloud/bitbucket/rest/intro/

What never changes (a file at a commit) and what seldom does (a finished run, who a repository is) is kept
for minutes. Variables are used again only if they were read after the run in question began. When somebody
asks to have it checked again, neither they nor the run are: its failed steps may have been run once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import quote

from pydantic import ValidationError

from bot.clients import bitbucket_shapes as shapes
from bot.clients.bitbucket_allowance import Allowance
from bot.clients.bitbucket_errors import malformed
from bot.clients.bitbucket_redirects import same_page
from bot.clients.bitbucket_wire import Wire
from bot.clients.memory import Memory
from bot.errors import SourceMalformed
from bot.metrics import Metrics
from bot.ports import RepositoryName
from knowledge.casefile import Environment, Log, Repository, Run, RunStep, Variable

T = TypeVar("T")

#: Seconds that answers are kept.
_IDENTITY = 600.0
_FINISHED = 600.0
_CHANGING = 120.0
_NEWEST = 10.0
_STEPS = timedelta(seconds=15)

_PAGES = 10
"""Pages of one collection that are followed: 1,000 variables."""
_FILE_BYTES = 1024 * 1024
_LOG_BYTES = 192 * 1024
_DONE = "COMPLETED"


class BitbucketClient:
    """The long-lived part: one connection pool, one memory. `base` has no slash at its end.

    With `email` the token is an API token (Basic), else an access token (Bearer):
    https://developer.atlassian.com/cloud/bitbucket/rest/intro/#authentication
    """

    def __init__(self, base: str, token: str, email: str | None, metrics: Metrics) -> None:
        self._wire = Wire(base, token, email, metrics)
        self._values = Memory(2_000)
        self._texts = Memory(60)

    def look(self, *, anew: bool = False) -> BitbucketLook:
        """A look for one diagnosis. `anew` uses nothing of what may have changed since it was read."""
        return BitbucketLook(self._wire, self._values, self._texts, anew=anew)

    async def close(self) -> None:
        await self._wire.close()


class BitbucketLook:
    """One diagnosis' look: see `bot.ports.Bitbucket`."""

    def __init__(self, wire: Wire, values: Memory, texts: Memory, *, anew: bool) -> None:
        self._wire = wire
        self._values = values
        self._texts = texts
        self._anew = anew
        self._allowance = Allowance()
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._pages: set[tuple[object, ...]] = set()

    @property
    def calls(self) -> int:
        return len(self._asked)

    async def repository(self, name: RepositoryName) -> Repository:
        def at(name: RepositoryName) -> str:
            return f"{_of(name)}?fields={shapes.REPOSITORY_FIELDS}"

        found = await self._kept(
            at(name), lambda: self._one(at(name), shapes.repository), lambda _: _IDENTITY, self._values
        )
        proper = RepositoryName(found.workspace_slug, found.slug)
        if proper != name:
            # Under its own name it need not be asked for again.
            self._values.put(at(proper), found, _IDENTITY)
        return found

    async def some_repository(self, workspace: str) -> RepositoryName | None:
        """One repository of the workspace that the token may see; None when it sees none."""
        path = f"/repositories/{quote(workspace, safe='')}?pagelen=1&fields=values.slug"
        body = await self._wire.json(path, self._allowance)
        values = self._page(body).values
        slug = values[0].get("slug") if values else None
        return RepositoryName(workspace, slug) if isinstance(slug, str) and slug else None

    async def run(self, name: RepositoryName, number: int) -> Run:
        path = f"{_of(name)}/pipelines/{number}?fields={shapes.RUN_FIELDS}"
        return await self._kept(
            path,
            lambda: self._one(path, lambda body: shapes.run(name, body)),
            lambda run: _FINISHED if run.state == _DONE else 0.0,
            self._values,
            changes=True,
        )

    async def newest_runs(
        self, name: RepositoryName, *, branch: str | None = None, commit: str | None = None
    ) -> tuple[Run, ...]:
        fields = shapes.paged(shapes.RUN_FIELDS)
        only = {"target.ref_name": branch, "target.commit.hash": commit}
        chosen = "".join(f"&{key}={quote(value, safe='')}" for key, value in only.items() if value)
        path = f"{_of(name)}/pipelines?sort=-created_on&pagelen=50{chosen}&fields={fields}"

        async def read() -> tuple[Run, ...]:
            page = self._page(await self._wire.json(path, self._allowance))
            return tuple(
                sorted(
                    self._checked(lambda: [shapes.run(name, item) for item in page.values]),
                    key=lambda run: run.build_number,
                    reverse=True,
                )
            )

        return await self._kept(path, read, lambda _: _NEWEST, self._values, changes=True)

    async def steps(self, name: RepositoryName, number: int) -> tuple[RunStep, ...]:
        fields = shapes.paged(shapes.STEP_FIELDS)
        path = f"{_of(name)}/pipelines/{number}/steps?pagelen=100&fields={fields}"

        async def read() -> tuple[RunStep, ...]:
            bodies = await self._all(path)
            return self._checked(lambda: tuple(shapes.step(at, body) for at, body in enumerate(bodies)))

        return await self._kept(
            path,
            read,
            lambda steps: _FINISHED if steps and all(step.state == _DONE for step in steps) else 0.0,
            self._values,
            changes=True,
            # A finished run's steps can be run again, by somebody who then pastes what came of it.
            since=datetime.now(UTC) - _STEPS,
        )

    async def log(self, name: RepositoryName, number: int, step: RunStep) -> Log:
        path = f"{_of(name)}/pipelines/{number}/steps/{quote(step.uuid, safe='')}/log"

        async def read() -> Log:
            body = await self._wire.tail(path, self._allowance, _LOG_BYTES)
            return shapes.log(name, number, step.uuid, body.content, body.cut)

        # A step that was run again keeps its UUID and gets another log.
        kept = _FINISHED if step.state == _DONE else 0.0
        return await self._kept(f"{path}#{step.started_on}", read, lambda _: kept, self._texts, changes=True)

    async def tip(self, name: RepositoryName, branch: str, since: datetime | None = None) -> str:
        path = f"{_of(name)}/refs/branches/{quote(branch, safe='')}?fields=target.hash"
        return await self._kept(
            path,
            lambda: self._one(path, shapes.tip),
            lambda _: _IDENTITY,
            self._values,
            changes=True,
            since=since,
        )

    async def file(self, name: RepositoryName, commit: str, path: str) -> bytes:
        address = f"{_of(name)}/src/{quote(commit, safe='')}/{quote(path, safe='/')}"

        async def read() -> bytes:
            body = await self._wire.raw(address, self._allowance, _FILE_BYTES)
            if body.cut:
                raise SourceMalformed(
                    "the file is larger than 1 MiB, which no pipeline file is",
                    "check what is kept under that name",
                )
            return body.content

        return await self._kept(
            address, read, lambda raw: _FINISHED if len(raw) <= _LOG_BYTES else 0.0, self._texts
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
        return await self._kept(
            path,
            lambda: self._many(path, shapes.environment),
            lambda _: _IDENTITY,
            self._values,
            since=since,
        )

    async def _variables(self, path: str, since: datetime | None) -> tuple[Variable, ...]:
        path = f"{path}?pagelen=100&fields={shapes.paged(shapes.VARIABLE_FIELDS)}"
        return await self._kept(
            path,
            lambda: self._many(path, shapes.variable),
            lambda _: _CHANGING,
            self._values,
            changes=True,
            since=since,
        )

    # -- one address, once ----------------------------------------------------------------------------

    async def _kept(
        self,
        key: str,
        read: Callable[[], Awaitable[T]],
        seconds: Callable[[T], float],
        memory: Memory,
        *,
        changes: bool = False,
        since: datetime | None = None,
    ) -> T:
        """The answer of this look, of the memory, or of Bitbucket."""
        if key in self._asked:
            return cast("T", await asyncio.shield(self._asked[key]))
        kept = memory.get(key)
        stale = kept is not None and ((changes and self._anew) or (since is not None and kept.at < since))
        if kept is not None and not stale:
            return cast("T", kept.value)

        async def ask() -> T:
            asked_at = datetime.now(UTC)
            value = await read()
            if seconds(value) > 0:
                memory.put(key, value, seconds(value), asked_at)
            return value

        task = asyncio.ensure_future(ask())
        self._asked[key] = task
        return await task

    async def _one(self, path: str, shape: Callable[[object], T]) -> T:
        body = await self._wire.json(path, self._allowance)
        return self._checked(lambda: shape(body))

    async def _many(self, path: str, shape: Callable[[object], T]) -> tuple[T, ...]:
        bodies = await self._all(path)
        return self._checked(lambda: tuple(shape(body) for body in bodies))

    async def _all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a collection. `next` is followed as it stands, on our own origin only, and to no page
        that this look has read already."""
        items: list[dict[str, Any]] = []
        address = path
        self._pages.add(same_page(self._wire.base + path))
        for _ in range(_PAGES):
            page = self._page(await self._wire.json(address, self._allowance))
            items += page.values
            if page.next is None:
                return items
            if not self._wire.is_ours(page.next):
                raise malformed("continues at another address than Bitbucket's")
            if same_page(page.next) in self._pages:
                raise malformed("continues at a page that was read already")
            address = page.next
            self._pages.add(same_page(address))
        raise malformed(f"has more than {_PAGES} pages")

    def _page(self, body: object) -> shapes.Page:
        return self._checked(lambda: shapes.Page.model_validate(body))

    @staticmethod
    def _checked(made: Callable[[], T]) -> T:
        try:
            return made()
        except (ValidationError, ValueError, TypeError):
            raise malformed("does not have the documented shape") from None


def _of(name: RepositoryName) -> str:
    """The repository's path. Braces of UUIDs are encoded; raw ones are refused with 400."""
    return f"/repositories/{quote(name.workspace, safe='')}/{quote(name.slug, safe='')}"
