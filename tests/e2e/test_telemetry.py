"""`serve` with a collector and a Sentry beside it: what they are told, byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot.playground.channel import NotPossibleError
from bot.playground.slack_state import CHANNEL, PERSON, TEAM
from tests.collector import collecting
from tests.e2e.serving import surroundings
from tests.e2e.talk import PATIENCE, until
from tests.e2e.test_serve import PASTE, done

CANARY = "kanarienvogel"


def _rename(folder: Path, table: str, name: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "rolecall.db")) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO {name}")


async def test_traces_and_reports_carry_nothing_that_was_given_to_the_bot(tmp_path: Path) -> None:
    """A canary in every setting that may hold one, and in the paste; the other secrets are as they are."""
    with collecting() as traces, collecting() as faults:
        async with surroundings(tmp_path) as around:
            around.environment = {
                "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
                "OTEL_RESOURCE_ATTRIBUTES": f"{CANARY}=1",
                "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "process,os,host",
                "SENTRY_DSN": faults.url.replace("://", "://0123456789abcdef@") + "/3",
                "SENTRY_ENVIRONMENT": CANARY,
                "SENTRY_RELEASE": CANARY,
                "SENTRY_SPOTLIGHT": traces.url,
                "LOG_LEVEL": "DEBUG",
                "BITBUCKET_WORKSPACES": f"acme,{CANARY}",
                "BITBUCKET_WRITE_TOKEN": CANARY,
                "BITBUCKET_WRITE_EMAIL": f"{CANARY}@example.com",
                "CI_HELP_CHANNELS": f"{CHANNEL},C{CANARY}",
                "AWS_READ_ROLES": f"arn:aws:iam::210987654321:role/{CANARY}",
                "AWS_PROFILE": "",
                "OF_ITS_HOST": CANARY,
                "DBOS__CLOUD": "true",
                "DBOS_APP_NAME": CANARY,
                "DBOS_SYSTEM_DATABASE_URL": f"sqlite:///{tmp_path / 'another.db'}",
                "DBOS__OTLP_TRACES_ENDPOINT": f"{traces.url}/v1/traces",
                "DBOS__OTLP_LOGS_ENDPOINT": f"{traces.url}/v1/logs",
            }
            settings = around.settings(0)
            async with around.serving() as process:
                # A start has nothing to report, and tells nobody that it happened.
                assert (traces.requests, faults.requests) == ([], [])
                ts = await around.slack.post(f"{PASTE}\npassword={CANARY} {CANARY}")
                await until(lambda: done(around, ts))
                async with asyncio.timeout(PATIENCE):
                    while "rolecall_jobs_running 0.0" not in (await process.get("/metrics")).text:
                        await asyncio.sleep(0.05)
                # The driver's words for it hold the statement; what was to be written is in local variables.
                _rename(tmp_path, "workflow_status", "gone")
                with pytest.raises(NotPossibleError):
                    await around.slack.post(f"{PASTE}\n{CANARY} once more")
                await until(lambda: faults.requests)
                _rename(tmp_path, "gone", "workflow_status")
                assert await process.terminate() == 0
                output = await process.rest()
            sent = traces.everything + faults.everything
            event = json.loads(faults.bodies[0].splitlines()[2])
            spans = [
                (span.name, {one.key: one.value.string_value for one in span.attributes})
                for body in traces.bodies
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]

    # What had not gone out yet goes out at the end.
    told = {name: told for name, told in spans if name in ("diagnosis", "post")}
    assert told["post"]["rolecall.status"] == "posted"
    assert told["diagnosis"]["rolecall.cause"] == "oidc-not-enabled"
    assert event["logentry"]["message"] == "intake failed"
    assert event["exception"]["values"][-1]["type"] == "OperationalError"

    secrets = [
        settings[name]
        for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "BITBUCKET_TOKEN", "AWS_SECRET_ACCESS_KEY")
    ]
    named = (
        "storefront",
        "acme",
        "WebIdentityToken",
        CHANNEL,
        PERSON,
        TEAM,
        str(tmp_path),
        tmp_path.name,
        "bot/",
    )
    for leaked in (CANARY, *secrets, *named):
        assert leaked.encode() not in sent, leaked
    for line in output.splitlines():
        json.loads(line)
    assert CANARY not in output
