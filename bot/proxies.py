"""Calls go to the configured addresses and nowhere else: no proxy of the environment's is used."""

from __future__ import annotations

import os

_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy"})


def use_none() -> None:
    """Take away what libraries find in the environment for calls of their own. Each client of ours is told
    so besides."""
    for name in [name for name in os.environ if name.lower() in _PROXIES]:
        del os.environ[name]
