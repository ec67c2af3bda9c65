"""Which identity a step logs in to Azure as: client id and tenant, as far as the text, the script and its
variables tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.azure_findings import CLIENT, TENANT
from knowledge.azure_login import az_logins, powershell_logins, terraform_at
from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.location import Position
from knowledge.variables import expand

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """Client id and tenant id, in lower case; None for what is not known, or is no id."""

    client: str | None = None
    tenant: str | None = None

    @property
    def whole(self) -> bool:
        return self.client is not None and self.tenant is not None


def named_by_text(case: CaseFile) -> Identity:
    """What Azure's own text names."""
    return Identity(_id(case.field("client")), _id(case.field("tenant")))


def named_by_step(case: CaseFile, suspect: Suspect) -> Identity:
    """What the step's login is given: that of `az login` or `Connect-AzAccount`, else the variables that its
    tool reads. A login whose ids cannot be told is not that of other variables."""
    logins = (*az_logins(suspect.step), *powershell_logins(suspect.step))
    if logins:
        return Identity(
            _agreed(_value(case, suspect, login.client, login.at) for login in logins),
            _agreed(_value(case, suspect, login.tenant, login.at) for login in logins),
        )
    at = terraform_at(suspect.step)
    arm = [name for name in (*CLIENT, *TENANT) if name.startswith("ARM_")]
    names = arm if at is not None else [*CLIENT, *TENANT]
    values = {name: _value(case, suspect, f"${name}", at.at if at else None) for name in names}
    return Identity(_first(values, CLIENT), _first(values, TENANT))


def identity_of(case: CaseFile) -> Identity:
    """The identity that the text and the steps under suspicion name; what they disagree on is not known."""
    text = named_by_text(case)
    steps = [named_by_step(case, suspect) for suspect in case.suspects]
    return Identity(
        text.client or _agreed(one.client for one in steps),
        text.tenant or _agreed(one.tenant for one in steps),
    )


def _agreed(values: Iterator[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _first(values: dict[str, str | None], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := values.get(name))), None)


def _value(case: CaseFile, suspect: Suspect, word: str | None, at: Position | None) -> str | None:
    if word is None or word.startswith("'$"):
        return None
    return _id(expand(case, suspect.step, word.strip("\"'"), at).value)


def _id(text: str | None) -> str | None:
    text = (text or "").strip()
    return text.lower() if _GUID.fullmatch(text) else None
