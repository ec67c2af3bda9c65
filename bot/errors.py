"""What a source can do instead of answering, each with its reason and its remedy.

A reason completes "could not be read: ..."; a remedy says what a person can do. Both are written by us:
nothing of a response's body or of a request's address ends up in them, but names of scopes and permissions.
"""

from __future__ import annotations

from typing import Self

from knowledge.reading import Unread

OPERATOR = "whoever runs the bot"
"""Who has to do what a remedy says, where it is not the person who asked."""


class SourceError(Exception):
    """A source did not give what was asked of it.

    `reason` and `remedy` are sentences' parts without a full stop at their end.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy

    def anew(self) -> Self:
        """The same as an error of its own: one that is kept and raised again drags its traceback along."""
        return type(self)(self.reason, self.remedy)

    def unread(self, source: str) -> Unread:
        """The reading of `source` that this error leaves."""
        return Unread(source, self.reason, self.remedy, refused=isinstance(self, SourceDenied))


class SourceDenied(SourceError):
    """The source knows us, or does not, and refuses."""


class SourceUnauthenticated(SourceDenied):
    """The source does not take our credentials, which says nothing of what was asked for."""


class SourceNotFound(SourceError):
    """Not there, or hidden from us: which of the two, the source does not say."""


class SourceRateLimited(SourceError):
    """Too many questions for the moment. `seconds` is how long to ask nothing."""

    def __init__(self, reason: str, remedy: str, seconds: float = 60.0) -> None:
        super().__init__(reason, remedy)
        self.seconds = seconds

    def anew(self) -> Self:
        return type(self)(self.reason, self.remedy, self.seconds)


class SourceUnreachable(SourceError):
    """No answer, or only that the service is in trouble."""


class SourceMalformed(SourceError):
    """An answer that does not have the documented shape."""


class SourceRefused(SourceMalformed):
    """The source does not answer this very question: it points elsewhere, or finds fault with it."""
