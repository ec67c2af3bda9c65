"""The service account that the configuration names is not there.

https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface
from knowledge.gcp_case import names_of, symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_told import Saying, told
from knowledge.printed_values import plain
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-account-not-found"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, "gcp-service-account-missing")
    if symptom is None:
        return
    email = symptom.fields.get("account_email") or names_of(case, suspect).email
    login = google_login(case, suspect.step) if suspect else None
    beside: tuple[Evidence, ...] = ()
    if login is not None and login.account:
        sentence = f"Line {login.at.line} names the service account by {code(login.account)}."
        beside = (quoted(case, login.at, sentence, primary=False),)
    whose = f" {code(email)}" if email else ""
    project = (
        plain(email.partition("@")[2].partition(".")[0], "PROJECT_ID")
        if email.endswith(".iam.gserviceaccount.com")
        else "PROJECT_ID"
    )
    saying = Saying(
        cause=_CAUSE,
        headline=f"There is no service account{whose} for the pipeline to act as.",
        meaning=(
            "It was deleted, is in another project, or its address is mistyped, or is another environment's."
        ),
        fixes=(
            Fix(
                title="Name a service account that is there",
                surface=Surface.VARIABLES,
                commands=(f"gcloud iam service-accounts list --project={project} --format='value(email)'",),
                steps=(
                    (
                        "Put the right address where `--service-account` gets it, in this "
                        "environment's variables."
                    ),
                ),
                verify="Run the step again: the account is found.",
            ),
        ),
        beside=beside,
        of_the_step=bool(beside),
    )
    yield told(case, suspect, symptom, saying)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
