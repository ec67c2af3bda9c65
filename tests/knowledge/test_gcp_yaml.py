"""A provider and a policy as `gcloud` prints them without `--format`."""

from __future__ import annotations

import pytest

from knowledge.gcp_pasted import with_pasted_setup
from knowledge.gcp_yaml import yaml_object, yaml_objects
from knowledge.reading import Known
from tests.knowledge.rules.googling import CONDITION_TEXT, HOME, NAME, OWN, case_of

PROVIDER = f"""\
attributeCondition: assertion.repositoryUuid == '{HOME}'
attributeMapping:
  attribute.repositoryuuid: assertion.repositoryUuid
  google.subject: assertion.sub
disabled: true
name: {NAME}
oidc:
  allowedAudiences:
  - one
  - two
  issuerUri: https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc
state: ACTIVE
"""
POLICY = f"""\
bindings:
- members:
  - {OWN}
  role: roles/iam.workloadIdentityUser
etag: BwYx
version: 1
"""


def test_both_are_read_out_of_a_message_with_other_lines_around() -> None:
    text = f"{CONDITION_TEXT}\n\n$ gcloud describe\n{PROVIDER}\nand the account:\n```\n{POLICY}```\nthanks"
    case = with_pasted_setup(case_of(CONDITION_TEXT), text)

    assert isinstance(case.gcp_provider, Known)
    assert isinstance(case.gcp_account, Known)
    provider = case.gcp_provider.value
    assert (provider.name, provider.audiences, provider.disabled) == (NAME, ("one", "two"), True)
    assert provider.condition == f"assertion.repositoryUuid == '{HOME}'"
    assert provider.mapping["attribute.repositoryuuid"] == "assertion.repositoryUuid"
    assert case.gcp_account.value.bindings[0].members == (OWN,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no object",
        "- a list",
        "a: [1",
        "a: 1\na: 2",
        "a: &x 1\nb: *x",
        "? [a]\n: b",
        "a: " + "[" * 2000,
        "a: b\n" * 20_000,
    ],
)
def test_what_gcloud_does_not_print_is_no_object(text: str) -> None:
    assert yaml_object(text) is None


def test_a_message_about_something_else_is_not_looked_at() -> None:
    assert list(yaml_objects("the oidc: true of step\nimage: x")) == []
    assert list(yaml_objects("oidc: true\nscript:\n- make")) == [{"oidc": True, "script": ["make"]}]
    case = case_of(CONDITION_TEXT)
    assert with_pasted_setup(case, "oidc: true\nscript:\n- make") == case
