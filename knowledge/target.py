"""Which repository, run and step a paste is about, and how that is known."""

from __future__ import annotations

from enum import StrEnum

from knowledge.frozen import dataclass


class TargetSource(StrEnum):
    """How the repository became known, for the sentence that says so."""

    LINK = "the link in the message"
    WORDS = "the words of the message"
    COMMAND = "the command"
    ANSWER = "the answer to the question"
    THREAD = "the earlier answer in this thread"
    CHANNEL = "what this channel is set to"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the text names. `workspace` and `repository` are slugs or `{uuid}`s as written;
    `run_uuid` and `step` are UUIDs with braces, lower case, the former where a run is named by it alone;
    `branch`, `tag`, `commit` and `pull_request` as written;
    `perhaps` are words that mean a branch or a tag only if a run is of one with that name. `aside` are other
    repositories that the text names, left aside because they are not listed; `step_named` is what somebody
    typed for the step: its name, or `pipeline:index`."""

    workspace: str | None = None
    repository: str | None = None
    build_number: int | None = None
    run_uuid: str | None = None
    step: str | None = None
    branch: str | None = None
    tag: str | None = None
    commit: str | None = None
    pull_request: int | None = None
    source: TargetSource = TargetSource.NOWHERE
    aside: tuple[str, ...] = ()
    step_named: str | None = None
    perhaps: tuple[str, ...] = ()

    @property
    def full_name(self) -> str | None:
        """`workspace/repository`, or None while either is unknown."""
        if self.workspace is None or self.repository is None:
            return None
        return f"{self.workspace}/{self.repository}"
