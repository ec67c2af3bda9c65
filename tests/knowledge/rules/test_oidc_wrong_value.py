"""`oidc-wrong-value`: the key is right, its value is not."""

from __future__ import annotations

import pytest

from knowledge.rules.oidc_wrong_value import RULE
from tests.knowledge.rules.asking import REFUSED, ask, case_of, tried
from tests.knowledge.rules.switches import EMPTY, needing, only, pipeline, speaking, step

CAUSE = "oidc-wrong-value"


@pytest.mark.parametrize(
    ("value", "alone", "with_text"),
    [
        ("false", "confirmed", "confirmed"),
        ("'true'", "likely", "confirmed"),
        ('"true"', "likely", "confirmed"),
        ("1", "likely", "confirmed"),
        ("", "likely", "confirmed"),
        ("enabled", "likely", "confirmed"),
        ("[true]", "likely", "confirmed"),
        ("{}", "likely", "confirmed"),
        ("yes", "possible", "likely"),
        ("on", "possible", "likely"),
    ],
)
def test_only_what_is_documented_or_shown_by_the_text_is_certain(
    value: str, alone: str, with_text: str
) -> None:
    file = pipeline(needing(f"oidc: {value}".rstrip()))

    assert speaking(case_of(file)) == {CAUSE: alone}
    assert speaking(case_of(file, None, EMPTY)) == {CAUSE: with_text}


@pytest.mark.parametrize("value", ["'true'", "1", "", "false", "yes"])
def test_the_value_is_quoted_and_replaced(value: str) -> None:
    case = case_of(pipeline(needing(f"oidc: {value}".rstrip())), None, EMPTY)
    finding = only(case)

    assert (finding.line, finding.evidence[0].excerpt) == (5, f"oidc: {value}".rstrip())
    assert finding.fixes[0].file_after == pipeline(needing("oidc: true"))
    assert speaking(tried(case, finding.fixes[0])) == {}


@pytest.mark.parametrize("value", ["true", "True", "{audiences: [https://gw.acme.example]}"])
def test_right_values_are_no_fault(value: str) -> None:
    assert speaking(case_of(pipeline(needing(f"oidc: {value}")), None, EMPTY)) == {}


LONG = "https://gw.acme.example/" + "a" * 126


@pytest.mark.parametrize(
    ("audiences", "words"),
    [
        ([f"https://gw{n}.acme.example" for n in range(10)], ""),
        ([f"https://gw{n}.acme.example" for n in range(11)], "asks for 11 audiences; at most 10"),
        ([LONG], ""),
        ([f"{LONG}a"], "an audience of 151 characters; at most 150"),
    ],
)
def test_audiences_beyond_what_is_documented_are_likely_to_be_the_fault(
    audiences: list[str], words: str
) -> None:
    file = pipeline(needing(f"oidc: {{audiences: [{', '.join(audiences)}]}}"))

    for paste in ("", EMPTY):
        assert speaking(case_of(file, None, paste)) == ({CAUSE: "likely"} if words else {})
    assert speaking(case_of(file, None, REFUSED)) == {}
    if words:
        assert words in next(one.headline for one in ask(RULE, case_of(file)))


def test_a_step_that_needs_no_token_may_switch_it_off() -> None:
    assert speaking(case_of(pipeline(step(["npm test"], "oidc: false")))) == {}
    assert speaking(case_of(pipeline(step(["echo done"], "oidc: false")), None, REFUSED)) == {}


def test_a_real_token_makes_it_likely() -> None:
    assert speaking(case_of(pipeline(needing("oidc: false")), None, REFUSED)) == {CAUSE: "likely"}


def test_it_says_what_is_not_documented() -> None:
    assert only(case_of(pipeline(needing("oidc: false")))).headline == (
        "Step `Deploy` has `oidc` switched off, so it gets no token."
    )
    assert only(case_of(pipeline(needing("oidc: 1")))).headline == (
        "Step `Deploy` has `oidc: 1`, which is not `oidc: true`."
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{audiences: []}", "a mapping that lists no audience under `audiences`"),
        ("{}", "a mapping that lists no audience under `audiences`"),
        ("[true]", "a list"),
    ],
)
def test_a_mapping_or_a_list_is_told_in_words_and_compared_with_nothing(value: str, said: str) -> None:
    finding = only(case_of(pipeline(needing(f"oidc: {value}"))))

    assert finding.headline == f"Step `Deploy` gives `oidc` {said}, and so no value that is documented."
    assert finding.evidence[0].sentence == f"Line 5 gives `oidc` {said}."
    assert finding.evidence[0].comparison is None


def test_a_mapping_of_several_lines_is_left_to_a_person_who_is_told_where_it_stands() -> None:
    (fix,) = only(case_of(pipeline(needing("oidc:\n  audiences: []")))).fixes

    assert fix.file_after is None
    assert fix.steps == ("In step `Deploy` (line 3), write `oidc: true` in the place of `oidc` (line 5).",)
