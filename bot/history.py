"""What went before an answer: the same cause in the same repository, or the answer that is checked again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.recollection import Recollection, repository_of
from bot.suggestions import Suggestions
from handlers.ports import Past, Paste, Reply, StoreDown
from handlers.render.history import changed, without_policy
from handlers.render.home import thread_url
from knowledge.answer import Choice, History
from knowledge.words import code

_DAYS = timedelta(days=14)
_WEEK = timedelta(days=6)
_SECONDS = 0.5
"""The answer is worth more than what went before it."""
_CHOICES = 5
_ORDINALS = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class Chronicle:
    """Looks back for one new reply. `last_reply` and `with_pasted` give a job's newest reply, the second only
    if it was made with a trust policy that a person pasted."""

    def __init__(
        self,
        recollection: Recollection,
        last_reply: Callable[[str], Awaitable[Reply | None]],
        team_url: str,
        suggestions: Suggestions,
        with_pasted: Callable[[str], Awaitable[Reply | None]],
    ) -> None:
        self._recollection = recollection
        self._last_reply = last_reply
        self._team_url = team_url
        self._suggestions = suggestions
        self._with_pasted = with_pasted

    async def before(self, paste: Paste, reply: Reply) -> History | None:
        """What is worth saying of earlier answers; None when nothing is, or the store is slow or away."""
        try:
            async with asyncio.timeout(_SECONDS):
                if paste.revision.startswith("click-"):
                    if await self._with_pasted(paste.job) is not None:
                        return History(without_policy(reply))
                    earlier = await self._last_reply(paste.job)
                    return None if earlier is None else History(changed(earlier, reply))
                if paste.revision or not reply.cause:
                    return None
                return self._again(paste, reply, await self._recollection.answered())
        except (TimeoutError, StoreDown):
            return None

    async def choices(self, paste: Paste) -> tuple[Choice, ...]:
        """What a question can offer; nothing where the store is slow or away."""
        try:
            async with asyncio.timeout(_SECONDS):
                names = await self._suggestions.repositories(paste.channel)
        except (TimeoutError, StoreDown):
            return ()
        return tuple(Choice(name, name) for name in names[:_CHOICES])

    def note(self, paste: Paste, reply: Reply) -> None:
        """The reply is made; from now on it is one that went before."""
        self._recollection.note(paste, reply)

    def _again(self, paste: Paste, reply: Reply, answered: tuple[Past, ...]) -> History | None:
        """Only of the same channel: who reads here may not be in another."""
        repository, now = repository_of(paste, reply), datetime.now(UTC)
        same = [
            past
            for past in answered
            if past.job != paste.job
            and past.channel == paste.channel
            and not past.ephemeral
            and (past.cause, past.repository) == (reply.cause, repository)
            and repository
            and past.root != paste.root
            and now - past.at <= _DAYS
        ]
        if not same:
            return None
        first, count = same[-1].at, len(same) + 1
        ordinal = _ORDINALS[count] if count < len(_ORDINALS) else f"{count}th"
        since = f"{first:%A}" if now - first <= _WEEK else f"{first.day} {first:%B}"
        since = "today" if first.date() == now.date() else f"since {since}"
        sentence = f"The {ordinal} time {since}: {code(reply.cause)} in {code(repository)}."
        return History(sentence, thread_url(self._team_url, paste.channel, same[0].root))
