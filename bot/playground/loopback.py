"""What every stand-in has in common: a loopback port, a record of the calls, faults on request."""

from __future__ import annotations

import asyncio
import re
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class Call:
    """One request as it came in.

    `path` is as it stood on the wire, with the query (for AWS see `AwsStandIn`); `at` is monotonic seconds
    at arrival; `headers` have lower-case names. `status` is 0 until the answer is known, and stays so when
    there was none.
    """

    method: str
    path: str
    at: float
    headers: dict[str, str]
    status: int = 0


@dataclass(slots=True)
class Fault:
    """Something that goes wrong for the paths that match; see `LoopbackServer.fail`."""

    pattern: re.Pattern[str]
    status: int | None
    times: int | None
    body: bytes | None
    headers: dict[str, str]
    hang: float | None
    drop: bool
    after: bool
    hits: int = field(default=0)

    def takes(self, path: str) -> bool:
        """Whether this fault is for `path`; each yes counts as one of its `times`."""
        if (self.times is not None and self.hits >= self.times) or not self.pattern.search(path):
            return False
        self.hits += 1
        return True


class LoopbackServer(ABC):
    """An HTTP server on 127.0.0.1 that a stand-in answers with."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.latency = 0.0
        self.address = ""
        """`http://127.0.0.1:<port>`, once started."""
        self._faults: list[Fault] = []
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen on a free port.

        Returns:
            the address that the bot's setting for this service takes.
        """
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.address

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(
        self,
        pattern: str,
        *,
        status: int | None = None,
        times: int | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        hang: float | None = None,
        drop: bool = False,
        after: bool = False,
    ) -> Fault:
        """Let requests whose path (with the query) matches `pattern` go wrong.

        `hang` is a wait in seconds before whatever follows; `status` answers with that status (its `body`
        is the service's own wording of it when None); `drop` closes the connection without an answer. With
        `after` the request is carried out first, and only its answer is lost. `times` limits how often;
        the newest fault that matches counts.
        """
        fault = Fault(re.compile(pattern), status, times, body, headers or {}, hang, drop, after)
        self._faults.insert(0, fault)
        return fault

    def heal(self) -> None:
        """Take all faults back."""
        self._faults.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = Call(
            method=request.method,
            path=await self.described(request),
            at=time.monotonic(),
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        self.calls.append(call)
        fault = next((one for one in self._faults if one.takes(call.path)), None)
        await asyncio.sleep(self.latency + ((fault.hang or 0.0) if fault else 0.0))
        if fault is None or fault.after or (fault.status is None and not fault.drop):
            response = await self.respond(request)
            if fault is None or (fault.status is None and not fault.drop):
                call.status = response.status
                return response
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        call.status = fault.status or 0
        answer = (
            self.broken(call.status)
            if fault.body is None
            else web.Response(body=fault.body, status=call.status)
        )
        answer.headers.update(fault.headers)
        return answer

    async def described(self, request: web.Request) -> str:
        """The request as it is recorded, and as faults are matched with it: its path with the query."""
        return request.raw_path

    @abstractmethod
    async def respond(self, request: web.Request) -> web.StreamResponse:
        """The service's answer."""

    @abstractmethod
    def broken(self, status: int) -> web.Response:
        """How the service words a failure of that status."""
