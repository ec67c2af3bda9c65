"""What is said where our own code failed: no trace, and where whoever runs the bot finds the fault."""

from __future__ import annotations

from knowledge.answer import Answer, Kind
from knowledge.target import Target


def apology(reference: str) -> Answer:
    """The answer in place of the one that broke; the log has its fault under `reference`."""
    return Answer(
        kind=Kind.APOLOGY,
        target=Target(),
        note=(
            "Something in this bot broke while it was looking at this, so there is no diagnosis. "
            f"Press Check again to try once more; whoever runs the bot finds the fault under `{reference}`."
        ),
    )
