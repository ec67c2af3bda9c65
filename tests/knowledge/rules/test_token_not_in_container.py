"""A container without the token: certain by a text, likely by the file alone, silent where it may have it."""

from __future__ import annotations

import pytest

from knowledge.finding import Verdict
from knowledge.rules import token_not_in_container
from tests.knowledge.rules.asking import REFUSED, ask, case_of
from tests.knowledge.rules.scripts import one

RULE = token_not_in_container.RULE
EMPTY = "ERROR: Please specify both username and password in non-interactive mode."
NO_TOKEN = (
    "Parameter validation failed:\nInvalid length for parameter WebIdentityToken, value: 0, "
    "valid min length: 4"
)
SEND = 'send "$BITBUCKET_STEP_OIDC_TOKEN"'


def verdicts(line: str, paste: str = EMPTY, keys: str = "oidc: true") -> list[Verdict]:
    return [finding.verdict for finding in ask(RULE, case_of(one(line, keys=keys), None, paste))]


@pytest.mark.parametrize(
    "line",
    [
        f"docker run --rm acme/cli sh -c '{SEND}'",
        f"docker run --rm -e REGION=west -w /src acme/cli bash -ec '{SEND}'",
        f"docker container run acme/cli sh -c '{SEND}'",
        f"podman run acme/cli sh -c '{SEND}'",
        "docker run acme/cli sh -c 'send ${BITBUCKET_STEP_OIDC_TOKEN}'",
        # Another variable with a longer name is not the token.
        f"docker run -e BITBUCKET_STEP_OIDC_TOKEN_OLD acme/cli sh -c '{SEND}'",
    ],
)
@pytest.mark.parametrize("paste", [EMPTY, NO_TOKEN])
def test_a_container_that_reads_the_token_and_is_not_given_it_is_told(line: str, paste: str) -> None:
    assert verdicts(line, paste) == [Verdict.CONFIRMED]


def test_without_a_text_it_is_likely() -> None:
    assert verdicts(f"docker run acme/cli sh -c '{SEND}'", "") == [Verdict.LIKELY]


@pytest.mark.parametrize(
    "line",
    [
        f"docker run -e BITBUCKET_STEP_OIDC_TOKEN acme/cli sh -c '{SEND}'",
        f"docker run --env=BITBUCKET_STEP_OIDC_TOKEN acme/cli sh -c '{SEND}'",
        f"docker run -e \"BITBUCKET_STEP_OIDC_TOKEN=$BITBUCKET_STEP_OIDC_TOKEN\" acme/cli sh -c '{SEND}'",
        f"docker run --env-file ci.env acme/cli sh -c '{SEND}'",
        'docker run acme/cli sh -c "send $BITBUCKET_STEP_OIDC_TOKEN"',
        "docker run acme/cli send $BITBUCKET_STEP_OIDC_TOKEN",
        f"docker run acme/cli sh -c 'BITBUCKET_STEP_OIDC_TOKEN=$(cat token); {SEND}'",
        f"sh -c '{SEND}'",
    ],
)
def test_a_container_that_may_have_the_token_is_not_told_of(line: str) -> None:
    assert verdicts(line) == []


def test_where_the_token_arrived_or_there_is_none_another_cause_speaks() -> None:
    line = f"docker run acme/cli sh -c '{SEND}'"

    assert verdicts(line, REFUSED) == []
    assert verdicts(line, EMPTY, keys="size: 2x") == []


def test_what_the_commands_inside_read_and_the_step_has_is_handed_over_too() -> None:
    line = "docker run acme/cli sh -c 'send $CLIENT $UNKNOWN $BITBUCKET_STEP_OIDC_TOKEN'"
    case = case_of(one(line), "{repository: {CLIENT: a}}", EMPTY)
    (finding,) = ask(RULE, case)

    assert "docker run -e CLIENT -e BITBUCKET_STEP_OIDC_TOKEN acme/cli" in (finding.fixes[0].file_after or "")
