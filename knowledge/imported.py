"""From where a pipeline file takes a pipeline that is defined elsewhere.

`import:` names it as `REPOSITORY:BRANCH-OR-TAG:PIPELINE`, or as `PIPELINE@SOURCE` with the source under
`definitions`: https://support.atlassian.com/bitbucket-cloud/docs/share-pipelines-configurations/
"""

from __future__ import annotations

from knowledge.casefile import CaseFile, Run
from knowledge.late_pattern import late
from knowledge.pipelines.model import PipelineFile
from knowledge.pipelines.select import pipeline_of
from knowledge.quoting import file_of
from knowledge.reading import Known
from knowledge.words import code

_IMPORT = late(r"import[\"']?\s*:\s*[\"']?(?P<source>[^\s\"'#,}\]]+)")


def import_of(file: PipelineFile, run: Run | None) -> str | None:
    """What `import:` names for the pipeline that ran (`shared:main:deploy`), as it is written."""
    ran = pipeline_of(run.selector_type, run.selector_pattern) if run is not None else None
    places = [at for name, at in file.imports if name == ran]
    found = _IMPORT.search(file.line(places[0].line)) if len(places) == 1 else None
    return found["source"] if found else None


def imported_by_run(case: CaseFile) -> str | None:
    """The same of the case, whether or not the step's commands are known."""
    if case.listing is not None:
        return case.listing.imported
    file, run = file_of(case), case.run.value if isinstance(case.run, Known) else None
    return import_of(file, run) if file is not None else None


def shared_place(source: str) -> str:
    """The import in words, with the repository, the branch or tag, and the pipeline where it names them."""
    parts = source.split(":")
    if len(parts) != 3 or not all(parts):
        return f"{code(source)}, which the pipeline file imports"
    repository, reference, pipeline = (code(part) for part in parts)
    return (
        f"{code(source)}, which the pipeline file imports: the pipeline {pipeline} of the repository "
        f"{repository} at {reference}"
    )
