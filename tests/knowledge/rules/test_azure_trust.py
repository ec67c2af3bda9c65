"""What Azure refuses by an identity's federated credentials: subject, issuer, audience.

`azure-subject-changes`, `azure-subject-mismatch`, `azure-issuer-mismatch`, `azure-audience-mismatch`,
`azure-credential-missing`, `azure-flexible-credential-unsupported`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.azure_setup import Credential
from knowledge.casefile import CaseFile, RunStep, Suspect
from knowledge.engine import diagnose
from knowledge.finding import Finding, Verdict
from knowledge.location import InAccount
from knowledge.reading import Known
from knowledge.rules import (
    azure_audience_mismatch,
    azure_credential_missing,
    azure_flexible_credential_unsupported,
    azure_issuer_mismatch,
    azure_subject_changes,
    azure_subject_mismatch,
)
from knowledge.trial import with_tried_fixes
from tests.knowledge.rules.asking import ask, case_of, said, step_of
from tests.knowledge.rules.azure_texts import (
    AUDIENCE,
    ENVIRONMENT,
    GOOD,
    HOME,
    IDS,
    ISSUER,
    LOGIN,
    NO_RECORD,
    PRODUCTION,
    REPOSITORY,
    STEP,
    USE,
    listed,
    refused,
    subject_refused,
)
from tests.knowledge.rules.scripts import EXPLICIT, one, pipeline, step

CHANGES, MISMATCH = azure_subject_changes.RULE, azure_subject_mismatch.RULE
ROLE = "arn:aws:iam::123456789012:role/acme-deploy"
AWS = "https://0b1c2d3e-1111-4222-8333-944455566677.tokens.sts.global.api.aws"


def sentences(finding: Finding) -> str:
    return "\n".join(item.sentence for item in finding.evidence)


def changes(paste: str, pipeline_text: str = GOOD, **readings: object) -> Finding:
    (finding,) = ask(CHANGES, case_of(pipeline_text, None, paste, **readings))
    return finding


@pytest.mark.parametrize("code", [700213, 70021, 7002138])
@pytest.mark.parametrize("subject", [f"{HOME}:{STEP}", f"{HOME}:{ENVIRONMENT}:{STEP}"])
def test_a_subject_of_bitbucket_is_a_matter_of_form_and_needs_no_other_reading(
    code: int, subject: str
) -> None:
    text = (
        f"{NO_RECORD}. Assertion Issuer: '{ISSUER}'. Assertion Subject: '{subject}'. "
        f"Assertion Audience: '{AUDIENCE}'."
    )
    paste = refused(code, text) if code == 70021 else subject_refused(subject, code)
    case = case_of(GOOD, None, paste)

    (finding,) = CHANGES.check(replace(case, suspects=()), None)

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.primary is not None
    assert finding.primary.excerpt == subject
    assert said(MISMATCH, case) == []


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"sub": f"{{{'0' * 8}-1111-4222-8333-944455566677}}:{STEP}"}, "another subject"),
        ({"sub": f"{HOME}:{STEP}"}, ""),
        ({"sub": f"{HOME}:{STEP}", "aud": ["api://AzureADTokenExchange"]}, "another audience"),
        ({"sub": f"{HOME}:{STEP}", "aud": ["x", AUDIENCE]}, ""),
        ({"sub": f"{HOME}:{STEP}", "iss": f"{ISSUER}/"}, "another issuer"),
        ({}, ""),
    ],
)
def test_claims_of_another_token_than_the_text_quotes_are_said_to_be(
    claims: dict[str, object], told: str
) -> None:
    text = (
        f"{NO_RECORD}. Assertion Issuer: '{ISSUER}'. Assertion Subject: '{HOME}:{STEP}'. "
        f"Assertion Audience: '{AUDIENCE}'."
    )
    case = replace(case_of(GOOD, None, refused(70021, text)), claims=claims)
    (finding,) = ask(CHANGES, case)

    assert ("claims that were given" in sentences(finding)) is bool(told)
    assert told in sentences(finding)
    assert finding.primary is not None
    assert finding.primary.excerpt == f"{HOME}:{STEP}"


def test_it_is_never_answered_with_another_subject_for_the_credential() -> None:
    """Nothing that is proposed has the subject of the text, a wildcard, or a flexible credential in it."""
    finding = changes(subject_refused(f"{HOME}:{STEP}") + listed(subject=f"{HOME}:{STEP}"))
    offered = "\n".join(text for fix in finding.fixes for text in (fix.title, *fix.commands, *fix.steps))

    assert STEP not in offered
    assert HOME not in offered
    assert "*" not in offered
    assert "lexible" not in offered
    assert "claimsMatchingExpression" not in offered


def test_the_ways_that_work_are_told_in_their_order_with_what_each_needs() -> None:
    ways = changes(subject_refused(f"{HOME}:{STEP}")).fixes[0].steps
    order = ["sts:GetWebIdentityToken", "generateIdToken", "Vault", "broker", "client secret"]

    assert [word in way for word, way in zip(order, ways, strict=True)] == [True] * len(order)


def test_what_is_only_inferred_of_the_way_through_aws_is_said_to_be() -> None:
    by_az = changes(subject_refused(f"{HOME}:{STEP}")).fixes[1]

    assert "inferred" in by_az.steps[0]
    assert any("get-web-identity-token" in line for line in by_az.commands)


def test_a_repository_with_a_role_at_google_is_sent_there_first() -> None:
    google = step(
        ["gcloud iam workload-identity-pools create-cred-config x --output-file=c.json"], name="Google"
    )
    finding = changes(subject_refused(f"{HOME}:{STEP}"), pipeline(google, step([LOGIN, USE])))

    assert "Google" in finding.fixes[0].steps[0]


def test_the_role_that_the_step_itself_assumes_is_the_subject_of_the_new_credential() -> None:
    finding = changes(subject_refused(f"{HOME}:{STEP}"), one(EXPLICIT, LOGIN, USE))

    assert any("arn:aws:iam::123456789012:role/acme-deploy" in line for line in finding.fixes[1].commands)


OTHER = "{aaaa8ecc-f500-4ab8-aed5-ddaefa477b7f}"
DEPLOYS = one(LOGIN, USE, keys="oidc: true\ndeployment: production")


@pytest.mark.parametrize(
    ("subject", "pipeline_text", "known", "expected"),
    [
        (f"{HOME}:{STEP}", GOOD, True, "the UUID of `acme/site`, the repository looked at"),
        (f"{OTHER}:{STEP}", GOOD, True, "the UUID of another repository"),
        (f"{HOME}:{STEP}", GOOD, False, "the UUID of the repository that ran"),
        (f"{HOME}:{ENVIRONMENT}:{STEP}", DEPLOYS, True, "the UUID of the environment `Production`"),
        (f"{HOME}:{OTHER}:{STEP}", DEPLOYS, True, "an environment that the repository does not have now"),
        (f"{HOME}:{OTHER}:{STEP}", DEPLOYS, False, "the UUID of a deployment environment"),
        (f"{HOME}:{ENVIRONMENT}:{STEP}", GOOD, True, "the text may be another step's"),
        (f"{HOME}:{STEP}", DEPLOYS, True, "the text may be another step's"),
        (f"{HOME}:{STEP}", GOOD, True, "No environment follows"),
    ],
)
def test_each_part_of_the_subject_is_named(
    subject: str, pipeline_text: str, known: bool, expected: str
) -> None:
    readings = {"repository": REPOSITORY, "environments": PRODUCTION} if known else {}

    assert expected in sentences(changes(subject_refused(subject), pipeline_text, **readings))


def test_the_step_of_this_very_run_is_named_as_such() -> None:
    case = case_of(GOOD, None, subject_refused(f"{HOME}:{STEP}"))
    ran = RunStep(uuid=STEP, name="Deploy", position=0, state="COMPLETED", result="FAILED")
    suspect = Suspect(step_of(case), "it failed", certain=True, run_step=ran)

    (finding,) = CHANGES.check(case, suspect)

    assert "the UUID of the step `Deploy` of this very run" in sentences(finding)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (AUDIENCE, "the workspace's own"),
        (AUDIENCE.replace("df17", "aaaa"), "that of another workspace than `acme`"),
        ("api://AzureADTokenExchange", "the one that Microsoft recommends"),
        ("https://acme.example", "one that the step, or `options`, asked for"),
    ],
)
def test_the_audience_of_the_older_text_is_named(audience: str, expected: str) -> None:
    text = (
        f"{NO_RECORD}. Assertion Issuer: '{ISSUER}'. Assertion Subject: '{HOME}:{STEP}'. Assertion "
        f"Audience: '{audience}'."
    )

    assert expected in sentences(changes(refused(70021, text), repository=REPOSITORY))


def test_the_issuer_of_another_workspace_is_said_to_be_one() -> None:
    text = (
        f"{NO_RECORD}. Assertion Issuer: '{ISSUER.replace('acme', 'other')}'. Assertion Subject: "
        f"'{HOME}:{STEP}'. Assertion Audience: 'x'."
    )

    assert "the workspace `other`, and the repository is in `acme`" in sentences(
        changes(refused(70021, text), repository=REPOSITORY)
    )


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (f"{HOME}:{STEP.replace('9c2d', '0000')}", "has the subject of one earlier run"),
        (f"{HOME}:*", "has a wildcard, which is compared as a plain character"),
        ("repo:acme/site:ref:refs/heads/main", "has this subject"),
    ],
)
def test_a_pasted_credential_stands_beside_the_subject(subject: str, expected: str) -> None:
    finding = changes(subject_refused(f"{HOME}:{STEP}") + listed(subject=subject))
    (beside,) = [item for item in finding.evidence if item.comparison is not None]

    assert expected in beside.sentence
    assert beside.excerpt == subject
    assert beside.comparison is not None
    assert (beside.comparison.expected, beside.comparison.actual) == (subject, f"{HOME}:{STEP}")


def test_without_the_subject_in_the_text_it_is_likely_where_the_step_sends_its_own_token() -> None:
    cut_off = "AADSTS700213: No matching federated identity record found for presented assertion subject"

    assert said(CHANGES, case_of(GOOD, None, cut_off)) == [Verdict.LIKELY]
    assert said(CHANGES, case_of(one("az login --identity", USE), None, cut_off)) == []


def test_after_an_earlier_fault_it_is_only_announced() -> None:
    empty = "ERROR: argument --federated-token: expected one argument"

    assert said(CHANGES, case_of(GOOD, None, empty)) == [Verdict.POSSIBLE]
    assert said(CHANGES, case_of(one("az login --identity", USE), None, empty)) == []
    assert said(CHANGES, case_of(GOOD)) == []


@pytest.mark.parametrize("code", [700213, 7002138])
def test_a_subject_that_stays_the_same_can_be_given_to_a_credential(code: int) -> None:
    case = case_of(GOOD, None, subject_refused(ROLE, code))
    (finding,) = ask(MISMATCH, case)

    assert finding.verdict is Verdict.CONFIRMED
    assert any(ROLE in line for line in finding.fixes[0].commands)
    assert said(CHANGES, case) == []
    assert ("case of a letter" in finding.headline) is (code == 7002138)


def test_a_masked_subject_is_taken_for_nobody_s() -> None:
    masked = case_of(one("az login --identity", USE), None, subject_refused("***"))

    assert said(MISMATCH, masked) == []
    assert said(CHANGES, masked) == []


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        (ISSUER + "/", "has a slash at its end"),
        (ISSUER + "/.well-known/openid-configuration", "has the discovery address"),
        (ISSUER.replace("acme", "other"), "has another issuer"),
        (ISSUER, "the client id may be another application's"),
    ],
)
def test_the_issuer_of_a_pasted_credential_is_compared(issuer: str, expected: str) -> None:
    paste = refused(700211, f"{NO_RECORD} issuer '{ISSUER}'.") + listed(issuer=issuer, subject="x")
    (finding,) = ask(azure_issuer_mismatch.RULE, case_of(GOOD, None, paste))

    assert finding.verdict is (Verdict.LIKELY if issuer == ISSUER else Verdict.CONFIRMED)
    assert expected in sentences(finding)


def test_an_issuer_of_bitbucket_is_not_mended_alone() -> None:
    """The subject is refused next, so the ways come first; another issuer's credential is just made."""
    (own,) = ask(
        azure_issuer_mismatch.RULE, case_of(GOOD, None, refused(700211, f"{NO_RECORD} issuer '{ISSUER}'."))
    )
    (hop,) = ask(
        azure_issuer_mismatch.RULE, case_of(GOOD, None, refused(700211, f"{NO_RECORD} issuer '{AWS}'."))
    )

    assert "refuses the subject next" in own.meaning
    assert "subject stays the same" in own.fixes[0].title
    assert any(AWS in line for line in hop.fixes[0].commands)


