"""`python -m bot trust`: would this trust policy let this token assume the role, and why not?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from bot.offline_files import InputProblem, only_one_stdin, print_json, printable, read_text
from bot.offline_policy import other_issuer, read_claims, read_role
from knowledge.file_secrets import words_cleaned
from knowledge.redact import redact
from knowledge.trust import ConditionResult, StatementResult, TrustResult, evaluate
from knowledge.trust_request import provider_path

_WHY = {
    None: "applies",
    "principal": "does not apply: another principal",
    "action": "does not apply: another action",
    "condition": "does not apply: a condition is not met",
}
_MATCHES = {True: "met", False: "not met", None: "cannot be told"}
_DECISION = {
    "allowed": "Allowed: the policy lets this token assume the role.",
    "denied": "Denied: the policy does not let this token assume the role.",
    "undetermined": "Undetermined: a value that decides it is not known.",
}


@click.command(help="Evaluate a role's trust policy for a token's claims. `-` stands for standard input.")
@click.option("--policy", "policy_file", required=True, metavar="FILE", help="The trust policy, as JSON.")
@click.option("--claims", "claims_file", required=True, metavar="FILE", help="The token's claims, as JSON.")
@click.option("--provider", metavar="ARN", help="The OIDC provider; else the one that `iss` gives.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(policy_file: str, claims_file: str, provider: str | None, as_json: bool) -> int:
    """Print the judgement.

    Returns:
        0 when the policy allows and no warning is due, else 1.

    Raises:
        InputProblem: a file cannot be read, or does not hold what it should.
    """
    only_one_stdin((policy_file, claims_file))
    role = read_role(read_text(policy_file), policy_file)
    claims, context = read_claims(read_text(claims_file), claims_file)
    if provider is not None and provider_path(provider) is None:
        raise InputProblem(
            "--provider must be the ARN of an OIDC provider: arn:aws:iam::ACCOUNT:oidc-provider/ADDRESS"
        )
    result = evaluate(role.trust_policy, claims, provider_arn=provider, context=context)
    if as_json:
        print_json(words_cleaned(result.to_json(), lambda text: redact(text).text))
    else:
        for line in (*_lines(result), *_aside(claims)):
            click.echo(printable(redact(line).text))
    return 0 if result.decision == "allowed" and not result.openings else 1


def _aside(claims: Mapping[str, Any]) -> Iterator[str]:
    issuer = other_issuer(claims)
    if issuer is not None:
        yield ""
        yield f"The claims are not those of a Bitbucket step: their `iss` is {issuer[:200]!r}."


def _lines(result: TrustResult) -> Iterator[str]:
    yield _DECISION.get(result.decision, result.decision)
    yield f"Provider: {result.provider_arn or 'not known (the claims have no `iss`)'}"
    for statement in result.statements:
        yield from _statement(statement)
    for opening in result.openings:
        yield f"Warning: {opening.sentence}"


def _statement(statement: StatementResult) -> Iterator[str]:
    name = f" ({statement.sid})" if statement.sid else ""
    why = "cannot be told" if statement.applies is None else _WHY[statement.why]
    yield ""
    yield f"Statement {statement.index}{name}, {statement.effect}: {why}"
    for condition in statement.conditions:
        yield from _condition(condition)


def _condition(condition: ConditionResult) -> Iterator[str]:
    reason = f" ({condition.reason})" if condition.matches is not True else ""
    yield f"  {condition.operator} {condition.key}: {_MATCHES[condition.matches]}{reason}"
    if condition.matches is True:
        return
    nearest = condition.nearest
    expected = [nearest] if nearest is not None else []
    expected += [value for value in condition.expected if value != nearest]
    for number, value in enumerate(expected):
        yield f"    {'expected' if number == 0 else '      or'}  {value}"
    nothing = "(not known)" if condition.reason == "unknown" else "(absent)"
    for number, value in enumerate(condition.actual or (nothing,)):
        yield f"    {'actual  ' if number == 0 else '     or '}  {value}"
    single = len(expected) == 1 and len(condition.actual) == 1
    if condition.differs_at is not None and single:
        yield f"    {' ' * (len('expected') + 2 + condition.differs_at)}^ they part here"
