"""How often one diagnosis may try Bitbucket."""

from __future__ import annotations

from bot.clients.bitbucket_budget import Budget
from bot.clients.bitbucket_errors import not_reached
from bot.errors import SourceRateLimited


class Allowance:
    """The tries of one diagnosis, counted together.

    Bitbucket being down costs at most `tries`. Once it has said 429 to `rounds` calls that were made after
    it had said so first, or to `refusals` in all, nothing more is asked. Of the hour's `budget` a diagnosis
    gets its part at its first call, or none. `hosts` are those that were asked.
    """

    def __init__(self, budget: Budget, tries: int = 30, refusals: int = 8, rounds: int = 3) -> None:
        self._budget = budget
        self._held: int | None = None
        self._tries = tries
        self._refusals = refusals
        self._rounds = rounds
        self._limited: SourceRateLimited | None = None
        self.unanswered: SourceRateLimited | None = None
        """Why something was given up, where it was for Bitbucket's taking no more."""
        self.hosts: set[str] = set()

    def take(self, *, is_raw: bool) -> None:
        """Count one try. Raw files have an hourly allowance of their own, which is larger.

        Raises:
            SourceError: there is none left.
        """
        if not self.may_ask_again and self._limited is not None:
            self.unanswered = self._limited
            raise self._limited
        if self._tries <= 0:
            raise not_reached("was asked often enough for one diagnosis, without an answer")
        try:
            if self._held is None:
                self._held = self._budget.hold()
            if not is_raw:
                self._held = self._budget.take(self._held)
        except SourceRateLimited as error:
            self._refusals, self._limited = 0, error
            self.unanswered = error
            raise
        self._tries -= 1
        if not is_raw:
            self._budget.spend()

    def limited(self, error: SourceRateLimited, *, known_before: bool, for_good: bool) -> None:
        """Bitbucket has said 429; `known_before` when it had said so before this call was made, `for_good`
        when it asks for a longer wait than this diagnosis has."""
        self._refusals = 0 if for_good else self._refusals - 1
        self._rounds -= known_before
        self._limited = error

    @property
    def may_ask_again(self) -> bool:
        return self._refusals > 0 and self._rounds > 0

    def end(self) -> None:
        """The diagnosis is done; what was kept free for it may be used by others."""
        if self._held:
            self._budget.free(self._held)
        self._held = 0
