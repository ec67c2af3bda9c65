"""What a step's login at Azure needs and does not see: ids, a token, a file, a login.

`azure-variable-missing`, `azure-terraform-incomplete`, `azure-token-file-not-written`, `azure-login-missing`,
`azure-secret-in-use`, `azure-pipe-without-token`, and the causes of variables out of reach.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Suspect
from knowledge.cloud_needs import needs_of_other_clouds
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.rules import (
    azure_login_missing,
    azure_pipe_without_token,
    azure_secret_in_use,
    azure_terraform_incomplete,
    azure_token_file_not_written,
    azure_variable_missing,
    variable_in_other_environment,
    variable_not_carried_over,
    variable_outside_deployment,
)
from knowledge.rules.rule import Rule
from knowledge.trial import with_tried_fixes
from tests.knowledge.rules.asking import UNREAD, ask, case_of, said, step_of
from tests.knowledge.rules.azure_texts import (
    ARM_IDS,
    CLIENT_EMPTY,
    GOOD,
    IDS,
    LOGIN,
    NO_AUTHORIZER,
    TERRAFORM,
    USE,
    refused,
    subject_refused,
)
from tests.knowledge.rules.scripts import NOTHING, one, pipe, pipeline, step

MISSING = azure_variable_missing.RULE
TENANT_ALONE = "{workspace: {}, repository: {AZURE_TENANT_ID: b}, deployments: {}}"
ELSEWHERE = "{workspace: {}, repository: {AZURE_TENANT_ID: b}, deployments: {Production: {AZURE_CLIENT_ID: a}"
SDK = ("export AZURE_FEDERATED_TOKEN_FILE=/tmp/token", 'printf %s "$BITBUCKET_STEP_OIDC_TOKEN" > /tmp/token')


def names(pipeline_text: str, levels: str | None, paste: str = "") -> list[str]:
    case = case_of(pipeline_text, levels, paste)
    return [need.name for need in needs_of_other_clouds(case, step_of(case))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((LOGIN, USE), ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"]),
        (("az login --service-principal --username=$APP --tenant ${DIRECTORY}", USE), ["APP", "DIRECTORY"]),
        (("az login --service-principal -u '$APP' -t b", USE), []),
        (("az login --service-principal -u ${APP:-a} -t b", USE), []),
        (("az login --identity", USE), []),
        ((*TERRAFORM,), ["ARM_CLIENT_ID", "ARM_TENANT_ID"]),
        (("terraform plan",), []),
        ((*SDK, "python deploy.py"), ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"]),
        (("export ARM_CLIENT_ID=$APP", *TERRAFORM), ["APP", "ARM_TENANT_ID"]),
    ],
)
def test_each_way_of_logging_in_has_its_own_names(lines: tuple[str, ...], expected: list[str]) -> None:
    assert names(one(*lines), NOTHING) == expected


def test_a_pipe_is_handed_its_ids_by_the_step() -> None:
    call = pipe("atlassian/azure-cli-run:1.1.0", AZURE_APP_ID="$APP", AZURE_PASSWORD="$SECRET")

    assert names(one(USE) + call, NOTHING) == ["APP", "SECRET"]


@pytest.mark.parametrize(
    ("paste", "expected"),
    [
        ("", ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"]),
        (CLIENT_EMPTY, ["AZURE_CLIENT_ID"]),
        ("ERROR: argument --username/-u: expected one argument", ["AZURE_CLIENT_ID"]),
        ("ERROR: argument --tenant/-t: expected one argument", ["AZURE_TENANT_ID"]),
        (
            (
                "OIDC Discovery failed on "
                "https://login.microsoftonline.com//v2.0/.well-known/openid-configuration"
            ),
            ["AZURE_TENANT_ID"],
        ),
        (subject_refused("***"), []),
        (refused(90002, "Tenant '***' not found."), []),
        (refused(900023, "Specified tenant identifier '' is neither a valid DNS name."), ["AZURE_TENANT_ID"]),
    ],
)
def test_the_text_says_which_of_them_it_is(paste: str, expected: list[str]) -> None:
    assert names(GOOD, NOTHING, paste) == expected


@pytest.mark.parametrize(
    ("levels", "paste", "expected"),
    [
        (NOTHING, CLIENT_EMPTY, [Verdict.CONFIRMED]),
        (TENANT_ALONE, "", [Verdict.CONFIRMED]),
        ("{repository: {AZURE_TENANT_ID: b}}", CLIENT_EMPTY, [Verdict.LIKELY]),
        (None, CLIENT_EMPTY, [Verdict.LIKELY]),
        (None, "", []),
        (IDS, CLIENT_EMPTY, []),
        ("{workspace: {AZURE_CLIENT_ID: {secured: true}}, repository: {AZURE_TENANT_ID: b}}", "", []),
    ],
)
def test_unread_is_never_missing(levels: str | None, paste: str, expected: list[Verdict]) -> None:
    assert said(MISSING, case_of(GOOD, levels, paste)) == expected


def test_a_login_without_a_tenant_asks_all_organisations() -> None:
    asked = "https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration"
    bare = one('az login --service-principal -u a --federated-token "$BITBUCKET_STEP_OIDC_TOKEN"', USE)
    (finding,) = ask(MISSING, case_of(bare, IDS, f"OIDC Discovery failed on {asked}. HTTP status: 400"))

    assert finding.verdict is Verdict.CONFIRMED
    assert "`-t`" in finding.headline


def test_an_option_that_is_not_there_is_told_by_its_line() -> None:
    bare = one("az login --service-principal -t b --federated-token x", USE)
    (finding,) = ask(MISSING, case_of(bare, IDS, CLIENT_EMPTY))

    assert "`-u`" in finding.headline
    assert finding.primary is not None
    assert "az login" in finding.primary.excerpt


@pytest.mark.parametrize(
    ("rule", "keys", "levels"),
    [
        (
            variable_outside_deployment.RULE,
            "oidc: true",
            f"{ELSEWHERE}}}}}",
        ),
        (
            variable_in_other_environment.RULE,
            "oidc: true\ndeployment: test",
            f"{ELSEWHERE}, Test: {{}}}}}}",
        ),
    ],
)
def test_an_id_of_another_environment_is_told_as_that(rule: Rule, keys: str, levels: str) -> None:
    case = case_of(one(LOGIN, USE, keys=keys), levels, CLIENT_EMPTY)
    (finding,) = ask(rule, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert "AZURE_CLIENT_ID" in finding.headline
    assert "client) id" in finding.fixes[-1].steps[0]
    assert "aws" not in finding.fixes[-1].verify
    assert said(MISSING, case) == []


def test_an_id_exported_by_an_earlier_step_is_not_carried_over() -> None:
    two = pipeline(step(["export AZURE_CLIENT_ID=a"], "", "Prepare"), step([LOGIN, USE]))

    assert said(variable_not_carried_over.RULE, case_of(two, TENANT_ALONE, CLIENT_EMPTY)) == [
        Verdict.CONFIRMED
    ]


@pytest.mark.parametrize(
    ("lines", "levels", "expected", "named"),
    [
        (TERRAFORM[1:], ARM_IDS, [Verdict.LIKELY], "ARM_USE_OIDC"),
        (("export ARM_USE_OIDC=false", *TERRAFORM[1:]), ARM_IDS, [Verdict.LIKELY], "ARM_USE_OIDC"),
        ((TERRAFORM[0], TERRAFORM[2]), ARM_IDS, [Verdict.LIKELY], "ARM_OIDC_TOKEN"),
        (TERRAFORM, ARM_IDS, [Verdict.UNDETERMINED], "not complete"),
        (TERRAFORM, NOTHING, [], ""),
    ],
)
def test_what_terraform_lacks_is_named(
    lines: tuple[str, ...], levels: str, expected: list[Verdict], named: str
) -> None:
    found = ask(azure_terraform_incomplete.RULE, case_of(one(*lines), levels, NO_AUTHORIZER))

    assert [finding.verdict for finding in found] == expected
    assert all(named in finding.headline for finding in found)


def test_terraform_s_own_ids_are_likely_at_most() -> None:
    """Its configuration, which was not read, may name them."""
    levels = "{workspace: {}, repository: {ARM_TENANT_ID: b}, deployments: {}}"

    assert said(MISSING, case_of(one(*TERRAFORM), levels, NO_AUTHORIZER)) == [Verdict.LIKELY]
    assert said(MISSING, case_of(one(*TERRAFORM), levels)) == []


def test_the_lines_that_terraform_lacks_are_tried_before_they_are_shown() -> None:
    case = case_of(one(TERRAFORM[0], TERRAFORM[2]), ARM_IDS, NO_AUTHORIZER)
    suspect = Suspect(step_of(case), "it was named", certain=True)
    case = replace(case, suspects=(suspect,))

    (finding,) = azure_terraform_incomplete.RULE.check(case, suspect)
    tried = with_tried_fixes(azure_terraform_incomplete.RULE, case, suspect, finding, in_full=True)

    assert '+          - export ARM_OIDC_TOKEN="$BITBUCKET_STEP_OIDC_TOKEN"' in (tried.fixes[0].diff or "")


NO_FILE = "WorkloadIdentityCredential.get_token failed: [Errno 2] No such file or directory: '/tmp/token'"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((SDK[0], "az group list"), [Verdict.CONFIRMED]),
        ((SDK[0], "./deploy.sh"), [Verdict.LIKELY]),
        ((SDK[0], "cp made/token /tmp/token", "az group list"), [Verdict.POSSIBLE]),
        (
            (
                "export AZURE_FEDERATED_TOKEN_FILE=$BITBUCKET_CLONE_DIR/infra/token",
                "cd infra",
                'printf %s "$BITBUCKET_STEP_OIDC_TOKEN" > token',
                "az group list",
            ),
            [Verdict.POSSIBLE],
        ),
        ((*SDK, "az group list"), []),
        (
            (
                SDK[0],
                'printf %s "$BITBUCKET_STEP_OIDC_TOKEN" > "$AZURE_FEDERATED_TOKEN_FILE"',
                "az group list",
            ),
            [],
        ),
        (("az group list",), []),
    ],
)
def test_a_file_that_no_line_writes_is_told(lines: tuple[str, ...], expected: list[Verdict]) -> None:
    assert said(azure_token_file_not_written.RULE, case_of(one(*lines), IDS, NO_FILE)) == expected


def test_the_line_that_writes_the_file_is_shown_as_a_diff() -> None:
    case = case_of(one(SDK[0], "az group list"), IDS, NO_FILE)
    suspect = Suspect(step_of(case), "it was named", certain=True)
    (finding,) = azure_token_file_not_written.RULE.check(case, suspect)

    tried = with_tried_fixes(azure_token_file_not_written.RULE, case, suspect, finding, in_full=True)

    assert '> "$AZURE_FEDERATED_TOKEN_FILE")' in (tried.fixes[0].diff or "")


NOT_LOGGED_IN = "ERROR: Please run 'az login' to setup account."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (one(USE), [Verdict.CONFIRMED]),
        (pipeline(step([LOGIN], name="Login"), step([USE])), [Verdict.CONFIRMED]),
        (GOOD, []),
        (one("az login --identity", USE), []),
        (one("./login.sh", USE), []),
        (one("source ./login.sh", USE), []),
    ],
)
def test_a_step_that_makes_no_login_of_its_own_is_told(text: str, expected: list[Verdict]) -> None:
    assert said(azure_login_missing.RULE, case_of(text, IDS, NOT_LOGGED_IN)) == expected


CONNECT = (
    "Connect-AzAccount -ServicePrincipal -ApplicationId $env:AZURE_CLIENT_ID -Tenant $env:AZURE_TENANT_ID "
    "-FederatedToken $env:BITBUCKET_STEP_OIDC_TOKEN"
)
NO_CONTEXT = "Get-AzResourceGroup: Run Connect-AzAccount to login."


@pytest.mark.parametrize(
    ("lines", "paste", "expected"),
    [
        ((CONNECT, USE), NOT_LOGGED_IN, [Verdict.LIKELY]),
        ((f"pwsh -c '{CONNECT}'", USE), NOT_LOGGED_IN, [Verdict.LIKELY]),
        (("azd auth login --client-id x", USE), NOT_LOGGED_IN, [Verdict.LIKELY]),
        (("azcopy login --service-principal", USE), NOT_LOGGED_IN, [Verdict.LIKELY]),
        (("kubelogin convert-kubeconfig -l azurecli", USE), NOT_LOGGED_IN, [Verdict.CONFIRMED]),
        (("helm registry login acme.azurecr.io", USE), NOT_LOGGED_IN, [Verdict.CONFIRMED]),
        (("az acr login --name acme",), NOT_LOGGED_IN, [Verdict.CONFIRMED]),
        ((LOGIN, "az acr login --name acme"), NOT_LOGGED_IN, []),
        (("az acr login --name acme -u x -p y",), NOT_LOGGED_IN, []),
        (("docker login acme.azurecr.io -u x",), NOT_LOGGED_IN, []),
        (("az version", "az extension add --name x"), NOT_LOGGED_IN, []),
        (("echo run az group list by hand",), NOT_LOGGED_IN, []),
        (("Get-AzResourceGroup",), NO_CONTEXT, [Verdict.CONFIRMED]),
        ((CONNECT, "Get-AzResourceGroup"), NO_CONTEXT, []),
        ((LOGIN, "Get-AzResourceGroup"), NO_CONTEXT, [Verdict.LIKELY]),
        (("pwsh ./deploy.ps1",), NO_CONTEXT, []),
    ],
)
def test_each_tool_of_azure_needs_its_own_login_and_no_other_is_taken_for_it(
    lines: tuple[str, ...], paste: str, expected: list[Verdict]
) -> None:
    assert said(azure_login_missing.RULE, case_of(one(*lines), IDS, paste)) == expected


def test_the_login_with_another_tool_is_quoted_and_its_own_is_shown_as_missing() -> None:
    (finding,) = ask(azure_login_missing.RULE, case_of(one(CONNECT, USE), IDS, NOT_LOGGED_IN))

    assert "`Connect-AzAccount`" in finding.headline
    assert finding.primary is not None
    assert finding.primary.excerpt.strip().startswith(("- az", "az"))
    assert any("logs in by `Connect-AzAccount`" in item.sentence for item in finding.evidence)
    assert any("az login --service-principal" in step for fix in finding.fixes for step in fix.steps)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("WorkloadIdentityCredential: no client ID specified. Check pod configuration", "AZURE_CLIENT_ID"),
        ("no tenant ID specified. Check pod configuration or set TenantID", "AZURE_TENANT_ID"),
        (
            "WorkloadIdentityCredential: is unavailable. clientId is a required parameter.",
            "AZURE_CLIENT_ID",
        ),
        (
            "WorkloadIdentityCredential authentication unavailable. Missing required arguments: 'tenant_id'.",
            "AZURE_TENANT_ID",
        ),
    ],
)
def test_each_sdk_s_own_word_for_what_it_lacks_names_the_variable(text: str, missing: str) -> None:
    nothing = "{workspace: {}, repository: {}, deployments: {}}"
    (finding,) = ask(azure_variable_missing.RULE, case_of(one(SDK[0], "node deploy.js"), nothing, text))

    assert missing in finding.headline


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("$env:AZURE_CLIENT_ID", [Verdict.CONFIRMED]),
        ('"$env:AZURE_CLIENT_ID"', [Verdict.CONFIRMED]),
        ("${env:AZURE_CLIENT_ID}", [Verdict.CONFIRMED]),
        # A variable of PowerShell's own, which no level of Bitbucket sets.
        ("$clientId", []),
        ("11112222-3333-4444-8555-666677778888", []),
    ],
)
def test_powershell_s_client_id_is_looked_for_where_the_script_takes_it_from(
    written: str, expected: list[Verdict]
) -> None:
    text = (
        "Connect-AzAccount: Cannot bind argument to parameter 'ApplicationId' because it is an empty string."
    )
    nothing = "{workspace: {}, repository: {AZURE_TENANT_ID: x}, deployments: {}}"
    line = CONNECT.replace("$env:AZURE_CLIENT_ID", written)

    assert said(azure_variable_missing.RULE, case_of(one(line), nothing, text)) == expected


def test_the_login_of_an_earlier_step_is_quoted() -> None:
    two = pipeline(step([LOGIN], name="Login"), step([USE]))
    (finding,) = ask(azure_login_missing.RULE, case_of(two, IDS, NOT_LOGGED_IN))

    assert any("in the step `Login`" in item.sentence for item in finding.evidence)


SHADOWED = (
    "{workspace: {}, repository: {ARM_CLIENT_ID: a, ARM_TENANT_ID: b, ARM_CLIENT_SECRET: {secured: true}}}"
)


def test_a_secret_stands_before_oidc_in_terraform() -> None:
    rule = azure_secret_in_use.RULE
    (finding,) = ask(rule, case_of(one(*TERRAFORM), SHADOWED))

    assert finding.verdict is Verdict.LIKELY
    assert "`ARM_CLIENT_SECRET`" in finding.headline
    assert said(rule, case_of(one(*TERRAFORM), ARM_IDS)) == []
    assert said(rule, case_of(one("terraform plan"), SHADOWED)) == []
    for unused in ("", "false"):
        off = (f"export ARM_USE_OIDC={unused}", *TERRAFORM[1:])
        assert said(rule, case_of(one(*off), SHADOWED)) == []
    assert said(rule, case_of(one(*TERRAFORM), SHADOWED, subject_refused("***"))) == []


@pytest.mark.parametrize(
    ("code", "lines", "expected"),
    [
        (7000215, ('az login --service-principal -u a -t b -p "$AZURE_PASSWORD"',), "gives a secret by `-p`"),
        (7000222, TERRAFORM, "`ARM_CLIENT_SECRET` is set in the repository variables"),
    ],
)
def test_the_place_of_the_secret_is_quoted(code: int, lines: tuple[str, ...], expected: str) -> None:
    (finding,) = ask(azure_secret_in_use.RULE, case_of(one(*lines), SHADOWED, refused(code, "Invalid.")))

    assert finding.verdict is Verdict.CONFIRMED
    assert any(expected in item.sentence for item in finding.evidence)
    assert ("out of date" in finding.headline) is (code == 7000222)


PIPE_TEXT = "✖ Validation errors: \nAZURE_PASSWORD:\n- required field"


@pytest.mark.parametrize(
    ("keys", "variables", "expected"),
    [
        ("oidc: true", {"AZURE_APP_ID": "a"}, [Verdict.LIKELY]),
        ("", {"AZURE_APP_ID": "a"}, []),
        ("", {"TOKEN": "$BITBUCKET_STEP_OIDC_TOKEN"}, [Verdict.LIKELY]),
        ("oidc: true", {"AZURE_PASSWORD": "$SECRET"}, []),
    ],
)
def test_a_pipe_that_is_meant_to_take_the_token_is_told(
    keys: str, variables: dict[str, str], expected: list[Verdict]
) -> None:
    text = one("true", keys=keys) + pipe("atlassian/azure-cli-run:1.1.0", **variables)

    assert said(azure_pipe_without_token.RULE, case_of(text, NOTHING, PIPE_TEXT)) == expected
    assert said(azure_pipe_without_token.RULE, case_of(text, NOTHING)) == []


@pytest.mark.parametrize("keys", ["", "oidc: true"])
@pytest.mark.parametrize(
    "paste",
    [
        "ERROR: Please specify both username and password in non-interactive mode.",
        "ERROR: argument --federated-token: expected one argument",
        "AADSTS7000218: The request body must contain the following parameter: 'client_assertion'.",
    ],
)
def test_an_empty_token_leads_to_the_switch(keys: str, paste: str) -> None:
    case = case_of(one(LOGIN, USE, keys=keys), IDS, paste)
    suspect = Suspect(step_of(case), "it was named", certain=True)
    lead = diagnose(replace(case, suspects=(suspect,))).lead

    assert (lead.cause if lead else None) == (None if keys else "oidc-not-enabled")


def test_azure_s_needs_are_no_matter_of_aws() -> None:
    case: CaseFile = case_of(GOOD, NOTHING, CLIENT_EMPTY, repository_variables=UNREAD)
    suspect = Suspect(step_of(case), "it was named", certain=True)
    found = diagnose(replace(case, suspects=(suspect,))).findings

    assert [finding.cause for finding in found if finding.cause.startswith("aws")] == []
    assert found[0].verdict is Verdict.LIKELY


def test_an_empty_secret_is_not_taken_for_an_empty_token() -> None:
    """The same text comes for either; the command tells which one it gives."""
    secret = one('az login --service-principal -u a -t b -p "$AZURE_PASSWORD"', USE, keys="")
    text = "ERROR: Please specify both username and password in non-interactive mode."
    case = case_of(secret, NOTHING, text)
    suspect = Suspect(step_of(case), "it was named", certain=True)
    (finding, *others) = diagnose(replace(case, suspects=(suspect,))).findings

    assert (finding.cause, finding.verdict) == ("azure-variable-missing", Verdict.CONFIRMED)
    assert "AZURE_PASSWORD" in finding.headline
    assert [item.cause for item in others if item.cause.startswith("oidc")] == []
