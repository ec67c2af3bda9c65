"""The three times that Azure prints when a token is used outside its time, and what they show.

https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from knowledge.symptoms.model import Symptom
from knowledge.words import amount

_FRACTION = re.compile(r"\.\d+")
#: A token begun so long ago was not made for this step's beginning.
_OLD = timedelta(hours=6)


def lateness(symptom: Symptom) -> tuple[str, str]:
    """How far outside its time in words that end a sentence, and what that shows; both empty where the text
    does not have the times."""
    now, begins, ends = (_time(symptom.fields.get(name)) for name in ("now", "begins", "expired"))
    if now is not None and begins is not None and now < begins:
        return ", before its time had begun", "The clocks of the two sides differ."
    if now is None or ends is None or now < ends:
        return "", ""
    minutes = int((now - ends).total_seconds()) // 60
    since = amount(minutes, "minute") if minutes < 120 else f"{minutes // 60} hours"
    late = f", {since} after its end"
    if begins is not None and now - begins > _OLD:
        return late, "It was made hours before: most likely it was kept in an artifact, a cache or a file."
    return late, "The Azure CLI and Terraform send the same token again for each new resource they ask for."


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    plain = _FRACTION.sub("", text.strip()).removesuffix("Z").rstrip(".")
    try:
        return datetime.fromisoformat(plain).replace(tzinfo=UTC)
    except ValueError:
        return None
