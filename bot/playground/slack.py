"""A stand-in for Slack: the Web API, Socket Mode, the hooks, the files, and people at a channel.

It refuses what Slack refuses, and reaches the bot as Slack does: with signed requests, or over its sockets.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground import slack_payloads as payloads
from bot.playground.channel import NotPossibleError
from bot.playground.slack_arguments import ApiError, content_of
from bot.playground.slack_compose import composed
from bot.playground.slack_delivery import Delivered
from bot.playground.slack_files import keep, stub_of
from bot.playground.slack_hooks import answer_by_url
from bot.playground.slack_state import BOT_USER, CHANNEL, PERSON, Message, View
from bot.playground.slack_web import APP_TOKEN, BOT_TOKEN, SCOPES, SIGNING_SECRET, SlackAddresses

Json = dict[str, Any]

_LOOK_SECONDS = 0.02
_COMMANDS = {"/oidc"}


class SlackStandIn(SlackAddresses):
    """Slack for one app in one workspace, with what people do there.

    It is the `bot.playground.channel.Channel` of the page and the terminal; the further methods are for
    what Slack does and the page does not (repeats, edits, mentions, shortcuts).
    """

    def snapshot(self) -> Json:
        return self.workspace.snapshot()

    async def post(
        self, text: str, thread_ts: str | None = None, *, channel: str = CHANNEL, user: str = PERSON
    ) -> str:
        """As `Channel.post`; a mention of the bot in it arrives twice, as from Slack."""
        typed = text.replace("@Rolecall", f"<@{BOT_USER}>")
        escaped, blocks = composed(typed)
        message = Message(
            channel=channel,
            ts=self.workspace.new_ts(),
            user=user,
            text=escaped,
            blocks=blocks,
            thread_ts=thread_ts,
            client_msg_id=secrets.token_hex(16),
        )
        return await self.send(message)

    async def mention(self, text: str, thread_ts: str | None = None, *, channel: str = CHANNEL) -> str:
        """Post with the bot's name in front."""
        return await self.post(f"<@{BOT_USER}> {text}", thread_ts, channel=channel)

    async def webhook(self, text: str, attachments: list[Json], *, name: str = "Bitbucket") -> str:
        """Post as an incoming webhook does: no user, often no text but that of its attachments."""
        ts = self.workspace.new_ts()
        message = Message(channel=CHANNEL, ts=ts, user=name, text=text, bot_id="B0WEBHOOK1")
        message.subtype, message.attachments = "bot_message", attachments
        return await self.send(message)

    async def snippet(
        self, content: str | bytes, comment: str = "", *, thread_ts: str | None = None, stub: bool = False
    ) -> str:
        """Post a text file, as the client does with a long paste; the event carries its first lines, or
        with `stub` nothing but its id, as in a channel that is shared with another organisation."""
        text, blocks = composed(comment.replace("@Rolecall", f"<@{BOT_USER}>"))
        message = Message(
            channel=CHANNEL,
            ts=self.workspace.new_ts(),
            user=PERSON,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
        )
        message.subtype = "file_share"
        file = keep(self.workspace, self.files_url, content)
        message.files = [stub_of(file) if stub else file]
        return await self.send(message)

    async def send(self, message: Message) -> str:
        """Put any message into its channel and deliver its events; returns its `ts`.

        Raises:
            NotPossibleError: the bot took none of them.
        """
        self.workspace.messages.append(message)
        events = self._events_of(message)
        self.workspace.events[message.ts] = events
        await self._deliver(events)
        return message.ts

    def _events_of(self, message: Message) -> list[Json]:
        if BOT_USER not in self.workspace.members[message.channel]:
            return []
        events = []
        if "channels:history" in self.scopes:
            events.append(payloads.message_event(message, self.parent_of(message)))
        if f"<@{BOT_USER}>" in message.text and "app_mentions:read" in self.scopes:
            events.append(payloads.mention_event(message))
        return events

    async def _deliver(self, events: list[Json]) -> None:
        if events and not self.courier.has_listener:
            raise NotPossibleError("The bot is not connected.")
        results = await asyncio.gather(*(self.courier.event(event) for event in events))
        if not all(result.taken for result in results):
            raise NotPossibleError("The bot did not take the message. Slack would send it again later.")

    async def answered(self, ts: str, *, seconds: float) -> list[Message]:
        """The replies to a message of the watched channel, once its mark says that the answer is complete.

        Raises:
            TimeoutError: it is not, within `seconds`.
        """
        async with asyncio.timeout(seconds):
            while True:
                first, *replies = self.workspace.thread(CHANNEL, ts)
                if replies and first.reactions and "eyes" not in first.reactions:
                    return replies
                await asyncio.sleep(_LOOK_SECONDS)

    async def again(self, ts: str) -> None:
        """Deliver the events of a message once more, as they were: same `event_id`."""
        await self._deliver(self.workspace.events[ts])

    async def edit(self, ts: str, text: str) -> None:
        """Change a message's text as its author."""
        message = self._shown(ts)
        before = message.as_api()
        message.text, message.blocks = composed(text)
        message.edited = self.workspace.new_ts()
        await self._deliver([payloads.changed_event(message, before, message.edited)])

    async def delete(self, ts: str) -> None:
        """Delete a message as its author; where it has replies, the app sees it change into a tombstone."""
        message = self._shown(ts)
        before = message.as_api()
        gone = self.workspace.delete(message)
        at = self.workspace.new_ts()
        if gone:
            await self._deliver([payloads.deleted_event(one, at) for one in gone])
        else:
            await self._deliver([payloads.changed_event(message, before, at)])

    async def command(self, text: str, *, channel: str = CHANNEL, user: str = PERSON) -> None:
        name, _, rest = text.strip().partition(" ")
        if name not in _COMMANDS:
            raise NotPossibleError(f"{name} is not a command here. Try /oidc help.")
        path = self.workspace.new_response_url("commands", channel, user)
        body = payloads.slash_command(
            name, rest.strip(), channel, user, self.workspace.new_trigger(), self.hooks_url + path
        )
        done = self._taken(await self._interact("commands", body))
        self._shown_with_ack(done, path)

    def _shown_with_ack(self, done: Delivered, path: str) -> None:
        answer = done.answer
        if answer.get("text") or answer.get("blocks"):
            with contextlib.suppress(ApiError):
                content_of(answer)
                answer_by_url(self.workspace, path, answer)
                self.workspace.response_urls[path].uses -= 1

    async def click(
        self, ts: str | None, view_id: str | None, action: Mapping[str, Any], *, user: str = PERSON
    ) -> None:
        payload = payloads.block_actions(user, self.workspace.new_trigger(), action)
        if view_id is not None:
            view = self._open_view(view_id)
            _find_control(view.content.get("blocks") or [], action)
            payload |= payloads.in_view(view)
        else:
            message = self._shown(ts)
            _find_control(message.blocks, action)
            path = self.workspace.new_response_url("actions", message.channel, user, message)
            payload |= payloads.in_message(message, self.hooks_url + path)
        self._taken(await self._interact("interactive", payload))

    async def suggest(self, view_id: str, block_id: str, action_id: str, typed: str) -> list[Json]:
        view = self._open_view(view_id)
        field = _find_control(
            view.content.get("blocks") or [], {"block_id": block_id, "action_id": action_id}
        )
        if len(typed) < field.get("min_query_length", 3):
            return []
        payload = payloads.block_suggestion(PERSON, view, block_id, action_id, typed)
        return list(self._taken(await self._interact("interactive", payload)).answer.get("options") or [])

    async def submit(self, view_id: str, values: Mapping[str, Any], *, user: str = PERSON) -> None:
        view = self._open_view(view_id)
        trigger = self.workspace.new_trigger()
        urls = list(self._response_urls(view, values, user))
        payload = payloads.view_submission(user, trigger, view, dict(values), urls)
        answer = self._taken(await self._interact("interactive", payload)).answer
        match answer.get("response_action"):
            case "errors":
                view.errors = dict(answer.get("errors") or {})
            case "update" | "push":
                self.workspace.change_view(view, dict(answer["view"]))
            case _:
                if self.workspace.view is view:
                    self.workspace.view = None

    def _response_urls(self, view: View, values: Mapping[str, Any], user: str) -> Iterator[Json]:
        """An address for each chosen channel in a field that asks for one (`response_url_enabled`)."""
        for block in view.content.get("blocks") or []:
            field = block.get("element") or {}
            if not field.get("response_url_enabled"):
                continue
            ids = {"block_id": block.get("block_id"), "action_id": field.get("action_id")}
            chosen = values.get(ids["block_id"], {}).get(ids["action_id"], {}).get("selected_conversation")
            if chosen:
                path = self.workspace.new_response_url("app", chosen, user)
                yield {**ids, "channel_id": chosen, "response_url": self.hooks_url + path}

    def close_view(self, view_id: str) -> None:
        view = self.workspace.view
        if view is None or view.id != view_id:
            return
        self.workspace.view = None
        if view.content.get("notify_on_close"):
            self.courier.interaction_soon(payloads.view_closed(PERSON, view))

    async def shortcut(self, callback_id: str, ts: str | None = None, *, user: str = PERSON) -> None:
        """Use a shortcut: on a message when `ts` is given, else the global one."""
        trigger = self.workspace.new_trigger()
        if ts is None:
            payload = payloads.global_shortcut(callback_id, user, trigger)
        else:
            message = self._shown(ts)
            path = self.workspace.new_response_url("app", message.channel, user, message)
            address = self.hooks_url + path
            payload = payloads.message_shortcut(callback_id, user, trigger, message, address)
        self._taken(await self._interact("interactive", payload))

    async def open_home(self, *, user: str = PERSON) -> None:
        """Look at the app's Home tab."""
        published = self.workspace.homes.get(user)
        await self._deliver([payloads.home_opened(user, published, self.workspace.new_ts())])

    async def tell(self, inner: Json) -> None:
        """Deliver an event that is about no message (`tokens_revoked`, `app_uninstalled`)."""
        await self._deliver([payloads.envelope(inner)])

    async def _interact(self, kind: str, payload: Json) -> Delivered:
        if not self.courier.has_listener:
            raise NotPossibleError("The bot is not connected.")
        return await self.courier.interaction(kind, payload)

    @staticmethod
    def _taken(done: Delivered) -> Delivered:
        if not done.taken:
            raise NotPossibleError("The bot did not answer that in time.")
        return done

    def _shown(self, ts: str | None) -> Message:
        message = self.workspace.find_shown(ts)
        if message is None:
            raise NotPossibleError("That message is gone.")
        return message

    def _open_view(self, view_id: str) -> View:
        view = next((one for one in self.workspace.homes.values() if one.id == view_id), self.workspace.view)
        if view is None or view.id != view_id:
            raise NotPossibleError("That view is not open any more.")
        return view


def _find_control(blocks: list[Json], action: Mapping[str, Any]) -> Json:
    """The element that an action names.

    Raises:
        NotPossibleError: it is not there (any more).
    """
    for block in blocks:
        if block.get("block_id") != action.get("block_id"):
            continue
        elements = [*(block.get("elements") or []), block.get("accessory") or {}, block.get("element") or {}]
        for element in elements:
            if element.get("action_id") == action.get("action_id"):
                return dict(element)
    raise NotPossibleError("That button is not there any more.")


__all__ = ["APP_TOKEN", "BOT_TOKEN", "SCOPES", "SIGNING_SECRET", "SlackStandIn"]
