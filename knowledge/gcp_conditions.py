"""Why a provider's condition does not hold for this step's token, and what it would have to say."""

from __future__ import annotations

import re
from enum import StrEnum

from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.gcp_assertion import (
    ENVIRONMENT,
    FOREIGN,
    Assertion,
    assertion_or_form,
    claim_named,
    names_for,
    right_name,
)
from knowledge.gcp_cel_values import (
    Beginning,
    Lacking,
    Part,
    SomeUuid,
    Value,
    parts_not_met,
    parts_of,
    value_of,
)
from knowledge.gcp_setup import WorkloadProvider

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: A claim or an attribute by itself.
_NAMED = r"(?:assertion|attribute|google)(?:\.\w+|\[['\"]\w+['\"]\])"
_ONE_RUN = frozenset({"sub", "stepUuid", "pipelineUuid"})
_WITHIN = frozenset({"startsWith", "endsWith", "contains"})


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
    EXCLUDED = "excluded"
    """The token has the very value that is not let in."""
    PRESENT = "present"
    """The token has a claim that it must not have."""
    NEVER = "never"
    """It is false, whatever the token says."""
    NO_ANSWER = "no-answer"
    """It is a value that is neither true nor false."""
    NOT_TRUE = "not-true"
    """It is no comparison of one claim, and is false for this token."""
    OTHER = "other"


#: What is wrong with the condition itself, whoever asks.
SLIPS = frozenset({Reason.BRACES, Reason.CASE, Reason.MISSPELT})
_LESS_TELLING = {Reason.OTHER: 1, Reason.EXCLUDED: 1, Reason.NOT_TRUE: 2}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of the condition that this step's token does not meet."""

    part: Part
    reason: Reason
    wanted: str
    """The text that it is compared with; empty where it is compared with no text."""
    actual: str
    """What the token has; of a value that is known by its beginning alone, that."""
    claim: str = ""
    """The claim behind the part, also where it goes by an attribute; empty for anything else."""
    right: str = ""
    """What `wanted` has to be, where it is a slip."""


