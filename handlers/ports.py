"""What the Slack edge needs from the process around it, and the values that pass between them.

Everything here is JSON all the way down (`to_json`, `from_json`), because it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from datetime import datetime
from typing import Any, Protocol

from knowledge.answer import Answer
from knowledge.casefile import Role
from knowledge.clean_text import CleanText
from knowledge.frozen import dataclass


def job_of(team: str, channel: str, ts: str) -> str:
    """The id of the job that a message is: see `Paste.job`."""
    return f"{team}-{channel}-{ts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paste:
    """A message that asks, whatever way it came in.

    Identity is (team, channel, ts): `job` is made of these alone. `way_in` is `message`, `mention`,
    `command`, `shortcut` or `form`; `response_url` is set for answers that only its asker sees, and empty
    where a form brought no address: then they are posted to the asker alone.
    `ts` is Slack's message time (`1795400000.000100`); for a command, which has no message, the
    trigger's id. `repository` and `build_number` are what a form or a command named (`ws/repo`), `step` what
    the form named (a step's name, or `pipeline:index`).
    `redactions` counts the secrets that were taken out of the text, by kind; `claims` are those of the token
    of Bitbucket's in it. `files` are the ids of its text files, and `preview` what the message shows of them,
    used when they cannot be read; `file_urls`, by id, are not stored. `unsure` is set when only the files
    can tell whether the message asks at all.
    `after_policy` is set when what is checked again was made with a trust policy that a person pasted.
    `harmless` is set when an edit took the failure out of a message that had asked: its text is not kept.
    `revision` tells apart the works on one paste: empty for the first, else which edit, click or form
    asked again (the same for every copy of it). `edited` is the `ts` of the edit that made the text what it
    is, empty for a text as it was posted; whatever asks again about the text carries it on.
    """

    team: str
    channel: str
    ts: str
    user: str
    text: CleanText
    way_in: str = "message"
    thread_ts: str | None = None
    response_url: str | None = None
    repository: str | None = None
    build_number: int | None = None
    step: str | None = None
    revision: str = ""
    edited: str = ""
    redactions: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, Any] | None = None
    files: tuple[str, ...] = ()
    preview: CleanText = CleanText("")
    unsure: bool = False
    harmless: bool = False
    after_policy: bool = False
    file_urls: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def job(self) -> str:
        """The job's id, the same for every copy of this message, safe inside a `block_id`."""
        return job_of(self.team, self.channel, self.ts)

    @property
    def work(self) -> str:
        """The id of one piece of work on the job."""
        return f"{self.job}/{self.revision}" if self.revision else self.job

    @property
    def root(self) -> str:
        """The `ts` of the thread to answer in."""
        return self.thread_ts or self.ts

    @property
    def ephemeral(self) -> bool:
        return self.response_url is not None

    def to_json(self) -> dict[str, Any]:
        stored = asdict(self)
        del stored["file_urls"]
        return {**stored, "files": list(self.files)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Paste:
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        known["text"] = CleanText(str(known.get("text", "")))
        known["files"] = tuple(known.get("files", ()))
        kind, _, edit = str(known.get("revision", "")).partition("-")
        if kind == "edit":
            # Stored by an earlier version, which kept it there alone.
            known.setdefault("edited", edit)
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A rendered answer, ready to be posted. `reaction` is the mark left on the paste, none when empty;
    what is `only_in_place` is worth saying where a reply stands already, and nowhere else. `awaits_record` is
    set when it says that a record of the refused login may still come; `run` is the page of the run that it
    is about, or empty, and `repository` the one that was looked at (`ws/repo`), however it was found.
    `again_in` are the seconds after which it says that it is made anew, because Bitbucket took no more
    questions; else 0. `role` is the ARN of the role that was looked up, or empty; `evidence` are digests of
    what the answer rests on (`handlers.render.likeness`), `short` is set when an earlier thread holds its
    proof, `made_at` is when it was made (ISO 8601), and `with_policy` is set when it was made with a trust
    policy that a person pasted."""

    kind: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    reaction: str = "white_check_mark"
    cause: str = ""
    verdict: str = ""
    proof: list[dict[str, Any]] = field(default_factory=list)
    """Blocks of the modal with the whole proof."""
    only_in_place: bool = False
    awaits_record: bool = False
    run: str = ""
    repository: str = ""
    again_in: float = 0.0
    role: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    short: bool = False
    made_at: str = ""
    with_policy: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reply:
        return cls(**{name: stored[name] for name in cls.__slots__ if name in stored})


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One answer that was given. `repository` is the one that was looked at, or else as it was named, in
    lower case, or empty; `at` is when it was asked for. `role`, `evidence` and `short` are those of the
    reply."""

    job: str
    channel: str
    root: str
    user: str
    kind: str
    cause: str
    verdict: str
    repository: str
    at: datetime
    ephemeral: bool = False
    role: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    short: bool = False


class StoreDown(Exception):
    """The paste could not be written down; it must not be acknowledged."""


class Services(Protocol):
    """What `bot.wiring` hands to the listeners."""

    watched: frozenset[str]
    """Channel ids that may be answered in."""
    first_channel: str
    """The one of them that the settings list first."""
    known_workspaces: frozenset[str]
    """Workspaces that may be spoken about: beside these, words such as `acme/widget` name a repository."""

    shared: frozenset[str]
    """Channel ids that are answered in though another organisation shares the channel."""
    may_read: tuple[str, ...]
    """Sentences on what the bot is set up to read, and what not."""
    team_url: str
    """The workspace's address at Slack; empty when it is not known."""

    def found(self) -> Sequence[str]:
        """Sentences on what could be read of late, and on what could not and what to do about it."""

    async def answered(self) -> Sequence[Past]:
        """What was answered in the last days, newest first, each job once."""

    async def suggested(self, channel: str) -> Sequence[str]:
        """Repositories (`ws/repo`, lower case) that may be meant in the channel, and spoken about there;
        without a channel those that may be spoken about in all."""

    async def accept(self, paste: Paste) -> bool:
        """Write the paste down and start its work; false when this very work is known already.

        Raises:
            StoreDown: nothing was written.
        """

    async def withdraw(self, job: str, channel: str) -> None:
        """The message of this job was deleted: its reply goes too, and all that was kept of it. When the job
        is not known, nothing happens.

        Raises:
            StoreDown: that could not be written down.
        """

    def unknown(self, way_in: str) -> None:
        """Count a text that was asked about and shows no failure; nothing of it is kept."""

    async def known(self, job: str) -> bool:
        """Whether some work on this job was accepted before. Raises `StoreDown`, as the next two do."""

    async def original(self, job: str) -> Paste | None:
        """The paste of the job's newest work, for "check again"; None when it is no longer kept."""

    async def last_reply(self, job: str) -> Reply | None:
        """The newest finished reply of the job; None when there is none (any more)."""

    async def judge_policy(self, paste: Paste, role: Role) -> None:
        """Make the paste's one reply anew, as if `role` had been read. Its trust policy is kept nowhere, so
        this is lost when the process ends meanwhile."""

    async def try_token(self) -> None:
        """Ask Slack whether it still takes the bot's token; if not, the health says so."""

    async def feedback(self, job: str, user: str, helpful: bool, remark: str = "") -> None:
        """Record one "was this it?": each answer counts once per job and user. A `remark` (redacted) is
        recorded beside the answer, once too.

        Raises:
            StoreDown: it could not be written down.
        """


class Investigate(Protocol):
    """Turns a paste into an answer; never raises for what a source did."""

    async def __call__(self, paste: Paste) -> Answer: ...
