"""Credentials as the Azure CLI prints them, by its formats; and what is offered once they were pasted."""

from __future__ import annotations

import json

import pytest

from knowledge.azure_credentials import credentials_in
from knowledge.azure_setup import Credential
from knowledge.finding import Finding
from knowledge.rules import azure_application_not_found, azure_credential_missing, azure_issuer_mismatch
from tests.knowledge.rules.asking import ask, case_of
from tests.knowledge.rules.azure_texts import GOOD, HOME, ISSUER, NO_RECORD, STEP, refused

SUBJECT = f"{HOME}:{STEP}"
TEXT = refused(700211, f"{NO_RECORD} issuer '{ISSUER}'. Please check your federated identity credential.")
EXCHANGE = "api://AzureADTokenExchange"
ONE = f"""\
audiences:
- {EXCHANGE}
description: null
issuer: {ISSUER}/
name: bitbucket
subject: '{SUBJECT}'
"""
LIST = "- " + ONE.replace("\n", "\n  ").rstrip().replace("\n  -", "\n  -") + "\n"
TABLE = f"""\
Description    Issuer{" " * len(ISSUER)}Name       Subject
-------------  {"-" * (len(ISSUER) + 4)}  ---------  {"-" * len(SUBJECT)}
               {ISSUER}/     bitbucket  {SUBJECT}
"""
#: The columns moved, as by hand.
LOOSE = f"Name  Issuer  Subject\n----  ------  ----\nbitbucket   {ISSUER}/   {SUBJECT}\n"
WHOLE = Credential("bitbucket", f"{ISSUER}/", SUBJECT, (EXCHANGE,))
WITHOUT_AUDIENCE = Credential("bitbucket", f"{ISSUER}/", SUBJECT, ())
JSON = json.dumps(
    [{"audiences": [EXCHANGE], "issuer": f"{ISSUER}/", "name": "bitbucket", "subject": SUBJECT}]
)


@pytest.mark.parametrize(
    ("printed", "credential"),
    [
        (JSON, WHOLE),
        (ONE, WHOLE),
        (LIST, WHOLE),
        (TABLE, WITHOUT_AUDIENCE),
        (LOOSE, WITHOUT_AUDIENCE),
    ],
)
def test_each_format_is_read(printed: str, credential: Credential) -> None:
    case = case_of(GOOD, None, f"{TEXT}\n$ az ad app federated-credential list -o x\n{printed}\ndone\n")
    (finding,) = ask(azure_issuer_mismatch.RULE, case)

    assert credentials_in(case) == (credential,)
    assert any("slash at its end" in item.sentence for item in finding.evidence)
    assert "See which credentials" not in titles(finding)


def titles(finding: Finding) -> str:
    return "\n".join(fix.title for fix in finding.fixes)


@pytest.mark.parametrize(
    "printed",
    [
        "issuer: is not set\n",
        "Name    Issuer\n------  ------\nnothing here\n",
        f"Name    Subject\n------  ------\nbitbucket  {SUBJECT}\n",
        "- issuer: [\n",
    ],
)
def test_what_is_no_list_of_credentials_is_none(printed: str) -> None:
    case = case_of(GOOD, None, f"{TEXT}\n{printed}")
    (finding,) = ask(azure_issuer_mismatch.RULE, case)
    (look,) = [fix for fix in finding.fixes if fix.title == "See which credentials the identity has"]

    assert credentials_in(case) == ()
    assert look.commands[0] in look.steps[0]


OTHER = "99999999-0000-4000-8000-000000000000"
OWN = "11112222-3333-4444-8555-666677778888"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            azure_application_not_found.RULE,
            refused(700016, f"Application with identifier '{OTHER}' was not found in the directory 'Acme'."),
        ),
        (
            azure_credential_missing.RULE,
            refused(70025, f"The client '{OTHER}'(deploy) has no configured federated identity credentials."),
        ),
    ],
)
@pytest.mark.parametrize(
    ("given", "differs"), [(OWN, True), (OTHER, False), (OTHER.upper(), False), ("{secured: true}", False)]
)
def test_a_client_id_that_the_step_does_not_give_is_said_to_be_another(
    rule: object, text: str, given: str, differs: bool
) -> None:
    variables = f"{{repository: {{AZURE_CLIENT_ID: {given}, AZURE_TENANT_ID: b}}}}"
    (finding,) = ask(rule, case_of(GOOD, variables, text))  # type: ignore[arg-type]

    assert (
        any("another client id than the text names" in item.sentence for item in finding.evidence) is differs
    )
