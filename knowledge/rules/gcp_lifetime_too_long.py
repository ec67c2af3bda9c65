"""The configuration asks for a service account's token that lasts longer than Google allows.

https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_told import Saying, told
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-lifetime-too-long"
_OPTION = "--service-account-token-lifetime-seconds"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-token-lifetime")
    if symptom is None:
        return
    seconds = symptom.fields.get("seconds", "3600")
    login = google_login(case, suspect.step) if suspect else None
    beside: tuple[Evidence, ...] = ()
    if login is not None and _OPTION in login.command.text:
        sentence = f"Line {login.at.line} asks for a lifetime by {code(_OPTION)}."
        beside = (quoted(case, login.at, sentence, primary=False),)
    saying = Saying(
        cause=_CAUSE,
        headline=f"The service account's token is asked to last longer than the {seconds} seconds allowed.",
        meaning=(
            "The lifetime stands in the configuration; on a self-hosted runner a wrong clock has the "
            "same effect."
        ),
        fixes=(
            Fix(
                title=f"Ask for at most {seconds} seconds",
                surface=Surface.PIPELINE_FILE,
                steps=(
                    (
                        f"Lower {code(_OPTION)} of `create-cred-config` to {code(seconds)}, or leave it "
                        "out; in a "
                        "configuration that was committed it is `token_lifetime_seconds`."
                    ),
                ),
                verify="Run the step again: the service account gives its token.",
            ),
        ),
        beside=beside,
        of_the_step=bool(beside),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
