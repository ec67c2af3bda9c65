"""`role-not-found`, `oidc-provider-missing`, `provider-audience-missing`: what the account has."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile, OidcProvider, Role
from knowledge.finding import Finding, Verdict
from knowledge.location import InAccount, InPaste
from knowledge.reading import Known, Unread
from knowledge.rules import oidc_provider_missing, provider_audience_missing, role_not_found
from tests.knowledge.rules.trusting import (
    AFTER,
    AUDIENCE,
    CUSTOM,
    EMPTY,
    PREFIX,
    PROVIDER,
    REFUSED,
    ROLE_ARN,
    WORKSPACE,
    allow,
    findings,
    policy,
    trust_case,
)

CALLING = "when calling the AssumeRoleWithWebIdentity operation"
MISSING = (
    f"An error occurred (InvalidIdentityToken) {CALLING}: "
    f"No OpenIDConnect provider found in your account for https://{PREFIX}"
)
AUDIENCE_REFUSED = f"An error occurred (InvalidIdentityToken) {CALLING}: Incorrect token audience"
GOOD = policy(allow())
UNREAD = Unread("the role", "the account is not listed", "add its read role")


def providers(*found: OidcProvider) -> Known[tuple[OidcProvider, ...]]:
    return Known(found, "the account's OIDC providers")


def alone(paste: str) -> CaseFile:
    """Only the text: no repository, no file, no account."""
    nothing = CaseFile()
    return trust_case(
        None,
        paste=paste,
        role=nothing.role,
        role_arn=None,
        repository=nothing.repository,
        pipeline_file=nothing.pipeline_file,
        providers=nothing.providers,
    )


def test_a_role_that_iam_does_not_know_is_confirmed_when_aws_refused() -> None:
    (finding,) = findings(role_not_found.RULE, trust_case(None))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == "Account `123456789012` has no role `acme-deploy`."
    assert finding.evidence[0].excerpt == ROLE_ARN
    assert isinstance(finding.evidence[0].location, InAccount)
    assert finding.evidence[1].excerpt == ROLE_ARN


@pytest.mark.parametrize(
    ("paste", "verdicts"), [(EMPTY, [Verdict.LIKELY]), ("", [Verdict.CONFIRMED]), (AFTER, [])]
)
def test_the_text_decides_how_much_a_missing_role_explains(paste: str, verdicts: list[Verdict]) -> None:
    assert [item.verdict for item in findings(role_not_found.RULE, trust_case(None, paste=paste))] == verdicts


def test_a_role_that_was_not_read_is_not_missing() -> None:
    (finding,) = findings(role_not_found.RULE, trust_case(None, role=UNREAD))

    assert finding.verdict is Verdict.UNDETERMINED
    assert findings(role_not_found.RULE, trust_case(None, role=UNREAD, paste=EMPTY)) == []


def test_a_role_that_was_read_is_there() -> None:
    assert [item.verdict for item in findings(role_not_found.RULE, trust_case(GOOD))] == [Verdict.RULED_OUT]


def test_another_role_that_is_missing_is_not_this_steps() -> None:
    other = "arn:aws:iam::123456789012:role/other"

    assert findings(role_not_found.RULE, trust_case(None, role_arn=other)) == []


@pytest.mark.parametrize(("paste", "verdict"), [(REFUSED, Verdict.CONFIRMED), (EMPTY, Verdict.LIKELY)])
def test_a_role_of_another_path_is_not_the_one_that_is_asked_for(paste: str, verdict: Verdict) -> None:
    arn = ROLE_ARN.replace("role/", "role/ci/")
    role = Known(Role(arn=arn, trust_policy=GOOD), "the role")
    (finding,) = findings(role_not_found.RULE, trust_case(None, paste=paste, role=role))
    (evidence,) = finding.evidence

    assert finding.verdict is verdict
    assert evidence.excerpt == ROLE_ARN
    assert evidence.comparison is not None
    assert (evidence.comparison.expected, evidence.comparison.actual) == (arn, ROLE_ARN)
    assert evidence.comparison.differs_at == len("arn:aws:iam::123456789012:role/")
    assert arn in finding.fixes[0].steps[0]


def test_the_text_alone_proves_that_there_is_no_provider() -> None:
    (finding,) = oidc_provider_missing.RULE.check(alone(MISSING), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert isinstance(finding.evidence[0].location, InPaste)
    assert "No OpenIDConnect provider found" in finding.evidence[0].excerpt
    assert f"--url https://{PREFIX} " in finding.fixes[0].commands[0]


def test_the_command_names_url_and_audience_where_the_repository_is_known() -> None:
    (finding,) = findings(oidc_provider_missing.RULE, trust_case(GOOD, paste=MISSING, providers=providers()))

    assert finding.fixes[0].commands == (
        f"aws iam create-open-id-connect-provider --url https://{PREFIX} --client-id-list {AUDIENCE}",
    )
    # In HCL each argument of a block needs a line of its own, which a sentence has not.
    assert f'`client_id_list = ["{AUDIENCE}"]`' in finding.fixes[0].steps[1]
    assert "Account `123456789012`" in finding.headline


@pytest.mark.parametrize(
    "url",
    [PREFIX.removesuffix("/oidc"), f"{PREFIX}/", PREFIX.replace("/acme/", "/acme-before/"), PREFIX.upper()],
)
def test_a_provider_that_is_nearly_the_right_one_is_shown(url: str) -> None:
    near = OidcProvider(PROVIDER.replace(PREFIX, url), url, (AUDIENCE,))
    (finding,) = findings(
        oidc_provider_missing.RULE, trust_case(GOOD, paste=MISSING, providers=providers(near))
    )
    shown = finding.evidence[1]

    assert finding.verdict is Verdict.CONFIRMED
    assert shown.comparison is not None
    assert (shown.excerpt, shown.comparison.actual) == (url, PREFIX)


def test_a_provider_that_is_there_now_contradicts_the_text() -> None:
    (finding,) = findings(oidc_provider_missing.RULE, trust_case(GOOD, paste=MISSING))

    assert finding.verdict is Verdict.POSSIBLE


def test_a_list_without_the_provider_speaks_where_nothing_failed_yet() -> None:
    quiet: list[Finding] = findings(
        oidc_provider_missing.RULE, trust_case(GOOD, paste="", providers=providers())
    )

    assert [item.verdict for item in quiet] == [Verdict.CONFIRMED]


def test_a_list_that_was_read_in_part_proves_nothing_missing() -> None:
    case = trust_case(GOOD, paste="", providers=providers(), providers_unread=(UNREAD,))
    quiet: list[Finding] = findings(oidc_provider_missing.RULE, case)

    assert [item.verdict for item in quiet] == [Verdict.LIKELY]


@pytest.mark.parametrize("paste", [REFUSED, AUDIENCE_REFUSED, AFTER])
def test_texts_that_come_after_the_provider_was_found_rule_it_out(paste: str) -> None:
    assert findings(oidc_provider_missing.RULE, trust_case(GOOD, paste=paste, providers=providers())) == []


def test_the_token_of_another_system_is_not_ours() -> None:
    foreign = MISSING.replace(f"https://{PREFIX}", "https://token.actions.githubusercontent.com")

    assert list(oidc_provider_missing.RULE.check(alone(foreign), None)) == []


def test_a_list_that_was_not_read_is_not_empty() -> None:
    unread = Unread("the account's OIDC providers", "denied", "grant `iam:ListOpenIDConnectProviders`")

    assert findings(oidc_provider_missing.RULE, trust_case(GOOD, paste="", providers=unread)) == []


def test_the_text_alone_proves_that_the_audience_is_not_listed() -> None:
    (finding,) = provider_audience_missing.RULE.check(alone(AUDIENCE_REFUSED), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.evidence[0].excerpt.endswith("Incorrect token audience")


def test_the_providers_list_stands_beside_the_tokens_audience() -> None:
    wrong = providers(OidcProvider(PROVIDER, PREFIX, (WORKSPACE,)))
    (finding,) = findings(
        provider_audience_missing.RULE, trust_case(GOOD, paste=AUDIENCE_REFUSED, providers=wrong)
    )

    assert finding.evidence[1].comparison is not None
    assert (finding.evidence[1].excerpt, finding.evidence[1].comparison.actual) == (WORKSPACE, AUDIENCE)
    assert finding.fixes[0].commands[0].endswith(f"{PROVIDER} --client-id {AUDIENCE}")


def test_a_list_that_holds_the_audience_contradicts_the_text() -> None:
    (finding,) = findings(provider_audience_missing.RULE, trust_case(GOOD, paste=AUDIENCE_REFUSED))

    assert finding.verdict is Verdict.LIKELY


def test_an_audience_of_the_steps_own_is_the_one_to_add() -> None:
    (finding,) = findings(provider_audience_missing.RULE, trust_case(GOOD, CUSTOM, paste=AUDIENCE_REFUSED))

    assert finding.fixes[0].commands[0].endswith("--client-id https://gw.example.com")
    assert finding.evidence[-1].excerpt == "oidc:"


def test_a_refusal_by_the_role_means_that_the_provider_took_the_token() -> None:
    wrong = providers(OidcProvider(PROVIDER, PREFIX, (WORKSPACE,)))

    assert findings(provider_audience_missing.RULE, trust_case(GOOD, providers=wrong)) == []
    assert findings(provider_audience_missing.RULE, trust_case(GOOD, paste="", providers=wrong)) != []


def test_audiences_that_were_not_read_prove_nothing() -> None:
    listed = providers(OidcProvider(PROVIDER, PREFIX, None))

    assert findings(provider_audience_missing.RULE, trust_case(GOOD, paste="", providers=listed)) == []


def test_claims_of_another_token_than_the_texts_are_said_to_be_such() -> None:
    other = {
        "iss": f"https://{PREFIX}".replace("/acme/", "/globex/"),
        "aud": "of-another",
        "sub": "{of}:{another}",
    }
    (finding,) = findings(
        oidc_provider_missing.RULE, trust_case(GOOD, paste=MISSING, claims=other, providers=providers())
    )

    assert "another token's" in finding.meaning
    assert "of-another" not in str(finding.fixes)
