"""The sentences of the answers that read nothing: the question and the refusal."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.render.problems import seen_in
from knowledge.symptoms import Symptom

REFUSAL = (
    "I may only speak about the workspaces and repositories that are listed for this channel, and this is "
    "none of them, or it is named in a way that I cannot tell. Whoever runs the bot can add it "
    "(`BITBUCKET_WORKSPACES`). A repository is best named as `workspace/repository`, or by a link to its run."
)
"""The same for a repository that exists and for one that does not."""

UNDECIDED = (
    "Whether I may speak about the repository of this link only Bitbucket can tell, because the link, or the "
    "list of repositories for this channel, names it by its UUID; and {reason}. To change that: {remedy}."
)

_ASK = "Which repository and run is it? A link to the run says it all."


def question_for(symptoms: Sequence[Symptom]) -> str:
    """What the text alone shows, and what has to be known to say more."""
    return f"{seen_in(symptoms)} {_ASK}".strip()
