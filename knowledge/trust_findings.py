"""Findings about a trust policy: quoted values, expected beside actual, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Verdict
from knowledge.frozen import dataclass
from knowledge.location import InPolicy
from knowledge.quoting import quoted, step_for, step_words
from knowledge.symptoms.model import Family
from knowledge.trust import ConditionResult
from knowledge.trust_case import Aspect, Fault, Judged
from knowledge.trust_fixes import policy_fix
from knowledge.words import code, filled, listed

#: What is wrong only for this one step; everything else is wrong for the whole repository.
_OF_THE_STEP = frozenset(
    {"environment-missing", "other-environment", "environment-unknown", "custom-audience", "several-values"}
)


def role_words(judged: Judged) -> str:
    return f"role {code(judged.name)}" if judged.name else "the role"


def refused(case: CaseFile) -> bool:
    """Whether the text proves that the role said no, or nothing speaks against it."""
    return not case.families or Family.ROLE_REFUSED in case.families


def verdict_for(
    case: CaseFile, judged: Judged, matches: bool | None, *, certain: bool = True
) -> Verdict | None:
    """How sure a condition that is not met is the reason. None where nothing should be said."""
    if matches is None:
        if not refused(case):
            return None
        return Verdict.UNDETERMINED if judged.claims.unknown else Verdict.POSSIBLE
    if not refused(case) or not certain or not judged.known or judged.beside is not None:
        return Verdict.LIKELY
    return Verdict.CONFIRMED


def doubted(judged: Judged, meaning: str) -> str:
    """The meaning, with what speaks against this policy being the one that refused."""
    if judged.beside is None:
        return meaning
    own = judged.beside
    return (
        f"The text names another role than the step, which asks for {code(own.arn)} because {own.reason}: "
        f"check that both are of the same run. {meaning}"
    )


def place(
    judged: Judged, statement: int | None, operator: str | None = None, key: str | None = None
) -> InPolicy:
    return InPolicy(judged.name or judged.role.arn or "role", statement, operator, key, judged.url)


def shown_actual(condition: ConditionResult) -> str:
    """The token's value as people may read it; of several the one that is compared."""
    return listed(list(condition.actual), "or")


def condition_evidence(judged: Judged, fault: Fault) -> Evidence:
    """The value in the policy that comes nearest, beside the token's."""
    right, written = fault.judged, fault.written
    nearest = right.nearest or (right.expected[0] if right.expected else "")
    what = {"sub": "subject (`sub`)", "aud": "audience (`aud`)"}.get(right.claim, code(right.claim))
    actual = shown_actual(right) if judged.known else ""
    sentence = (
        f"Statement {fault.statement.index}, {code(written.operator)}: the token's {what} is {code(actual)}."
        if actual
        else f"Statement {fault.statement.index}, {code(written.operator)}: a condition on {what}."
    )
    if actual and "*" in actual:
        sentence = f"{sentence[:-1]}, with a new UUID for `*` in each run."
    # `Null` asks whether there is a value, so its `true` is none to compare with.
    compared = actual and nearest and right.reason != "key-present"
    expected = f"not {nearest}" if right.negated else nearest
    differs_at = None if right.negated else right.differs_at
    comparison = Comparison(right.claim, expected, actual, differs_at) if compared else None
    where = place(judged, fault.statement.index, written.operator, written.key)
    return Evidence(sentence, where, nearest, comparison=comparison)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a rule says of a claim: its words by reason, the title and steps of the change to the policy,
    further evidence and further fixes. `certain` is false where the token's value is documented in part."""

    cause: str
    words: Mapping[str, tuple[str, str]]
    title: str
    certain: bool = True
    steps: tuple[str, ...] = ()
    further: tuple[Evidence, ...] = ()
    fixes: tuple[Fix, ...] = ()


def about_claim(
    case: CaseFile, suspect: Suspect | None, judged: Judged, fault: Fault, about: About
) -> Finding | None:
    """The finding about a value that is not the token's."""
    words, certain = about.words, about.certain
    reason = reason_of(fault)
    matches = fault.judged.matches
    if reason == "step-uuid-pinned" and matches is None:
        matches, certain = False, False
    verdict = verdict_for(case, judged, matches, certain=certain)
    if verdict is None:
        return None
    headline, meaning = words.get(reason, words["different-value"])
    if matches is None:
        if reason == "unknown" or reason not in words:
            headline, meaning = _unknown(fault)
        meaning = f"{meaning} {not_known(judged)}".strip()
    elif not judged.known:
        meaning = (
            f"{meaning} The repository was not read, so this follows from the form that every token has."
        )
    return Finding(
        cause=about.cause,
        verdict=verdict,
        headline=filled(headline, role=role_words(judged), step=step_words(suspect)),
        meaning=doubted(judged, meaning),
        step=step_for(suspect, of_the_step=reason in _OF_THE_STEP),
        evidence=(condition_evidence(judged, fault), *about.further),
        fixes=(*about.fixes, policy_fix(judged, about.title, *about.steps)),
    )


def reason_of(fault: Fault) -> str:
    """The reason, GitHub's form told apart from other names."""
    nearest = fault.judged.nearest or ""
    if fault.judged.reason == "repository-form" and nearest.lower().startswith("repo:"):
        return "github-form"
    return fault.judged.reason


def _unknown(fault: Fault) -> tuple[str, str]:
    claim = code(fault.judged.claim)
    return (
        f"Whether the trust policy of {{role}} admits the {claim} of {{step}} cannot be told.",
        "The value that decides it is known only in part.",
    )


def not_known(judged: Judged) -> str:
    """What could not be seen, as a sentence."""
    return f"Not known: {'; '.join(judged.claims.unknown)}." if judged.claims.unknown else ""


def deployment_evidence(case: CaseFile, suspect: Suspect | None, reason: str) -> tuple[Evidence, ...]:
    """The step's own line about its environment, where that decides."""
    if suspect is None or reason not in ("environment-missing", "other-environment", "environment-unknown"):
        return ()
    step = suspect.step
    if step.deployment is not None:
        sentence = f"The step deploys to {code(step.deployment.text)}."
        return (quoted(case, step.deployment.at, sentence, primary=False),)
    return (quoted(case, step.at, f"The step at line {step.at.line} has no `deployment`.", primary=False),)


def by_aspect(judged: Judged, aspect: Aspect) -> tuple[Fault, ...]:
    """The faults of an aspect, certain ones before those that cannot be told."""
    return tuple(sorted(judged.about(aspect), key=lambda fault: fault.judged.matches is None))
