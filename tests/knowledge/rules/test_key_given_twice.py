"""`key-given-twice`: only where the lost value matters, and never certain."""

from __future__ import annotations

from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Verdict
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.rules.key_given_twice import RULE
from tests.knowledge.rules.asking import ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, one, pipe, pipeline, step


def verdicts(text: str) -> list[Verdict]:
    """What is said about a file of which no step is looked at."""
    case = CaseFile(pipeline_file=Known(parse(text), "the file"))
    return [finding.verdict for finding in RULE.check(case, None)]


def test_both_lines_are_quoted_and_the_first_can_go() -> None:
    case = case_of(one(*GOOD, keys="oidc: true\ndeployment: staging\ndeployment: production"))
    (finding,) = ask(RULE, case)

    assert (finding.verdict, finding.line) == (Verdict.LIKELY, 7)
    assert [item.excerpt for item in finding.evidence] == ["deployment: production", "deployment: staging"]
    (fix,) = finding.fixes
    assert fix.disposition is Disposition.NEEDS_REVIEW
    assert fix.file_after == one(*GOOD, keys="oidc: true\ndeployment: production")
    assert said(RULE, tried(case, fix)) == []


def test_a_list_given_twice_is_put_together_by_a_person() -> None:
    text = one(*GOOD) + "        script:\n          - make\n"
    (finding,) = ask(RULE, case_of(text))

    assert finding.fixes[0].file_after is None
    assert finding.fixes[0].steps


def test_the_same_value_twice_loses_nothing() -> None:
    assert said(RULE, case_of(one(*GOOD, keys="oidc: true\noidc: true"))) == [Verdict.POSSIBLE]
    assert said(RULE, case_of(one(*GOOD, keys='oidc: true\noidc: "true"'))) == [Verdict.LIKELY]


def test_a_pipes_variable_counts() -> None:
    call = pipe("atlassian/aws-s3-deploy:2.0.0", A="1", B="2") + "              A: 3\n"

    assert said(RULE, case_of(one("make") + call)) == [Verdict.LIKELY]


def test_a_lost_block_is_told_even_when_the_rest_has_nothing_to_do_with_oidc() -> None:
    lost = pipeline(step(GOOD), section="default")
    plain = step(["make"], keys="", name="Build")

    assert verdicts(f"{lost}  default:\n{plain}") == [Verdict.LIKELY]
    assert verdicts(f"{lost}pipelines:\n  default:\n{plain}") == [Verdict.LIKELY]
    branches = "pipelines:\n  branches:\n    main:\n  {0}\n    main:\n  {1}\n"
    nested = [text.replace("\n", "\n  ").rstrip() for text in (step(GOOD), plain)]
    assert verdicts(branches.format(*nested)) == [Verdict.LIKELY]


def test_a_file_whose_author_never_thought_of_oidc_is_quiet() -> None:
    plain = step(["make"], keys="name: Build", name="Build")

    assert verdicts(pipeline(plain) + f"  default:\n{plain}") == []


def test_what_is_given_twice_elsewhere_is_left_alone() -> None:
    """Both anchors work, and a variable of a service is none of a login's."""
    definitions = "definitions:\n  steps: []\ndefinitions:\n  services: {db: {image: a, image: b}}\n"

    assert said(RULE, case_of(definitions + one(*GOOD))) == []


def test_a_merged_key_that_is_given_anew_is_no_repeat() -> None:
    text = (
        "definitions: &base\n  name: Base\n  oidc: false\npipelines:\n  default:\n    - step:\n"
        "        <<: *base\n        oidc: true\n        script: [make]\n"
    )

    assert said(RULE, case_of(text)) == []
