"""Whether two answers rest on the same: what another run changes by itself is no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.render.likeness import differing, evidence_digests
from knowledge.answer import Answer
from knowledge.finding import Comparison, Diagnosis, Disposition, Evidence, Finding, Verdict
from knowledge.location import (
    InAccount,
    InFile,
    InLog,
    InPaste,
    InPolicy,
    InRun,
    InStep,
    InVariables,
    Location,
)
from knowledge.reading import Unread
from tests.handlers.answers import ANSWERS, DIAGNOSIS, SWITCH, TRUST, UNREAD
from tests.knowledge.linear_time import linear


def with_lead(**changes: object) -> Answer:
    lead = replace(SWITCH, **changes)  # type: ignore[arg-type]
    return replace(DIAGNOSIS, diagnosis=replace(DIAGNOSIS.diagnosis, findings=(lead, TRUST)))


def also(evidence: Evidence) -> Answer:
    return with_lead(evidence=(*SWITCH.evidence, replace(evidence, primary=False)))


def shown_by(finding: Finding, line: int, excerpt: str) -> Answer:
    first, *rest = finding.evidence
    where = InFile("bitbucket-pipelines.yml", line, 7, "https://bitbucket.org/acme/widget/src/ffff")
    return with_lead(evidence=(replace(first, location=where, excerpt=excerpt), *rest))


BASE = with_lead()
MOVED = replace(TRUST, step=SWITCH.step)
BESIDE = "what was found beside it"
LOG, STEP, POLICY = InLog("Deploy", 9), InStep("Deploy", 2), InPolicy("deploy", 0, "StringLike", "sub")
REPOSITORY = "{1b1e4b4c-0f8e-4f7f-8a51-7ac3a4d2c111}"
ONE, OTHER = "{9d9b7a3e-52a5-4b3c-9a57-0a4c2f9a7d22}", "{9d9b7a3f-52a5-4b3c-9a57-0a4c2f9a7d23}"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (shown_by(SWITCH, 42, "- step:"), "the pipeline file"),
        (shown_by(SWITCH, 41, "- step: # here"), "the pipeline file"),
        (with_lead(verdict=Verdict.LIKELY), "the finding"),
        (with_lead(step=replace(SWITCH.step, name="Other")), "the step"),  # type: ignore[type-var]
        (with_lead(fixes=SWITCH.fixes[:1]), "the change"),
        (
            with_lead(
                fixes=(replace(SWITCH.fixes[0], disposition=Disposition.NEEDS_REVIEW), SWITCH.fixes[1])
            ),
            "the change",
        ),
        (with_lead(meaning="Another reason."), "the finding"),
        (replace(BASE, role="arn:aws:iam::210987654321:role/deploy"), "the role"),
        (
            replace(BASE, diagnosis=replace(BASE.diagnosis, findings=(BASE.diagnosis.findings[0], MOVED))),
            BESIDE,
        ),
        (also(Evidence("set", InVariables("repository", "A"), "A")), "the variables"),
        (replace(BASE, diagnosis=replace(BASE.diagnosis, findings=(SWITCH,))), BESIDE),
        (
            replace(BASE, diagnosis=replace(BASE.diagnosis, unread=UNREAD[:1])),
            "what could not be seen",
        ),
    ],
)
def test_what_differs_is_named(other: Answer, said: str) -> None:
    assert differing(evidence_digests(BASE), evidence_digests(other)) == said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (shown_by(SWITCH, 41, "- step:"), BASE),
        (replace(BASE, run_line="run #43", run_url="https://bitbucket.org/x"), BASE),
        (
            also(Evidence("Run #42 failed.", InRun(42), "2026-11-24T07:55:40Z")),
            also(Evidence("Run #43 failed.", InRun(43), "2026-11-25T08:11:02Z")),
        ),
        (
            also(Evidence("seen", InLog("Deploy", 9), "RequestId: 0a1b2c3d-1111-2222-3333-444455556666")),
            also(Evidence("seen", InLog("Deploy", 12), "RequestId: 9f8e7d6c-5555-6666-7777-888899990000")),
        ),
        (also(Evidence("", InPaste(0, 9), "at 07:55:40")), also(Evidence("", InPaste(4, 13), "at 17:05:41"))),
        (
            replace(
                BASE, diagnosis=replace(BASE.diagnosis, unread=(Unread("run #1 of a/b", "no (403)", "x"),))
            ),
            replace(
                BASE, diagnosis=replace(BASE.diagnosis, unread=(Unread("run #2 of a/b", "no (403)", "y"),))
            ),
        ),
    ],
)
def test_what_every_run_changes_is_no_difference(one: Answer, other: Answer) -> None:
    assert evidence_digests(one) == evidence_digests(other)


@pytest.mark.parametrize(
    ("where", "one", "other"),
    [
        (LOG, "arn:aws:iam::123456789012:role/deploy", "arn:aws:iam::210987654321:role/deploy"),
        (InPaste(0, 9), "role/deploy-1 is not there", "role/deploy-2 is not there"),
        (LOG, "sts.us-east-1.amazonaws.com", "sts.us-east-2.amazonaws.com"),
        (LOG, f"Application with identifier '{ONE}'", f"Application with identifier '{OTHER}'"),
        (LOG, "projects/1234567890/locations", "projects/1234567891/locations"),
        (InPaste(0, 9), f"subject {REPOSITORY}:{ONE}:x", f"subject {REPOSITORY}:{OTHER}:x"),
        (LOG, "assumed-role/one/build-42", "assumed-role/two/build-42"),
        (LOG, "7200 seconds", "43200 seconds"),
        (STEP, "export AWS_REGION=us-east-1", "export AWS_REGION=us-east-2"),
        (InRun(42), "exit code 1", "exit code 254"),
    ],
    ids=[
        "account",
        "role",
        "region",
        "application",
        "project",
        "environment",
        "caller",
        "duration",
        "command",
        "code",
    ],
)
def test_a_number_on_which_the_cause_may_hang_is_a_difference(where: Location, one: str, other: str) -> None:
    first, second = (evidence_digests(also(Evidence("seen", where, text))) for text in (one, other))

    assert first != second


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Trace ID: 0a1b-2c Correlation ID: 1b2c-3d", "Trace ID: 9f8e-7d Correlation ID: 8e7d-6c"),
        ("exp 1732435200", "exp 1732521600"),
        ("https://bitbucket.org/a/b/pipelines/results/42", "https://bitbucket.org/a/b/pipelines/results/43"),
        ("2026-11-24 07:55:40,123 denied", "2026-11-25 17:05:41,456 denied"),
        (f"subject {REPOSITORY}:{ONE}", f"subject {REPOSITORY}:{OTHER}"),
        ("assumed-role/one/build-42", "assumed-role/one/build-43"),
        ("at 3b4547d0a1b2c3d4e5f6", "at 4c4547d0a1b2c3d4e5f7"),
    ],
    ids=["request", "epoch", "link", "time", "step", "session", "commit"],
)
def test_what_a_run_brings_with_it_is_no_difference(one: str, other: str) -> None:
    first, second = (evidence_digests(also(Evidence("seen", LOG, text))) for text in (one, other))

    assert first == second


def test_the_step_in_the_token_s_subject_is_no_difference_and_the_policy_s_own_value_is_one() -> None:
    def compared(expected: str, step: str) -> dict[str, str]:
        actual = f"{REPOSITORY}:{step}"
        said = Evidence(f"The subject is {actual}.", POLICY, expected)
        return evidence_digests(also(replace(said, comparison=Comparison("sub", expected, actual))))

    assert compared(f"{ONE}:*", ONE) == compared(f"{ONE}:*", OTHER)
    assert compared(f"{REPOSITORY}:{ONE}", ONE) != compared(f"{REPOSITORY}:{OTHER}", ONE)


def test_a_record_of_another_login_is_the_same_evidence() -> None:
    def recorded(step: str, time: str) -> dict[str, str]:
        place = InAccount("123456789012", "CloudTrail, eu-west-1")
        return evidence_digests(also(Evidence(f"Taken at {time}.", place, f"{REPOSITORY}:{step}")))

    assert recorded(ONE, "2026-11-24T07:55:40Z") == recorded(OTHER, "2026-11-25T08:11:02Z")


@pytest.mark.parametrize(
    "piece", ["-", "a", "1", "{", "}:{0", "assumed-role/", "request id ", "1 ", "a1", "12:"]
)
def test_long_evidence_takes_linear_time(piece: str) -> None:
    def digests(text: str) -> object:
        return evidence_digests(also(Evidence("seen", LOG, text)))

    assert linear(digests, piece * 2_000)


def test_only_a_proven_finding_rests_on_anything() -> None:
    assert evidence_digests(ANSWERS["possible"]) == {}
    assert evidence_digests(replace(DIAGNOSIS, diagnosis=Diagnosis())) == {}


def test_a_digest_holds_nothing_of_what_it_is_made_of() -> None:
    digests = evidence_digests(also(Evidence("canary-sentence", InVariables("repository", "NAME"), "canary")))

    assert "canary" not in str(digests)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests.values())
