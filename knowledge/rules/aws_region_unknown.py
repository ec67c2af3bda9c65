"""AWS has no region of the name that the step gives, so its STS has no address.

Endpoints: https://docs.aws.amazon.com/general/latest/gr/sts.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.aws_region_names import KNOWN, meant_by, well_formed
from knowledge.aws_regions import RegionPlace, region_places
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, VariableEdit, Verdict
from knowledge.location import InVariables
from knowledge.pipelines.edit import replace_span
from knowledge.quoting import file_of, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.words import code

_CAUSE = "aws-region-unknown"
_FORM, _ADDRESS = "aws-region-malformed", "aws-endpoint-unreachable"
_VERIFY = "Run the step again: the first AWS command reaches its region."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.OTHER, ids=(_FORM, _ADDRESS))
    region = symptom.fields.get("region") if symptom else None
    if symptom is None or region is None:
        return
    places = region_places(case, suspect)
    named = next((place for place in places if place.value == region), None)
    other = next((place for place in places if place.value in KNOWN), None)
    if named is None and other is not None:
        yield _elsewhere(case, suspect, symptom, region, other)
        return
    verdict = _verdict(symptom, region)
    yield Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=f"{code(region)} is no region of AWS."
        if verdict is not Verdict.POSSIBLE
        else f"The STS of region {code(region)} could not be reached.",
        meaning=_meaning(region, verdict),
        step=step_for(suspect, of_the_step=True) if named else None,
        evidence=(in_text(case, symptom, "The text names the region."), *_set_here(named)),
        fixes=(_network(region),) if verdict is Verdict.POSSIBLE else tuple(_fixes(case, region, named)),
    )


def _elsewhere(
    case: CaseFile, suspect: Suspect | None, symptom: Symptom, region: str, other: RegionPlace
) -> Finding:
    """Nothing of the step gives this region: it is mended by now, or the tool's own files have it."""
    return Finding(
        cause=_CAUSE,
        verdict=Verdict.UNDETERMINED,
        headline=f"Where {code(region)} comes from, which is no region, could not be seen.",
        meaning=(
            f"What gives {step_words(suspect)} its region says {code(other.value)}. Either the text is "
            "older, or the tool takes its region from its own configuration."
        ),
        evidence=(
            in_text(case, symptom, "The text names the region.", primary=False),
            *_set_here(other),
        ),
    )


def _verdict(symptom: Symptom, region: str) -> Verdict:
    if symptom.id == _FORM or not well_formed(region):
        return Verdict.CONFIRMED
    return Verdict.POSSIBLE if region in KNOWN else Verdict.LIKELY


def _meaning(region: str, verdict: Verdict) -> str:
    if verdict is Verdict.POSSIBLE:
        return (
            "There is such a region, so the step reaches no network, or none that knows the name; on a "
            "self-hosted runner a firewall or a proxy may be the reason."
        )
    if region[:-1] in KNOWN:
        return f"It is an availability zone; its region is {code(region[:-1])}."
    if well_formed(region):
        return "It is written as a region is, but it is none that was known when this was written."
    return "A region is written in lower case with hyphens, such as `eu-central-1`."


def _set_here(place: RegionPlace | None) -> tuple[Evidence, ...]:
    if place is None:
        return ()
    return (Evidence(f"It is given {place.words}.", place.location, place.text, primary=False),)


def _network(region: str) -> Fix:
    return Fix(
        title="See what the step can reach",
        surface=Surface.RUN,
        commands=(f"curl -sS -o /dev/null https://sts.{region}.amazonaws.com/",),
        steps=("The command, in the step, prints nothing when STS answers, else what is in the way.",),
        verify=_VERIFY,
    )


def _fixes(case: CaseFile, region: str, place: RegionPlace | None) -> Iterator[Fix]:
    better = region[:-1] if region[:-1] in KNOWN else meant_by(region)
    file = file_of(case)
    if better and place and place.at is not None and file is not None:
        after = replace_span(file, place.at, region, better)
        if after is not None:
            yield Fix(
                title=f"Write {code(better)}",
                surface=Surface.PIPELINE_FILE,
                file_after=after,
                verify=_VERIFY,
            )
            return
    where = place.location if place else None
    if better and isinstance(where, InVariables) and where.level in ("repository", "workspace"):
        yield Fix(
            title=f"Set {code(where.name)} to {code(better)}",
            surface=Surface.VARIABLES,
            variables=(VariableEdit(where.level, where.name, better),),
            steps=(f"Open the {where.level} variables and set {code(where.name)} to {code(better)}.",),
            verify=_VERIFY,
        )
        return
    yield Fix(
        title=f"Name the region {code(better)}" if better else "Name a region of AWS",
        surface=Surface.VARIABLES,
        steps=(
            f"Correct it {place.words}."
            if place
            else "Correct `AWS_REGION`, `AWS_DEFAULT_REGION` or `--region`, whichever the command reads.",
        ),
        verify=_VERIFY,
        url="https://docs.aws.amazon.com/general/latest/gr/sts.html",
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
