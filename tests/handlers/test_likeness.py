"""Whether two answers rest on the same: what another run changes by itself is no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.render.likeness import differing, evidence_digests
from knowledge.answer import Answer
from knowledge.finding import Diagnosis, Evidence, Finding, Verdict
from knowledge.location import InFile, InLog, InPaste, InRun, InVariables
from knowledge.reading import Unread
from tests.handlers.answers import ANSWERS, DIAGNOSIS, SWITCH, TRUST, UNREAD


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


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (shown_by(SWITCH, 42, "- step:"), "the pipeline file"),
        (shown_by(SWITCH, 41, "- step: # here"), "the pipeline file"),
        (with_lead(verdict=Verdict.LIKELY), "the finding"),
        (with_lead(step=replace(SWITCH.step, name="Other")), "the step"),  # type: ignore[type-var]
        (with_lead(fixes=SWITCH.fixes[:1]), "the change"),
        (also(Evidence("set", InVariables("repository", "A"), "A")), "the variables"),
        (replace(BASE, diagnosis=replace(BASE.diagnosis, findings=(SWITCH,))), "what was found beside it"),
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


def test_only_a_proven_finding_rests_on_anything() -> None:
    assert evidence_digests(ANSWERS["possible"]) == {}
    assert evidence_digests(replace(DIAGNOSIS, diagnosis=Diagnosis())) == {}


def test_a_digest_holds_nothing_of_what_it_is_made_of() -> None:
    digests = evidence_digests(also(Evidence("canary-sentence", InVariables("repository", "NAME"), "canary")))

    assert "canary" not in str(digests)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests.values())
