"""What stands in the stand-in Slack: channels, messages, reactions, the open view, passes that expire."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM = "T0ACME0001"
APP = "A0ROLECALL"
BOT_ID = "B0ROLECALL"
BOT_USER = "U0ROLECALL"
PERSON = "U0DANA0001"
OTHER_PERSON = "U0KIM00001"
#: The channel that is shown; one that the bot is in as well; one that it is not in.
CHANNEL = "C0CIHELP01"
OTHER_CHANNEL = "C0GENERAL1"
FOREIGN_CHANNEL = "C0OUTSIDE1"
SLACKBOT = "USLACKBOT"
TOMBSTONE = "tombstone"

CHANNEL_NAMES = {CHANNEL: "ci-help", OTHER_CHANNEL: "general", FOREIGN_CHANNEL: "outside"}
USER_NAMES = {PERSON: "Dana", OTHER_PERSON: "Kim", BOT_USER: "Rolecall", SLACKBOT: "Slackbot"}

#: Lives of a trigger and of a `response_url`, in seconds, and how often the latter is good.
#: https://docs.slack.dev/interactivity/handling-user-interaction
TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1_800.0
RESPONSE_USES = 5


@dataclass(slots=True, kw_only=True)
class Message:
    """One message; `ephemeral` ones exist for one person only and are in no API answer."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    subtype: str | None = None
    files: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    edited: str | None = None
    ephemeral: bool = False
    client_msg_id: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def root(self) -> str:
        return self.thread_ts or self.ts

    def as_api(self) -> Json:
        """As events and `conversations.*` have it, without the channel."""
        made: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": TEAM}
        if self.subtype == "bot_message":
            # Webhooks and old integrations have a name and no user.
            made |= {"bot_id": self.bot_id, "username": self.user}
            del made["user"], made["team"]
        if self.blocks:
            made["blocks"] = self.blocks
        if self.bot_id is not None and self.subtype is None:
            made |= {"bot_id": self.bot_id, "app_id": APP if self.bot_id == BOT_ID else "A0OTHER001"}
            made["bot_profile"] = {
                "id": self.bot_id,
                "app_id": made["app_id"],
                "name": "app",
                "team_id": TEAM,
            }
        for name in ("thread_ts", "subtype", "client_msg_id"):
            if (value := getattr(self, name)) is not None:
                made[name] = value
        for name in ("files", "attachments"):
            if getattr(self, name):
                made[name] = getattr(self, name)
        if self.subtype == TOMBSTONE:
            made["hidden"] = True
        if self.edited is not None:
            made["edited"] = {"user": self.user, "ts": self.edited}
        if self.reactions:
            made["reactions"] = [
                {"name": name, "users": users, "count": len(users)} for name, users in self.reactions.items()
            ]
        return made

    def as_shown(self) -> Json:
        """As `bot.playground.channel.Channel.snapshot` has it."""
        payload = (self.metadata or {}).get("event_payload") or {}
        return {
            "ts": self.ts,
            "thread_ts": self.thread_ts,
            "user": self.user,
            "bot": self.bot_id is not None,
            "text": self.text,
            "blocks": self.blocks,
            "edited": self.edited is not None,
            "ephemeral": self.ephemeral,
            "reactions": [{"name": name, "count": len(users)} for name, users in self.reactions.items()],
            "cause": payload.get("cause") or "",
        }


@dataclass(slots=True)
class View:
    """The open modal; `errors` are what the last submission was refused with, by block id."""

    id: str
    hash: str
    content: Json
    errors: dict[str, str] = field(default_factory=dict)

    def as_api(self, values: Json | None = None) -> Json:
        """As payloads and `views.*` answers have it."""
        kept = (
            "type",
            "title",
            "submit",
            "close",
            "blocks",
            "callback_id",
            "private_metadata",
            "external_id",
        )
        content = {name: self.content[name] for name in kept if name in self.content}
        return {
            "callback_id": "",
            "private_metadata": "",
            "external_id": "",
            **content,
            "id": self.id,
            "hash": self.hash,
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": BOT_ID,
            "root_view_id": self.id,
            "previous_view_id": None,
            "state": {"values": values or {}},
        }

    def as_shown(self) -> Json:
        shown = {name: self.content.get(name) for name in ("title", "submit", "close", "blocks")}
        return {"id": self.id, "hash": self.hash, "errors": self.errors, **shown}


