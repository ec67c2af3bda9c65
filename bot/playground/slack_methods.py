"""Slack's Web API, as far as a bot like this one may use it: https://docs.slack.dev/reference/methods

A method gets the call's arguments and gives the answer's JSON; what Slack refuses raises
 `bot.playground.slack_arguments.ApiError`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground.slack_arguments import ApiError, content_of, metadata_of, numbered, view_of
from bot.playground.slack_state import (
    BOT_ID,
    BOT_USER,
    CHANNEL_NAMES,
    TEAM,
    TRIGGER_SECONDS,
    USER_NAMES,
    Message,
    View,
    Workspace,
)

Json = dict[str, Any]

_TS = re.compile(r"\d{10}\.\d{6}\Z")
_EMOJI = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?\Z")


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that others see: a message that was posted, or changed (`before` is how it was), or is
    `gone`."""

    message: Message
    before: Json | None = None
    gone: bool = False


class Methods:
    """The methods on one workspace. `happened` is told what was posted and changed."""

    def __init__(
        self,
        workspace: Workspace,
        scopes: Callable[[], frozenset[str]],
        happened: Callable[[Happened], None],
    ) -> None:
        self._workspace = workspace
        self._scopes = scopes
        self._happened = happened
        #: Name to the scope it needs and the method.
        self.known: dict[str, tuple[str | None, Callable[[Json], Json]]] = {
            "auth.test": (None, self._auth_test),
            "chat.postMessage": ("chat:write", self._post_message),
            "chat.postEphemeral": ("chat:write", self._post_ephemeral),
            "chat.update": ("chat:write", self._update),
            "chat.delete": ("chat:write", self._delete),
            "reactions.add": ("reactions:write", self._add_reaction),
            "reactions.remove": ("reactions:write", self._remove_reaction),
            "conversations.replies": ("channels:history", self._replies),
            "conversations.history": ("channels:history", self._history),
            "conversations.info": ("channels:read", self._info),
            "users.info": ("users:read", self._no_such_thing),
            "files.info": ("files:read", self._file_info),
            "views.open": (None, self._open_view),
            "views.update": (None, self._update_view),
            "views.publish": (None, self._publish_view),
        }

    def _auth_test(self, _arguments: Json) -> Json:
        return {
            "url": "https://acme.slack.com/",
            "team": "Acme",
            "user": "rolecall",
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _file_info(self, arguments: Json) -> Json:
        file = self._workspace.file_objects.get(str(arguments.get("file")))
        if file is None:
            raise ApiError("file_not_found")
        return {"file": file}

    def _no_such_thing(self, _arguments: Json) -> Json:
        raise ApiError("not_found")

    # -- messages -------------------------------------------------------------------------------------

    def _post_message(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        text, blocks, warning = content_of(arguments)
        root = self._root(channel, arguments.get("thread_ts"))
        message = Message(
            channel=channel,
            ts=self._workspace.new_ts(),
            user=BOT_USER,
            bot_id=BOT_ID,
            text=text,
            blocks=numbered(blocks),
            thread_ts=root,
            metadata=metadata_of(arguments),
        )
        self._workspace.messages.append(message)
        self._happened(Happened(message))
        answer: Json = {"channel": channel, "ts": message.ts, "message": message.as_api()}
        if message.metadata is not None:
            answer["message"]["metadata"] = message.metadata
        return {**answer, **warning}

    def _root(self, channel: str, thread_ts: object) -> str | None:
        if thread_ts in {None, ""}:
            return None
        root = self._workspace.find(channel, str(thread_ts))
        if root is None or root.root != root.ts:
            # Slack asks for the parent's `ts`; a reply's own does not open a thread of its own.
            raise ApiError("cannot_reply_to_message")
        return root.ts

    def _post_ephemeral(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        text, blocks, _ = content_of(arguments)
        if arguments.get("user") not in self._workspace.members[channel]:
            raise ApiError("user_not_in_channel")
        message = Message(
            channel=channel,
            ts=self._workspace.new_ts(),
            user=BOT_USER,
            bot_id=BOT_ID,
            text=text,
            blocks=numbered(blocks),
            thread_ts=self._root(channel, arguments.get("thread_ts")),
            ephemeral=True,
        )
        self._workspace.messages.append(message)
        return {"message_ts": message.ts}

    def _update(self, arguments: Json) -> Json:
        message = self._own(arguments, "cant_update_message")
        text, blocks, warning = content_of(arguments)
        before = message.as_api()
        message.text, message.blocks = text, numbered(blocks)
        message.edited = self._workspace.new_ts()
        if (metadata := metadata_of(arguments)) is not None:
            message.metadata = metadata
        self._happened(Happened(message, before))
        return {
            "channel": message.channel,
            "ts": message.ts,
            "text": text,
            "message": message.as_api(),
            **warning,
        }

    def _delete(self, arguments: Json) -> Json:
        message = self._own(arguments, "cant_delete_message")
        for one in self._workspace.delete(message):
            self._happened(Happened(one, gone=True))
        return {"channel": message.channel, "ts": message.ts}

    def _own(self, arguments: Json, refusal: str) -> Message:
        channel = self._channel(arguments)
        message = self._workspace.find(channel, arguments.get("ts"))
        if message is None:
            raise ApiError("message_not_found")
        if message.bot_id != BOT_ID:
            raise ApiError(refusal)
        return message

    def _channel(self, arguments: Json) -> str:
        channel = str(arguments.get("channel", ""))
        if channel not in self._workspace.members:
            raise ApiError("channel_not_found")
        if BOT_USER not in self._workspace.members[channel]:
            raise ApiError("not_in_channel")
        return channel

    # -- reactions ------------------------------------------------------------------------------------

    def _reacted(self, arguments: Json) -> tuple[Message, str]:
        name = str(arguments.get("name", ""))
        if not _EMOJI.match(name):
            raise ApiError("invalid_name")
        if not arguments.get("channel") or not arguments.get("timestamp"):
            raise ApiError("no_item_specified")
        if not _TS.match(str(arguments["timestamp"])):
            raise ApiError("bad_timestamp")
        message = self._workspace.find(self._channel(arguments), arguments["timestamp"])
        if message is None:
            raise ApiError("message_not_found")
        return message, name

    def _add_reaction(self, arguments: Json) -> Json:
        message, name = self._reacted(arguments)
        users = message.reactions.setdefault(name, [])
        if BOT_USER in users:
            raise ApiError("already_reacted")
        users.append(BOT_USER)
        return {}

    def _remove_reaction(self, arguments: Json) -> Json:
        message, name = self._reacted(arguments)
        users = message.reactions.get(name, [])
        if BOT_USER not in users:
            raise ApiError("no_reaction")
        users.remove(BOT_USER)
        if not users:
            del message.reactions[name]
        return {}

    # -- reading --------------------------------------------------------------------------------------

    def _replies(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        root = self._workspace.find(channel, arguments.get("ts"))
        if root is None:
            raise ApiError("thread_not_found")
        return self._page(self._workspace.thread(channel, root.root), arguments)

    def _history(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        return self._page(list(reversed(self._workspace.top_level(channel))), arguments)

    def _page(self, messages: list[Message], arguments: Json) -> Json:
        """At most `limit` messages from the `cursor` on; metadata only for whoever may read it."""
        limit, cursor = str(arguments.get("limit", 1000)), str(arguments.get("cursor") or 0)
        if not limit.isdigit() or not 1 <= int(limit) <= 1000:
            raise ApiError("invalid_limit")
        if not cursor.isdigit():
            raise ApiError("invalid_cursor")
        end = int(cursor) + int(limit)
        asked = str(arguments.get("include_all_metadata", "")).lower() in {"1", "true"}
        with_metadata = asked and "metadata.message:read" in self._scopes()
        shown = []
        for message in messages[int(cursor) : end]:
            made = {**message.as_api(), **self._thread_facts(message)}
            if with_metadata and message.metadata is not None:
                made["metadata"] = message.metadata
            shown.append(made)
        more = end < len(messages)
        return {
            "messages": shown,
            "has_more": more,
            "response_metadata": {"next_cursor": str(end) if more else ""},
        }

    def _thread_facts(self, message: Message) -> Json:
        thread = self._workspace.thread(message.channel, message.root)
        if len(thread) < 2:
            return {}
        if message.ts != message.root:
            return {"parent_user_id": thread[0].user}
        return {"thread_ts": message.ts, "reply_count": len(thread) - 1, "latest_reply": thread[-1].ts}

    def _info(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        return {"channel": {"id": channel, "name": CHANNEL_NAMES.get(channel, ""), "is_member": True}}

    # -- views ----------------------------------------------------------------------------------------

    def _open_view(self, arguments: Json) -> Json:
        trigger = self._workspace.triggers.get(str(arguments.get("trigger_id", "")))
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if time.monotonic() - trigger.born > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        content = view_of(arguments, "modal")
        trigger.used = True
        return {"view": self._workspace.open_view(content).as_api()}

    def _update_view(self, arguments: Json) -> Json:
        view = self._workspace.view
        by_id = arguments.get("view_id")
        if view is None or not self._is_meant(view, by_id, arguments.get("external_id")):
            raise ApiError("not_found")
        if arguments.get("hash") and arguments["hash"] != view.hash:
            raise ApiError("hash_conflict")
        self._workspace.change_view(view, view_of(arguments, "modal"))
        return {"view": view.as_api()}

    def _publish_view(self, arguments: Json) -> Json:
        user = str(arguments.get("user_id") or "")
        if user not in USER_NAMES:
            raise ApiError("user_not_found")
        view = self._workspace.publish(user, view_of(arguments, "home"))
        return {"view": view.as_api()}

    @staticmethod
    def _is_meant(view: View, view_id: object, external_id: object) -> bool:
        return view.id == view_id or bool(external_id and view.content.get("external_id") == external_id)
