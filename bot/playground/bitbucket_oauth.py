"""Bitbucket's token endpoint for OAuth consumers: client credentials, and nothing else.

https://developer.atlassian.com/cloud/bitbucket/rest/intro/#client-credentials-grant--4-4-
"""

from __future__ import annotations

import base64
import itertools

from aiohttp import web

PATH = "/site/oauth2/access_token"
_SECONDS = 7_200


class OAuthEndpoint:
    """Gives one consumer its tokens, and knows those that are still good."""

    def __init__(self, key: str, secret: str, scopes: tuple[str, ...]) -> None:
        self._pass = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._scopes = scopes
        self._numbers = itertools.count(1)
        self.good: set[str] = set()
        self.seconds = _SECONDS

    async def respond(self, request: web.Request) -> web.Response:
        style, _, secret = request.headers.get("Authorization", "").partition(" ")
        if request.method != "POST":
            return _refused(405, "invalid_request", "Only POST is taken here")
        if style.lower() != "basic" or secret != self._pass:
            return _refused(400, "unauthorized_client", "Invalid client_id or client_secret")
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "The grant type is not known")
        token = f"playground-consumer-token-{next(self._numbers)}"
        self.good.add(token)
        given = {"access_token": token, "token_type": "bearer", "expires_in": self.seconds, "state": "x"}
        return web.json_response({**given, "scopes": " ".join(self._scopes), "refresh_token": "playground"})


def _refused(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