def test_the_step_is_let_ask_for_the_audience_of_the_pasted_credential() -> None:
    paste = refused(700212, f"{NO_RECORD} audience '{AUDIENCE}'.") + listed(subject="x")
    case = case_of(GOOD, IDS, paste)
    suspect = Suspect(step_of(case), "it was named", certain=True)
    case = replace(case, suspects=(suspect,))
    (finding,) = azure_audience_mismatch.RULE.check(case, suspect)

    tried = with_tried_fixes(azure_audience_mismatch.RULE, case, suspect, finding, in_full=True)

    assert '+        oidc: {audiences: ["api://AzureADTokenExchange"]}' in (tried.fixes[0].diff or "")


def test_audiences_of_the_step_are_told_with_what_is_not_documented_about_them() -> None:
    asks = one(LOGIN, USE, keys="oidc: {audiences: [a]}")
    (finding,) = ask(
        azure_audience_mismatch.RULE, case_of(asks, None, refused(700212, f"{NO_RECORD} audience 'a'."))
    )

    assert "whether Azure takes a list is not documented" in sentences(finding)


def test_an_identity_without_credentials_is_not_sent_to_make_one_for_the_step_s_own_token() -> None:
    paste = refused(70025, "Client application has no configured federated identity credentials.")
    (finding,) = ask(azure_credential_missing.RULE, case_of(GOOD, IDS, paste))

    assert "would not help" in finding.meaning
    assert "subject stays the same" in finding.fixes[0].title


