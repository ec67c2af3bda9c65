"""The sentences of the answers that read nothing: the question and the refusal."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.symptoms import Family, Symptom

REFUSAL = (
    "I may only speak about the workspaces and repositories that are listed for this channel, and this is "
    "none of them, or it is named in a way that I cannot tell. Whoever runs the bot can add it "
    "(`BITBUCKET_WORKSPACES`). A repository is best named as `workspace/repository`, or by a link to its run."
)
"""The same for a repository that exists and for one that does not."""

_ASK = "Which repository and run is it? A link to the run says it all."

_SHOWN = {
    Family.ROLE_REFUSED: "The text shows that a token reached AWS and the role did not let it in.",
    Family.PROVIDER_REFUSED: "The text shows that the account has no OIDC provider that fits the token.",
    Family.AUDIENCE_REFUSED: "The text shows that the OIDC provider does not list the token's audience.",
    Family.TOKEN_INVALID: "The text shows that what was sent as token is none.",
    Family.TOKEN_EXPIRED: "The text shows that the token had expired when it was used.",
    Family.TOKEN_EMPTY: "The text shows that the step had no token to send.",
    Family.TOKEN_FILE_NOT_FOUND: "The text shows that the file with the token was not there.",
    Family.ROLE_ARN_MISSING: "The text shows that no role was named.",
    Family.ROLE_ARN_MALFORMED: "The text shows that the role's ARN is not well-formed.",
    Family.NO_CREDENTIALS: "The text shows that no credentials were found: no login by OIDC was even tried.",
    Family.REGION_MISSING: "The text shows that no region was set.",
    Family.STATIC_KEYS: "The text shows that other credentials than the role's were used.",
    Family.AFTER_ASSUME: "The text shows that the login itself worked, and a later call was refused.",
}


def question_for(symptoms: Sequence[Symptom]) -> str:
    """What the text alone shows, and what has to be known to say more."""
    shown = next((_SHOWN[symptom.family] for symptom in symptoms if symptom.family in _SHOWN), None)
    if shown is None:
        shown = "The text alone does not show why the login failed." if symptoms else ""
    return f"{shown} {_ASK}".strip()
