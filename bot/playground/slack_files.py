"""The files of the stand-in Slack: what is kept for download, and what events and `files.info` say of it.

https://docs.slack.dev/reference/objects/file-object
"""

from __future__ import annotations

import secrets
from typing import Any

from bot.playground.slack_state import PERSON, TEAM, Workspace

Json = dict[str, Any]

_SHOWN, _CHARACTERS = 5, 2_000
"""Lines of a text file that come along with the message, and how much of them."""


def keep(workspace: Workspace, files_url: str, content: str | bytes) -> Json:
    """Keep a file for download.

    Returns:
        the file object.
    """
    key = f"F{secrets.token_hex(5).upper()}"
    path = f"files-pri/{TEAM}-{key}/download/untitled.txt"
    raw = content.encode() if isinstance(content, str) else content
    workspace.files[path] = raw
    lines = raw.decode("utf-8", "replace").split("\n")
    shown = "\n".join(lines[:_SHOWN])
    file = {
        "id": key,
        "name": "Untitled.txt",
        "title": "Untitled",
        "mimetype": "text/plain",
        "filetype": "text",
        "user": PERSON,
        "size": len(raw),
        "mode": "snippet",
        "is_external": False,
        "url_private": files_url + path.replace("/download/", "/"),
        "url_private_download": files_url + path,
        "preview": shown[:_CHARACTERS],
        "lines": len(lines),
        "lines_more": max(0, len(lines) - _SHOWN),
        "preview_is_truncated": len(lines) > _SHOWN or len(shown) > _CHARACTERS,
        "file_access": "visible",
    }
    workspace.file_objects[key] = file
    return file


def stub_of(file: Json) -> Json:
    """What an event of a channel shared with another organisation says of a file: ask `files.info`.
    https://docs.slack.dev/apis/slack-connect/using-slack-connect-api-methods
    """
    return {"id": file["id"], "file_access": "check_file_info"}
