"""The desk: after `eyes` there is never silence, and never a trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast

import aiohttp
import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from bot.attachments import Attachments
from bot.desk import Desk
from bot.first_mark import is_resumed
from bot.history import Chronicle
from bot.metrics import Metrics
from bot.playground.slack import SlackStandIn
from bot.playground.slack_state import BOT_USER, CHANNEL, PERSON, TEAM, Message
from handlers.delivery import Delivery
from handlers.ports import Paste, Reply
from knowledge.answer import Answer, Kind, LoginRecord
from knowledge.pasted import Pasted, take
from knowledge.redact import redact
from knowledge.target import Target

CANARY = "a-value-that-nobody-may-see"
RUN = "https://bitbucket.org/acme/a/pipelines/results/1"


async def broken(_: Paste) -> Answer:
    raise KeyError(CANARY)


@pytest_asyncio.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    stand_in = SlackStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@dataclass
class Office:
    """A desk between a stand-in Slack and a test's investigation; `told` is what it says of the token."""

    slack: SlackStandIn
    desk: Desk
    metrics: Metrics
    told: list[str | None]

    def paste(self) -> Paste:
        """A message that stands in the channel."""
        ts = self.slack.workspace.new_ts()
        self.slack.workspace.messages.append(Message(channel=CHANNEL, ts=ts, user=PERSON, text="it fails"))
        return Paste(team=TEAM, channel=CHANNEL, ts=ts, user=PERSON, text=redact("it fails").text)

    async def prepared(self, paste: Paste) -> Reply:
        reply = await self.desk.prepare(paste)
        assert reply is not None
        return reply

    def marks(self, paste: Paste) -> set[str]:
        message = self.slack.workspace.find(CHANNEL, paste.ts)
        return set(message.reactions) if message else set()


@asynccontextmanager
async def office(
    slack: SlackStandIn,
    investigate: Callable[[Paste], Awaitable[Answer]],
    attachments: Attachments | None = None,
) -> AsyncIterator[Office]:
    metrics, told = Metrics(), list[str | None]()
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        delivery = Delivery(client, BOT_USER, slack.hooks_url)
        desk = Desk(investigate, delivery, metrics, told.append, attachments, waits=(0.01,))
        yield Office(slack, desk, metrics, told)


async def test_our_own_fault_ends_in_an_apology_with_a_reference(slack: SlackStandIn) -> None:
    async with office(slack, broken) as at:
        reply = await at.prepared(at.paste())

    assert reply.kind == "apology"
    assert reply.reaction == "warning"
    assert "Check again" in str(reply.blocks)
    assert CANARY not in str(reply)
    assert "KeyError" not in str(reply)
    assert 'rolecall_faults_total{where="answer"} 1.0' in at.metrics.render().decode()


class BrokenFiles:
    async def read(self, identity: str) -> Pasted:
        raise KeyError(identity)


async def test_a_fault_before_it_is_known_whether_the_message_asks_is_told_to_nobody(
    slack: SlackStandIn,
) -> None:
    """Its file alone can tell; a log of something else must not raise a word of ours."""
    async with office(slack, broken, Attachments(BrokenFiles(), frozenset())) as at:
        paste = replace(at.paste(), files=("F1",), unsure=True)
        reply = await at.prepared(paste)
        posted = await at.desk.deliver(paste, reply, None, look_first=False)

        assert (posted, reply.only_in_place, at.marks(paste)) == ("", True, set())
        assert slack.posted == []
        assert 'rolecall_faults_total{where="answer"} 1.0' in at.metrics.render().decode()


class Harmless:
    async def read(self, identity: str) -> Pasted:
        return take("all went well")


@pytest.mark.parametrize("resumed", [True, False])
async def test_eyes_of_a_process_that_was_killed_go_when_the_file_does_not_ask(
    slack: SlackStandIn, resumed: bool
) -> None:
    """A log that is passed over leaves no trace, not even a call, unless one may be there."""
    async with office(slack, broken, Attachments(Harmless(), frozenset())) as at:
        paste = replace(at.paste(), files=("F1",), unsure=True)
        if resumed:
            await at.desk._delivery.mark(paste, "eyes")
        before = len(slack.calls)
        is_resumed.set(resumed)
        reply = await at.desk.prepare(paste)

        assert (reply, at.marks(paste)) == (None, set())
        assert (len(slack.calls) > before) == resumed


