"""From a paste to an answer: who may ask what, and the clients that the reading is done with."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

from bot.clients.aws import AwsClient
from bot.clients.bitbucket import BitbucketClient
from bot.investigator import investigate
from bot.investigator_notes import Question
from bot.metrics import Metrics
from bot.ports import RepositoryName
from bot.readings_scope import Scope
from bot.readings_words import REFUSAL, question_for
from bot.settings import Settings
from handlers.ports import Paste
from knowledge.answer import Answer, Kind
from knowledge.casefile import CaseFile
from knowledge.clean_text import CleanText
from knowledge.engine import diagnose
from knowledge.leaks import warning
from knowledge.symptoms import Symptom, recognise
from knowledge.target import Target, TargetSource
from knowledge.target_text import find_target, parse_command_target

_REHEARSAL = CleanText(
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)


class Readings:
    """Answers pastes. Never raises for what a source did."""

    def __init__(self, settings: Settings, bitbucket: BitbucketClient, aws: AwsClient) -> None:
        self._scope = Scope(settings.workspaces, settings.channel_repositories)
        self._bitbucket = bitbucket
        self._aws = aws

    async def answer(self, paste: Paste) -> Answer:
        """A diagnosis; a question while no repository is known; a refusal for what is not listed here."""
        answer = await self._answer(paste)
        # The claims of a printed token are no secret; those of a token itself say when it ends.
        claims = paste.claims if "jwt" in paste.redactions else None
        return replace(answer, warning=warning(paste.redactions, claims, asked_at(paste)))

    async def _answer(self, paste: Paste) -> Answer:
        symptoms = recognise(paste.text)
        target = self._target(paste)
        if target.workspace is None or target.repository is None:
            return _question(paste, symptoms, target)
        if not self._scope.may_speak_about(paste.channel, target.workspace, target.repository):
            return _refusal(paste)
        # A changed text or a click asks for what is true now; a new message may be told what was just read.
        look = self._bitbucket.look(anew=bool(paste.revision))
        question = Question(
            # Bitbucket's own names are in lower case, however somebody writes them.
            name=RepositoryName(target.workspace.lower(), target.repository.lower()),
            target=target,
            symptoms=symptoms,
            paste=paste.text,
            anew=bool(paste.revision),
            claims=paste.claims,
            asked_at=asked_at(paste),
        )
        return await investigate(look, self._aws, question)

    def _target(self, paste: Paste) -> Target:
        """What a form or a command named goes before the text, and the text before the channel's own."""
        found = find_target(paste.text, self._scope.workspaces)
        if paste.repository is not None:
            named = parse_command_target(paste.repository) or Target()
            if (
                found.full_name is not None
                and _same(found, named)
                and paste.build_number
                in (
                    None,
                    found.build_number,
                )
            ):
                # The text says more about the same run: its step, its branch.
                named = replace(found, workspace=named.workspace, repository=named.repository)
            source = TargetSource.COMMAND if paste.way_in == "command" else TargetSource.ANSWER
            found = replace(named, source=source)
        elif found.full_name is None:
            only = self._scope.only_repository(paste.channel)
            if only is not None:
                found = replace(found, workspace=only[0], repository=only[1], source=TargetSource.CHANNEL)
        if paste.build_number is not None:
            found = replace(found, build_number=paste.build_number)
        return found


def asked_at(paste: Paste) -> datetime | None:
    """When the message was written; None for a command, which is no message."""
    seconds = paste.ts.partition(".")[0]
    if paste.ephemeral or not seconds.isascii() or not seconds.isdigit() or len(seconds) > 11:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def _same(one: Target, other: Target) -> bool:
    return (one.full_name or "").lower() == (other.full_name or "").lower()


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


def _rehearse() -> None:
    """What is loaded when first needed is loaded now, not while Slack waits for an ack."""
    diagnose(CaseFile(symptoms=recognise(_REHEARSAL), paste=_REHEARSAL))


@contextlib.asynccontextmanager
async def open_readings(settings: Settings, metrics: Metrics) -> AsyncIterator[Readings]:
    """The readings with their clients, closed when the block ends. Bitbucket and AWS are not asked yet."""
    bitbucket = BitbucketClient(
        settings.bitbucket_api_url,
        settings.bitbucket_token.get_secret_value(),
        settings.bitbucket_email,
        metrics,
    )
    aws = AwsClient(
        {name: value.get_secret_value() for name, value in settings.aws.items()},
        settings.read_roles,
        metrics,
    )
    try:
        await aws.open()
        _rehearse()
        yield Readings(settings, bitbucket, aws)
    finally:
        await bitbucket.close()
        aws.close()
