"""How many calls to Bitbucket a diagnosis may cost: a first one, one of a repository known by now, a click.

Bitbucket allows 1,000 an hour: https://support.atlassian.com/bitbucket-cloud/docs/api-request-limits/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.ports import Bitbucket
from knowledge.reading import Known

if TYPE_CHECKING:
    from bot.investigator_notes import Notes

COLD = 9
WARM = 3
"""Those of a diagnosis of a repository that was read some minutes ago."""
AGAIN = 20
"""Those of a click on "Check again", up to which it goes on looking for the run that is meant."""


def is_warm(notes: Notes) -> bool:
    """Whether the repository is remembered, and with it most of what a diagnosis reads."""
    repository = notes.repository
    return isinstance(repository, Known) and repository.read_at is not None and not notes.question.anew


def may_search(bitbucket: Bitbucket, notes: Notes, calls: int) -> bool:
    """Whether so many more calls may be made to find out which run, or which of its steps, is meant."""
    return bitbucket.calls + calls <= (AGAIN if notes.question.anew else COLD)


def may_enrich(bitbucket: Bitbucket, notes: Notes, calls: int) -> bool:
    """Whether so many more calls may be made for what decides nothing."""
    return bitbucket.calls + calls <= (WARM if is_warm(notes) else COLD)