async def test_who_waits_for_an_investigation_has_the_eyes_already(slack: SlackStandIn) -> None:
    """Of more pastes than are looked at together."""
    gate = asyncio.Event()

    async def slow(_: Paste) -> Answer:
        await gate.wait()
        return Answer(kind=Kind.REFUSAL, target=Target(), note="Not here.")

    async with office(slack, slow) as at:
        pastes = [at.paste() for _ in range(40)]
        work = [asyncio.create_task(at.desk.prepare(paste)) for paste in pastes]
        async with asyncio.timeout(15):
            while not all(at.marks(paste) == {"eyes"} for paste in pastes):
                await asyncio.sleep(0.01)
        gate.set()
        await asyncio.gather(*work)


async def test_thirty_two_pastes_are_looked_at_together(slack: SlackStandIn) -> None:
    """Whatever hangs for all of them: the last must not wait for the first."""
    gate, begun = asyncio.Event(), list[str]()

    async def hanging(paste: Paste) -> Answer:
        begun.append(paste.ts)
        await gate.wait()
        return Answer(kind=Kind.REFUSAL, target=Target(), note="Not here.")

    async with office(slack, hanging) as at:
        pastes = [at.paste() for _ in range(33)]
        work = [asyncio.create_task(at.desk.prepare(paste)) for paste in pastes]
        async with asyncio.timeout(15):
            while not all(at.marks(paste) == {"eyes"} for paste in pastes):
                await asyncio.sleep(0.01)
        assert len(begun) == 32
        gate.set()
        await asyncio.gather(*work)

    assert len(begun) == 33


async def test_an_address_is_tried_no_more_often_than_it_can_be_used(slack: SlackStandIn) -> None:
    """It may have taken each of them."""
    path = slack.workspace.new_response_url("commands", CHANNEL, PERSON)
    slack.fail("/hooks/", status=500, after=True)
    async with office(slack, broken) as at:
        paste = replace(at.paste(), response_url=slack.hooks_url + path)
        reply = await at.prepared(paste)
        assert await at.desk.deliver(paste, reply, None, look_first=False) is None

    assert sum("/hooks/" in call.path for call in slack.calls) == 5


async def test_an_address_that_is_used_up_is_not_tried_again(slack: SlackStandIn) -> None:
    path = slack.workspace.new_response_url("commands", CHANNEL, PERSON)
    slack.workspace.response_urls[path].uses = 4
    slack.fail("/hooks/", status=500, after=True, times=1)
    async with office(slack, broken) as at:
        paste = replace(at.paste(), response_url=slack.hooks_url + path)
        reply = await at.prepared(paste)
        await at.desk.deliver(paste, reply, None, look_first=False)

    assert sum("/hooks/" in call.path for call in slack.calls) == 2


async def test_a_reply_is_taken_back_once_slack_is_there_again(slack: SlackStandIn) -> None:
    async with office(slack, broken) as at:
        paste = at.paste()
        ts = await at.desk.deliver(paste, await at.prepared(paste), None, look_first=False)
        assert ts is not None
        slack.fail(r"chat\.delete", status=503, times=2)
        await at.desk.take_back(CHANNEL, ts)

    assert slack.workspace.find(CHANNEL, ts) is None


async def test_a_reply_that_slack_keeps_is_left_alone(slack: SlackStandIn) -> None:
    slack.refuse("chat.delete", "compliance_exports_prevent_deletion")
    async with office(slack, broken) as at:
        paste = at.paste()
        ts = await at.desk.deliver(paste, await at.prepared(paste), None, look_first=False)
        assert ts is not None
        await at.desk.take_back(CHANNEL, ts)

    assert sum("chat.delete" in call.path for call in slack.calls) == 1


async def test_a_reply_is_edited_without_a_mark_once_slack_is_there_again(slack: SlackStandIn) -> None:
    async with office(slack, broken) as at:
        paste = at.paste()
        reply = await at.prepared(paste)
        ts = await at.desk.deliver(paste, reply, None, look_first=False)
        assert ts is not None
        marks = at.marks(paste)
        slack.fail(r"chat\.update", status=503, times=2)
        stands = await at.desk.edit(paste, ts, replace(reply, text="later", reaction="tada"))

    message = slack.workspace.find(CHANNEL, ts)
    assert message is not None
    assert (stands, message.text, at.marks(paste)) == (True, "later", marks)


