"""A trust policy that somebody pasted into the form: what chat put around and into it is taken away, and it
is kept nowhere."""

from __future__ import annotations

import re

from knowledge.casefile import Role
from knowledge.redact import redact
from knowledge.role_document import PolicyLacking, RoleRefused, parse_role

LONGEST = 3_000
"""Characters that Slack's field takes: https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element"""

_FENCE = re.compile(r"\A```[a-z]*\n?(?P<inner>.*?)\n?```\Z", re.DOTALL)
_CURLED = str.maketrans({"“": '"', "”": '"', "„": '"', "\u00a0": " ", "\ufeff": ""})
_WHERE = "In AWS: IAM > Roles > the role > Trust relationships."


class PolicyRefused(ValueError):
    """The text cannot be used; the message is a sentence for the person at the form."""


def role_in(typed: str) -> Role:
    """The role whose trust policy was typed or pasted; `arn` is empty where the text does not say it.

    Raises:
        PolicyRefused: it is no JSON, more than JSON, too long, or no trust policy that IAM would save.
    """
    text = typed.translate(_CURLED).strip()
    if not text:
        raise PolicyRefused(f"There is nothing here. Paste the policy's JSON. {_WHERE}")
    if len(text) > LONGEST:
        raise PolicyRefused(
            f"This is longer than {LONGEST} characters. Leave out the blanks at the beginning of its lines."
        )
    fenced = _FENCE.match(text)
    try:
        return parse_role(fenced["inner"] if fenced else text)
    except RoleRefused as refusal:
        # It may name a key of what was pasted.
        said = redact(str(refusal)).text
        hint = f" Paste the policy. {_WHERE}" if isinstance(refusal, PolicyLacking) else ""
        raise PolicyRefused(f"{said[:1].upper()}{said[1:]}.{hint}") from None