def verdict_on(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> Value:
    """What the condition gives for this step: true, false, lacking or unknown. No condition is true."""
    if not provider.condition:
        return True
    return value_of(provider.condition, names_for(provider, assertion_or_form(case, suspect)))


def refusals(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> tuple[Refusal, ...]:
    """The parts that are known not to hold, the most telling first."""
    assertion = assertion_or_form(case, suspect)
    if not provider.condition:
        return ()
    parts = parts_not_met(provider.condition, names_for(provider, assertion))
    found = [
        _refusal(part, assertion, provider)
        for part in parts
        if part.known or isinstance(part.actual, Lacking)
    ]
    return tuple(sorted(found, key=lambda item: _LESS_TELLING.get(item.reason, 0)))


def for_one_run(case: CaseFile, suspect: Suspect | None, provider: WorkloadProvider) -> tuple[Refusal, ...]:
    """The parts that hold for the token that was read, and for no other run's."""
    names = names_for(provider, assertion_or_form(case, suspect))
    found = []
    for part in parts_of(provider.condition or "", names):
        claim = claim_named(part.claim, provider.mapping)
        ends = part.sign in ("==", "in") or (part.sign == "endsWith" and claim == "sub")
        if claim in _ONE_RUN and ends and part.true and not part.refuses:
            actual = part.actual if isinstance(part.actual, str) else ""
            wanted = next(iter(_texts(part.expected)), "")
            found.append(Refusal(part, Reason.CHANGING, wanted, actual, claim))
    return tuple(found)


def in_braces(text: str) -> str:
    """The text with each of its UUIDs in braces."""
    return re.sub(r"\{?(" + _UUID.pattern + r")\}?", r"{\1}", text)


def _refusal(part: Part, assertion: Assertion, provider: WorkloadProvider) -> Refusal:
    claim = claim_named(part.claim, provider.mapping)
    texts = _texts(part.expected)
    actual = part.actual if isinstance(part.actual, str) else ""
    if isinstance(part.actual, Lacking):
        return Refusal(part, _of_lacking(part, assertion), texts[0] if texts else "", "", claim)
    if part.refuses:
        reason = Reason.PRESENT if part.sign == "has" else Reason.EXCLUDED
        return Refusal(part, reason, texts[0] if texts else "", actual, claim)
    if isinstance(part.actual, SomeUuid):
        return _against_form(part, texts, claim)
    if not part.sign and part.text == "false" and "||" not in (provider.condition or ""):
        return Refusal(part, Reason.NEVER, "", "")
    if not part.sign and not isinstance(part.actual, bool):
        return Refusal(part, Reason.NO_ANSWER, "", actual, claim)
    if isinstance(part.actual, Beginning):
        actual = part.actual.text
    slip = next((found for text in texts if (found := _slip(part.sign, text, actual))), None)
    if slip is not None:
        wanted, reason, right = slip
        return Refusal(part, reason, wanted, actual, claim, right)
    wanted = texts[0] if texts else ""
    return Refusal(part, _other_reason(part, claim, wanted), wanted, actual, claim)


def _texts(value: Value) -> tuple[str, ...]:
    items = value if isinstance(value, tuple) else (value,)
    return tuple(item for item in items if isinstance(item, str))


def _of_lacking(part: Part, assertion: Assertion) -> Reason:
    claim = part.claim.partition(".")[2]
    if claim in FOREIGN and not assertion.given:
        return Reason.FOREIGN
    if right_name(claim) is not None:
        return Reason.MISSPELT
    named = part.actual.name if isinstance(part.actual, Lacking) else ""
    if named == f"assertion.{ENVIRONMENT}":
        return Reason.NO_ENVIRONMENT
    return Reason.FOREIGN if claim in FOREIGN else Reason.LACKING


def _against_form(part: Part, texts: tuple[str, ...], claim: str) -> Refusal:
    """A text that is no UUID in braces, where the UUID itself is not known."""
    bare = next((text for text in texts if _UUID.fullmatch(text.strip("{}"))), None)
    if bare is not None:
        right = in_braces(bare.strip("{}").lower())
        return Refusal(part, Reason.BRACES, bare, "", claim, right)
    wanted = texts[0] if texts else ""
    return Refusal(part, Reason.OTHER if _UUID.search(wanted) else Reason.SLUG, wanted, "", claim)


def _slip(sign: str, wanted: str, actual: str) -> tuple[str, Reason, str] | None:
    """The text, what is wrong with its form, and the right one; None where it is another value."""
    if not wanted or not actual:
        return None
    if sign in _WITHIN:
        braced, low = in_braces(wanted), in_braces(wanted).lower()
        if _within(sign, actual, braced):
            return wanted, Reason.BRACES, braced
        if _within(sign, actual, low):
            return wanted, Reason.CASE if braced == wanted else Reason.BRACES, low
        return None
    if wanted.strip("{}") == actual.strip("{}"):
        return wanted, Reason.BRACES, actual
    if wanted.strip("{}").casefold() == actual.strip("{}").casefold():
        return wanted, Reason.CASE, actual
    return None


def _within(sign: str, actual: str, text: str) -> bool:
    match sign:
        case "startsWith":
            return actual.startswith(text)
        case "endsWith":
            return actual.endswith(text)
        case _:
            return text in actual


def _other_reason(part: Part, claim: str, wanted: str) -> Reason:
    if not re.fullmatch(_NAMED, part.claim):
        return Reason.NOT_TRUE
    if not isinstance(part.actual, str | Beginning) or not wanted:
        return Reason.OTHER
    if claim.endswith("Uuid") and not _UUID.search(wanted):
        return Reason.SLUG
    whole = part.sign in ("==", "in", "endsWith")
    return Reason.CHANGING if claim in _ONE_RUN and whole else Reason.OTHER
