"""Causes that the bindings on a service account show: `gcp-member-changes`, `gcp-attribute-unmapped`,
`gcp-member-mismatch`, `gcp-binding-missing`, `gcp-binding-unsettled`; and the advice `gcp-trust-too-wide`."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.gcp_setup import AccountPolicy, Binding, member_of, provider_path, provider_path_in
from tests.knowledge.rules.googling import (
    DENIED_TEXT,
    EMAIL,
    ENVIRONMENT,
    HOME,
    MAPPING,
    NAME,
    OWN,
    POOL,
    SET,
    STEP,
    case_of,
    policy,
    provider,
    told,
    whole,
)

BARE = HOME.strip("{}")
SUB = {"google.subject": "assertion.sub", "attribute.repository": "assertion.sub"}
OTHER = "{00000000-1111-4222-8333-444444444444}"
CAUSES = ("gcp-member-changes", "gcp-attribute-unmapped", "gcp-member-mismatch", "gcp-binding-missing")


@pytest.mark.parametrize(
    ("members", "mapping", "cause"),
    [
        ((OWN,), MAPPING, None),
        ((f"{SET}/*",), MAPPING, None),
        ((f"{SET}/attribute.repositoryuuid/{BARE}", OWN), MAPPING, None),
        ((f"principal://iam.googleapis.com/{POOL}/subject/{HOME}",), MAPPING, None),
        ((f"{SET}/attribute.repositoryuuid/{BARE}",), MAPPING, "gcp-member-mismatch"),
        ((f"{SET}/attribute.repositoryuuid/{HOME.upper()}",), MAPPING, "gcp-member-mismatch"),
        ((f"{SET}/attribute.repositoryuuid/{OTHER}",), MAPPING, "gcp-member-mismatch"),
        ((OWN.replace("123456789012", "acme-prod"),), MAPPING, "gcp-member-mismatch"),
        ((OWN.replace("Pools/bitbucket", "Pools/github"),), MAPPING, "gcp-member-mismatch"),
        ((f"{SET.replace('Pools/bitbucket', 'Pools/github')}/*",), MAPPING, "gcp-member-mismatch"),
        ((f"{SET}/attribute.environmentuuid/{ENVIRONMENT}",), MAPPING, "gcp-attribute-unmapped"),
        ((f"{SET}/attribute.repositoryUuid/{HOME}",), MAPPING, "gcp-attribute-unmapped"),
        ((f"{SET}/attribute.repository/{HOME}:{STEP}",), SUB, "gcp-member-changes"),
        ((f"principal://iam.googleapis.com/{POOL}/subject/{HOME}:{STEP}",), SUB, "gcp-member-changes"),
        ((f"{SET}/attribute.repository/{HOME}",), SUB, "gcp-member-changes"),
        ((f"{SET}/attribute.repository/{OTHER}:{STEP}",), SUB, "gcp-member-mismatch"),
        ((), MAPPING, "gcp-binding-missing"),
        ((f"serviceAccount:{EMAIL}", "user:dev@acme.example"), MAPPING, "gcp-binding-missing"),
    ],
)
def test_each_member_is_compared_with_the_identity_of_the_step(
    members: tuple[str, ...], mapping: dict[str, str], cause: str | None
) -> None:
    case = case_of(DENIED_TEXT, setup=provider(mapping=mapping, condition=None), bound=policy(*members))
    found = {name: verdict for name, verdict in told(case).items() if name in CAUSES}

    assert found == ({cause: "confirmed"} if cause else {})


@pytest.mark.parametrize("member", [OWN, f"{SET}/*", f"principal://iam.googleapis.com/{POOL}/subject/{HOME}"])
def test_a_member_that_lets_the_step_in_is_shown_and_what_is_left_is_said_to_be_inferred(member: str) -> None:
    diagnosis = whole(case_of(DENIED_TEXT, setup=provider(), bound=policy(member)))
    lead = diagnosis.lead

    assert lead is not None
    assert (lead.cause, lead.verdict.value) == ("gcp-binding-unsettled", "likely")
    assert lead.primary is not None
    assert lead.primary.excerpt == member
    assert [f.cause for f in diagnosis.findings if f.cause in CAUSES] == []
    assert "another service account" in lead.meaning


@pytest.mark.parametrize(
    "case",
    [
        case_of(DENIED_TEXT, setup=provider(), bound=policy(OWN.replace(HOME, OTHER))),
        case_of(DENIED_TEXT, setup=provider()),
        case_of("", setup=provider(), bound=policy(OWN)),
        case_of(
            "Unable to acquire impersonated credentials: No access token in response.", bound=policy(OWN)
        ),
    ],
)
def test_without_such_a_member_or_such_a_text_nothing_is_said_of_waiting(case: CaseFile) -> None:
    assert "gcp-binding-unsettled" not in told(case)


@pytest.mark.parametrize(
    "bound",
    [
        policy(OWN, role="roles/iam.serviceAccountTokenCreator"),
        policy(OWN, conditional=True),
        policy(f"{SET}/group/deployers"),
    ],
)
def test_what_may_let_the_step_in_keeps_the_bindings_from_being_blamed(bound: AccountPolicy) -> None:
    assert not set(told(case_of(DENIED_TEXT, setup=provider(), bound=bound))) & set(CAUSES)


@pytest.mark.parametrize(
    ("member", "cause"),
    [
        (f"{SET}/attribute.sub/{OTHER}", "gcp-member-changes"),
        (f"{SET}/attribute.branch/main", "gcp-attribute-unmapped"),
    ],
)
def test_beside_a_member_that_may_let_the_step_in_another_one_is_no_certain_fault(
    member: str, cause: str
) -> None:
    """The repository was not read, so that the second member cannot be judged."""
    setup = provider(mapping={**MAPPING, "attribute.sub": "assertion.sub"}, condition=None)
    alone, both = policy(member), policy(member, OWN)

    assert told(case_of(setup=setup, bound=alone, repository=None))[cause] == "confirmed"
    assert told(case_of(setup=setup, bound=both, repository=None)) == {}
    assert told(case_of(DENIED_TEXT, setup=setup, bound=both, repository=None))[cause] == "likely"


def test_without_the_policy_a_missing_binding_is_likely_and_the_mapping_may_say_more() -> None:
    assert told(case_of(DENIED_TEXT, setup=provider())) == {"gcp-binding-missing": "likely"}
    found = told(case_of(DENIED_TEXT, setup=provider(mapping=SUB)))
    assert next(iter(found.items())) == ("gcp-member-changes", "likely")


def test_without_the_mapping_only_a_subject_of_this_repository_is_known_to_change() -> None:
    changes = case_of(DENIED_TEXT, bound=policy(f"{SET}/attribute.repository/{HOME}:{STEP}"))
    unknown = case_of(DENIED_TEXT, bound=policy(f"{SET}/attribute.repository/{BARE}"))

    assert told(changes)["gcp-member-changes"] == "confirmed"
    assert not set(told(unknown)) & set(CAUSES)


def test_a_binding_is_not_blamed_for_what_the_exchange_refused() -> None:
    refused = "Error code unauthorized_client: The given credential is rejected by the attribute condition."

    assert not set(told(case_of(refused, setup=provider(), bound=policy()))) & set(CAUSES)


def test_the_change_binds_this_repository_alone_and_takes_the_slip_away() -> None:
    wrong = f"{SET}/attribute.repositoryuuid/{BARE}"
    finding, *_ = whole(case_of(DENIED_TEXT, setup=provider(), bound=policy(wrong))).findings
    change = finding.fixes[0].google_after

    assert change is not None
    assert change.policy == AccountPolicy(
        EMAIL,
        (Binding("roles/iam.workloadIdentityUser", ()), Binding("roles/iam.workloadIdentityUser", (OWN,))),
    )
    assert f"  --member='{OWN}'" in finding.fixes[0].commands
    assert f'  member             = "{OWN}"' in finding.fixes[1].commands


def test_another_repositorys_binding_stays() -> None:
    other = f"{SET}/attribute.repositoryuuid/{OTHER}"
    finding, *_ = whole(case_of(DENIED_TEXT, setup=provider(), bound=policy(other))).findings

    assert not any("remove-iam-policy-binding" in line for line in finding.fixes[0].commands)


def test_an_attribute_that_lacks_is_mapped_before_it_is_bound() -> None:
    bound = policy(f"{SET}/attribute.repository/{HOME}:{STEP}")
    finding, *_ = whole(
        case_of(DENIED_TEXT, setup=provider(mapping=SUB, condition=None), bound=bound)
    ).findings
    commands = "\n".join(finding.fixes[0].commands)

    assert commands.index("attribute.repositoryuuid=assertion.repositoryUuid") < commands.index(
        f"--member='{OWN}'"
    )
    assert finding.fixes[0].google_after is not None


def test_a_step_that_deploys_is_bound_by_its_environment_where_that_is_mapped() -> None:
    mapping = {**MAPPING, "attribute.environmentuuid": "assertion.deploymentEnvironmentUuid"}
    claims = {
        "iss": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        "sub": f"{HOME}:{ENVIRONMENT}:{STEP}",
        "repositoryUuid": HOME,
        "deploymentEnvironmentUuid": ENVIRONMENT,
    }
    case = case_of(DENIED_TEXT, setup=provider(mapping=mapping), bound=policy(), claims=claims)
    finding, *_ = whole(case).findings

    assert f"  --member='{SET}/attribute.environmentuuid/{ENVIRONMENT}'" in finding.fixes[0].commands


def test_everybody_of_a_pool_without_a_condition_is_told_as_advice_alone() -> None:
    def advice(condition: str | None) -> dict[str, str]:
        return told(case_of(setup=provider(condition=condition), bound=policy(f"{SET}/*")))

    assert advice(None) == {"gcp-trust-too-wide": "confirmed"}
    assert advice(f"assertion.repositoryUuid == '{HOME}'") == {}
    assert advice("assertion.sub.matches('x')") == {}


@pytest.mark.parametrize(
    ("text", "project"),
    [
        (NAME, "123456789012"),
        (f"//iam.googleapis.com/{NAME}", "123456789012"),
        (f"https://iam.googleapis.com/{NAME}", "123456789012"),
        (NAME.replace("123456789012", "acme-prod"), "acme-prod"),
        (POOL, None),
        (f"{NAME}/keys", None),
        ("", None),
    ],
)
def test_the_name_of_a_provider_is_taken_apart(text: str, project: str | None) -> None:
    path = provider_path(text)

    assert (path.project if path else None) == project


def test_what_was_read_and_is_right_is_told_as_fine() -> None:
    right = whole(case_of(DENIED_TEXT, setup=provider(), bound=policy(OWN)))
    wrong = whole(
        case_of(DENIED_TEXT, setup=provider(audiences=(), condition="x.matches('y')"), bound=policy())
    )

    assert set(right.checked) >= {
        "the provider is active",
        "its issuer is the workspace's",
        "it allows the token's audience",
        "its condition holds for this step",
        "a binding lets this step act as the service account",
    }
    assert {phrase for phrase in wrong.checked if phrase in right.checked} == {
        "`oidc: true` on the step",
        "the provider is active",
        "its issuer is the workspace's",
    }


def test_a_text_that_names_two_providers_names_none() -> None:
    assert provider_path_in(f"from {NAME}: refused") == provider_path(NAME)
    assert provider_path_in(f"{NAME} and {NAME}2") is None


@pytest.mark.parametrize(
    "text", ["allUsers", "user:a@b.example", f"{SET}", f"{SET}/attribute.x", "principalSet://x/*"]
)
def test_what_is_no_federated_member_is_none(text: str) -> None:
    assert member_of(text) is None
