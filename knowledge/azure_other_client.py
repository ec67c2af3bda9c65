"""The client id that a text names, beside the one that the step's login is given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from knowledge.azure_findings import CLIENT, set_as
from knowledge.azure_identity import named_by_step
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence
from knowledge.words import code


def client_set(case: CaseFile, suspect: Suspect | None, told: str | None) -> Iterator[Evidence]:
    """Where the client id is set, and that it is another than `told`, which the text names, where both are
    known: an id that the log hides, or a secured variable, says nothing."""
    given = named_by_step(case, suspect).client if suspect is not None else None
    differs = given is not None and told is not None and told.lower() != given and "*" not in told
    for one in set_as(case, suspect, CLIENT):
        said = (
            f"{one.sentence.rstrip('.')}; the step's login is given {code(given)}, another client id than "
            "the text names: the text may be of another step or run."
        )
        yield replace(one, sentence=said) if differs else one
