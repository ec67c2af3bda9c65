"""Causes that a provider shows: `gcp-audience-not-allowed`, `gcp-issuer-mismatch`, `gcp-subject-unmapped`,
`gcp-subject-too-long`, `gcp-condition-unmet`, `gcp-provider-not-found`, `gcp-issuer-unreachable`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.gcp_setup import WorkloadProvider
from knowledge.gcp_trial import with_change
from knowledge.reading import Absent, Known
from tests.knowledge.rules.googling import (
    AUDIENCE,
    AUDIENCE_TEXT,
    CONDITION_TEXT,
    DENIED_TEXT,
    ENVIRONMENT,
    HOME,
    ISSUER,
    MAPPING,
    NAME,
    STEP,
    TARGET_TEXT,
    WORKSPACE,
    case_of,
    provider,
    sts,
    suspect_of,
    told,
    whole,
)

OWN_NAME = f"https://iam.googleapis.com/{NAME}"
BARE = HOME.strip("{}")


# --- gcp-audience-not-allowed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paste", "audiences", "head", "verdict"),
    [
        ("", (AUDIENCE,), "oidc: true", None),
        ("", (), "oidc: true", "confirmed"),
        ("", ("other", AUDIENCE), "oidc: true", None),
        ("", ("other",), "oidc: true", "confirmed"),
        # Whether a token keeps the workspace's audience beside its own is not documented.
        ("", (AUDIENCE,), f"oidc: {{audiences: ['{OWN_NAME}']}}", None),
        ("", (), f"oidc: {{audiences: ['{OWN_NAME}']}}", None),
        ("", ("other",), f"oidc: {{audiences: ['{OWN_NAME}']}}", "confirmed"),
        (AUDIENCE_TEXT, (), "oidc: true", "confirmed"),
        # The text is older than the change, or of another run.
        (AUDIENCE_TEXT, (AUDIENCE,), "oidc: true", "likely"),
        (CONDITION_TEXT, (), "oidc: true", None),
        (DENIED_TEXT, (), "oidc: true", None),
    ],
)
def test_the_audience_is_compared_with_what_the_provider_takes(
    paste: str, audiences: tuple[str, ...], head: str, verdict: str | None
) -> None:
    found = told(case_of(paste, setup=provider(audiences=audiences), head=head))

    assert found.get("gcp-audience-not-allowed") == verdict


def test_without_the_provider_the_text_is_believed_and_the_command_to_look_is_given() -> None:
    (finding, *_) = whole(case_of(AUDIENCE_TEXT)).findings

    assert (finding.cause, finding.verdict.value) == ("gcp-audience-not-allowed", "confirmed")
    assert "providers describe acme --location=global" in finding.fixes[0].steps[0]


def test_an_empty_list_is_mended_from_either_side_and_what_was_listed_stays() -> None:
    empty, *_ = whole(case_of(AUDIENCE_TEXT, setup=provider(audiences=()))).findings
    listed, *_ = whole(case_of(AUDIENCE_TEXT, setup=provider(audiences=("a",)))).findings

    assert [fix.surface.value for fix in empty.fixes] == ["oidc-provider", "oidc-provider", "pipeline-file"]
    assert OWN_NAME in (empty.fixes[2].diff or "")
    assert listed.fixes[0].commands[-1] == f"  --allowed-audiences='a,{AUDIENCE}'"
    assert f'allowed_audiences = ["a", "{AUDIENCE}"]' in "\n".join(listed.fixes[1].commands)


def test_a_name_too_long_for_an_audience_is_not_proposed() -> None:
    name = NAME.replace("/bitbucket/", f"/{'b' * 32}/").replace("/acme", f"/{'p' * 32}")
    finding, *_ = whole(case_of(AUDIENCE_TEXT, setup=provider(name=name, audiences=()))).findings

    assert all(fix.file_after is None for fix in finding.fixes)


def test_an_audience_that_the_log_hides_is_not_told_to_be_allowed() -> None:
    text = sts("invalid_grant", "The audience in ID Token [***] does not match the expected audience.")
    finding, *_ = whole(case_of(text, repository=None)).findings

    assert "***" not in finding.headline + repr(finding.fixes)


# --- gcp-issuer-mismatch --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "verdict"),
    [
        (ISSUER, None),
        (f"{ISSUER}/", "confirmed"),
        (ISSUER.replace("acme", "Acme"), "confirmed"),
        (None, "confirmed"),
    ],
)
def test_the_issuer_is_compared_to_the_letter(issuer: str | None, verdict: str | None) -> None:
    assert told(case_of(setup=provider(issuer=issuer))).get("gcp-issuer-mismatch") == verdict


def test_a_token_of_another_ci_is_told_as_such() -> None:
    text = sts(
        "invalid_grant",
        f"The issuer in ID Token https://gitlab.example.com does not match the expected ones: {ISSUER}",
    )
    finding, *_ = whole(case_of(text)).findings

    assert "`https://gitlab.example.com`, not by Bitbucket" in finding.headline
    assert finding.fixes[0].title == "Send the step's own token"


def test_a_text_older_than_the_provider_s_issuer_is_not_certain() -> None:
    text = sts(
        "invalid_grant", f"The issuer in ID Token {ISSUER} does not match the expected ones: {ISSUER}/"
    )

    assert told(case_of(text))["gcp-issuer-mismatch"] == "confirmed"
    assert told(case_of(text, setup=provider()))["gcp-issuer-mismatch"] == "likely"


# --- gcp-provider-not-found, gcp-issuer-unreachable -----------------------------------------------------


def test_a_provider_that_is_not_usable_is_told_by_its_state() -> None:
    assert told(case_of(TARGET_TEXT))["gcp-provider-not-found"] == "likely"
    assert told(case_of(TARGET_TEXT, setup=provider()))["gcp-provider-not-found"] == "likely"
    for setup in (provider(disabled=True), provider(state="DELETED")):
        assert told(case_of(TARGET_TEXT, setup=setup))["gcp-provider-not-found"] == "confirmed"
        assert told(case_of(setup=setup))["gcp-provider-not-found"] == "confirmed"
    gone = case_of(TARGET_TEXT, gcp_provider=Absent("the providers of the pool"))
    assert told(gone)["gcp-provider-not-found"] == "confirmed"


def test_uploaded_keys_are_pointed_at_before_the_issuers_address() -> None:
    text = sts("invalid_grant", "Error connecting to the given credential's issuer.")
    plain, *_ = whole(case_of(text)).findings
    own, *_ = whole(case_of(text, setup=provider(own_keys=True))).findings

    assert plain.cause == own.cause == "gcp-issuer-unreachable"
    assert f"curl -fsS {ISSUER}/.well-known/openid-configuration" in plain.fixes[0].commands
    assert "uploaded" in own.headline


# --- gcp-subject-unmapped, gcp-subject-too-long ---------------------------------------------------------

GIVEN = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": f"{HOME}:{STEP}",
    "repositoryUuid": HOME,
    "workspaceUuid": WORKSPACE,
}


@pytest.mark.parametrize(
    ("subject", "claims", "verdict"),
    [
        ("assertion.repositoryUuid", None, None),
        ("assertion.sub", None, None),
        ("assertion.repository", None, "likely"),
        ("assertion.repositoryUUID", None, "likely"),
        ("assertion.repository", GIVEN, "confirmed"),
        ("assertion.deploymentEnvironmentUuid", None, "confirmed"),
        ("assertion.compliant", None, None),
        ("assertion.sub.extract('{x}:')", GIVEN, None),
        (None, None, "confirmed"),
    ],
)
def test_the_subject_is_worked_out_for_this_step(
    subject: str | None, claims: dict[str, str] | None, verdict: str | None
) -> None:
    mapping = {"google.subject": subject} if subject else {}
    case = case_of(setup=provider(mapping=mapping, condition=None), claims=claims)

    assert told(case).get("gcp-subject-unmapped") == verdict


def test_the_environment_is_there_in_a_step_that_deploys() -> None:
    setup = provider(mapping={"google.subject": "assertion.deploymentEnvironmentUuid"}, condition=None)

    assert "gcp-subject-unmapped" not in told(case_of(setup=setup, head="oidc: true\ndeployment: production"))


def test_the_expression_of_a_subject_that_is_too_long_is_shown() -> None:
    text = sts("invalid_request", "The size of mapped attribute google.subject exceeds the 127 bytes limit.")
    long = "assertion.sub + assertion.branchName"
    finding, *_ = whole(case_of(text, setup=provider(mapping={"google.subject": long}))).findings

    assert (finding.cause, finding.verdict.value) == ("gcp-subject-too-long", "confirmed")
    assert finding.evidence[1].excerpt == f'"google.subject": "{long}"'


# --- gcp-condition-unmet --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "headline"),
    [
        (f"assertion.repositoryUuid == '{BARE}'", "a UUID without its braces"),
        (f"attribute.repositoryuuid == '{BARE}'", "a UUID without its braces"),
        (f"assertion.repositoryUuid == '{HOME.upper()}'", "a value in another case"),
        ("assertion.repositoryUuid == 'acme/site'", "a name, and the claim is a UUID"),
        ("assertion.repository == 'acme/site'", "which no token of Bitbucket carries"),
        (f"assertion.repository_uuid == '{HOME}'", "which is called `repositoryUuid`"),
        (f"assertion.deploymentEnvironmentUuid == '{ENVIRONMENT}'", "deploys to no environment"),
        (f"assertion.workspaceUuid == '{ENVIRONMENT}'", "demands another `assertion.workspaceUuid`"),
        (f"assertion.sub == '{HOME}'", "demands one value of `assertion.sub`, which is another in each step"),
        (f"assertion.sub.startsWith('{BARE}')", "a UUID without its braces"),
        ("'repository_uuid' in assertion", "which is called `repositoryUuid`"),
    ],
)
def test_the_part_that_does_not_hold_is_named_with_its_reason(condition: str, headline: str) -> None:
    finding, *_ = whole(case_of(CONDITION_TEXT, setup=provider(condition=condition))).findings

    assert (finding.cause, finding.verdict.value) == ("gcp-condition-unmet", "confirmed")
    assert headline in finding.headline
    assert finding.primary is not None
    assert finding.primary.excerpt in condition


@pytest.mark.parametrize(
    "condition",
    [
        "assertion.sub.substring(1) == 'x'",
        "assertion.sub.matches('(x+)+')",
        "assertion.compliant == 'true'",
        "assertion.branchName == 'main'",
        "this is no CEL",
    ],
)
def test_a_condition_that_is_not_evaluated_is_quoted_and_not_judged(condition: str) -> None:
    finding, *_ = whole(case_of(CONDITION_TEXT, setup=provider(condition=condition))).findings

    assert (finding.cause, finding.verdict.value) == ("gcp-condition-unmet", "likely")
    assert "which part of it was not seen" in finding.headline
    assert finding.evidence[-1].excerpt == condition
    assert "gcp-condition-unmet" not in told(case_of(setup=provider(condition=condition)))


def test_a_claim_of_another_ci_alone_proves_nothing_without_the_text() -> None:
    case = case_of(setup=provider(condition="assertion.repository == 'acme/site'"))

    assert "gcp-condition-unmet" not in told(case)


@pytest.mark.parametrize("condition", [f"assertion.sub == '{HOME}'", f"assertion.sub.startsWith('{BARE}')"])
def test_a_subject_that_is_known_by_its_beginning_is_not_said_to_be_no_part_of_the_token(
    condition: str,
) -> None:
    finding, *_ = whole(case_of(CONDITION_TEXT, setup=provider(condition=condition))).findings

    assert finding.primary is not None
    assert finding.primary.comparison is not None
    assert finding.primary.comparison.actual == f"{HOME}:…"


def test_a_misspelt_name_that_is_asked_for_by_itself_is_corrected_where_it_stands() -> None:
    rest = f"assertion.repositoryUuid == '{HOME}'"
    case = case_of(CONDITION_TEXT, setup=provider(condition=f"'repository_uuid' in assertion && {rest}"))
    change = whole(case).findings[0].fixes[0].google_after

    assert change is not None
    assert change.provider is not None
    assert change.provider.condition == f"'repositoryUuid' in assertion && {rest}"


def test_the_mended_condition_lets_in_this_repository_and_no_other() -> None:
    case = case_of(CONDITION_TEXT, setup=provider(condition=f"assertion.repositoryUuid == '{BARE}'"))
    finding, *_ = whole(case).findings
    change = finding.fixes[0].google_after

    assert change is not None
    assert change.provider is not None
    assert change.provider.condition == f"assertion.repositoryUuid == '{HOME}'"
    assert (
        finding.fixes[0].commands[-1] == f"  --attribute-condition=\"assertion.repositoryUuid == '{HOME}'\""
    )


def test_a_change_that_lets_in_another_repository_is_not_shown() -> None:
    before = provider(condition=f"assertion.repositoryUuid == '{BARE}'")
    case = case_of(setup=before)

    def changed(after: WorkloadProvider) -> object:
        from knowledge.gcp_setup import GoogleChange

        return with_change(case, suspect_of(case), GoogleChange(provider=after))

    assert changed(replace(before, condition=f"assertion.repositoryUuid == '{HOME}'")) is not None
    assert changed(replace(before, condition=None)) is None
    assert changed(replace(before, condition=f"assertion.workspaceUuid == '{WORKSPACE}'")) is None


def test_the_claims_of_a_token_that_was_given_go_before_those_that_are_computed() -> None:
    setup = provider(condition="assertion.branchName == 'production'")
    case = case_of(CONDITION_TEXT, setup=setup, claims={**GIVEN, "branchName": "main"})
    finding, *_ = whole(case).findings

    assert finding.evidence[0].comparison is not None
    assert (finding.evidence[0].comparison.expected, finding.evidence[0].comparison.actual) == (
        "production",
        "main",
    )


def test_a_right_setup_is_left_alone() -> None:
    assert told(case_of(setup=provider())) == {}
    assert told(case_of(setup=provider(mapping={**MAPPING, "google.subject": "assertion.sub"}))) == {}
    assert isinstance(case_of(setup=provider()).gcp_provider, Known)


@pytest.mark.parametrize(
    ("claimed", "told"),
    [(AUDIENCE, False), ([AUDIENCE, "x"], False), ("api://x", True), (["api://x"], True), (None, False)],
)
def test_claims_of_another_token_than_the_text_quotes_are_said_to_be(claimed: object, told: bool) -> None:
    claims = {"iss": ISSUER, "sub": f"{HOME}:{STEP}", **({"aud": claimed} if claimed else {})}
    lead = whole(case_of(AUDIENCE_TEXT, setup=provider(audiences=("y",)), claims=claims)).findings[0]

    assert lead.cause == "gcp-audience-not-allowed"
    assert AUDIENCE in lead.headline
    assert any("another audience" in one.sentence for one in lead.evidence) is told


def test_several_audiences_that_the_text_and_the_claims_share_are_those_of_one_token() -> None:
    text = AUDIENCE_TEXT.replace(AUDIENCE, f"{AUDIENCE}, x")
    claims = {"iss": ISSUER, "sub": f"{HOME}:{STEP}", "aud": ["x", AUDIENCE]}
    lead = whole(case_of(text, setup=provider(audiences=("y",)), claims=claims)).findings[0]

    assert lead.cause == "gcp-audience-not-allowed"
    assert not any("another token" in one.sentence for one in lead.evidence)
