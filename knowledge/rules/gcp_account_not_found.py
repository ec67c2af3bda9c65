"""The service account that the configuration names is not there, or is switched off.

https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
https://cloud.google.com/iam/docs/service-accounts-disable-enable
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.gcp_accounts import accounts_apart, the_other
from knowledge.gcp_case import SAID, Stage, in_account, names_of, open_at, said_by, symptom_of
from knowledge.gcp_login import google_login
from knowledge.gcp_told import Saying, told
from knowledge.printed_values import word
from knowledge.quoting import quoted, step_for
from knowledge.reading import Absent, Known
from knowledge.rules.rule import Rule
from knowledge.words import code

_CAUSE = "gcp-account-not-found"
_MISSING, _DENIED = "gcp-service-account-missing", "gcp-impersonation-denied"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = symptom_of(case, _MISSING)
    read = list(_read(case))
    if symptom is None and not (read and open_at(case, Stage.IMPERSONATION, (_DENIED,))):
        return
    email = (symptom.fields.get("account_email") if symptom else "") or names_of(case, suspect).email
    off = symptom is None and isinstance(case.gcp_account, Known)
    whose = f" {code(email)}" if email else ""
    apart = accounts_apart(case, suspect) if symptom is not None else None
    other = the_other(case, suspect, apart) if apart is not None else None
    beside = (other,) if other is not None else tuple(_named(case, suspect))
    saying = Saying(
        cause=_CAUSE,
        headline=f"The service account{whose} is switched off."
        if off
        else f"There is no service account{whose} for the pipeline to act as.",
        meaning="Nobody can act as it until it is enabled again."
        if off
        else "It was deleted, is in another project, or its address is mistyped or another environment's.",
        fixes=(_enabled(email) if off else _another(email),),
        beside=(*(replace(one, primary=False) for one in read), *beside),
        of_the_step=bool(beside) and apart is None,
    )
    if symptom is not None:
        yield told(case, suspect, symptom, saying)
        return
    denied = symptom_of(case, _DENIED)
    said = (said_by(case, denied, primary=False),) if denied is not None else ()
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED,
        headline=saying.headline,
        meaning=f"{saying.meaning} {SAID[Stage.IMPERSONATION] if said else ''}".strip(),
        step=step_for(suspect, of_the_step=saying.of_the_step),
        evidence=(*read, *said, *beside),
        fixes=saying.fixes,
    )


def _read(case: CaseFile) -> Iterator[Evidence]:
    reading = case.gcp_account
    if isinstance(reading, Absent):
        yield Evidence(f"There is no such service account: {reading.source}.", in_account(case))
    elif isinstance(reading, Known) and reading.value.disabled:
        yield Evidence("The service account is disabled.", in_account(case), '"disabled": true')


def _named(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    login = google_login(case, suspect.step) if suspect else None
    if login is not None and login.account:
        sentence = f"Line {login.at.line} names the service account by {code(login.account)}."
        yield quoted(case, login.at, sentence, primary=False)


def _another(email: str) -> Fix:
    project = (
        word(email.partition("@")[2].partition(".")[0], "PROJECT_ID")
        if email.endswith(".iam.gserviceaccount.com")
        else "PROJECT_ID"
    )
    return Fix(
        title="Name a service account that is there",
        surface=Surface.VARIABLES,
        commands=(f"gcloud iam service-accounts list --project={project} --format='value(email)'",),
        steps=("Put the right address where `--service-account` gets it, in this environment's variables.",),
        verify="Run the step again: the account is found.",
    )


def _enabled(email: str) -> Fix:
    return Fix(
        title="Enable the service account, if it was switched off by mistake",
        surface=Surface.CLOUD_IDENTITY,
        commands=(f"gcloud iam service-accounts enable {word(email, 'SERVICE_ACCOUNT')}",),
        steps=("First find out why it was switched off.",),
        verify="Run the step again: the account can be acted as.",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
