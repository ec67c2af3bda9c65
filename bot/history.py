"""What went before an answer: the same cause in the same repository, or the answer that is checked again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot.recollection import Recollection, past_of
from bot.suggestions import Suggestions
from handlers.ports import Past, Paste, Reply, StoreDown
from handlers.render.history import changed, without_policy
from handlers.render.home import thread_url
from handlers.render.likeness import differing
from knowledge.answer import Choice, History
from knowledge.finding import Verdict
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
                    if paste.after_policy or await self._with_pasted(paste.job) is not None:
                        return History(without_policy(reply))
                    earlier = await self._last_reply(paste.job)
                    return None if earlier is None else History(changed(earlier, reply))
                if paste.revision or not reply.cause:
                    return None
                answered = await self._recollection.answered()
                return again(paste, reply, answered, self._team_url, datetime.now(UTC))
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

    def unsaid(self, paste: Paste) -> None:
        """The reply could not be posted."""
        self._recollection.unsaid(paste)


def again(
    paste: Paste, reply: Reply, answered: Sequence[Past], team_url: str, now: datetime
) -> History | None:
    """What is worth saying of the answers to the same: how often, and where the last is. Only of the same
    channel, as who reads here may not be in another. Where an answer about this very repository was proven,
    told in full, and rests on the same evidence, its thread stands for the proof; else what differs is said.
    """
    this = past_of(paste, reply, now)
    same = [
        past
        for past in answered
        if past.job != paste.job
        and past.channel == paste.channel
        and not past.ephemeral
        and past.cause == this.cause
        and _shared(past, this)
        and past.root != paste.root
        and now - past.at <= _DAYS
    ]
    if not same:
        return None
    told = next((past for past in same if _is_told(past, this)), None)
    newest = told or same[0]
    url = thread_url(team_url, paste.channel, newest.root)
    sentence = _counted([*same, this], now)
    proven = reply.verdict == Verdict.CONFIRMED and bool(this.evidence)
    if told is not None and url is not None and proven and not paste.ephemeral:
        return History(sentence, url, same=True)
    # Of another repository everything differs, and that it is another is said.
    compared = newest.evidence and newest.repository == this.repository
    other = differing(newest.evidence, this.evidence) if compared else ""
    return History(f"{sentence} What differs from then: {other}." if other else sentence, url)


def _is_told(past: Past, this: Past) -> bool:
    """Whether the thread of `past` holds the proof of `this`, word for word."""
    return not past.short and past.repository == this.repository and past.evidence == this.evidence


def _shared(past: Past, this: Past) -> bool:
    """Whether both are about one repository, one role, or, where that is at fault, one OIDC provider."""
    if this.repository and past.repository == this.repository:
        return True
    if this.role and past.role == this.role:
        return True
    provider = _provider(this)
    return provider is not None and _provider(past) == provider


def _provider(past: Past) -> tuple[str, str] | None:
    """The account and the workspace, which make one provider; None where it is not at fault."""
    account = past.role.split(":")[4] if past.role.count(":") >= 5 else ""
    workspace = past.repository.partition("/")[0]
    about = past.cause.startswith(("oidc-provider-", "provider-"))
    return (account, workspace) if about and account and workspace else None


def _counted(same: Sequence[Past], now: datetime) -> str:
    """How often since when, and what all of them share; `same` ends with this one."""
    this, count = same[-1], len(same)
    first = min(past.at for past in same)
    ordinal = _ORDINALS[count] if count < len(_ORDINALS) else _numbered(count)
    since = f"{first:%A}" if now - first <= _WEEK else f"{first.day} {first:%B}"
    since = "today" if first.date() == now.date() else f"since {since}"
    repositories, roles = {past.repository for past in same}, {past.role for past in same}
    where = f" in {code(this.repository)}" if len(repositories) == 1 else ""
    role = f", {'both' if count == 2 else 'all'} with the role {code(this.role.rpartition('/')[2])}"
    if len(roles) > 1 or not this.role:
        role = "" if where else f", in {len(repositories)} repositories"
    return f"The {ordinal} time {since}: {code(this.cause)}{where}{role}."


def _numbered(count: int) -> str:
    """21st, 22nd, 23rd, 24th; but 111th."""
    ending = "th" if count // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"
