"""May we speak? Decided from the event alone: no database, no network, in microseconds for most messages.

A message not for us costs `extract` and one look for rare words; only what can hold a failure is
redacted and recognised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.extract import text_of
from handlers.silence import is_other_ci, is_settled
from knowledge.redact import CleanText, redact
from knowledge.symptoms import Reach, may_concern, recognise
from knowledge.target_text import find_target

_SPOKEN = frozenset({None, "", "bot_message", "file_share", "thread_broadcast"})
"""Subtypes in which somebody says something; all others are notices of Slack."""
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}\Z")
_ID = re.compile(r"[A-Z0-9]{2,40}\Z")


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing is done, and why, in a word for the metrics and the tests."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceed:
    """The message asks. `edit` tells one edit from another; None when the message is new."""

    channel: str
    ts: str
    user: str
    text: CleanText
    thread_ts: str | None = None
    edit: str | None = None


@dataclass(frozen=True, slots=True)
class Me:
    """Who the bot is in Slack, and where it may speak about what."""

    team: str
    bot_id: str
    bot_user_id: str
    watched: frozenset[str]
    workspaces: frozenset[str]


def decide(event: Mapping[str, Any], me: Me) -> Ignore | Proceed:
    """Whether the `message` or `app_mention` event asks for a diagnosis."""
    said = heard(event, me)
    if isinstance(said, Ignore):
        return said
    raw = text_of(said.message)
    if not may_concern(raw):
        return Ignore("no-failure")
    if said.edit is not None:
        before = text_of(_mapping(event.get("previous_message")), shared=False)
        if before == text_of(said.message, shared=False):
            return Ignore("same-text")
    asks = judge(raw, me.workspaces)
    return asks if isinstance(asks, Ignore) else said.asking(asks)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that may be listened to: somebody's words, in a channel that is watched."""

    message: Mapping[str, Any]
    channel: str
    ts: str
    edit: str | None

    def asking(self, text: CleanText) -> Proceed:
        return Proceed(
            channel=self.channel,
            ts=self.ts,
            user=_user(self.message),
            text=text,
            thread_ts=thread_of(self.message),
            edit=self.edit,
        )


def heard(event: Mapping[str, Any], me: Me) -> Ignore | Heard:
    """Whether the event is a message to be listened to, whatever its text."""
    channel = event.get("channel")
    if not isinstance(channel, str) or channel not in me.watched:
        return Ignore("channel")
    edit: str | None = None
    message = event
    if event.get("subtype") == "message_changed":
        message = _mapping(event.get("message"))
        mark = _mapping(message.get("edited")).get("ts") or event.get("ts")
        edit = mark if isinstance(mark, str) and _TS.match(mark) else ""
    elif event.get("hidden"):
        return Ignore("hidden")
    subtype = message.get("subtype")
    if subtype is not None and (not isinstance(subtype, str) or subtype not in _SPOKEN):
        return Ignore("subtype")
    ts = message.get("ts")
    if edit == "" or not isinstance(ts, str) or not _TS.match(ts):
        return Ignore("no-ts")
    return _unanswered(message, event, me) or Heard(message, channel, ts, edit)


def judge(raw: str, workspaces: frozenset[str]) -> CleanText | Ignore:
    """The redacted text, if it shows a failure that is ours to answer."""
    text = redact(raw).text
    symptoms = recognise(text)
    if not symptoms:
        return Ignore("no-failure")
    if is_settled(text):
        return Ignore("settled")
    named = find_target(text, workspaces).full_name is not None
    if not named and is_other_ci(text):
        return Ignore("other-ci")
    if not named and all(symptom.reach is Reach.COMMON for symptom in symptoms):
        return Ignore("common-text")
    return text


def thread_of(message: Mapping[str, Any]) -> str | None:
    """The root of the thread that the message is a reply in; None at top level."""
    root = message.get("thread_ts")
    if not isinstance(root, str) or not _TS.match(root) or root == message.get("ts"):
        return None
    return root


def _unanswered(message: Mapping[str, Any], event: Mapping[str, Any], me: Me) -> Ignore | None:
    """Why the author is not answered; None when they are."""
    bot = message.get("bot_id")
    user = message.get("user")
    if (me.bot_id and bot == me.bot_id) or (me.bot_user_id and user == me.bot_user_id):
        return Ignore("own-post")
    for where in (message, event):
        for name in ("user_team", "source_team"):
            team = where.get(name)
            if isinstance(team, str) and team and team != me.team:
                # A guest from another organisation must not learn of repositories through the bot.
                return Ignore("other-team")
    if bot and thread_of(message) is not None:
        # Two bots in one thread would feed each other.
        return Ignore("bot-in-thread")
    return None


def _user(message: Mapping[str, Any]) -> str:
    user = message.get("user") or message.get("bot_id")
    return user if isinstance(user, str) and _ID.match(user) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
