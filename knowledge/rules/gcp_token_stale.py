"""Google finds the token too old, already ended, or made in the future.

https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_told import Saying, told
from knowledge.quoting import file_of, quoted, step_words
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-token-stale"
_LONGEST = 11
#: Two clocks tell these times, and the token is made while the step is being started.
_CLOCKS = timedelta(minutes=5)


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-token-stale")
    if symptom is None:
        return
    issued = _time(symptom.fields.get("issued", ""))
    started = suspect.run_step.started_on if suspect and suspect.run_step else None
    earlier = issued is not None and started is not None and issued < started - _CLOCKS
    own_machine = suspect is not None and suspect.step.self_hosted
    steps = [
        "Write the token freshly in the step that logs in; do not carry it through an artifact or a cache.",
        "Log in at the beginning of the step, before long builds.",
    ]
    if own_machine:
        steps.append("Set the clock of the runner by a time server.")
    when = f"It was made on {issued:%Y-%m-%d %H:%M:%S} UTC." if issued else ""
    saying = Saying(
        cause=_CAUSE,
        headline=(
            f"The token was made before {step_words(suspect)} began, so it is not this step's."
            if earlier
            else f"Google finds the token of {step_words(suspect)} too old."
        ),
        meaning=(
            f"{when} Google says this of a token that has ended, of one more than a day old, and of "
            "one from the "
            "future; Bitbucket makes it when the step starts, and it cannot be renewed inside the step."
        ).strip(),
        fixes=(
            Fix(
                title="Exchange a fresh token, early in the step",
                surface=Surface.RUN,
                steps=tuple(steps),
                verify="Run the step again: `gcloud auth login` succeeds.",
            ),
        ),
        beside=tuple(_carried(case, suspect)),
        of_the_step=True,
    )
    yield told(case, suspect, symptom, saying)


def _carried(case: CaseFile, suspect: Suspect | None) -> Iterable[Evidence]:
    """The earlier step whose token this may be: this one reads a file that it does not write."""
    file, step = file_of(case), suspect.step if suspect else None
    login = google_login(case, step) if step else None
    if file is None or step is None or step.script.token_writes or login is None:
        return
    for other in file.steps:
        if other.pipeline == step.pipeline and other.index < step.index and other.script.token_writes:
            at = other.script.token_writes[0].at
            sentence = f"Step {code(other.label)} writes its token, and this step writes none of its own."
            yield quoted(case, at, sentence, primary=False)
            return


def _time(text: str) -> datetime | None:
    if not text.isdigit() or len(text) > _LONGEST:
        return None
    return datetime.fromtimestamp(int(text), UTC)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
