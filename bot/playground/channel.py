"""What the page and the terminal need of the channel: what is in it, and what a person can do there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class NotPossibleError(Exception):
    """What was asked cannot be done now; the message is a sentence for the person."""


class Channel(Protocol):
    """One channel as one person sees it."""

    def snapshot(self) -> dict[str, Any]:
        """Everything that is shown, as JSON.

        `channel` (`id`, `name`), `users` (id to name), `messages` in order of time and `view`. A message
        has `ts`, `thread_ts` (None at top level), `user`, `bot`, `text`, `blocks`, `edited`, `ephemeral`,
        `reactions` (each `name` and `count`) and `cause`. `view` is the open modal (`id`, `hash`,
        `title`, `submit`, `close`, `blocks`, `errors`) or None; `home` likewise the published Home tab.
        """

    async def post(self, text: str, thread_ts: str | None = None) -> str:
        """Post as the person; returns the message's `ts` once the bot has acknowledged it.

        Raises:
            NotPossibleError: the bot did not take it.
        """

    async def command(self, text: str) -> None:
        """Send a slash command such as `/oidc help`.

        Raises:
            NotPossibleError: there is no such command, or the bot did not take it.
        """

    async def click(self, ts: str | None, view_id: str | None, action: Mapping[str, Any]) -> None:
        """Use a control (`action` as Block Kit's `actions[0]`) of a message or of the open view.

        Raises:
            NotPossibleError: the message, view or control is gone, or the bot did not take it.
        """

    async def submit(self, view_id: str, values: Mapping[str, Any]) -> None:
        """Submit the open view with `values` as `view.state.values`.

        Raises:
            NotPossibleError: the view is not open any more, or the bot did not take it.
        """

    async def suggest(self, view_id: str, block_id: str, action_id: str, typed: str) -> list[dict[str, Any]]:
        """The options that the app gives for what is typed into a select of the open view.

        Raises:
            NotPossibleError: the view or field is gone, or the bot did not take it.
        """

    async def open_home(self) -> None:
        """Look at the app's Home tab; what the app publishes is the snapshot's `home`.

        Raises:
            NotPossibleError: the bot did not take it.
        """

    def close_view(self, view_id: str) -> None:
        """Close the open view; nothing happens if it is not open."""
