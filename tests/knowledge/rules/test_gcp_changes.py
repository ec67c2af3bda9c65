"""What is proposed for Google Cloud: it changes the part that does not fit, keeps every limit, and is never
what is set already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.casefile import CaseFile, Environment
from knowledge.finding import Finding, Fix
from knowledge.gcp_setup import AccountPolicy, Binding, GoogleChange, WorkloadProvider
from knowledge.gcp_trial import changes_nothing, with_change
from knowledge.reading import Known
from tests.knowledge.rules.googling import (
    AUDIENCE,
    AUDIENCE_TEXT,
    CONDITION_TEXT,
    DENIED_TEXT,
    ENVIRONMENT,
    HOME,
    ISSUER,
    MAPPING,
    NAME,
    OWN,
    POOL,
    SET,
    STEP,
    WORKSPACE,
    case_of,
    policy,
    provider,
    sts,
    suspect_of,
    told,
    whole,
)

BARE = HOME.strip("{}")
OTHER = "{00000000-1111-4222-8333-444444444444}"
GIVEN = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": f"{HOME}:{STEP}",
    "repositoryUuid": HOME,
    "workspaceUuid": WORKSPACE,
    "branchName": "main",
}
DEPLOYS = {**GIVEN, "sub": f"{HOME}:{ENVIRONMENT}:{STEP}", "deploymentEnvironmentUuid": ENVIRONMENT}
BY_ENVIRONMENT = {**MAPPING, "attribute.environmentuuid": "assertion.deploymentEnvironmentUuid"}
THIS = f"assertion.repositoryUuid == '{HOME}'"


def lead(case: CaseFile, cause: str) -> Finding:
    finding, *_ = whole(case).findings
    assert finding.cause == cause
    return finding


def condition_after(fix: Fix) -> str | None:
    change = fix.google_after
    return change.provider.condition if change and change.provider else None


@pytest.mark.parametrize(
    ("condition", "after"),
    [
        (f"assertion.repositoryUuid == '{BARE}'", THIS),
        (
            f"assertion.repositoryUuid == '{BARE}' && assertion.branchName == 'main'",
            f"{THIS} && assertion.branchName == 'main'",
        ),
        (
            f"assertion.repositoryUuid == '{BARE}' && assertion.workspaceUuid == '{WORKSPACE.strip('{}')}'",
            f"{THIS} && assertion.workspaceUuid == '{WORKSPACE}'",
        ),
        # One of two ways in is enough, and the narrower one is written first.
        (
            f"assertion.repositoryUuid == '{BARE}' || assertion.workspaceUuid == '{WORKSPACE.strip('{}')}'",
            f"{THIS} || assertion.workspaceUuid == '{WORKSPACE.strip('{}')}'",
        ),
        (
            "assertion.repository == 'acme/site' && assertion.branchName == 'main'",
            f"{THIS} && assertion.branchName == 'main'",
        ),
        ("assertion.repository_owner == 'acme'", THIS),
        (f"assertion.repositoryUuid == '{OTHER}'", f"assertion.repositoryUuid in ['{OTHER}', '{HOME}']"),
        (f"attribute.repositoryuuid == '{BARE}'", f"attribute.repositoryuuid == '{HOME}'"),
        (f"assertion.sub.startsWith('{BARE}:')", f"assertion.sub.startsWith('{HOME}:')"),
        (f"assertion.sub == '{HOME}:{OTHER}'", THIS),
        # What a part shuts out stays shut out: the braces alone are mended.
        *(
            (f"{shut_out} && assertion.repositoryUuid == '{BARE}'", f"{shut_out} && {THIS}")
            for shut_out in (
                "!(assertion.branchName == 'dev')",
                "assertion.branchName != 'dev'",
                "!has(assertion.deploymentEnvironmentUuid)",
                "!(assertion.branchName.startsWith('dev') || assertion.branchName == 'try')",
            )
        ),
        (
            f'assertion.repositoryUuid == "{BARE}" && assertion.branchName != "dev"',
            f'assertion.repositoryUuid == "{HOME}" && assertion.branchName != "dev"',
        ),
    ],
)
def test_only_the_part_that_does_not_hold_is_changed(condition: str, after: str) -> None:
    case = case_of(CONDITION_TEXT, setup=provider(condition=condition), claims=GIVEN)
    finding = lead(case, "gcp-condition-unmet")

    assert condition_after(finding.fixes[0]) == after
    assert finding.verdict.value == "confirmed"


@pytest.mark.parametrize(
    ("condition", "claims", "headline"),
    [
        ("assertion.branchName == 'release'", GIVEN, "demands another `assertion.branchName`"),
        (f"{THIS} && assertion.branchName == 'release'", GIVEN, "demands another `assertion.branchName`"),
        (f"{THIS} && assertion.branchName != 'main'", GIVEN, "shuts out the `assertion.branchName`"),
        ("!(assertion.branchName in ['main'])", GIVEN, "shuts out the `assertion.branchName`"),
        ("!assertion.branchName.startsWith('ma')", GIVEN, "shuts out the `assertion.branchName`"),
        ("!has(assertion.deploymentEnvironmentUuid)", DEPLOYS, "lets in only tokens without"),
        (f"{THIS} && assertion.deploymentEnvironmentUuid == '{OTHER}'", DEPLOYS, "demands another"),
        (f"{THIS} && has(assertion.deploymentEnvironmentUuid)", GIVEN, "deploys to no environment"),
        (f"{THIS} && assertion.deploymentEnvironmentUuid == '{ENVIRONMENT}'", GIVEN, "deploys to no env"),
        (f"assertion.sub == '{HOME}:{OTHER}:{STEP}'", DEPLOYS, "which is another in each step"),
    ],
)
def test_a_limit_of_branches_or_environments_is_never_changed_by_a_command(
    condition: str, claims: dict[str, str], headline: str
) -> None:
    case = case_of(CONDITION_TEXT, setup=provider(condition=condition), claims=claims)
    finding = lead(case, "gcp-condition-unmet")

    assert headline in finding.headline
    assert finding.verdict.value == "confirmed"
    assert [fix.commands for fix in finding.fixes] == [()]
    assert len(finding.fixes[0].steps) == 2


@pytest.mark.parametrize(
    ("condition", "headline", "first"),
    [
        ("false", "is `false` in one part", "keeps out every token"),
        ("assertion.branchName", "where it needs something that is true or false", "Compare"),
        ("size(assertion.branchName) == 9", "has a part that is not true for", "size("),
        ("false || assertion.branchName == 'dev'", "demands another `assertion.branchName`", "branch"),
    ],
)
def test_a_part_that_compares_no_claim_is_told_as_what_it_is(
    condition: str, headline: str, first: str
) -> None:
    finding = lead(
        case_of(CONDITION_TEXT, setup=provider(condition=condition), claims=GIVEN), "gcp-condition-unmet"
    )

    assert headline in finding.headline
    assert first in finding.fixes[0].steps[0]
    assert [fix.commands for fix in finding.fixes] == [()]


@pytest.mark.parametrize("claim", ["exp", "iat", "aud"])
def test_a_claim_that_every_token_has_is_not_said_to_be_lacking(claim: str) -> None:
    given = {name: value for name, value in GIVEN.items() if name != claim}
    case = case_of(CONDITION_TEXT, setup=provider(condition=f"assertion.{claim} > 1"), claims=given)

    assert told(case) == {"gcp-condition-unmet": "likely"}


def test_a_condition_of_one_limit_is_not_told_to_be_taken_away_without_another() -> None:
    condition = f"assertion.deploymentEnvironmentUuid == '{ENVIRONMENT}'"
    environment = Environment(ENVIRONMENT, "Live", "live")
    case = case_of(
        CONDITION_TEXT, setup=provider(condition=condition), environments=Known((environment,), "them")
    )
    deploy, instead = lead(case, "gcp-condition-unmet").fixes[0].steps

    assert "Let the step deploy to `Live`" in deploy
    assert f"and put `{THIS}` in its place" in instead


@pytest.mark.parametrize("workspace", [WORKSPACE.strip("{}"), "acme"])
def test_the_whole_workspace_is_let_in_by_nobody_but_a_person(workspace: str) -> None:
    case = case_of(CONDITION_TEXT, setup=provider(condition=f"assertion.workspaceUuid == '{workspace}'"))
    (fix,) = lead(case, "gcp-condition-unmet").fixes

    assert fix.commands == ()
    assert THIS in fix.steps[0]
    assert f"assertion.workspaceUuid == '{WORKSPACE}'" in fix.steps[1]


def test_while_the_condition_is_not_read_no_command_sets_one() -> None:
    (fix,) = lead(case_of(CONDITION_TEXT), "gcp-condition-unmet").fixes

    assert [command.split()[4] for command in fix.commands] == ["describe"]
    assert any(THIS in step for step in fix.steps)


def test_a_condition_for_one_run_is_told_though_it_holds_for_the_token_that_was_read() -> None:
    setup = provider(condition=f"assertion.sub.endsWith(':{STEP}')")
    finding = lead(case_of(CONDITION_TEXT, setup=setup, claims=GIVEN), "gcp-condition-unmet")

    assert finding.verdict.value == "likely"
    assert condition_after(finding.fixes[0]) == THIS
    assert told(case_of(setup=setup, claims=GIVEN)) == {}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (CONDITION_TEXT, "gcp-condition-unmet"),
        (AUDIENCE_TEXT, "gcp-audience-not-allowed"),
        (
            sts(
                "invalid_grant",
                f"The issuer in ID Token {ISSUER} does not match the expected ones: {ISSUER}/",
            ),
            "gcp-issuer-mismatch",
        ),
        (
            sts(
                "unauthorized_client",
                "Could not obtain a value for google.subject from the given credential.",
            ),
            "gcp-subject-unmapped",
        ),
    ],
)
def test_where_what_was_read_is_right_the_text_is_told_as_such_and_nothing_is_set(
    text: str, cause: str
) -> None:
    diagnosis = whole(case_of(text, setup=provider(), claims=GIVEN))
    finding = diagnosis.findings[0]

    assert (finding.cause, finding.verdict.value) == (cause, "likely")
    assert "as it was read" in finding.headline
    assert [fix.title.split(",")[0] for fix in finding.fixes] == ["Run the step again"]
    assert {
        "gcp-condition-unmet": "its condition holds",
        "gcp-audience-not-allowed": "it allows the token's",
    }.get(cause, "nothing") not in " ".join(diagnosis.checked)


def test_what_is_set_already_changes_nothing_in_whatever_order_it_stands() -> None:
    case = case_of(setup=provider(audiences=("a", AUDIENCE)), bound=policy(OWN))

    assert changes_nothing(case, GoogleChange(provider=provider(audiences=(AUDIENCE, "a", AUDIENCE))))
    assert changes_nothing(case, GoogleChange(policy=AccountPolicy("", (*policy(OWN).bindings,) * 2)))
    assert not changes_nothing(case, GoogleChange(provider=provider(audiences=("a",))))
    assert not changes_nothing(case, GoogleChange(policy=policy(OWN, conditional=True)))
    assert not changes_nothing(case, GoogleChange())
    assert with_change(case, suspect_of(case), GoogleChange(policy=policy(OWN))) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (provider(condition=f"{THIS} && assertion.branchName == 'main'"), provider(condition=THIS)),
        (
            provider(condition=f"{THIS} && assertion.deploymentEnvironmentUuid == '{ENVIRONMENT}'"),
            provider(condition=f"{THIS} && has(assertion.deploymentEnvironmentUuid)"),
        ),
        (provider(condition=f"{THIS} && has(assertion.deploymentEnvironmentUuid)"), provider(condition=THIS)),
    ],
)
def test_a_change_that_drops_a_limit_does_not_hold(before: WorkloadProvider, after: WorkloadProvider) -> None:
    case = case_of(setup=before, claims=DEPLOYS)

    assert with_change(case, suspect_of(case), GoogleChange(provider=after)) is None
    assert with_change(case, suspect_of(case), GoogleChange(provider=replace(before, audiences=("a",))))


def test_a_binding_that_opens_an_environment_to_the_repository_does_not_hold() -> None:
    member = f"{SET}/attribute.environmentuuid/{ENVIRONMENT}"
    case = case_of(setup=provider(mapping=BY_ENVIRONMENT), bound=policy(member))
    wider = AccountPolicy("", (*policy(member).bindings, Binding("roles/iam.workloadIdentityUser", (OWN,))))

    assert with_change(case, suspect_of(case), GoogleChange(policy=wider)) is None


def commands(finding: Finding) -> str:
    return "\n".join(finding.fixes[0].commands)


def test_a_binding_on_an_environment_is_not_opened_to_the_repository() -> None:
    bound = policy(f"{SET}/attribute.environmentuuid/{ENVIRONMENT}")
    for claims in (GIVEN, {**DEPLOYS, "deploymentEnvironmentUuid": OTHER}):
        case = case_of(DENIED_TEXT, setup=provider(mapping=BY_ENVIRONMENT), bound=bound, claims=claims)
        (fix,) = lead(case, "gcp-member-mismatch").fixes

        assert fix.commands == ()
        assert "Let the step deploy" in fix.steps[0]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (f"{SET}/attribute.environmentuuid/{ENVIRONMENT.strip('{}')}", None),
        (f"{SET}/attribute.repositoryuuid/{BARE}", OWN),
        (f"{SET}/attribute.repositoryuuid/{HOME.upper()}", OWN),
        (OWN.replace("123456789012", "acme-prod"), OWN),
        (OWN.replace("Pools/bitbucket", "Pools/github"), OWN),
        (f"{SET}/attribute.repositoryUuid/{HOME}", OWN),
    ],
)
def test_a_member_is_written_rightly_and_no_wider(wrong: str, right: str | None) -> None:
    setup = provider(mapping=BY_ENVIRONMENT, condition=None)
    finding, *_ = whole(case_of(DENIED_TEXT, setup=setup, bound=policy(wrong), claims=DEPLOYS)).findings

    expected = right or f"{SET}/attribute.environmentuuid/{ENVIRONMENT}"
    assert f"--member='{expected}'" in commands(finding)


def test_an_attribute_that_is_not_mapped_is_mapped_to_the_claim_of_that_value() -> None:
    bound = policy(f"{SET}/attribute.env/{ENVIRONMENT}")
    finding = lead(
        case_of(DENIED_TEXT, setup=provider(), bound=bound, claims=DEPLOYS), "gcp-attribute-unmapped"
    )
    unknown = lead(
        case_of(DENIED_TEXT, setup=provider(), bound=policy(f"{SET}/attribute.team/x"), claims=DEPLOYS),
        "gcp-attribute-unmapped",
    )

    assert "attribute.env=assertion.deploymentEnvironmentUuid" in commands(finding)
    assert "--member" not in commands(finding)
    assert commands(unknown) == ""


def test_a_subject_with_an_environment_is_not_replaced_by_the_whole_repository() -> None:
    mapping = {"google.subject": "assertion.sub"}
    bound = policy(f"principal://iam.googleapis.com/{POOL}/subject/{HOME}:{ENVIRONMENT}:{STEP}")
    claims = {**DEPLOYS, "sub": f"{HOME}:{ENVIRONMENT}:{OTHER}", "stepUuid": OTHER}
    case = case_of(DENIED_TEXT, setup=provider(mapping=mapping), bound=bound, claims=claims)
    finding = lead(case, "gcp-member-changes")

    assert f"--member='{SET}/attribute.environmentuuid/{ENVIRONMENT}'" in commands(finding)
    assert "attribute.repositoryuuid" not in commands(finding)


def test_a_role_that_gives_no_tokens_is_told_and_its_member_gets_the_right_one() -> None:
    for role in ("roles/iam.serviceAccountUser", "roles/iam.serviceAccountViewer"):
        case = case_of(DENIED_TEXT, setup=provider(), bound=policy(OWN, role=role))
        finding = lead(case, "gcp-binding-missing")

        assert finding.verdict.value == "confirmed"
        assert role in finding.evidence[0].sentence
        assert f"--role=roles/iam.workloadIdentityUser \\\n  --member='{OWN}'" in commands(finding)


def test_braces_are_missed_though_nothing_is_known_of_the_token() -> None:
    bare = case_of(
        CONDITION_TEXT, setup=provider(condition=f"assertion.repositoryUuid == '{BARE}'"), repository=None
    )
    other = case_of(CONDITION_TEXT, setup=provider(condition=THIS), repository=None)
    member = f"{SET}/attribute.repositoryuuid/{BARE}"
    bound = case_of(DENIED_TEXT, setup=provider(condition=None), bound=policy(member), repository=None)

    assert condition_after(lead(bare, "gcp-condition-unmet").fixes[0]) == THIS
    assert lead(other, "gcp-condition-unmet").verdict.value == "likely"
    assert f"--member='{OWN}'" in commands(lead(bound, "gcp-member-mismatch"))


def test_escaped_braces_are_a_hint_and_no_more() -> None:
    bound = policy(f"{SET}/attribute.repositoryuuid/%7B{BARE}%7D")

    assert told(case_of(DENIED_TEXT, setup=provider(), bound=bound)) == {"gcp-member-mismatch": "possible"}
    assert told(case_of(setup=provider(), bound=bound)) == {}


def test_the_audience_that_google_printed_is_the_one_that_is_allowed() -> None:
    asks = f"oidc: {{audiences: ['//iam.googleapis.com/{NAME}']}}"
    case = case_of(AUDIENCE_TEXT, setup=provider(audiences=()), head=asks)
    finding = lead(case, "gcp-audience-not-allowed")

    assert AUDIENCE in finding.headline
    assert f"--allowed-audiences='{AUDIENCE},//iam.googleapis.com/{NAME}'" in commands(finding)
    assert "which the token that Google was sent does not have" in finding.evidence[-1].sentence


@pytest.mark.parametrize(
    ("audience", "head", "cause"),
    [
        ("https://vault.example.com", "oidc: true", "gcp-token-mistaken"),
        (
            "https://vault.example.com",
            "oidc: {audiences: ['https://vault.example.com']}",
            "gcp-audience-not-allowed",
        ),
        (f"https://iam.googleapis.com/{NAME}", "oidc: true", "gcp-audience-not-allowed"),
        (AUDIENCE, "oidc: true", "gcp-audience-not-allowed"),
    ],
)
def test_the_audience_of_another_service_is_not_told_to_be_allowed(
    audience: str, head: str, cause: str
) -> None:
    text = sts(
        "invalid_grant", f"The audience in ID Token [{audience}] does not match the expected audience."
    )
    found = told(case_of(text, head=head))

    assert [name for name in found if name.startswith("gcp-")] == [cause]


def test_a_provider_that_the_step_does_not_log_in_to_is_not_judged() -> None:
    other = provider(name=NAME.replace("Pools/bitbucket", "Pools/github"), audiences=())
    diagnosis = whole(case_of(AUDIENCE_TEXT, setup=other))
    by_id = provider(name=NAME, audiences=("a",))
    script = case_of(AUDIENCE_TEXT, *_script("acme-prod"), setup=by_id)

    assert [item.source for item in diagnosis.unread] == ["the provider of the workload identity pool"]
    assert "workloadIdentityPools/github" in diagnosis.unread[0].reason
    assert "--workload-identity-pool=bitbucket" in "\n".join(diagnosis.findings[0].fixes[0].commands)
    assert told(case_of(setup=other)) == {}
    # A script that has the project's id in the name means the same provider.
    assert "The provider allows" in repr(whole(script).findings)


def test_a_full_name_in_the_script_is_not_told_to_be_incomplete() -> None:
    text = sts(
        "invalid_request",
        'Invalid value for "audience". This value should be the full resource name of the Identity Provider.',
    )
    finding = lead(case_of(text), "gcp-provider-path-incomplete")

    assert finding.verdict.value == "likely"
    assert "names now is one" in finding.headline
    assert "audience" in finding.fixes[0].steps[0]


def test_after_a_refused_resource_a_missing_switch_is_not_told_beside() -> None:
    text = "Permission 'run.services.get' denied on resource 'projects/p/services/x' (or it may not exist)."
    found = told(case_of(text, head=""))

    assert found == {"gcp-permission-missing": "confirmed"}


def _script(project: str) -> tuple[str, ...]:
    from tests.knowledge.rules.googling import GOOD

    return tuple(line.replace("projects/123456789012", f"projects/{project}") for line in GOOD)
