"""May we speak? Decided from the event alone: no database, no network, in microseconds for most messages.

A message not for us costs `extract` and one look for rare words; only what can hold a failure is
redacted and recognised. Of a message with a text file that it does not show whole, only the file can tell;
then the message goes on as unsure, and is looked at after the acknowledgement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.attached import Attached, attached
from handlers.extract import text_of
from handlers.silence import is_other_ci, is_settled
from knowledge.clean_text import CleanText
from knowledge.pasted import Pasted, take
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
    """The message asks, or may do so when it is `unsure`. `edit` tells one edit from another; None when
    the message is new. An edit that is `only_known` counts only where the message was taken on before.
    `before` is the text that an edit took the place of, see `_asked_before`. The rest is as in
    `handlers.ports.Paste`."""

    channel: str
    ts: str
    user: str
    text: CleanText
    thread_ts: str | None = None
    edit: str | None = None
    redactions: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, Any] | None = None
    files: tuple[str, ...] = ()
    preview: CleanText = CleanText("")
    unsure: bool = False
    harmless: bool = False
    only_known: bool = False
    before: CleanText | None = field(default=None, compare=False, repr=False)
    file_urls: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


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
    raw, files = text_of(said.message), attached(said.message)
    shown = _shown(raw, files)
    concerns = may_concern(shown)
    if not concerns and not files:
        return _edited_away(said, event, "no-failure") or Ignore("no-failure")
    if said.edit is not None and _is_same(_mapping(event.get("previous_message")), said.message):
        return Ignore("same-text")
    asks = judge(shown, me.workspaces) if concerns else Ignore("no-failure")
    if isinstance(asks, Pasted):
        before = None if said.edit is None else _asked_before(event, me)
        return said.asking(take(raw) if files else asks, files, before)
    if not files or asks.reason not in _FOR_ITS_FILES or is_settled(raw):
        return _edited_away(said, event, asks.reason) or asks
    addressed = bool(me.bot_user_id) and f"@{me.bot_user_id}" in raw
    return said.asking(take(raw), files, unsure=not addressed)


_FOR_ITS_FILES = frozenset({"no-failure", "common-text"})
"""What is ignored for these reasons may yet be answered for what its files say."""


def _shown(raw: str, files: Sequence[Attached]) -> str:
    """A message's text with what it shows of its files."""
    return "\n".join([raw, *(file.preview for file in files)]) if files else raw


def _edited_away(said: Heard, event: Mapping[str, Any], reason: str) -> Proceed | None:
    """The edit of a message that may have asked before, into one that would not be answered for `reason`.
    Who writes "solved" below the error leaves it there, and its answer too."""
    if said.edit is None or reason not in ("no-failure", "other-ci", "common-text"):
        return None
    if isinstance(before := event.get("previous_message"), Mapping):
        text, files = text_of(before), attached(before)
        if (not files and not may_concern(text)) or _is_same(before, said.message):
            return None
    if reason == "common-text":
        return said.asking(take(text_of(said.message)), only_known=True)
    return said.asking(take(""), only_known=True, harmless=True)


def _asked_before(event: Mapping[str, Any], me: Me) -> CleanText | None:
    """The text before an edit, empty where it did not ask; None where that cannot be told from the event."""
    before = _mapping(event.get("previous_message"))
    raw = text_of(before)
    if not raw.strip() or attached(before):
        return None
    asked = judge(raw, me.workspaces)
    if isinstance(asked, Pasted):
        return asked.text
    return CleanText("") if asked.reason in ("no-failure", "other-ci") else None


