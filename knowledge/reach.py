"""Variables that a step needs and that are set where it cannot see them."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.casefile import CaseFile
from knowledge.cloud_needs import needs_of_other_clouds
from knowledge.pipelines.model import PipelineStep
from knowledge.symptoms.model import Family
from knowledge.variable_needs import Need, needs, region_needs
from knowledge.variables import OutOfReach


def needed_out_of_reach(
    case: CaseFile, step: PipelineStep, kind: str
) -> Iterator[tuple[Need, tuple[OutOfReach, ...]]]:
    """Each name that the step needs and lacks, with the settings of this kind that it cannot see."""
    wanted = [*needs(case, step), *needs_of_other_clouds(case, step)]
    if Family.REGION_MISSING in case.families:
        wanted += region_needs(case, step)
    seen: set[str] = set()
    for need in wanted:
        there = need.lookup.beyond(kind)
        if there and not need.lookup.settings and need.name not in seen:
            seen.add(need.name)
            yield need, there
