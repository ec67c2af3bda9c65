"""`token-expired`, `session-too-long`, `static-keys-shadow`: when, how long, and with whose keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Role
from knowledge.finding import Finding, Verdict
from knowledge.reading import Known
from knowledge.redact import redact
from knowledge.rules import session_too_long, static_keys_shadow, token_expired
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, UNREAD, ask, case_of, said
from tests.knowledge.rules.scripts import EXPLICIT, GOOD, NOTHING, one, pipe
from tests.knowledge.rules.trusting import ROLE_ARN

CALLING = "when calling the AssumeRoleWithWebIdentity operation"
EXPIRED = (
    f"An error occurred (ExpiredTokenException) {CALLING}: Token expired: "
    "current date/time 1795400000 must be before the expiration date/time 1795396400"
)
ABOVE = (
    f"An error occurred (ValidationError) {CALLING}: "
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
)
BELOW = (
    f"An error occurred (ValidationError) {CALLING}: 1 validation error detected: Value '60' at "
    "'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
)
BY_CLIENT = (
    "Parameter validation failed:\n"
    "Invalid value for parameter DurationSeconds, value: 100, valid min value: 900"
)
INVALID = (
    "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: "
    "The security token included in the request is invalid."
)
USER = (
    "An error occurred (AccessDenied) when calling the PutObject operation: User: "
    "arn:aws:iam::123456789012:user/ci is not authorized to perform: s3:PutObject on resource: "
    "arn:aws:s3:::acme-site/x because no identity-based policy allows the s3:PutObject action"
)
HALF = "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"
KEYS = (
    "{workspace: {}, deployments: {}, repository: "
    "{AWS_ACCESS_KEY_ID: AKIA0000000000000000, AWS_SECRET_ACCESS_KEY: {secured: true}}}"
)


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


def test_the_text_alone_proves_an_expired_token_and_by_how_much() -> None:
    (finding,) = token_expired.RULE.check(alone(EXPIRED), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == "The token of the step had ended when it was used, by 60 minutes."


@pytest.mark.parametrize(
    ("end", "words"), [(1795399990, ", by 10 seconds"), (1795300000, ", by 27 hours"), (1795400009, "")]
)
def test_the_delay_is_told_in_words(end: int, words: str) -> None:
    (finding,) = token_expired.RULE.check(alone(EXPIRED.replace("1795396400", str(end))), None)

    assert finding.headline == f"The token of the step had ended when it was used{words}."


@pytest.mark.parametrize("paste", ["", REFUSED, "The provided token has expired."])
def test_other_texts_are_no_expired_token(paste: str) -> None:
    assert list(token_expired.RULE.check(alone(paste), None)) == []


def of_role(case: CaseFile, seconds: int) -> CaseFile:
    role = Role(arn=ROLE_ARN, trust_policy={}, max_session_seconds=seconds)
    return replace(case, role=Known(role, "the role"), role_arn=ROLE_ARN)


def test_the_line_and_the_roles_limit_stand_beside_the_text() -> None:
    asking = one(f"{EXPLICIT.replace('> keys', '--duration-seconds 7200 > keys')}")
    (finding,) = ask(session_too_long.RULE, of_role(case_of(asking, NOTHING, ABOVE), 3600))

    assert finding.verdict is Verdict.CONFIRMED
    assert [item.sentence for item in finding.evidence] == [
        "The text says so itself.",
        "Line 7 asks for 7200 seconds.",
        "The role allows sessions of 3600 seconds.",
    ]
    assert finding.headline == "The step asks for 7200 seconds, a longer session than the role allows."
    assert "--max-session-duration 7200" in finding.fixes[1].commands[0]


def test_the_limit_of_another_role_is_not_the_steps() -> None:
    asking = one(f"{EXPLICIT.replace('> keys', '--duration-seconds 7200 > keys')}")
    other = of_role(case_of(asking.replace("acme-deploy", "acme-long"), NOTHING), 3600)

    assert said(session_too_long.RULE, other) == []
    (finding,) = ask(session_too_long.RULE, replace(case_of(asking, NOTHING, ABOVE), role=other.role))
    assert "--role-name acme-deploy " in finding.fixes[1].commands[0]
    (unlike,) = ask(
        session_too_long.RULE,
        replace(case_of(asking.replace("acme-deploy", "acme-long"), NOTHING, ABOVE), role=other.role),
    )
    assert [item.sentence for item in unlike.evidence] == [
        "The text says so itself.",
        "Line 7 asks for 7200 seconds.",
    ]
    assert "--role-name acme-long " in unlike.fixes[1].commands[0]


@pytest.mark.parametrize("paste", [BELOW, BY_CLIENT])
def test_a_duration_below_the_least_is_told_as_such(paste: str) -> None:
    (finding,) = session_too_long.RULE.check(alone(paste), None)

    assert "at least 900" in finding.headline
    assert len(finding.fixes) == 1


@pytest.mark.parametrize(
    ("seconds", "limit", "verdicts"),
    [
        (7200, 3600, [Verdict.CONFIRMED]),
        (3600, 3600, []),
        (60, 3600, [Verdict.CONFIRMED]),
        (43201, 43200, [Verdict.CONFIRMED]),
    ],
)
def test_without_a_text_the_line_and_the_role_decide(
    seconds: int, limit: int, verdicts: list[Verdict]
) -> None:
    asking = one(f"{EXPLICIT.replace('> keys', f'--duration-seconds {seconds} > keys')}")

    assert said(session_too_long.RULE, of_role(case_of(asking, NOTHING), limit)) == verdicts


def test_a_session_name_that_is_refused_is_no_matter_of_its_length() -> None:
    paste = (
        f"An error occurred (ValidationError) {CALLING}: 1 validation error detected: Value 'a/b' at "
        "'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern"
    )

    assert list(session_too_long.RULE.check(alone(paste), None)) == []


def test_a_key_pair_of_the_settings_and_a_text_that_shows_keys_confirm_it() -> None:
    (finding,) = ask(static_keys_shadow.RULE, case_of(one(*GOOD), KEYS, INVALID))

    assert finding.verdict is Verdict.CONFIRMED
    assert [item.excerpt for item in finding.evidence[:2]] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    assert "AKIA" not in repr(finding)


@pytest.mark.parametrize(
    ("paste", "verdict"), [(USER, Verdict.LIKELY), (HALF, Verdict.CONFIRMED), (INVALID, Verdict.POSSIBLE)]
)
def test_the_text_alone(paste: str, verdict: Verdict) -> None:
    (finding,) = static_keys_shadow.RULE.check(alone(paste), None)

    assert finding.verdict is verdict


def test_a_refusal_that_names_nobody_may_be_that_of_a_key_pair() -> None:
    paste = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"

    assert said(static_keys_shadow.RULE, case_of(one(*GOOD), KEYS, paste)) == [Verdict.LIKELY]
    assert said(static_keys_shadow.RULE, case_of(one(*GOOD), NOTHING, paste)) == []


@pytest.mark.parametrize(("paste", "pair"), [(HALF, "Half a key pair stands"), (USER, "A key pair stands")])
def test_half_a_pair_is_told_as_such(paste: str, pair: str) -> None:
    (finding,) = static_keys_shadow.RULE.check(alone(paste), None)

    assert finding.headline.startswith(pair)


def test_the_half_that_is_missing_is_shown_where_it_is_out_of_reach() -> None:
    levels = (
        "{workspace: {}, repository: {AWS_ACCESS_KEY_ID: AKIA0000000000000000}, "
        "deployments: {Production: {AWS_SECRET_ACCESS_KEY: {secured: true}}}}"
    )
    (finding,) = ask(static_keys_shadow.RULE, case_of(one(*GOOD), levels, HALF))

    assert [item.excerpt for item in finding.evidence if "`Production`" in item.sentence] == [
        "AWS_SECRET_ACCESS_KEY"
    ]
    assert "the step has to see `AWS_SECRET_ACCESS_KEY` too" in finding.fixes[0].steps[-1]


def test_levels_that_were_not_read_prove_no_key_pair() -> None:
    case = case_of(one(*GOOD), "{workspace: {}}", INVALID, repository_variables=UNREAD)

    assert said(static_keys_shadow.RULE, case) == [Verdict.POSSIBLE]


def test_a_key_pair_without_a_failure_is_likely() -> None:
    assert said(static_keys_shadow.RULE, case_of(one(*GOOD), KEYS)) == [Verdict.LIKELY]


@pytest.mark.parametrize("paste", [REFUSED, NO_CREDENTIALS, EXPIRED])
def test_texts_that_show_that_the_token_was_tried_or_no_key_was_there_rule_it_out(paste: str) -> None:
    assert said(static_keys_shadow.RULE, case_of(one(*GOOD), KEYS, paste)) == []


def test_a_script_that_exchanges_the_token_itself_is_not_shadowed() -> None:
    found: list[Finding] = ask(static_keys_shadow.RULE, case_of(one(EXPLICIT), KEYS, INVALID))

    assert [item.verdict for item in found] == [Verdict.POSSIBLE]


WITH_ROLE = pipe(
    "atlassian/aws-s3-deploy:1.1.0",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_OIDC_ROLE_ARN="arn:aws:iam::123456789012:role/deploy",
)
WITHOUT = pipe("atlassian/aws-s3-deploy:1.1.0", AWS_DEFAULT_REGION="eu-central-1")


@pytest.mark.parametrize(
    ("text", "paste", "verdicts"),
    [
        (one("npm ci") + WITH_ROLE, "", []),
        (one("./build.sh") + WITH_ROLE, "", []),
        (one("npm ci") + WITHOUT, "", []),
        (one("npm ci") + WITH_ROLE, USER, [Verdict.POSSIBLE]),
        (one("npm ci") + WITHOUT, USER, [Verdict.LIKELY]),
        (one("npm ci", keys="") + WITH_ROLE, USER, [Verdict.LIKELY]),
        (one(*GOOD) + WITH_ROLE, "", [Verdict.LIKELY]),
    ],
    ids=[
        "role",
        "role and a script",
        "no role",
        "role, user",
        "no role, user",
        "no token, user",
        "script too",
    ],
)
def test_a_pipe_with_role_and_token_drops_the_key_pair(
    text: str, paste: str, verdicts: list[Verdict]
) -> None:
    assert said(static_keys_shadow.RULE, case_of(text, KEYS, paste)) == verdicts


def test_half_a_key_pair_is_enough_for_the_text_that_says_so() -> None:
    half = "{workspace: {}, deployments: {}, repository: {AWS_ACCESS_KEY_ID: AKIA0000000000000000}}"

    assert said(static_keys_shadow.RULE, case_of(one(*GOOD), half, HALF)) == [Verdict.CONFIRMED]
    assert said(static_keys_shadow.RULE, case_of(one(*GOOD), half, "")) == []
