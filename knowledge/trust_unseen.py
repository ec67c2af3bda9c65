"""What is said where AWS refused the role and its trust policy could not be seen."""

from __future__ import annotations

from knowledge.casefile import CaseFile, Suspect
from knowledge.claims import claims_for
from knowledge.finding import Finding, Fix, Surface, Verdict
from knowledge.reading import Known
from knowledge.roles import role_choice
from knowledge.trust_fixes import IDENTIFIERS, VERIFY
from knowledge.words import code


def unseen(case: CaseFile, suspect: Suspect | None, cause: str) -> Finding:
    """The text points at the trust policy, and it was not seen: say what it must hold."""
    choice = role_choice(case, suspect.step) if suspect else None
    role = f"role {code(choice.name)}" if choice and choice.name else "the role"
    reading = claims_for(case, suspect)
    claims = reading.value if isinstance(reading, Known) else None
    subject = claims.narrow_subject if claims else None
    steps = [f"The subject (`sub`) needs `StringLike` with {code(subject)}."] if subject else []
    if claims is not None and claims.aud_certain:
        steps += [f"The audience (`aud`) must be {code(audience)}." for audience in claims.audiences[:1]]
    return Finding(
        cause=cause,
        verdict=Verdict.UNDETERMINED,
        headline=f"AWS refused the token, and the trust policy of {role} could not be seen.",
        meaning=(
            "This text means that the trust policy does not admit the step, or that there is no such role."
        ),
        fixes=(
            Fix(
                title="Compare the trust policy with the token",
                surface=Surface.ROLE_TRUST,
                steps=(*steps, f"{IDENTIFIERS} shows the provider's URL, the audience and the UUIDs."),
                verify=VERIFY,
            ),
        ),
    )
