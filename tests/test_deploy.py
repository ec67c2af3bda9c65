"""What is shipped beside the program speaks of the program as it is."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from bot.__main__ import COMMANDS
from bot.metrics import Metrics
from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"


def _queries(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [part["expr"]] if "expr" in part else [q for value in part.values() for q in _queries(value)]
    return [q for value in part for q in _queries(value)] if isinstance(part, list) else []


def test_every_series_of_the_dashboard_is_one_that_the_program_has() -> None:
    metrics = Metrics()
    had = {metric.name: metric.type for metric in metrics.registry.collect()}
    series = {f"{name}_total" if kind == "counter" else name for name, kind in had.items()}
    series |= {f"{name}_bucket" for name, kind in had.items() if kind == "histogram"}
    queries = _queries(json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8")))
    asked = {name for query in queries for name in re.findall(r"rolecall_\w+", query)}
    assert len(queries) > 10
    assert asked <= series


def test_every_metric_is_on_the_dashboard() -> None:
    text = (DEPLOY / "grafana.json").read_text(encoding="utf-8")
    missing = [m.name for m in Metrics().registry.collect() if m.name not in text]
    assert missing == ["rolecall_jobs_running"], (
        "that one is the share of a process; the store knows the whole"
    )


def test_the_probes_and_the_settings_of_the_manifests_are_the_programs_own() -> None:
    names = {field.alias for field in Settings.model_fields.values() if field.alias}
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]["bot"]["environment"]) <= names
    deployment, service = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    paths = {container[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}
    web = (ROOT / "bot" / "web.py").read_text(encoding="utf-8")
    assert all(f'"{path}"' in web for path in paths)
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]


def _is_sent(path: str) -> bool:
    """Whether `.dockerignore` leaves the path to the build: the last pattern decides that fits it or one of
    its folders. https://docs.docker.com/build/concepts/context/#dockerignore-files"""
    ways = [path, *map(str, Path(path).parents)][:-1]
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        if any(way.count("/") == pattern.count("/") and fnmatch(way, pattern) for way in ways):
            sent = line.startswith("!")
    return sent


def test_the_image_runs_serve_and_holds_every_package() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r'^CMD \["(\w+)"\]', text, re.MULTILINE)
    assert command in COMMANDS
    (usual,) = re.findall(r"^ARG REQUIREMENTS=(\S+)", text, re.MULTILINE)
    assert set(re.findall(r"^COPY (\S+requirements\.txt|requirements\.txt) \1$", text, re.MULTILINE)) == {
        usual,
        "deploy/requirements.txt",
    }
    assert usual == "requirements.txt"
    for package in ("bot", "handlers", "knowledge"):
        assert f"\nCOPY {package} {package}\n" in text
    copied = re.findall(r"^COPY ([^\s-]\S*) ", text, re.MULTILINE)
    assert len(copied) == 5
    assert [path for path in copied if not _is_sent(path)] == []
    assert re.search(r"^USER (?!0|root)\w+", text, re.MULTILINE)
