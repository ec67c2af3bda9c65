"""Reports of faults: what broke and where, and nothing of what it broke on."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog

from bot.fault_reports import FaultReports, scrubbed
from bot.logs import configure, frames_of, get_logger, names_of
from bot.setting_telemetry import Telemetry
from bot.settings import Settings
from tests.bot.test_settings import GOOD
from tests.collector import Collector, collecting
from tests.e2e.serving import free_port

CANARY = "kanarienvogel"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers, root.level, dbos.handlers, dbos.propagate
    yield
    root.handlers, dbos.handlers, dbos.propagate = before[0], before[2], before[3]
    root.setLevel(before[1])
    structlog.reset_defaults()


def telemetry(collector_url: str) -> Telemetry:
    dsn = collector_url.replace("://", f"://{'0' * 32}@") + "/7"
    return Settings.from_mapping({**GOOD, "SENTRY_DSN": dsn}).telemetry


def reported(collector: Collector) -> list[dict[str, Any]]:
    events = []
    for body in collector.bodies:
        lines = body.splitlines()
        assert [json.loads(line).get("type") for line in lines[1::2]] == ["event"]
        events.append(json.loads(lines[2]))
    return events


def break_on(pasted: str) -> None:
    secret = {"value": pasted}
    cause = ValueError(f"{pasted} in {secret}")
    cause.add_note(pasted)
    raise KeyError(pasted) from cause


def log_a_fault(pasted: str = CANARY) -> None:
    """As every place does that catches what it did not expect."""
    token = pasted
    try:
        break_on(token)
    except KeyError as error:
        get_logger().error(
            "answer failed", reference="0a1b2c3d", job=pasted, error=names_of(error), frames=frames_of(error)
        )


def test_a_report_has_the_type_and_the_place_of_a_fault_and_nothing_it_held(collector: Collector) -> None:
    reports = FaultReports(telemetry(collector.url))
    configure("DEBUG", reports.take)
    log_a_fault()
    reports.close()

    (event,) = reported(collector)
    assert (event["logentry"], event["tags"], event["level"]) == (
        {"message": "answer failed"},
        {"reference": "0a1b2c3d"},
        "error",
    )
    cause, fault = event["exception"]["values"]
    assert [cause["type"], fault["type"]] == ["ValueError", "KeyError"]
    places = [(frame["module"], frame["function"]) for frame in fault["stacktrace"]["frames"]]
    assert places == [(__name__, "log_a_fault"), (__name__, "break_on")]
    assert all(
        set(frame) <= {"module", "function", "lineno", "in_app"} for frame in fault["stacktrace"]["frames"]
    )
    assert set(event) <= {
        "event_id", "timestamp", "platform", "level", "logger", "release", "logentry", "tags", "exception"
    }  # fmt: skip
    assert event["release"].partition("@")[0] == "rolecall"
    for leaked in (CANARY, "canary", "test_fault_reports.py", "/work", "acme", "C0CIHELP"):
        assert leaked.encode() not in collector.everything, leaked


def test_what_is_no_fault_is_not_reported(collector: Collector) -> None:
    reports = FaultReports(telemetry(collector.url))
    configure("DEBUG", reports.take)
    get_logger().warning("slack unavailable", job=CANARY)
    get_logger().info("ready")
    # A library's own, and what another part of the process would hand to a client for all.
    logging.getLogger("a.library").error("it broke on %s", CANARY)
    sentry_sdk.capture_message(CANARY)
    sentry_sdk.add_breadcrumb(message=CANARY)
    reports.close()

    assert collector.requests == []


def test_a_fault_without_an_exception_is_reported_by_its_words(collector: Collector) -> None:
    reports = FaultReports(telemetry(collector.url))
    configure("INFO", reports.take)
    get_logger().critical("gave up posting", job=CANARY)
    reports.close()

    (event,) = reported(collector)
    assert (event["logentry"]["message"], event["level"]) == ("gave up posting", "fatal")
    assert "exception" not in event


def test_of_faults_that_are_alike_one_a_minute_is_reported(collector: Collector) -> None:
    """Each with a reference is, as somebody was shown it."""
    now = 1.0
    reports = FaultReports(telemetry(collector.url), clock=lambda: now)
    configure("INFO", reports.take)
    for _ in range(3):
        get_logger().error("intake failed", error="OperationalError")
    get_logger().error("intake failed", error="KeyError")
    log_a_fault()
    log_a_fault()
    now = 61.0
    get_logger().error("intake failed", error="OperationalError")
    reports.close()

    said = [event["logentry"]["message"] for event in reported(collector)]
    assert said == ["intake failed"] * 2 + ["answer failed"] * 2 + ["intake failed"]


def test_whatever_the_client_adds_is_left_out() -> None:
    event: Any = {
        "event_id": "1",
        "request": {"data": CANARY},
        "breadcrumbs": {"values": [{"message": CANARY}]},
        "contexts": {"x": CANARY},
        "extra": {"x": CANARY},
        "user": {"id": CANARY},
        "server_name": CANARY,
        "modules": {CANARY: "1"},
        "threads": {"values": [{"stacktrace": {"frames": [{"vars": {"x": CANARY}}]}}]},
        "exception": {
            "values": [
                {
                    "type": "KeyError",
                    "value": CANARY,
                    "mechanism": {"data": CANARY},
                    "stacktrace": {
                        "frames": [
                            {
                                "module": "m",
                                "function": "f",
                                "lineno": 1,
                                "abs_path": CANARY,
                                "vars": {"x": CANARY},
                            }
                        ]
                    },
                }
            ]
        },
    }

    assert scrubbed(event, {}) == {
        "event_id": "1",
        "exception": {
            "values": [
                {
                    "type": "KeyError",
                    "module": None,
                    "stacktrace": {"frames": [{"module": "m", "function": "f", "lineno": 1}]},
                }
            ]
        },
    }


def test_a_report_goes_to_the_hosts_own_address_only(collector: Collector) -> None:
    with collecting() as other:
        collector.status, collector.location = 307, f"{other.url}/api/7/envelope/"
        reports = FaultReports(telemetry(collector.url))
        configure("INFO", reports.take)
        log_a_fault()
        reports.close()

        assert [path for path, _, _ in collector.requests] == ["/api/7/envelope/"]
        assert other.requests == []


@pytest.mark.parametrize("fault", ["away", "hangs", "refuses"])
def test_a_sentry_that_fails_is_nobodys_fault(
    collector: Collector, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    collector.status = 500
    if fault == "hangs":
        collector.answers.clear()
    reports = FaultReports(telemetry(f"http://127.0.0.1:{free_port()}" if fault == "away" else collector.url))
    configure("DEBUG", reports.take)
    log_a_fault("anything")
    reports.close()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["event"] == "answer failed"
    assert all(line["event"].startswith("library: ") for line in lines[1:])
