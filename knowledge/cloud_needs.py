"""Which variables a step's login at another cloud than AWS needs and does not see.

What a cloud's login needs is loaded with the first step that shows that cloud, so that files of AWS alone are
checked fast.
"""

from __future__ import annotations

from knowledge.casefile import CaseFile
from knowledge.once import once_per_case
from knowledge.pipelines.clouds import AZURE, GCP, cloud_of_name
from knowledge.pipelines.model import PipelineStep
from knowledge.variable_needs import Need


@once_per_case
def needs_of_other_clouds(case: CaseFile, step: PipelineStep) -> tuple[Need, ...]:
    """The needs of the clouds that the step shows, in the order of its script."""
    found: list[Need] = []
    if shows(step, AZURE) or any(symptom.provider == AZURE for symptom in case.symptoms):
        from knowledge.azure_needs import azure_needs

        found += azure_needs(case, step)
    if shows(step, GCP):
        from knowledge.gcp_needs import gcp_needs

        found += gcp_needs(case, step)
    return tuple(found)


def shows(step: PipelineStep, cloud: str) -> bool:
    """Whether anything in the step speaks of this cloud."""
    return (
        step.cloud == cloud
        or any(command.cloud == cloud for command in step.script.commands)
        or any(cloud_of_name(export.name) == cloud for export in step.script.exports)
        or any(cloud_of_name(name) == cloud for name in step.script.variables_used)
    )