def test_a_flexible_credential_leads_where_it_has_bitbucket_s_issuer() -> None:
    paste = subject_refused(f"{HOME}:{STEP}")
    flexible = paste + listed(expression="claims['sub'] matches 'x:*'")
    of_github = paste + listed(
        expression="claims['sub'] matches 'x'", issuer="https://token.actions.githubusercontent.com"
    )
    rule = azure_flexible_credential_unsupported.RULE

    assert said(rule, case_of(GOOD, None, flexible)) == [Verdict.CONFIRMED]
    assert said(rule, case_of(GOOD, None, of_github)) == []
    assert lead(case_of(GOOD, None, flexible)) == "azure-flexible-credential-unsupported"


def lead(case: CaseFile) -> str | None:
    suspect = Suspect(step_of(case), "it was named", certain=True)
    found = diagnose(replace(case, suspects=(suspect,))).lead
    return found.cause if found else None


def test_credentials_that_are_no_json_are_not_read() -> None:
    paste = subject_refused(f"{HOME}:{STEP}") + '\n[{"issuer": "x", "audiences": [' + "[" * 5000
    finding = changes(paste)

    assert [item for item in finding.evidence if item.comparison] == []


def test_only_what_azure_s_credentials_decide_is_missed_beside_such_a_text() -> None:
    unread = {
        item.source: item for item in diagnose(case_of(GOOD, None, subject_refused(f"{HOME}:{STEP}"))).unread
    }

    assert "the role's trust policy" not in unread
    assert "az ad app federated-credential list" in unread["the identity's federated credentials"].remedy


