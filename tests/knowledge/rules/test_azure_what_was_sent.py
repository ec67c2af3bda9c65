"""What a step sends Azure as its token, and what the text says of a token that is not the step's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import Environment, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Finding, Verdict
from knowledge.reading import Known
from tests.knowledge.rules.asking import case_of, step_of
from tests.knowledge.rules.azure_texts import (
    ARM_IDS,
    ENVIRONMENT,
    GOOD,
    HOME,
    IDS,
    ISSUER,
    LOGIN,
    NO_RECORD,
    STEP,
    USE,
    listed,
    refused,
    subject_refused,
)
from tests.knowledge.rules.scripts import one

ROLE = "arn:aws:iam::123456789012:role/acme-deploy"
AWS = "https://0b1c2d3e-1111-4222-8333-944455566677.tokens.sts.global.api.aws"
EXCHANGE = "api://AzureADTokenExchange"
MALFORMED = refused(50027, "JWT token is invalid or malformed.")
EMPTY = "ERROR: Please specify both username and password in non-interactive mode."
LISTING = "\n$ az ad app federated-credential list --id 1111\n"


def findings(paste: str, pipeline: str = GOOD, levels: str | None = IDS, **readings: object) -> list[Finding]:
    """What is told about the file's step, which was named."""
    case = case_of(pipeline, levels, paste, **readings)
    named = Suspect(step_of(case), "it was named", certain=True)
    return list(diagnose(replace(case, suspects=(named,))).findings)


def lead(paste: str, pipeline: str = GOOD, levels: str | None = IDS, **readings: object) -> Finding:
    first = findings(paste, pipeline, levels, **readings)[0]
    assert first.verdict in (Verdict.CONFIRMED, Verdict.LIKELY)
    return first


def told(finding: Finding) -> str:
    fixes = [line for fix in finding.fixes for line in (fix.title, *fix.steps, *fix.commands)]
    return "\n".join(
        [finding.headline, finding.meaning, *(item.sentence for item in finding.evidence), *fixes]
    )


def older(issuer: str, subject: str, audience: str = EXCHANGE) -> str:
    return refused(
        70021,
        f"{NO_RECORD}. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: "
        f"'{audience}'.",
    )


# --- the credential beside the token --------------------------------------------------------------


@pytest.mark.parametrize("paste", [subject_refused(ROLE), older(AWS, ROLE)])
def test_a_credential_that_equals_the_token_is_left_as_it_is(paste: str) -> None:
    finding = lead(paste + listed(subject=ROLE, issuer=AWS))

    assert (finding.cause, finding.verdict) == ("azure-subject-mismatch", Verdict.LIKELY)
    assert finding.fixes[0].title == "Wait some minutes, then run the step again"
    assert "federated-credential create" not in told(finding)


def test_a_credential_with_the_subject_and_another_audience_is_not_equal() -> None:
    finding = lead(older(AWS, ROLE) + listed(subject=ROLE, issuer=AWS, audience="other"))

    assert "not its issuer or its audience" in finding.headline
    assert "has this audience" in told(finding)


def test_the_older_code_does_not_say_which_part_differs() -> None:
    assert lead(older(AWS, ROLE)).verdict is Verdict.LIKELY
    assert lead(subject_refused(ROLE)).verdict is Verdict.CONFIRMED


@pytest.mark.parametrize("empty", ["[]", "[ ]", '{"@odata.context": "x", "value": []}'])
@pytest.mark.parametrize(
    "paste", [refused(700211, f"{NO_RECORD} issuer '{ISSUER}'."), older(ISSUER, f"{HOME}:{STEP}")]
)
def test_an_empty_list_of_credentials_is_told_as_one(paste: str, empty: str) -> None:
    causes = [finding.cause for finding in findings(f"{paste}{LISTING}{empty}\n")]

    assert "azure-credential-missing" in causes
    assert "azure-issuer-mismatch" not in causes
    assert lead(f"{paste}\n{empty}\n").verdict is not Verdict.POSSIBLE


def test_an_empty_list_inside_another_object_is_no_list_of_credentials() -> None:
    paste = refused(700211, f"{NO_RECORD} issuer '{ISSUER}'.") + '\n{"id": "x", "tags": []}\n'

    assert lead(paste).cause == "azure-issuer-mismatch"


@pytest.mark.parametrize(
    "paste",
    [
        older("https://token.actions.githubusercontent.com", "repo:acme/site:ref:refs/heads/main"),
        refused(700211, f"{NO_RECORD} issuer 'https://token.actions.githubusercontent.com'."),
        refused(700212, f"{NO_RECORD} audience 'https://github.com/acme'."),
        subject_refused("repo:acme/site:ref:refs/heads/main"),
    ],
)
def test_nobody_is_told_to_trust_a_token_of_github(paste: str) -> None:
    text = told(lead(paste))

    assert "GitHub" in text
    assert "federated-credential create" not in text
    assert "set the credential's audience" not in text


# --- what was not read ----------------------------------------------------------------------------


