"""The smallest change to a trust policy that lets one step in, as data and as words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from knowledge.finding import Disposition, Fix, Surface
from knowledge.printed_values import word
from knowledge.trust_case import Aspect, Fault, Judged
from knowledge.trust_reasons import tidied
from knowledge.trust_repair import (
    Statement,
    changed,
    drop_key,
    fits_every,
    is_bitbucket,
    like,
    limits,
    listed_values,
    new_statement,
    path_in,
    plain,
    rename_key,
    right_key,
    set_action,
    set_principal,
    set_values,
    with_statement,
)
from knowledge.trust_request import KeyKind, provider_path
from knowledge.trust_terraform import terraform_steps
from knowledge.trust_trial import fix_holds, limits_environment
from knowledge.trust_values import Pattern, Value

IDENTIFIERS = "Repository settings > Pipelines > OpenID Connect"
VERIFY = (
    "Run the step again with `aws sts get-caller-identity` first: it prints `assumed-role/` and the role."
)

#: What another value stands beside rather than in place of: somebody else may need it.
_BESIDE = frozenset({"other-repository", "other-environment", "different-value", "excluded"})
_REVIEWED = frozenset(
    {
        *_BESIDE,
        "environment-missing",
        "workspace-uuid",
        "other-workspace",
        "custom-audience",
        "several-values",
    }
)
_UUID_START = re.compile(r"\{[0-9a-f-]{36}\}")


class _NotMendableError(Exception):
    """A condition that no change of this policy, seen from here, can be trusted to mend."""


def policy_fix(judged: Judged, title: str, *steps: str) -> Fix:
    """The change to the trust policy. `steps` say it in words; the whole new policy comes with them only
    when it is known to let this step in, and nobody it need not."""
    after = mended(judged)
    role = word(judged.name, "ROLE")
    commands = (
        f"aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument > trust.json",
        f"aws iam update-assume-role-policy --role-name {role} --policy-document file://trust.json",
    )
    if after is None:
        where = () if judged.claims.repository_uuid else (_where_to_look(),)
        return Fix(
            title=title,
            surface=Surface.ROLE_TRUST,
            commands=commands,
            steps=(*steps, *where),
            verify=VERIFY,
            url=judged.url,
        )
    return Fix(
        title=title,
        surface=Surface.ROLE_TRUST,
        disposition=Disposition.NEEDS_REVIEW if _reviewed(judged) else Disposition.SAFE,
        policy_after=after,
        commands=commands[1:],
        steps=(*steps, "Save this policy as `trust.json` for the command.", *_terraform(judged, after)),
        verify=VERIFY,
        url=judged.url,
    )


def _where_to_look() -> str:
    return f"{IDENTIFIERS} shows the provider's URL, the audience and the repository's UUID."


def _reviewed(judged: Judged) -> bool:
    """Whether a person must agree to who is let in."""
    if judged.meant is None or not judged.known or not judged.claims.aud_certain:
        return True
    if not judged.meant.principal_fits or any(f.aspect is Aspect.UNSUPPORTED for f in judged.faults):
        return True
    return any(fault.judged.reason in _REVIEWED for fault in judged.faults)


def mended(judged: Judged) -> Mapping[str, Any] | None:
    """The whole policy after the change; None when none is known that holds."""
    document = judged.role.trust_policy
    subject = judged.claims.narrow_subject
    if judged.policy is None or subject is None or not judged.known or judged.denies:
        return None
    if "ACCOUNT" in judged.provider_arn.split(":"):
        return None
    meant = judged.meant
    try:
        if meant is None or not _mends_in_place(judged, meant.index):
            audience = judged.claims.values.get("aud")
            if not isinstance(audience, str):
                return None
            added = new_statement(judged.provider_arn, audience, subject)
            after = with_statement(document, added)
        else:
            after = changed(document, meant.index, lambda item: _mend(item, judged, subject))
    except _NotMendableError:
        return None
    return after if fix_holds(document, after, judged.claims, judged.provider_arn) else None


def _mends_in_place(judged: Judged, index: int) -> bool:
    """Whether the statement is this repository's own, so that it may be changed and not added to."""
    statement = judged.statement(index)
    if statement is None:
        return False
    if any(fault.judged.kind is KeyKind.OTHER_PROVIDER for fault in judged.faults) and not all(
        is_bitbucket(value) for _, value in statement.principals
    ):
        # Two providers share it, and neither can meet the other's conditions.
        return False
    if judged.meant is not None and judged.meant.principal_fits:
        return True
    uuid = (judged.claims.repository_uuid or "").strip("{}")
    values = [value.lower() for item in statement.conditions for value in item.values]
    if uuid and any(uuid in value for value in values):
        return True
    mine = _slug(provider_path(judged.provider_arn) or "")
    slugs = {_slug(path_in(value) or "") for _, value in statement.principals if is_bitbucket(value)}
    return bool(slugs) and slugs <= {mine, ""}


def _slug(path: str) -> str:
    found = re.search(r"/workspaces/([^/]+)", path)
    return found[1].lower() if found else ""


