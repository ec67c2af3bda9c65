"""What logs and chat put at the beginning of a line, before the text itself."""

from __future__ import annotations

STAMP = r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?"
"""Pattern of a date with a time."""
PREFIX = rf"(?:(?:>|&gt;) ?){{0,3}}(?:{STAMP}|\[?\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?\]?)?"
"""Pattern of marks of a quotation and of a time stamp; matches the empty text as well."""
