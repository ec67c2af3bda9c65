"""`Command.place`: every character of a command is found where it stands in the file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.load import load
from knowledge.pipelines.nodes import Scalar
from knowledge.pipelines.surgery import nodes


def command_of(text: str) -> Command:
    """The only scalar of a document as a command."""
    document = load(text)
    scalar = next(node for node in nodes(document) if isinstance(node, Scalar))
    return Command(scalar.value, document.start(scalar), layout=document.layout(scalar))


def letter_at(text: str, at: Position) -> str:
    line = text.split("\n")[at.line - 1]
    return line[at.column - 1 : at.column]


STYLES = {
    "plain": "- export A=b && echo done\n",
    "plain of several lines": "- export A=b\n    && echo done\n\n    && echo more\n",
    "single quotes": "- 'echo ''a'' && b'\n",
    "single quotes of several lines": "- 'echo\n\n    a ''b''\n    c'\n",
    "double quotes": '- "echo \\"a\\" && b"\n',
    "double quotes with escapes": '- "a\\tb\\x41\\u00e9\\U0001F600 c"\n',
    "double quotes of several lines": '- "echo a \\\n    b\n\n    c"\n',
    "a literal block": "- |\n  set -e\n\n    export A=b\n  done\n",
    "a literal block that keeps its end": "- |+\n  a\n  b\n\n",
    "a literal block that strips its end": "- |-\n  a\n  b\n",
    "a literal block with an indent of its own": "- |2\n    a\n  b\n",
    "a folded block": "- >-\n  echo a &&\n  echo b\n\n  echo c\n",
    "a folded block with deeper lines": "- >\n  a\n    deeper\n  b\n",
    "a folded block with an indent of its own": "- >1\n  a\n b\n",
    "behind an anchor": "- &login |\n  export A=b\n",
    "behind an anchor on a line of its own": "- &login\n  'a ''b'''\n",
    "behind a tag": "- !!str 'a b'\n",
    "with letters of other scripts": "- 'größe ''ß'' 🙂 x'\n",
    "with a comment behind it": "- echo a # not b\n",
    "Windows line ends": "- |\r\n  a b\r\n  c\r\n",
    "folded with Windows line ends": "- >\r\n  a b\r\n  c\r\n",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_each_letter_of_a_command_is_found_in_the_file(text: str) -> None:
    command = command_of(text)

    found = {
        offset: letter_at(text, command.place(offset))
        for offset, letter in enumerate(command.text)
        if not letter.isspace()
    }

    escaped = {"A": "\\", "é": "\\", "😀": "\\", '"': "\\"}
    wanted = {offset: command.text[offset] for offset in found}
    assert all(found[o] in (wanted[o], escaped.get(wanted[o], "")) for o in found), (found, wanted)
    assert len(found) > 0


def test_the_place_of_a_block_is_its_indicator_and_its_text_begins_below() -> None:
    command = command_of("- &x |\n   export A=b\n")

    assert (command.at, command.place(0)) == (Position(1, 6), Position(2, 4))


def test_an_offset_outside_the_text_gives_its_nearest_end() -> None:
    command = command_of("- echo a\n")

    assert (command.place(-5), command.place(99)) == (Position(1, 3), Position(1, 9))


def test_a_command_of_no_file_has_its_lines_below_each_other() -> None:
    command = Command("a\nbc", Position(4, 7))

    assert (command.place(0), command.place(3)) == (Position(4, 7), Position(5, 2))


WORDS = st.lists(
    st.text(alphabet=st.sampled_from("ab$'\" \\{}é"), min_size=1, max_size=8).map(str.strip).filter(bool),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.sampled_from(["'", '"', "|", ">"]))
def test_whatever_stands_in_a_scalar_each_letter_is_found_or_its_escape(words: list[str], style: str) -> None:
    if style == "'":
        text = "- '" + "\n   ".join(word.replace("'", "''") for word in words) + "'\n"
    elif style == '"':
        text = '- "' + "\n   ".join(w.replace("\\", "\\\\").replace('"', '\\"') for w in words) + '"\n'
    else:
        text = f"- {style}\n" + "".join(f"   {word}\n" for word in words)
    command = command_of(text)

    for offset, letter in enumerate(command.text):
        if not letter.isspace():
            assert letter_at(text, command.place(offset)) in (letter, "\\")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- |\n  a\n\n    b\n", [("a", Position(2, 3)), ("b", Position(4, 5))]),
        ("- >\n  a\n  b\n\n  c\n", [("a b", Position(2, 3)), ("c", Position(5, 3))]),
        ('- "a\\nb"\n', [("a", Position(1, 4)), ("b", Position(1, 7))]),
        ("- a\n", [("a", Position(1, 3))]),
    ],
)
def test_each_line_that_the_shell_gets_has_its_place(text: str, lines: list[tuple[str, Position]]) -> None:
    assert command_of(text).lines() == lines


def test_lines_of_a_command_of_no_file_stand_below_each_other() -> None:
    assert Command("a\n b", Position(4, 7)).lines() == [("a", Position(4, 7)), ("b", Position(5, 2))]
