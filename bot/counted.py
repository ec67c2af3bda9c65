"""Calls of a session, counted by their status and timed as they end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.metrics import Metrics


def counting(service: str, metrics: Metrics) -> aiohttp.TraceConfig:
    """What a `ClientSession` is given in `trace_configs`. Nothing of a call but its status and its time is
    looked at: https://docs.aiohttp.org/en/stable/tracing_reference.html"""

    async def begins(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
        context.started = asyncio.get_running_loop().time()

    async def ends(
        _: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        _count(context, str(end.response.status))

    async def breaks(
        _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestExceptionParams
    ) -> None:
        _count(context, "none")

    def _count(context: SimpleNamespace, status: str) -> None:
        metrics.calls.labels(service, status).inc()
        metrics.call_seconds.labels(service).observe(asyncio.get_running_loop().time() - context.started)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(begins)
    trace.on_request_end.append(ends)
    trace.on_request_exception.append(breaks)
    return trace
