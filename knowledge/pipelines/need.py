"""What is known of a step's need of the OIDC token."""

from __future__ import annotations

from knowledge.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Needs:
    """Whether a step needs the OIDC token. `basis` names what shows the need (`token`, `sts-cli`,
    `web-identity-file`, `pipe-variable`, ...); `cloud` is `aws`, `azure`, `gcp`, `other` or None while it
    cannot be told."""

    needs_oidc: bool = False
    basis: tuple[str, ...] = ()
    cloud: str | None = None
