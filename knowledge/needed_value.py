"""What a variable of a cloud other than AWS holds, and what a step without it prints."""

from __future__ import annotations

from knowledge.frozen import dataclass
from knowledge.symptoms.model import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededValue:
    """A value that a login needs.

    `provider` is the cloud; `what` names the value in words (`the tenant's id`), `example` is only for
    showing, `verify` says how to see that it is there now. `meaning` completes the finding: what the lack
    does. `typical` are the families of text that a lack gives, `states` those whose text itself says so.
    """

    provider: str
    what: str
    example: str
    verify: str
    meaning: str
    typical: frozenset[Family]
    states: frozenset[Family] = frozenset()