def _mend(statement: Statement, judged: Judged, subject: str) -> None:
    if judged.meant is not None and not judged.meant.principal_fits:
        set_principal(statement, judged.provider_arn)
        _rename_all(statement, judged)
    if judged.meant is not None and not judged.meant.action_fits:
        set_action(statement)
    for fault in judged.faults:
        _mend_condition(statement, judged, fault)
    if not limits(statement, "sub"):
        path = provider_path(judged.provider_arn) or ""
        set_values(statement, "StringLike", f"{path}:sub", [subject], "StringLike")


def _rename_all(statement: Statement, judged: Judged) -> None:
    """The keys of the wrong provider follow its name; the faults carry both names of theirs."""
    path = provider_path(judged.provider_arn) or ""
    for operator, keys in list(statement.get("Condition", {}).items()):
        for key in list(keys):
            better = right_key(key, path)
            if better != key and better not in keys:
                rename_key(statement, operator, key, better)


def _mend_condition(statement: Statement, judged: Judged, fault: Fault) -> None:
    written, right = fault.written, fault.judged
    keys = statement.get("Condition", {}).get(written.operator, {})
    key = written.key if written.key in keys else right.key
    if key not in keys:
        return
    if fault.aspect is Aspect.UNSUPPORTED:
        if written.key != right.key:
            rename_key(statement, written.operator, key, right.key)
        else:
            drop_key(statement, written.operator, key)
        return
    if fault.aspect not in (Aspect.SUBJECT, Aspect.AUDIENCE):
        raise _NotMendableError
    if right.reason == "key-present":
        drop_key(statement, written.operator, key)
        return
    if right.kind is not KeyKind.CLAIM or right.negated:
        raise _NotMendableError
    values = listed_values(keys[key])
    if fault.aspect is Aspect.AUDIENCE:
        _set_audience(statement, judged, fault, key, values)
    else:
        _set_subject(statement, judged, fault, key, values)


def _set_audience(statement: Statement, judged: Judged, fault: Fault, key: str, values: list[str]) -> None:
    audience = judged.claims.values.get("aud")
    operator = fault.written.operator
    if isinstance(audience, str) and not isinstance(audience, Pattern):
        better = re.sub(r"Arn(?:Equals|Like)", "StringEquals", operator, flags=re.IGNORECASE)
        values = _put(values, fault.judged.nearest, audience, beside=False)
        set_values(statement, operator, key, values, better)
        return
    custom = judged.claims.audiences
    if not custom:
        raise _NotMendableError
    set_values(statement, operator, key, [custom[0]], "ForAnyValue:StringEquals")


def _set_subject(statement: Statement, judged: Judged, fault: Fault, key: str, values: list[str]) -> None:
    better = better_subject(judged, fault)
    if better is None:
        raise _NotMendableError
    beside = fault.judged.reason in _BESIDE and len(values) > 0
    new = _put(values, fault.judged.nearest, better, beside=beside)
    set_values(statement, fault.written.operator, key, new, like(fault.written.operator))


def _put(values: list[str], old: str | None, new: str, *, beside: bool) -> list[str]:
    if beside or old not in values:
        return [*values, new]
    return [new if value == old else value for value in values]


def better_subject(judged: Judged, fault: Fault) -> str | None:
    """The pattern nearest to the one in the policy that every run of this step fits."""
    home = judged.claims.repository_uuid
    narrow = judged.claims.narrow_subject
    if home is None or narrow is None:
        return None
    clean = tidied(fault.judged.nearest or "")[0]
    limited = limits_environment(judged.role.trust_policy, judged.claims)
    candidates = [clean, f"{clean}:*", f"{clean}*", narrow if limited else f"{home}:*", narrow, f"{home}:*"]
    value = _next_run(judged.claims.values.get("sub"))
    good = (c for c in candidates if c.startswith(f"{home}:") and c.endswith(":*") and fits_every(c, value))
    return next(good, None)


def _next_run(sub: Value) -> Value:
    if isinstance(sub, str) and not isinstance(sub, Pattern) and _UUID_START.match(sub):
        return Pattern(f"{sub.rpartition(':')[0]}:*")
    return sub


def _terraform(judged: Judged, after: Mapping[str, Any]) -> tuple[str, ...]:
    index = judged.meant.index if judged.meant and _mends_in_place(judged, judged.meant.index) else -1
    return terraform_steps(judged.role.trust_policy, after, index)


def with_null_check(judged: Judged, index: int, keys: list[str]) -> Mapping[str, Any] | None:
    """The policy in which a Deny counts only when AWS fills these keys at all."""

    def change(statement: Statement) -> None:
        conditions = statement.setdefault("Condition", {})
        conditions.setdefault("Null", {}).update(dict.fromkeys(keys, "false"))

    after = changed(judged.role.trust_policy, index, change)
    if not judged.known:
        return None
    return after if fix_holds(judged.role.trust_policy, after, judged.claims, judged.provider_arn) else None


def with_excepted_subject(judged: Judged, index: int, operator: str, key: str) -> Mapping[str, Any] | None:
    """The policy in which a Deny for all but some subjects excepts this step's too."""
    subject = judged.claims.narrow_subject
    if subject is None or not judged.known or "like" not in operator.lower():
        return None

    def change(statement: Statement) -> None:
        values = statement["Condition"][operator][key]
        statement["Condition"][operator][key] = plain([*listed_values(values), subject])

    after = changed(judged.role.trust_policy, index, change)
    return after if fix_holds(judged.role.trust_policy, after, judged.claims, judged.provider_arn) else None
