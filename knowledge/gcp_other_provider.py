"""A provider that was read, and is another one than the step logs in to: it says nothing of this login."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge.casefile import CaseFile
from knowledge.gcp_case import Names, symptom_of
from knowledge.gcp_fixes import describe_provider
from knowledge.gcp_login import google_login, written
from knowledge.gcp_setup import ProviderPath, provider_path, provider_path_in
from knowledge.reading import Known, Unread
from knowledge.words import code

#: What a provider that stands in the message itself has for its source.
PASTED = "the provider in the message"


def without_another_provider(case: CaseFile) -> CaseFile:
    """The case without a provider that neither the text nor a script names, while they name another one."""
    if not isinstance(case.gcp_provider, Known):
        return case
    own = provider_path(case.gcp_provider.value.name)
    named = list(_named(case))
    if own is None or not named or any(_same(own, other) for other in named):
        return case
    asked = Names(named[0], "")
    return replace(
        case,
        gcp_provider=Unread(
            "the provider of the workload identity pool",
            f"what was read is {code(own.name, 200)}, and the login is at {code(named[0].name, 200)}",
            f"add what {code(describe_provider(asked), 300)} prints",
        ),
    )


def _named(case: CaseFile) -> Iterator[ProviderPath]:
    refused = symptom_of(case, "gcp-audience-refused")
    texts = [refused.fields.get("expected", "").rstrip(".")] if refused is not None else []
    for suspect in case.suspects:
        login = google_login(case, suspect.step)
        if login is not None:
            texts.append(written(case, suspect.step, login.provider, login.at) or "")
    yield from filter(None, map(provider_path, texts))
    # A provider that stands in the message names itself there: that says nothing of the login.
    pasted = isinstance(case.gcp_provider, Known) and case.gcp_provider.source == PASTED
    alone = None if pasted else provider_path_in(case.paste)
    if alone is not None:
        yield alone


def _same(one: ProviderPath, other: ProviderPath) -> bool:
    # A script may have the project's id where its number belongs: a cause of its own, and the same project.
    projects = one.project == other.project or not (one.project.isdigit() and other.project.isdigit())
    return projects and (one.pool, one.provider) == (other.pool, other.provider)
