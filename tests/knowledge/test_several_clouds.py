"""Texts with failures of several clouds, or of several stages of one login: each is told for what it is, and
the first of them leads."""

from __future__ import annotations

import pytest

from knowledge.finding import Diagnosis, Verdict
from knowledge.rules import token_expired
from knowledge.suspects import choose_suspects
from tests.knowledge.rules import asking
from tests.knowledge.rules.azure_texts import LOGIN, USE
from tests.knowledge.rules.googling import (
    AUDIENCE_TEXT,
    CONDITION_TEXT,
    DENIED_TEXT,
    HOME,
    STEP,
    case_of,
    provider,
    whole,
)
from tests.knowledge.rules.scripts import GOOD, pipeline, step

AWS = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized "
    "to perform sts:AssumeRoleWithWebIdentity"
)
AZURE = (
    "ERROR: AADSTS700213: No matching federated identity record found for presented assertion subject "
    f"'{HOME}:{STEP}'. Trace ID: x"
)
RESOURCE = (
    "ERROR: PERMISSION_DENIED: Permission 'run.services.get' denied on resource 'x' (or it may not exist)."
)
UNSET = "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up"
FILE = (
    "ERROR: (gcloud.auth.login) There was a problem refreshing your current auth tokens: File "
    "'/tmp/gcp-token' was not found."
)


def proven(diagnosis: Diagnosis) -> list[str]:
    return [f.cause for f in diagnosis.findings if f.verdict in (Verdict.CONFIRMED, Verdict.LIKELY)]


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        (f"{AZURE}\n{AUDIENCE_TEXT}", ["azure-subject-changes", "gcp-audience-not-allowed"]),
        (f"{AUDIENCE_TEXT}\n{AZURE}", ["gcp-audience-not-allowed", "azure-subject-changes"]),
        # That Google refused the audience says nothing of AWS's provider.
        (f"{AWS}\n{AUDIENCE_TEXT}", ["gcp-audience-not-allowed"]),
        (f"{AUDIENCE_TEXT}\n{AWS}", ["gcp-audience-not-allowed"]),
        (f"{AWS}\n{AZURE}", ["azure-subject-changes"]),
        # That AWS refused the role does not hide what Azure says of the identity's own.
        (f"{AWS}\nERROR: No subscriptions found for 1111.", ["azure-role-missing"]),
    ],
)
def test_each_cloud_s_failure_is_told_and_no_other_cloud_is_blamed_for_it(
    text: str, causes: list[str]
) -> None:
    assert proven(whole(case_of(text))) == causes


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        (f"{CONDITION_TEXT}\n{DENIED_TEXT}", "gcp-condition-unmet"),
        (f"{DENIED_TEXT}\n{RESOURCE}", "gcp-binding-missing"),
        (f"{AUDIENCE_TEXT}\n{RESOURCE}", "gcp-audience-not-allowed"),
        (f"{AUDIENCE_TEXT}\n{UNSET}", "gcp-audience-not-allowed"),
    ],
)
def test_the_first_stage_that_failed_leads_and_what_stands_behind_it_is_said_to_follow(
    text: str, lead: str
) -> None:
    diagnosis = whole(case_of(text, setup=None if lead == "gcp-binding-missing" else provider(audiences=())))

    assert proven(diagnosis) == [lead]
    assert any("follows from it" in one.sentence for one in diagnosis.findings[0].evidence)


def test_a_text_of_one_stage_says_of_nothing_that_it_follows() -> None:
    diagnosis = whole(case_of(f"{AUDIENCE_TEXT}\n{AUDIENCE_TEXT}", setup=provider(audiences=())))

    assert not any("follows from it" in one.sentence for one in diagnosis.findings[0].evidence)


def test_credentials_that_lack_behind_another_failure_are_no_more_than_possible() -> None:
    diagnosis = whole(case_of(f"{FILE}\n{UNSET}"))

    assert "gcp-credentials-unset" not in proven(diagnosis)


def test_each_step_is_told_what_its_own_cloud_says_of_the_tokens_end() -> None:
    text = (
        "An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: "
        "Token expired: current date/time 1795000000 must be before the expiration date/time 1794990000\n"
        "ERROR: AADSTS700024: Client assertion is not within its valid time range. Current time: "
        "2026-11-20T12:30:00.1Z, assertion valid from 2026-11-20T10:00:00.0000000Z, expiry time of assertion "
        "2026-11-20T11:00:00.0000000Z.\n"
    )
    case = asking.case_of(pipeline(step((LOGIN, USE), name="Azure"), step(GOOD, name="Aws")), None, text)
    said = {
        found.step.name: found.evidence[0].sentence
        for suspect in choose_suspects(asking.file_in(case), case.symptoms)
        for found in token_expired.RULE.check(case, suspect)
        if found.step is not None
    }

    assert said == {"Azure": "Azure says so itself.", "Aws": "AWS says so itself."}
