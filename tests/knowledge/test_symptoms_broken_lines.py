"""Values that a terminal broke at the end of its line are read whole, at whatever column it broke them."""

from __future__ import annotations

import pytest

from knowledge.redact import redact
from knowledge.symptoms import recognise
from knowledge.symptoms.normalise import flatten

SUBJECT = (
    "{495d8ecc-f500-4ab8-aed5-ddaefa477b7f}:{1f0ad2ce-0000-4111-8222-333344445555}"
    ":{9c2d0e11-5555-4666-8777-888899990000}"
)
ISSUER = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
AUDIENCE = "ari:cloud:bitbucket::workspace/df17aa72-3bde-4468-a13b-ecb9733ba43b"
GOOGLE = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/b"
NO_RECORD = "No matching federated identity record found for presented assertion"
CHECK = "Please check your federated identity credential Subject, Audience and Issuer against it."
TEXTS = {
    "subject": (f"ERROR: AADSTS700213: {NO_RECORD} subject '{SUBJECT}'. {CHECK}", SUBJECT),
    "issuer": (f"ERROR: AADSTS700211: {NO_RECORD} issuer '{ISSUER}'. {CHECK}", ISSUER),
    "audience": (f"ERROR: AADSTS700212: {NO_RECORD} audience '{AUDIENCE}'. {CHECK}", AUDIENCE),
}
PROVIDER = (
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: No "
    f"OpenIDConnect provider found in your account for {ISSUER}"
)
GOOGLE_TEXT = (
    "ERROR: (gcloud.auth.login) There was a problem refreshing your current auth tokens: ('Error code "
    f"invalid_grant: The audience in ID Token [{AUDIENCE}] does not match the expected audience "
    f'https:{GOOGLE}.\', \'{{"error":"invalid_grant"}}\')'
)


def broken(text: str, width: int) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


def fields(text: str) -> dict[str, str]:
    (symptom,) = recognise(redact(text).text)
    return dict(symptom.fields)


@pytest.mark.parametrize("width", range(40, 200, 3))
@pytest.mark.parametrize("name", TEXTS)
def test_what_azure_quotes_is_whole_at_every_width(name: str, width: int) -> None:
    text, value = TEXTS[name]

    assert fields(broken(text, width))[name] == value


@pytest.mark.parametrize("width", range(60, 200, 7))
def test_the_issuer_that_aws_quotes_is_whole_at_every_width(width: int) -> None:
    assert fields(broken(PROVIDER, width))["issuer"] == ISSUER


@pytest.mark.parametrize("width", range(64, 200, 7))
def test_the_audience_that_google_quotes_is_whole_at_every_width(width: int) -> None:
    assert fields(broken(GOOGLE_TEXT, width))["audience"] == AUDIENCE


@pytest.mark.parametrize("value", [SUBJECT, ISSUER, AUDIENCE, GOOGLE, "api://AzureADTokenExchange"])
def test_one_break_inside_a_value_is_taken_out_wherever_it_stands(value: str) -> None:
    for at in range(1, len(value)):
        shown = f"the value '{value[:at]}\n{value[at:]}' was sent"

        assert flatten(shown).text == f"the value '{value}' was sent"


def test_a_box_around_the_lines_does_not_keep_the_pieces_apart() -> None:
    left, right = SUBJECT.split(":", 1)
    text = f"│ Error: AADSTS700213: {NO_RECORD}\n│ subject '{left}:\n│ {right}'. Check\n╵"

    assert fields(text)["subject"] == SUBJECT


@pytest.mark.parametrize(
    "lines",
    [
        (
            "the first id is 495d8ecc-f500-4ab8-aed5-ddaefa477b7f",
            "1f0ad2ce-0000-4111-8222-333344445555 is next",
        ),
        ("it has no end", "and no beginning"),
        (f"expected {ISSUER}", "/token was found"),
        (f"subject {AUDIENCE}", "and another"),
    ],
)
def test_lines_that_end_with_a_value_stay_two(lines: tuple[str, str]) -> None:
    assert flatten("\n".join(lines)).text == " ".join(lines)


def test_a_paragraph_may_stand_between_two_pieces_that_are_not_one() -> None:
    left, right = AUDIENCE[:50], AUDIENCE[50:]

    assert flatten(f"{left}\n\n{right}").text == f"{left} {right}"


def test_words_are_joined_where_every_line_has_the_terminal_s_width() -> None:
    text = f"ERROR: AADSTS700213: {NO_RECORD} subject 'arn:aws:iam::123456789012:role/acme-deploy'. {CHECK}"
    for width in range(45, 100):
        assert fields(broken(text, width))["subject"] == "arn:aws:iam::123456789012:role/acme-deploy"


@pytest.mark.parametrize("form", ["&#39;", "&#x27;", "&apos;"])
def test_signs_written_as_entities_are_read(form: str) -> None:
    subject = SUBJECT.replace("{", "&#123;").replace("}", "&#x7D;")
    text = f"ERROR: AADSTS700213: {NO_RECORD} subject {form}{subject}{form}. {CHECK}"

    assert fields(text)["subject"] == SUBJECT


def test_the_next_command_that_a_shell_shows_is_no_end_of_the_role_before_it() -> None:
    text = (
        "+ export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/thumbnailer-deploy\n"
        "+ export AWS_WEB_IDENTITY_ROLE_FILE=$(pwd)/web-identity-token\n"
        "+ echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/web-identity-token\n\n"
        'Unable to locate credentials. You can configure credentials by running "aws configure".\n'
    )
    (symptom,) = recognise(redact(text).text)

    assert symptom.fields["role_arn"] == "arn:aws:iam::123456789012:role/thumbnailer-deploy"
