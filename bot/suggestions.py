"""Repositories that a channel may mean: those that were looked at there lately, and those on its list.

Nobody is asked for them, so nothing is revealed that the channel's list, or its own threads, do not hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from bot.readings_scope import Scope
from bot.recollection import Recollection
from knowledge.answer import Kind

_MOST = 100


class Suggestions:
    """For one bot; what it suggests may be spoken about in that channel."""

    def __init__(self, scope: Scope, recollection: Recollection) -> None:
        self._scope = scope
        self._recollection = recollection

    async def repositories(self, channel: str) -> tuple[str, ...]:
        """`workspace/repository`, the most recent first, then the listed ones by name; each once."""
        recent = [
            past.repository
            for past in await self._recollection.answered()
            if past.channel == channel and past.kind == Kind.DIAGNOSIS
        ]
        return tuple(self._allowed(channel, [*recent, *sorted(self._scope.listed(channel))]))[:_MOST]

    def everywhere(self, channels: Collection[str]) -> tuple[str, ...]:
        """Listed repositories that may be spoken about in every one of the channels."""
        names = sorted(frozenset().union(*(self._scope.listed(channel) for channel in channels)))
        for channel in channels:
            names = list(self._allowed(channel, names))
        return tuple(names[:_MOST])

    def _allowed(self, channel: str, names: Iterable[str]) -> Iterator[str]:
        for name in dict.fromkeys(names):
            workspace, _, repository = name.partition("/")
            known = workspace and repository and "{" not in name
            if known and self._scope.may_speak_about(channel, workspace, repository):
                yield name
