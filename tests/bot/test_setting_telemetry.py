"""Where traces and reports go: told by the fields' own names, refused by name and never by value."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.bot.test_settings import GOOD, problems

ROOT = Path(__file__).resolve().parents[2]
OTLP = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
DSN = "SENTRY_DSN"
NO_DSN = f"{DSN}: must be a DSN such as https://key@host/1, as Sentry shows it"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, None),
        ({OTLP: "https://collector.example"}, "https://collector.example/v1/traces"),
        ({OTLP: "https://collector.example/base/"}, "https://collector.example/base/v1/traces"),
        ({OTLP: "http://127.0.0.1:4318"}, "http://127.0.0.1:4318/v1/traces"),
        ({TRACES: "https://collector.example/own"}, "https://collector.example/own"),
        ({OTLP: "https://other.example", TRACES: "https://collector.example/"}, "https://collector.example/"),
        ({OTLP: "https://collector.example", "OTEL_SDK_DISABLED": "true"}, None),
        ({OTLP: "https://collector.example", "OTEL_TRACES_EXPORTER": "none"}, None),
    ],
)
def test_traces_go_where_opentelemetrys_names_say(given: dict[str, str], url: str | None) -> None:
    assert Settings.from_mapping({**GOOD, **given}).telemetry.traces_url == url


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {OTLP: "http://canary.example:4318"},
            f"{OTLP}: must be an https:// address (http:// only for loopback hosts)",
        ),
        ({OTLP: "canary:4317"}, f"{OTLP}: must be an https:// address"),
        ({TRACES: "https://a:canary@x.example"}, f"{TRACES}: must not carry a user name or password"),
        (
            {OTLP: "https://x.example", "OTEL_EXPORTER_OTLP_PROTOCOL": "canary"},
            "OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf, the only one that is spoken here",
        ),
        (
            {TRACES: "https://x.example", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: must be http/protobuf, the only one that is spoken here",
        ),
        (
            {"OTEL_EXPORTER_OTLP_HEADERS": "x=canary\ny"},
            "OTEL_EXPORTER_OTLP_HEADERS: must not hold line breaks or other control characters",
        ),
        ({DSN: "canary"}, NO_DSN),
        ({DSN: "https://canary.example/1"}, NO_DSN),
        ({DSN: "https://canary@x.example/"}, NO_DSN),
        ({DSN: "https://canary@x.example:0/1"}, NO_DSN),
        ({DSN: "ftp://canary@x.example/1"}, NO_DSN),
        ({DSN: "https://canary @x.example/1"}, NO_DSN),
        (
            {DSN: "http://canary@x.example/1"},
            f"{DSN}: must begin with https:// (http:// only for loopback hosts)",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(given: dict[str, str], problem: str) -> None:
    assert problems(**given) == [problem]


def test_what_is_set_for_traces_alone_goes_first() -> None:
    given = {
        OTLP: "https://x.example",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_HEADERS": "x=all",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "x=traces",
    }
    headers = Settings.from_mapping({**GOOD, **given}).telemetry.traces_headers
    assert headers is not None
    assert headers.get_secret_value() == "x=traces"


def test_what_logs_in_to_them_is_not_printed() -> None:
    given = {
        **GOOD,
        OTLP: "https://x.example",
        "OTEL_EXPORTER_OTLP_HEADERS": "x=canary-7",
        DSN: "https://canary8@x.example/1",
    }
    shown = repr(Settings.from_mapping(given))

    assert "canary-7" not in shown
    assert "canary8" not in shown


def test_without_the_extras_serve_says_what_to_install_and_ends() -> None:
    """Both at once, a line each, before anything is opened."""
    without = (
        "import sys; sys.modules['opentelemetry'] = None; sys.modules['sentry_sdk'] = None\n"
        "from bot.__main__ import run; sys.exit(run(['serve']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", without],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **GOOD,
            OTLP: "http://127.0.0.1:4318",
            DSN: "http://canary@127.0.0.1:9000/1",
            "PATH": os.environ["PATH"],
        },
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        f"settings: {OTLP}: needs the extra `tracing`: pip install -r deploy/requirements.txt",
        f"settings: {DSN}: needs the extra `sentry`: pip install -r deploy/requirements.txt",
    ]
