"""Where traces and reports of faults go, if anywhere: the names that OpenTelemetry and Sentry have for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.setting_values import address, is_loopback, needed_extras, one_line, word

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_SERVICE = "OTEL_SERVICE_NAME"
_DSN = "SENTRY_DSN"
_SENT_AS = "http/protobuf"

_TRACING = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Both are off without an address. `traces_headers` are `name=value` pairs with commas between."""

    traces_url: str | None = None
    traces_headers: SecretStr | None = None
    service: str = "rolecall"
    sentry_dsn: SecretStr | None = None


def read_telemetry(given: Mapping[str, str], problems: list[str]) -> Telemetry:
    """From the settings by their names; what is wrong with them goes to the `problems`, without a value."""
    headers = _for_traces(_HEADERS, given)
    return Telemetry(
        traces_url=_traces_url(given, problems),
        traces_headers=SecretStr(_checked(headers, given.get(headers, ""), problems)),
        service=_checked(_SERVICE, given.get(_SERVICE, "rolecall"), problems),
        sentry_dsn=_dsn(given, problems),
    )


def _traces_url(given: Mapping[str, str], problems: list[str]) -> str | None:
    if given.get("OTEL_SDK_DISABLED", "").lower() == "true" or given.get("OTEL_TRACES_EXPORTER") == "none":
        return None
    name, protocol = _for_traces(_ENDPOINT, given), _for_traces(_PROTOCOL, given)
    if name not in given:
        return None
    try:
        url = address(given[name])
    except ValueError as error:
        problems.append(f"{name}: {error}")
        return None
    if given.get(protocol, _SENT_AS) != _SENT_AS:
        problems.append(f"{protocol}: must be {_SENT_AS}, the only one that is spoken here")
    problems += needed_extras(name, "tracing", *_TRACING)
    # https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
    return f"{url.rstrip('/')}/v1/traces" if name == _ENDPOINT else url


def _for_traces(name: str, given: Mapping[str, str]) -> str:
    """The same setting for traces alone, where it is given: that goes first."""
    own = name.replace("_OTLP_", "_OTLP_TRACES_")
    return own if own in given else name


def _dsn(given: Mapping[str, str], problems: list[str]) -> SecretStr | None:
    if _DSN not in given:
        return None
    try:
        parts = urlsplit(word(given[_DSN]))
        sound = bool(parts.hostname and parts.username and parts.port != 0)
    except ValueError:
        sound = False
    if not sound or not parts.path.rpartition("/")[2].isdigit() or parts.scheme not in {"https", "http"}:
        problems.append(f"{_DSN}: must be a DSN such as https://key@host/1, as Sentry shows it")
        return None
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        problems.append(f"{_DSN}: must begin with https:// (http:// only for loopback hosts)")
    problems += needed_extras(_DSN, "sentry", "sentry_sdk")
    return SecretStr(given[_DSN])


def _checked(name: str, value: str, problems: list[str]) -> str:
    try:
        return one_line(value)
    except ValueError as error:
        problems.append(f"{name}: {error}")
        return ""
