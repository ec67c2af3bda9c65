"""What a step gives Azure as its token: the option of `az login`, or the variable of Terraform and Pulumi.

`az login`: https://learn.microsoft.com/cli/azure/reference-index#az-login
Terraform: https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.azure_login import ARM_TOKEN, az_logins
from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Fix, Surface
from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.edit import replace_span
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of
from knowledge.variable_findings import insert_lines
from knowledge.words import code

OPTION = "--federated-token"
#: How the token is given: between double quotes, so that an empty one is still one argument.
RIGHT = f'"${TOKEN}"'
_WORD = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s;&|]+"
_ASSIGNED = rf"\b{ARM_TOKEN}=(?P<value>{_WORD})"
_ENCODED = r"\b(?:base64|openssl\s+(?:enc|base64)|xxd)\b(?!\s+(?:-d|--decode|-D)\b)"


@dataclass(frozen=True, slots=True)
class GivenToken:
    """One place that gives the token. `by` is the option or the variable, `written` the word as it stands
    there, quotes included; `text` is the whole line."""

    at: Position
    text: str
    by: str
    written: str


def given_tokens(step: PipelineStep) -> Iterator[GivenToken]:
    """The places of the script, those of `az login` first."""
    for login in az_logins(step):
        if login.token:
            yield GivenToken(login.at, login.text, OPTION, login.token)
    for export in step.script.exports:
        found = re.search(_ASSIGNED, export.text) if export.name == ARM_TOKEN else None
        if found is not None:
            yield GivenToken(export.at, export.text, ARM_TOKEN, found["value"])


def what_is_wrong(written: str) -> str | None:
    """Why this is not the token: a sentence, empty where it is another text; None where it is the token."""
    if written.startswith("'") and "$" in written:
        return "Between single quotes the shell puts in no variable."
    if re.search(rf"\\\$\{{?{TOKEN}\b", written):
        return "Behind a backslash `$` is a plain character to the shell."
    if not re.search(rf"\$\{{?{TOKEN}\b", written):
        return ""
    return "That encodes the token once more." if re.search(_ENCODED, written) else None


def set_before(case: CaseFile, step: PipelineStep, before: Position | None, verify: str) -> Fix:
    """The variable of Terraform and Pulumi set to the token: in the line that sets it to something else, or
    in a new one."""
    there = [one for one in given_tokens(step) if one.by == ARM_TOKEN]
    if there:
        return given_right(case, there[-1], verify)
    line = f"export {ARM_TOKEN}={RIGHT}"
    title = f"Set {code(ARM_TOKEN)} to the token"
    return insert_lines(case, step, [line], before, title, verify) or Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        steps=(f"In the step, before it is read: {code(line)}.",),
        verify=verify,
    )


def given_right(case: CaseFile, given: GivenToken, verify: str, *, told: bool = False) -> Fix:
    """The same line with the token in it. Where the text alone proves the fault (`told`), no change of the
    file can be tried against it, so the change is put in words."""
    file = file_of(case) if not told else None
    new = given.text.replace(given.written, RIGHT, 1)
    after = replace_span(file, given.at, given.text, new) if file else None
    return Fix(
        title=f"Give {code(RIGHT)} by {code(given.by)}",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=() if after else (f"On line {given.at.line}, write {code(RIGHT)} for {code(given.written)}.",),
        verify=verify,
    )
