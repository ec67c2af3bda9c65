"""The long-term storage that finished logs are redirected to: its addresses are passes."""

from __future__ import annotations

import hashlib
import re

from aiohttp import web

from bot.playground.loopback import LoopbackServer

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)\Z")


def part_of(request: web.Request, content: bytes) -> web.Response:
    """The bytes, or the one part of them that `Range` asks for: from a first to a last byte, or so many from
    the end (https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2)."""
    found = _RANGE.match(request.headers.get("Range", ""))
    headers = {"Accept-Ranges": "bytes", "ETag": etag_of(content)}
    if found is None or not (found["first"] or found["last"]):
        return web.Response(body=content, content_type="application/octet-stream", headers=headers)
    first, last = int(found["first"] or 0), int(found["last"] or len(content) - 1)
    if not found["first"]:
        first, last = max(0, len(content) - last), len(content) - 1
    if first >= len(content) or last < first:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(content)}"})
    last = min(last, len(content) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return web.Response(
        body=content[first : last + 1], status=206, content_type="application/octet-stream", headers=headers
    )


def etag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class LogStorage(LoopbackServer):
    """Gives a log to whoever has its signed address, and to nobody who brings another pass as well."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, bytes] = {}

    def keep(self, content: bytes) -> str:
        """Store a log.

        Returns:
            its signed address.
        """
        key = hashlib.sha256(content).hexdigest()
        self._kept[key] = content
        return f"{self.address}/logs/{key}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={_signature(key)}"

    def broken(self, status: int) -> web.Response:
        return _xml(status, "InternalError", "We encountered an internal error. Please try again.")

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if "Authorization" in request.headers:
            return _xml(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query "
                "string parameter or the Authorization header should be specified",
            )
        key = request.path.removeprefix("/logs/")
        if key not in self._kept:
            return _xml(404, "NoSuchKey", "The specified key does not exist.")
        if request.query.get("X-Amz-Signature") != _signature(key):
            return _xml(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        return part_of(request, self._kept[key])


def _signature(key: str) -> str:
    return hashlib.sha256(f"signed:{key}".encode()).hexdigest()


def _xml(status: int, code: str, message: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return web.Response(text=text, status=status, content_type="application/xml")
