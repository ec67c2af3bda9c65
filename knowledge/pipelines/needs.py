"""Whether a step needs the OIDC token, what shows it, and whose cloud it is for.

What only a script of the repository may do is no need: nothing of it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge.late_pattern import late
from knowledge.pipelines.clouds import AWS, GCP, LOGIN_VARIABLES, OTHER, cloud_of_name
from knowledge.pipelines.commands import Command
from knowledge.pipelines.model import CloudCommand, OidcState, PipelineStep, Script, Value
from knowledge.pipelines.need import Needs
from knowledge.pipelines.needs_pipes import lacks_keys, pipe_need
from knowledge.pipelines.shell_token import TOKEN

#: These are seen in names only (of a script, of a variable); what they stand for was not read.
GUESSED = ("script-file:", "cli-implicit", "image-command:", "pipe-implicit")


def needs_of(script: Script, commands: Sequence[Command], image_oidc_role: Value | None) -> Needs:
    """The need of a step by its own script, pipes and image."""
    text = "\n".join(command.text for command in commands)
    piped = [need for pipe in script.pipes if (need := pipe_need(pipe)) is not None]
    basis = tuple(
        dict.fromkeys([*_of_script(script, text), *(b for b, _ in piped), *_of_image(image_oidc_role)])
    )
    basis = basis or tuple(_of_names(script))
    if not basis:
        return Needs()
    return Needs(needs_oidc=True, basis=basis, cloud=_cloud(script, basis, [cloud for _, cloud in piped]))


def _of_image(role: Value | None) -> list[str]:
    return ["image-oidc-role"] if role is not None else []


_NAMED = late(rf"\b{TOKEN}\b")
_PRINTS = late(r"\s*(?:echo|printf)\b")
_FOR_OIDC = late(r"(?:^|[\W_])oidc(?:[\W_]|$)", re.IGNORECASE)
#: Logins with the token that need no look at the token's own name.
_FEDERATED = late(r"\bcreate-cred-config\b|--federated-token\b|-FederatedToken\b", re.IGNORECASE)
_COMMENT = late(r"(?:^|(?<=\s))#.*$", re.MULTILINE)


def _of_script(script: Script, text: str) -> Iterator[str]:
    text = _without_unread_documents(text) if "<<" in text else text
    bare = _COMMENT.sub("", text) if "#" in text else text
    if script.token_mentions or script.token_writes or _used_by_name(bare):
        yield "token"
    logins = [command for command in script.commands if command.kind == "login"]
    if any(command.cloud == AWS for command in logins):
        yield "sts-cli"
    if "AWS_WEB_IDENTITY_" in bare or "web_identity_token_file" in text:
        yield "web-identity-file"
    if any(LOGIN_VARIABLES.get(export.name, AWS) != AWS for export in script.exports):
        yield "token-variable"
    elif not script.token_mentions and any(_FEDERATED.search(command.text) for command in logins):
        yield "login-command"


#: A here-document whose text the shell leaves as it is, and that only goes into a file.
_DOCUMENT = late(
    r"^(?P<head>[^\n]*\b(?:cat|tee)\b[^\n]*<<-?[ ]*(?P<quote>['\"])(?P<end>\w{1,60})(?P=quote)[^\n]*)\n"
    r"(?P<body>(?:[^\n]*\n)*?)[ \t]*(?P=end)[ \t]*$",
    re.MULTILINE,
)
_TARGET = late(r"(?:>>?|\btee(?:\s+-a)?)\s*(?P<target>[^\s|;&<>]+)")


def _without_unread_documents(text: str) -> str:
    """The text without the documents that `cat` or `tee` writes to a file which the script names nowhere
    else: what stands there is not run by this step."""
    unread: list[str] = []
    for found in _DOCUMENT.finditer(text):
        target = _TARGET.search(found["head"])
        name = target["target"].strip("\"'").rsplit("/", 1)[-1] if target else ""
        piped = "|" in found["head"]
        if name and "$" not in name and not piped and name not in text.replace(found[0], ""):
            unread.append(found["body"])
    for body in filter(None, unread):
        text = text.replace(body, "")
    return text


def _used_by_name(text: str) -> bool:
    """Whether a program takes the token by its name: `docker run -e NAME`, `os.environ["NAME"]`."""
    if TOKEN not in text:
        return False
    return any(_NAMED.search(line) and not _PRINTS.match(line) for line in text.split("\n"))


def _of_names(script: Script) -> Iterator[str]:
    """What is named for OIDC and read nowhere."""
    for path, _ in (*script.sourced, *script.hidden):
        if _FOR_OIDC.search(path):
            yield f"script-file:{path.split(' ', 1)[-1].removeprefix('./')}"
            return
    for path, _ in script.hidden:
        # The program of a public image: https://github.com/westito/aws-bitbucket-runner
        if path == "start-runner":
            yield "image-command:start-runner"
            return
    if script.hidden and any(e.name.startswith("OIDC_") and e.exported for e in script.exports):
        yield "cli-implicit"


def _cloud(script: Script, basis: Sequence[str], piped: Sequence[str | None]) -> str | None:
    """Whose token it is: of the login itself first, then of what the step sets, uses and is named for."""
    logins = [command.cloud for command in script.commands if command.kind == "login"]
    told = [cloud for cloud in logins if cloud != OTHER]
    if "web-identity-file" in basis or "image-oidc-role" in basis:
        told.append(AWS)
    told += [cloud for export in script.exports if (cloud := LOGIN_VARIABLES.get(export.name))]
    told += [cloud for cloud in piped if cloud]
    told += logins
    told += _used(script.commands)
    told += [cloud for export in script.exports if (cloud := cloud_of_name(export.name))]
    if "image-command:start-runner" in basis:
        told.append(AWS)
    told += [cloud for cloud, word in _IN_PATHS if any(word in path for path, _ in script.sourced)]
    return told[0] if told else None


_IN_PATHS = ((AWS, "aws"), (GCP, "gcp"), ("azure", "azure"), (GCP, "google"))


def _used(commands: Sequence[CloudCommand]) -> list[str]:
    used = [command.cloud for command in commands if command.kind == "use"]
    return used or [command.cloud for command in commands if command.cloud != OTHER]


def needs_in_context(own: Needs, step: PipelineStep, before: Sequence[PipelineStep]) -> Needs:
    """The need of a step with what only its neighbours and its own `oidc` show of it.

    A step that reads the token's file out of an artifact needs a token, but no `oidc` of its own
    (`artifact-token-file`); an AWS pipe without a key pair in a step with `oidc` is meant to use
    the token (`pipe-aws`). `own` is what the step itself shows, `before` the steps above it that have
    artifacts.
    """
    basis = _from_artifact(own, step, before)
    if basis is None and not own.needs_oidc and step.oidc.state is not OidcState.ABSENT:
        basis = next((("pipe-aws",) for pipe in step.script.pipes if lacks_keys(pipe)), None)
    return own if basis is None else Needs(needs_oidc=True, basis=basis, cloud=own.cloud or AWS)


def _from_artifact(own: Needs, step: PipelineStep, before: Sequence[PipelineStep]) -> tuple[str, ...] | None:
    script = step.script
    if script.token_mentions or script.token_writes or own.basis not in ((), ("web-identity-file",)):
        return None
    if not any(command.cloud == AWS or command.kind == "tool" for command in script.commands):
        return None
    for other in reversed(before):
        if other.pipeline != step.pipeline:
            break
        if other.script.token_writes and _hands_on(other, step):
            return ("artifact-token-file",)
    return None


def _hands_on(other: PipelineStep, step: PipelineStep) -> bool:
    """Whether the step reads the other's token file: by a file of variables, or by its own path."""
    text = "\n".join(text for text, _ in other.script_text)
    if _TOKEN_FILE in text:
        for path, _ in step.script.sourced:
            if re.search(rf">\s*\S*{re.escape(_leaf(path))}\b|\btee\b.*{re.escape(_leaf(path))}\b", text):
                return True
    written = {_leaf(write.target) for write in other.script.token_writes}
    paths = [
        export.text.partition(f"{_TOKEN_FILE}=")[2]
        for export in step.script.exports
        if export.name == _TOKEN_FILE
    ]
    return any(_leaf(path) in written for path in paths)


_TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"


def _leaf(path: str) -> str:
    return path.strip().strip("\"'").rsplit("/", 1)[-1].strip("\"'")
