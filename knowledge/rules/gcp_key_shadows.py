"""A stored key wins over the federated login: Terraform looks for it first.

https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_login import KEY_VARIABLES, GoogleLogin, google_login, written
from knowledge.pipelines.model import CloudCommand, OidcState
from knowledge.pipelines.shell_paths import same_file
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.script_order import before
from knowledge.symptoms.model import Family
from knowledge.variables import Setting, look_up, where
from knowledge.words import code

_CAUSE = "gcp-key-shadows"
#: Another identity than the federated one asked; no text says whose key it was.
_MAY_SHOW = frozenset({Family.AFTER_ASSUME, Family.CALL_REFUSED, Family.HIDDEN, Family.OTHER})
_PROGRAMS = frozenset({"terraform", "tofu", "terragrunt"})


def check(case: CaseFile, suspect: Suspect) -> Iterable[Finding]:
    step = suspect.step
    login = google_login(case, step)
    if (
        login is None
        or step.oidc.state is not OidcState.ON
        or (case.families and not case.families & _MAY_SHOW)
    ):
        return
    user = next(
        (c for c in step.script.commands if c.program in _PROGRAMS and before(step, login.at, c.at)), None
    )
    found = _stored(case, suspect, user) if user else None
    if found is None or user is None or _is_the_configuration(case, suspect, found, login):
        return
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.LIKELY,
        headline=(
            f"{code(found.name)} is set, so {code(user.program)} of {step_words(suspect)} uses that key."
        ),
        meaning=(
            f"Terraform's Google provider takes {code(found.name)} before it looks at the "
            "configuration that the "
            "step makes, unless its own `credentials` say otherwise."
        ),
        step=step_for(suspect, of_the_step=True),
        evidence=(
            Evidence(f"{code(found.name)} is set {where(found)}.", found.location, found.name),
            quoted(case, user.at, f"Line {user.at.line} runs {code(user.program)}.", primary=False),
            quoted(case, login.at, f"Line {login.at.line} makes the configuration.", primary=False),
        ),
        fixes=(
            Fix(
                title=f"Remove {code(found.name)}",
                surface=Surface.VARIABLES,
                steps=(
                    (
                        "Remove it where it is set, once nothing else uses the key; until then, "
                        f"{code('unset ' + found.name)} in this step."
                    ),
                ),
                verify="Run the step again: Terraform acts as the service account of the configuration.",
            ),
        ),
    )


def _stored(case: CaseFile, suspect: Suspect, user: CloudCommand) -> Setting | None:
    for name in KEY_VARIABLES:
        winner = look_up(case, suspect.step, name, user.at).winner
        if winner is not None and winner.sure:
            return winner
    return None


def _is_the_configuration(case: CaseFile, suspect: Suspect, found: Setting, login: GoogleLogin) -> bool:
    """Whether the variable holds the configuration that the step makes, or its path: then no key is used."""
    made = [path for path in (login.output, written(case, suspect.step, login.output, login.at)) if path]
    texts = [text for text in (found.written, found.value) if text]
    return any(
        path.rsplit("/", 1)[-1] in text or same_file(path, text) is True for path in made for text in texts
    )


RULE = Rule(cause=_CAUSE, check=check)
