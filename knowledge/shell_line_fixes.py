"""Changes to a line of a script that was meant to set a variable."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.aws_login import REGIONS, TOKEN_FILE
from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Fix, Surface
from knowledge.location import Position
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import MalformedExport
from knowledge.quoting import file_of
from knowledge.variable_findings import EXAMPLE_ROLE, VERIFY, add_variable
from knowledge.variables import Lookup
from knowledge.words import code

_EXAMPLES = dict.fromkeys(REGIONS, "eu-central-1") | {TOKEN_FILE: "/opt/bb-oidc.jwt"}


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


def given_elsewhere(case: CaseFile, slip: MalformedExport, lookup: Lookup) -> Fix:
    """The line names no value, so the value has to come from the variables that Bitbucket keeps."""
    line = f"export {slip.name}"
    file = file_of(case)
    after = None if file is None or slip.text == line else replace_span(file, slip.at, slip.text, line)
    given = add_variable(slip.name, _EXAMPLES.get(slip.name, EXAMPLE_ROLE), what="its value")
    example = code(f"{line}=...")
    if lookup.lacks:
        title = f"Write {example} with the value, or add {code(slip.name)} to the repository variables"
        return replace(given, title=title, file_after=after)
    return replace(
        given,
        title=f"Write {code(line)}, or leave the line out: {code(slip.name)} has its value already",
        surface=Surface.PIPELINE_FILE,
        file_after=after,
        variables=(),
        steps=(f"Line {slip.at.line}: write {code(line)}.",),
    )
