"""Why a provider's condition does not hold for this step's token, and what it would have to say."""

from __future__ import annotations

import re
from enum import StrEnum

from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.gcp_assertion import ENVIRONMENT, FOREIGN, Assertion, assertion_for, names_for, right_name
from knowledge.gcp_cel_values import Lacking, Part, Unknown, Value, parts_not_met, value_of
from knowledge.gcp_setup import WorkloadProvider

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Reason(StrEnum):
    BRACES = "braces"
    CASE = "case"
    SLUG = "slug"
    """A name stands where the claim is a UUID."""
    FOREIGN = "foreign"
    """The claim is another CI's."""
    MISSPELT = "misspelt"
    NO_ENVIRONMENT = "no-environment"
    LACKING = "lacking"
    CHANGING = "changing"
    """The claim has another value in each step, and one value is demanded."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of the condition that this step's token does not meet."""

    part: Part
    reason: Reason
    wanted: str
    """The text that it is compared with; empty where it is compared with no text."""
    actual: str

    @property
    def claim(self) -> str:
        return self.part.claim.partition(".")[2]


def verdict_on(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> Value:
    """What the condition gives for this step: true, false, lacking or unknown. No condition is true."""
    if not provider.condition:
        return True
    assertion = assertion_for(case, suspect)
    if assertion is None:
        return Unknown("nothing is known of the token")
    return value_of(provider.condition, names_for(provider, assertion))


def refusals(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> tuple[Refusal, ...]:
    """The parts that are known not to hold, the most telling first."""
    assertion = assertion_for(case, suspect)
    if assertion is None or not provider.condition:
        return ()
    parts = parts_not_met(provider.condition, names_for(provider, assertion))
    found = [_refusal(part, assertion) for part in parts if part.known or isinstance(part.actual, Lacking)]
    return tuple(sorted(found, key=lambda item: item.reason is Reason.OTHER))


def _refusal(part: Part, assertion: Assertion) -> Refusal:
    claim = part.claim.partition(".")[2]
    texts = list(_texts(part.expected))
    actual = part.actual if isinstance(part.actual, str) else ""
    nearest = next(
        (text for text in texts if text.strip("{}").casefold() == actual.strip("{}").casefold()), ""
    )
    wanted = nearest or (texts[0] if texts else "")
    return Refusal(part, _reason(claim, part.actual, wanted, assertion), wanted, actual)


def _texts(value: Value) -> tuple[str, ...]:
    items = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in items if isinstance(item, str))


def _reason(claim: str, actual: Value, wanted: str, assertion: Assertion) -> Reason:
    if isinstance(actual, Lacking):
        lacks = {ENVIRONMENT: Reason.NO_ENVIRONMENT}
        if claim in FOREIGN and not assertion.given:
            return Reason.FOREIGN
        if right_name(claim) is not None:
            return Reason.MISSPELT
        return lacks.get(claim, Reason.FOREIGN if claim in FOREIGN else Reason.LACKING)
    if not isinstance(actual, str):
        return Reason.OTHER
    if wanted and wanted.strip("{}") == actual.strip("{}"):
        return Reason.BRACES
    if wanted and wanted.strip("{}").casefold() == actual.strip("{}").casefold():
        return Reason.CASE
    if claim.endswith("Uuid") and wanted and not _UUID.search(wanted):
        return Reason.SLUG
    return Reason.CHANGING if claim in ("sub", "stepUuid", "pipelineUuid") else Reason.OTHER


def repaired(provider: WorkloadProvider, found: Refusal) -> str | None:
    """The condition with this one slip mended; None where only a person can tell what was meant."""
    condition = provider.condition or ""
    if found.reason in (Reason.BRACES, Reason.CASE) and found.wanted and found.actual:
        # Only inside this part: the same text may stand elsewhere for another claim.
        mended = found.part.text.replace(found.wanted, found.actual)
        return condition.replace(found.part.text, mended) if mended != found.part.text else None
    if found.reason is Reason.MISSPELT:
        right = right_name(found.claim)
        return condition.replace(found.part.claim, f"assertion.{right}") if right else None
    return None
