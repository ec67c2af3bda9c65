"""A pipeline file is quoted, and may hold what nobody should have put there."""

from __future__ import annotations

import pytest

from handlers.render import render
from knowledge.answer import Answer, Kind
from knowledge.finding import Comparison, Diagnosis, Disposition, Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InFile
from knowledge.target import Target

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ASSIGNED = f"AWS_SECRET_ACCESS_KEY={SECRET}"
ROLE = "arn:aws:iam::123456789012:role/deploy"


def answer(**changes: str) -> Answer:
    text = {
        "headline": "Wrong.",
        "meaning": "",
        "excerpt": "x",
        "sentence": "here",
        "title": "Do it",
        **changes,
    }
    evidence = Evidence(
        text["sentence"],
        InFile("bitbucket-pipelines.yml", 3, 1),
        text["excerpt"],
        comparison=Comparison("what", text.get("expected", "a"), text.get("actual", "b"), 0),
    )
    fix = Fix(
        title=text["title"],
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE,
        diff=text.get("diff"),
        commands=(text.get("command", "true"),),
        steps=(text.get("step", "Do it."),),
    )
    finding = Finding(
        cause="shell-form-wrong",
        verdict=Verdict.CONFIRMED,
        headline=text["headline"],
        meaning=text["meaning"],
        evidence=(evidence,),
        fixes=(fix,),
    )
    return Answer(kind=Kind.DIAGNOSIS, target=Target(), diagnosis=Diagnosis(findings=(finding,)))


@pytest.mark.parametrize(
    "place",
    [
        "headline",
        "meaning",
        "sentence",
        "excerpt",
        "expected",
        "actual",
        "title",
        "diff",
        "command",
        "step",
    ],
)
def test_a_secret_of_the_file_is_in_no_part_of_the_reply(place: str) -> None:
    reply = render(answer(**{place: f"EXPORT {ASSIGNED}"}), "T1-C1-1.0")

    assert SECRET not in repr(reply)
    assert "redacted" in repr(reply)


def test_a_secret_is_taken_out_before_the_line_is_cut() -> None:
    """Half of it would no longer look like one."""
    token = f"eyJhbGciOiJSUzI1NiJ9.{'eyJzdWIiOiJ4' * 20}.{'c2lnbmF0dXJl' * 20}"
    reply = render(answer(excerpt=f"{'- echo ' * 12}{token}"), "T1-C1-1.0")

    assert "eyJzdWIiOiJ4" not in repr(reply)


def test_what_the_proof_needs_stays() -> None:
    assert ROLE in repr(render(answer(excerpt=f"export AWS_ROLE_ARN={ROLE}"), "T1-C1-1.0"))
