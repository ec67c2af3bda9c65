"""What a script sets: every form that people write, and forms that set nothing that lasts."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines.commands import Command
from knowledge.pipelines.shell import read_script
from tests.knowledge.pipelines.shell_reading import commands_of, read, shown

FORMS: dict[str, tuple[list[str], list[str]]] = {
    "export": (["export A=b"], ["x A=b"]),
    "two on a line": (['export A=b C="d $X"'], ["x A=b", "x C=d $X"]),
    "quotes are dropped": (["export A='b c'", "export B=\"d\"e'f'"], ["x A=b c", "x B=def"]),
    "single quotes keep the dollar": (["export A='$B'"], ["x A=$B"]),
    "a default stays as written": (['export A="${B:-c}"'], ["x A=${B:-c}"]),
    "a command makes the value": (['export A="$(cat f)"', "export B=`cat f`"], ["x A=?", "x B=?"]),
    "an escaped dollar is not told": (['export A="\\$B"'], ["x A=?"]),
    "the whole word quoted": (["export \"A=b\" 'C=d'"], ["x A=b", "x C=d"]),
    "assigned, then exported": (["A=b; export A"], ["x A=b"]),
    "assigned in one command, exported in the next": (["A=b", "export A"], ["x A=b"]),
    "in the order of the exports": (["A=b; C=d; export C A"], ["x C=d", "x A=b"]),
    "exported before it is assigned": (["export A; A=b"], ["x A=?", "x A=b"]),
    "handed on": (["export A B"], ["x A=?", "x B=?"]),
    "plain": (["A=b", "C=d E=f"], ["A=b", "C=d", "E=f"]),
    "for one command": (["A=b aws s3 ls", "env C=d aws s3 ls"], ["1 A=b", "1 C=d"]),
    "chained": (["export A=b && export C=d; E=f || true"], ["x A=b", "x C=d", "E=f"]),
    "block": (["set -e\nexport A=b\n\nexport C=d\n"], ["x A=b", "x C=d"]),
    "in a condition": (["if x; then export A=b; else export A=c; fi"], ["x A=b", "x A=c"]),
    "in a one-line condition": (['[ -z "$A" ] && export A=b'], ["x A=b"]),
    "in a loop": (["for i in 1 2; do export A=$i; done"], ["x A=$i"]),
    "in a case": (["case $x in a) export A=b;; esac"], ["x A=b"]),
    "in braces": (["{ export A=b; }"], ["x A=b"]),
    "in a function that is called": (["login() { export A=b; }\nlogin"], ["x A=b"]),
    "in a function that nobody calls": (["login() { export A=b; }"], []),
    "in a subshell": (["(export A=b; true)"], ["1 A=b"]),
    "in a pipeline": (["echo x | export A=b"], ["1 A=b"]),
    "in a substitution": (["C=$(export A=b; cmd)"], ["1 A=b", "C=?"]),
    "a subshell with the commands that use it": (["(\n export A=b\n aws s3 ls\n)"], ["x A=b"]),
    "declare": (["declare -x A=b", "typeset -rx C=d", "declare E=f"], ["x A=b", "x C=d", "E=f"]),
    "readonly": (["readonly A=b"], ["A=b"]),
    "all that follows": (["set -a", "A=b", "set +a", "C=d"], ["x A=b", "C=d"]),
    "all that follows, among other options": (["set -eax; A=b"], ["x A=b"]),
    "all that follows, by name": (["set -o allexport; A=b; set +o allexport; C=d"], ["x A=b", "C=d"]),
    "array": (["export A=(1 2)", "B[0]=x"], ["x A=?", "B=?"]),
    "added to": (["export A+=b"], ["x A=?"]),
    "inner script": (["bash -c 'export A=b; aws s3 ls'"], ["1 A=b"]),
    "eval of a text": (["eval 'export A=b'"], ["x A=b"]),
    "broken around it": (["export A=b\nif then ((\nexport C=d"], ["x A=b"]),
    "a here-document is no script": (["cat <<EOF\nexport A=b\nEOF"], []),
    "printed, not set": (['echo "export A=b" >> .env'], []),
    "comment": (["# export A=b"], []),
    "not handed on any more": (["export -n A", "export -p", "export -f login"], []),
    "carried over lines": (["export A=b \\\n  C=d"], ["x A=b", "x C=d"]),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_setting_a_variable(name: str) -> None:
    texts, expected = FORMS[name]
    found = [shown(export) for export in read(*texts).exports]
    assert found[: len(expected)] == expected
    assert len(found) == len(expected) or name == "broken around it"


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("export A=b", Position(10, 11), "export A=b"),
        ("cd x && export A=b && y", Position(10, 19), "export A=b"),
        ("if x; then\n\texport A=b C=d\nfi", Position(11, 2), "export A=b C=d"),
        ("echo 'ä€😀'; export A=b", Position(10, 23), "export A=b"),
        ("(export A=b; true)", Position(10, 12), "export A=b"),
        ("A=b \\\n  aws s3 ls", Position(10, 11), "A=b \\"),
    ],
)
def test_an_export_stands_where_its_statement_begins(text: str, place: Position, line: str) -> None:
    export = read(text).exports[0]
    assert (export.at, export.text) == (place, line)


def test_what_the_after_script_sets_is_told_apart() -> None:
    script = read_script([*commands_of("export A=b"), *commands_of("export C=d", after_script=True)], ())
    assert [(export.name, export.after_script) for export in script.exports] == [("A", False), ("C", True)]


def test_the_after_script_is_a_shell_of_its_own() -> None:
    script = read_script([*commands_of("set -a"), *commands_of("A=b", after_script=True)], ())
    assert [shown(export) for export in script.exports] == ["A=b"]


def test_a_prefix_and_its_command_stand_in_one_place_however_the_lines_break() -> None:
    script = read("AWS_REGION=x \\\n  AWS_ROLE_ARN=y \\\n  aws s3 ls")
    assert {export.at for export in script.exports} == {script.commands[0].at}


def test_names_that_are_expanded_are_listed_once_in_order() -> None:
    script = read("echo \"$B ${A:-$C}\" '$D'", "cat <<E\n$F\nE", "cat <<'E'\n$G\nE", "x $B")
    assert script.variables_used == ("B", "A", "C", "F")


def test_a_command_too_long_to_be_read_may_set_anything() -> None:
    command = Command("a|" * 20_000, Position(7, 3))
    script = read_script([command, *commands_of("export A=b")], ())
    assert [at for _, at in script.sourced] == [Position(7, 3)]
    assert [export.name for export in script.exports] == ["A"]
