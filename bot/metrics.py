"""What the process counts. Labels are cause ids, families and states: no repository, no user."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 15.0)


class Metrics:
    """One registry a running bot, so that two in one process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._count_pastes()
        self._count_answers()
        self._count_calls()
        self._show_state()

    def _count_pastes(self) -> None:
        self.accepted = self._counter("accepted", "Pastes written down", "way_in")
        self.duplicates = self._counter("duplicates", "Copies of pastes that were known already")
        self.refused_intake = self._counter("intake_failures", "Pastes not acknowledged: the store was down")
        self.redactions = self._counter("redactions", "Secrets taken out of pastes, by kind", "kind")
        self.unknown_texts = self._counter(
            "unknown_texts", "Texts that were asked about by name and show no failure that is known", "way_in"
        )

    def _count_answers(self) -> None:
        self.diagnoses = self._counter(
            "diagnoses",
            "Answers by lead cause, verdict, kind and way in",
            "cause",
            "verdict",
            "kind",
            "way_in",
        )
        self.answer_seconds = self._seconds("answer_seconds", "From the start of the work to the reply")
        self.feedback = self._counter("feedback", "Votes on replies", "helpful")
        self.faults = self._counter("faults", "Unexpected faults", "where")

    def _count_calls(self) -> None:
        self.calls = self._counter("calls", "Calls to services by status", "service", "status")
        self.call_seconds = self._seconds("call_seconds", "From a call to a service to its answer", "service")
        self.retries = self._counter("retries", "Calls that were made once more", "service")

    def _show_state(self) -> None:
        self.running = self._gauge("jobs_running", "Works under way in this process")
        self.waiting = self._gauge(
            "work_unfinished", "Works in the store that are not finished, of all processes"
        )
        self.oldest_seconds = self._gauge("work_oldest_seconds", "Age of the oldest unfinished work")
        self.budget_left = self._gauge(
            "budget_left", "Calls to Bitbucket that may still be made within the hour, by all processes"
        )
        self.socket = self._gauge("socket_connected", "1 while a Socket Mode connection is open")
        self.socket_silence = self._gauge(
            "socket_silence_seconds", "Since the socket last answered; 0 without one"
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"rolecall_{name}", meaning, labels, registry=self.registry)

    def _seconds(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(f"rolecall_{name}", meaning, labels, buckets=_SECONDS, registry=self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"rolecall_{name}", meaning, registry=self.registry)

    def render(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self.registry)
