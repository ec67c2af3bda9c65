"""What names the provider of the workload identity pool is not its full name.

https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_case import SAID, STAGES, said_by, symptom_of
from knowledge.gcp_login import GoogleLogin, google_login
from knowledge.gcp_setup import provider_path
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.variables import Expansion, expand, look_up, where
from knowledge.words import code, listed

_CAUSE = "gcp-provider-path-incomplete"
_IDS = ("gcp-provider-path", "gcp-audience-malformed")
_FULL = "projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"

_HOST = "with a host before it"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, *_IDS)
    if symptom is None and case.symptoms:
        return
    step = suspect.step if suspect else None
    login = google_login(case, step) if step else None
    shown = _shown(case, step, login) if step and login else ()
    if symptom is None and not shown:
        return
    right = step is not None and login is not None and _is_right(case, step, login)
    evidence = list(shown)
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not shown))
    said = SAID[STAGES[symptom.id]] if symptom else ""
    yield Finding(
        cause=_CAUSE,
        # What `create-cred-config` makes of a host is told by the text; no page says it.
        verdict=Verdict.LIKELY if right or (symptom is None and _hosted(shown)) else Verdict.CONFIRMED,
        headline=(
            f"Google was given no full name of a provider, and what {step_words(suspect)} names now is one."
            if right
            else f"What {step_words(suspect)} names as provider is not the full name of one."
        ),
        meaning=(
            "`create-cred-config` takes the provider's full name, with the project's number, without "
            f"`https://` or any host before it. {said}"
        ).strip(),
        step=step_for(suspect, of_the_step=bool(shown)),
        evidence=tuple(evidence),
        fixes=(_look() if right else _fix(),),
    )


def _shown(case: CaseFile, step: PipelineStep, login: GoogleLogin) -> tuple[Evidence, ...]:
    """What is wrong with the provider's name, where that can be read."""
    made = expand(case, step, login.provider, login.at)
    if made.value is None or not login.provider:
        return ()
    value = made.value.strip()
    line = f"Line {login.at.line} names the provider"
    if made.lacking and not value:
        names = listed([code(name) for name in made.lacking])
        return (quoted(case, login.at, f"{line} by {names}, {_without(case, step, login, made)}."),)
    # A host before the name: what people copy from the console; `create-cred-config` puts its own there.
    hosted = value.startswith(("https:", "//"))
    if provider_path(value) is not None and not hosted:
        return ()
    what = _HOST if hosted else "and it is no full name"
    comparison = Comparison("provider", _FULL, value) if _may_be_shown(made) else None
    return (quoted(case, login.at, f"{line} {what}.", comparison=comparison), *_set(made))


def _without(case: CaseFile, step: PipelineStep, login: GoogleLogin, made: Expansion) -> str:
    there = [look_up(case, step, name, login.at).winner for name in made.lacking]
    return "set to nothing for this step" if any(there) else "which nothing sets for this step"


def _is_right(case: CaseFile, step: PipelineStep, login: GoogleLogin) -> bool:
    """Whether the line names a provider in full: then another configuration was sent, or an older value."""
    value = (expand(case, step, login.provider, login.at).value or "").strip()
    return value.startswith("projects/") and provider_path(value) is not None


def _hosted(shown: tuple[Evidence, ...]) -> bool:
    return any(_HOST in one.sentence for one in shown)


def _may_be_shown(made: Expansion) -> bool:
    """Values of variables are not shown; what stands in the file is."""
    return all(setting.at is not None for setting in made.settings)


def _set(made: Expansion) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(f"{code(one.name)} is set {where(one)}.", one.location, one.name, primary=False)
        for one in made.settings
    )


def _fix() -> Fix:
    return Fix(
        title="Name the provider in full",
        surface=Surface.VARIABLES,
        commands=(
            "gcloud iam workload-identity-pools providers describe PROVIDER \\",
            "  --location=global --workload-identity-pool=POOL --format='value(name)'",
        ),
        steps=(f"Put the full name where the step names the provider: {code(_FULL)}.",),
        verify="Run the step again: `gcloud auth login` no longer speaks of the audience's value.",
    )


def _look() -> Fix:
    return Fix(
        title="See which configuration the client reads",
        surface=Surface.PIPELINE_FILE,
        steps=(
            "Print `audience` of the configuration in the step: it must end in the provider's full name.",
            "Where it is another file than the one that `create-cred-config` makes here, pass this one.",
            "Where the variable was corrected after this run, run the step again.",
        ),
        verify="Run the step again: `gcloud auth login` no longer speaks of the audience's value.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
