"""The clients of the clouds that are read besides AWS, of those that the settings allow."""

from __future__ import annotations

from bot.clients.azure import AzureClient
from bot.clients.google import GoogleClient
from bot.metrics import Metrics
from bot.ports import Clouds
from bot.setting_clouds import CloudSettings


class CloudClients:
    """Built once; nobody is asked anything yet, and without settings no library of theirs is loaded."""

    def __init__(self, settings: CloudSettings, metrics: Metrics) -> None:
        self._azure = AzureClient(settings.azure, metrics) if settings.azure is not None else None
        self._google = GoogleClient(settings.google, metrics) if settings.google is not None else None
        self.clouds = Clouds(self._azure, self._google)

    async def close(self) -> None:
        for client in (self._azure, self._google):
            if client is not None:
                await client.close()
