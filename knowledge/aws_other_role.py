"""A call that was made as another role than the step's own: what let the SDK go on to other credentials.

Which come before web identity and which after it:
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.aws_login import KEYS, ROLE, TOKEN_FILE
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Fix, Surface
from knowledge.pipelines.model import OidcState, PipelineStep
from knowledge.roles import RoleChoice, role_choices
from knowledge.variables import look_up
from knowledge.words import code

#: The session of an instance's own role is named by the instance:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
_INSTANCE = re.compile(r"i-[0-9a-f]+")
#: What SDKs call the session that they make of a token, where nobody names it.
_BY_TOKEN = re.compile(r"(?:botocore-session-|aws-sdk-js-session-|aws-sdk-java-)\d+|token-file-web-identity")


def own_role(case: CaseFile, suspect: Suspect | None, role: str | None) -> RoleChoice | None:
    """The role that the step names, when that is another than the one which made the call."""
    choices = list(role_choices(case, suspect.step)) if suspect else []
    named = [item for item in choices if item.name]
    if role is None or not named or any(item.name == role for item in named):
        return None
    return named[0]


def own_role_evidence(own: RoleChoice | None) -> tuple[Evidence, ...]:
    """What names it, for a text that shows another one."""
    if own is None:
        return ()
    sentence = f"The step names another role, {code(own.name)}, because {own.reason}."
    return (Evidence(sentence, own.location, own.written, primary=False),)


def logged_in_by_token(case: CaseFile, step: PipelineStep) -> bool:
    """Whether the text shows the step's own role at work, or, where the step names none that is known, a
    session that is named as SDKs name those that they make of a token."""
    role, session = case.field("role"), case.field("session") or ""
    if role is None or case.field("principal") is None:
        return False
    named = [item.name for item in role_choices(case, step) if item.name]
    return role in named if named else _BY_TOKEN.fullmatch(session) is not None


def of_the_machine(case: CaseFile) -> bool:
    """Whether the role that made the call is that of an instance: a runner's, or its node's."""
    return _INSTANCE.fullmatch(case.field("session") or "") is not None


def own_role_fix(case: CaseFile, suspect: Suspect, own: RoleChoice) -> Fix:
    """Let the step log in as its own role."""
    return Fix(
        title=f"Let the step use its own role, {code(own.name)}",
        surface=Surface.PIPELINE_FILE,
        steps=(*_lacking(case, suspect.step), *_ELSEWHERE),
        verify=f"Run the step again with `aws sts get-caller-identity` before the call: it prints "
        f"{code(f'assumed-role/{own.name}/')}.",
    )


def _lacking(case: CaseFile, step: PipelineStep) -> Iterator[str]:
    """What the step's file and variables show."""
    if step.oidc.state is not OidcState.ON:
        yield "Set `oidc: true` on the step: without a token there is no login as its own role."
    for name in (ROLE, TOKEN_FILE):
        found = look_up(case, step, name)
        if found.missing:
            yield f"Set {code(name)}: where it lacks, an SDK passes over the login by token without a word."
    for name in KEYS[:1]:
        if not look_up(case, step, name).lacks:
            yield f"Remove {code(name)} and what belongs to it: a key pair goes before the login by token."


_ELSEWHERE = (
    (
        f"{code(ROLE)}, {code(TOKEN_FILE)} and the token's file must be there for the very program that "
        "makes the call: exported before it, and handed on where it runs in a container of its own."
    ),
    (
        "A profile that is named on its command line (`--profile`) or in its code is used in their place. "
        "Where nothing of the step's is found, an SDK takes the role of the machine last."
    ),
)
