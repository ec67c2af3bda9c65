"""`oidc-misspelt`: a key that Bitbucket passes over because of its spelling."""

from __future__ import annotations

import pytest

from knowledge.finding import Disposition
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, case_of, tried
from tests.knowledge.rules.scripts import anchored
from tests.knowledge.rules.switches import EMPTY, needing, only, pipeline, speaking, step

CAUSE = "oidc-misspelt"


@pytest.mark.parametrize("key", ["OIDC", "Oidc", "oIDC", "odic", "oicd", "oidcc", "use-oidc"])
def test_the_key_is_found_quoted_and_respelt(key: str) -> None:
    case = case_of(pipeline(needing(f"{key}: true")), None, EMPTY)
    finding = only(case)
    (fix,) = finding.fixes

    assert speaking(case) == {CAUSE: "confirmed"}
    assert (finding.line, finding.evidence[0].excerpt) == (5, f"{key}: true")
    assert fix.file_after == pipeline(needing("oidc: true"))
    assert speaking(tried(case, fix)) == {}


def test_expected_and_actual_part_at_the_first_letter_that_differs() -> None:
    comparison = only(case_of(pipeline(needing("odic: true")))).evidence[0].comparison

    assert comparison is not None
    assert (comparison.expected, comparison.actual, comparison.differs_at) == ("oidc", "odic", 1)


@pytest.mark.parametrize(
    ("paste", "verdict"), [("", "confirmed"), (NO_CREDENTIALS, "confirmed"), (REFUSED, "likely")]
)
def test_the_key_alone_shows_it_and_a_real_token_makes_it_likely(paste: str, verdict: str) -> None:
    assert speaking(case_of(pipeline(needing("OIDC: true")), None, paste)) == {CAUSE: verdict}


def test_a_hidden_script_is_enough_since_the_key_says_what_was_meant() -> None:
    assert speaking(case_of(pipeline(step(["./deploy.sh"], "OIDC: true")))) == {CAUSE: "confirmed"}


def test_a_value_that_does_not_count_is_mended_too() -> None:
    case = case_of(pipeline(needing('OIDC: "true"')), None, EMPTY)
    (fix,) = only(case).fixes

    assert fix.file_after == pipeline(needing("oidc: true"))


def test_audiences_are_kept() -> None:
    case = case_of(pipeline(needing("OIDC:\n  audiences: [https://gw.acme.example]")), None, EMPTY)
    (fix,) = only(case).fixes

    assert fix.file_after == pipeline(needing("oidc:\n  audiences: [https://gw.acme.example]"))


def test_an_anchor_used_by_others_wants_a_look() -> None:
    file = anchored("./deploy.sh").replace("oidc: true", "OIDC: true")
    assert only(case_of(file)).fixes[0].disposition is Disposition.SAFE
    file += "    develop:\n      - step: *deploy\n"
    assert only(case_of(file)).fixes[0].disposition is Disposition.NEEDS_REVIEW


def test_beside_the_right_key_it_is_only_in_the_way() -> None:
    assert speaking(case_of(pipeline(needing("OIDC: true\noidc: true")), None, EMPTY)) == {}


def test_a_key_of_another_step_is_none_of_this_one() -> None:
    file = pipeline(needing("OIDC: true", "Build"), needing("", "Deploy"))

    assert speaking(case_of(file, None, EMPTY), "Deploy") == {"oidc-not-enabled": "confirmed"}


def test_a_key_that_comes_with_a_merge_is_changed_for_all_who_merge_it() -> None:
    anchor = needing("OIDC: true").replace("- step:", "- step: &deploy")
    uses = (
        "      - step:\n          <<: *deploy\n          name: First\n      - step:\n          <<: *deploy\n"
    )
    file = f"definitions:\n  steps:\n{anchor}pipelines:\n  branches:\n    main:\n{uses}"
    (fix,) = only(case_of(file), "First").fixes

    assert fix.file_after == file.replace("OIDC:", "oidc:")
    assert fix.disposition is Disposition.NEEDS_REVIEW
    assert fix.steps == ("The keys stand in an anchor that is also used by `Deploy`: each gets a token too.",)


def test_a_key_of_the_options_is_said_to_stand_there_and_leaves_nothing_behind() -> None:
    case = case_of(f"options:\n  OIDC: true\n{pipeline(needing())}", None, EMPTY)
    finding = only(case)
    (fix,) = finding.fixes

    assert finding.headline == "`options` has `OIDC` for `oidc`, so step `Deploy` gets no token."
    assert (finding.cause, finding.line) == (CAUSE, 2)
    assert fix.title == "Write `oidc: true` for `OIDC`, in step `Deploy` itself"
    assert fix.file_after == pipeline(needing("oidc: true"))
    assert speaking(tried(case, fix)) == {}


def test_other_options_stay_where_they_are() -> None:
    (fix,) = only(
        case_of(f"options:\n  docker: true\n  OIDC: true\n{pipeline(needing())}", None, EMPTY)
    ).fixes

    assert fix.file_after == f"options:\n  docker: true\n{pipeline(needing('oidc: true'))}"
