"""What AWS was sent as token is not the one that Bitbucket made for the step.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
"""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding, Fix, Surface, Verdict
from knowledge.quoting import quoted, step_for, step_words
from knowledge.rules.rule import Rule
from knowledge.symptoms.model import Family, Symptom
from knowledge.text_evidence import first_of, in_text
from knowledge.token_sent import oddly_sent
from knowledge.unexpanded import unexpanded_token
from knowledge.words import code

_CAUSE = "token-mistaken"
_OURS = "https://api.bitbucket.org/"
_TOKEN = "$BITBUCKET_STEP_OIDC_TOKEN"
_VERIFY = "Run `aws sts get-caller-identity` in the step: it prints `assumed-role/` and the role."
_LOOK = "To see what kind of text is sent, without printing it: `cut -c1-3` of the file prints `eyJ`."
_SAID = {
    "aws-sts-claim-missing": (
        "What AWS was sent as token lacks the claim {claim}, which every token of a step has.",
        "It is a token of another kind, or of another service.",
    ),
    "aws-sts-not-a-jwt": (
        "What AWS was sent as token is no JWT.",
        (
            "An OIDC token is three parts of letters and digits with two dots between them. A page, JSON, "
            "another secret, a token in quotes or one that was encoded once more is none."
        ),
    ),
}


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    symptom = first_of(case, Family.TOKEN_INVALID)
    if symptom is not None and symptom.provider == "aws":
        if suspect is not None and _told_by_the_line(case, suspect):
            return
        headline, meaning = _SAID.get(symptom.id, _SAID["aws-sts-not-a-jwt"])
        headline = headline.replace("{claim}", code(symptom.fields.get("claim", "?")))
        yield _finding(case, suspect, symptom, Verdict.CONFIRMED, headline, meaning)
        return
    foreign = first_of(case, Family.PROVIDER_REFUSED, ids=("aws-sts-provider-missing",))
    issuer = foreign.fields.get("issuer") if foreign else None
    if foreign is None or issuer is None or issuer.startswith(_OURS):
        return
    yield _finding(
        case,
        suspect,
        foreign,
        # Without a step of Bitbucket's the text may as well be another service's.
        Verdict.LIKELY if suspect is not None else Verdict.POSSIBLE,
        f"The token that AWS was sent was made by {code(issuer, 200)}, not by Bitbucket.",
        (
            f"A step of Bitbucket has to send {code(_TOKEN)}. On a self-hosted runner the machine may set "
            "`AWS_WEB_IDENTITY_TOKEN_FILE` to a token of its own; or the text comes from another CI."
        ),
    )


def _told_by_the_line(case: CaseFile, suspect: Suspect) -> bool:
    """Whether the line that was to send the token sends its name: `shell-form-wrong` says so then."""
    token = unexpanded_token(case, suspect.step)
    return token is not None and token.certain


def _finding(
    case: CaseFile, suspect: Suspect | None, symptom: Symptom, verdict: Verdict, headline: str, meaning: str
) -> Finding:
    odd = list(oddly_sent(case, suspect.step)) if suspect else []
    lines = tuple(quoted(case, item.at, item.sentence, primary=False) for item in odd[:3])
    return Finding(
        cause=_CAUSE,
        verdict=verdict,
        headline=headline,
        meaning=meaning,
        step=step_for(suspect, of_the_step=True),
        evidence=(in_text(case, symptom, "The text says so itself."), *lines),
        fixes=(_fix(suspect, lines, jwt=symptom.family is not Family.TOKEN_INVALID),),
    )


def _fix(suspect: Suspect | None, lines: tuple[Evidence, ...], *, jwt: bool) -> Fix:
    write = code(f'printf \'%s\' "{_TOKEN}" > "$AWS_WEB_IDENTITY_TOKEN_FILE"')
    return Fix(
        title=f"Send {code(_TOKEN)} as it is",
        surface=Surface.PIPELINE_FILE,
        steps=(
            (
                f"In {step_words(suspect)}, write it to the token's file: {write}; or give it to "
                "`--web-identity-token` between double quotes."
            ),
            *(("The lines above are the ones to change.",) if lines else ()),
            *(() if jwt else (_LOOK,)),
        ),
        verify=_VERIFY,
    )


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
