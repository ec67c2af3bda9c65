"""What a pipeline declares about its start."""

from __future__ import annotations

from knowledge.frozen import dataclass
from knowledge.location import Position


@dataclass(frozen=True, slots=True)
class CustomVariable:
    """A variable that a custom pipeline asks for when it is started.

    `pipeline` as in `PipelineStep`; `default` is what the run gets when nobody enters a value, None when
    the file declares none. `at` is where the name stands.
    https://support.atlassian.com/bitbucket-cloud/docs/pipeline-start-conditions/
    """

    pipeline: str
    name: str
    default: str | None
    at: Position
