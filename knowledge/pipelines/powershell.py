"""What a script sets, and where it writes the token, on a runner whose shell is PowerShell.

https://support.atlassian.com/bitbucket-cloud/docs/set-up-runners-for-windows/
Only the plain forms are read; what a script does beyond them cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.model import Export, Script, TokenWrite
from knowledge.pipelines.shell_token import TOKEN

_VALUE = r"(?P<value>\"[^\"]*\"|'[^']*'|[^;]+)"
#: `$env:A = b`, `Set-Item Env:A b`, `[Environment]::SetEnvironmentVariable("A", "b")`.
_SETS = (
    re.compile(rf"\$\{{?env:(?P<name>[A-Za-z_]\w*)\}}?\s*=(?!=)\s*{_VALUE}", re.IGNORECASE),
    re.compile(
        rf"\bSet-Item\s+(?:-Path\s+)?[\"']?env:\\?(?P<name>[A-Za-z_]\w*)[\"']?\s+(?:-Value\s+)?{_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(
        r"\[(?:System\.)?Environment\]::SetEnvironmentVariable\(\s*[\"'](?P<name>[A-Za-z_]\w*)[\"']\s*,\s*"
        r"(?P<value>\"[^\"]*\"|'[^']*'|[^,)]+)",
        re.IGNORECASE,
    ),
)
_READ = re.compile(r"\$(?:env:(?P<plain>[A-Za-z_]\w*)|\{env:(?P<braced>[A-Za-z_]\w*)\})", re.IGNORECASE)
_EXPANDED = rf"\"?\$\{{?env:{TOKEN}\}}?\"?"
_PATH = r"(?P<path>\"[^\"]*\"|'[^']*'|[^\s;|]+)"
#: The token written to a file.
_WRITES = (
    re.compile(
        rf"{_EXPANDED}\s*\|\s*(?:Out-File|Set-Content|Add-Content)\s+(?P<options>[^;|]+)", re.IGNORECASE
    ),
    re.compile(
        rf"\bSet-Content\s+(?:-Path\s+)?{_PATH}\s+(?:-NoNewline\s+)?(?:-Value\s+)?{_EXPANDED}", re.IGNORECASE
    ),
    re.compile(
        rf"WriteAll(?:Text|Lines)\(\s*(?P<path>\"[^\"]*\"|'[^']*'|[^\s,]+)\s*,\s*{_EXPANDED}", re.IGNORECASE
    ),
    re.compile(rf"{_EXPANDED}\s*>>?\s*{_PATH}", re.IGNORECASE),
)
#: What may stand beside the path.
_OTHER_OPTIONS = re.compile(
    r"-(?:Encoding|Width)\s+\S+|-(?:NoNewline|Force|Append|NoClobber|(?:File|Literal)?Path)\b", re.IGNORECASE
)
_OF_POWERSHELL = ("$env:", "${env:")


def in_powershell(script: Script, commands: Sequence[Command]) -> Script:
    """The script as PowerShell reads it: `$env:A = b` sets a variable there."""
    exports, writes, mentions = list(script.exports), list(script.token_writes), list(script.token_mentions)
    for command in commands:
        for line, at in command.lines():
            exports += _exports(line, at, after_script=command.after_script)
            writes += _writes(line, at)
            mentions += [at for found in _READ.finditer(line) if TOKEN in (found["plain"], found["braced"])]
    return replace(
        script,
        exports=tuple(exports),
        malformed=tuple(
            slip for slip in script.malformed if not slip.text.lower().startswith(_OF_POWERSHELL)
        ),
        token_writes=tuple(writes),
        token_mentions=tuple(mentions),
    )


def _exports(line: str, at: Position, *, after_script: bool) -> Iterator[Export]:
    if line.startswith("#"):
        return
    found = [match for pattern in _SETS for match in pattern.finditer(line)]
    for match in sorted(found, key=lambda item: item.start()):
        value = _value(match["value"].strip())
        yield Export(match["name"], value, at, line, after_script=after_script)


def _value(written: str) -> str | None:
    """The text that is assigned, `$env:A` as `${A}`; None where something else of the script makes it."""
    if written.startswith("'"):
        return None if "$" in written else written.strip("'")
    if not written.startswith('"'):
        whole = _READ.fullmatch(written)
        return f"${{{whole['plain'] or whole['braced']}}}" if whole else None
    value = _READ.sub(lambda found: f"${{{found['plain'] or found['braced']}}}", written.strip('"'))
    rest = re.sub(r"\$\{[A-Za-z_]\w*\}", "", value)
    return None if "$" in rest or "`" in rest else value


def _writes(line: str, at: Position) -> Iterator[TokenWrite]:
    for pattern in _WRITES:
        found = pattern.search(line)
        if found is not None and not line.startswith("#"):
            groups = found.groupdict()
            path = groups.get("path") or _OTHER_OPTIONS.sub("", groups["options"]).strip()
            append = "Add-Content" in line or ">>" in line or "-Append" in line
            yield TokenWrite(path, at, line, append=append)
            return
