"""AWS's query protocol: answers and errors as XML, https://smithy.io/2.0/aws/protocols/aws-query-protocol.html"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from xml.sax.saxutils import escape

from aiohttp import web

_NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}


class AwsError(Exception):
    """AWS says no, with an HTTP status, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


def document(tag: str, value: str) -> str:
    """One element with text."""
    return f"<{tag}>{escape(value)}</{tag}>"


def listed(tag: str, values: Iterable[str]) -> str:
    return f"<{tag}>{''.join(document('member', value) for value in values)}</{tag}>"


def result(service: str, action: str, body: str) -> web.Response:
    """The answer to `action`; `body` is what stands inside its result."""
    inner = f"<{action}Result>{body}</{action}Result>"
    return _xml(
        200, f'<{action}Response xmlns="{_NAMESPACES[service]}">{inner}{_metadata()}</{action}Response>'
    )


def error(refusal: AwsError) -> web.Response:
    kind = "Sender" if refusal.status < 500 else "Receiver"
    inner = document("Type", kind) + document("Code", refusal.code) + document("Message", refusal.message)
    return _xml(
        refusal.status,
        f"<ErrorResponse><Error>{inner}</Error>{document('RequestId', _request())}</ErrorResponse>",
    )


def _metadata() -> str:
    return f"<ResponseMetadata>{document('RequestId', _request())}</ResponseMetadata>"


def _request() -> str:
    return str(uuid.uuid4())


def _xml(status: int, text: str) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/xml")