@dataclass(slots=True)
class Trigger:
    """A `trigger_id`: good once, for three seconds."""

    born: float
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer to one interaction may be sent; `original` is the message that was clicked."""

    channel: str
    user: str
    born: float
    original: Message | None = None
    uses: int = 0


class Workspace:
    """All of it. Times come from the wall clock; a `ts` is never given twice."""

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = {
            CHANNEL: {BOT_USER, PERSON, OTHER_PERSON},
            OTHER_CHANNEL: {BOT_USER, PERSON},
            FOREIGN_CHANNEL: {PERSON},
        }
        self.messages: list[Message] = []
        self.view: View | None = None
        self.homes: dict[str, View] = {}
        """The published Home tabs, by user."""
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: dict[str, bytes] = {}
        """By the path below the files' address."""
        self.file_objects: dict[str, Json] = {}
        self.events: dict[str, list[Json]] = {}
        """What was delivered about a message, by its `ts`."""
        self._last = 0

    def new_ts(self) -> str:
        self._last = max(self._last + 1, time.time_ns() // 1_000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def new_trigger(self) -> str:
        key = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[key] = Trigger(time.monotonic())
        return key

    def new_response_url(self, kind: str, channel: str, user: str, original: Message | None = None) -> str:
        """The path below the address of the hooks."""
        path = f"{kind}/{TEAM}/{secrets.randbelow(10**12)}/{secrets.token_hex(12)}"
        self.response_urls[path] = ResponseUrl(channel, user, time.monotonic(), original)
        return path

    def find(self, channel: str, ts: object) -> Message | None:
        return next((one for one in self._in(channel) if one.ts == ts and not one.ephemeral), None)

    def find_shown(self, ts: object) -> Message | None:
        """As the person sees it: ephemeral ones too."""
        return next((one for one in self.messages if one.ts == ts), None)

    def thread(self, channel: str, root: str) -> list[Message]:
        """The root and its replies, in order."""
        return [one for one in self._in(channel) if one.root == root and not one.ephemeral]

    def top_level(self, channel: str) -> list[Message]:
        return [one for one in self._in(channel) if one.thread_ts in {None, one.ts} and not one.ephemeral]

    def _in(self, channel: str) -> Iterator[Message]:
        return (one for one in self.messages if one.channel == channel)

    def remove(self, message: Message) -> None:
        self.messages = [one for one in self.messages if one is not message]

    def delete(self, message: Message) -> tuple[Message, ...]:
        """Take a message away, and give what is gone with it. One with replies leaves a tombstone, which goes
        with the last of them."""
        thread = self.thread(message.channel, message.root)
        if message.ts == message.root and len(thread) > 1:
            message.user, message.bot_id, message.subtype = SLACKBOT, None, TOMBSTONE
            message.text, message.thread_ts = "This message was deleted.", message.ts
            message.blocks, message.files, message.attachments, message.reactions = [], [], [], {}
            return ()
        self.remove(message)
        first = thread[0]
        if len(thread) == 2 and first.subtype == TOMBSTONE:
            self.remove(first)
            return message, first
        return (message,)

    def open_view(self, content: Json) -> View:
        self.view = View(f"V{secrets.token_hex(5).upper()}", _hash(), content)
        return self.view

    def publish(self, user: str, content: Json) -> View:
        self.homes[user] = View(f"V{secrets.token_hex(5).upper()}", _hash(), content)
        return self.homes[user]

    def change_view(self, view: View, content: Json) -> None:
        view.content, view.hash, view.errors = content, _hash(), {}

    def snapshot(self) -> Json:
        """`bot.playground.channel.Channel.snapshot`."""
        return {
            "channel": {"id": CHANNEL, "name": CHANNEL_NAMES[CHANNEL]},
            "users": USER_NAMES,
            "messages": [one.as_shown() for one in self.messages if one.channel == CHANNEL],
            "view": self.view.as_shown() if self.view else None,
            "home": self.homes[PERSON].as_shown() if PERSON in self.homes else None,
        }


def _hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"
