"""What a `{uuid}` in a link, or in the settings, stands for: only Bitbucket can tell.

A workspace that is known not to be listed is refused without a question. Else the repository is asked for,
once for some minutes; one that is not there and one that is not listed are then refused alike.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.clients.memory import Memory
from bot.errors import (
    SourceError,
    SourceMalformed,
    SourceRateLimited,
    SourceRefused,
    SourceUnauthenticated,
    SourceUnreachable,
)
from bot.ports import Bitbucket, RepositoryName
from bot.readings_scope import Scope
from knowledge.casefile import Repository
from knowledge.reading import Unread

_SECONDS = 4.0
_REFUSED = 300.0
_ABSENT = 600.0
"""As long as the client keeps what it was told of a repository: else the calls would tell which are there."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not listed, or not there: which of the two is not told."""


class Names:
    """What was learnt of the workspaces' UUIDs, which never change; and what was refused lately."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._slugs: dict[str, str] = {}
        self._refused = Memory(500)
        self._absent = Memory(2_000)

    async def resolved(
        self, bitbucket: Bitbucket, channel: str, name: RepositoryName
    ) -> RepositoryName | Unread | Refused:
        """The listed repository that `name` stands for; `Unread` while Bitbucket does not say."""
        if self._is_foreign(channel, name) or self._refused.get(f"{channel} {name}") is not None:
            return Refused()
        if self._absent.get(str(name)) is not None:
            # Another channel asked.
            return self._refuse(channel, name)
        try:
            async with asyncio.timeout(_SECONDS):
                found = await bitbucket.repository(name)
        except TimeoutError:
            return Unread(
                f"which repository {name} is", "Bitbucket did not answer in time", "ask again in a minute"
            )
        except SourceRefused:
            # Of a repository that was renamed Bitbucket says so; one that never was is no other to who asks.
            return self._refuse_absent(channel, name)
        except (SourceUnreachable, SourceRateLimited, SourceUnauthenticated, SourceMalformed) as error:
            # A gateway's page says nothing of the repository.
            return error.unread(f"which repository {name} is")
        except SourceError:
            return self._refuse_absent(channel, name)
        if not self._scope.lists(channel, found):
            return self._refuse(channel, name)
        self._learn(found)
        return RepositoryName(found.workspace_slug, found.slug)

    def _is_foreign(self, channel: str, name: RepositoryName) -> bool:
        """Whether it is known without a question that the workspace is none of those listed."""
        by_uuid, listed = self._scope.by_uuid(channel), self._scope.workspaces
        if not name.workspace.startswith("{"):
            known = {self._slugs.get(one, one) for one in listed}
            return name.workspace not in known and not (by_uuid and any("{" in one for one in known))
        if name.workspace in listed:
            return False
        # Only once every listed workspace's UUID is known, one that is none of them is foreign.
        uuids = {slug: uuid for uuid, slug in self._slugs.items()}
        return all(one in uuids for one in listed) and name.workspace not in uuids.values()

    def _learn(self, repository: Repository) -> None:
        """Only listed workspaces are learnt, so these are few."""
        self._slugs[repository.workspace_uuid] = repository.workspace_slug

    def _refuse_absent(self, channel: str, name: RepositoryName) -> Refused:
        self._absent.put(str(name), Refused(), _ABSENT)
        return self._refuse(channel, name)

    def _refuse(self, channel: str, name: RepositoryName) -> Refused:
        self._refused.put(f"{channel} {name}", Refused(), _REFUSED)
        return Refused()
