"""A reply in the thread that names the repository or the run: it goes on with the answer that is there.

Most replies in threads are people talking to each other. So one counts only when it names a run or
repository and little else, and stands below a paste whose answer can use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.extract import text_of
from handlers.gate import Heard, Ignore, Me, heard, thread_of
from handlers.payloads import key
from handlers.ports import Paste, Reply, Services, job_of
from knowledge.answer import Kind
from knowledge.target import Target
from knowledge.target_text import find_target

_LONGEST = 400
_BESIDE = 60
"""Characters that may stand beside what is named: "it was", "this one:", a mention."""
_NUMBER = re.compile(
    r"(?:@\w++|it(?:['’]s| was| is)|the|that|this|sorry|try|run|build|pipeline|number|no\.|[\s,.:])*+"
    r"#?(?P<number>\d{1,7})[\s.!]*\Z",
    re.IGNORECASE,
)
_MARKED = re.compile(r"#|\b(?:run|build|pipeline|number|no\.)", re.IGNORECASE)
_TELLING = 3
"""Digits of a number that is taken for a run's without a word or a sign; "4" may answer anything."""
_NAMED = re.compile(r"\S*/\S*")
_ASKING = frozenset({Kind.QUESTION.value, Kind.REFUSAL.value})


async def continues(event: Mapping[str, Any], me: Me, services: Services) -> bool:
    """Whether the message went on with the answer to its thread's paste. A message at top level, a longer
    one, or one that names nothing costs no look into the store.

    Raises:
        StoreDown: it does, and could not be written down.
    """
    said = heard(event, me)
    if isinstance(said, Ignore) or said.edit is not None or said.message.get("bot_id"):
        return False
    root = thread_of(said.message)
    if root is None:
        return False
    named = _named(text_of(said.message), me)
    if named is None:
        return False
    job = await _job_in(said.channel, root, me, services)
    paste = await services.original(job)
    if paste is None or paste.ephemeral or paste.harmless:
        return False
    reply = await services.last_reply(job)
    if not _may_use(named, paste, reply, said, me):
        return False
    continued = replace(
        paste,
        repository=named.full_name or paste.repository,
        build_number=named.build_number if named.build_number or named.full_name else paste.build_number,
        step=None,
        revision=f"reply-{key(said.ts)}",
        unsure=False,
    )
    await services.accept(continued)
    return True


async def _job_in(channel: str, root: str, me: Me, services: Services) -> str:
    """The paste that the thread is about: its root, or the newest answered one below it."""
    job = job_of(me.team, channel, root)
    if await services.known(job):
        return job
    below = (past for past in await services.answered() if (past.channel, past.root) == (channel, root))
    return next((past.job for past in below if not past.ephemeral), job)


def _named(raw: str, me: Me) -> Target | None:
    """The repository, or the bare number of a run, that a short text names; None when it says more."""
    if len(raw) > _LONGEST:
        return None
    number = _NUMBER.match(raw)
    if number is not None and (len(number["number"]) >= _TELLING or _MARKED.search(raw)):
        return Target(build_number=int(number["number"]))
    target = find_target(raw, me.workspaces)
    if target.full_name is None or len(_NAMED.sub("", raw).strip()) > _BESIDE:
        return None
    return target


def _may_use(named: Target, paste: Paste, reply: Reply | None, said: Heard, me: Me) -> bool:
    """A question takes a repository from anybody, and so does what is still looked at (there is no reply
    yet) and can only become one. What is diagnosed already is looked at otherwise only for the one who asked;
    and a number alone needs a repository that is known."""
    kind, looked_at = ("", "") if reply is None else (reply.kind, reply.repository)
    known = paste.repository or looked_at or find_target(paste.text, me.workspaces).full_name
    asking = kind in _ASKING or (not kind and known is None)
    if asking and named.full_name is not None:
        return True
    asker = bool(paste.user) and said.message.get("user") == paste.user
    return asker and kind != Kind.APOLOGY.value and (named.full_name or known) is not None
