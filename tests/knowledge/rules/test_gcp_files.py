"""Causes in the step itself: `gcp-token-file-not-written`, `gcp-configuration-not-found`,
`gcp-configuration-invalid`, `gcp-credentials-unset`, `gcp-provider-path-incomplete`,
`gcp-project-number-missing`, `gcp-key-shadows`; and variables out of reach."""

from __future__ import annotations

import pytest
import yaml

from knowledge.redact import redact
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import with_variables
from tests.knowledge.rules.googling import (
    EMAIL,
    GOOD,
    LOGIN,
    MAKE,
    NAME,
    POOL,
    TARGET_TEXT,
    WRITE,
    case_of,
    sts,
    told,
    whole,
)

NOT_FOUND = "There was a problem refreshing your current auth tokens: File '/tmp/gcp-token' was not found."
TERRAFORM = (
    "Attempted to load application default credentials since neither `credentials` nor `access_token` was set"
)
PATH_TEXT = sts(
    "invalid_request",
    'Invalid value for "audience". This value should be the full resource name of the Identity Provider.',
)
NOTHING = "{workspace: {}, repository: {}, deployments: {}}"
EXPORT = "export GOOGLE_APPLICATION_CREDENTIALS=/tmp/gcp.json"


TOKEN = "/tmp/gcp-token"  # noqa: S108 - a path in a script
TMP = "/tmp/"  # noqa: S108

# --- gcp-token-file-not-written -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (GOOD, None),
        ((MAKE, LOGIN), "confirmed"),
        ((WRITE.replace("gcp-token", "token"), MAKE, LOGIN), "confirmed"),
        ((MAKE, LOGIN, WRITE), "confirmed"),
        ((MAKE, WRITE, LOGIN), None),
        (("echo $BITBUCKET_STEP_OIDC_TOKEN | tee /tmp/gcp-token", MAKE, LOGIN), None),
        ((WRITE.replace('"', "'"), MAKE, LOGIN), "confirmed"),
        (("./write-token.sh", MAKE, LOGIN), None),
        (("python login.py --token $BITBUCKET_STEP_OIDC_TOKEN", MAKE, LOGIN), None),
        ((WRITE.replace(TOKEN, "$TOKEN_FILE"), MAKE, LOGIN), None),
        ((WRITE.replace(TMP, "$(pwd)/"), MAKE.replace("=/tmp/gcp-token", "=./gcp-token"), LOGIN), None),
        ((LOGIN,), None),
        # Where a relative path leads is not known once the script has changed its directory.
        (
            (
                "cd infra",
                WRITE.replace(TMP, ""),
                MAKE.replace("=/tmp/gcp-token", "=$BITBUCKET_CLONE_DIR/infra/gcp-token"),
                LOGIN,
            ),
            None,
        ),
        (
            (
                WRITE.replace(TMP, "").replace("printf", "(cd infra && printf") + ")",
                MAKE.replace("=/tmp/gcp-token", "=infra/gcp-token"),
                LOGIN,
            ),
            None,
        ),
        (("cd infra", WRITE.replace("gcp-token", "token"), MAKE, LOGIN), "confirmed"),
        # Neither reads the token's file.
        ((MAKE, "terraform version", "gcloud config set project acme", WRITE, LOGIN), None),
    ],
)
def test_without_a_text_the_lines_tell_whether_the_token_is_in_its_file(
    lines: tuple[str, ...], verdict: str | None
) -> None:
    assert told(case_of("", *lines)).get("gcp-token-file-not-written") == verdict


def test_a_relative_path_and_a_changed_directory_need_the_text() -> None:
    lines = (
        WRITE.replace(TMP, ""),
        MAKE.replace("=/tmp/gcp-token", "=gcp-token"),
        "cd infra",
        "terraform apply",
    )

    assert "gcp-token-file-not-written" not in told(case_of("", *lines))
    text = 'oauth2/google/externalaccount: failed to open credential file "gcp-token"'
    finding, *_ = whole(case_of(text, *lines)).findings
    assert "then changes its directory" in finding.headline


