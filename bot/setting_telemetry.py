"""Where traces and reports of faults go, if anywhere: the names that OpenTelemetry and Sentry have for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.setting_values import address, is_loopback, one_line, word

_BASE = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_SERVICE = "OTEL_SERVICE_NAME"
_DSN = "SENTRY_DSN"
_SENT_AS = "http/protobuf"

#: What each needs that is installed with an extra only.
_NEEDS = {
    "tracing": ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"),
    "sentry": ("sentry_sdk",),
}


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Both are off without an address. `traces_headers` are `name=value` pairs with commas between."""

    traces_url: str | None = None
    traces_headers: SecretStr | None = None
    service: str = "rolecall"
    sentry_dsn: SecretStr | None = None


def read_telemetry(given: Mapping[str, str], problems: list[str]) -> Telemetry:
    """From the settings by their names; what is wrong with them goes to the `problems`, without a value."""
    return Telemetry(
        traces_url=_traces_url(given, problems),
        traces_headers=SecretStr(_checked(_HEADERS, given.get(_HEADERS, ""), problems)),
        service=_checked(_SERVICE, given.get(_SERVICE, "rolecall"), problems),
        sentry_dsn=_dsn(given, problems),
    )


def _traces_url(given: Mapping[str, str], problems: list[str]) -> str | None:
    if given.get("OTEL_SDK_DISABLED", "").lower() == "true" or given.get("OTEL_TRACES_EXPORTER") == "none":
        return None
    name = _TRACES if _TRACES in given else _BASE
    if name not in given:
        return None
    try:
        url = address(given[name])
    except ValueError as error:
        problems.append(f"{name}: {error}")
        return None
    if given.get(_PROTOCOL, _SENT_AS) != _SENT_AS:
        problems.append(f"{_PROTOCOL}: must be {_SENT_AS}, the only one that is spoken here")
    _need("tracing", name, problems)
    # https://opentelemetry.io/docs/specs/otel/protocol/exporter/#endpoint-urls-for-otlphttp
    return url if name == _TRACES else f"{url.rstrip('/')}/v1/traces"


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
    _need("sentry", _DSN, problems)
    return SecretStr(given[_DSN])


def _checked(name: str, value: str, problems: list[str]) -> str:
    try:
        return one_line(value)
    except ValueError as error:
        problems.append(f"{name}: {error}")
        return ""


def _need(extra: str, name: str, problems: list[str]) -> None:
    if not all(map(_is_there, _NEEDS[extra])):
        problems.append(f"{name}: needs the extra `{extra}`: pip install 'rolecall[{extra}]'")


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # One of the packages that it is in is not there.
        return False
