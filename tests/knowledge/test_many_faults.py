"""A file with very many faults: all are told, the first with their changes, and the work stays bounded."""

from __future__ import annotations

import pytest

from knowledge.casefile import CaseFile
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis
from knowledge.pipelines import parse
from knowledge.pipelines.edit import at_most, remove_line, set_step_key
from knowledge.pipelines.surgery import loaded
from knowledge.reading import Known
from knowledge.suspects import choose_suspects
from tests.knowledge.rules.scripts import GOOD, pipeline, step

#: What is put in the place of `oidc: true`, or into the script, and what is said of it.
FAULTS = (("", "oidc-not-enabled"), ("OIDC: true", "oidc-misspelt"), ('oidc: "true"', "oidc-wrong-value"))


def checked(text: str) -> Diagnosis:
    file = parse(text)
    return diagnose(CaseFile(pipeline_file=Known(file, "the file"), suspects=choose_suspects(file)))


def faulty(keys: str, count: int) -> str:
    return pipeline(*(step([*GOOD, f"make t{number}"], keys, f"Step {number}") for number in range(count)))


@pytest.mark.parametrize(("keys", "cause"), FAULTS)
def test_every_fault_is_told_and_the_first_have_their_change(keys: str, cause: str) -> None:
    findings = checked(faulty(keys, 60)).findings

    assert [finding.cause for finding in findings] == [cause] * 60
    assert [bool(finding.fixes[0].diff) for finding in findings] == [True] * 8 + [False] * 52
    assert all(finding.fixes[0].title for finding in findings)
    assert all(finding.fixes[0].file_after is None for finding in findings[8:])


@pytest.mark.parametrize(("keys", "cause"), FAULTS)
def test_more_faults_do_not_have_the_text_read_more_often(keys: str, cause: str) -> None:
    def times_read(count: int) -> int:
        before = loaded.cache_info().misses
        checked(faulty(keys, count))
        return loaded.cache_info().misses - before

    assert times_read(90) <= times_read(30)


def test_asking_whether_a_change_helped_works_out_no_further_changes() -> None:
    """One environment used by very many steps: its one finding needs a change for each of them."""
    before = loaded.cache_info().misses
    (finding,) = checked(faulty("oidc: true\ndeployment: production", 60)).findings
    assert finding.cause == "deployment-used-twice"
    assert loaded.cache_info().misses - before <= 60


def test_of_a_long_file_fewer_changes_are_worked_out() -> None:
    long = faulty("OIDC: true", 60) + "# a long explanation of what this is for\n" * 2_000
    findings = checked(long).findings

    assert [finding.cause for finding in findings] == ["oidc-misspelt"] * 60
    with_diff = [bool(finding.fixes[0].diff) for finding in findings]
    assert with_diff == [True] * sum(with_diff) + [False] * (60 - sum(with_diff))
    assert 0 < sum(with_diff) < 8


def test_beyond_the_allowance_the_text_comes_back_as_it_is() -> None:
    file = parse(faulty("", 2))
    with at_most(1):
        first = set_step_key(file, file.steps[0], "oidc", "true")
        assert first is not None
        assert first != file.text
        assert set_step_key(file, file.steps[1], "oidc", "true") == file.text
        assert remove_line(file, file.steps[0].keys[0][1]) == file.text
        with at_most(1):
            assert set_step_key(file, file.steps[1], "oidc", "true") != file.text
    assert set_step_key(file, file.steps[1], "oidc", "true") != file.text
