"""Containers that a script starts with `docker run`, and the variables that their commands read there.

A container sees the variables that it is given by `-e` and `--env-file`, and none else:
https://docs.docker.com/reference/cli/docker/container/run/#env
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_events import Call, Word
from knowledge.pipelines.shell_programs import DOCKER_TAKES
from knowledge.pipelines.shell_syntax import UnreadableError
from knowledge.pipelines.shell_walk import tree_events

_RUN = late(r"\b(?:docker|podman)\s+(?:container\s+)?run\b")
_READS = late(r"\$\{?(?P<name>[A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class ContainerRun:
    """One `docker run`: its place, how it begins (`docker run`), and the variables that only the shell
    inside puts in and that it is not given, in the order of the script."""

    at: Position
    begins: str
    lacking: tuple[str, ...]


def runs_lacking(step: PipelineStep, name: str) -> Iterator[ContainerRun]:
    """The containers whose own script reads the variable and that are not given it. One that is given a
    file of variables may have it."""
    for command in step.commands:
        if name not in command.text or not _RUN.search(command.text):
            continue
        try:
            events = tree_events(command.text)
        except UnreadableError:
            continue
        for call in events:
            begins = _RUN.match(command.text, call.start) if isinstance(call, Call) else None
            if begins is None or not isinstance(call, Call):
                continue
            lacking = _lacking(call)
            if name in lacking:
                yield ContainerRun(command.place(call.start), begins[0], lacking)


def _lacking(call: Call) -> tuple[str, ...]:
    words = list(call.words[2:])
    if words and call.words[1].raw == "container":
        words = words[1:]
    options, inner = _parted(words)
    if any(word.raw.startswith("--env-file") for word in options):
        return ()
    given = {found for word in options for found in re.findall(r"(?:^|[=e'\"])([A-Za-z_]\w*)", word.raw)}
    scripts = [word.raw[1:-1] for word in inner if len(word.raw) > 2 and word.raw[0] == word.raw[-1] == "'"]
    if call.fed is not None and call.fed_literally:
        scripts.append(call.fed)
    text = "\n".join(scripts)
    read = dict.fromkeys(found["name"] for found in _READS.finditer(text))
    return tuple(
        one
        for one in read
        if one not in given and not re.search(rf"(?:^|[\s;&|(])(?:{one}=|for {one} )", text)
    )


def _parted(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """The options, and what stands behind the image."""
    at = 0
    while at < len(words) and words[at].raw.startswith("-"):
        at += 2 if words[at].raw in DOCKER_TAKES else 1
    return list(words[:at]), list(words[at + 1 :])
