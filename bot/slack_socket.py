"""Socket Mode: the library's client, which does not give an address up by itself.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import time

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import get_logger
from bot.slack_start import until_answered

_PING_SECONDS = 3.0
ADDRESS_SECONDS = 15.0
"""How long one address is tried; it is good once, and for no more than half a minute."""

log = get_logger()


class SocketClient(SocketModeClient):
    """Asks Slack for another address when one gives no connection within `address_seconds`."""

    def __init__(self, app_token: str, web_client: AsyncWebClient, address_seconds: float) -> None:
        super().__init__(app_token, web_client=web_client, ping_interval=_PING_SECONDS)
        # The library takes the environment's.
        self.proxy = None
        self._address_seconds = address_seconds

    async def issue_new_wss_url(self) -> str:
        """An address, asked for until Slack gives one; the library's own asks for ever with a token that is
        refused.

        Raises:
            SettingsError: Slack refuses the app's token.
        """

        async def ask() -> str:
            opened = await self.web_client.apps_connections_open(app_token=self.app_token)
            if not opened.get("url"):
                raise ValueError("no address")
            return str(opened["url"])

        return await until_answered(ask, "SLACK_APP_TOKEN")

    async def connect(self) -> None:
        """Returns with an open socket, or when the client is closed.

        Raises:
            SettingsError: Slack refuses the app's token.
        """
        while not self.closed:
            if self.wss_uri is None:
                self.wss_uri = await self.issue_new_wss_url()
            try:
                async with asyncio.timeout(self._address_seconds):
                    await super().connect()  # type: ignore[no-untyped-call]
            except TimeoutError:
                log.warning("the socket does not open; asking for another address")
                self.wss_uri = None
            else:
                return


class SocketHandler(AsyncSocketModeHandler):
    """Hands what comes through the socket to Bolt."""

    def __init__(
        self,
        bolt: AsyncApp,
        app_token: str,
        web_client: AsyncWebClient,
        address_seconds: float = ADDRESS_SECONDS,
    ) -> None:
        # Not the library's own, which would build its client.
        self.app = bolt
        self.app_token = app_token
        self.client = SocketClient(app_token, web_client, address_seconds)
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]

    def connected(self) -> bool:
        """Whether the socket is open and answers."""
        session = self.client.current_session
        return not (self.client.closed or self.client.stale or session is None or session.closed)

    def silence(self) -> float:
        """Seconds since the socket last answered a ping, which it is sent every few seconds."""
        last = self.client.last_ping_pong_time
        return 0.0 if last is None else max(time.time() - last, 0.0)

    async def open(self) -> None:
        """Connect, or leave nothing behind.

        Raises:
            SettingsError: Slack refuses the app's token.
        """
        try:
            await self.client.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            await self.client.close()  # type: ignore[no-untyped-call]
            raise