@pytest.mark.parametrize(("status", "calls"), [(503, 6), (0, 1)])
async def test_a_reply_that_cannot_be_edited_stays_as_it_is(
    slack: SlackStandIn, status: int, calls: int
) -> None:
    async with office(slack, broken) as at:
        paste = at.paste()
        reply = await at.prepared(paste)
        ts = await at.desk.deliver(paste, reply, None, look_first=False)
        assert ts is not None
        if status:
            slack.fail(r"chat\.update", status=status, times=99)
        else:
            slack.refuse("chat.update", "cant_update_message")
        stands = await at.desk.edit(paste, ts, replace(reply, text="later"))

    message = slack.workspace.find(CHANNEL, ts)
    assert message is not None
    assert (stands, message.text == "later") == (False, False)
    assert sum("chat.update" in call.path for call in slack.calls) == calls


async def test_a_fault_of_our_own_in_a_second_look_leaves_the_reply_alone(slack: SlackStandIn) -> None:
    async with office(slack, broken) as at:
        found = await at.desk.look_again(at.paste(), "")

    assert found is None
    assert slack.calls == []
    assert 'rolecall_faults_total{where="second look"} 1.0' in at.metrics.render().decode()


@pytest.mark.parametrize(
    ("record", "url", "found"),
    [
        (LoginRecord.FOUND, RUN, True),
        (LoginRecord.FOUND, "https://bitbucket.org/acme/a/pipelines/results/2", False),
        (LoginRecord.FOUND, None, False),
        (LoginRecord.AWAITED, RUN, False),
        (LoginRecord.NOT_ASKED, RUN, False),
    ],
)
async def test_a_second_look_counts_when_the_record_of_the_same_run_was_found(
    slack: SlackStandIn, record: LoginRecord, url: str | None, found: bool
) -> None:
    async def answered(_: Paste) -> Answer:
        return Answer(kind=Kind.DIAGNOSIS, target=Target(), run_url=url, login_record=record)

    async with office(slack, answered) as at:
        reply = await at.desk.look_again(at.paste(), RUN)

    assert (reply is not None) is found


class NothingBefore:
    """A chronicle without anything to say."""

    async def before(self, paste: Paste, reply: Reply) -> None:
        del paste, reply

    def note(self, paste: Paste, reply: Reply) -> None:
        del paste, reply


@pytest.mark.parametrize("again_in", [0.0, 60.0])
async def test_a_look_at_cloudtrail_is_promised_where_it_comes_next(
    slack: SlackStandIn, again_in: float
) -> None:
    async def answered(_: Paste) -> Answer:
        awaited = LoginRecord.AWAITED
        return Answer(kind=Kind.DIAGNOSIS, target=Target(), login_record=awaited, again_in=again_in)

    async with office(slack, answered) as at:
        at.desk.look_back(cast("Chronicle", NothingBefore()))
        reply = await at.prepared(at.paste())
        anew = await at.desk.answer_anew(at.paste())

    assert reply.awaits_record
    assert ("asked again by itself" in str(reply.blocks)) is not bool(again_in)
    assert (anew is None) is bool(again_in)
    if anew is not None:
        assert "this answer changes if the record comes." in str(anew.blocks)


async def test_a_channel_that_refuses_the_reply_leaves_a_warning_instead_of_eyes(slack: SlackStandIn) -> None:
    slack.refuse("chat.postMessage", "restricted_action_thread_locked")
    async with office(slack, broken) as at:
        paste = at.paste()
        reply = await at.prepared(paste)
        assert await at.desk.deliver(paste, reply, None, look_first=False) is None

    assert at.marks(paste) == {"warning"}
    assert 'rolecall_faults_total{where="delivery"} 1.0' in at.metrics.render().decode()


async def test_a_reply_outlives_a_refused_token(slack: SlackStandIn) -> None:
    """It is not given up: whoever starts the bot with a good token finds it stored."""
    slack.refuse("chat.postMessage", "token_revoked")
    async with office(slack, broken) as at:
        paste = at.paste()
        reply = await at.prepared(paste)
        work = asyncio.create_task(at.desk.deliver(paste, reply, None, look_first=False))
        async with asyncio.timeout(15):
            while not at.told:
                await asyncio.sleep(0.01)
        assert not work.done()
        work.cancel()
        slack.heal()
        assert await at.desk.deliver(paste, reply, None, look_first=True)

    assert (set(at.told[:-1]), at.told[-1]) == ({"token_revoked"}, None)
    assert at.marks(paste) == {"warning"}
