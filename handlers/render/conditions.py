"""The role's trust policy in the proof: every statement with every condition, expected beside actual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handlers.render.blocks import Block, header, preformatted, rich, section
from handlers.render.escape import leaves, visible
from handlers.render.limits import LINE, cut
from knowledge.redact import redact
from knowledge.trust import ConditionResult, StatementResult
from knowledge.words import code

_STATEMENTS = 12
_CONDITIONS = 20
_VALUES = 8
_WHY = {
    None: "it applies",
    "principal": "it does not apply: its principal is another one",
    "action": "it does not apply: its action is another one",
    "condition": "it does not apply: a condition is not met",
}
_MATCHES = {True: "met", False: "not met", None: "not known"}


def condition_blocks(statements: Sequence[StatementResult]) -> Iterator[Block]:
    """A heading, and a block for each statement; nothing without any."""
    if statements:
        yield header("The trust policy, condition by condition")
    for statement in statements[:_STATEMENTS]:
        yield from _statement(statement)
    left = len(statements) - _STATEMENTS
    if left > 0:
        yield rich([section(leaves(f"And {left} more statements."))])


def _statement(statement: StatementResult) -> Iterator[Block]:
    name = f" ({code(_clean(statement.sid))})" if statement.sid else ""
    why = "whether it applies is not known" if statement.applies is None else _WHY.get(statement.why, "")
    title = f"Statement {statement.index}{name}, {statement.effect}: {why}."
    lines = [line for one in statement.conditions[:_CONDITIONS] for line in _condition(one)]
    if len(statement.conditions) > _CONDITIONS:
        lines.append(f"… {len(statement.conditions) - _CONDITIONS} more conditions")
    quoted = [preformatted("\n".join(lines))] if lines else []
    yield rich([section(leaves(title)), *quoted])


def _condition(condition: ConditionResult) -> Iterator[str]:
    yield cut(f"{_MATCHES[condition.matches]}: {condition.operator} {_clean(condition.key)}", LINE)
    for number, value in enumerate(condition.expected[:_VALUES]):
        yield f"  {'expected' if number == 0 else '      or'}  {cut(visible(_clean(value)), LINE)}"
    left = len(condition.expected) - _VALUES
    if left > 0:
        yield f"            … {left} more values"
    nothing = "(not known)" if condition.reason == "unknown" else "(absent)"
    for number, value in enumerate(condition.actual[:_VALUES] or (nothing,)):
        yield f"  {'actual  ' if number == 0 else '      or'}  {cut(visible(_clean(value)), LINE)}"


def _clean(text: str) -> str:
    """Before it is cut: half a secret no longer looks like one."""
    return redact(text).text
