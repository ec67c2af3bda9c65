"""The provider is named with the project's id, and federation takes only its number.

https://github.com/google-github-actions/auth/issues/269
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Comparison, Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_case import SAID, Names, Stage, names_of, said_by, symptom_of
from knowledge.gcp_login import google_login
from knowledge.printed_values import masked, word
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.words import capitalised, code

_CAUSE = "gcp-project-number-missing"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-provider-missing", "gcp-provider-path")
    if symptom is None and case.symptoms:
        return
    names = names_of(case, suspect)
    if names.path is None or names.path.project.isdigit() or masked(names.path.project):
        return
    evidence = list(_named(case, suspect, names))
    if symptom is not None:
        evidence.append(said_by(case, symptom, primary=not evidence))
    if not evidence:
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=(
            f"{capitalised(step_words(suspect))} names the provider by the project's id, not by its number."
        ),
        meaning=(
            "Federation takes the number of the project that holds the pool; by the id it finds no provider. "
            f" {SAID[Stage.TRUST] if symptom else ''}"
        ).strip(),
        step=step_for(
            suspect, of_the_step=google_login(case, suspect.step) is not None if suspect else False
        ),
        evidence=tuple(evidence),
        fixes=(_fix(names.path.project),),
    )


def _named(case: CaseFile, suspect: Suspect | None, names: Names) -> Iterable[Evidence]:
    login = google_login(case, suspect.step) if suspect else None
    if login is None or names.path is None or names.path.name not in names.text:
        return
    sentence = f"Line {login.at.line} names the provider; after `projects/` stands no number."
    project = names.path.project
    shown = project in login.provider
    comparison = Comparison("project", "the project's number", project) if shown else None
    yield quoted(case, login.at, sentence, comparison=comparison)


def _fix(named: str) -> Fix:
    project = word(named, "PROJECT_ID")
    return Fix(
        title="Put the project's number in place of its id",
        surface=Surface.VARIABLES,
        commands=(f"gcloud projects describe {project} --format='value(projectNumber)'",),
        steps=(
            f"Put the number that {code(f'gcloud projects describe {project}')} prints in place of the id.",
        ),
        verify="Run the step again: the token exchange finds the provider.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
