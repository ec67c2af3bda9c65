"""A trust policy that somebody pasted into the form: read as IAM would read it, never kept.

Taken are the policy alone, what `aws iam get-role` prints around it, and the URL-encoded form of the API:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from knowledge.casefile import Role
from knowledge.trust_policy import PolicyInvalid, parse_policy

LONGEST = 3_000
"""Characters that Slack's field takes: https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element"""

_FENCE = re.compile(r"\A```[a-z]*\n?(?P<inner>.*?)\n?```\Z", re.DOTALL)
_CURLED = str.maketrans({"“": '"', "”": '"', "„": '"', "\u00a0": " ", "\ufeff": ""})
_DEFAULT_SESSION_SECONDS = 3600
_WHERE = "In AWS: IAM > Roles > the role > Trust relationships."


class PolicyRefused(ValueError):
    """The text cannot be used; the message is a sentence for the person at the form."""


class _Twice(ValueError):
    """JSON in which one object has a key twice: which of the two holds is not certain."""


def role_in(typed: str) -> Role:
    """The role whose trust policy was typed or pasted; `arn` is empty where the text does not say it.

    Raises:
        PolicyRefused: it is no JSON, more than JSON, too long, or no trust policy that IAM would save.
    """
    text = typed.translate(_CURLED).strip()
    if not text:
        raise PolicyRefused(f"There is nothing here. Paste the policy's JSON. {_WHERE}")
    if len(text) > LONGEST:
        raise PolicyRefused(f"This is longer than {LONGEST} characters. Leave out the blanks at its lines.")
    fenced = _FENCE.match(text)
    found = _object(_decoded(fenced["inner"] if fenced else text))
    role = found.get("Role", found)
    if not isinstance(role, Mapping):
        raise PolicyRefused("`Role` must be an object, as `aws iam get-role` prints it.")
    policy = role.get("AssumeRolePolicyDocument", None if "Role" in found else role)
    if isinstance(policy, str):
        policy = _object(_decoded(policy))
    if not isinstance(policy, Mapping):
        raise PolicyRefused(f"There is no `AssumeRolePolicyDocument` in it. Paste the policy. {_WHERE}")
    if "Statement" not in policy:
        raise PolicyRefused(f"This JSON has no `Statement`, so it is no trust policy. {_WHERE}")
    try:
        parse_policy(policy)
    except PolicyInvalid as error:
        raise PolicyRefused(f"IAM would not save this as a trust policy: {error}") from None
    arn, seconds = role.get("Arn"), role.get("MaxSessionDuration")
    return Role(
        arn=arn if isinstance(arn, str) else "",
        trust_policy=policy,
        max_session_seconds=seconds if isinstance(seconds, int) else _DEFAULT_SESSION_SECONDS,
    )


def _decoded(text: str) -> str:
    bare = text.strip().strip('"')
    return unquote(bare) if bare[:3].upper() == "%7B" else text


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PolicyRefused(_broken(error)) from None
    except _Twice as error:
        raise PolicyRefused(str(error)) from None
    except (RecursionError, ValueError):
        raise PolicyRefused("This JSON is nested too deeply, or holds what is no JSON value.") from None
    if not isinstance(value, dict):
        raise PolicyRefused("This is JSON, but no object. A trust policy begins with { and ends with }.")
    return value


def _broken(error: json.JSONDecodeError) -> str:
    place = f"line {error.lineno}, column {error.colno}"
    if error.msg == "Extra data":
        return f"After the JSON there is more text ({place}). Paste the policy alone."
    return f"This is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]} ({place})."


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(f"The key {key[:80]!r} stands in one object twice; keep the one that holds.")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)
