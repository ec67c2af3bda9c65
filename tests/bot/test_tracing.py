"""Traces: a tree of our own words, to one address, and in nobody's way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot.playground.slack_state import CHANNEL, PERSON, TEAM
from bot.playground.stage import stage
from bot.settings import Settings
from bot.spans import SOURCES, diagnosis, kind_of, part
from bot.tracing import Tracing
from knowledge.catalogue import CATALOGUE
from tests.bot.test_settings import GOOD
from tests.collector import Collector, collecting
from tests.e2e.serving import free_port
from tests.e2e.talk import REFUSED, ask, marks, settled

CANARY = "kanarienvogel"
LINK = "https://bitbucket.org/acme/storefront/pipelines/results/214"
PASTE = f"Invalid length for parameter WebIdentityToken, value: 1, valid min length: 4\n{LINK}\n{CANARY}"
OF = {
    "diagnosis": {"way_in", "kind", "cause", "verdict", "status"},
    "wave": {"wave", "status"},
    "reading": {"source", "status"},
    "post": {"status"},
}


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


def spans(collector: Collector) -> list[Span]:
    found = []
    for body in collector.bodies:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            assert [(one.key, one.value.string_value) for one in resource.resource.attributes] == [
                ("service.name", "rolecall")
            ]
            found += [span for scope in resource.scope_spans for span in scope.spans]
    return found


def told(span: Span) -> dict[str, str]:
    return {one.key.removeprefix("rolecall."): one.value.string_value for one in span.attributes}


async def test_a_diagnosis_is_a_tree_of_waves_with_their_readings_and_the_post(collector: Collector) -> None:
    """And what it tells are words of this program: whatever was read, its place and who asked stay here."""
    async with stage(None, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as running:
        await ask(running, PASTE)
        await ask(running, f"{REFUSED}\nhttps://bitbucket.org/acme/search-indexer/pipelines/results/1")
        await settled(running)
        secrets = (running.slack.bot_token, running.bitbucket.token, *running.aws.settings.values())
        messages = [one.ts for one in running.slack.workspace.messages]

    found = spans(collector)
    by_id = {span.span_id: span for span in found}
    above = {(span.name, by_id[span.parent_span_id].name) for span in found if span.parent_span_id}
    assert above == {("wave", "diagnosis"), ("reading", "wave"), ("post", "diagnosis")}
    (first, second) = (span for span in found if not span.parent_span_id)
    assert told(first) == {
        "way_in": "message",
        "kind": "diagnosis",
        "cause": "oidc-not-enabled",
        "verdict": "confirmed",
    }
    assert first.trace_id != second.trace_id
    assert {span.trace_id for span in found} == {first.trace_id, second.trace_id}
    assert {told(span)["source"] for span in found if span.name == "reading"} <= SOURCES - {"other"}
    assert len([span for span in found if span.name == "reading"]) > 10
    assert [told(span)["status"] for span in found if span.name == "post"] == ["posted", "posted"]

    causes = set(CATALOGUE)
    for span in found:
        assert set(told(span)) <= OF[span.name]
        assert told(span).get("cause", "") in causes | {""}
        assert not span.events
        assert not span.status.message
    for leaked in (
        CANARY,
        "acme",
        "storefront",
        "search-indexer",
        "WebIdentity",
        "arn:aws",
        "bitbucket-pipelines",
    ):
        assert leaked.encode() not in collector.everything, leaked
    for leaked in (*secrets, *messages, CHANNEL, PERSON, TEAM, "/work", "pytest"):
        assert leaked.encode() not in collector.everything, leaked


async def test_libraries_find_no_tracer_to_tell_of_their_work(collector: Collector) -> None:
    """DBOS would tell of the inputs of workflows, which hold what was pasted."""
    async with stage(None, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as running:
        await ask(running, PASTE)
        with trace.get_tracer("a library").start_as_current_span("call") as span:
            assert not span.is_recording()

    assert {span.name for span in spans(collector)} == set(OF)


async def test_without_an_address_nothing_is_sent(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings decide, not what the library finds by itself."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    async with stage() as running:
        await ask(running, PASTE)
        await settled(running)

    assert collector.requests == []


@pytest.mark.parametrize("fault", ["away", "hangs", "refuses"])
async def test_a_collector_that_fails_changes_no_answer(collector: Collector, fault: str) -> None:
    collector.status = 503
    if fault == "hangs":
        collector.answers.clear()
    address = f"http://127.0.0.1:{free_port()}" if fault == "away" else collector.url
    async with stage(None, OTEL_EXPORTER_OTLP_ENDPOINT=address) as running:
        marked = [marks(running, await ask(running, PASTE)) for _ in range(2)]

    assert marked == [{"white_check_mark"}] * 2
    assert bool(collector.requests) == (fault != "away")


async def test_spans_go_to_the_configured_address_only(collector: Collector) -> None:
    with collecting() as other:
        collector.status, collector.location = 307, f"{other.url}/v1/traces"
        address, headers = f"{collector.url}/own/path", "x-key=of%20the%20collector"
        settings = Settings.from_mapping(
            {
                **GOOD,
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": address,
                "OTEL_EXPORTER_OTLP_HEADERS": headers,
                "OTEL_SERVICE_NAME": "helper",
            }
        )
        tracing = Tracing(settings.telemetry)
        tracing.begin("wave", None, {"wave": "run"}).end()
        await tracing.stop()

        ((path, sent, _),) = collector.requests
        assert (path, "x-key: of the collector" in sent) == ("/own/path", True)
        assert other.requests == []


async def test_what_is_broken_off_or_fails_is_told_by_its_type(collector: Collector) -> None:
    settings = Settings.from_mapping({**GOOD, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    tracing = Tracing(settings.telemetry)
    for error in (asyncio.CancelledError(CANARY), KeyError(CANARY)):
        with suppress(type(error)), diagnosis(tracing.begin, {"way_in": "mention"}), part("post"):
            raise error
    with diagnosis(None, {}) as tell, part("post"):
        assert tell({"reply": None}) == {"reply": None}
    await tracing.stop()

    assert [(span.name, told(span)["status"]) for span in spans(collector)] == [
        ("post", "cut-off"),
        ("diagnosis", "cut-off"),
        ("post", "KeyError"),
        ("diagnosis", "KeyError"),
    ]
    assert CANARY.encode() not in collector.everything


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("the log of the step Deploy at noon", "log"),
        ("bitbucket-pipelines.yml at 0123456789ab", "file"),
        ("shared/ci.yml at 0123456789ab", "file"),
        ("run #214 of acme/storefront", "run"),
        ("the service account deploy@acme.iam.gserviceaccount.com, with its IAM policy", "google-account"),
        ("the federated credentials of the application", "azure-credentials"),
        ("acme", "other"),
        ("", "other"),
    ],
)
def test_a_source_is_told_by_its_kind(source: str, kind: str) -> None:
    assert kind_of(source) == kind
    assert kind in SOURCES
