"""Lines of a script that send AWS something else than the step's token, or change the token on its way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.aws_login import TOKEN_FILE, exchanges
from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_paths import assigned_path, plain_path
from knowledge.pipelines.shell_token import TOKEN
from knowledge.script_order import script_lines
from knowledge.variables import look_up
from knowledge.words import code

_OPTION = "--web-identity-token"
_TARGET = re.compile(
    r">>?\s*(?P<target>\"[^\"]+\"|'[^']+'|[^\s;|&)]+)|\btee\s+(?P<tee>\"[^\"]+\"|[^\s;|&)]+)"
)
_CHANGES = re.compile(r"\b(?P<by>base64|jq|cut|awk|sed|head|openssl)\b")


@dataclass(frozen=True, slots=True)
class Sent:
    """A line that decides what is sent; `sentence` says what is odd about it."""

    at: Position
    sentence: str


def oddly_sent(case: CaseFile, step: PipelineStep) -> Iterator[Sent]:
    """The lines, in the order of the script; those that are seen to be right are not among them."""
    for command in exchanges(step):
        written = dict(command.arguments).get(_OPTION)
        if written is not None and TOKEN not in written and "file:" not in written:
            said = f"Line {command.at.line} sends {code(written)} by {code(_OPTION)}."
            yield Sent(command.at, said)
    setting = look_up(case, step, TOKEN_FILE).winner
    path = assigned_path(TOKEN_FILE, setting.text) if setting and setting.at else None
    named = {plain_path(item) for item in (path, setting.value if setting else None) if item}
    for text, at in script_lines(step):
        targets = [found["target"] or found["tee"] for found in _TARGET.finditer(text)]
        if not any(TOKEN_FILE in target or plain_path(target) in named for target in targets):
            continue
        changed = _CHANGES.search(text)
        if TOKEN not in text:
            yield Sent(at, f"Line {at.line} writes something else than {code('$' + TOKEN)} to the file.")
        elif changed is not None:
            yield Sent(at, f"Line {at.line} puts the token through {code(changed['by'])}.")
