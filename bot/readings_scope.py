"""Who may ask about what: the bot sees more than the person who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Scope:
    """The lists of the settings: `ws` for a whole workspace, or `ws/repo`; names in lower case.

    What a channel is limited to must be within what the bot may speak about at all.
    """

    def __init__(self, listed: Sequence[str], channels: Mapping[str, Sequence[str]]) -> None:
        self._listed = tuple(name.lower() for name in listed)
        self._channels = {channel: tuple(n.lower() for n in names) for channel, names in channels.items()}
        self.workspaces = frozenset(name.partition("/")[0] for name in self._listed)
        """Workspaces by whose name words such as `acme/widget` are known to mean a repository."""

    def may_speak_about(self, channel: str, workspace: str, repository: str) -> bool:
        """Whether the repository is listed, for the bot and for the channel.

        A `{uuid}` is listed only where the settings list it as such: to find out what it stands for, a
        repository that may not be spoken about would have to be read.
        """
        if not _lists(self._listed, workspace, repository):
            return False
        return channel not in self._channels or _lists(self._channels[channel], workspace, repository)

    def only_repository(self, channel: str) -> tuple[str, str] | None:
        """The one repository that a channel is for: its workspace and name."""
        names = self._channels.get(channel, ())
        if len(names) != 1 or "/" not in names[0]:
            return None
        workspace, _, repository = names[0].partition("/")
        return workspace, repository


def _lists(listed: Sequence[str], workspace: str, repository: str) -> bool:
    workspace, repository = workspace.lower(), repository.lower()
    if f"{workspace}/{repository}" in listed:
        return True
    # By its UUID a repository of any other workspace could be meant, whatever the address says before it.
    return workspace in listed and not repository.startswith("{")
