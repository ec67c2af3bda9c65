"""Where a script writes the step's token to a file, and what it hands on to later steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.frozen import dataclass
from knowledge.pipelines.shell_events import Call, Redirect, Word, pipeline_after
from knowledge.pipelines.shell_programs import program_of

TOKEN = "BITBUCKET_STEP_OIDC_TOKEN"
CARRIED = "BITBUCKET_PIPELINES_VARIABLES_PATH"

#: They print their arguments, or what they are fed, and nothing else.
_PRINTERS = frozenset({"echo", "printf", "print", "cat", "tee", "printenv"})
#: What flows through these is still the token.
_FILTERS = frozenset({"cat", "tee", "tr", "sponge"})
_FORMAT = re.compile(r"(?:%s|%b|\\n|\s)*")
_NOWHERE = re.compile(r"/dev/(?:null|stdout|stderr|tty)|&?\d")


@dataclass(frozen=True, slots=True)
class Write:
    """The token written to `target`, before it has a place in the file."""

    target: Word
    variable: str
    literal: bool
    append: bool


def writes_of(call: Call, names: frozenset[str]) -> Iterator[Write]:
    """The files to which this command writes the token; `names` are the variables that hold it."""
    printed = _printed(call, names)
    if printed is None:
        return
    variable, literal = printed
    flow = [call]
    for following in pipeline_after(call):
        behind = program_of(following)
        if behind is None or behind.name not in _FILTERS:
            break
        flow.append(following)
    for stage in flow:
        for redirect in _targets(stage):
            value = redirect.target.value
            if value is None or not _NOWHERE.fullmatch(value):
                yield Write(redirect.target, variable, literal, redirect.append)


def _targets(call: Call) -> list[Redirect]:
    """Redirections (the last one has the output), and the files of `tee`."""
    found = call.redirects[-1:]
    program = program_of(call) if any(word.raw == "tee" for word in call.words) else None
    if program is not None and program.name == "tee":
        append = any(word.raw in ("-a", "--append") for word in program.arguments)
        files = [word for word in program.arguments if not word.raw.startswith("-")]
        found = [*found, *(Redirect(word, append) for word in files)]
    return found


def _printed(call: Call, names: frozenset[str]) -> tuple[str, bool] | None:
    """The variable whose value is all that the command prints, and whether only its name is printed."""
    program = program_of(call)
    if program is None or program.name not in _PRINTERS:
        return None
    if program.name in ("cat", "tee"):
        return (
            _is_token(call.fed.strip(), names, literal=call.fed_literally) if call.fed is not None else None
        )
    words = list(program.arguments)
    if program.name == "printenv":
        return (TOKEN, False) if [word.raw for word in words] == [TOKEN] else None
    while words and re.fullmatch(r"-[neErR]+|--", words[0].raw):
        words = words[1:]
    if program.name == "printf" and len(words) > 1:
        if not _FORMAT.fullmatch(words[0].value or ""):
            return None
        words = words[1:]
    if len(words) != 1:
        return None
    raw, value = words[0].raw, words[0].value
    if value is None:
        escaped = re.fullmatch(rf"\"?\\\$\{{?{TOKEN}\}}?\"?", raw)
        return (TOKEN, True) if escaped else None
    if program.name == "printf":
        value = re.sub(r"\\n$", "", value)
    return _is_token(value.strip(), names, literal="'" in raw)


def _is_token(text: str, names: frozenset[str], *, literal: bool) -> tuple[str, bool] | None:
    found = re.fullmatch(r"\$(?:\{(?P<braced>\w+)(?::?[-?=][^}]*)?\}|(?P<plain>\w+))", text)
    if found is not None:
        name = found["braced"] or found["plain"]
        return (name, literal) if name in names else None
    return (TOKEN, True) if text == TOKEN else None


def carried_by(call: Call) -> tuple[str, ...]:
    """The names that this command appends to the file whose variables later steps see."""
    stages = (call, *pipeline_after(call)) if call.piped_to is not None or call.redirects else ()
    if not any(CARRIED in redirect.target.raw for stage in stages for redirect in _targets(stage)):
        return ()
    texts = [call.fed] if call.fed is not None else []
    program = program_of(call)
    if program is not None and program.name in ("echo", "printf", "print"):
        # A format with several lines may hold several names.
        texts += [
            (word.value if word.value is not None else word.raw).replace("\\n", "\n")
            for word in program.arguments
        ]
    found: list[str] = []
    for text in texts:
        for line in text.split("\n"):
            match = re.match(r"[\s\"']*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=", line)
            if match:
                found.append(match["name"])
    return tuple(dict.fromkeys(found))