def _is_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether an edit left text and files as they were: Slack reports its own additions as edits too."""
    if text_of(before, shared=False) != text_of(after, shared=False):
        return False
    return [file.id for file in attached(before)] == [file.id for file in attached(after)]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that may be listened to: somebody's words, in a channel that is watched."""

    message: Mapping[str, Any]
    channel: str
    ts: str
    edit: str | None

    def asking(
        self,
        pasted: Pasted,
        files: Sequence[Attached] = (),
        before: CleanText | None = None,
        **flags: bool,
    ) -> Proceed:
        """`flags` are fields of `Proceed`."""
        shown = take("\n".join(file.preview for file in files))
        return Proceed(
            channel=self.channel,
            ts=self.ts,
            user=_user(self.message),
            text=pasted.text,
            thread_ts=thread_of(self.message),
            edit=self.edit,
            redactions=pasted.redactions,
            claims=pasted.claims or shown.claims,
            files=tuple(file.id for file in files),
            preview=shown.text,
            file_urls={file.id: file.url for file in files if file.url is not None},
            before=before,
            **flags,
        )


def heard(event: Mapping[str, Any], me: Me, *, asked: bool = False) -> Ignore | Heard:
    """Whether the event is a message to be listened to, whatever its text. `asked` is set when a person has
    pointed at it."""
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
    return _unanswered(message, event, me, asked) or Heard(message, channel, ts, edit)


def deleted(event: Mapping[str, Any], me: Me) -> str | None:
    """The `ts` of the message in a watched channel whose deletion the event tells; None when it tells none,
    or that of a message of ours.

    A message with replies leaves a `tombstone` in its place, and that is told as a change:
    https://docs.slack.dev/reference/events/message/message_deleted
    """
    channel = event.get("channel")
    if not isinstance(channel, str) or channel not in me.watched:
        return None
    message, before = _mapping(event.get("message")), _mapping(event.get("previous_message"))
    subtype, ts = event.get("subtype"), None
    if subtype == "message_deleted":
        ts = event.get("deleted_ts")
    elif subtype == "message_changed" and message.get("subtype") == "tombstone":
        ts = message.get("ts")
    if not isinstance(ts, str) or not _TS.match(ts):
        return None
    return None if _is_own(before, me) else ts


def judge(raw: str, workspaces: frozenset[str]) -> Pasted | Ignore:
    """The text as it may be kept, if it shows a failure that is ours to answer."""
    pasted = take(raw)
    reason = reason_against(pasted.text, workspaces)
    return pasted if reason is None else Ignore(reason)


def reason_against(text: CleanText, workspaces: frozenset[str], said: str | None = None) -> str | None:
    """Why a text is not answered; None when it shows a failure that is ours to answer. `said` is what its
    author wrote, where the text holds a file as well."""
    symptoms = recognise(text)
    if not symptoms:
        return "no-failure"
    if is_settled(text if said is None else said):
        return "settled"
    named = find_target(text, workspaces).full_name is not None
    if not named and is_other_ci(text):
        return "other-ci"
    if not named and all(symptom.reach is Reach.COMMON for symptom in symptoms):
        return "common-text"
    return None


def is_time(value: str) -> bool:
    """Whether the value is a message's time, as Slack writes it."""
    return bool(_TS.match(value))


def thread_of(message: Mapping[str, Any]) -> str | None:
    """The root of the thread that the message is a reply in; None at top level."""
    root = message.get("thread_ts")
    if not isinstance(root, str) or not _TS.match(root) or root == message.get("ts"):
        return None
    return root


def _unanswered(message: Mapping[str, Any], event: Mapping[str, Any], me: Me, asked: bool) -> Ignore | None:
    """Why the author is not answered; None when they are."""
    bot = message.get("bot_id")
    if _is_own(message, me):
        return Ignore("own-post")
    for where in (message, event):
        for name in ("user_team", "source_team"):
            team = where.get(name)
            if isinstance(team, str) and team and team != me.team:
                # A guest from another organisation must not learn of repositories through the bot.
                return Ignore("other-team")
    if bot and not asked and thread_of(message) is not None:
        # Two bots in one thread would feed each other.
        return Ignore("bot-in-thread")
    return None


def _is_own(message: Mapping[str, Any], me: Me) -> bool:
    if me.bot_id and message.get("bot_id") == me.bot_id:
        return True
    return bool(me.bot_user_id) and message.get("user") == me.bot_user_id


def _user(message: Mapping[str, Any]) -> str:
    user = message.get("user") or message.get("bot_id")
    return user if isinstance(user, str) and _ID.match(user) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
