"""Tokens for Microsoft Graph, by azure-identity: which credential, and over which connection.

Only credentials that the settings name are used; the library's own chain would ask the machine's metadata
address and start programs. https://learn.microsoft.com/python/api/overview/azure/identity-readme
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.transport import AsyncHttpResponse, AsyncHttpTransport
from azure.identity.aio import CertificateCredential, ClientSecretCredential, WorkloadIdentityCredential

from bot.clients.cloud_errors import in_trouble
from bot.clients.cloud_wire import Answered, CloudWire
from bot.errors import OPERATOR, SourceDenied, SourceError, SourceMalformed
from bot.setting_clouds import AzureSettings

_CODE = re.compile(r"AADSTS\d{4,7}")


class AzureToken:
    """The tokens of one tenant for Microsoft Graph. The library keeps them, and renews them in time."""

    def __init__(self, settings: AzureSettings, tenant: str, wire: CloudWire) -> None:
        self._tenant = tenant
        self._scope = f"{settings.graph}/.default"
        self._transport = _Transport(wire, settings.authority)
        # Like the questions themselves it is tried once: whoever asks has a deadline.
        options: dict[str, Any] = {
            # The library takes nothing but https; the transport knows better for a loopback host.
            "authority": settings.authority.replace("http://", "https://", 1),
            "transport": self._transport,
            "retry_total": 0,
        }
        secret = settings.proven_by.get_secret_value()
        self._proof = settings.proof
        self._credential: ClientSecretCredential | CertificateCredential | WorkloadIdentityCredential | None
        try:
            if settings.proof == "AZURE_CLIENT_SECRET":
                self._credential = ClientSecretCredential(tenant, settings.client_id, secret, **options)
            elif settings.proof == "AZURE_CLIENT_CERTIFICATE_PATH":
                self._credential = CertificateCredential(tenant, settings.client_id, secret, **options)
            else:
                self._credential = WorkloadIdentityCredential(
                    tenant_id=tenant, client_id=settings.client_id, token_file_path=secret, **options
                )
        except (ValueError, OSError):
            # A certificate that is none, with the library's words about its content.
            self._credential = None

    async def fetch(self) -> str:
        """A token that is good for a while.

        Raises:
            SourceError: there is none to be had.
        """
        if self._credential is None:
            raise self._unusable()
        self._transport.forget()
        try:
            return (await self._credential.get_token(self._scope)).token
        except ClientAuthenticationError as error:
            raise self._refused(str(error.message)) from None
        except AzureError:
            raise self._transport.failure or self._unintelligible() from None
        except OSError:
            raise self._unusable() from None
        except (AttributeError, KeyError, TypeError, ValueError):
            # The library expects the documented shape, and stumbles over any other.
            raise self._transport.failure or self._unintelligible() from None

    async def close(self) -> None:
        if self._credential is not None:
            await self._credential.close()

    def _refused(self, message: str) -> SourceError:
        # Of what Entra says only the code is carried on: the sentence names ids.
        code = _CODE.search(message)
        if code is None:
            return self._transport.failure or self._unintelligible()
        return SourceDenied(
            f"Microsoft Entra ID gives the bot no token for the tenant {self._tenant} ({code.group()})",
            f"{OPERATOR} checks `AZURE_CLIENT_ID`, `{self._proof}`, and that the tenant has the application",
        )

    def _unusable(self) -> SourceError:
        return SourceDenied(
            "the bot's credentials for Azure cannot be used", f"{OPERATOR} checks the file of `{self._proof}`"
        )

    def _unintelligible(self) -> SourceError:
        return SourceMalformed(
            "Microsoft Entra ID's answer does not have the documented shape",
            f"ask again; if it stays so, {OPERATOR} checks `AZURE_AUTHORITY_HOST` and the way to it",
        )


class _Failed(AzureError):
    """No answer; why is kept beside it."""


class _Transport(AsyncHttpTransport[Any, "_Response"]):
    """The library's requests, sent by our own wire. `failure` is why the newest of them had no answer."""

    def __init__(self, wire: CloudWire, authority: str) -> None:
        self._wire = wire
        self._authority = authority
        self.failure: SourceError | None = None

    def forget(self) -> None:
        self.failure = None

    async def send(self, request: Any, **_options: Any) -> _Response:
        body = request.body
        content = urlencode(body).encode() if isinstance(body, MutableMapping) else body or b""
        address = str(request.url)
        secure = f"https://{urlsplit(self._authority).netloc}/"
        if address.startswith(secure):
            address = f"{self._authority}/{address.removeprefix(secure)}"
        try:
            answer = await self._wire.send(request.method, address, dict(request.headers), content)
        except SourceError as error:
            self.failure = error
            raise _Failed("no answer") from None
        if answer.status >= 500 or answer.status == 429:
            self.failure = in_trouble("Microsoft Entra ID", answer)
        return _Response(request, answer)

    async def open(self) -> None:
        """The wire is open as long as the client that owns it."""

    async def close(self) -> None:
        """The wire is its owner's to close."""

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Response(AsyncHttpResponse):
    """A whole answer, as the library reads one."""

    def __init__(self, request: Any, answer: Answered) -> None:
        super().__init__(request, None)
        self.status_code = answer.status
        self.headers: MutableMapping[str, str] = dict(answer.headers)
        self.content_type = answer.headers.get("content-type")
        self._content = answer.content

    def body(self) -> bytes:
        return self._content