@pytest.mark.parametrize(
    ("option", "where"),
    [("-chdir=infra", "elsewhere"), ("-chdir='infra/live'", "elsewhere"), ("-chdir=.", ""), ("", "")],
)
def test_a_relative_path_is_taken_from_where_terraform_is_told_to_work(option: str, where: str) -> None:
    lines = (
        WRITE.replace(TMP, ""),
        MAKE.replace("=/tmp/gcp-token", "=gcp-token"),
        f"terraform {option} plan",
    )
    text = 'oauth2/google/externalaccount: failed to open credential file "gcp-token"'
    finding, *_ = whole(case_of(text, *lines)).findings

    assert "gcp-token-file-not-written" not in told(case_of("", *lines))
    assert finding.verdict.value == ("likely" if where else "undetermined")
    assert where in finding.headline
    if where:
        assert '--credential-source-file="$PWD/gcp-token"' in (finding.fixes[0].file_after or "")


@pytest.mark.parametrize(
    ("path", "verdict"), [(f"{TMP}gcp-token", "undetermined"), (f"{TMP}other", "confirmed")]
)
def test_of_a_configuration_that_was_committed_the_path_in_the_text_is_looked_for(
    path: str, verdict: str
) -> None:
    lines = (WRITE, "export GOOGLE_APPLICATION_CREDENTIALS=gcp.json", "python deploy.py")
    text = f"google.auth.exceptions.RefreshError: File '{path}' was not found."

    assert told(case_of(text, *lines)) == {"gcp-token-file-not-written": verdict}


def test_where_the_script_writes_the_file_the_text_is_left_open() -> None:
    assert told(case_of(NOT_FOUND))["gcp-token-file-not-written"] == "undetermined"


def test_the_mended_line_writes_to_the_path_of_the_configuration() -> None:
    finding, *_ = whole(case_of(NOT_FOUND, WRITE.replace("gcp-token", "token"), MAKE, LOGIN)).findings

    assert finding.fixes[0].disposition.value == "safe"
    assert f"+          - {WRITE}" in (finding.fixes[0].diff or "")


# --- gcp-configuration-not-found, gcp-configuration-invalid ---------------------------------------------


def test_the_line_that_makes_another_file_stands_beside_the_text() -> None:
    text = "google.auth.exceptions.DefaultCredentialsError: File /tmp/other.json was not found."
    finding, *_ = whole(case_of(text)).findings

    assert (finding.cause, finding.verdict.value) == ("gcp-configuration-not-found", "confirmed")
    assert finding.evidence[1].sentence == "Line 8 makes `/tmp/gcp.json`, another file."


def test_a_configuration_that_is_used_before_it_is_made_is_told() -> None:
    text = "google.auth.exceptions.DefaultCredentialsError: File /tmp/gcp.json was not found."
    finding, *_ = whole(case_of(text, WRITE, EXPORT, "python deploy.py", MAKE)).findings

    assert finding.evidence[-1].sentence == "Line 8 names it before it is made."


def test_the_token_in_place_of_the_configuration_is_pointed_at() -> None:
    text = "ERROR: (gcloud.auth.login) File /tmp/gcp-token is not a valid json file."
    finding, *_ = whole(case_of(text, WRITE, "gcloud auth login --cred-file=/tmp/gcp-token")).findings

    assert finding.cause == "gcp-configuration-invalid"
    assert (
        finding.headline == "Step `Deploy` gives its token `/tmp/gcp-token` where the configuration belongs."
    )


# --- gcp-credentials-unset ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "levels", "verdict"),
    [
        ((*GOOD[:3], "terraform apply"), NOTHING, "confirmed"),
        ((*GOOD[:3], "terraform apply"), "{}", "likely"),
        (("terraform apply",), NOTHING, "likely"),
        ((*GOOD[:3], EXPORT, "terraform apply"), NOTHING, None),
        ((*GOOD[:3], "terraform apply", EXPORT), NOTHING, "confirmed"),
        ((*GOOD[:3], EXPORT.removeprefix("export "), "terraform apply"), NOTHING, None),
        ((WRITE, MAKE, f"{LOGIN} --update-adc", "terraform apply"), NOTHING, None),
    ],
)
def test_the_variable_is_looked_for_up_to_the_command_that_asks(
    lines: tuple[str, ...], levels: str, verdict: str | None
) -> None:
    case = with_variables(case_of(TERRAFORM, *lines), yaml.safe_load(levels))

    assert told(case).get("gcp-credentials-unset") == verdict


