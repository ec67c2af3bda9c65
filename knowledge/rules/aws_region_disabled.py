"""STS does not serve the account in this region, or a session of its global endpoint is not taken there.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_region-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.aws_regions import region_places
from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.printed_values import word
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family
from knowledge.text_evidence import first_of, in_text
from knowledge.words import code

_CAUSE = "aws-region-disabled"
_DISABLED, _GLOBAL = "aws-sts-region-disabled", "aws-session-refused"
_VERIFY = "Run the step again: the exchange and the command behind it succeed."


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    disabled = first_of(case, Family.OTHER, ids=(_DISABLED,))
    by_global = first_of(case, Family.OTHER, ids=(_GLOBAL,))
    symptom = disabled or by_global
    if symptom is None:
        return
    place = next((item for item in region_places(case, suspect) if item.value), None)
    here = f"region {code(place.value)}" if place else "the region that was asked"
    given = (
        (Evidence(f"The region is given {place.words}.", place.location, place.text, primary=False),)
        if place
        else ()
    )
    account = symptom.fields.get("account")
    whose = f"account {code(account)}" if account else "the account"
    yield Finding(
        cause=_CAUSE,
        verdict=Verdict.CONFIRMED if disabled else Verdict.LIKELY,
        headline=f"STS is not switched on in {here} for {whose}."
        if disabled
        else f"A session of the global STS endpoint is not taken in {here}.",
        meaning="STS can be switched off by region, and some regions are off until they are enabled."
        if disabled
        else "Regions that an account has to enable take only sessions of regional endpoints.",
        evidence=(in_text(case, symptom, "The text says so itself."), *given),
        fixes=(_enabled(place.value if place else None) if disabled else _regional(),),
    )


def _enabled(region: str | None) -> Fix:
    return Fix(
        title="Use a region that is enabled, or enable this one",
        surface=Surface.VARIABLES,
        commands=(f"aws account enable-region --region-name {word(region, 'REGION')}",),
        steps=(
            "Set `AWS_REGION` and `AWS_DEFAULT_REGION` to a region that the account uses already.",
            (
                "Or let an administrator enable it: the command is for regions that are off by default; an "
                "STS endpoint that was switched off is switched on in IAM's account settings."
            ),
        ),
        verify=_VERIFY,
    )


def _regional() -> Fix:
    return Fix(
        title="Ask the regional STS endpoint",
        surface=Surface.VARIABLES,
        commands=("aws iam set-security-token-service-preferences --global-endpoint-token-version v2Token",),
        steps=(
            "Set `AWS_STS_REGIONAL_ENDPOINTS` to `regional` in the step, and the region under both names.",
            (
                "Or let an administrator run the command: sessions of the global endpoint are then taken "
                "everywhere in the account."
            ),
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
