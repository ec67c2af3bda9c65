"""Which pipes take the step's token, by the variables that they are documented to read.

AWS pipes: https://bitbucket.org/atlassian/aws-cloudfront-invalidate
"""

from __future__ import annotations

import re

from knowledge.late_pattern import late
from knowledge.pipelines.clouds import AWS, AZURE, GCP, OTHER
from knowledge.pipelines.model import Pipe
from knowledge.pipelines.shell_token import TOKEN

_KEYS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"})
_ROLES = frozenset({"AWS_ROLE_ARN", "ROLE_ARN", "AWS_ROLE_TO_ASSUME", "ROLE_TO_ASSUME"})
#: Pipes of other vendors that read the token out of the environment themselves.
_READERS = {"cyberark/conjur-bitbucket-pipe": OTHER}
_OIDC = late(r"(?:^|_)OIDC(?:_|$)", re.IGNORECASE)


def pipe_need(pipe: Pipe) -> tuple[str, str | None] | None:
    """The basis of the need and the cloud, when the pipe call shows that it takes the token."""
    cloud = cloud_of_pipe(pipe)
    if any(TOKEN in value.text for _, value in pipe.variables):
        return "token", cloud
    if any(_OIDC.search(name) for name, _ in pipe.variables):
        return "pipe-variable", cloud
    names = {name for name, _ in pipe.variables}
    if cloud == AWS and names & _ROLES and not names & _KEYS:
        return "pipe-role-variable", cloud
    reader = _READERS.get(pipe.name.removeprefix("docker://"))
    return ("pipe-implicit", reader) if reader else None


def lacks_keys(pipe: Pipe) -> bool:
    """Whether an AWS pipe is handed neither a key pair nor a role."""
    names = {name for name, _ in pipe.variables}
    return cloud_of_pipe(pipe) == AWS and "aws-" in pipe.name and not names & (_KEYS | _ROLES)


def cloud_of_pipe(pipe: Pipe) -> str | None:
    """Whose cloud the pipe works for, by its name, else by the names of its variables."""
    name = pipe.name.rsplit("/", 1)[-1]
    for cloud, pattern in _NAMES:
        if pattern.search(name):
            return cloud
    for variable, _ in pipe.variables:
        for cloud, prefix in ((AWS, "AWS_"), (AZURE, "AZURE_"), (GCP, "GCP_"), (GCP, "GOOGLE_")):
            if variable.startswith(prefix):
                return cloud
    return None


_NAMES = (
    (AWS, re.compile(r"(?:^|-)(?:aws|ecr|ecs|s3)(?:-|$)")),
    (AZURE, re.compile(r"(?:^|-)(?:azure|aks|acr)(?:-|$)")),
    (GCP, re.compile(r"(?:^|-)(?:google|gcp|gke)(?:-|$)")),
)
