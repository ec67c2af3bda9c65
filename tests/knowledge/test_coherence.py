"""One name per cause, everywhere: rule, module, page, case folder, test."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from knowledge.casefile import CaseFile
from knowledge.catalogue import CATALOGUE
from knowledge.finding import Severity
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.rules import RULES
from knowledge.rules.rule import Rule
from knowledge.suspects import choose_suspects

TESTS = Path(__file__).resolve().parent
RULE_FILES = TESTS.parent.parent / "knowledge" / "rules"
IDS = [rule.cause for rule in RULES]
FIXED = (
    "oidc-not-enabled",
    "oidc-misspelt",
    "oidc-misplaced",
    "oidc-wrong-value",
    "oidc-on-other-step",
    "aws-role-arn-missing",
    "aws-region-missing",
    "token-file-variable-missing",
    "token-file-variable-misnamed",
    "token-file-not-written",
    "shell-form-wrong",
    "variable-outside-deployment",
    "variable-in-other-environment",
    "deployment-unknown",
    "static-keys-shadow",
    "role-arn-malformed",
    "pipe-variable-misnamed",
    "variable-not-carried-over",
    "trust-subject-mismatch",
    "trust-audience-mismatch",
    "trust-provider-mismatch",
    "trust-action-missing",
    "trust-condition-unsupported",
    "trust-source-ip",
    "oidc-provider-missing",
    "provider-audience-missing",
    "role-not-found",
    "role-permission-missing",
    "token-expired",
    "session-too-long",
    "pipeline-file-unreadable",
)


def modules() -> list[str]:
    return sorted(path.stem for path in RULE_FILES.glob("*.py") if path.stem not in ("__init__", "rule"))


def test_each_cause_has_one_rule() -> None:
    assert sorted(set(IDS)) == sorted(IDS)


def test_every_cause_that_others_rely_on_is_there() -> None:
    assert sorted(set(FIXED) - set(IDS)) == []


def test_rules_and_pages_are_the_same_causes() -> None:
    assert sorted(IDS) == sorted(CATALOGUE)


def test_rules_stand_in_the_module_of_their_name() -> None:
    assert sorted(cause.replace("-", "_") for cause in IDS) == modules()
    for name in modules():
        assert import_module(f"knowledge.rules.{name}").RULE.cause == name.replace("_", "-")


def test_every_cause_has_a_case_folder() -> None:
    cases = TESTS.parent / "cases"
    folders = {path.name for path in cases.iterdir() if path.is_dir() and not path.name.startswith("_")}

    assert sorted(folders) == sorted(IDS)


@pytest.mark.parametrize("cause", IDS)
def test_every_cause_is_named_by_a_test_of_its_rule(cause: str) -> None:
    module = cause.replace("-", "_")
    tests = [path.read_text(encoding="utf-8") for path in (TESTS / "rules").glob("test_*.py")]

    assert any(module in text or cause in text for text in tests)


def test_what_follows_from_something_is_no_circle() -> None:
    def reached(cause: str, seen: frozenset[str] = frozenset()) -> bool:
        return cause in seen or any(reached(earlier, seen | {cause}) for earlier in CATALOGUE[cause].follows)

    assert [cause for cause in CATALOGUE if not CATALOGUE[cause].follows <= set(CATALOGUE)] == []
    assert [cause for cause in CATALOGUE if reached(cause)] == []


def test_advice_comes_last() -> None:
    """Equals are named in the order of the rules, and advice never leads."""
    levels = [CATALOGUE[cause].severity is Severity.ADVICE for cause in IDS]

    assert levels == sorted(levels)


LATE = [
    (rule, own)
    for rule in RULES
    if (own := import_module(f"knowledge.rules.{rule.cause.replace('-', '_')}").RULE) is not rule
]


@pytest.mark.parametrize(("rule", "own"), LATE, ids=[rule.cause for rule, _ in LATE])
def test_of_a_rule_that_is_loaded_late_nothing_is_lost_for_a_file_alone(rule: Rule, own: Rule) -> None:
    """It is not asked where its module is not loaded."""
    paths = [*(TESTS.parent / "cases").rglob("*.yml"), *(RULE_FILES.parents[1] / "bot").rglob("*.yml")]
    files = [parse(path.read_bytes()) for path in paths]
    asked = 0
    for file in files:
        case = CaseFile(pipeline_file=Known(file, file.path), suspects=choose_suspects(file))
        for suspect in (None, *case.suspects):
            said = own.check(case, suspect) if suspect is not None or own.without_step else ()
            assert list(rule.check(case, suspect)) == list(said)
            asked += 1

    assert rule.without_step
    assert asked > len(files) > 50