def test_the_export_is_put_before_the_command_that_asks() -> None:
    case = with_variables(case_of(TERRAFORM, *GOOD[:3], "terraform apply"), yaml.safe_load(NOTHING))
    finding, *_ = whole(case).findings

    assert '+          - export GOOGLE_APPLICATION_CREDENTIALS="/tmp/gcp.json"' in (
        finding.fixes[0].diff or ""
    )


# --- the provider's name --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "levels", "causes"),
    [
        (NAME, NOTHING, set()),
        (POOL, NOTHING, {"gcp-provider-path-incomplete"}),
        (f"https://iam.googleapis.com/{NAME}", NOTHING, {"gcp-provider-path-incomplete"}),
        (f"//iam.googleapis.com/{NAME}", NOTHING, {"gcp-provider-path-incomplete"}),
        ("$PROVIDER", NOTHING, {"gcp-provider-path-incomplete"}),
        ("$PROVIDER", "{}", set()),
        ("$PROVIDER", f"{{workspace: {{}}, deployments: {{}}, repository: {{PROVIDER: {NAME}}}}}", set()),
        ("$PROVIDER", "{workspace: {}, deployments: {}, repository: {PROVIDER: {secured: true}}}", set()),
        (NAME.replace("123456789012", "acme-prod"), NOTHING, {"gcp-project-number-missing"}),
        (NAME.replace("123456789012", "$NUMBER"), "{}", set()),
    ],
)
def test_the_name_is_judged_with_its_variables_put_in(name: str, levels: str, causes: set[str]) -> None:
    case = with_variables(case_of("", WRITE, MAKE.replace(NAME, name), LOGIN), yaml.safe_load(levels))

    assert set(told(case)) == causes


def test_the_value_of_a_variable_is_not_shown() -> None:
    levels = f"{{workspace: {{}}, deployments: {{}}, repository: {{PROVIDER: {POOL}/secret-name}}}}"
    case = with_variables(
        case_of(PATH_TEXT, WRITE, MAKE.replace(NAME, "$PROVIDER"), LOGIN), yaml.safe_load(levels)
    )
    finding, *_ = whole(case).findings

    assert "secret-name" not in repr(finding)


def test_an_id_in_the_text_alone_is_enough() -> None:
    text = f"audience: //iam.googleapis.com/{NAME.replace('123456789012', 'acme-prod')}\n{TARGET_TEXT}"

    assert next(iter(told(case_of(text, "./deploy.sh")))) == "gcp-project-number-missing"


# --- variables out of reach -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "lead"),
    [
        (
            f"{{workspace: {{}}, repository: {{}}, deployments: {{Production: {{PROVIDER: {NAME}}}}}}}",
            "variable-outside-deployment",
        ),
        (NOTHING, "gcp-provider-path-incomplete"),
    ],
)
def test_a_provider_of_one_environment_is_not_seen_by_a_step_that_deploys_nowhere(
    levels: str, lead: str
) -> None:
    case = with_variables(
        case_of(PATH_TEXT, WRITE, MAKE.replace(NAME, "$PROVIDER"), LOGIN), yaml.safe_load(levels)
    )

    assert list(told(case)) == [lead]


