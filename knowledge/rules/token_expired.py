"""The step's token had ended when it was exchanged.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from knowledge.azure_expiry import before_its_time, early, lateness
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InPaste
from knowledge.quoting import step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import in_text
from knowledge.token_claims import ends_at
from knowledge.words import amount

_CAUSE = "token-expired"
_LONGEST = 12
_VAGUE = frozenset({Family.HIDDEN, Family.OTHER})
"""Texts that say neither that the token had ended nor that it was looked at."""
_LENIENCE = timedelta(minutes=5)
_TOKEN = re.compile(r"\[redacted jwt\]|[\"']exp[\"']\s{0,4}:\s{0,4}\d+")


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = _of_its_cloud(case, suspect)
    if symptom is not None and symptom.provider == "azure":
        yield _at_azure(case, suspect, symptom)
        return
    if symptom is not None:
        said = in_text(case, symptom, "AWS says so itself.")
        headline = f"The token of {step_words(suspect)} had ended when it was used{_late(symptom.fields)}."
        yield _finding(suspect, Verdict.CONFIRMED, headline, (said, *_of_token(case)))
        return
    end, started = ends_at(case.claims or {}), _started(suspect)
    shown = _of_token(case, primary=True)
    if end is None or not shown or not case.families & _VAGUE:
        return
    if started is not None and end < started:
        headline = f"The token in the message had ended before {step_words(suspect)} began."
        yield _finding(suspect, Verdict.LIKELY, headline, shown)
    elif case.now is not None and end + _LENIENCE < case.now:
        headline = "The token in the message had ended when the message was written."
        yield _finding(suspect, Verdict.POSSIBLE, headline, shown)


def _of_its_cloud(case: CaseFile, suspect: Suspect | None) -> Symptom | None:
    """What a text of several clouds says of the step's own one."""
    cloud = suspect.step.cloud if suspect is not None else None
    told = [item for item in case.symptoms if item.family is Family.TOKEN_EXPIRED]
    return next((item for item in told if item.provider == cloud), None) or next(iter(told), None)


def _at_azure(case: CaseFile, suspect: Suspect | None, symptom: Symptom) -> Finding:
    if early(symptom):
        return before_its_time(case, suspect, symptom, _CAUSE, _of_token(case))
    late, shows = lateness(symptom)
    headline = f"The token of {step_words(suspect)} was used outside its time{late}."
    said = in_text(case, symptom, "Azure says so itself.")
    finding = _finding(suspect, Verdict.CONFIRMED, headline, (said, *_of_token(case)))
    meaning = "Bitbucket makes the token when the step starts, and it cannot be renewed inside the step."
    return replace(finding, meaning=f"{meaning} {shows}".strip())


def _finding(
    suspect: Suspect | None, verdict: Verdict, headline: str, evidence: tuple[Evidence, ...]
) -> Finding:
    own_machine = suspect is not None and suspect.step.self_hosted
    clock = " On a self-hosted runner a wrong clock has the same effect." if own_machine else ""
    steps = [
        (
            "Log in at the beginning of the step, before long builds, or move the deployment into a "
            "step of its own."
        ),
        (
            "Take the token fresh in each step; do not carry it through an artifact, a cache or an "
            "output variable."
        ),
    ]
    if own_machine:
        steps.append("Set the clock of the runner by a time server.")
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline,
        meaning=(
            "Bitbucket makes the token when the step starts, and it cannot be renewed inside the "
            "step. AWS takes "
            f"it until about five minutes after its end.{clock}"
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=evidence,
        fixes=(
            Fix(
                title="Exchange the token early in the step",
                surface=Surface.RUN,
                steps=tuple(steps),
                verify="Run the step again: the first command at the cloud succeeds.",
            ),
        ),
    )


def _started(suspect: Suspect | None) -> datetime | None:
    return suspect.run_step.started_on if suspect is not None and suspect.run_step is not None else None


def _of_token(case: CaseFile, *, primary: bool = False) -> tuple[Evidence, ...]:
    """The pasted token's own end, at the place where it stood in the message."""
    end = ends_at(case.claims or {})
    place = _TOKEN.search(case.paste) if case.claims_pasted else None
    if end is None or place is None:
        return ()
    sentence = f"The token in the message says that it ends on {end:%Y-%m-%d %H:%M:%S} UTC (`exp`)."
    return (Evidence(sentence, InPaste(*place.span()), place.group(), primary),)


def _late(fields: Mapping[str, str]) -> str:
    """How long after its end, in words, where the text has both times in seconds."""
    now, end = fields.get("now", ""), fields.get("expired", "")
    if not all(value.isdigit() and len(value) <= _LONGEST for value in (now, end)):
        return ""
    seconds = int(now) - int(end)
    if seconds < 0:
        return ""
    if seconds < 120:
        return f", by {amount(seconds, 'second')}"
    return f", by {seconds // 60} minutes" if seconds < 7200 else f", by {seconds // 3600} hours"


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