def test_pasted_credentials_are_not_missed() -> None:
    paste = subject_refused(f"{HOME}:{STEP}") + listed(subject="x")
    unread = [item.source for item in diagnose(case_of(GOOD, None, paste)).unread]

    assert "the identity's federated credentials" not in unread


@pytest.mark.parametrize(
    ("code", "part", "quoted"),
    [(700211, "issuer", AWS), (700212, "audience", "api://AzureADTokenExchange"), (700213, "subject", ROLE)],
)
def test_a_credential_that_has_what_was_refused_is_left_alone_and_waiting_is_said_to_be_inferred(
    code: int, part: str, quoted: str
) -> None:
    paste = refused(code, f"{NO_RECORD} {part} '{quoted}'.") + listed(
        issuer=AWS, subject=ROLE, audience="api://AzureADTokenExchange"
    )
    lead = diagnose(replace(case_of(GOOD, None, paste), suspects=())).findings[0]

    assert (lead.cause, lead.verdict) == (f"azure-{part}-mismatch", Verdict.LIKELY)
    assert "most likely" in lead.headline
    assert lead.fixes[0].title.startswith("Wait")
    assert not any("federated-credential create" in line for fix in lead.fixes for line in fix.commands)


def read(case: CaseFile, **parts: str) -> CaseFile:
    """The case where the bot itself has read the identity's one credential."""
    given = {"issuer": ISSUER, "subject": ROLE, "audience": AUDIENCE, **parts}
    one = Credential("bitbucket", given["issuer"], given["subject"], (given["audience"],))
    return replace(case, azure_credentials=Known((one,), "the federated credentials of the application"))


