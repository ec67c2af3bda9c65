"""How a step's script logs in to Google Cloud: the files it makes, and what it names in them.

https://github.com/GoogleCloudPlatform/gcp-bitbucket-wif
"""

from __future__ import annotations

import re

from knowledge.casefile import CaseFile
from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.once import once_per_case
from knowledge.pipelines.clouds import GCP
from knowledge.pipelines.model import CloudCommand, PipelineStep
from knowledge.script_order import before, rank, script_lines
from knowledge.variables import expand

CREDENTIALS = "GOOGLE_APPLICATION_CREDENTIALS"
#: Terraform takes a key out of these before it looks at `GOOGLE_APPLICATION_CREDENTIALS`.
#: https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
KEY_VARIABLES = ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON")
_MAKES = "create-cred-config"
#: Options of `create-cred-config` that stand alone, so that the next word is not their value.
_SWITCHES = frozenset({"--aws", "--azure", "--enable-imdsv2", "--quiet", "-q"})
#: These need no login.
_NO_LOGIN = (
    r"\S*(?:gcloud\s+(?:--version|version|info|help|config|components)\b"
    r"|(?:terraform|tofu|terragrunt)\s+(?:--?version|version|fmt|validate)\b)"
)


@dataclass(frozen=True, slots=True)
class GoogleLogin:
    """A `gcloud iam workload-identity-pools create-cred-config` of a script.

    All texts as written, without quotes: `provider` is the name of the provider, `account` the service
    account (empty without one), `token_file` what the configuration says of the token's file, `output` the
    configuration itself. `read_at` is the first command after it that opens the token's file, if one does.
    """

    at: Position
    command: CloudCommand
    provider: str
    account: str
    token_file: str
    output: str
    as_json: bool = False
    read_at: Position | None = None


@once_per_case
def google_login(case: CaseFile, step: PipelineStep) -> GoogleLogin | None:
    """The first of them; None when the script makes no configuration."""
    del case
    for command in step.script.commands:
        if command.cloud == GCP and _MAKES in command.text and "workforce-pools" not in command.text:
            options = {name: value.strip("\"'") for name, value in command.arguments}
            return GoogleLogin(
                command.at,
                command,
                _provider(command.text),
                options.get("--service-account", ""),
                options.get("--credential-source-file", ""),
                options.get("--output-file", ""),
                options.get("--credential-source-type") == "json",
                _read_at(step, command),
            )
    return None


_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\$\([^)]*\)|[^\s\"'])+")


def _provider(text: str) -> str:
    """The word that is neither an option nor the value of one."""
    skip = False
    for word in _WORD.findall(text.partition(_MAKES)[2].replace("\\\n", " ")):
        if word in (";", "&&", "||", "|", ">", "\\"):
            break
        if skip or word.startswith("-"):
            skip = not skip and "=" not in word and word not in _SWITCHES
            continue
        return str(word).strip("\"'")
    return ""


def _read_at(step: PipelineStep, made: CloudCommand) -> Position | None:
    later = [
        command
        for command in sorted(step.script.commands, key=lambda item: rank(step, item.at))
        if command is not made and before(step, made.at, command.at)
    ]
    return next((c.at for c in later if (c.cloud == GCP or c.kind == "tool") and not _opens_nothing(c)), None)


def _opens_nothing(command: CloudCommand) -> bool:
    """Whether the command needs no login, so that it does not look at the token's file."""
    return bool(re.match(_NO_LOGIN, command.text.strip()))


def written(case: CaseFile, step: PipelineStep, text: str, at: Position) -> str | None:
    """The text with its variables put in; None while one of them is not known."""
    return expand(case, step, text, at).value


def lines_with(step: PipelineStep, text: str) -> list[tuple[str, Position]]:
    """The lines of the script that hold this text."""
    return [(line, at) for line, at in script_lines(step) if text and text in line]


def speaks_of_google(step: PipelineStep) -> bool:
    """Whether anything in the script is Google's."""
    return step.cloud == GCP or any(command.cloud == GCP for command in step.script.commands)
