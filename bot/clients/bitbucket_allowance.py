"""How often one diagnosis may try Bitbucket."""

from __future__ import annotations

from bot.clients.bitbucket_errors import not_reached
from bot.errors import SourceRateLimited


class Allowance:
    """The tries of one diagnosis, counted together.

    Bitbucket being down costs at most `tries`; once it has said 429 a few times, nothing more is asked.
    """

    def __init__(self, tries: int = 30, refusals: int = 4) -> None:
        self._tries = tries
        self._refusals = refusals
        self._limited: SourceRateLimited | None = None

    def take(self) -> None:
        """Count one try.

        Raises:
            SourceError: there is none left.
        """
        if self._refusals <= 0 and self._limited is not None:
            raise self._limited
        if self._tries <= 0:
            raise not_reached("was asked often enough for one diagnosis, without an answer")
        self._tries -= 1

    def limited(self, error: SourceRateLimited) -> None:
        """Bitbucket has said 429."""
        self._refusals -= 1
        self._limited = error

    @property
    def may_ask_again(self) -> bool:
        return self._refusals > 0
