"""Causes that the text says itself: `profile-not-found`, `token-mistaken`, `sts-unavailable`,
`session-expired`; and `error-hidden`, where it says nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Repository, Role
from knowledge.finding import Verdict
from knowledge.location import InVariables
from knowledge.reading import Known
from knowledge.redact import redact
from knowledge.rules import (
    error_hidden,
    oidc_provider_missing,
    profile_not_found,
    session_expired,
    sts_unavailable,
    token_mistaken,
)
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import NO_CREDENTIALS, NO_ROLE, REFUSED, ask, case_of, said
from tests.knowledge.rules.scripts import EXPLICIT, GOOD, NOTHING, one
from tests.knowledge.rules.trusting import AFTER, HOME, ROLE_ARN, SLUG, WORKSPACE

CALLING = "when calling the AssumeRoleWithWebIdentity operation"
INVALID = f"An error occurred (InvalidIdentityToken) {CALLING}:"
NOT_A_JWT = f"{INVALID} The ID Token provided is not a valid JWT."
NO_SUB = f"{INVALID} Missing a required claim: sub"
FOREIGN = f"{INVALID} No OpenIDConnect provider found in your account for https://gitlab.example.com"
OURS = (
    f"{INVALID} No OpenIDConnect provider found in your account for "
    "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
)
KEYS = (
    f"{INVALID} Couldn't retrieve verification key from your identity provider,  please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)
MANY = f"An error occurred (Throttling) {CALLING} (reached max retries: 4): Rate exceeded"
ENDED = (
    "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired."
)
REGISTRY = "denied: Your authorization token has expired. Reauthenticate and try again."
PROFILE = "The config profile (acme-prod) could not be found"
HIDDEN = (
    "CredentialsError: Missing credentials in config, if using AWS_CONFIG_FILE, set AWS_SDK_LOAD_CONFIG=1"
)
WRITE = next(line for line in GOOD if "printf" in line)


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


# --- profile-not-found ----------------------------------------------------------------------------------


def test_a_profile_that_is_not_there_is_confirmed_by_the_text() -> None:
    (finding,) = profile_not_found.RULE.check(alone(PROFILE), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert "the profile `acme-prod`, which is not there" in finding.headline
    assert "`serverless.yml`" in finding.fixes[0].steps[0]


def test_the_places_that_ask_for_the_profile_are_pointed_at() -> None:
    stored = "{workspace: {}, deployments: {}, repository: {AWS_PROFILE: acme-prod}}"
    case = case_of(one(*GOOD[:-1], "aws s3 ls --profile acme-prod"), stored, PROFILE)
    (finding,) = ask(profile_not_found.RULE, case)

    assert finding.evidence[1].location == InVariables("repository", "AWS_PROFILE")
    assert finding.evidence[2].excerpt == "- aws s3 ls --profile acme-prod"
    assert len(finding.fixes[0].steps) == 2


def test_a_variable_that_names_another_profile_is_not_the_place() -> None:
    stored = "{workspace: {}, deployments: {}, repository: {AWS_PROFILE: other}}"
    (finding,) = ask(profile_not_found.RULE, case_of(one(*GOOD), stored, PROFILE))

    assert len(finding.evidence) == 1


# --- token-mistaken -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paste", "headline"),
    [
        (NOT_A_JWT, "What AWS was sent as token is no JWT."),
        (NO_SUB, "What AWS was sent as token lacks the claim `sub`, which every token of a step has."),
    ],
)
def test_a_text_that_is_no_token_of_a_step_is_confirmed(paste: str, headline: str) -> None:
    (finding,) = token_mistaken.RULE.check(alone(paste), None)

    assert (finding.verdict, finding.headline) == (Verdict.CONFIRMED, headline)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (WRITE.replace(" >", " | base64 >"), "puts the token through `base64`."),
        (WRITE.replace("BITBUCKET_STEP_OIDC_TOKEN", "GITHUB_TOKEN"), "writes something else than"),
        (WRITE, None),
    ],
)
def test_a_line_that_writes_something_else_is_pointed_at(line: str, sentence: str | None) -> None:
    lines = [line if item is WRITE else item for item in GOOD]
    (finding,) = ask(token_mistaken.RULE, case_of(one(*lines), NOTHING, NOT_A_JWT))

    assert [sentence in item.sentence for item in finding.evidence[1:] if sentence] == (
        [True] if sentence else []
    )


def test_an_option_that_sends_another_variable_is_pointed_at() -> None:
    wrong = EXPLICIT.replace("$BITBUCKET_STEP_OIDC_TOKEN", "$TOKEN")
    (finding,) = ask(token_mistaken.RULE, case_of(one(wrong), NOTHING, NOT_A_JWT))

    assert 'sends `"$TOKEN"` by `--web-identity-token`' in finding.evidence[1].sentence


def test_a_token_of_another_issuer_is_likely_for_a_step_and_possible_without_one() -> None:
    (told,) = token_mistaken.RULE.check(alone(FOREIGN), None)
    (of_step,) = ask(token_mistaken.RULE, case_of(one(*GOOD), NOTHING, FOREIGN))

    assert (told.verdict, of_step.verdict) == (Verdict.POSSIBLE, Verdict.LIKELY)
    assert "`https://gitlab.example.com`, not by Bitbucket" in of_step.headline
    assert said(oidc_provider_missing.RULE, case_of(one(*GOOD), NOTHING, FOREIGN)) == []


@pytest.mark.parametrize("paste", [OURS, REFUSED, KEYS, ""])
def test_bitbuckets_own_token_is_not_mistaken(paste: str) -> None:
    assert said(token_mistaken.RULE, case_of(one(*GOOD), NOTHING, paste)) == []


# --- sts-unavailable ------------------------------------------------------------------------------------


def test_keys_out_of_reach_are_confirmed_and_the_address_to_try_is_named() -> None:
    home = Repository(HOME, "site", "{" + WORKSPACE + "}", SLUG)
    case = case_of(one(*GOOD), NOTHING, KEYS, repository=Known(home, "the repository"))
    (finding,) = ask(sts_unavailable.RULE, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.fixes[0].title == "Run the step again"
    assert finding.fixes[0].commands == (
        (
            "curl -fsS https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
            "/.well-known/openid-configuration"
        ),
    )


def test_too_many_exchanges_at_once_are_another_matter() -> None:
    (finding,) = sts_unavailable.RULE.check(alone(MANY), None)

    assert "too many were asked for at once" in finding.headline
    assert "once per step" in finding.fixes[0].steps[0]


@pytest.mark.parametrize("paste", [REFUSED, NOT_A_JWT, ""])
def test_other_texts_are_no_passing_fault(paste: str) -> None:
    assert list(sts_unavailable.RULE.check(alone(paste), None)) == []


# --- session-expired ------------------------------------------------------------------------------------


def test_a_session_that_ended_is_confirmed_and_is_not_the_token() -> None:
    (finding,) = session_expired.RULE.check(alone(ENDED), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == "The AWS session of the step ended before its work was done."


def test_the_line_that_asks_and_the_role_that_allows_stand_beside_it() -> None:
    asking = one(EXPLICIT.replace("> keys", "--duration-seconds 900 > keys"))
    role = Known(Role(arn=ROLE_ARN, trust_policy={}, max_session_seconds=7200), "the role")
    case = case_of(asking, NOTHING, ENDED, role=role, role_arn=ROLE_ARN)
    (finding,) = ask(session_expired.RULE, case)

    assert finding.evidence[1].sentence == "Line 7 asks for a session of `900` seconds."
    assert any("The role allows 7200 seconds now." in step for step in finding.fixes[0].steps)


def test_a_stored_session_is_removed_and_not_lengthened() -> None:
    stored = "{workspace: {}, deployments: {}, repository: {AWS_SESSION_TOKEN: {secured: true}}}"
    (finding,) = ask(session_expired.RULE, case_of(one(*GOOD), stored, ENDED))

    assert finding.evidence[1].location == InVariables("repository", "AWS_SESSION_TOKEN")
    assert finding.fixes[0].title == "Remove the stored session"


def test_the_registrys_login_is_told_as_such() -> None:
    (finding,) = session_expired.RULE.check(alone(REGISTRY), None)

    assert finding.headline == "The login to the container registry had ended when the step used it."


@pytest.mark.parametrize("paste", [REFUSED, AFTER, ""])
def test_other_texts_are_no_session_that_ended(paste: str) -> None:
    assert list(session_expired.RULE.check(alone(paste), None)) == []


# --- error-hidden ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("paste", [HIDDEN, NO_CREDENTIALS])
def test_where_nothing_lacks_the_cli_is_asked_in_the_same_step(paste: str) -> None:
    (finding,) = ask(error_hidden.RULE, case_of(one(*GOOD), NOTHING, paste))

    assert finding.verdict is Verdict.POSSIBLE
    assert finding.fixes[0].commands == ("aws sts get-caller-identity",)


def test_the_image_is_named_because_its_tool_may_be_too_old() -> None:
    file = one(*GOOD).replace("        oidc: true\n", "        oidc: true\n        image: node:8\n")
    (finding,) = ask(error_hidden.RULE, case_of(file, NOTHING, NO_CREDENTIALS))

    assert finding.evidence[1].excerpt == "image: node:8"


@pytest.mark.parametrize("left_out", ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "printf"])
def test_what_lacks_is_a_cause_of_its_own(left_out: str) -> None:
    lines = [line for line in GOOD if left_out not in line]

    assert said(error_hidden.RULE, case_of(one(*lines), NOTHING, NO_CREDENTIALS)) == []


def test_a_step_without_a_token_and_a_text_that_says_more_are_not_hidden() -> None:
    off = one(*GOOD).replace("        oidc: true\n", "")

    assert said(error_hidden.RULE, case_of(off, NOTHING, HIDDEN)) == []
    assert said(error_hidden.RULE, case_of(one(*GOOD), NOTHING, REFUSED)) == []
    assert said(error_hidden.RULE, case_of(one(*GOOD), NOTHING, NO_ROLE)) == []


def test_without_a_step_only_a_text_that_hides_is_asked_about() -> None:
    assert [f.verdict for f in error_hidden.RULE.check(alone(HIDDEN), None)] == [Verdict.POSSIBLE]
    assert list(error_hidden.RULE.check(alone(NO_CREDENTIALS), None)) == []


def test_a_changed_copy_of_a_case_is_judged_anew() -> None:
    case = case_of(one(*GOOD), NOTHING, HIDDEN)

    assert said(error_hidden.RULE, replace(case, symptoms=())) == []
