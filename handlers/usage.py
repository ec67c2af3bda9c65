"""What the bot says of itself: how to ask, and why it does not answer here."""

from __future__ import annotations

from typing import Any

from handlers.render.blocks import Block, context, items, rich, section
from handlers.render.escape import fallback, leaves

NOT_HERE = (
    "Rolecall reads and answers only in the channels that it was set up for; this is not one of them. "
    "Ask in the channel for CI questions."
)
MENTION_HELP = (
    "Paste the error of the pipeline's step into this channel, best with the link to the run, and the answer "
    "comes in its thread. Without an error at hand: /oidc workspace/repository. More: /oidc help."
)
NOTHING_FOUND = (
    "There is no OIDC login failure in this message that Rolecall knows. Paste the last lines of the step's "
    "log, or name the run: /oidc workspace/repository#build."
)
MANY_REASONS = (
    "Many tools print this, for many reasons. Name the run beside it, by its link or as "
    "workspace/repository#build, and it is looked at."
)
NO_LONGER_KEPT = (
    "This answer is no longer kept: answers are forgotten after 30 days. Paste the error again, or ask with "
    "/oidc workspace/repository#build, to have it looked at anew."
)
NOT_READABLE = "The answer cannot be looked up at the moment. Press the button again in a minute."
POLICY_GONE = (
    "The proof rests on the trust policy that was pasted, and that is not kept. Press Check again, then "
    "paste it once more."
)
NO_PROOF = "This answer has no proof of its own: nothing was read for it."

_ABOUT = (
    "Rolecall explains why a Bitbucket pipeline could not log in to its cloud by OIDC. Paste the error into "
    "a channel that it watches, or ask here:"
)
_FORMS = (
    ("`/oidc workspace/repository`", "looks at the newest failed run"),
    ("`/oidc workspace/repository#1234`", "looks at that run"),
    ("`/oidc https://bitbucket.org/…/pipelines/results/1234`", "the same, by its link"),
    ("`/oidc check workspace/repository`", "looks at the newest failed run, too"),
    ("`/oidc explain oidc-not-enabled`", "what a cause means, and how to mend it"),
    ("`/oidc help`", "this"),
)


def usage(before: str = "") -> dict[str, Any]:
    """The help, as an ephemeral answer; `before` says what was not understood."""
    lines = [leaves(f"{form}: {what}") for form, what in _FORMS]
    blocks: list[Block] = []
    if before:
        blocks.append(rich([section(leaves(before))]))
    blocks.append(rich([section(leaves(_ABOUT)), items(lines)]))
    blocks.append(context("Answers to a command are seen by you alone."))
    text = f"{before} /oidc help lists what can be asked." if before else "How to ask Rolecall."
    return {"response_type": "ephemeral", "text": fallback(text.strip()), "blocks": blocks}


def said(sentence: str) -> dict[str, Any]:
    """One sentence, as an ephemeral answer."""
    blocks = [rich([section(leaves(sentence))])]
    return {"response_type": "ephemeral", "text": fallback(sentence), "blocks": blocks}
