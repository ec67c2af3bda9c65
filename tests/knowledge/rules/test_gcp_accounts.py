"""Which service account a text, a step and a policy are about, and whom a role goes to:
`gcp-permission-missing`, `gcp-binding-missing`, `gcp-member-mismatch`, `gcp-binding-unsettled`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.finding import Finding
from knowledge.gcp_pasted import with_pasted_setup
from knowledge.gcp_setup import IMPERSONATE, AccountPolicy, Binding
from knowledge.reading import Known, Unread
from knowledge.redact import redact
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import with_variables
from tests.knowledge.rules.googling import (
    CONDITION_TEXT,
    DENIED_TEXT,
    EMAIL,
    GOOD,
    HOME,
    LOGIN,
    MAKE,
    MAPPING,
    NAME,
    OWN,
    POOL,
    SET,
    WRITE,
    case_of,
    policy,
    provider,
    told,
    whole,
)

OTHER = "legacy@acme-prod.iam.gserviceaccount.com"
BARE = OWN.replace(HOME, HOME.strip("{}"))
CALL = "Permission 'run.services.get' denied on resource 'site' (or resource may not exist)."
URL = (
    'impersonate: unable to generate access token: Post "https://iamcredentials.googleapis.com/v1/projects/-/'
    f'serviceAccounts/{OTHER}:generateAccessToken": oauth2/google: status code 403: {{"error": {{"code": '
    '403, "message": "Permission \'iam.serviceAccounts.getAccessToken\' denied on resource (or it may not '
    'exist)."}}'
)


def lead_of(*args: str, **kinds: object) -> Finding:
    lead = whole(case_of(*args, **kinds)).lead  # type: ignore[arg-type]
    assert lead is not None
    return lead


def shown(finding: Finding) -> str:
    """All that the finding says, its commands too."""
    fixes = [" ".join((*fix.commands, *fix.steps)) for fix in finding.fixes]
    return " ".join((finding.headline, finding.meaning, *(e.sentence for e in finding.evidence), *fixes))


@pytest.mark.parametrize(
    "text",
    [
        f"ERROR: (gcloud.run.deploy) PERMISSION_DENIED: {CALL} This command is authenticated as {OTHER}",
        f"ERROR: (gcloud.run.deploy) User [{OTHER}] does not have permission to access projects [x]: {CALL}",
        f"ERROR: (gcloud.run.deploy) [{OTHER}] does not have permission to access services [x]: {CALL}",
        f"{OTHER} does not have storage.objects.get access to the Google Cloud Storage object. {CALL}",
    ],
)
def test_a_role_goes_to_the_account_that_the_text_names_and_the_steps_is_named_beside_it(text: str) -> None:
    lead = lead_of(text)

    assert (lead.cause, lead.verdict.value) == ("gcp-permission-missing", "confirmed")
    assert OTHER in lead.headline
    assert f"--member='serviceAccount:{OTHER}'" in lead.fixes[0].commands[1]
    assert EMAIL in lead.fixes[0].steps[0]
    assert any(EMAIL in item.sentence and OTHER in item.sentence for item in lead.evidence)


@pytest.mark.parametrize(
    "text", [CALL, f"{CALL} This command is authenticated as {EMAIL} which is the active"]
)
def test_where_both_are_one_account_nothing_is_said_of_another(text: str) -> None:
    lead = lead_of(text)

    assert f"--member='serviceAccount:{EMAIL}'" in lead.fixes[0].commands[1]
    assert "which of the two" not in shown(lead)


def test_a_person_who_is_named_gets_the_role_as_a_person() -> None:
    lead = lead_of(f"User [dev@acme.example] does not have permission to access services [x]: {CALL}")

    assert "--member='user:dev@acme.example'" in lead.fixes[0].commands[1]


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"principal://iam.googleapis.com/{POOL}/subject/{HOME} does not have storage.objects.get access to",
    ],
)
def test_a_step_that_acts_by_itself_gets_the_role_as_a_member_of_the_pool(text: str) -> None:
    direct = MAKE.replace(f"--service-account={EMAIL} ", "")
    lead = lead_of(text, WRITE, direct, LOGIN, "gcloud run deploy site", setup=provider())

    assert lead.cause == "gcp-permission-missing"
    assert f"--member='{OWN}'" in lead.fixes[0].commands[1]
    assert "serviceAccount:" not in shown(lead)


def test_a_stored_key_leads_and_no_account_is_said_to_lack_anything() -> None:
    lines = (WRITE, MAKE, "terraform plan")
    levels = {"repository": {"GOOGLE_CREDENTIALS": {"secured": True}}}
    case = with_variables(case_of(f"googleapi: Error 403: {CALL}", *lines), levels)
    lead, second = whole(case).findings[:2]

    assert (lead.cause, second.cause) == ("gcp-key-shadows", "gcp-permission-missing")
    assert second.verdict.value == "likely"
    assert EMAIL not in shown(second)


def test_gclouds_own_text_is_of_its_own_account_whatever_key_terraform_would_take() -> None:
    levels = {"repository": {"GOOGLE_CREDENTIALS": {"secured": True}}}
    case = case_of(f"ERROR: (gcloud.run.deploy) PERMISSION_DENIED: {CALL}", *GOOD, "terraform plan")

    assert told(with_variables(case, levels))["gcp-permission-missing"] == "confirmed"


def test_the_account_in_the_address_is_the_one_that_was_asked_for() -> None:
    lead = lead_of(URL, setup=provider())

    assert (lead.cause, lead.verdict.value) == ("gcp-binding-missing", "likely")
    assert f"add-iam-policy-binding {OTHER} " in lead.fixes[0].commands[0]
    assert any(EMAIL in item.sentence and OTHER in item.sentence for item in lead.evidence)


@pytest.mark.parametrize(
    "text",
    [
        f"Unable to acquire impersonated credentials Not found; Gaia id not found for email {OTHER}",
        URL.replace(
            "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may", "It may"
        ).replace("It may not exist", "Requested entity was not found"),
    ],
)
def test_the_account_that_is_not_there_is_the_one_in_the_text(text: str) -> None:
    lead = lead_of(text)

    assert lead.cause == "gcp-account-not-found"
    assert OTHER in lead.headline
    assert any(EMAIL in item.sentence and OTHER in item.sentence for item in lead.evidence)


@pytest.mark.parametrize(("email", "verdict"), [("", "likely"), (OTHER, "confirmed")])
def test_a_policy_decides_where_it_is_known_to_be_that_of_the_account_in_the_text(
    email: str, verdict: str
) -> None:
    bound = replace(policy(BARE), email=email)

    assert told(case_of(URL, setup=provider(), bound=bound))["gcp-member-mismatch"] == verdict


@pytest.mark.parametrize(("text", "own"), [(URL, EMAIL), (DENIED_TEXT, OTHER)])
def test_a_policy_of_another_account_is_as_if_not_read(text: str, own: str) -> None:
    diagnosis = whole(case_of(text, setup=provider(), bound=replace(policy(BARE), email=own)))
    unread = next(item for item in diagnosis.unread if item.source == "the service account's IAM policy")

    assert [(f.cause, f.verdict.value) for f in diagnosis.findings] == [("gcp-binding-missing", "likely")]
    assert own in unread.reason


POLICY = f"bindings:\n- members:\n  - {BARE}\n  role: roles/iam.workloadIdentityUser\netag: BwY\nversion: 1\n"
DESCRIBED = (
    "name: {name}\nstate: ACTIVE\nattributeMapping:\n  google.subject: assertion.sub\n"
    "attributeCondition: assertion.repositoryUuid == 'x'\n"
)


def asked(command: str, printed: str, text: str = DENIED_TEXT) -> str:
    return f"{text}\n\n$ gcloud iam {command}\n{printed}"


@pytest.mark.parametrize(
    ("email", "verdicts"),
    [
        (EMAIL, {"gcp-member-mismatch": "confirmed"}),
        (OTHER, {"gcp-binding-missing": "likely"}),
    ],
)
def test_a_pasted_policy_is_of_the_account_that_its_command_names(
    email: str, verdicts: dict[str, str]
) -> None:
    text = asked(f"service-accounts get-iam-policy {email}", POLICY)

    assert told(with_pasted_setup(case_of(text, setup=provider()), text)) == verdicts


def test_a_policy_without_any_binding_is_its_etag_alone() -> None:
    text = asked(f"service-accounts get-iam-policy {EMAIL}", "etag: ACAB\n")
    case = with_pasted_setup(case_of(text, setup=provider()), text)

    assert case.gcp_account == Known(AccountPolicy(EMAIL), "the policy in the message")
    assert told(case) == {"gcp-binding-missing": "confirmed"}


def test_an_etag_of_nobody_knows_what_is_no_policy() -> None:
    text = asked("workload-identity-pools list", "etag: ACAB\n")

    assert isinstance(with_pasted_setup(case_of(text), text).gcp_account, Unread)


def test_a_pasted_provider_that_the_step_does_not_log_in_to_decides_nothing() -> None:
    printed = DESCRIBED.format(name=NAME.replace("providers/acme", "providers/other"))
    text = asked("workload-identity-pools providers describe other", printed, CONDITION_TEXT)
    diagnosis = whole(with_pasted_setup(case_of(text), text))

    assert [(f.cause, f.verdict.value) for f in diagnosis.findings] == [("gcp-condition-unmet", "likely")]
    assert any("providers/other" in item.reason for item in diagnosis.unread)


def test_what_stands_in_a_quoted_message_is_read_too() -> None:
    printed = "".join(f"> {line}\n" for line in DESCRIBED.format(name=NAME).splitlines())
    text = f"{CONDITION_TEXT}\n\n{printed}"

    assert told(with_pasted_setup(case_of(text), text)) == {"gcp-condition-unmet": "confirmed"}


UNTIL = "request.time < timestamp('2025-06-30T00:00:00Z')"


def under_a_condition(member: str) -> AccountPolicy:
    return AccountPolicy(EMAIL, (Binding(IMPERSONATE, (member,), conditional=True, condition=UNTIL),))


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (under_a_condition(OWN), UNTIL),
        (policy(OWN, role="roles/iam.serviceAccountTokenCreator"), "roles/iam.serviceAccountTokenCreator"),
        (policy(OWN, role="projects/acme/roles/pipelines"), "projects/acme/roles/pipelines"),
    ],
)
def test_a_right_member_whose_binding_is_left_open_is_told_with_what_leaves_it_open(
    bound: AccountPolicy, words: str
) -> None:
    (finding,) = whole(case_of(DENIED_TEXT, setup=provider(), bound=bound)).findings

    assert (finding.cause, finding.verdict.value) == ("gcp-binding-unsettled", "possible")
    assert words in " ".join((finding.headline, *(item.excerpt for item in finding.evidence)))


def test_under_a_condition_a_wrong_member_is_named_and_the_condition_too() -> None:
    lead = lead_of(DENIED_TEXT, setup=provider(), bound=under_a_condition(BARE))

    assert (lead.cause, lead.verdict.value) == ("gcp-member-mismatch", "likely")
    assert UNTIL in [item.excerpt for item in lead.evidence]
    assert "  --condition=None" in lead.fixes[0].commands
    assert not any("remove-iam-policy-binding" in line for line in lead.fixes[0].commands)


@pytest.mark.parametrize(
    ("member", "mapping", "cause"),
    [
        (f"{SET}/attribute.sub/{HOME}", {**MAPPING, "attribute.sub": "assertion.sub"}, "gcp-member-changes"),
        (f"{SET}/attribute.branch/main", MAPPING, "gcp-attribute-unmapped"),
    ],
)
def test_under_a_condition_no_member_is_certainly_all_that_is_wrong(
    member: str, mapping: dict[str, str], cause: str
) -> None:
    lead = lead_of(DENIED_TEXT, setup=provider(mapping=mapping), bound=under_a_condition(member))

    assert (lead.cause, lead.verdict.value) == (cause, "likely")
    assert "remove-iam-policy-binding" not in shown(lead)


@pytest.mark.parametrize("role", ["roles/owner", "roles/editor", "roles/iam.serviceAccountUser"])
def test_a_role_that_gives_no_tokens_leaves_the_binding_missing(role: str) -> None:
    assert told(case_of(DENIED_TEXT, setup=provider(), bound=policy(OWN, role=role))) == {
        "gcp-binding-missing": "confirmed"
    }


def test_a_single_identity_written_as_a_set_is_no_more_than_a_hint() -> None:
    lead = whole(case_of(DENIED_TEXT, setup=provider(), bound=policy(f"{SET}/subject/{HOME}"))).findings[0]

    assert (lead.cause, lead.verdict.value) == ("gcp-member-mismatch", "possible")
    assert f"--member='principal://iam.googleapis.com/{POOL}/subject/{HOME}'" in " ".join(
        lead.fixes[0].commands
    )


def test_docker_quotes_a_permission_with_two_signs() -> None:
    text = (
        'denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource '
        '"projects/acme/locations/europe/repositories/site" (or it may not exist)'
    )
    (symptom,) = recognise(redact(text).text)

    assert symptom.id == "gcp-permission-denied"
    assert symptom.fields["resource"] == "projects/acme/locations/europe/repositories/site"
