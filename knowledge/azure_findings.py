"""How a refusal of Azure's is told: by the words of the text, for the identity rather than the step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.location import InPaste
from knowledge.quoting import step_for
from knowledge.symptoms.model import Symptom
from knowledge.variables import look_up, where
from knowledge.words import code

_ENDS = re.compile(r"\n|\\r|\\n| Trace ID:")
_LONGEST = 400

#: Terraform's provider went past OIDC: with the Azure CLI's own answer behind it, and without.
NO_AUTHORIZER = ("azure-terraform-asked-the-cli", "azure-terraform-no-authorizer")
CLIENT = ("AZURE_CLIENT_ID", "ARM_CLIENT_ID", "AZURE_APP_ID")
TENANT = ("AZURE_TENANT_ID", "ARM_TENANT_ID")
SUBSCRIPTION = ("AZURE_SUBSCRIPTION_ID", "ARM_SUBSCRIPTION_ID")


def symptom_of(case: CaseFile, *ids: str, codes: Iterable[str] = ()) -> Symptom | None:
    """The first symptom with one of these ids, and where codes are given with one of them."""
    wanted = frozenset(codes)
    return next(
        (item for item in case.symptoms if item.id in ids and (not wanted or item.code in wanted)), None
    )


def said_by(case: CaseFile, symptom: Symptom) -> Evidence:
    """The code with the sentence behind it, as far as the line goes, without the ids that end it."""
    start, end = symptom.span
    rest = _ENDS.search(case.paste, end)
    end = max(end, min(rest.start() if rest else len(case.paste), start + _LONGEST))
    excerpt = " ".join(case.paste[start:end].split())
    return Evidence("The text says so itself.", InPaste(start, end), excerpt)


def refused(
    case: CaseFile,
    suspect: Suspect | None,
    symptom: Symptom,
    *,
    cause: str,
    headline: str,
    meaning: str,
    fixes: tuple[Fix, ...],
    evidence: Iterable[Evidence] = (),
) -> Finding:
    """A finding that the text proves by itself; the further evidence says what else was read."""
    return Finding(
        cause=cause,
        verdict=Verdict.CONFIRMED,
        headline=headline,
        meaning=meaning,
        step=step_for(suspect, of_the_step=False),
        evidence=(said_by(case, symptom), *evidence),
        fixes=fixes,
    )


def by_hand(
    title: str, *steps: str, commands: tuple[str, ...] = (), verify: str = "", url: str | None = None
) -> Fix:
    """What an administrator of the Azure side does."""
    return Fix(
        title=title,
        surface=Surface.CLOUD_IDENTITY,
        commands=commands,
        steps=steps,
        verify=verify,
        url=url,
    )


def set_as(case: CaseFile, suspect: Suspect | None, names: Iterable[str]) -> Iterator[Evidence]:
    """Where the first of these variables that the step sees is set."""
    if suspect is None:
        return
    for name in names:
        winner = look_up(case, suspect.step, name).winner
        if winner is not None and not winner.empty:
            sentence = f"{code(name)} is set {where(winner)}."
            yield Evidence(
                sentence, winner.location, winner.text if winner.at else winner.name, primary=False
            )
            return
