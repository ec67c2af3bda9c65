"""Lines that were meant to set a variable and set nothing."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from tests.knowledge.pipelines.shell_reading import read

SLIPS = [
    ("EXPORT A=b", "A", "export A=b", "lower case"),
    ("Export A=b C=d", "A", "export A=b C=d", "lower case"),
    ("SET A=b", "A", "export A=b", "Windows"),
    ("set A=b", "A", "export A=b", "arguments"),
    ("setx AWS_REGION b", "AWS_REGION", "export AWS_REGION=b", "Windows"),
    ("setenv AWS_REGION b", "AWS_REGION", "export AWS_REGION=b", "C shell"),
    ("exprot A=b", "A", "export A=b", "knows no command"),
    ("exports A=b", "A", "export A=b", "knows no command"),
    ("export A = b", "A", "export A=b", "no blank"),
    ("export A =b", "A", "export A=b", "no blank"),
    ("export A= b", "A", "export A=b", "no blank"),
    ('export A = "b c"', "A", 'export A="b c"', "no blank"),
    ("A = b", "A", "export A=b", "no blank"),
    ("A =b", "A", "export A=b", "no blank"),
    ("AWS_REGION= eu-west-1", "AWS_REGION", "export AWS_REGION=eu-west-1", "no blank"),
    ("export $A=b", "A", "export A=b", "without `$`"),
    ("export ${A}=b", "A", "export A=b", "without `$`"),
    ("$A=b", "A", "export A=b", "without `$`"),
    ("export A-B-C=d", "A_B_C", "export A_B_C=d", "hyphen"),
    ("export AWS_REGION: b", "AWS_REGION", "export AWS_REGION=b", "colon"),
    ('$env:A = "b"', "A", 'export A="b"', "PowerShell"),
    ('$Env:A="b"', "A", 'export A="b"', "PowerShell"),
    ("EXPORT AWS_REGION", "AWS_REGION", "export AWS_REGION=…", "lower case"),
    ("SET AWS_REGION", "AWS_REGION", "export AWS_REGION=…", "Windows"),
    ("export AWS_REGION", "AWS_REGION", "export AWS_REGION=…", "no value"),
]


@pytest.mark.parametrize(("text", "name", "repaired", "why"), SLIPS)
def test_a_slip_names_its_variable_and_the_line_as_it_was_meant(
    text: str, name: str, repaired: str, why: str
) -> None:
    slip = read(text).malformed[0]
    assert (slip.name, slip.at, slip.text, slip.repaired) == (name, Position(10, 11), text, repaired)
    assert why in slip.why
    assert slip.why.endswith(".")


@pytest.mark.parametrize(("text", "name", "repaired", "why"), SLIPS)
def test_the_repaired_line_is_no_slip(text: str, name: str, repaired: str, why: str) -> None:
    script = read(repaired)
    assert script.malformed == ()
    assert [export.name for export in script.exports][:1] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "export A=b",
        "export A= B=c",
        "A= aws s3 ls",
        "set -e",
        "set -euo pipefail",
        "set -- a b",
        'set -- "$A"',
        "A=b; export A",
        "export A; A=b",
        "[ A = b ]",
        '[[ $A = "b" ]]',
        "test A = b",
        "expect login.exp",
        "make A=b",
        "docker run -e A=b image",
        "terraform apply -var A=b",
        "npm config set registry=https://r.example.org",
        "git config user.name = x",
        "echo EXPORT A=b",
        "# EXPORT A=b",
        "cat <<EOF\nEXPORT A=b\nEOF",
        "export -n A",
        "export A=b-c=d",
        "x=1; [ $x = 1 ]",
        "./set A=b",
    ],
)
def test_lines_that_are_right(text: str) -> None:
    assert read(text).malformed == ()


def test_a_slip_in_the_middle_of_a_line_stands_there() -> None:
    slip = read("cd infra && EXPORT A=b && terraform apply").malformed[0]
    assert (slip.at, slip.text, slip.repaired) == (Position(10, 23), "EXPORT A=b", "export A=b")


def test_each_name_of_a_line_is_a_slip() -> None:
    assert [slip.name for slip in read("EXPORT A=b C=d").malformed] == ["A", "C"]
