"""A provider and a policy that stand in the message itself, as `gcloud` prints
them: only the person who asks can read them where the bot has no access to Google Cloud."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from knowledge.casefile import CaseFile
from knowledge.gcp_case import names_of
from knowledge.gcp_fixes import account_policy, describe_provider
from knowledge.gcp_other_provider import PASTED
from knowledge.gcp_read import SetupUnreadableError, read_policy, read_provider
from knowledge.gcp_yaml import yaml_objects
from knowledge.reading import Known, Unread
from knowledge.words import code

_PROVIDER, _ACCOUNT = "the provider of the workload identity pool", "the service account's IAM policy"
_REASON = "the bot has no access to Google Cloud"
_NEVER_ASKED = CaseFile()
#: Objects that are tried in one message; further ones are not looked at.
_MOST = 20
#: The sign before each line of a message that is quoted.
_QUOTED = r"(?m)^(?:>|&gt;) ?"
#: A policy does not say whose it is; the command before it does.
_ASKED_FOR = r"service-accounts\s+get-iam-policy\s+[\"']?([\w.-]{2,64}@[\w.-]{2,120}\w)"


def with_pasted_setup(case: CaseFile, text: str) -> CaseFile:
    """The case with what `text` holds. A case that is not about Google Cloud comes back as it is."""
    if not any(symptom.provider == "gcp" for symptom in case.symptoms):
        return case
    text = re.sub(_QUOTED, "", text)
    asked = set(re.findall(_ASKED_FOR, text))
    # Two commands leave open whose policy is whose.
    email = asked.pop() if len(asked) == 1 else ""
    for item in (*_objects(text), *yaml_objects(text)):
        case = _with(case, item, email)
    return case


def with_commands_to_look(case: CaseFile) -> CaseFile:
    """The case in which what was not read of Google Cloud says which command prints it."""
    found = case
    suspect = case.suspects[0] if len(case.suspects) == 1 else None
    names = names_of(found, suspect)
    provider, account = found.gcp_provider, found.gcp_account
    if isinstance(provider, Unread):
        remedy = f"add what {code(describe_provider(names), 300)} prints to the message"
        asked = provider != _NEVER_ASKED.gcp_provider
        unread = _besides(provider, remedy) if asked else Unread(_PROVIDER, _REASON, remedy)
        found = replace(found, gcp_provider=unread)
    if isinstance(account, Unread):
        remedy = f"add what {code(account_policy(names), 300)} prints to the message"
        asked = account != _NEVER_ASKED.gcp_account
        unread = _besides(account, remedy) if asked else Unread(_ACCOUNT, _REASON, remedy)
        found = replace(found, gcp_account=unread)
    return found


def _besides(unread: Unread, remedy: str) -> Unread:
    """What was asked for and not had keeps its own remedy, too."""
    return replace(unread, remedy=f"{unread.remedy}; or {remedy}")


def _with(case: CaseFile, item: Mapping[str, Any], email: str) -> CaseFile:
    """The case with this object, if it is one of the two; of several of a kind the last one counts."""
    try:
        if "attributeMapping" in item or "oidc" in item:
            return replace(case, gcp_provider=Known(read_provider(item), PASTED))
        if "bindings" in item:
            policy = replace(read_policy(item), email=email)
            return replace(case, gcp_account=Known(policy, "the policy in the message"))
        if email and set(item) <= {"etag", "version"} and not isinstance(case.gcp_account, Known):
            # That is all of a policy in which nobody has a role.
            policy = replace(read_policy(item), email=email)
            return replace(case, gcp_account=Known(policy, "the policy in the message"))
    except SetupUnreadableError:
        # Half of an object, or another kind of it: as if it were not there.
        return case
    return case


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects that stand in the text by themselves."""
    if not any(f'"{key}"' in text for key in ("bindings", "attributeMapping", "oidc", "etag")):
        return
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_MOST):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            # Not an object: go on behind this line, so that a long text is gone through once.
            at = text.find("\n", at)
            if at < 0:
                return
            continue
        if isinstance(value, dict):
            yield value
