"""Which program a command runs in the end: behind `sudo`, `env`, `timeout`, `npx`, `docker run`, `xargs`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.pipelines.shell_events import Call, Word

#: Wrappers, with those of their short options that take a value.
_WRAPPERS = {
    "sudo": "ugCDhprTU",
    "time": "fo",
    "nohup": "",
    "exec": "a",
    "command": "",
    "builtin": "",
    "nice": "n",
    "ionice": "cn",
    "stdbuf": "ioe",
    "xargs": "IiLnPdasE",
    "timeout": "ks",
    "env": "uCS",
    "gosu": "",
    "su-exec": "",
}
#: Launchers of installed programs: these words, then perhaps options, then the program.
_LAUNCHERS = (
    ("npx",),
    ("bunx",),
    ("uvx",),
    ("npm", "exec"),
    ("pnpm", "exec"),
    ("pnpm", "dlx"),
    ("yarn", "dlx"),
    ("yarn", "run"),
    ("yarn",),
    ("pnpm",),
    ("poetry", "run"),
    ("pipenv", "run"),
    ("uv", "run"),
    ("pdm", "run"),
    ("bundle", "exec"),
    ("doppler", "run"),
    ("dotenv",),
    ("aws-vault", "exec"),
    ("terramate", "run"),
)
_SCRIPT_RUNNERS = frozenset({"yarn", "pnpm", "poetry", "pdm", "uv"})
#: With any other first word the program is that word.
_IN_FRONT = frozenset([*_WRAPPERS, *(words[0] for words in _LAUNCHERS), "docker", "podman"])
_ASSIGNS = late(r"([A-Za-z_]\w*)=")
#: Options of `docker run` that take the next word along.
DOCKER_TAKES = frozenset([
    "-e", "--env", "-v", "--volume", "-w", "--workdir", "-u", "--user", "--name", "--network", "--net",
    "--entrypoint", "--env-file", "-p", "--publish", "--mount", "--platform", "--pull", "-m", "--memory",
    "--cpus", "-l", "--label", "-h", "--hostname", "--add-host", "--link", "--volumes-from",
])  # fmt: skip
#: Images whose entry point is a cloud's program.
_DOCKER_ENTRY = (
    (re.compile(r"(?:^|/)aws-cli(?:[:@]|$)"), "aws"),
    (re.compile(r"(?:^|/)terraform(?:[:@]|$)"), "terraform"),
    (re.compile(r"(?:^|/)opentofu(?:[:@]|$)"), "tofu"),
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its bare name, the words behind it, and the assignments of `env`. `runner` is the
    package manager that starts it (`yarn`), which may run a script of that name instead."""

    name: str
    path: str
    start: int
    arguments: tuple[Word, ...]
    assigned: tuple[tuple[str, str], ...] = ()
    runner: str | None = None

    def values(self) -> list[str]:
        """The arguments as the program gets them; one that a command makes is empty."""
        return [word.value or "" for word in self.arguments]


def program_of(call: Call) -> Program | None:
    """The program that does the work; None for a redirection alone."""
    if not call.words:
        return None
    path = call.program
    name = path.rsplit("/", 1)[-1]
    if name not in _IN_FRONT:
        return Program(name, path, call.words[0].start, call.words[1:])
    words = list(call.words)
    assigned: list[tuple[str, str]] = []
    runner: str | None = None
    for _ in range(6):
        if not words:
            return None
        name = _base(words[0])
        if name in _WRAPPERS and len(words) > 1:
            rest = _behind_wrapper(name, words[1:], assigned)
        elif name in ("docker", "podman") and len(words) > 2 and words[1].value in ("run", "container"):
            inner = _in_docker(words)
            if inner is None:
                break
            return Program(inner[0], inner[0], words[0].start, inner[1], tuple(assigned))
        else:
            launcher = _launcher(words)
            if launcher is None:
                break
            rest = launcher
            runner = name if name in _SCRIPT_RUNNERS else runner
        if not rest:
            break
        words = rest
    return Program(
        _base(words[0]),
        words[0].value or words[0].raw,
        words[0].start,
        tuple(words[1:]),
        tuple(assigned),
        runner,
    )


def _base(word: Word) -> str:
    return (word.value or word.raw).rsplit("/", 1)[-1]


def _behind_wrapper(name: str, words: Sequence[Word], assigned: list[tuple[str, str]]) -> list[Word]:
    taking = _WRAPPERS[name]
    index = 0
    while index < len(words):
        raw = words[index].raw
        if raw == "--":
            index += 1
            break
        if not raw.startswith("-"):
            break
        index += 2 if len(raw) == 2 and raw[1] in taking else 1
    while name in ("env", "sudo") and index < len(words) and _ASSIGNS.match(words[index].raw):
        variable, _, value = words[index].raw.partition("=")
        assigned.append((variable, value))
        index += 1
    if name == "timeout":
        index += 1
    if name in ("gosu", "su-exec"):
        index += 1
    return list(words[index:])


def _launcher(words: Sequence[Word]) -> list[Word] | None:
    names = [_base(words[0]), *(word.raw for word in words[1:3])]
    for launcher in _LAUNCHERS:
        size = len(launcher)
        if tuple(names[:size]) != launcher or len(words) <= size:
            continue
        rest = list(words[size:])
        if launcher[0] in ("doppler", "dotenv", "aws-vault", "terramate"):
            marks = [number for number, word in enumerate(rest) if word.raw == "--"]
            return rest[marks[0] + 1 :] if marks else None
        while rest and rest[0].raw.startswith("-"):
            rest = rest[2:] if rest[0].raw in ("-p", "--package") else rest[1:]
        return rest or None
    return None


def _in_docker(words: Sequence[Word]) -> tuple[str, tuple[Word, ...]] | None:
    """What `docker run` starts, if that is a program by name."""
    rest = list(words[2:])
    if words[1].value == "container":
        if words[2].value != "run":
            return None
        rest = rest[1:]
    entry: str | None = None
    while rest and rest[0].raw.startswith("-"):
        raw = rest[0].raw
        if raw.startswith("--entrypoint"):
            given = raw.partition("=")[2] or (rest[1].value if len(rest) > 1 else "")
            entry = (given or "").strip("\"'").rsplit("/", 1)[-1]
        rest = rest[2:] if raw in DOCKER_TAKES else rest[1:]
    if not rest:
        return None
    image, behind = rest[0].value or "", tuple(rest[1:])
    if entry:
        return entry, behind
    for pattern, program in _DOCKER_ENTRY:
        if pattern.search(image):
            return program, behind
    return (_base(behind[0]), behind[1:]) if behind else None


def long_options(arguments: Sequence[Word]) -> tuple[tuple[str, str], ...]:
    """`--name value` and `--name=value`, the values as written; an option alone has an empty value."""
    found: list[tuple[str, str]] = []
    for number, word in enumerate(arguments):
        if not word.raw.startswith("--") or len(word.raw) == 2:
            continue
        name, equals, value = word.raw.partition("=")
        if not equals and number + 1 < len(arguments) and not arguments[number + 1].raw.startswith("-"):
            value = arguments[number + 1].raw
        found.append((name, value))
    return tuple(found)
