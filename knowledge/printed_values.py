"""Values as a log prints them: those that it hides, and those that a command for copying may hold."""

from __future__ import annotations

import re


def masked(text: str) -> bool:
    """Whether the value itself does not stand there: it was cut out, or is a secured variable's, which
    Bitbucket prints by its name.

    https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
    """
    return not text.strip() or any(mark in text for mark in ("$", "***", "…", "[redacted"))


def plain(value: str | None, instead: str) -> str:
    """A value of the text for a command that a person may copy: only one that no shell reads as more than a
    value, else what stands in its place."""
    return value if value is not None and re.fullmatch(r"(?!-)[\w./:,@{}=+ -]{1,400}", value) else instead


def word(value: str | None, instead: str) -> str:
    """The same as one word of a shell's command, so that a blank in it parts nothing and a brace opens
    nothing: in quotes where it needs them. `instead` stands as it is."""
    found = plain(value, "")
    if not found:
        return instead
    return found if re.fullmatch(r"[\w./:,@=+-]+", found, re.ASCII) else f"'{found}'"
