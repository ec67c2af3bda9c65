"""Which client id and tenant a step logs in with, as far as the text, the script and its variables tell."""

from __future__ import annotations

import pytest

from knowledge.azure_identity import Identity, identity_of
from knowledge.casefile import CaseFile, Suspect, Variable
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.redact import redact
from knowledge.symptoms import recognise

CLIENT, TENANT = "f2d4b6a8-1c3e-4a5b-9d7f-0e2c4a6b8d1f", "6b1c9a0e-3d5f-4e7a-8b2c-1f0e9d8c7b6a"
OTHER = "11111111-2222-4333-8444-555555555555"
AZ = "az login --service-principal -u {} -t {} --federated-token x"
CONNECT = "Connect-AzAccount -ServicePrincipal -ApplicationId {} -Tenant {}"
NAMED = AZ.format('"$AZURE_CLIENT_ID"', '"$AZURE_TENANT_ID"')
BOTH = {"AZURE_CLIENT_ID": CLIENT, "AZURE_TENANT_ID": TENANT}
ARM = {"ARM_CLIENT_ID": CLIENT, "ARM_TENANT_ID": TENANT}


def asked(text: str, *scripts: list[str], **variables: str | None) -> Identity:
    """The identity of a file with a step for each script; a variable of None is secured."""
    lines = ["pipelines:", "  default:"]
    for number, script in enumerate(scripts):
        lines += ["    - step:", f"        name: s{number}", "        oidc: true", "        script:"]
        lines += [f"          - {line}" for line in script]
    file = parse("\n".join(lines) + "\n")
    paste = redact(text).text
    none: tuple[Variable, ...] = ()
    return identity_of(
        CaseFile(
            paste=paste,
            symptoms=recognise(paste),
            pipeline_file=Known(file, "the file"),
            workspace_variables=Known(none, "workspace variables"),
            repository_variables=Known(
                tuple(Variable(name, value, value is None) for name, value in variables.items()),
                "repository variables",
            ),
            suspects=tuple(Suspect(step, "it failed", certain=True) for step in file.steps),
        )
    )


@pytest.mark.parametrize(
    ("script", "variables", "expected"),
    [
        ([NAMED], BOTH, Identity(CLIENT, TENANT)),
        ([AZ.format(CLIENT.upper(), TENANT)], {}, Identity(CLIENT, TENANT)),
        ([f"export ID={CLIENT}", AZ.format("$ID", TENANT)], {}, Identity(CLIENT, TENANT)),
        ([NAMED], {**BOTH, "AZURE_CLIENT_ID": None}, Identity(None, TENANT)),
        ([NAMED], {**BOTH, "AZURE_CLIENT_ID": "deploy"}, Identity(None, TENANT)),
        ([AZ.format("'$AZURE_CLIENT_ID'", TENANT)], BOTH, Identity(None, TENANT)),
        # The login has other ids than those variables.
        ([AZ.format('"$MINE"', '"$ITS_TENANT"')], {**BOTH, "MINE": None, "ITS_TENANT": None}, Identity()),
        ([AZ.format(CLIENT, TENANT), AZ.format(OTHER, TENANT)], {}, Identity(None, TENANT)),
        ([CONNECT.format("$env:MINE", "$env:AZURE_TENANT_ID")],
         {**BOTH, "MINE": OTHER}, Identity(OTHER, TENANT)),
        ([f"pwsh -c '{CONNECT.lower().format('$env:MINE', '$env:AZURE_TENANT_ID')}'"],
         {**BOTH, "MINE": OTHER}, Identity(OTHER, TENANT)),
        ([CONNECT.format("$id", "$tenant")], BOTH, Identity()),
        ([AZ.format(CLIENT, "contoso.onmicrosoft.com")], {}, Identity(CLIENT, None)),
        (["export ARM_USE_OIDC=true", "terraform apply"], {**ARM, "AZURE_CLIENT_ID": OTHER},
         Identity(CLIENT, TENANT)),
        (["python deploy.py"], BOTH, Identity(CLIENT, TENANT)),
        (["make"], {}, Identity()),
    ],
)  # fmt: skip
def test_the_login_of_the_step_names_it(
    script: list[str], variables: dict[str, str | None], expected: Identity
) -> None:
    assert asked("", script, **variables) == expected


def test_the_text_goes_first() -> None:
    text = f"AADSTS700016: Application with identifier '{OTHER}' was not found in the directory 'Contoso'."
    assert asked(text, [NAMED], **BOTH) == Identity(OTHER, TENANT)


def test_what_two_steps_disagree_on_is_not_known() -> None:
    assert asked("", [AZ.format(CLIENT, TENANT)], [AZ.format(OTHER, TENANT)]) == Identity(None, TENANT)
