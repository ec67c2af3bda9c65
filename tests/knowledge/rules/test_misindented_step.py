"""`misindented-step`: the keys stand beside `step:`, and `oidc` is not among them."""

from __future__ import annotations

from knowledge.finding import Disposition, Verdict
from knowledge.rules.misindented_step import RULE
from tests.knowledge.rules.asking import REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, anchored
from tests.knowledge.rules.switches import EMPTY, needing, pipeline

LINES = "".join(f"        - {line}\n" for line in GOOD)
HANGING = f"pipelines:\n  default:\n    - step:\n      name: Deploy\n      script:\n{LINES}"


def test_the_first_key_is_quoted_and_all_are_indented() -> None:
    case = case_of(HANGING)
    (finding,) = ask(RULE, case)

    assert (finding.verdict, finding.line, finding.evidence[0].excerpt) == (
        Verdict.CONFIRMED,
        4,
        "name: Deploy",
    )
    assert finding.fixes[0].disposition is Disposition.SAFE
    assert finding.fixes[0].file_after == pipeline(needing())
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_what_follows_the_item_keeps_its_indent() -> None:
    case = case_of(HANGING + needing("oidc: true", "Next"), None, EMPTY)
    (fix,) = ask(RULE, case, "Deploy")[0].fixes

    assert fix.file_after == pipeline(needing(), needing("oidc: true", "Next"))


def test_a_real_token_came_from_a_file_that_could_be_run() -> None:
    assert said(RULE, case_of(HANGING, None, REFUSED)) == [Verdict.LIKELY]


def test_a_misplaced_switch_among_the_keys_is_told_as_that() -> None:
    for key in ("oidc", "OIDC"):
        assert said(RULE, case_of(HANGING.replace("      name:", f"      {key}: true\n      name:"))) == []


def test_right_steps_are_quiet_wherever_they_are_kept() -> None:
    assert said(RULE, case_of(pipeline(needing()))) == []
    # The alias stands at the column at which the anchor's keys stand.
    assert said(RULE, case_of(anchored("./deploy.sh"))) == []
