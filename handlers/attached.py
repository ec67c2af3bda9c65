"""The text files of a message: which of them say more than the message itself brings along.

What an event says of a file: https://docs.slack.dev/reference/objects/file-object. Files that lie elsewhere
(`external`), that are deleted (`tombstone`) or hidden are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MODES = frozenset({"snippet", "hosted", "post"})
_FILE_TYPES = frozenset(
    {
        "text",
        "log",
        "yaml",
        "json",
        "shell",
        "plain",
        "javascript",
        "markdown",
        "diff",
        "csv",
        "xml",
        "powershell",
    }
)
_MIME_TYPES = frozenset(
    {"application/json", "application/x-yaml", "application/yaml", "application/xml", "application/x-sh"}
)
_NAME = re.compile(r"\.(?:log|txt|out|err|json|ya?ml)\Z", re.IGNORECASE)
_ID = re.compile(r"F[A-Z0-9]{1,40}\Z")
_STUB = "check_file_info"
_MOST = 3
"""Files of one message that are looked at."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A text file that has to be fetched to be read whole. `url` is None when only Slack's `files.info`
    knows it; `preview` are its first lines, as far as they came along."""

    id: str
    url: str | None
    preview: str


def attached(message: Mapping[str, Any]) -> tuple[Attached, ...]:
    """The message's text files of which it does not show everything."""
    files = message.get("files")
    found = [
        Attached(file["id"], _address(file), text_or_nothing(file.get("preview")))
        for file in (files if isinstance(files, list) else ())
        if isinstance(file, Mapping) and is_to_be_fetched(file)
    ]
    return tuple(found[:_MOST])


def is_to_be_fetched(file: Mapping[str, Any]) -> bool:
    """Whether the file has text, an id to ask for it by, and more than its preview shows."""
    identity = file.get("id")
    if not isinstance(identity, str) or not _ID.match(identity):
        return False
    return file.get("file_access") == _STUB or (is_text(file) and not _is_shown(file))


def is_text(file: Mapping[str, Any]) -> bool:
    """Whether Slack itself holds the file, and it is text by its type or its name."""
    if file.get("is_external") or file.get("mode") not in _MODES or file.get("size") == 0:
        return False
    if file.get("file_access") not in (None, "visible"):
        return False
    mime, kind = text_or_nothing(file.get("mimetype")), text_or_nothing(file.get("filetype"))
    if mime.startswith("text/") or mime in _MIME_TYPES or kind in _FILE_TYPES:
        return True
    unknown = mime in ("", "application/octet-stream") or kind == "binary"
    return unknown and _NAME.search(text_or_nothing(file.get("name"))) is not None


def previews(files: Any, limit: int) -> Iterator[str]:
    """What the message shows of its text files, of those that it shows whole or that have no id."""
    for file in files[:limit] if isinstance(files, list) else ():
        if isinstance(file, Mapping) and is_text(file) and not is_to_be_fetched(file):
            yield text_or_nothing(file.get("preview"))


def _is_shown(file: Mapping[str, Any]) -> bool:
    # A number here and a text there, depending on who wrote Slack's samples down.
    more = str(file.get("lines_more", ""))
    return bool(file.get("preview")) and more == "0" and file.get("preview_is_truncated") is not True


def _address(file: Mapping[str, Any]) -> str | None:
    url = file.get("url_private_download") or file.get("url_private")
    return url if isinstance(url, str) and url else None


def text_or_nothing(value: Any) -> str:
    return value if isinstance(value, str) else ""
