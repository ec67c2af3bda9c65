"""The file of `ROLECALL_CONFIG`: YAML for what does not fit a variable."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.setting_values import is_channel, is_listed_name, one_line

_KEYS = ("channels", "shared_channels")
_CHANNELS = "ROLECALL_CONFIG: `channels` must map channel ids to lists of workspaces and repositories"
_SHARED = "ROLECALL_CONFIG: `shared_channels` must list channel ids"


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """`channels` maps a channel's id to the workspaces and repositories (`ws`, `ws/repo`, in lower case) that
    it may ask about; `shared_channels` are ids of channels shared with other organisations that are answered
    in all the same."""

    channels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shared_channels: tuple[str, ...] = ()


def read_config(path: str | None, problems: list[str]) -> SettingsFile:
    """The file at `path`; empty without one. What is wrong with it is added to `problems`."""
    if path is None:
        return SettingsFile()
    try:
        one_line(path)
    except ValueError as error:
        problems.append(f"ROLECALL_CONFIG: {error}")
        return SettingsFile()
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        problems.append("ROLECALL_CONFIG: the file cannot be read")
        return SettingsFile()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problems.append(f"ROLECALL_CONFIG: the file is not valid YAML{where}")
        return SettingsFile()
    content = {} if content is None else content
    if not isinstance(content, dict) or set(content) - set(_KEYS):
        problems.append("ROLECALL_CONFIG: must be a mapping with the keys `channels` and `shared_channels`")
        return SettingsFile()
    return SettingsFile(
        _channels(content.get("channels") or {}, problems),
        _shared(content.get("shared_channels") or [], problems),
    )


def _channels(channels: Any, problems: list[str]) -> dict[str, tuple[str, ...]]:
    read: dict[str, tuple[str, ...]] = {}
    for channel, names in channels.items() if isinstance(channels, dict) else [("", None)]:
        listed = [names] if isinstance(names, str) else names
        if not isinstance(listed, list) or not all(
            isinstance(name, str) and is_listed_name(name) for name in listed
        ):
            problems.append(_CHANNELS)
            return {}
        if not (isinstance(channel, str) and is_channel(channel)):
            # A channel's name would limit nothing: it is by their ids that channels are known.
            problems.append(_CHANNELS)
            return {}
        read[channel] = tuple(name.lower() for name in listed)
    return read


def _shared(channels: Any, problems: list[str]) -> tuple[str, ...]:
    if not isinstance(channels, list) or not all(
        isinstance(channel, str) and is_channel(channel) for channel in channels
    ):
        problems.append(_SHARED)
        return ()
    return tuple(channels)