def test_an_environment_is_called_unknown_only_where_uuids_were_read() -> None:
    paste = subject_refused(f"{HOME}:{ENVIRONMENT}:{STEP}")
    named = Known((Environment("{Production}", "Production", "production"),), "deployment environments")
    other = "{00000000-0000-4111-8222-333344445555}"
    read = Known((Environment(other, "Production", "production"),), "deployment environments")

    assert "does not have now" not in told(lead(paste, environments=named))
    assert "does not have now" in told(lead(paste, environments=read))


# --- what the step gives --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("export ARM_OIDC_TOKEN='$BITBUCKET_STEP_OIDC_TOKEN'", "single quotes"),
        ('export ARM_OIDC_TOKEN="$(echo $BITBUCKET_STEP_OIDC_TOKEN | base64 -w0)"', "once more"),
        (LOGIN.replace('"$BITBUCKET_STEP_OIDC_TOKEN"', "'$BITBUCKET_STEP_OIDC_TOKEN'"), "single quotes"),
        (LOGIN.replace("$BITBUCKET_STEP_OIDC_TOKEN", "\\$BITBUCKET_STEP_OIDC_TOKEN"), "backslash"),
    ],
)
def test_the_line_that_spoils_the_token_is_shown(line: str, why: str) -> None:
    finding = lead(MALFORMED, one("export ARM_USE_OIDC=true", line, "terraform plan"), ARM_IDS)

    assert finding.cause == "azure-token-mistaken"
    assert why in told(finding)
    assert finding.fixes[0].title.startswith("Give `")


@pytest.mark.parametrize(
    "line", [LOGIN, LOGIN.replace('"$BITBUCKET_STEP_OIDC_TOKEN"', '"${BITBUCKET_STEP_OIDC_TOKEN}"')]
)
def test_a_line_that_is_right_is_not_to_be_written_again(line: str) -> None:
    finding = lead(MALFORMED, one(line, USE))

    assert "gives the token as it should" in told(finding)
    assert not any(fix.title.startswith("Give `") for fix in finding.fixes)


def test_a_variable_that_nothing_sets_is_named_where_the_step_has_a_token() -> None:
    pipeline = one(LOGIN.replace("STEP_OIDC", "OIDC"), USE)
    finding = lead(EMPTY, pipeline)
    assert (finding.cause, finding.verdict) == ("azure-token-mistaken", Verdict.CONFIRMED)
    after = finding.fixes[0].file_after
    assert after is not None
    assert '--federated-token "$BITBUCKET_STEP_OIDC_TOKEN"' in after
    assert lead(EMPTY, pipeline, None).verdict is Verdict.LIKELY


@pytest.mark.parametrize(
    ("lines", "by"),
    [
        (
            (LOGIN.replace('"$BITBUCKET_STEP_OIDC_TOKEN"', "'$BITBUCKET_STEP_OIDC_TOKEN'"), USE),
            "--federated-token",
        ),
        (
            ("export ARM_USE_OIDC=true ARM_OIDC_TOKEN='$BITBUCKET_STEP_OIDC_TOKEN'", "terraform plan"),
            "ARM_OIDC_TOKEN",
        ),
    ],
)
def test_the_name_of_the_token_in_its_place_is_seen_in_the_file_alone(
    lines: tuple[str, ...], by: str
) -> None:
    finding = lead("", one(*lines))

    assert (finding.cause, finding.verdict) == ("shell-form-wrong", Verdict.CONFIRMED)
    assert by in finding.headline


# --- a login that is none by token, and one that worked -------------------------------------------


@pytest.mark.parametrize("paste", [EMPTY, ""])
def test_a_user_s_password_asks_for_no_switch(paste: str) -> None:
    pipeline = one('az login -u "$AZ_USER" -p "$AZ_PASSWORD"', USE, keys="")
    levels = "{workspace: {}, repository: {AZ_USER: a, AZ_PASSWORD: {secured: true}}, deployments: {}}"
    found = findings(paste, pipeline, levels)

    assert [finding.cause for finding in found if finding.verdict is not Verdict.RULED_OUT] == []


@pytest.mark.parametrize(
    "paste",
    [
        "ERROR: No subscriptions found for 11112222-3333-4444-8555-666677778888.",
        "Permission 'run.services.get' denied on resource 'projects/p/services/x' (or it may not exist).",
    ],
)
def test_a_login_that_worked_is_no_matter_of_the_switch(paste: str) -> None:
    causes = [finding.cause for finding in findings(paste, one(LOGIN, USE, keys=""))]

    assert "oidc-not-enabled" not in causes


def test_a_text_of_terraform_that_ends_with_the_cli_s_own_is_terraform_s() -> None:
    paste = (
        "Error: unable to build authorizer for Resource Manager API: could not configure AzureCli Authorizer"
        ": tenant ID was not specified: running Azure CLI: exit status 1: ERROR: Please run 'az login' to "
        "setup account."
    )
    finding = lead(paste, one("export ARM_USE_OIDC=true", "terraform plan"), ARM_IDS)

    assert finding.cause == "azure-terraform-incomplete"
    assert "aws sts" not in "".join(fix.verify for fix in finding.fixes)
