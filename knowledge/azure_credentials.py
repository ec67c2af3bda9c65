"""Federated credentials of the identity: as they were read, else as somebody pasted the output of
`az ad app federated-credential list`.

Their form: https://learn.microsoft.com/graph/api/application-list-federatedidentitycredentials
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from knowledge.azure_credential_text import credentials_as_table, credentials_as_yaml
from knowledge.azure_presented import Presented
from knowledge.azure_setup import Credential
from knowledge.casefile import CaseFile
from knowledge.finding import Comparison, Evidence
from knowledge.location import InAccount, InPaste
from knowledge.reading import Known
from knowledge.trust_reasons import common_length
from knowledge.words import code

_STARTS = re.compile(r"[\[{]\s{0,80}[{\"]")
_EMPTY_LIST = re.compile(
    r"^[ \t]*(?P<list>\[[ \t]*\]|\{[^{}\[\]]{0,400}\"value\"[ \t]*:[ \t]*\[\s{0,20}\]\s{0,20}\})[ \t\r]*$",
    re.MULTILINE,
)
#: A text has few lists; what comes after so many starts is not looked at.
_TRIES = 12
#: Microsoft allows twenty credentials for one identity.
_MOST = 20


def credentials_in(case: CaseFile) -> tuple[Credential, ...]:
    """The credentials that were read, else those that stand in the pasted text as JSON, as YAML or as a
    table; empty when there are none. Of one whose `audiences` is empty the audience is not known."""
    if isinstance(case.azure_credentials, Known):
        return case.azure_credentials.value
    text = case.paste
    if '"issuer"' in text and '"audiences"' in text:
        return _as_json(text)
    if "ssuer" not in text:
        return ()
    as_yaml = (tuple(_credentials(value)) for value in credentials_as_yaml(text))
    return next(filter(None, as_yaml), ()) or tuple(_credentials(credentials_as_table(text)))


def _as_json(text: str) -> tuple[Credential, ...]:
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(_TRIES):
        start = _STARTS.search(text, at)
        if start is None:
            break
        try:
            value, _ = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            at = start.start() + 1
            continue
        found = tuple(_credentials(value))
        if found:
            return found
        at = start.start() + 1
    return ()


def none_listed(case: CaseFile) -> InPaste | InAccount | None:
    """Where a list of credentials is empty: the one that was read; else in the pasted text the one line of
    `[]` that `az ad app federated-credential list` prints, or Microsoft Graph's object around it."""
    if isinstance(case.azure_credentials, Known):
        return None if case.azure_credentials.value else in_tenant(case)
    found = _EMPTY_LIST.search(case.paste)
    return InPaste(*found.span("list")) if found is not None and not credentials_in(case) else None


def in_tenant(case: CaseFile) -> InAccount:
    """The list of credentials as a place, where it was read."""
    url = case.azure_credentials.url if isinstance(case.azure_credentials, Known) else None
    return InAccount("", "federated credentials of the identity", url)


def _credentials(value: Any) -> Iterator[Credential]:
    if isinstance(value, Mapping) and isinstance(value.get("value"), list):
        value = value["value"]
    items = value if isinstance(value, list) else [value]
    for item in items[:_MOST]:
        inner = item.get("properties", item) if isinstance(item, Mapping) else None
        if not isinstance(inner, Mapping) or not isinstance(inner.get("issuer"), str):
            continue
        audiences = inner.get("audiences")
        expression = inner.get("claimsMatchingExpression")
        subject = inner.get("subject")
        yield Credential(
            name=str(item.get("name") or inner.get("name") or "?"),
            issuer=inner["issuer"],
            subject=subject if isinstance(subject, str) else None,
            audiences=tuple(map(str, audiences)) if isinstance(audiences, list) else (),
            flexible=str(expression.get("value", "?")) if isinstance(expression, Mapping) else None,
        )


def equals(credential: Credential, shown: Presented) -> bool:
    """Whether a credential has all that the text quotes of the token, to the letter."""
    return (
        credential.subject == shown.subject
        and shown.issuer in (None, credential.issuer)
        and (shown.audience is None or shown.audience in credential.audiences)
    )


def differences(case: CaseFile, credential: Credential, shown: Presented) -> Iterator[Evidence]:
    """The credential in what it differs from what the text quotes; its subject where it does not."""
    name = code(credential.name)
    parts = (
        ("subject", credential.subject or "", shown.subject),
        ("issuer", credential.issuer, shown.issuer),
        ("audience", next(iter(credential.audiences), ""), shown.audience),
    )
    if equals(credential, shown):
        yield of_credential(
            case, credential, credential.subject or "", f"The credential {name} has this very subject."
        )
        return
    for part, value, sent in parts:
        if sent is not None and value != sent and (part != "audience" or credential.audiences):
            yield of_credential(case, credential, value, f"The credential {name} has this {part}.", sent)


def of_credential(
    case: CaseFile, credential: Credential, value: str, sentence: str, presented: str | None = None
) -> Evidence:
    """A value of a credential, beside what the token had where that is known."""
    if isinstance(case.azure_credentials, Known):
        return Evidence(
            sentence,
            in_tenant(case),
            value,
            primary=False,
            comparison=_comparison(credential, value, presented) if presented is not None else None,
        )
    written = json.dumps(value, ensure_ascii=False)
    start = case.paste.find(written)
    if start < 0 and value:
        # In YAML and in a table it stands without quotation marks, most often behind the error.
        written, start = value, case.paste.rfind(value)
    place = InPaste(start, start + len(written)) if start >= 0 else InPaste(0, len(case.paste))
    return Evidence(
        sentence,
        place,
        value if start >= 0 else "",
        primary=False,
        comparison=_comparison(credential, value, presented) if presented is not None else None,
    )


def _comparison(credential: Credential, value: str, presented: str) -> Comparison:
    parts = None if value == presented else common_length(value, presented)
    return Comparison(f"the credential {code(credential.name)}", value, presented, parts)
