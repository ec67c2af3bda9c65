"""Who may ask about what: the bot sees more than the person who asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from knowledge.casefile import Repository


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

        The names are compared as they stand: what a `{uuid}` stands for, only Bitbucket can tell
        (`bot.readings_names`).
        """
        return self._all_list(channel, ((workspace, repository),))

    def lists(self, channel: str, repository: Repository) -> bool:
        """Whether a repository that was read is listed, by its names or by its UUIDs."""
        workspaces = (repository.workspace_slug, repository.workspace_uuid)
        # A workspace that is listed as a whole holds this very repository, whatever it was asked for by.
        names = [(workspace, slug) for workspace in workspaces for slug in (repository.slug, repository.uuid)]
        return self._all_list(channel, names)

    def by_uuid(self, channel: str) -> bool:
        """Whether one of the channel's lists, or the bot's, names something by its UUID."""
        return any("{" in name for name in (*self._listed, *self._channels.get(channel, ())))

    def _all_list(self, channel: str, names: Iterable[tuple[str, str]]) -> bool:
        names = tuple(names)
        lists = [self._listed, *([self._channels[channel]] if channel in self._channels else [])]
        return all(any(_lists(one, *name) for name in names) for one in lists)

    def listed(self, channel: str) -> frozenset[str]:
        """The names that the channel's list holds, or the bot's where the channel has none of its own."""
        return frozenset(self._channels.get(channel, self._listed))

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
