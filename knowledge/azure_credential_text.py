"""The list of an identity's federated credentials as the Azure CLI prints it with `-o yaml` and `-o table`.

https://learn.microsoft.com/cli/azure/format-output-azure-cli
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.gcp_yaml import yaml_object
from knowledge.late_pattern import late

#: Keys of one credential; any other line at the margin is none of it.
_KEYS = r"(?:'@odata\.[\w.]{1,40}'|audiences|claimsMatchingExpression|description|id|issuer|name|subject)"
_LISTED = late(rf"^- {_KEYS}:[^\n]*(?:\n(?:- |  )[^\n]*)*", re.MULTILINE)
_ALONE = late(rf"^{_KEYS}:[^\n]*(?:\n(?:{_KEYS}:|- |  )[^\n]*)*", re.MULTILINE)
_LINE_UNDER = late(r"-{2,}(?: {2,}-{2,})+")
_GAP = late(r" {2,}")
_MOST = 20


def credentials_as_yaml(text: str) -> Iterator[Any]:
    """What the YAML in the text holds: lists of credentials, then a credential alone."""
    if not re.search(r"^(?:- |  )?issuer:", text, re.MULTILINE):
        return
    for found in _LISTED.finditer(text):
        whole = yaml_object(f"value:\n{found[0]}")
        if whole is not None and all(map(_is_one, whole["value"])):
            yield whole
            return
    for found in _ALONE.finditer(text):
        alone = yaml_object(found[0])
        if _is_one(alone):
            yield alone


def _is_one(value: object) -> bool:
    """Whether this is a credential as it is printed: with an issuer, which is an address, and audiences."""
    if not isinstance(value, Mapping) or "audiences" not in value:
        return False
    return re.match(r"https?://", str(value.get("issuer"))) is not None


def credentials_as_table(text: str) -> list[Mapping[str, str]]:
    """The rows of a table, by the names of its columns in small letters; it has no column of audiences,
    because the CLI leaves lists out."""
    lines = text.splitlines()
    for number, line in enumerate(lines[1:], 1):
        head = _GAP.split(lines[number - 1].strip())
        if not _LINE_UNDER.fullmatch(line.strip()) or not {"Issuer", "Name"} <= set(head):
            continue
        rows = [_row(head, line, below) for below in lines[number + 1 : number + 1 + _MOST]]
        until = next((place for place, row in enumerate(rows) if not row), len(rows))
        return [row for row in rows[:until] if row]
    return []


def _row(head: list[str], under: str, line: str) -> dict[str, str]:
    """One row; empty for a line that is none."""
    cells = _GAP.split(line.strip())
    if len(cells) != len(head):
        # A cell is empty: each value begins where its column does.
        starts = [found.start() for found in re.finditer(r"(?<!-)-", under)]
        cells = [line[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]
    row = dict(zip((name.lower() for name in head), cells, strict=False))
    return row if row.get("issuer", "").startswith("https://") and " " not in row["issuer"] else {}
