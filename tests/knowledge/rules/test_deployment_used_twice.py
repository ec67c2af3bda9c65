"""`deployment-used-twice`: once in a pipeline, stages counted once, and never once a step ran."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from knowledge.casefile import Run
from knowledge.finding import Verdict
from knowledge.reading import Known
from knowledge.rules.deployment_used_twice import RULE
from tests.knowledge.rules.asking import REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, pipeline, step
from tests.knowledge.rules.switches import needing

TWICE = pipeline(
    needing("oidc: true\ndeployment: production", "Deploy"),
    needing("oidc: true\ndeployment: production", "Look"),
)
ERROR = (
    "The deployment environment 'production' in your bitbucket-pipelines.yml file occurs multiple times in "
    "the pipeline. Please refer to our documentation for valid environments and their ordering."
)
RUN = Run(
    uuid="{r}",
    build_number=7,
    commit="c0ffee",
    selector_type="default",
    selector_pattern=None,
    ref_name="main",
    ref_type="branch",
    state="COMPLETED",
    result="ERROR",
    url="https://bitbucket.org/acme/site/pipelines/results/7",
    error=ERROR,
)


def staged(*names: str, key: str = "deployment: production") -> str:
    inner = textwrap.indent("".join(needing("oidc: true", name) for name in names), "      ")
    return f"    - stage:\n        name: All\n        {key}\n        steps:\n{inner}"


def test_the_second_use_is_quoted_beside_the_first() -> None:
    case = case_of(TWICE)
    (finding,) = ask(RULE, case, "Look")

    assert (finding.verdict, finding.line) == (Verdict.LIKELY, 16)
    assert [item.excerpt for item in finding.evidence] == ["deployment: production"] * 2
    assert finding.step is not None
    assert finding.step.name == "Look"
    (fix,) = finding.fixes
    assert fix.file_after == TWICE.replace("deployment: production", "environment: production", 1)
    assert said(RULE, tried(case, fix), "Look") == []


def test_it_is_the_same_finding_whichever_step_is_asked_about() -> None:
    assert ask(RULE, case_of(TWICE), "Look") == ask(RULE, case_of(TWICE), "Deploy")


def test_a_run_that_was_refused_for_it_makes_it_certain() -> None:
    case = replace(case_of(TWICE), run=Known(RUN, "the run"), run_steps=Known((), "the steps"))
    (finding,) = ask(RULE, case, "Look")

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.evidence[-1].excerpt == ERROR


def test_a_pipeline_of_which_a_step_ran_was_not_refused() -> None:
    assert said(RULE, case_of(TWICE, None, REFUSED), "Look") == []


def test_a_stage_is_one_use_for_all_its_steps() -> None:
    assert said(RULE, case_of(pipeline(staged("Move", "Switch"))), "Switch") == []
    more = needing("oidc: true\ndeployment: production", "Look")
    assert said(RULE, case_of(pipeline(staged("Move", "Switch"), more)), "Switch") == [Verdict.LIKELY]


def test_an_environment_takes_no_lock() -> None:
    one = needing("oidc: true\nenvironment: production", "Deploy")
    other = needing("oidc: true\ndeployment: production", "Look")

    assert said(RULE, case_of(pipeline(one, other)), "Look") == []
    quiet = pipeline(staged("Move", key="environment: production"), other)
    assert said(RULE, case_of(quiet), "Look") == []


def test_other_names_and_other_pipelines_are_not_the_same() -> None:
    one = needing("oidc: true\ndeployment: staging", "Deploy")
    other = needing("oidc: true\ndeployment: production", "Look")

    assert said(RULE, case_of(pipeline(one, other)), "Look") == []
    again = textwrap.indent(other, "  ")
    assert said(RULE, case_of(f"{pipeline(other)}  custom:\n    again:\n{again}")) == []


def test_an_anchored_step_used_twice_is_told_at_its_second_use() -> None:
    body = "".join(f"          - {line}\n" for line in GOOD)
    text = (
        "definitions:\n  steps:\n    - step: &go\n        oidc: true\n        deployment: test\n"
        f"        script:\n{body}pipelines:\n  default:\n    - step: *go\n    - step: *go\n"
    )
    (finding,) = ask(RULE, case_of(text))

    assert (finding.line, finding.evidence[0].excerpt) == (15, "- step: *go")


def test_one_use_is_right() -> None:
    assert said(RULE, case_of(pipeline(step(GOOD, keys="oidc: true\ndeployment: production")))) == []
