"""Changes to a line of a script that was meant to set a variable."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.aws_login import PIPE_ROLE, REGIONS, ROLE, TOKEN_FILE
from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Fix, Surface
from knowledge.location import Position
from knowledge.pipelines.edit import remove_line, replace_span
from knowledge.pipelines.model import MalformedExport
from knowledge.pipelines.shell_slips import OPEN
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of
from knowledge.unexpanded import Unexpanded
from knowledge.variable_findings import (
    EXAMPLE_PATH,
    EXAMPLE_REGION,
    EXAMPLE_ROLE,
    TOKEN_PATH,
    VERIFY,
    add_variable,
)
from knowledge.variables import Lookup
from knowledge.words import code

#: What belongs into a variable: an example for the settings, one for a line of a script, and its name.
_MEANT = {
    **dict.fromkeys(REGIONS, (EXAMPLE_REGION, EXAMPLE_REGION, "your region")),
    **dict.fromkeys((ROLE, PIPE_ROLE), (EXAMPLE_ROLE, EXAMPLE_ROLE, "the role's ARN")),
    TOKEN_FILE: (EXAMPLE_PATH, f'"{TOKEN_PATH}"', "the path of the token's file"),
}


def rewritten(case: CaseFile, at: Position, old: str, new: str) -> Fix:
    """The line as it was meant."""
    file = file_of(case)
    after = replace_span(file, at, old, new) if file else None
    return Fix(
        title=f"Write the line as {code(new)}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=() if after else (f"Line {at.line}: write {code(new)}.",),
        verify=VERIFY,
    )


def expanded(case: CaseFile, found: Unexpanded) -> Fix:
    """The same line with the variable's value in it."""
    if found.name != TOKEN:
        return rewritten(case, found.at, found.old, found.new)
    file, token = file_of(case), code(f'"${TOKEN}"')
    after = replace_span(file, found.at, found.old, found.new) if file and found.old else None
    said = f"From line {found.at.line} on: write {token} where the token was meant, expanded by the shell."
    return Fix(
        title=f"Write {token}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=() if after else (said,),
        verify=VERIFY,
    )


def handed_on_to_all(case: CaseFile, at: Position, text: str, name: str) -> Fix:
    """An assignment that only the shell, one command or a subshell sees, made for all that follows."""
    alone = re.fullmatch(rf"(?P<set>{re.escape(name)}=(?:{_VALUE})*)\s*(?P<rest>.*)", text)
    if alone is None or "export" in text or alone["rest"].endswith("\\"):
        said = f"Line {at.line}: set {code(name)} with `export` outside of parentheses and pipelines."
        return Fix(
            title=f"Set {code(name)} for all commands that follow",
            surface=Surface.PIPELINE_FILE,
            steps=(said,),
            verify=VERIFY,
        )
    joint = " && " if alone["rest"] and not alone["rest"].startswith((";", "&")) else alone["rest"] and " "
    return rewritten(case, at, text, f"export {alone['set']}{joint}{alone['rest']}")


#: One piece of a value: quoted, made by a command, or plain.
_VALUE = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|\$\([^()]*\)|[^\s\"';&|()]"


def mended(case: CaseFile, slip: MalformedExport, lookup: Lookup) -> tuple[Fix, ...]:
    """The line as it was meant; without a value it gets one, or makes room for one of the settings."""
    if not slip.repaired.endswith(f"={OPEN}"):
        return (rewritten(case, slip.at, slip.text, slip.repaired),)
    return _with_a_value(case, slip, lookup)


def _with_a_value(case: CaseFile, slip: MalformedExport, lookup: Lookup) -> tuple[Fix, ...]:
    line, file, name = f"export {slip.name}", file_of(case), code(slip.name)
    if not lookup.lacks:
        right = None if file is None or slip.text == line else replace_span(file, slip.at, slip.text, line)
        return (
            Fix(
                title=f"Write {code(line)}, or leave the line out: {name} has its value already",
                surface=Surface.PIPELINE_FILE,
                file_after=right,
                steps=(f"Line {slip.at.line}: write {code(line)}.",),
                verify=VERIFY,
            ),
        )
    if slip.name not in _MEANT:
        # Keys of a session: an example would only invite a secret into the file.
        said = f"Line {slip.at.line}: take it out, and add {name} to the secured variables."
        title = f"Give {name} its value in the settings"
        return (Fix(title=title, surface=Surface.VARIABLES, steps=(said,), verify=VERIFY),)
    stored, written, what = _MEANT[slip.name]
    valued = Fix(
        title=f"Write {code(f'{line}=...')} with {what}",
        surface=Surface.PIPELINE_FILE,
        file_after=replace_span(file, slip.at, slip.text, f"{line}={written}") if file else None,
        steps=(f"{code(written)} is an example: put {what} in its place.",),
        verify=VERIFY,
    )
    added = add_variable(slip.name, stored, what=what)
    if slip.text == line:
        return (valued, added)
    alone = file is not None and file.line(slip.at.line).strip().removeprefix("- ") == slip.text
    out = remove_line(file, slip.at) if file is not None and alone else None
    title = f"Take the line out, and add {name} to the repository variables"
    return (valued, replace(added, title=title, file_after=out))
