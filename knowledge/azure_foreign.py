"""Tokens of another CI that stand in a text of Azure's: nothing that a step of Bitbucket was meant to send.

Issuer and subject of GitHub's: https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

from knowledge.azure_findings import by_hand
from knowledge.azure_presented import Presented
from knowledge.finding import Fix
from knowledge.words import code

_GITHUB = "https://token.actions.githubusercontent.com"
#: What GitHub puts into `aud` where a workflow asks for nothing else, and how its subjects begin.
_GITHUB_AUDIENCE, _GITHUB_SUBJECT = "https://github.com/", "repo:"


def of_github(shown: Presented) -> bool:
    """Whether the text shows the token of a workflow of GitHub."""
    return (
        (shown.issuer or "").rstrip("/") == _GITHUB
        or (shown.audience or "").startswith(_GITHUB_AUDIENCE)
        or (shown.issuer is None and (shown.subject or "").startswith(_GITHUB_SUBJECT))
    )


def look_for_the_sender(part: str | None) -> Fix:
    """What to do about a token that no step of Bitbucket gets; no credential is to be made for it."""
    shown = f" ({code(part, 120)})" if part else ""
    return by_hand(
        "Find out which job sent a token of GitHub Actions",
        f"What the text quotes{shown} is of a workflow of GitHub. If it comes from there, it is not "
        "about this pipeline.",
        "If a step of Bitbucket sent it, look where that step takes its token from: a variable or a file "
        "with a token of another CI.",
        "Make no credential for it to get the pipeline through: that lets the workflow in, not the step.",
        verify="Run the step again: the text quotes no token of GitHub any more.",
    )
