"""What the files of an accepted message say: it is read after the acknowledgement, and kept nowhere.

Only here can it turn out that a message does not ask at all: then nothing is said, and no mark is left.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import Protocol

from bot.errors import SourceError
from handlers.gate import reason_against
from handlers.ports import Paste
from knowledge.answer import Answer, Kind
from knowledge.clean_text import CleanText
from knowledge.pasted import Pasted
from knowledge.reading import Unread
from knowledge.target import Target
from knowledge.target_text import find_target

_FILE = "the attached file"


class Files(Protocol):
    """Reads files by their ids."""

    async def read(self, identity: str) -> Pasted:
        """Raises:
        SourceError: the file cannot be read.
        """


@dataclass(frozen=True, slots=True)
class Opened:
    """The paste with what its files say in its text, None when it does not ask. `unread` are the files that
    could not be read; `answer` is what there is to say when nothing else is."""

    paste: Paste | None
    unread: tuple[Unread, ...] = ()
    answer: Answer | None = None

    def told(self, answer: Answer) -> Answer:
        """The answer, with what could not be read."""
        if not self.unread or answer.kind is Kind.REFUSAL:
            return answer
        if answer.kind is Kind.QUESTION:
            return replace(answer, note=f"{_sentence(self.unread[0])} {answer.note}")
        seen = answer.diagnosis
        return replace(answer, diagnosis=replace(seen, unread=(*seen.unread, *self.unread)))


class Attachments:
    """Opens pastes. `workspaces` are those that may be spoken about, as for the gate."""

    def __init__(self, files: Files, workspaces: frozenset[str]) -> None:
        self._files = files
        self._workspaces = workspaces

    async def open(self, paste: Paste) -> Opened:
        """Read the paste's files. A failure is ignored where the message shows something without them."""
        if not paste.files:
            return Opened(paste)
        outcomes = await asyncio.gather(*(self._read(identity) for identity in paste.files))
        read = [outcome for outcome in outcomes if isinstance(outcome, Pasted)]
        unread = tuple(dict.fromkeys(outcome for outcome in outcomes if isinstance(outcome, Unread)))
        whole = _whole(paste, read)
        if not paste.unsure:
            return Opened(whole, unread)
        if reason_against(whole.text, self._workspaces, said=paste.text) is None:
            return Opened(whole, unread)
        if read or not unread or find_target(paste.text, self._workspaces).full_name is None:
            return Opened(None)
        # Somebody speaks of a repository, and points to a file: there is no telling what it shows.
        note = Answer(kind=Kind.APOLOGY, target=Target(), note=_sentence(unread[0]), paste=paste.text)
        return Opened(whole, unread, note)

    async def _read(self, identity: str) -> Pasted | Unread:
        try:
            return await self._files.read(identity)
        except SourceError as error:
            return error.unread(_FILE)


def _whole(paste: Paste, read: list[Pasted]) -> Paste:
    """The paste as if its files had been pasted as text."""
    shown = [file.text for file in read] or [paste.preview]
    redactions = Counter(paste.redactions)
    for file in read:
        redactions.update(file.redactions)
    claims = next((file.claims for file in read if file.claims is not None), None)
    return replace(
        paste,
        text=CleanText("\n".join(text for text in (paste.text, *shown) if text)),
        redactions=dict(redactions),
        claims=paste.claims or claims,
        files=(),
        preview=CleanText(""),
    )


def _sentence(unread: Unread) -> str:
    remedy = f"{unread.remedy[:1].upper()}{unread.remedy[1:]}"
    return f"The attached file could not be read: {unread.reason}. {remedy}."
