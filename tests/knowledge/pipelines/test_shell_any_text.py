"""Any text may stand in a script: it is read without an error, in a bounded time, and the same either way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.pipelines.model import Script
from knowledge.pipelines.shell_plain import plain_events
from knowledge.pipelines.shell_walk import tree_events
from tests.knowledge.pipelines.shell_reading import commands_of, need, read

PIECES = [
    "export ", "A=b", "A", "$A", "${A:-b}", "'x'", '"$A b"', "$(", ")", "`", "|", "&&", ";", "\n", "\\\n",
    ">", ">>", "<<E\n", "E\n", "(", "{", "}", "if ", "then ", "fi", "for i in ", "do ", "done",
    "aws s3 ls", " ", "=", "#", "é", "😀", "set -a", "$BITBUCKET_STEP_OIDC_TOKEN", "echo ", " > f",
    "EXPORT ", "f() ", "bash -c '", "eval ", "\t", "\x00",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=60))
def test_no_text_is_an_error_and_every_place_is_inside_it(text: str) -> None:
    script = read(text)
    need(text)
    lines = text.count("\n")
    places = [export.at for export in script.exports]
    places += [slip.at for slip in script.malformed]
    places += [write.at for write in script.token_writes]
    places += [command.at for command in script.commands]
    assert all(10 <= at.line <= 10 + lines for at in places)


WORDS = [
    "aws",
    "echo",
    "a=b",
    "$A",
    "${B}",
    '"$A b"',
    "'c $D'",
    "x-y",
    "--z=$A",
    "@1",
    "2",
    "set",
    "-a",
    "e/f.g:h",
    "%s",
]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    st.sampled_from(["", " > f", " >> $A", ' > "$B/c"', " >'d e'", " 2", "  "]),
    st.sampled_from(["", "export A=", "export A=b", "export "]),
)
def test_what_is_told_without_the_grammar_is_what_the_grammar_tells(
    words: list[str], end: str, start: str
) -> None:
    text = start + " ".join(words) + end
    plain = plain_events(text)
    if plain is not None:
        assert repr(plain) == repr(tree_events(text))


LINES = st.tuples(
    st.sampled_from(["", "  ", "\t", "# ", " # it's "]),
    st.sampled_from(["", "A=", "export A=", "export A=b", "a=b "]),
    st.lists(st.sampled_from([*WORDS, '"', "'", "if", "fi", "#x", "-", "="]), max_size=4).map(" ".join),
    st.sampled_from(["", " > f", ' >> "$A"', " 2>x", " ", "\t"]),
).map("".join)


@settings(max_examples=600, deadline=None)
@given(st.lists(LINES, min_size=2, max_size=4).map("\n".join))
def test_lines_told_without_the_grammar_are_what_the_grammar_tells(text: str) -> None:
    plain = plain_events(text)
    if plain is not None:
        assert repr(plain) == repr(tree_events(text))


def test_lines_of_simple_commands_do_not_need_the_grammar() -> None:
    events = plain_events("set -e\n\n# login\n  export A=$B\nC=d\naws s3 ls > out\n")
    assert events is not None
    assert [type(event).__name__ for event in events] == ["Call", "Use", "Assignment", "Assignment", "Call"]
    assert plain_events("set -e\nif true\nthen a\nfi") is None


@pytest.mark.parametrize(
    "text",
    [
        "a|" * 11_000,
        "a=(" * 7_000,
        "(" * 20_000,
        "$(" * 20_000,
        '"' * 20_001,
        "`" * 20_001,
        "<<A " * 5_000,
        "if " * 7_000,
        "{ " * 10_000,
        "${a:-" * 4_000,
        "bash -c '" * 2_000,
        "export A=" + "$B" * 10_000,
        "x\n" * 11_000,
    ],
    ids=lambda text: text[:6],
)
def test_a_text_built_to_be_hard_is_read_all_the_same(text: str) -> None:
    assert isinstance(read(text), Script)


def test_the_same_text_gives_the_same_script() -> None:
    texts = ["export A=b; aws s3 ls", "echo $A > f"]
    assert read(*texts) == read(*texts)
    assert len(commands_of(*texts)) == 2


@pytest.mark.parametrize("sign", ["\U000a0000", "\U000f0000", "\U0010ffff", "\U0001f600", "é"])
@pytest.mark.parametrize("before", ["{", "", "export A=", "$(", "${", "echo '", "\n"])
def test_no_sign_of_unicode_ends_the_process(before: str, sign: str) -> None:
    """The grammar reads behind its tables at some of them; a file with one would have taken the bot along."""
    script = read(f"{before}{sign}\nexport B=c")

    assert "B" in {export.name for export in script.exports} or before in ("{", "$(", "${", "echo '")
