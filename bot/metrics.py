"""What the process counts. Labels are cause ids, families and states: no repository, no user."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 15.0)


class Metrics:
    """One registry a running bot, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.diagnoses = Counter(
            "rolecall_diagnoses",
            "Answers by lead cause, verdict, kind and way in",
            ["cause", "verdict", "kind", "way_in"],
            registry=self.registry,
        )
        self.accepted = Counter(
            "rolecall_accepted", "Pastes written down", ["way_in"], registry=self.registry
        )
        self.duplicates = Counter(
            "rolecall_duplicates", "Copies of pastes that were known already", registry=self.registry
        )
        self.refused_intake = Counter(
            "rolecall_intake_failures", "Pastes not acknowledged: the store was down", registry=self.registry
        )
        self.answer_seconds = Histogram(
            "rolecall_answer_seconds",
            "From the start of the work to the reply",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.calls = Counter(
            "rolecall_calls", "Calls to services by status", ["service", "status"], registry=self.registry
        )
        self.feedback = Counter("rolecall_feedback", "Votes on replies", ["helpful"], registry=self.registry)
        self.faults = Counter("rolecall_faults", "Unexpected faults", ["where"], registry=self.registry)
        self.running = Gauge("rolecall_jobs_running", "Works under way", registry=self.registry)
        self.socket = Gauge(
            "rolecall_socket_connected", "1 while a Socket Mode connection is open", registry=self.registry
        )

    def render(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self.registry)
