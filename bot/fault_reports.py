"""Reports of our own faults to Sentry, where a DSN is set: what the log says of them, and no more.

The client is our own, not the process' one: it patches nothing, listens to nothing and collects nothing. A
report is made again of what may leave: the type of an exception, where it was (module, function, line), and
the fixed words of the log's event with the reference that the person was shown. An exception's message, local
variables, source lines, paths and the host's name stay here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from bot.setting_telemetry import Telemetry

if TYPE_CHECKING:
    from sentry_sdk.transport import HttpTransport
    from sentry_sdk.types import Event, Hint

_LEVELS = {"error": "error", "critical": "fatal"}
_END_SECONDS = 1.0
_QUIET_SECONDS = 60.0
"""Between two reports that are alike: while the database is away, each event that is not taken is a fault."""
_KEPT = frozenset({"event_id", "timestamp", "platform", "level", "logger", "logentry", "tags", "release"})
"""Made here or by the client, of nothing that was read."""


class FaultReports:
    """Sends reports from a thread of its own; while Sentry is away they are dropped. What has a reference,
    by which somebody may look for it, is always reported; of what else is alike, one a minute."""

    def __init__(self, telemetry: Telemetry, clock: Callable[[], float] = time.monotonic) -> None:
        import sentry_sdk

        if telemetry.sentry_dsn is None:
            raise ValueError("there is no DSN")
        self._clock = clock
        self._reported: dict[tuple[str, str], float] = {}
        self._client = sentry_sdk.Client(
            dsn=telemetry.sentry_dsn.get_secret_value(),
            transport=_transport(),
            before_send=scrubbed,
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            include_source_context=False,
            max_breadcrumbs=0,
            max_request_body_size="never",
            send_client_reports=False,
            auto_session_tracking=False,
            enable_backpressure_handling=False,
            traces_sample_rate=None,
            propagate_traces=False,
            # Else taken from the environment, from the machine, or from what Git says of the folder.
            release=_release(),
            server_name="",
            environment="production",
            debug=False,
            spotlight=False,
            http_proxy="",
            https_proxy="",
        )

    def take(self, _logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
        """A processor of structlog: reports what is logged as an error, and hands it on as it is."""
        if method in _LEVELS and ("reference" in event or self._is_new(event)):
            self._report(_LEVELS[method], event)
        return event

    def _is_new(self, said: Mapping[str, Any]) -> bool:
        # Both are of few words: the event's and the names of types.
        alike, now = (str(said.get("event")), str(said.get("error"))), self._clock()
        if now - self._reported.get(alike, -_QUIET_SECONDS) < _QUIET_SECONDS:
            return False
        self._reported[alike] = now
        return True

    def _report(self, level: str, said: Mapping[str, Any]) -> None:
        from sentry_sdk.utils import event_from_exception

        fault = sys.exc_info()
        event: Event = {}
        hint: Hint = {}
        if fault[1] is not None:
            event, hint = event_from_exception(fault, client_options=self._client.options)
        event["level"] = level  # type: ignore[typeddict-item]  # one of the table above
        event["logger"] = "rolecall"
        event["logentry"] = {"message": str(said.get("event", ""))}
        event["tags"] = {"reference": str(said["reference"])} if "reference" in said else {}
        self._client.capture_event(event, hint)

    def close(self) -> None:
        """Send what is left, for a second at most."""
        self._client.close(timeout=_END_SECONDS)


def _release() -> str:
    try:
        return f"rolecall@{version('rolecall')}"
    except PackageNotFoundError:
        # It runs from a checkout.
        return "rolecall"


def scrubbed(event: Event, _hint: Hint) -> Event:
    """The event made again of what may leave."""
    kept: dict[str, Any] = {name: value for name, value in event.items() if name in _KEPT}
    faults = [_fault(one) for one in _values(event.get("exception"))]
    if faults:
        kept["exception"] = {"values": faults}
    return kept  # type: ignore[return-value]  # the same keys as before, or fewer


def _fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    frames = (fault.get("stacktrace") or {}).get("frames") or []
    names = ("module", "function", "lineno", "in_app")
    places = [{name: frame[name] for name in names if name in frame} for frame in frames]
    return {"type": fault.get("type"), "module": fault.get("module"), "stacktrace": {"frames": places}}


def _values(part: Any) -> list[Mapping[str, Any]]:
    return list(part.get("values") or []) if isinstance(part, Mapping) else []


def _transport() -> type[HttpTransport]:
    """The library's own, which goes to the DSN's host and nowhere else."""
    from sentry_sdk.transport import HttpTransport

    class Pinned(HttpTransport):
        def _request(self, method: str, endpoint_type: Any, body: Any, headers: Mapping[str, str]) -> Any:
            url = self._auth.get_api_url(endpoint_type)
            return self._pool.request(method, url, body=body, headers=headers, redirect=False, retries=False)

    return Pinned
