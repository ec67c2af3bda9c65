"""Traces for OpenTelemetry, where a collector is set: the spans of `bot.spans` and nothing else.

The tracer is our own and never the process' one: what libraries could trace (DBOS the inputs of workflows,
clients their addresses) goes nowhere. The exporter is handed where to send and how; of the environment it
takes what OpenTelemetry defines besides (a certificate, a sampler):
https://opentelemetry.io/docs/languages/sdk-configuration/otlp-exporter/
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.setting_telemetry import Telemetry
from bot.spans import Span

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as OpenSpan

_CALL_SECONDS = 3.0
_EVERY_MILLISECONDS = 2_000.0
_END_SECONDS = 1.5
"""Of the time that a platform gives for stopping; what has not gone out by then is lost."""


class _Told:
    """A span of ours over one of OpenTelemetry."""

    def __init__(self, span: OpenSpan) -> None:
        self.span = span

    def set(self, name: str, value: str) -> None:
        self.span.set_attribute(f"rolecall.{name}", value)

    def end(self) -> None:
        self.span.end()


class Tracing:
    """Sends spans to one collector, from a thread of its own: nothing here waits for it."""

    def __init__(self, telemetry: Telemetry) -> None:
        from opentelemetry.metrics import NoOpMeterProvider
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        nowhere = NoOpMeterProvider()
        # Made so, a resource holds what is given here: no host, process, path or command line is looked for.
        resource = Resource({"service.name": telemetry.service})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False, meter_provider=nowhere)
        self._provider.add_span_processor(
            BatchSpanProcessor(
                _exporter(telemetry), schedule_delay_millis=_EVERY_MILLISECONDS, meter_provider=nowhere
            )
        )
        self._tracer = self._provider.get_tracer("rolecall")

    def begin(self, name: str, parent: Span | None, attributes: Mapping[str, str]) -> Span:
        """See `bot.spans.Begin`."""
        span = _Told(self._tracer.start_span(name, context=_below(parent)))
        for key, value in attributes.items():
            span.set(key, value)
        return span

    async def stop(self) -> None:
        """Send what is left, for so long as there is time."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):
                # The loop may be closed by then.
                loop.call_soon_threadsafe(ended.set)

        # A thread that nobody waits for at the end: a collector that hangs holds nothing up.
        threading.Thread(target=end, daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS):
                await ended.wait()


def _exporter(telemetry: Telemetry) -> SpanExporter:
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.util.re import parse_env_headers

    headers = telemetry.traces_headers
    session = requests.Session()
    # No proxy of the environment, no login out of a `.netrc`. The exporter follows no redirect.
    session.trust_env = False
    return OTLPSpanExporter(
        endpoint=telemetry.traces_url,
        headers=parse_env_headers(headers.get_secret_value() if headers else "", liberal=True),
        timeout=_CALL_SECONDS,
        session=session,
    )


def _below(parent: Span | None) -> Context:
    """A context that holds the parent alone, whatever is under way in this task."""
    from opentelemetry.context import Context
    from opentelemetry.trace import set_span_in_context

    return set_span_in_context(parent.span, Context()) if isinstance(parent, _Told) else Context()
