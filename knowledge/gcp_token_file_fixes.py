"""What puts the token into the file that a Google configuration names.

https://github.com/GoogleCloudPlatform/gcp-bitbucket-wif
"""

from __future__ import annotations

import re

from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Fix, Surface
from knowledge.gcp_token_file import Fault, TokenFileFault
from knowledge.pipelines.edit import insert_script_lines, replace_span
from knowledge.pipelines.model import PipelineFile, PipelineStep
from knowledge.pipelines.shell_token import TOKEN
from knowledge.quoting import file_of
from knowledge.words import code

#: The path depends on where its reader stands.
_RELATIVE = (Fault.MOVED, Fault.ELSEWHERE)
_PATH = "/tmp/gcp-token"  # noqa: S108 - a path for showing
_VERIFY = "Run the step again: `gcloud auth login --cred-file=…` opens the file and asks Google."


def token_file_fix(case: CaseFile, step: PipelineStep | None, fault: TokenFileFault | None, path: str) -> Fix:
    """The line that writes the token, or the path mended, where the file was read; else in words."""
    file = file_of(case)
    after: str | None = None
    title = "Write the token in this step, to the path that the configuration names"
    if fault is not None and file is not None and step is not None:
        write = fault.write
        if fault.fault is Fault.OTHER_PATH and write is not None:
            mended = write.text.replace(write.target, fault.login.token_file)
            after = replace_span(file, write.at, write.text, mended)
            title = f"Write the token to {code(fault.login.token_file)}"
        elif fault.fault is Fault.LITERAL and write is not None:
            mended = write.text.replace(f"'${TOKEN}'", f'"${TOKEN}"')
            after = replace_span(file, write.at, write.text, mended)
            title = "Let the shell put the token in: double quotes"
        elif fault.fault in _RELATIVE:
            after, title = _from_the_root(file, fault), "Name the token's file by its whole path"
        if after is None and fault.fault not in (*_RELATIVE, Fault.LITERAL):
            line = f"(umask 077 && printf '%s' \"$BITBUCKET_STEP_OIDC_TOKEN\" > {fault.login.token_file})"
            after = insert_script_lines(file, step, [line], fault.login.at)
    target = fault.login.token_file if fault and fault.fault not in _RELATIVE else "" if fault else path
    return Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        file_after=after,
        steps=()
        if after is not None
        else (
            f"Before `create-cred-config`, write the token to {code(target or _PATH)}.",
            "Name that path, from the root on, in `--credential-source-file`.",
        ),
        verify=_VERIFY,
    )


def _from_the_root(file: PipelineFile, fault: TokenFileFault) -> str | None:
    """The file with the whole path, made where the configuration is made."""
    command, path = fault.login.command, fault.login.token_file.removeprefix("./")
    option = rf"(--credential-source-file[=\s]+)([\"']?){re.escape(fault.login.token_file)}\2(?=\s|$)"
    mended = re.sub(option, rf'\g<1>"$PWD/{path}"', command.text, count=1)
    return replace_span(file, command.at, command.text, mended) if mended != command.text else None
