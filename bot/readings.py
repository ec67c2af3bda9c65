"""From a paste to an answer: who may ask what, and the clients that the reading is done with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.clients.aws import AwsClient
from bot.clients.bitbucket import BitbucketClient, BitbucketLook
from bot.cloud_clients import CloudClients
from bot.credentials import bitbucket_credentials
from bot.investigator import DEADLINE, investigate
from bot.investigator_notes import Question
from bot.metrics import Metrics
from bot.ports import Clouds, RepositoryName
from bot.readings_later import said_when
from bot.readings_names import Names, Refused
from bot.readings_scope import Scope
from bot.readings_target import of_thread, target_of
from bot.readings_words import REFUSAL, UNDECIDED, question_for
from bot.settings import Settings
from handlers.ports import Paste
from knowledge.answer import Answer, Kind
from knowledge.casefile import CaseFile, Role
from knowledge.clean_text import CleanText
from knowledge.engine import diagnose
from knowledge.leaks import warning
from knowledge.reading import Unread
from knowledge.symptoms import Symptom, recognise
from knowledge.target import Target

_REHEARSAL = CleanText(
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)

_WRITTEN = frozenset({"message", "mention"})
"""The ways in whose time is that of the message itself."""


_NO_OTHERS = Clouds()


class Readings:
    """Answers pastes, each within `deadline` seconds of reading. Never raises for what a source did."""

    def __init__(
        self,
        settings: Settings,
        bitbucket: BitbucketClient,
        aws: AwsClient,
        deadline: float = DEADLINE,
        clouds: Clouds = _NO_OTHERS,
    ) -> None:
        self._scope = self.scope = Scope(settings.workspaces, settings.channel_repositories)
        self._names = Names(self._scope)
        self._earlier: Callable[[Paste], Awaitable[str]] | None = None
        self._bitbucket = bitbucket
        self.budget = bitbucket.budget
        self._aws = aws
        self._clouds = clouds
        self._deadline = deadline

    def look_back(self, earlier: Callable[[Paste], Awaitable[str]]) -> None:
        """Take from now on, for a paste that names no repository, the one that its thread was answered about:
        `earlier` gives its name, or an empty text. It is set late, as the store is opened after this."""
        self._earlier = earlier

    async def answer(self, paste: Paste, role: Role | None = None) -> Answer:
        """A diagnosis; a question while no repository is known; a refusal for what is not listed here. `role`
        is one whose trust policy was pasted: it stands for the one that would be read."""
        answer = await self._answer(paste, role, asyncio.get_running_loop().time() + self._deadline)
        # The claims of a printed token are no secret; those of a token itself say when it ends.
        claims = paste.claims if "jwt" in paste.redactions else None
        return replace(answer, warning=warning(paste.redactions, claims, asked_at(paste)))

    async def _answer(self, paste: Paste, role: Role | None, until: float) -> Answer:
        symptoms = recognise(paste.text)
        target = target_of(paste, self._scope)
        if target.full_name is None and self._earlier is not None:
            target = of_thread(await self._earlier(paste), paste)
        if target.workspace is None or target.repository is None:
            return _question(paste, symptoms, target)
        # A changed text or a click asks for what is true now; a new message may be told what was just read.
        look = self._bitbucket.look(anew=bool(paste.revision))
        try:
            answer = await self._looked_up(look, paste, target, symptoms, role, until)
        finally:
            look.end()
        if look.limited is None:
            return answer
        lasts = not paste.ephemeral and role is None
        return said_when(answer, look.limited, datetime.now(UTC), lasts=lasts)

    async def _looked_up(
        self,
        look: BitbucketLook,
        paste: Paste,
        target: Target,
        symptoms: tuple[Symptom, ...],
        role: Role | None,
        until: float,
    ) -> Answer:
        name = await self._name(look, paste.channel, target.workspace or "", target.repository or "")
        match name:
            case Refused():
                return _refusal(paste)
            case Unread():
                return _undecided(paste, name)
        question = Question(
            name=name,
            target=target,
            symptoms=symptoms,
            paste=paste.text,
            anew=bool(paste.revision),
            claims=paste.claims,
            asked_at=asked_at(paste),
            not_before=_not_before(paste),
            role=role,
        )
        # What the name took is no longer there for the reading.
        left = max(0.0, until - asyncio.get_running_loop().time())
        return await investigate(look, self._aws, question, clouds=self._clouds, deadline=left)

    async def _name(
        self, look: BitbucketLook, channel: str, workspace: str, repository: str
    ) -> RepositoryName | Unread | Refused:
        """The repository to read. Bitbucket's own names are in lower case, however somebody writes them."""
        name = RepositoryName(workspace.lower(), repository.lower())
        if self._scope.may_speak_about(channel, workspace, repository):
            return name
        if "{" not in str(name) and not self._scope.by_uuid(channel):
            return Refused()
        return await self._names.resolved(look, channel, name)


def asked_at(paste: Paste) -> datetime | None:
    """When the message was written; None for a command, which is no message."""
    seconds = paste.ts.partition(".")[0]
    if paste.ephemeral or not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def _not_before(paste: Paste) -> datetime:
    """When a message was written, to the microsecond; of a click or a command, which are of this moment, and
    of a time that is ahead of our own clock, now."""
    now, seconds = datetime.now(UTC), asked_at(paste)
    if seconds is None or paste.way_in not in _WRITTEN:
        return now
    fraction = paste.ts.partition(".")[2]
    exact = int(fraction) if len(fraction) == 6 and fraction.isascii() and fraction.isdigit() else 0
    return min(now, seconds.replace(microsecond=exact))


def _question(paste: Paste, symptoms: tuple[Symptom, ...], target: Target) -> Answer:
    # Nothing was read, and nothing could be: that is what the question says, not a list of its own.
    case = CaseFile(
        symptoms=symptoms,
        paste=paste.text,
        claims=paste.claims,
        claims_pasted=paste.claims is not None,
        now=asked_at(paste),
    )
    diagnosis = replace(diagnose(case), unread=())
    return Answer(
        kind=Kind.QUESTION,
        target=target,
        symptoms=symptoms,
        diagnosis=diagnosis,
        note=question_for(symptoms),
        paste=paste.text,
    )


def _refusal(paste: Paste) -> Answer:
    return Answer(kind=Kind.REFUSAL, target=Target(), note=REFUSAL, paste=paste.text)


def _undecided(paste: Paste, why: Unread) -> Answer:
    note = UNDECIDED.format(reason=why.reason, remedy=why.remedy)
    return Answer(kind=Kind.APOLOGY, target=Target(), note=note, paste=paste.text)


def _rehearse() -> None:
    """What is loaded when first needed is loaded now, not while Slack waits for an ack."""
    diagnose(CaseFile(symptoms=recognise(_REHEARSAL), paste=_REHEARSAL))


@contextlib.asynccontextmanager
async def open_readings(settings: Settings, metrics: Metrics) -> AsyncIterator[Readings]:
    """The readings with their clients, closed when the block ends. Nobody is asked yet."""
    bitbucket = BitbucketClient(settings.bitbucket_api_url, bitbucket_credentials(settings), metrics)
    aws = AwsClient(
        {name: value.get_secret_value() for name, value in settings.aws.items()},
        settings.read_roles,
        metrics,
    )
    others = CloudClients(settings.clouds, metrics)
    try:
        await aws.open()
        _rehearse()
        yield Readings(settings, bitbucket, aws, clouds=others.clouds)
    finally:
        await others.close()
        await bitbucket.close()
        aws.close()
