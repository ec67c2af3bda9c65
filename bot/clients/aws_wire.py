"""Sends boto3's requests, and reads what comes back within bounds: an answer has a size and an end.

botocore itself reads an answer on as long as anything comes. It hands every request to whoever listens for
`before-send`, and takes that answer for its own: https://docs.aws.amazon.com/boto3/latest/guide/events.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session
from urllib3.exceptions import HTTPError

#: More than any answer that is asked for here; a policy has 10,240 characters at most, a page of events 50.
LONGEST = 2 * 1024 * 1024
#: Seconds for one answer from its first byte to its last.
SLOWEST = 4.0
CONNECT_SECONDS, READ_SECONDS = 1, 2.5
_PART = 64 * 1024


class AnswerUnbounded(BotoCoreError):  # type: ignore[misc]
    """The answer is longer, or takes longer, than any that was asked for. botocore does not ask again."""

    fmt = "The answer has no end"


class _Whole:
    """A body that has been read, as botocore reads one."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_args: Any, **_more: Any) -> Iterator[bytes]:
        yield self._body


class BoundedSender:
    """Register it for `before-send`. `verify` is boto3's: True, or the path of a bundle of certificates;
    `longest` in bytes and `slowest` in seconds are the bounds of one answer."""

    def __init__(
        self, verify: bool | str, connections: int, *, longest: int = LONGEST, slowest: float = SLOWEST
    ) -> None:
        self._longest, self._slowest = longest, slowest
        self._session = URLLib3Session(
            verify=verify,
            proxies={},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            max_pool_connections=connections,
        )

    def close(self) -> None:
        """Let go of all connections."""
        self._session.close()

    def __call__(self, request: AWSPreparedRequest, **_event: Any) -> AWSResponse:
        """The answer, whole.

        Raises:
            botocore.exceptions.HTTPClientError: there was none.
            AnswerUnbounded: there was one beyond the bounds.
        """
        # Else botocore's session reads the body itself.
        request.stream_output = True
        answer = self._session.send(request)
        try:
            body = self._read(answer.raw)
        except (HTTPError, OSError) as error:
            raise HTTPClientError(error=error) from error
        finally:
            answer.raw.release_conn()
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Whole(body))

    def _read(self, raw: Any) -> bytes:
        until = time.monotonic() + self._slowest
        parts, size = [], 0
        while part := raw.read1(_PART):
            size += len(part)
            if size > self._longest or time.monotonic() > until:
                # What is left of it must not be taken for the answer to another request.
                raw.close()
                raise AnswerUnbounded
            parts.append(part)
        return b"".join(parts)
