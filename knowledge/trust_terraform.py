"""A changed trust policy in Terraform's words, for a policy that is kept there.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.trust_repair import Statement, listed_values, statements_of
from knowledge.words import code

#: More values than that are not repeated in one line.
_LISTED = 2


def terraform_steps(before: Mapping[str, Any], after: Mapping[str, Any], index: int) -> tuple[str, ...]:
    """The conditions that statement `index` of `after` has and that of `before` has not; of a statement
    that was added (`index` is -1) the one on the subject, which says whom it lets in."""
    there: Statement = statements_of(before)[index].get("Condition", {}) if index >= 0 else {}
    steps: list[str] = []
    for operator, keys in statements_of(after)[index].get("Condition", {}).items():
        for key, values in keys.items():
            new = listed_values(there.get(operator, {}).get(key, [])) != listed_values(values)
            if new and (index >= 0 or key.endswith(":sub")):
                steps += _condition(operator, key, listed_values(values))
    return tuple(steps)


def _condition(operator: str, key: str, values: list[str]) -> Iterator[str]:
    test, variable = code(f'test = "{operator}"'), code(f'variable = "{key}"', 200)
    yield f"In Terraform's `aws_iam_policy_document`: a `condition` with {test} and {variable}."
    shown = ", ".join(f'"{value}"' for value in values)
    listing = code(f"values = [{shown}]", 250) if len(values) <= _LISTED else "the `values` of this policy"
    yield f"In that condition: {listing}."
