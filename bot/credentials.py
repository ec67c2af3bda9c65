"""With what the settings log in to Bitbucket."""

from __future__ import annotations

from bot.clients.bitbucket_credentials import Consumer, Credentials, Token
from bot.settings import Settings


def bitbucket_credentials(settings: Settings) -> Credentials:
    """The OAuth consumer where one is set, else the token; the settings have made sure of one of them."""
    if settings.oauth_key is not None and settings.oauth_secret is not None:
        return Consumer(settings.oauth_key, settings.oauth_secret.get_secret_value(), settings.oauth_url)
    token = settings.bitbucket_token
    return Token("" if token is None else token.get_secret_value(), settings.bitbucket_email)
