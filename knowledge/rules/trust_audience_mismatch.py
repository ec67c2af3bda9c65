"""The role's trust policy expects another audience than the token has.

https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Finding
from knowledge.quoting import quoted
from knowledge.rules.rule import Rule
from knowledge.trust_case import Aspect, judge
from knowledge.trust_changes import audience_change
from knowledge.trust_findings import About, about_claim, by_aspect
from knowledge.trust_words import AUDIENCE
from knowledge.words import code, listed

_CAUSE = "trust-audience-mismatch"


def check(case: CaseFile, suspect: Suspect | None) -> Iterable[Finding]:
    judged = judge(case, suspect)
    if judged is None:
        return
    audiences = judged.claims.audiences
    for fault in by_aspect(judged, Aspect.AUDIENCE)[:1]:
        if fault.judged.matches is None and not audiences:
            # The subject's rule says that the token is not known.
            return
        title, steps = audience_change(judged, fault)
        about = About(
            cause=_CAUSE,
            words=AUDIENCE,
            certain=judged.claims.aud_certain,
            title=title,
            steps=steps,
            further=tuple(_audiences_line(case, suspect)),
        )
        finding = about_claim(case, suspect, judged, fault, about)
        if finding is not None:
            yield finding


def _audiences_line(case: CaseFile, suspect: Suspect | None) -> Iterator[Evidence]:
    oidc = suspect.step.oidc if suspect else None
    if oidc is not None and oidc.audiences and oidc.key_at is not None:
        asked = listed([code(item) for item in oidc.audiences])
        yield quoted(case, oidc.key_at, f"The step asks for the audience {asked}.", primary=False)


RULE = Rule(cause=_CAUSE, check=check, without_step=True)
