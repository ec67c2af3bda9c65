"""How a step logs in to AWS, as far as its script shows.

What the SDKs read: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Position
from knowledge.once import once_per_case
from knowledge.pipelines.listing import is_listed
from knowledge.pipelines.model import CloudCommand, OidcState, Pipe, PipelineStep
from knowledge.script_order import rank, script_lines
from knowledge.symptoms.model import Reach
from knowledge.variables import look_up

ROLE = "AWS_ROLE_ARN"
PIPE_ROLE = "AWS_OIDC_ROLE_ARN"
TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"
#: Printed by a widely read article; no SDK reads it.
#: https://confluence.atlassian.com/display/BBKB/OIDC+authentication+issues+troubleshooting
ROLE_FILE = "AWS_WEB_IDENTITY_ROLE_FILE"
REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Style(StrEnum):
    TOKEN_FILE = "token-file"
    """The SDK reads `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`."""
    EXPLICIT = "explicit"
    """The script calls `aws sts assume-role-with-web-identity` itself."""
    PROFILE = "profile"
    """The script writes role and token file into a profile."""
    KEYS = "keys"
    """A key pair is set, so OIDC is not asked."""


@dataclass(frozen=True, slots=True)
class AwsLogin:
    """The first place in the script at which AWS is needed, and how the login is made.

    `certain` is false when the login may be made in another way that the file does not show (code of
    the repository, Terraform's own configuration). `command` is None when only a program of the
    repository can be the one that needs AWS.
    """

    style: Style
    at: Position
    program: str
    command: CloudCommand | None = None
    certain: bool = True


#: These need no login.
_HARMLESS = late(
    r"^\S*(?:aws\s+(?:--version|help|configure)\b|sam\s+(?:build|local|--version)\b|cdk\s+(?:synth|--version)\b"
    r"|(?:docker|podman)\s+login\b"
    r"|(?:terraform|tofu|terragrunt)\s+(?:--?version|version|fmt|validate)\b)"
)
#: Lines that set something up and ask AWS for nothing.
_PREPARES = late(
    r"(?:export|EXPORT|SET|set|echo|printf|cd|mkdir|chmod|\(?umask|[A-Za-z_]\w*=)\b|[A-Za-z_]\w*="
)
_PROFILE = late(r"web_identity_token_file\b")
#: Their own configuration can name role and token file.
_CONFIGURED = frozenset({"terraform", "tofu", "terragrunt", "pulumi", "packer"})


def aws_pipes(step: PipelineStep) -> tuple[Pipe, ...]:
    """The pipe calls that log in to AWS."""
    return tuple(
        pipe
        for pipe in step.script.pipes
        if re.search(r"(?:^|/)aws-[\w-]+$", pipe.name) or pipe.variable(PIPE_ROLE) is not None
    )


def aws_pipes_given(step: PipelineStep) -> tuple[Pipe, ...]:
    """The same, where it is known what they are handed: a run lists the pipe's name alone."""
    return () if is_listed(step) else aws_pipes(step)


def pipes_alone(case: CaseFile, step: PipelineStep) -> bool:
    """Whether only pipes log in to AWS, as far as the file shows: what a program of the repository does is
    not seen, and no sign of a login."""
    login = login_of(case, step)
    return bool(aws_pipes(step)) and (login is None or login.command is None)


def only_pipes_with_token(case: CaseFile, step: PipelineStep) -> bool:
    """Whether only pipes log in to AWS, each with role and token: these drop a key pair, wherever it is set.

    https://bitbucket.org/atlassian/aws-cloudfront-invalidate
    """
    roles = [pipe.variable(PIPE_ROLE) is not None for pipe in aws_pipes(step)]
    stored = not look_up(case, step, PIPE_ROLE).lacks
    has_token = step.oidc.state is OidcState.ON
    return has_token and pipes_alone(case, step) and all(given or stored for given in roles)


@once_per_case
def login_of(case: CaseFile, step: PipelineStep) -> AwsLogin | None:
    """How the step's own script (pipes apart) logs in to AWS; None when nothing shows that it does."""
    explicit = exchanges(step)
    names = _names_set(step)
    if explicit and (KEYS[0] in names or not names & {TOKEN_FILE, ROLE_FILE}):
        return AwsLogin(Style.EXPLICIT, explicit[0].at, explicit[0].program, explicit[0])
    login = _seen(step) or _guessed(step)
    if login is None:
        return None
    if any(_PROFILE.search(text) for text, _ in step.script_text):
        return replace(login, style=Style.PROFILE)
    if all(not look_up(case, step, name).lacks for name in KEYS):
        return replace(login, style=Style.KEYS)
    return login


def exchanges(step: PipelineStep) -> list[CloudCommand]:
    """The commands of the script that exchange the token themselves."""
    return [command for command in _commands(step) if command.kind == "login"]


def _commands(step: PipelineStep) -> list[CloudCommand]:
    """What asks AWS for something, in the order of the script."""
    return [
        command
        for command in sorted(step.script.commands, key=lambda item: rank(step, item.at))
        if _asks_aws(command) and not _HARMLESS.match(command.text.strip())
    ]


def _seen(step: PipelineStep) -> AwsLogin | None:
    first = next((command for command in _commands(step) if command.kind != "login"), None)
    if first is None:
        return None
    certain = first.program not in _CONFIGURED
    return AwsLogin(Style.TOKEN_FILE, first.at, first.program, first, certain)


def _guessed(step: PipelineStep) -> AwsLogin | None:
    """A program whose use of AWS the file does not show: the first one of the repository after the
    script has prepared a login, else the last line after that."""
    other_cloud = step.cloud not in (None, "aws") or any(c.cloud != "aws" for c in step.script.commands)
    if not _speaks_of_oidc(step) or (other_cloud and not _names_set(step) & {ROLE, TOKEN_FILE, ROLE_FILE}):
        return None
    script = step.script
    prepared = [export.at for export in script.exports if export.name in (ROLE, TOKEN_FILE, ROLE_FILE)]
    prepared += [item.at for item in script.malformed if item.name in (ROLE, TOKEN_FILE, ROLE_FILE)]
    prepared += [write.at for write in script.token_writes]
    start = max((rank(step, at) for at in prepared), default=None)
    hidden = sorted(script.hidden, key=lambda item: rank(step, item[1]))
    later = [item for item in hidden if start is None or rank(step, item[1]) > start]
    if not later and start is not None:
        lines = [(text, at) for text, at in script_lines(step) if rank(step, at) > start]
        later = [(text.split()[0], at) for text, at in lines if not _PREPARES.match(text)][-1:]
    return next((AwsLogin(Style.TOKEN_FILE, at, name, certain=False) for name, at in later), None)


def _asks_aws(command: CloudCommand) -> bool:
    return command.cloud == "aws" or (
        command.program in _CONFIGURED and command.cloud not in ("azure", "gcp")
    )


def uses_oidc(case: CaseFile, step: PipelineStep) -> bool:
    """Whether the step is meant to log in by OIDC: the file, the variables or the pasted text say so."""
    if _speaks_of_oidc(step) or any(symptom.reach is Reach.OIDC for symptom in case.symptoms):
        return True
    return any(look_up(case, step, name).set_somewhere for name in (ROLE, PIPE_ROLE, TOKEN_FILE))


def _names_set(step: PipelineStep) -> set[str]:
    names = {export.name for export in step.script.exports}
    return names | {item.name for item in step.script.malformed}


def _speaks_of_oidc(step: PipelineStep) -> bool:
    return (
        (step.oidc.state is not OidcState.ABSENT and not is_listed(step))
        or step.needs_oidc
        or bool(step.script.token_mentions or step.script.token_writes)
        or bool(_names_set(step) & {ROLE, TOKEN_FILE, ROLE_FILE})
    )
