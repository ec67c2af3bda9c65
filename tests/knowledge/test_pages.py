"""Every page of the catalogue is executed: its broken example shows the cause, its fixed one does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from knowledge.catalogue import CATALOGUE
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis, Fix, Severity, Verdict
from knowledge.pipelines import parse
from knowledge.reading import Known
from knowledge.suspects import choose_suspects
from tests.knowledge.handed_over import FILES, case_from, diagnosis_of
from tests.knowledge.rules.asking import tried

_BLOCK = re.compile(r"^```\w+ (?P<name>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_STANDING = (Verdict.CONFIRMED, Verdict.LIKELY)
#: What proves these cannot be read, so they never say more than that they are possible.
_ONLY_POSSIBLE = ("error-hidden", "refused-above-the-role")
CAUSES = sorted(CATALOGUE)


def blocks_of(cause: str, section: str) -> dict[str, str]:
    text = CATALOGUE[cause].section(section)
    return {found["name"]: found["text"] for found in _BLOCK.finditer(text)}


def found_in(diagnosis: Diagnosis, cause: str) -> list[Verdict]:
    return [finding.verdict for finding in diagnosis.findings if finding.cause == cause]


@pytest.mark.parametrize("cause", CAUSES)
def test_examples_are_made_of_known_blocks(cause: str) -> None:
    broken, fixed = blocks_of(cause, "Broken"), blocks_of(cause, "Fixed")

    assert broken
    assert fixed
    assert set(broken) | set(fixed) <= set(FILES)


@pytest.mark.parametrize("cause", CAUSES)
def test_the_broken_example_is_found_and_leads(cause: str) -> None:
    diagnosis = diagnosis_of(blocks_of(cause, "Broken"))
    wanted = [Verdict.POSSIBLE] if cause in _ONLY_POSSIBLE else list(_STANDING)

    assert found_in(diagnosis, cause)[0] in wanted
    if CATALOGUE[cause].severity is Severity.BLOCKER:
        assert diagnosis.findings[0].cause == cause


@pytest.mark.parametrize("cause", CAUSES)
def test_the_fixed_example_has_no_such_fault(cause: str) -> None:
    diagnosis = diagnosis_of({**blocks_of(cause, "Broken"), **blocks_of(cause, "Fixed")})

    unwanted = (*_STANDING, Verdict.POSSIBLE) if cause in _ONLY_POSSIBLE else _STANDING
    assert [verdict for verdict in found_in(diagnosis, cause) if verdict in unwanted] == []


@pytest.mark.parametrize("cause", CAUSES)
def test_every_change_shown_for_the_broken_example_mends_it(cause: str) -> None:
    """The change is made the way a person would: the file as it is after the diff is read anew."""
    broken = blocks_of(cause, "Broken")
    finding = next(f for f in diagnosis_of(broken).findings if f.cause == cause)

    assert finding.fixes
    for fix in finding.fixes:
        made = (fix.file_after, fix.policy_after, fix.google_after)
        if any(change is not None for change in made) or fix.variables:
            again = _after(broken, fix)
            assert [verdict for verdict in found_in(again, cause) if verdict in _STANDING] == [], fix.title


def _after(blocks: Mapping[str, str], fix: Fix) -> Diagnosis:
    case = tried(case_from(blocks), fix)
    if fix.policy_after is not None and isinstance(case.role, Known):
        case = replace(
            case, role=replace(case.role, value=replace(case.role.value, trust_policy=fix.policy_after))
        )
    change = fix.google_after
    if change is not None:
        # What Google says of the login after the change is not known; the text is that of the one before.
        case = replace(case, symptoms=())
    if change is not None and change.provider is not None:
        case = replace(case, gcp_provider=Known(change.provider, "the provider"))
    if change is not None and change.policy is not None:
        case = replace(case, gcp_account=Known(change.policy, "the service account's policy"))
    if fix.file_after is not None:
        file = parse(fix.file_after)
        wanted = blocks.get("step", "").strip() or None
        case = replace(case, suspects=choose_suspects(file, case.symptoms, wanted=wanted))
    return diagnose(case)
