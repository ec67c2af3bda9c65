"""How one diagnosis asks: each address once, what was remembered first, collections to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from bot.clients import bitbucket_shapes as shapes
from bot.clients.bitbucket_allowance import Allowance
from bot.clients.bitbucket_errors import malformed
from bot.clients.bitbucket_redirects import same_page
from bot.clients.bitbucket_wire import Wire
from bot.clients.memory import Memory
from bot.errors import SourceMalformed, SourceRateLimited
from bot.read_times import was_kept

T = TypeVar("T")

PAGES = 10
"""Pages of one collection that are followed, of the most items that Bitbucket puts on one."""
_ON_A_PAGE = 100


class Asking:
    """`anew` uses nothing of what may have changed since it was read."""

    def __init__(self, wire: Wire, *, anew: bool) -> None:
        self.wire = wire
        self.allowance = Allowance(wire.budget)
        self._anew = anew
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._pages: set[tuple[object, ...]] = set()
        self._further = 0

    @property
    def calls(self) -> int:
        return len(self._asked) + self._further

    @property
    def limited(self) -> SourceRateLimited | None:
        """Why something was left unanswered, where Bitbucket takes no more questions for now."""
        return self.allowance.unanswered

    def end(self) -> None:
        """Nothing more is asked; what was kept free of the hour's budget may be used by others."""
        self.allowance.end()

    async def kept(
        self,
        key: str,
        read: Callable[[], Awaitable[T]],
        seconds: Callable[[T], float],
        memory: Memory,
        *,
        changes: bool = False,
        since: datetime | None = None,
        address: str | None = None,
    ) -> T:
        """The answer of this look, of the memory, or of Bitbucket. `key` is what it is remembered by, and its
        address, where that is not named."""
        address = key if address is None else address
        asked = self._asked.get(address)
        if asked is not None and not asked.cancelled():
            return cast("T", await asyncio.shield(asked))
        kept = memory.get(key)
        stale = kept is not None and ((changes and self._anew) or (since is not None and kept.at < since))
        if kept is not None and not stale:
            was_kept(kept.at)
            return cast("T", kept.value)

        async def ask() -> T:
            asked_at = datetime.now(UTC)
            value = await read()
            if seconds(value) > 0:
                memory.put(key, value, seconds(value), asked_at)
            return value

        task = asyncio.ensure_future(ask())
        self._asked[address] = task
        return await task

    async def one(self, path: str, shape: Callable[[object], T]) -> T:
        body = await self.wire.json(path, self.allowance)
        return self.checked(lambda: shape(body))

    async def many(self, path: str, shape: Callable[[object], T]) -> tuple[T, ...]:
        bodies = await self.all(path)
        return self.checked(lambda: tuple(shape(body) for body in bodies))

    async def all(self, path: str, pages: int = PAGES) -> list[dict[str, Any]]:
        """Every item of a collection of at most so many `pages`. `next` is followed as it stands,
        on our own origin only, and to no page that this look has read already."""
        items: list[dict[str, Any]] = []
        address = path
        self._pages.add(same_page(self.wire.base + path))
        for number in range(pages):
            self._further += number > 0
            page = self.page(await self.wire.json(address, self.allowance))
            items += page.values
            if page.next is None:
                return items
            if not self.wire.is_ours(page.next):
                raise malformed("continues at another address than Bitbucket's")
            if same_page(page.next) in self._pages:
                raise malformed("continues at a page that was read already")
            address = page.next
            self._pages.add(same_page(address))
        raise SourceMalformed(
            f"there are more than {pages * _ON_A_PAGE:,} of them, and so many are not read",
            "look there by hand",
        )

    def page(self, body: object) -> shapes.Page:
        return self.checked(lambda: shapes.Page.model_validate(body))

    @staticmethod
    def checked(made: Callable[[], T]) -> T:
        try:
            return made()
        except (ValidationError, ValueError, TypeError):
            raise malformed("does not have the documented shape") from None
