"""The three times that Azure prints when a token is used outside its time, and what they show.

https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import step_for, step_words
from knowledge.symptoms.model import Symptom
from knowledge.text_evidence import in_text
from knowledge.words import amount

_FRACTION = re.compile(r"\.\d+")
#: A token begun so long ago was not made for this step's beginning.
_OLD = timedelta(hours=6)


def lateness(symptom: Symptom) -> tuple[str, str]:
    """How far outside its time in words that end a sentence, and what that shows; both empty where the text
    does not have the times."""
    now, begins, ends = (_time(symptom.fields.get(name)) for name in ("now", "begins", "expired"))
    if now is None or ends is None or now < ends:
        return "", ""
    minutes = int((now - ends).total_seconds()) // 60
    since = amount(minutes, "minute") if minutes < 120 else f"{minutes // 60} hours"
    late = f", {since} after its end"
    if begins is not None and now - begins > _OLD:
        return late, "It was made hours before: most likely it was kept in an artifact, a cache or a file."
    return late, "The Azure CLI and Terraform send the same token again for each new resource they ask for."


def early(symptom: Symptom) -> bool:
    """Whether the text shows that the token's time had not begun."""
    now, begins = (_time(symptom.fields.get(name)) for name in ("now", "begins"))
    return now is not None and begins is not None and now < begins


def before_its_time(
    case: CaseFile, suspect: Suspect | None, symptom: Symptom, cause: str, evidence: tuple[Evidence, ...]
) -> Finding:
    """Azure's clock stands before the token's beginning: nothing in the step's order mends that."""
    return Finding(
        cause=cause,
        verdict=Verdict.CONFIRMED,
        headline=f"The token of {step_words(suspect)} was used before its time had begun: a clock is wrong.",
        meaning=(
            "The clocks of the two sides differ: Azure's stands before the time at which the token begins, "
            "and that was set by the clock of whoever made it. The token had not ended."
        ),
        step=step_for(suspect, of_the_step=False),
        evidence=(in_text(case, symptom, "Azure says so itself, with the times."), *evidence),
        fixes=(
            Fix(
                title="Compare the clocks",
                surface=Surface.RUN,
                commands=("date -u",),
                steps=(_OWN_CLOCKS, _LATER),
                verify="Run the step again: Azure takes the token.",
            ),
        ),
    )


_OWN_CLOCKS = (
    "Compare the step's time with the two times of the text. On a self-hosted runner set its clock by a time "
    "server, and that of any program of your own that makes the token."
)
_LATER = (
    "Run the step again when the time at which the token begins is over. If the step's own token begins too "
    "late on Bitbucket's runners, tell Atlassian's support the times."
)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    plain = _FRACTION.sub("", text.strip()).removesuffix("Z").rstrip(".")
    try:
        return datetime.fromisoformat(plain).replace(tzinfo=UTC)
    except ValueError:
        return None
