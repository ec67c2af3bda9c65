"""What a command of the script prints to the step's log that should stay out of it.

Told only where the text shows it: a secret that goes into a file, a variable or a filter is not printed,
and neither is what a program of the repository may print.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from knowledge.late_pattern import late
from knowledge.pipelines.shell_events import Call, Word, pipeline_after
from knowledge.pipelines.shell_paths import plain_path
from knowledge.pipelines.shell_programs import Program, program_of

_SAYS = frozenset({"echo", "printf", "print"})
_SHOWS = frozenset({"cat", "head", "tail", "less", "more", "base64", "xxd", "hexdump", "od", "jq"})
_LISTS = frozenset({"export", "declare", "typeset"})
_CLOUDS = frozenset({"aws", "gcloud", "az"})
#: The programs whose output is looked at.
PRINTERS = frozenset({*_SAYS, *_SHOWS, *_LISTS, *_CLOUDS, "env", "printenv", "set"})

#: What flows through these is still readable.
_FILTERS = frozenset({"cat", "tee", "sort", "base64", "xxd", "hexdump", "od", "rev", "jq"})
_TERMINAL = late(r"/dev/(?:stdout|stderr|tty|fd/[12])")
_TOKEN_FILE = late(r"\$\{?AWS_WEB_IDENTITY_TOKEN_FILE\}?")
_KEYS = frozenset({"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
#: Subcommands that answer with credentials.
#: https://docs.aws.amazon.com/cli/latest/reference/sts/
_ANSWERS = {
    "aws": re.compile(
        r"\b(?:sts (?:assume-role|assume-role-with-web-identity|assume-role-with-saml|get-session-token"
        r"|get-federation-token)|ecr get-login-password|configure export-credentials)(?: |$)"
    ),
    "gcloud": re.compile(r"\bauth (?:application-default )?print-(?:access|identity)-token(?: |$)"),
    "az": re.compile(r"\baccount get-access-token(?: |$)"),
}
_SECRET_PART = late(r"(?i)secret|token|^\W*credentials\W*$|^\W*$")
_PIECE = late(
    r"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|[^'\"\\$`]+|\$", re.DOTALL
)
_INNER = late(r"\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\\.", re.DOTALL)

TOKEN, CREDENTIALS, ENVIRONMENT, TRACE = "token", "credentials", "environment", "trace"


def printed_by(call: Call, program: Program, holders: Set[str], files: Mapping[str, str]) -> str | None:
    """`token`, `credentials` or `environment`: what the command prints to the log, if that is a secret.

    `holders` are the variables that hold the token; `files` says of plain paths what was written there.
    """
    # What a function prints goes where its caller sends it.
    if call.captured or call.function is not None or not _reaches_log(call):
        return None
    name = program.name
    if name in _SAYS:
        return TOKEN if any(_expands(word.raw, holders) for word in program.arguments) else None
    if name in _SHOWS:
        fed = call.fed is not None and not call.fed_literally and _whole(call.fed, holders)
        return TOKEN if fed else _shown(program, files)
    if name in _CLOUDS:
        return CREDENTIALS if answers_with_credentials(program) else None
    if name == "printenv" and program.arguments:
        asked = {word.raw for word in program.arguments}
        return TOKEN if asked & holders else CREDENTIALS if asked & _KEYS else None
    return ENVIRONMENT if _lists_all(program) else None


def _lists_all(program: Program) -> bool:
    """Whether the program prints all variables of the environment."""
    raws = [word.raw for word in program.arguments]
    if program.name == "set":
        return not raws
    if program.name == "env":
        return all("=" in raw or raw in ("-0", "--null") for raw in raws)
    return all(re.fullmatch(r"-[px]+", raw) for raw in raws)


def answers_with_credentials(program: Program) -> bool:
    """Whether the program prints keys or a token that it got from a cloud."""
    pattern = _ANSWERS.get(program.name)
    values = program.values()
    words = " ".join(value for value in values if value and not value.startswith("-"))
    if pattern is None or not pattern.search(words) or "help" in values or "--help" in values:
        return False
    for number, value in enumerate(values):
        option, equals, given = value.partition("=")
        if option == "--query":
            wanted = given if equals else "".join(values[number + 1 : number + 2])
            return _SECRET_PART.search(wanted) is not None
    return True


def starts_trace(words: tuple[Word, ...], *, now: bool) -> bool:
    """Whether the shell prints its commands after `set` with these arguments."""
    raws = [word.raw for word in words]
    for number, raw in enumerate(raws):
        named = raw in ("-o", "+o") and raws[number + 1 : number + 2] == ["xtrace"]
        if named or re.fullmatch(r"[-+][a-zA-Z]*x[a-zA-Z]*", raw):
            now = raw.startswith("-")
    return now


def _reaches_log(call: Call) -> bool:
    """Whether the output ends on the log, and not in a file or a filter."""
    for stage in (call, *pipeline_after(call)):
        if any(not _TERMINAL.fullmatch(redirect.target.value or "") for redirect in stage.redirects):
            return False
        if stage is not call and not _passes(stage):
            return False
    return True


def _passes(stage: Call) -> bool:
    program = program_of(stage)
    if stage.captured or program is None or program.name not in _FILTERS:
        return False
    values = program.values()
    if program.name == "base64":
        return not {"-d", "-D", "--decode"} & set(values)
    return program.name != "jq" or _shows_secrets(values)


def _shows_secrets(values: list[str]) -> bool:
    """Whether this filter of `jq` leaves the secrets of an answer in."""
    wanted = next((value for value in values if not value.startswith("-")), ".")
    return wanted == "." or _SECRET_PART.search(wanted.removeprefix(".")) is not None


def _shown(program: Program, files: Mapping[str, str]) -> str | None:
    """What stands in the files that the command shows whole."""
    words = [word for word in program.arguments if not word.raw.startswith("-")]
    if program.name == "jq":
        if not _shows_secrets(program.values()):
            return None
        words = words[1:]
    if program.name == "base64" and {"-d", "-D", "--decode"} & set(program.values()):
        return None
    for word in words:
        if _TOKEN_FILE.fullmatch(word.raw.strip('"')):
            return TOKEN
        if plain_path(word.raw) in files:
            return files[plain_path(word.raw)]
    return None


def _expands(raw: str, names: Set[str]) -> bool:
    """Whether the whole value of one of the variables is put into the word, commands within it left out."""
    if "$" not in raw:
        return False
    parts = []
    for piece in _PIECE.findall(raw):
        if piece.startswith('"'):
            parts.append(_INNER.sub(" ", piece[1:-1]))
        elif not piece.startswith(("'", "\\", "`", "$(")):
            parts.append(piece)
    return _whole("".join(parts), names)


def _whole(text: str, names: Set[str]) -> bool:
    for found in re.finditer(r"\$(?:\{(?P<braced>\w+)(?::?[-?=][^}]*)?\}|(?P<plain>\w+))", text):
        if (found["braced"] or found["plain"]) in names:
            return True
    return False
