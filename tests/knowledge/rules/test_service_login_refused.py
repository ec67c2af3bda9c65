"""`service-login-refused`: what other services say, and what to compare; nothing beyond their text."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Verdict
from knowledge.redact import redact
from knowledge.rules.service_login_refused import RULE
from knowledge.service_refusals import REFUSALS
from knowledge.symptoms import recognise
from knowledge.symptoms.model import Family
from knowledge.symptoms.other import ROWS
from knowledge.symptoms.signature import Signature
from tests.knowledge.rules.asking import ask, case_of
from tests.knowledge.rules.azure_texts import AUDIENCE, HOME, ISSUER, REPOSITORY
from tests.knowledge.rules.scripts import one

TOLD = [row for row in ROWS if row.family is not Family.TOKEN_EMPTY]
STEP = one('vault write auth/jwt/login role=deploy jwt="$BITBUCKET_STEP_OIDC_TOKEN"')


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


def test_every_text_that_is_recognised_is_told_or_says_that_there_was_no_token() -> None:
    assert {row.id for row in TOLD} == set(REFUSALS)


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.id)
def test_the_service_is_named_and_what_to_compare(row: Signature) -> None:
    (finding,) = RULE.check(alone(row.examples[0]), None)

    assert finding.headline.startswith(REFUSALS[row.id].service)
    assert finding.verdict is (Verdict.CONFIRMED if REFUSALS[row.id].certain else Verdict.LIKELY)
    assert finding.fixes[0].steps


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.id)
def test_a_cloud_s_cause_never_leads(row: Signature) -> None:
    lead = diagnose(alone(row.examples[0])).lead

    assert lead is not None
    assert lead.cause == "service-login-refused"


@pytest.mark.parametrize(
    ("symptom", "value"),
    [
        ("vault-issuer-refused", ISSUER),
        ("vault-audience-refused", AUDIENCE),
        ("vault-claim-refused", f"{HOME}:*"),
    ],
)
def test_the_token_s_own_value_is_told_where_the_repository_was_read(symptom: str, value: str) -> None:
    row = next(row for row in ROWS if row.id == symptom)
    (known,) = ask(RULE, case_of(STEP, None, row.examples[0], repository=REPOSITORY))
    (unknown,) = ask(RULE, case_of(STEP, None, row.examples[0]))

    assert any(value in step for step in known.fixes[0].steps)
    assert not any(value in step for step in unknown.fixes[0].steps)


AWS_REFUSED = (
    "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized "
    "to perform sts:AssumeRoleWithWebIdentity"
)
UNAUTHORIZED = "error: You must be logged in to the server (Unauthorized)"


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        (AWS_REFUSED, UNAUTHORIZED, False),
        (UNAUTHORIZED, AWS_REFUSED, False),
        (AWS_REFUSED, '* role "deploy" could not be found', False),
        ('* role "deploy" could not be found', AWS_REFUSED, True),
        ("Unable to locate credentials", '* role "deploy" could not be found', False),
    ],
)
def test_what_a_service_says_behind_a_cloud_s_refusal_is_left_to_the_cloud(
    first: str, then: str, told: bool
) -> None:
    case = alone(f"{first}\n{then}\n")

    assert len(case.symptoms) == 2
    assert bool(list(RULE.check(case, None))) is told


def test_an_empty_token_leads_to_the_switch() -> None:
    for row in ROWS:
        if row.family is Family.TOKEN_EMPTY:
            lead = diagnose(alone(row.examples[0])).lead
            assert lead is not None
            assert lead.cause == "oidc-not-enabled"
