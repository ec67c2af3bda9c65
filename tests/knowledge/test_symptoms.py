"""Failure texts are found as they are pasted, nothing else is, and the search takes linear time."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.redact import CleanText, redact
from knowledge.symptoms import Family, Reach, may_concern, recognise
from knowledge.symptoms.model import Symptom
from knowledge.symptoms.normalise import flatten
from knowledge.symptoms.signature import Signature, compiled
from knowledge.symptoms.tables import ROWS
from tests.knowledge.linear_time import linear

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "negatives.jsonl"

DENIED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    "Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
PROVIDER = (
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity "
    "operation: No OpenIDConnect "
    "provider found in your account for "
    "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
)
AFTER = (
    "An error occurred (AccessDenied) when calling the PutObject operation: User: "
    "arn:aws:sts::123456789012:assumed-role/"
    "deploy/botocore-session-1795400000 is not authorized to perform: s3:PutObject on resource: "
    "arn:aws:s3:::acme-site/a"
)
REGION = 'You must specify a region. You can also configure your region by running "aws configure".'

EXAMPLES = [(row, example) for row in ROWS for example in row.examples]


def found(text: str) -> tuple[Symptom, ...]:
    return recognise(redact(text).text)


def ids(text: str) -> list[str]:
    return [symptom.id for symptom in found(text)]


# --- the tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "example"), EXAMPLES, ids=[f"{row.id}-{n}" for n, (row, _) in enumerate(EXAMPLES)]
)
def test_an_example_is_recognised_as_its_own_row_and_as_no_other(row: Signature, example: str) -> None:
    assert ids(example) == [row.id]


@pytest.mark.parametrize(
    ("row", "example"), EXAMPLES, ids=[f"{row.id}-{n}" for n, (row, _) in enumerate(EXAMPLES)]
)
def test_the_quick_look_lets_every_example_through(row: Signature, example: str) -> None:
    assert may_concern(example), row.id
    assert may_concern(f"hi all\n```\n{example}\n```\nany idea?")


def test_ids_are_unique_and_say_their_provider() -> None:
    names = [row.id for row in ROWS]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", name) for name in names)
    for row in ROWS:
        first = row.id.split("-")[0]
        assert row.provider == {"aws": "aws", "pipe": "aws", "azure": "azure", "gcp": "gcp"}.get(
            first, "other"
        )


def test_every_row_has_an_example_a_meaning_and_a_source() -> None:
    for row in ROWS:
        assert row.examples, row.id
        assert row.meaning.endswith("."), row.id
        assert row.source.startswith("https://"), row.id


def test_what_only_an_oidc_login_prints_is_told_from_what_every_laptop_prints() -> None:
    assert found(DENIED)[0].reach is Reach.OIDC
    for text in (
        AFTER,
        REGION,
        "Unable to locate credentials",
        "The security token included in the request is invalid.",
    ):
        assert [symptom.reach for symptom in found(text)] == [Reach.COMMON]


# --- as it is pasted ------------------------------------------------------------------------------


def hard_wrapped(text: str, width: int) -> str:
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def boxed(text: str) -> str:
    wrapped = textwrap.wrap(text, 60, break_long_words=False, break_on_hyphens=False)
    return "\n".join(["╷", *(f"│ {line}" for line in wrapped), "╵"])


DAMAGE: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "colours": lambda text: "\x1b[31m" + text.replace(" ", " \x1b[1m\x1b[0m", 3) + "\x1b[0m",
    "colours inside words": lambda text: text.replace("operation", "oper\x1b[31mation").replace(
        "region", "re\x1b[0mgion"
    ),
    "time stamps": lambda text: "\n".join(
        f"2026-11-20T10:20:30.123Z {line}" for line in re.sub(r"(.{40,60}) ", r"\1\n", text).split("\n")
    ),
    "clock": lambda text: "\n".join(
        f"[10:20:30] {line}" for line in re.sub(r"(.{40,60}) ", r"\1\n", text).split("\n")
    ),
    "quoted": lambda text: "> " + re.sub(r"(.{40,60}) ", r"\1\n> ", text),
    "quoted by slack": lambda text: "&gt; " + re.sub(r"(.{40,60}) ", r"\1\n&gt; ", text),
    "a box": boxed,
    "wrapped at blanks": lambda text: re.sub(r"(.{30,50}) ", r"\1\n", text),
    "wrapped inside words": lambda text: hard_wrapped(text, 37),
    "wrapped with CRLF": lambda text: re.sub(r"(.{30,50}) ", "\\1\r\n", text),
    "indented": lambda text: "\t    " + text.replace(" ", "   "),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "thin spaces": lambda text: text.replace(" ", "\u2009"),
    "zero width": lambda text: text.replace("e", "e\u200b", 5) + "\ufeff",
    "curly quotes": lambda text: text.replace('"', "“").replace("'", "’"),
    "entities": lambda text: (
        text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&#39;")
    ),
    "a code block": lambda text: f"```\n{text}\n```",
    "links": lambda text: text.replace(
        "sts:AssumeRoleWithWebIdentity",
        "<http://sts:AssumeRoleWithWebIdentity|sts:AssumeRoleWithWebIdentity>",
    ).replace(
        "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "<https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc>",
    ),
    "among other lines": lambda text: (
        f"+ aws s3 sync\nBuild setup\n\n{text}\n\nBuild teardown\nSearching for test reports"
    ),
    "twice": lambda text: f"{text}\n{text}",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (DENIED, "aws-sts-access-denied"),
        (PROVIDER, "aws-sts-provider-missing"),
        (AFTER, "aws-after-assume-denied"),
        ("Couldn't retrieve verification key from your identity provider", "aws-sts-keys-unreachable"),
        (
            "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4",
            "aws-client-token-empty",
        ),
        ("ERROR: AADSTS700213: No matching federated identity record found", "azure-subject-refused"),
        ("The given credential is rejected by the attribute condition.", "gcp-condition-refused"),
        (REGION, "aws-region-missing"),
    ],
)
def test_what_viewers_do_to_a_text_does_not_hide_it(damage: str, text: str, wanted: str) -> None:
    assert ids(DAMAGE[damage](text)) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        DENIED[:-30],
        DENIED[: DENIED.index(": Not") + 1],
        DENIED[: DENIED.index(": Not")],
        DENIED[len("An error ") :],
        "botocore.exceptions.ClientError: " + DENIED,
        "…Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "not authorized to perform sts:AssumeRoleWithWebIdentity anyone?",
        'Not authorized to perform: "sts:AssumeRoleWithWebIdentity"',
    ],
)
def test_a_refusal_whose_end_or_beginning_was_cut_off_is_still_recognised(text: str) -> None:
    assert ids(text) == ["aws-sts-access-denied"]


@pytest.mark.parametrize(
    "account", ["***", "************", "XXXXXXXXXXXX", "$AWS_ACCOUNT_ID", "123456789012"]
)
def test_a_masked_account_number_hides_neither_the_failure_nor_the_role(account: str) -> None:
    role = f"arn:aws:iam::{account}:role/deploy"
    (symptom,) = found(f"+ aws sts assume-role-with-web-identity --role-arn {role}\n{DENIED}")
    assert symptom.fields["role_arn"] == role
    assert symptom.fields.get("account") == ("123456789012" if account.isdigit() else None)


def test_a_region_that_the_log_masked_by_its_variables_name_does_not_hide_the_failure() -> None:
    text = 'Could not connect to the endpoint URL: "https://sts.$AWS_REGION.amazonaws.com/"'
    assert ids(f"{text}\n{DENIED}") == ["aws-sts-access-denied", "aws-endpoint-unreachable"]
    assert ids(text) == ["aws-endpoint-unreachable"]


def test_the_role_is_taken_from_the_command_beside_the_failure_and_not_from_a_resource() -> None:
    text = (
        "export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/deploy\n"
        f"{DENIED}\n"
        "allowed resource: arn:aws:iam::210987654321:role/other"
    )
    assert found(text)[0].fields["role_arn"] == "arn:aws:iam::123456789012:role/deploy"


def test_two_roles_and_none_beside_the_failure_is_no_role() -> None:
    text = f"arn:aws:iam::123456789012:role/a\narn:aws:iam::123456789012:role/b\n{DENIED}"
    assert "role_arn" not in found(text)[0].fields


# --- several in one text --------------------------------------------------------------------------


def test_the_same_failure_again_is_told_once_where_it_stands_first() -> None:
    text = f"{DENIED}\nretry\n{DENIED}"
    (symptom,) = found(text)
    assert symptom.span == (0, len(DENIED))


def test_causes_come_in_the_order_of_the_text_and_what_follows_from_them_last() -> None:
    token = "Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4"
    text = f"Unable to locate credentials\n{token}\n{DENIED}"
    assert ids(text) == ["aws-client-token-empty", "aws-sts-access-denied", "aws-no-credentials"]


def test_every_argument_that_sts_lists_is_told_with_the_code_before_the_list() -> None:
    text = (
        "An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: 2 "
        "validation errors "
        "detected: Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater "
        "than or equal to "
        "20; Value 'a/b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern"
    )
    assert [(s.id, s.code, s.operation) for s in found(text)] == [
        ("aws-sts-role-arn-empty", "ValidationError", "AssumeRoleWithWebIdentity"),
        ("aws-sts-session-name", "ValidationError", "AssumeRoleWithWebIdentity"),
    ]


def test_the_pipes_warning_leads_before_the_missing_keys_that_follow_from_it() -> None:
    text = (
        'WARNING: Parameter "oidc: true" in the step configuration is required for OIDC authentication\n'
        "INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n"
        "✖ Validation errors: \nAWS_ACCESS_KEY_ID:\n- required field\nAWS_SECRET_ACCESS_KEY:\n- "
        "required field\n"
    )
    assert ids(text)[0] == "pipe-token-missing"
    assert {symptom.family for symptom in found(text)[1:]} == {Family.NO_CREDENTIALS}


def test_a_text_that_only_wraps_another_is_left_out_beside_it_and_kept_alone() -> None:
    wrapper = "Error: No valid credential sources found"
    assert ids(wrapper) == ["aws-terraform-no-credentials"]
    assert ids(f"{wrapper}\n\nError: {DENIED}") == ["aws-sts-access-denied"]


@pytest.mark.parametrize(
    ("row", "example"), EXAMPLES, ids=[f"{row.id}-{n}" for n, (row, _) in enumerate(EXAMPLES)]
)
def test_a_span_lies_in_the_text_and_holds_what_was_matched(row: Signature, example: str) -> None:
    before, behind = "hello there\n\x1b[31m", "\x1b[0m\nthanks"
    text = redact(f"{before}{example}{behind}").text
    for symptom in recognise(text):
        start, end = symptom.span
        assert 0 <= start < end <= len(text)
        piece = flatten(text[start:end]).text
        assert compiled(row.pattern).search(piece) or any(needle in piece for needle in row.needles)
        assert not piece.startswith("hello")
        assert not piece.endswith("thanks")


# --- silence --------------------------------------------------------------------------------------

#: Messages of a CI channel in which no login failed. None of them holds a known failure.
SMALL_TALK = (
    "good morning, is the build slow for anybody else?",
    "we should move our deploys to OIDC some day, static keys are a pain",
    (
        "docs for OIDC: "
        "https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-u"
        "sing-oidc/"
    ),
    "who has access to the AWS account of acme?",
    "the role arn:aws:iam::123456789012:role/deploy was made yesterday, please use it",
    "AssumeRoleWithWebIdentity is the call you need, see the docs",
    "does anyone know what sts:AssumeRoleWithWebIdentity does?",
    '"Action": "sts:AssumeRoleWithWebIdentity"',
    "Action = sts:AssumeRoleWithWebIdentity in the trust policy, and sub with braces",
    "I set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, deploy is green now",
    "INFO: Authenticating with a OpenID Connect (OIDC) Web Identity Provider",
    "Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    "oidc: true\nscript:\n  - aws s3 ls",
    "error: failed to push some refs to 'git@bitbucket.org:acme/widget.git'",
    "git@bitbucket.org: Permission denied (publickey).",
    "remote: Permission denied to update branch main.",
    "fatal: Authentication failed for 'https://bitbucket.org/acme/widget.git/'",
    "npm ERR! code E401\nnpm ERR! Unable to authenticate, need: Bearer",
    "npm ERR! code ENOENT\nnpm ERR! ENOENT: no such file or directory, open '/build/package.json'",
    "FileNotFoundError: [Errno 2] No such file or directory: 'config/settings.yml'",
    "java.nio.file.NoSuchFileException: /build/libs/app.jar",
    "the role ARN is not set in my shell, where do I get it?",
    "unable to read file at config.yml: open config.yml: no such file or directory",
    "Missing a required claim: exp",
    "File 'src/app.py' was not found.",
    "File dist/index.html was not found.",
    "bash: line 3: aws: command not found",
    "toomanyrequests: You have reached your pull rate limit.",
    "denied: requested access to the resource is denied",
    "unauthorized: authentication required",
    "Error: Process completed with exit code 1.",
    "pytest: 3 failed, 120 passed",
    "AssertionError: expected 403 to equal 200",
    "assert response.code == 'AccessDenied'",
    "AccessDenied is what our API returns for a wrong password, right?",
    "HTTP 403 Forbidden from the internal registry",
    "x509: certificate signed by unknown authority",
    "Could not resolve host: bitbucket.org",
    'Could not connect to the endpoint URL: "https://s3.eu-west-1.amazonaws.com/"',
    "dial tcp: lookup registry.acme.example: no such host",
    "Token expired, please log in to Jira again",
    "The token has expired on my laptop's Slack, how do I log in again",
    "JWT validation in our service: invalid signature",
    "jsonwebtoken: TokenExpiredError: jwt expired",
    "invalid audience in our own API gateway tests",
    "Incorrect audience for the newsletter, marketing says",
    'role "developer" does not exist (PostgreSQL)',
    'role "app" could not be found in our own tool',
    "ERROR: permission denied for table users",
    "Error acquiring the state lock: ConditionalCheckFailedException",
    "Terraform plan: 3 to add, 0 to change, 1 to destroy.",
    "Error: Reference to undeclared input variable",
    "The stack named acme-prod failed to deploy: UPDATE_ROLLBACK_COMPLETE",
    "ResourceInitializationError: unable to pull secrets",
    "CannotPullContainerError: image not found",
    "Exceeded build time limit of 120 minutes.",
    "Container 'Build' exceeded memory limit.",
    "No such bucket acme-site, did somebody delete it?",
    (
        "An error occurred (NoSuchBucket) when calling the PutObject operation: The specified bucket "
        "does not exist"
    ),
    "An error occurred (ThrottlingException) when calling the DescribeStacks operation: Rate exceeded",
    "gcloud components update is available",
    "az --version prints 2.61",
    'kubectl: error: deployment "web" exceeded its progress deadline',
    "missing token in the parser, line 3",
    '{"errors": ["missing token in the body, line 3"]}',
    "Ensure that they may access an Azure subscription, then run Connect-AzAccount to login.",
    "missing role field in the form",
    "region of interest in the image is missing a value",
)


@pytest.mark.parametrize("text", SMALL_TALK)
def test_a_message_without_a_failure_is_not_recognised(text: str) -> None:
    assert ids(text) == []


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the checkout")
def test_no_message_of_the_corpus_is_taken_for_a_failed_oidc_login_unless_it_quotes_one() -> None:
    quoting = {"neg-097", "neg-101"}  # "solved now", and another CI: for the gate to tell
    spoken = {
        entry["id"]
        for entry in map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines())
        if any(symptom.reach is Reach.OIDC for symptom in found(entry["text"]))
    }
    assert spoken <= quoting


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not beside the checkout")
def test_what_the_corpus_shows_of_common_failures_is_never_a_refused_token() -> None:
    telling = {Family.ROLE_REFUSED, Family.PROVIDER_REFUSED, Family.AUDIENCE_REFUSED, Family.TOKEN_EMPTY}
    for entry in map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines()):
        for symptom in found(entry["text"]):
            assert symptom.reach is Reach.OIDC or symptom.family not in telling, entry["id"]


# --- whatever comes -------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [*(needle for row in ROWS for needle in row.needles), *(e[:80] for _, e in EXAMPLES), "\n", " ", "'"]
)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300) | st.lists(_PIECES | st.text(max_size=20), max_size=12).map("".join))
def test_recognise_never_raises_and_its_spans_lie_in_the_text(raw: str) -> None:
    text = redact(raw).text
    symptoms = recognise(text)
    for symptom in symptoms:
        start, end = symptom.span
        assert 0 <= start < end <= len(text)
        assert all(isinstance(value, str) for value in symptom.fields.values())
    if symptoms and not text.startswith("\n"):
        assert may_concern(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_flattening_keeps_the_way_back(raw: str) -> None:
    flat = flatten(raw, offset=7)
    for place in range(len(flat.text)):
        assert 7 <= flat.origin(place) <= 7 + len(raw)


@pytest.mark.parametrize("typed", [str.lower, str.upper, str.swapcase])
@pytest.mark.parametrize("row", [row for row in ROWS if not row.generic], ids=lambda row: row.id)
def test_a_failure_typed_in_letters_of_another_size_is_recognised(
    row: Signature, typed: Callable[[str], str]
) -> None:
    assert row.id in {symptom.id for symptom in recognise(redact(typed(row.examples[0])).text)}


_ORDINARY = "\n".join(
    f"2026-11-23T10:{number // 60:02d}:{number % 60:02d}Z   npm install of part {number}"
    for number in range(900)
)


@pytest.mark.parametrize("behind", ["", f"\n{_ORDINARY}"])
def test_a_failure_deep_in_a_log_is_told_with_the_role_named_near_it(behind: str) -> None:
    role = "arn:aws:iam::123456789012:role/deploy"
    denied = (
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )
    text = f"{_ORDINARY}\n+ aws s3 ls --role-arn {role}\n{_ORDINARY[:3000]}\n{denied}{behind}"

    (found,) = recognise(redact(text).text)

    assert text[slice(*found.span)] == denied
    assert found.fields["role_arn"] == role


def test_failures_far_from_each_other_are_all_told() -> None:
    text = (
        f"Incorrect token audience\n{_ORDINARY}\nToken too old: 86523\n{_ORDINARY}\n"
        "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    )

    assert [symptom.id for symptom in recognise(redact(text).text)] == [
        "aws-sts-audience-refused",
        "aws-sts-token-too-old",
        "aws-sts-access-denied",
    ]


@pytest.mark.parametrize("width", [18, 20, 24, 40])
def test_a_narrow_window_that_broke_words_hides_nothing(width: int) -> None:
    text = "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: "
    text += "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    broken = "\n".join(text[start : start + width] for start in range(0, len(text), width))

    assert may_concern(broken)
    assert [symptom.id for symptom in recognise(redact(broken).text)] == ["aws-sts-access-denied"]


def test_of_a_huge_text_the_beginning_and_the_end_are_looked_at() -> None:
    filler = "all is well here\n" * 20_000
    assert ids(f"{DENIED}\n{filler}") == ["aws-sts-access-denied"]
    at_end = found(f"{filler}{DENIED}")
    assert [symptom.id for symptom in at_end] == ["aws-sts-access-denied"]
    assert at_end[0].span == (len(filler), len(filler) + len(DENIED))


# --- linear time ----------------------------------------------------------------------------------

_UNITS = (
    "{needle} ",
    "{needle}",
    "{example} ",
    "{half}",
    "An error occurred (AccessDenied) when calling the {needle}",
    "operation error STS: {needle}, https response error StatusCode: 403, RequestID: ",
    "WebIdentityErr: {needle} caused by: ",
)


@pytest.mark.parametrize("unit", _UNITS)
def test_the_search_takes_linear_time_whatever_is_repeated(unit: str) -> None:
    worst: list[str] = []
    for row in ROWS:
        example = row.examples[-1]
        piece = unit.format(needle=row.needles[0], example=example, half=example[: len(example) // 2])
        small = piece * (2_000 // len(piece) + 1)
        if not linear(lambda text: recognise(CleanText(text)), small):
            worst.append(row.id)
    assert worst == []


@pytest.mark.parametrize(
    "filler", [" ", "\n", "\x1b[", "&", "<https://", "'", "a", "> ", "\u200b", "│ ", "2026-11-20T10:20:30 "]
)
def test_flattening_takes_linear_time_whatever_is_repeated(filler: str) -> None:
    assert linear(flatten, filler * (3_000 // len(filler)))
