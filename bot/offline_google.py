"""The files of `--provider-config` and `--service-account-policy`: what `gcloud` prints, in
JSON or in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.offline_files import InputProblem, called, parse_json_object, read_text
from knowledge.casefile import CaseFile
from knowledge.gcp_read import SetupUnreadableError, read_policy, read_provider
from knowledge.gcp_setup import AccountPolicy, WorkloadProvider
from knowledge.reading import Known


def with_google(case: CaseFile, provider_config: str | None, service_account_policy: str | None) -> CaseFile:
    """The case with what these files, or the paste, say of Google Cloud; None for a file not given.

    Raises:
        InputProblem: a file cannot be used; the message is one line that says what to do.
    """
    if any(symptom.provider == "gcp" for symptom in case.symptoms):
        # Loaded only here: most cases are about AWS.
        from knowledge.gcp_pasted import with_pasted_setup

        case = with_pasted_setup(case, case.paste)
    if provider_config is not None:
        provider = provider_from(read_text(provider_config), called(provider_config))
        case = replace(case, gcp_provider=Known(provider, "the provider that was given"))
    if service_account_policy is not None:
        policy = policy_from(read_text(service_account_policy), called(service_account_policy))
        case = replace(case, gcp_account=Known(policy, "the service account's policy that was given"))
    return case


def _object(text: str, what: str) -> Mapping[str, Any]:
    """What `gcloud` prints: JSON, or without `--format` YAML; the message of what is neither is JSON's."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        from knowledge.gcp_yaml import yaml_object

        found = yaml_object(text)
        if found is not None:
            return found
    return parse_json_object(text, what)


def provider_from(text: str, name: str) -> WorkloadProvider:
    """A provider of a workload identity pool. `name` is the file's, for messages.

    Raises:
        InputProblem: the text is no object, or describes no provider.
    """
    found = _object(text, f"{name}: the provider")
    try:
        return read_provider(found)
    except SetupUnreadableError as error:
        raise InputProblem(f"{name}: {error}") from None


def policy_from(text: str, name: str) -> AccountPolicy:
    """The IAM policy of a service account.

    Raises:
        InputProblem: the text is no object, or is no policy.
    """
    found = _object(text, f"{name}: the policy")
    try:
        return read_policy(found)
    except SetupUnreadableError as error:
        raise InputProblem(f"{name}: {error}") from None
