"""What the store tells of a job to those who ask while Slack waits: no work, only what works left there."""

from __future__ import annotations

from bot.intake import in_time
from bot.store import is_answering
from bot.works import answers_to, newest_paste, newest_reply, works_on
from handlers.ports import Paste, Reply


class Records:
    """See `handlers.ports.Services`, whose methods of these names are answered here."""

    async def known(self, job: str) -> bool:
        return bool(await in_time(works_on(job)))

    async def original(self, job: str) -> Paste | None:
        return newest_paste(await in_time(works_on(job)))

    async def last_reply(self, job: str) -> Reply | None:
        return newest_reply(await in_time(answers_to(job)))

    async def ping(self) -> bool:
        """Whether the database answers within two seconds."""
        return await is_answering()