@pytest.mark.parametrize(
    ("code", "part", "quoted"),
    [(700211, "issuer", AWS), (700212, "audience", "api://AzureADTokenExchange"), (700213, "subject", ROLE)],
)
def test_nor_is_a_change_proposed_to_a_credential_that_was_read_and_has_what_was_refused(
    code: int, part: str, quoted: str
) -> None:
    case = case_of(GOOD, None, refused(code, f"{NO_RECORD} {part} '{quoted}'."))
    lead = diagnose(replace(read(case, **{part: quoted}), suspects=())).findings[0]

    assert (lead.cause, lead.verdict) == (f"azure-{part}-mismatch", Verdict.LIKELY)
    assert [fix.title.split()[0] for fix in lead.fixes] == ["Wait"]


@pytest.mark.parametrize("certain", [True, False])
def test_an_empty_list_that_was_read_proves_it_where_the_step_is_certain(certain: bool) -> None:
    case = case_of(GOOD, None, refused(700211, f"{NO_RECORD} issuer '{ISSUER}'."))
    none: tuple[Credential, ...] = ()
    listed_ones = Known(none, "the federated credentials of the application")
    suspect = Suspect(step_of(case), "it was named", certain=certain)
    case = replace(case, azure_credentials=listed_ones, suspects=(suspect,))
    (finding,) = azure_credential_missing.RULE.check(case, suspect)

    assert finding.verdict is (Verdict.CONFIRMED if certain else Verdict.LIKELY)


def test_an_audience_of_bitbucket_s_that_the_credential_has_is_not_to_be_set_there_again() -> None:
    paste = refused(700212, f"{NO_RECORD} audience '{AUDIENCE}'.")
    (finding,) = ask(azure_audience_mismatch.RULE, read(case_of(GOOD, None, paste)))

    assert finding.verdict is Verdict.LIKELY
    assert finding.fixes
    assert not any("same audience" in fix.title for fix in finding.fixes)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [(f"{HOME}:{STEP}", "has this very subject"), (f"{HOME}:{ENVIRONMENT}", "has that of another run")],
)
def test_the_subject_of_a_credential_that_was_read_is_told_apart_from_that_of_another_run(
    subject: str, expected: str
) -> None:
    case = read(case_of(GOOD, None, subject_refused(f"{HOME}:{STEP}")), subject=subject)
    (finding,) = ask(CHANGES, case)

    assert expected in sentences(finding)
    assert ("another run" in sentences(finding)) is (subject != f"{HOME}:{STEP}")
    assert any(isinstance(one.location, InAccount) for one in finding.evidence)


def test_a_list_beside_the_text_that_there_is_none_is_said_to_be_another_identity_s() -> None:
    paste = refused(70025, "Client application has no configured federated identity credentials")
    (alone,) = ask(azure_credential_missing.RULE, case_of(GOOD, None, paste))
    (beside,) = ask(
        azure_credential_missing.RULE, case_of(GOOD, None, paste + listed(issuer=AWS, subject=ROLE))
    )

    assert "another identity" not in sentences(alone)
    assert "the list is that of another identity" in sentences(beside)