# --- gcp-key-shadows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "name", "verdict"),
    [
        ((*GOOD[:3], EXPORT, "terraform apply"), "GOOGLE_CREDENTIALS", "likely"),
        ((*GOOD[:3], EXPORT, "terraform apply"), "GCLOUD_KEYFILE_JSON", "likely"),
        ((*GOOD[:3], EXPORT, "terraform apply"), "GOOGLE_PROJECT", None),
        (GOOD, "GOOGLE_CREDENTIALS", None),
        ((*GOOD[:3], "unset GOOGLE_CREDENTIALS", "terraform apply"), "GOOGLE_CREDENTIALS", None),
        (("terraform apply",), "GOOGLE_CREDENTIALS", None),
    ],
)
def test_a_stored_key_is_told_where_terraform_takes_it_first(
    lines: tuple[str, ...], name: str, verdict: str | None
) -> None:
    levels = f"{{workspace: {{}}, deployments: {{}}, repository: {{{name}: {{secured: true}}}}}}"
    case = with_variables(case_of("", *lines), yaml.safe_load(levels))

    assert told(case).get("gcp-key-shadows") == verdict


@pytest.mark.parametrize(
    "line",
    [
        "export GOOGLE_CREDENTIALS=/tmp/gcp.json",
        'export GOOGLE_CREDENTIALS="$(cat /tmp/gcp.json)"',
        "export GOOGLE_CREDENTIALS=$(pwd)/../tmp/gcp.json",
    ],
)
def test_the_configuration_that_the_step_makes_is_no_key(line: str) -> None:
    case = with_variables(case_of("", *GOOD[:3], line, "terraform apply"), yaml.safe_load(NOTHING))

    assert "gcp-key-shadows" not in told(case)


def test_a_workforce_pool_has_names_of_another_form() -> None:
    made = MAKE.replace("workload-identity-pools", "workforce-pools").replace(
        NAME, "locations/global/workforcePools/acme/providers/acme"
    )

    assert told(case_of("", WRITE, made, LOGIN)) == {}


@pytest.mark.parametrize("project", ["***", "$GCP_PROJECT"])
def test_a_project_that_the_log_hides_may_be_a_number(project: str) -> None:
    hidden = f"{TARGET_TEXT} //iam.googleapis.com/{NAME.replace('123456789012', project)}"
    lines = (WRITE, MAKE.replace(NAME, "$PROVIDER"), LOGIN)

    assert "gcp-project-number-missing" not in told(case_of(hidden, *lines))


def test_no_command_holds_what_a_shell_would_run() -> None:
    text = f"{TARGET_TEXT} //iam.googleapis.com/{NAME.replace('123456789012', '1;id')}"
    lines = (WRITE, MAKE.replace(NAME, "$PROVIDER"), LOGIN)
    commands = [
        command
        for finding in whole(case_of(text, *lines)).findings
        for fix in finding.fixes
        for command in fix.commands
    ]

    assert commands
    assert not any(";id" in command for command in commands)


def test_a_line_that_is_not_followed_may_write_the_file_that_was_not_found() -> None:
    seen = whole(case_of(NOT_FOUND, MAKE, LOGIN)).findings[0]
    unseen = whole(case_of(NOT_FOUND, "./write-token.sh", MAKE, LOGIN)).findings[0]

    assert {seen.cause, unseen.cause} == {"gcp-token-file-not-written"}
    assert (seen.verdict.value, unseen.verdict.value) == ("confirmed", "possible")


def test_an_account_that_was_not_found_is_named_with_the_line_that_names_it() -> None:
    text = f"Unable to acquire impersonated credentials: Not found; Gaia id not found for email {EMAIL}"
    finding, *_ = whole(case_of(text)).findings

    assert finding.cause == "gcp-account-not-found"
    assert finding.evidence[1].sentence == f"Line 8 names the service account by `{EMAIL}`."
    assert finding.fixes[0].commands == (
        "gcloud iam service-accounts list --project=acme-prod --format='value(email)'",
    )


@pytest.mark.parametrize(
    ("path", "recognised"),
    [("dist/app.js", False), ("./oidc-token.txt", True), ("/opt/t", True), ("build/gcp.out", True)],
)
def test_node_says_of_any_file_that_it_is_not_there_and_not_each_is_a_token_s(
    path: str, *, recognised: bool
) -> None:
    text = f"Error: The file at {path} does not exist, or it is not a file."
    found = recognise(redact(text).text)

    assert [one.fields.get("path") for one in found] == ([path] if recognised else [])
