"""`misindented-step`: the keys stand beside `step:`, `oidc` perhaps among them."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition, Verdict
from knowledge.rules.misindented_step import RULE
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, anchored
from tests.knowledge.rules.switches import EMPTY, needing, pipeline, speaking

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


@pytest.mark.parametrize("key", ["oidc", "OIDC"])
def test_a_switch_among_the_keys_comes_in_with_them(key: str) -> None:
    case = case_of(HANGING.replace("      script:", f"      {key}: true\n      script:"), None, EMPTY)
    (finding,) = ask(RULE, case)

    assert (finding.verdict, finding.line) == (Verdict.CONFIRMED, 4)
    assert finding.evidence[2].sentence == f"Line 5 has `{key}` there too, so the step gets no token."
    assert finding.fixes[0].file_after == pipeline(needing(f"{key}: true"))
    assert speaking(case) == {}
    assert said(RULE, tried(case, finding.fixes[0])) == []


def test_a_switch_may_be_the_first_of_the_keys_or_the_only_one() -> None:
    first = case_of(HANGING.replace("      name:", "      oidc: true\n      name:"))
    alone = case_of("pipelines:\n  default:\n    - step:\n      oidc: true\n")

    for case in (first, alone):
        (finding,) = ask(RULE, case)
        assert (finding.line, len(finding.evidence)) == (4, 2)
        assert speaking(case) == {}


def test_an_item_that_is_used_by_an_alias_is_told_where_it_stands() -> None:
    shelf = f"definitions:\n  items:\n    - &item\n      step:\n      name: Deploy\n      script:\n{LINES}"
    (finding,) = ask(RULE, case_of(f"{shelf}pipelines:\n  default:\n    - *item\n", None, EMPTY))

    assert (finding.line, finding.step and finding.step.line) == (5, 14)


def test_a_switch_beside_a_step_with_keys_of_its_own_is_misplaced() -> None:
    case = case_of(pipeline(needing()) + "      oidc: true\n", None, EMPTY)

    assert said(RULE, case) == []
    assert speaking(case) == {"oidc-misplaced": "confirmed"}


def test_a_file_without_any_oidc_stays_quiet() -> None:
    text = "pipelines:\n  default:\n    - step:\n      name: Build\n      script:\n        - npm ci\n"

    assert said(RULE, case_of(text)) == []
    assert said(RULE, case_of(text, None, NO_CREDENTIALS)) == []
    assert said(RULE, case_of(text + needing("oidc: true", "Next")), "Build") == [Verdict.CONFIRMED]


def test_where_the_file_allows_no_edit_the_line_is_told_in_words() -> None:
    text = "pipelines:\n  default:\n    - {step: , oidc: true, script: [aws s3 ls]}\n"
    (fix,) = ask(RULE, case_of(text, None, EMPTY))[0].fixes

    assert (fix.file_after, fix.disposition) == (None, Disposition.NEEDS_REVIEW)
    assert fix.steps == ("Line 3: write the keys of the step below `step:`, indented further than it.",)


def test_right_steps_are_quiet_wherever_they_are_kept() -> None:
    assert said(RULE, case_of(pipeline(needing()))) == []
    # The alias stands at the column at which the anchor's keys stand.
    assert said(RULE, case_of(anchored("./deploy.sh"))) == []
