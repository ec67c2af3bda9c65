"""Lines in which the shell puts in no variable: between single quotes, or where the name has no `$`.

https://www.gnu.org/software/bash/manual/html_node/Single-Quotes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.aws_login import REGIONS, ROLE, TOKEN_FILE, exchanges, login_of
from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.clouds import AZURE
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.token_file import Fault, token_file_fault

_OPTION = "--web-identity-token"
ARM_TOKEN = "ARM_OIDC_TOKEN"
_QUOTED = "Between single quotes the shell puts in no variables."
_BARE = "Without its `$` a variable's name is plain text to the shell."
_ESCAPED = "Behind a backslash `$` is a plain character to the shell."
#: The token's variable in a form that is not expanded, with the quotes around it.
_NAME_ALONE = re.compile(
    rf"(?:'(?P<quoted>\$\{{?{TOKEN}\}}?)'|\"?(?P<escaped>\\\$\{{?{TOKEN}\}}?)\"?|(?P<quote>['\"]?)(?<![\w${{]){TOKEN}(?P=quote))"
)


@dataclass(frozen=True, slots=True)
class Unexpanded:
    """A line that gives a name where its value was meant.

    `name` is the variable that gets it, or the token's; `old` is the piece of `text` to write as `new`, empty
    where no such piece was made out. `certain` is false where a program that the file does not show may put
    it right.
    """

    name: str
    at: Position
    text: str
    said: str
    why: str
    old: str
    new: str
    certain: bool = True


def unexpanded(case: CaseFile, step: PipelineStep) -> Iterator[Unexpanded]:
    """Settings of the login's variables between single quotes."""
    if login_of(case, step) is None:
        return
    for export in step.script.exports:
        if export.name not in {ROLE, TOKEN_FILE, *REGIONS}:
            continue
        quotes = re.search(rf"\b{re.escape(export.name)}='(?P<value>[^']*\$[A-Za-z_{{][^']*)'", export.text)
        if quotes is not None:
            repaired = export.text.replace(f"'{quotes['value']}'", f'"{quotes["value"]}"', 1)
            said = f"sets `{export.name}` to a variable's name, not to its value"
            yield Unexpanded(export.name, export.at, export.text, said, _QUOTED, export.text, repaired)


def unexpanded_token(case: CaseFile, step: PipelineStep) -> Unexpanded | None:
    """The line that writes the name of the token's variable to the SDK's file, or sends it in the token's
    place."""
    for command in exchanges(step):
        written = dict(command.arguments).get(_OPTION, "")
        found = _NAME_ALONE.fullmatch(written)
        if found is not None:
            said = f"sends the name of the token's variable by `{_OPTION}`, not the token"
            return _token(command.at, command.text, said, found)
    if any(command.cloud == AZURE for command in step.script.commands) or ARM_TOKEN in _exported(step):
        for given in _given_to_azure(step):
            return given
    fault = token_file_fault(case, step)
    if fault is None or fault.fault is not Fault.LITERAL or fault.write is None:
        return None
    said = "writes the name of the token's variable to the file, not the token"
    text = fault.write.text
    return _token(fault.at, text, said, _NAME_ALONE.search(text), certain=fault.certain)


def _exported(step: PipelineStep) -> set[str]:
    return {export.name for export in step.script.exports}


def _given_to_azure(step: PipelineStep) -> Iterator[Unexpanded]:
    # Files of AWS alone have no use for it.
    from knowledge.azure_token_given import given_tokens

    for given in given_tokens(step):
        found = _NAME_ALONE.fullmatch(given.written)
        if found is not None:
            said = f"gives the name of the token's variable by `{given.by}`, not the token"
            yield _token(given.at, given.text, said, found)


def _token(
    at: Position, text: str, said: str, found: re.Match[str] | None, *, certain: bool = True
) -> Unexpanded:
    if found is None:
        return Unexpanded(
            TOKEN, at, text, said, "In what stands there no variable is put in.", "", "", certain
        )
    why = _QUOTED if found["quoted"] else _ESCAPED if found["escaped"] else _BARE
    return Unexpanded(TOKEN, at, text, said, why, found[0], f'"${TOKEN}"', certain)
