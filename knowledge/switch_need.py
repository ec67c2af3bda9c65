"""How far a step shows that it needs the token that `oidc` gives it.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum

from knowledge.aws_login import KEYS, PIPE_ROLE, ROLE, TOKEN_FILE, aws_pipes
from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.clouds import AZURE
from knowledge.pipelines.model import PipelineStep
from knowledge.pipelines.needs import GUESSED
from knowledge.pipelines.shell_token import TOKEN
from knowledge.script_order import script_lines
from knowledge.variables import look_up
from knowledge.words import code

#: The script goes on without a token: `${TOKEN:-}`, `${TOKEN:+x}`, `if [ -n "$TOKEN" ]`.
_OPTIONAL = re.compile(rf"\$\{{{TOKEN}:?[-+]|-n\s+\"?\$\{{?{TOKEN}\b")
#: The token, or a file made of it, comes from an earlier step; the step's own switch is not asked.
_HANDED_ON = "artifact-token-file"
#: Bitbucket itself assumes this role to pull the image; whether that takes the switch is not documented.
_IMAGE = "image-oidc-role"


class Grade(IntEnum):
    """How much of the need can be seen, least first."""

    NONE = 0
    HIDDEN = 1
    """A program of the repository may use the token; the file does not show it."""
    CLOUD = 2
    """It uses a cloud, and does not show how it logs in."""
    IMPLIED = 3
    """Its settings, its image or the names of its scripts speak of OIDC, or it can do without the token."""
    VISIBLE = 4
    """Its own lines use the token, or hand a pipe the role to assume with it."""


@dataclass(frozen=True, slots=True)
class TokenNeed:
    """The need and the place that shows it; `sentence` says what stands there. `forgiving` is true where the
    step may well get on without a token."""

    grade: Grade
    at: Position | None = None
    sentence: str = ""
    forgiving: bool = False


def token_need(case: CaseFile, step: PipelineStep) -> TokenNeed:
    """How far the step shows that it needs a token."""
    basis = set(step.needs_basis)
    if not step.needs_oidc and any(command.cloud == AZURE for command in step.script.commands):
        # Files of AWS alone have no use for it.
        from knowledge.azure_login import by_secret

        if by_secret(step):
            return TokenNeed(Grade.NONE)
    if step.needs_oidc and not basis <= {_IMAGE, _HANDED_ON}:
        at, sentence = _place(step) or (None, "")
        forgiving = _optional(step) or _keyed(step)
        guessed = all(told.startswith(GUESSED) for told in basis)
        seen = at is not None and not forgiving and not guessed
        return TokenNeed(Grade.VISIBLE if seen else Grade.IMPLIED, at, sentence, forgiving)
    if _HANDED_ON in basis:
        return TokenNeed(Grade.NONE)
    if step.image_oidc_role is not None:
        at = step.image_oidc_role.at
        sentence = f"Line {at.line} names a role that the image is pulled with."
        return TokenNeed(Grade.IMPLIED, at, sentence, forgiving=True)
    return _cloud(case, step) or _hidden(step)


def _place(step: PipelineStep) -> tuple[Position, str] | None:
    """The line that shows the need best."""
    return next(_places(step), None)


def _places(step: PipelineStep) -> Iterator[tuple[Position, str]]:
    """The lines that show the need, the most telling first."""
    script = step.script
    for pipe in script.pipes:
        if pipe.variable(PIPE_ROLE) is not None:
            yield pipe.at, f"Line {pipe.at.line} hands the pipe a role to assume with the step's token."
    for at in script.token_mentions:
        yield at, f"Line {at.line} uses {code('$' + TOKEN)}, which has no value in this step."
    for write in script.token_writes:
        yield write.at, f"Line {write.at.line} is meant to write the token to a file."
    for pipe in script.pipes:
        if any("OIDC" in name.upper() for name, _ in pipe.variables):
            yield pipe.at, f"Line {pipe.at.line} calls a pipe that is told to use OIDC."
    for export in script.exports:
        if export.name == TOKEN_FILE:
            yield export.at, f"Line {export.at.line} names the file that the SDK reads the token from."
    for command in sorted(script.commands, key=lambda item: item.kind != "login"):
        yield command.at, f"Line {command.at.line} runs {code(command.program)}, which needs a login."
    for pipe in aws_pipes(step):
        yield pipe.at, f"Line {pipe.at.line} calls a pipe that logs in to AWS."


def _optional(step: PipelineStep) -> bool:
    """Whether the script itself minds that there may be no token."""
    return any(_OPTIONAL.search(text) for text, _ in script_lines(step))


def _keyed(step: PipelineStep) -> bool:
    """Whether the only things that want a token are pipes that also got a key pair to fall back to."""
    if step.script.token_mentions or step.script.token_writes:
        return False
    pipes = [pipe for pipe in step.script.pipes if pipe.variable(PIPE_ROLE) is not None]
    return bool(pipes) and all(all(pipe.variable(key) is not None for key in KEYS) for pipe in pipes)


def _cloud(case: CaseFile, step: PipelineStep) -> TokenNeed | None:
    uses = [
        (command.at, f"runs {code(command.program)}, which needs a login", command.cloud)
        for command in step.script.commands[:1]
    ]
    uses += [(pipe.at, "calls a pipe that logs in to AWS", "aws") for pipe in aws_pipes(step)[:1]]
    if not uses:
        return TokenNeed(Grade.CLOUD) if step.cloud is not None else None
    at, what, cloud = uses[0]
    told = [name for name in (TOKEN_FILE, ROLE, PIPE_ROLE) if look_up(case, step, name).settings]
    if told and cloud == "aws":
        sentence = f"Line {at.line} {what}, and {code(told[0])} is set for it."
        return TokenNeed(Grade.IMPLIED, at, sentence)
    return TokenNeed(Grade.CLOUD, at, f"Line {at.line} {what}.")


def _hidden(step: PipelineStep) -> TokenNeed:
    for name, at in (*step.script.hidden, *step.script.sourced):
        return TokenNeed(Grade.HIDDEN, at, f"Line {at.line} runs {code(name)}, which may use the token.")
    return TokenNeed(Grade.NONE)
