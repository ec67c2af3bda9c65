"""What a person in the channel does and sees, in the words of the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bot.playground.slack_state import BOT_USER, CHANNEL, Message
from bot.playground.stage import Stage
from bot.playground.terminal import as_lines

Json = dict[str, Any]

REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
#: Longer than the reply may take, so that a test that waits this long has failed.
PATIENCE = 25.0


async def until(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first truthy value of `what()`; looks again and again, fails when it never comes."""
    async with asyncio.timeout(seconds):
        while not (value := what()):
            await asyncio.sleep(0.02)
        return value


def replies(stage: Stage, ts: str, channel: str = CHANNEL) -> list[Message]:
    """The bot's messages in the thread."""
    return [one for one in stage.slack.workspace.thread(channel, ts) if one.user == BOT_USER]


def marks(stage: Stage, ts: str) -> set[str]:
    message = stage.slack.workspace.find_shown(ts)
    return set(message.reactions) if message else set()


async def ask(stage: Stage, text: str) -> str:
    """Post a message and wait for the whole answer; returns the message's `ts`."""
    ts = await stage.slack.post(text)
    await answered(stage, ts)
    return ts


async def answered(stage: Stage, ts: str) -> Message:
    """The one reply in the thread, once its mark is there."""
    await until(lambda: replies(stage, ts) and marks(stage, ts) and "eyes" not in marks(stage, ts))
    (reply,) = replies(stage, ts)
    return reply


async def settled(stage: Stage) -> None:
    """Wait until no work is under way, so that what has not happened by now will not happen."""
    for _ in range(5):
        await until(lambda: "rolecall_jobs_running 0.0" in stage.bot.metrics.render().decode())
        await asyncio.sleep(0.02)


def facts_of(reply: Message) -> Json:
    """The metadata's payload."""
    return dict((reply.metadata or {})["event_payload"])


def words(reply: Message | Json) -> str:
    """The reply as a person reads it, without the shapes of blocks."""
    shown = reply.as_shown() if isinstance(reply, Message) else reply
    return "\n".join(as_lines(shown))


def button(reply: Message, action_id: str) -> Json:
    """The control as Slack sends it back when it is pressed."""
    for block in reply.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == action_id:
                pressed = {name: element[name] for name in ("type", "action_id", "value") if name in element}
                return {**pressed, "block_id": block["block_id"]}
    raise AssertionError(f"no {action_id} in {reply.blocks}")
