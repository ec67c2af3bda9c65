"""The part of CEL that is evaluated, and that the rest is refused and never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.gcp_cel import CelUnreadableError, claims_of, parse
from knowledge.gcp_cel_values import (
    Beginning,
    Lacking,
    Names,
    SomeUuid,
    Unknown,
    parts_not_met,
    parts_of,
    value_of,
)

REPO = "{495d8ecc-f500-4ab8-aed5-ddaefa477b7f}"
NAMES: Names = {
    "assertion": {
        "repositoryUuid": REPO,
        "branchName": "main",
        "aud": ("a", "b"),
        "sub": Unknown("a part of it changes with each step"),
        "iat": 5,
    },
    "google": {"subject": REPO},
    "attribute": {"repositoryuuid": REPO},
}


BEGUN: Names = {"assertion": {"sub": Beginning("it goes on", f"{REPO}:")}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (f"assertion.sub.startsWith('{REPO}')", True),
        (f"assertion.sub.startsWith('{REPO}:')", True),
        (f"assertion.sub.startsWith('{REPO[1:-1]}')", False),
        (f"assertion.sub.startsWith('{REPO}:{{8f')", None),
        (f"assertion.sub.contains('{REPO[1:-1]}')", True),
        ("assertion.sub.contains('x')", None),
        ("assertion.sub.endsWith('}')", None),
        (f"assertion.sub == '{REPO}'", False),
        (f"assertion.sub != '{REPO}'", True),
        (f"assertion.sub == '{REPO}:x'", None),
        (f"assertion.sub.matches(r'^\\{REPO[:-1]}\\}}:.*$')", True),
        (f"assertion.sub.matches(r'^\\{REPO[:-1]}\\}}:.+')", True),
        (f"assertion.sub.matches(r'^{REPO[1:-1]}:.*$')", False),
        (f"assertion.sub.matches(r'^\\{REPO[:-1]}\\}}:$')", None),
        ("assertion.sub.matches('main')", None),
        (f"assertion.sub.extract('{{r}}:') == '{REPO}'", True),
        ("assertion.sub.extract(':{step}') == 'x'", None),
        (f"assertion.sub.split(':')[0] == '{REPO}'", True),
        ("assertion.sub.split(':')[1] == 'x'", None),
        ("assertion.sub.size() == 77", None),
        # What is made of it does not begin as it does.
        (f"'bb::' + assertion.sub == 'bb::{REPO}:x'", None),
        (f"assertion.sub.upperAscii() == '{REPO.upper()}:X'", None),
        (f"assertion.sub.upperAscii().startsWith('{REPO.upper()}')", None),
        # Whatever stands behind the beginning may have a sign to split at, too.
        ("'x' in assertion.sub.split(':')", None),
        (f"'{REPO}' in assertion.sub.split(':')", True),
        ("assertion.sub.split(':').size() == 2", None),
        (f"assertion.sub.split(':') == ['{REPO}', 'x']", None),
        ("has(assertion.sub)", True),
    ],
)
def test_of_a_text_that_is_known_by_its_beginning_no_more_is_told_than_follows_from_it(
    expression: str, value: bool | None
) -> None:
    given_value = value_of(expression, BEGUN)

    assert (None if isinstance(given_value, Unknown) else given_value) is value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (f"assertion.repositoryUuid == '{REPO}'", True),
        (f'assertion.repositoryUuid == "{REPO}"', True),
        (f"'{REPO}' == assertion.repositoryUuid", True),
        (f"assertion['repositoryUuid'] == r'{REPO}'", True),
        ("assertion.repositoryUuid != 'x'", True),
        (f"attribute.repositoryuuid == google.subject && google.subject == '{REPO}'", True),
        ("assertion.branchName in ['main', 'production']", True),
        ("!(assertion.branchName in ['production'])", True),
        ("'a' in assertion.aud", True),
        ("'c' in assertion.aud", False),
        ("assertion.repositoryUuid.startsWith('{495d')", True),
        ("assertion.branchName.endsWith('in') && assertion.branchName.contains('ai')", True),
        ("assertion.branchName.startsWith('release/')", False),
        ("assertion.branchName + '!' == 'main!'", True),
        ("has(assertion.branchName) && !has(assertion.ref)", True),
        ("has(assertion.ref) ? assertion.ref == 'x' : assertion.branchName == 'main'", True),
        ("assertion.iat > 4 && assertion.iat <= 5", True),
        ("true || assertion.ref == 'x'", True),
        ("false && assertion.ref == 'x'", False),
        ("assertion.branchName == 'ma\\'in'", False),
        ("assertion.branchName.upperAscii() == 'MAIN'", True),
        ("assertion.branchName", "main"),
        ("assertion.branchName.matches('^ma')", True),
        ("assertion.branchName.matches('^(main|release/.+)$')", True),
        ("assertion.branchName.matches('^release/.*$')", False),
        ("assertion.branchName.matches('ai')", True),
        ("assertion.branchName.matches('^[a-z]{4}$')", True),
        ("assertion.repositoryUuid.matches(r'^\\{495d8ecc-.*\\}$')", True),
        ("assertion.branchName.extract('m{x}n') == 'ai'", True),
        ("assertion.branchName.extract('{x}n')", "mai"),
        ("assertion.branchName.extract('ma{x}')", "in"),
        ("assertion.branchName.extract('release/{x}')", ""),
        ("assertion.branchName.split('a')[1] == 'in'", True),
        ("assertion.branchName.size() == 4 && size(assertion.aud) == 2", True),
        ("string(assertion.branchName) == 'main'", True),
        ("'branchName' in assertion && !('ref' in assertion)", True),
        (r"'a\\b'", "a\\b"),
    ],
)
def test_what_conditions_are_made_of_is_evaluated(expression: str, value: object) -> None:
    assert value_of(expression, NAMES) == value


@pytest.mark.parametrize(
    "expression",
    [
        "assertion.sub == 'x'",
        "assertion.sub.startsWith('{')",
        "assertion.branchName.matches('(m+)+')",
        "assertion.branchName.matches('m*a*i*n')",
        "assertion.branchName.matches('[')",
        # Python tries each way through these, one after the other.
        f"assertion.branchName.matches('{'(a|a)' * 40}!')",
        f"assertion.branchName.matches('^{'a?' * 40}{'a' * 40}!')",
        f"assertion.branchName.matches('^{'a{0,99}' * 9}!')",
        "assertion.branchName.substring(0, 2) == 'ma'",
        "assertion.branchName.extract('main') == 'ai'",
        "assertion.branchName.split(':')[3] == 'main'",
        "'branchName' in assertions",
        "assertion.aud == 'a'",
        "assertion.branchName == 5",
        "'x' in assertion.branchName",
        "assertion.branchName < 'z'",
        "assertion.iat - 1 == 4",
        "assertion.branchName.trim() == 'main'",
        "[1, 2].exists(x, x == 1)",
        "assertion.a.b == 'x'",
        "branchName == 'main'",
        "assertion.branchName == 'main",
        "assertion.branchName == = 'main'",
        "assertion.branchName == '\\x41'",
        "has(assertion)",
        "(" * 60 + "true" + ")" * 60,
        "true" + " && true" * 1000,
        "",
    ],
)
def test_what_is_not_known_or_not_read_is_neither_true_nor_false(expression: str) -> None:
    assert isinstance(value_of(expression, NAMES), Unknown)


def test_a_claim_that_is_not_there_is_named_and_decides_nothing() -> None:
    assert value_of("assertion.ref == 'x'", NAMES) == Lacking("assertion.ref")
    assert value_of("assertion.ref == 'x' || assertion.branchName == 'main'", NAMES) is True
    assert isinstance(value_of("assertion.ref == 'x' && assertion.sub == 'y'", NAMES), Unknown)


@pytest.mark.parametrize(
    ("condition", "blamed"),
    [
        (
            f"assertion.repositoryUuid == '{REPO}' && assertion.branchName == 'x'",
            ["assertion.branchName == 'x'"],
        ),
        (
            "assertion.branchName == 'x' || assertion.ref == 'y'",
            ["assertion.branchName == 'x'", "assertion.ref == 'y'"],
        ),
        ("!(assertion.branchName == 'main')", ["assertion.branchName == 'main'"]),
        (
            "!(assertion.branchName == 'main' || assertion.ref == 'x')",
            ["assertion.branchName == 'main'", "assertion.ref == 'x'"],
        ),
        ("assertion.branchName.startsWith('release/')", ["assertion.branchName.startsWith('release/')"]),
        ("assertion.branchName == 'main' ? false : true", ["assertion.branchName == 'main'"]),
        ("assertion.iat == 5 ? assertion.branchName == 'x' : true", ["assertion.branchName == 'x'"]),
        (
            "assertion.branchName == 'main' ? false : false",
            ["assertion.branchName == 'main' ? false : false"],
        ),
        (f"assertion.repositoryUuid == '{REPO}'", []),
        ("not cel at all", []),
    ],
)
def test_only_the_parts_because_of_which_a_condition_fails_are_named(
    condition: str, blamed: list[str]
) -> None:
    assert [part.text for part in parts_not_met(condition, NAMES)] == blamed


@pytest.mark.parametrize(
    ("condition", "refuses", "true"),
    [
        ("assertion.branchName == 'x'", False, False),
        ("assertion.branchName != 'main'", True, False),
        ("!(assertion.branchName == 'main')", True, True),
        ("!(assertion.branchName != 'x')", False, True),
        ("!(assertion.branchName in ['x', 'main'])", True, True),
        ("!has(assertion.branchName)", True, True),
        ("has(assertion.ref)", False, False),
        ("!!(assertion.branchName == 'x')", False, False),
    ],
)
def test_a_part_says_whether_its_value_is_let_in_or_kept_out(
    condition: str, refuses: bool, true: bool
) -> None:
    (part,) = parts_not_met(condition, NAMES)

    assert (part.refuses, part.true) == (refuses, true)
    assert condition[part.start : part.start + len(part.text)] == part.text


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("assertion.some == '495d8ecc-f500-4ab8-aed5-ddaefa477b7f'", False),
        ("assertion.some in ['acme/site', '495d8ecc-f500-4ab8-aed5-ddaefa477b7f']", False),
        ("assertion.some == 'acme/site'", False),
        (f"assertion.some == '{REPO}'", Unknown),
        (f"assertion.some in ['acme/site', '{REPO}']", Unknown),
        ("assertion.some in []", Unknown),
        ("assertion.some != 'acme/site'", Unknown),
        ("assertion.some.startsWith('{')", Unknown),
        ("assertion.some == assertion.branchName", False),
        ("assertion.some == assertion.sub", Unknown),
    ],
)
def test_of_a_uuid_that_is_not_known_its_braces_are(expression: str, value: object) -> None:
    names: Names = {"assertion": {"some": SomeUuid("the repository was not read"), "branchName": "main"}}
    found = value_of(expression, names)

    assert isinstance(found, Unknown | Lacking) if value is Unknown else found is value


def test_the_parts_of_a_condition_are_listed_whether_they_hold_or_not() -> None:
    condition = "assertion.branchName == 'main' && !(assertion.branchName == 'x' || has(assertion.ref))"

    assert [(part.text, part.refuses) for part in parts_of(condition, NAMES)] == [
        ("assertion.branchName == 'main'", False),
        ("assertion.branchName == 'x'", True),
        ("has(assertion.ref)", True),
    ]
    assert parts_of("no cel", NAMES) == ()


def test_both_sides_of_a_part_are_told_whichever_way_round_it_is_written() -> None:
    (part,) = parts_not_met("'x' == assertion.branchName", NAMES)

    assert (part.claim, part.expected, part.actual) == ("assertion.branchName", "x", "main")


def test_the_claims_of_an_expression_are_listed() -> None:
    assert claims_of(parse("assertion.sub + assertion['ref'] + google.subject")) == {"sub", "ref"}


@given(st.text(alphabet="ab.'\"[]()!&|=<>?:,+ \\{}\n01in", max_size=60))
def test_any_text_is_evaluated_or_refused(text: str) -> None:
    assert isinstance(value_of(text, NAMES), str | bool | int | tuple | Unknown | Lacking)


def test_what_is_refused_says_what_was_met() -> None:
    with pytest.raises(CelUnreadableError, match="`- b` is not read here"):
        parse("a - b")


@pytest.mark.parametrize(
    "expression",
    ["!" * 3900 + "true", "assertion" + ".a" * 1900, "'a'" + " + 'a'" * 600, "1" + " == 1" * 800, "(" * 3000],
)
def test_what_is_nested_too_deeply_is_not_gone_through(expression: str) -> None:
    with pytest.raises(CelUnreadableError, match="nested too deeply"):
        parse(expression)

    assert isinstance(value_of(expression, NAMES), Unknown)
    assert parts_not_met(expression, NAMES) == ()
