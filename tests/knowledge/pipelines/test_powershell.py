"""What a script sets on a runner with Windows, where PowerShell reads it."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines import parse
from knowledge.pipelines.model import Script
from knowledge.pipelines.shell_exports import gives_value

ON_WINDOWS = "runs-on: [self.hosted, windows]"


def script_of(*lines: str, keys: str = ON_WINDOWS, head: str = "") -> Script:
    body = "".join(f"          - |\n            {line}\n" for line in lines)
    (step,) = parse(
        f"{head}pipelines:\n  default:\n    - step:\n        {keys}\n        script:\n{body}"
    ).steps
    return step.script


@pytest.mark.parametrize(
    ("line", "set_to"),
    [
        ("$env:A = 'b'", {"A": "b"}),
        ('$Env:A="b c"', {"A": "b c"}),
        ("${env:A} = 'b'", {"A": "b"}),
        ('$env:A = "x/$env:B/${env:C}"', {"A": "x/${B}/${C}"}),
        ("$env:A = $env:B", {"A": "${B}"}),
        ("$env:A = $env:B; $env:C = 'd'", {"A": "${B}", "C": "d"}),
        ("$env:A = (Get-Content a.txt)", {"A": None}),
        ("$env:A = $b", {"A": None}),
        ('$env:A = "x$b"', {"A": None}),
        ("Set-Item -Path Env:A -Value 'b'", {"A": "b"}),
        ("Set-Item env:\\A 'b'", {"A": "b"}),
        ('[Environment]::SetEnvironmentVariable("A", "b")', {"A": "b"}),
        ("[System.Environment]::SetEnvironmentVariable('A', $b, 'Process')", {"A": None}),
        ("# $env:A = 'b'", {}),
        ("if ($env:A == 'b') { exit 1 }", {}),
        ("Write-Output $env:A", {}),
    ],
)
def test_every_form_that_sets_a_variable(line: str, set_to: dict[str, str | None]) -> None:
    script = script_of(line)

    assert {export.name: export.value for export in script.exports} == set_to
    assert all(export.exported and gives_value(export) for export in script.exports)
    assert script.malformed == ()


def test_each_is_found_at_its_line() -> None:
    (export,) = script_of("dotnet build", "$env:A = 'b'").exports

    assert (export.at, export.text) == (Position(9, 13), "$env:A = 'b'")


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("$env:BITBUCKET_STEP_OIDC_TOKEN | Out-File C:\\t", "C:\\t"),
        (
            "$env:BITBUCKET_STEP_OIDC_TOKEN | Out-File -NoNewline -Encoding ascii -FilePath $env:F",
            "$env:F",
        ),
        ("Set-Content -Path C:\\t -NoNewline -Value $env:BITBUCKET_STEP_OIDC_TOKEN", "C:\\t"),
        ('"$env:BITBUCKET_STEP_OIDC_TOKEN" > C:\\t', "C:\\t"),
        ("[IO.File]::WriteAllText('C:\\t', $env:BITBUCKET_STEP_OIDC_TOKEN)", "'C:\\t'"),
    ],
)
def test_the_token_is_seen_on_its_way_to_a_file(line: str, target: str) -> None:
    script = script_of(line)

    assert [(write.target, write.literal, write.append) for write in script.token_writes] == [
        (target, False, False)
    ]
    assert script.token_mentions != ()


@pytest.mark.parametrize("keys", ["name: A", "runs-on: [self.hosted, linux.shell]"])
def test_elsewhere_it_is_a_line_of_another_shell(keys: str) -> None:
    script = script_of("$env:A = 'b'", keys=keys)

    assert script.exports == ()
    assert [slip.name for slip in script.malformed] == ["A"]


def test_the_options_may_name_the_runner_for_all_steps() -> None:
    head = "options:\n  runs-on: [windows]\n"

    assert [export.name for export in script_of("$env:A = 'b'", keys="name: A", head=head).exports] == ["A"]
    assert script_of("$env:A = 'b'", keys="runs-on: [self.hosted]", head=head).exports == ()


def test_one_script_read_by_two_shells() -> None:
    text = (
        "definitions:\n  script: &script\n    - |\n      $env:A = 'b'\npipelines:\n  default:\n"
        f"    - step:\n        {ON_WINDOWS}\n        script: *script\n    - step:\n        script: *script\n"
    )

    assert [len(step.script.exports) for step in parse(text).steps] == [1, 0]
