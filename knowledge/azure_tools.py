"""Tools of Azure that need a login of their own, and where a script uses them and logs in with them.

`az`: https://learn.microsoft.com/cli/azure/reference-index#az-login
PowerShell: https://learn.microsoft.com/powershell/module/az.accounts/connect-azaccount
`azd`: https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-login
AzCopy: https://learn.microsoft.com/azure/storage/common/storage-ref-azcopy-login
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.pipelines.model import PipelineStep
from knowledge.script_order import script_lines

#: `az acr login` needs a login too, unless it is given a user.
_NO_LOGIN = (
    r"\baz\s+(?:--?version|version|help|extension|config|configure|cloud|upgrade|bicep|account\s+clear|logout|login)\b"
    r"|\baz\s+acr\s+login\b.*\s(?:-u|--username)[\s=]"
)

#: Lines that only name a command.
_SAYS = r"#|(?:echo|printf|Write-(?:Output|Host))\b"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool with a login of its own: how it is called, its login, and what needs one. The last three are
    patterns."""

    name: str
    login: str
    verify: str
    logging_in: str
    using: str
    harmless: str

    def logs_in(self, step: PipelineStep) -> bool:
        """Whether a line of the script makes this login."""
        return next(self.logins(step), None) is not None

    def logins(self, step: PipelineStep) -> Iterator[Position]:
        """The lines that make it."""
        return _lines(step, self.logging_in)

    def uses(self, step: PipelineStep) -> Iterator[Position]:
        """The lines that need it."""
        return _lines(step, self.using, self.harmless)


@dataclass(frozen=True, slots=True)
class OtherLogin:
    """A login with another tool of Azure's."""

    command: str
    at: Position


AZ = Tool(
    "the Azure CLI",
    "az login --service-principal",
    "az account show",
    r"\baz\s+login\b",
    r"(?:^|[\s;&|(])az\s+\w",
    _NO_LOGIN,
)
POWERSHELL = Tool(
    "Azure's PowerShell modules",
    "Connect-AzAccount -ServicePrincipal",
    "Get-AzContext",
    r"\b(?:Connect|Login)-AzAccount\b",
    r"\b[A-Z]\w+-Az[A-Z]\w*",
    r"\b(?:Connect|Login|Disconnect|Clear|Import|Enable|Update)-Az(?:Account|Context|Config)\w*",
)
_OTHERS = {
    "az login": AZ.logging_in,
    "Connect-AzAccount": POWERSHELL.logging_in,
    "azd auth login": r"\bazd\s+auth\s+login\b",
    "azcopy login": r"\bazcopy\s+login\b",
}


def login_of_another(step: PipelineStep, tool: Tool, before: int) -> OtherLogin | None:
    """The first login with another tool, in a line above `before`."""
    found = (
        OtherLogin(command, at)
        for command, pattern in _OTHERS.items()
        if pattern != tool.logging_in
        for at in _lines(step, pattern)
        if at.line <= before
    )
    return min(found, key=lambda one: one.at.line, default=None)


def _lines(step: PipelineStep, pattern: str, without: str = "") -> Iterator[Position]:
    for text, at in script_lines(step):
        line = text.strip()
        if re.match(_SAYS, line) or (without and re.search(without, line)):
            continue
        if re.search(pattern, line):
            yield at
