"""Whatever a file holds, `check` answers: one of its exit codes, one document, every place in the file."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.__main__ import run
from knowledge.pipelines.decode import decode
from tests.bot.commandline import CommandLine, refused
from tests.bot.test_check import BROKEN, MENDED
from tests.knowledge.pipelines.test_any_text import LINES, STEPS, TREES

ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SCRIPTS = st.lists(
    st.sampled_from(
        [
            "export AWS_REGION=eu-central-1",
            "export AWS_ROLE_ARN=arn:aws:iam::123456789012:role/acme-deploy",
            "export AWS_WEB_IDENTITY_TOKEN_FILE=$(pwd)/token",
            "EXPORT AWS_REGION",
            "echo $BITBUCKET_STEP_OIDC_TOKEN > $(pwd)/token",
            "echo '$BITBUCKET_STEP_OIDC_TOKEN' > token",
            "echo $BITBUCKET_STEP_OIDC_TOKEN",
            "cat token",
            "set -x",
            "cd sub",
            "env",
            "aws s3 ls",
            "aws sts assume-role-with-web-identity --web-identity-token file://token",
            "./deploy.sh",
            "rm -f token",
            "if [ x",
            "cat <<EOF\n$BITBUCKET_STEP_OIDC_TOKEN\nEOF",
        ]
    ),
    max_size=8,
)
LOGINS = st.fixed_dictionaries(
    {"script": SCRIPTS},
    optional={
        "name": st.text(max_size=8),
        "oidc": st.sampled_from([True, False, "true", None, {"audiences": ["x"]}, []]),
        "OIDC": st.booleans(),
        "deployment": st.sampled_from(["test", "production", 7, None]),
        "artifacts": st.sampled_from(
            [["**"], {"paths": ["*"]}, [{"name": "x", "paths": ["token"]}], "**", 3]
        ),
        "after-script": SCRIPTS,
    },
)


@contextlib.contextmanager
def standard_input(raw: bytes) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """Standard input with these bytes; what is written to the two outputs."""
    before, out, err = sys.stdin, io.StringIO(), io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield out, err
    finally:
        sys.stdin = before


def checked(raw: bytes, form: str = "--json") -> tuple[int, str]:
    """The exit code and what was printed."""
    with standard_input(raw) as (out, err):
        code = run(["check", "-", *([form] if form else [])])
    assert err.getvalue() == ""
    assert code in (0, 1)
    return code, out.getvalue()


def answered(text: str | bytes) -> dict[str, Any]:
    """The one file of the document, all of it in its bounds; the other forms answer too."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    code, out = checked(raw)
    (file,) = json.loads(out)["files"]
    lines = decode(raw)[0].split("\n")
    told = [*file["findings"], *file["warnings"]]
    for finding in told:
        assert 1 <= finding["line"] <= len(lines)
        assert 1 <= finding["column"] <= len(lines[finding["line"] - 1]) + 1
        assert finding["sentence"]
    assert (code == 1) is bool(file["problem"] or file["findings"])
    assert file["steps"] == [] or file["problem"] is None
    _, plain = checked(raw, "")
    heads = [line for line in plain.split("\n") if line and not line.startswith("    ")]
    assert len(heads) == len(told)
    assert all(line.startswith("bitbucket-pipelines.yml:") for line in heads)
    assert len(json.loads(checked(raw, "--sarif")[1])["runs"][0]["results"]) == len(told)
    assert isinstance(file, dict)
    return file


@ANY
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
@example("\ufeff")
@example("\x00" * 50)
@example("pipelines:\x00")
@example("- &a [*a]")
@example("pipelines: {default: &a [{parallel: *a}]}")
def test_no_text_and_no_bytes_are_too_much(text: str | bytes) -> None:
    answered(text)


@ANY
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff"]))
def test_lines_in_any_order_are_checked_or_refused(lines: str, line_end: str, mark: str) -> None:
    answered(mark + lines.replace("\n", line_end))


@ANY
@given(st.lists(st.one_of(STEPS, LOGINS), max_size=4), st.booleans())
def test_steps_of_any_kind_are_checked(steps: list[dict[str, object]], flow: bool) -> None:
    tree = {"pipelines": {"default": [{"step": step} for step in steps]}}
    answered(yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, sort_keys=False))


@ANY
@given(TREES)
def test_any_type_may_stand_at_any_key(tree: object) -> None:
    answered(yaml.safe_dump({"pipelines": tree, "definitions": tree}, allow_unicode=True, sort_keys=False))


@ANY
@given(
    st.integers(0, len(BROKEN)),
    st.sampled_from(["\t", "\x00", "'", "*", "&a ", ": ", "- ", "\n", "\u2028", ""]),
)
def test_a_file_with_one_slip_of_the_pen_is_checked(place: int, slip: str) -> None:
    answered(BROKEN[:place] + slip + BROKEN[place:])
    answered(BROKEN[:place] + BROKEN[place + 1 :])


def test_a_byte_order_mark_and_other_line_ends_change_no_place() -> None:
    plain = answered(BROKEN)
    assert answered("\ufeff" + BROKEN)["findings"][0]["line"] == plain["findings"][0]["line"]
    for form in (BROKEN.replace("\n", "\r\n"), "\ufeff" + BROKEN.replace("\n", "\r\n")):
        told = answered(form)
        assert told["steps"] == plain["steps"]
        places = [(finding["cause"], finding["line"], finding["column"]) for finding in told["findings"]]
        assert places == [(f["cause"], f["line"], f["column"]) for f in plain["findings"]]


def test_a_null_byte_has_its_place() -> None:
    file = answered(MENDED.replace("name: Deploy", "name: Dep\x00loy"))
    assert (file["findings"][0]["cause"], file["findings"][0]["line"]) == ("pipeline-file-unreadable", 8)
    assert "U+0000" in file["problem"]


def test_deep_nesting_and_bombs_are_findings(command: CommandLine) -> None:
    layers = "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]\n" for n in range(1, 30))
    for text in ("[" * 100_000, "a: " * 10_000, f"b0: &b0 [x]\n{layers}", "- a\n" * 100_000, "x" * 600_000):
        assert [finding["cause"] for finding in answered(text)["findings"]] == ["pipeline-file-unreadable"]


def test_ten_megabytes_are_refused_in_one_line(command: CommandLine) -> None:
    refused(command("check", "-", "--json", stdin=b"- step:\n" * 1_250_000), "larger than 8 MB")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)
