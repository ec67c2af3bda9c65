"""`python -m bot explain`: the diagnosis from files alone, the same that a thread would get."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from bot.offline import Given, explain, is_wrong, read_case
from bot.offline_files import print_json, printable
from knowledge.answer import Answer

_JOB = "explain"
_BUTTONS = ("actions", "context_actions")
_INDENT = "    "
_DIFF = f"{_INDENT}--- a/"


@click.command("explain")
@click.option("--paste", metavar="FILE|-", help="The pasted error, with the lines around it.")
@click.option("--pipeline-file", metavar="FILE", help="The bitbucket-pipelines.yml that ran.")
@click.option("--step", metavar="NAME|PIPELINE:INDEX", help="The step that failed, when it is known.")
@click.option(
    "--variables", metavar="FILE", help="YAML: the variables of workspace, repository, deployments."
)
@click.option(
    "--trust-policy", metavar="FILE", help="JSON: the role's trust policy, or what get-role prints."
)
@click.option(
    "--provider-config",
    metavar="FILE",
    help="JSON or YAML: what gcloud iam workload-identity-pools providers describe prints.",
)
@click.option(
    "--service-account-policy",
    metavar="FILE",
    help="JSON or YAML: what gcloud iam service-accounts get-iam-policy prints.",
)
@click.option(
    "--claims", metavar="FILE", help="JSON: the token's claims; aws: and sts: keys are the request's."
)
@click.option("--json", "as_json", is_flag=True, help="Print the diagnosis as JSON.")
def command(*, as_json: bool, **files: str | None) -> int:
    """Diagnose a failed login from files. What is not given counts as not read, never as missing.

    Exit code 0 when nothing is found to be wrong, 1 when something is, 2 on bad input.
    """
    answer = explain(read_case(Given(**files)))
    if as_json:
        from bot.offline_json import explanation

        print_json(explanation(answer.diagnosis, answer.symptoms))
    else:
        _print(_lines(answer))
    return 1 if is_wrong(answer.diagnosis) else 0


def _lines(answer: Answer) -> list[str]:
    from bot.playground.terminal import as_lines
    from handlers.render import render

    reply = render(answer, _JOB)
    blocks = [block for block in reply.blocks if block.get("type") not in _BUTTONS]
    return [printable(line) for line in as_lines({"blocks": blocks, "text": reply.text})]


def _print(lines: Iterable[str]) -> None:
    if not sys.stdout.isatty():
        for line in lines:
            click.echo(line)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    in_diff = False
    for number, line in enumerate(lines):
        in_diff = line.startswith(_DIFF) or (in_diff and line.startswith(_INDENT))
        console.print(Text(line, style="bold" if number == 0 else _diff_style(line) if in_diff else ""))


def _diff_style(line: str) -> str:
    return {"+": "green", "-": "red"}.get(line[len(_INDENT) : len(_INDENT) + 1], "")
