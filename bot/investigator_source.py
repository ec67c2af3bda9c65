"""Where a run's definition comes from, as Bitbucket lists it: the file at the root, another, or elsewhere.

A run may name another file of the repository, import a pipeline of another repository, or have its
definition made while it starts: https://support.atlassian.com/bitbucket-cloud/docs/share-pipelines-configurations/
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bot.ports import RepositoryName
from knowledge.casefile import Repository
from knowledge.pipelines import parse
from knowledge.pipelines.model import PipelineFile
from knowledge.reading import Known
from knowledge.words import code

FILE = "bitbucket-pipelines.yml"

_IN_REPOSITORY = re.compile(
    r"(?:/2\.0/repositories)?/(?P<workspace>[^/]+)/(?P<slug>[^/]+)/(?:src|raw)/[^/]+/(?P<path>.+)\Z"
)
_PATH = re.compile(r"(?!.*\.\.)[\w][\w./@+ -]{0,200}\.ya?ml\Z")


@dataclass(frozen=True, slots=True)
class Definition:
    """`path` is the file of the repository that the run was made of; `partly` says that more went into it,
    or that this is not known for certain: then what the file lacks may stand elsewhere."""

    path: str = FILE
    partly: bool = False

    @property
    def words(self) -> str:
        """For the line about the run; empty for the file at the root alone."""
        parts = [f"its definition is {code(self.path)}"] if self.path != FILE else []
        if self.partly:
            parts.append(
                f"Bitbucket lists more sources of its definition than {code(self.path)}, which were not read"
            )
        return "; ".join(parts)


def definition_of(sources: Sequence[str], name: RepositoryName, repository: Repository | None) -> Definition:
    """What the `configuration_sources` of a run say. What they are is documented no further than that they
    are addresses, so whatever is not this repository's file is only said to be there."""
    paths = [_path(source, name, repository) for source in sources if source]
    own = list(dict.fromkeys(path for path in paths if path is not None))
    if not own:
        return Definition(partly=bool(paths))
    path = next((one for one in own if one != FILE), FILE) if len(own) == 1 else FILE
    return Definition(path, partly=len(own) > 1 or None in paths)


def parsed(raw: Known[bytes], path: str) -> Known[PipelineFile]:
    """The file, parsed; what stands in the way of running it is among its problems."""
    return Known(parse(raw.value, path), raw.source, raw.url, raw.read_at)


def _path(source: str, name: RepositoryName, repository: Repository | None) -> str | None:
    """The path of a file of this repository; None for anything else."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return None
    path = unquote(parts.path)
    if parts.scheme or parts.netloc:
        found = _IN_REPOSITORY.match(path)
        if found is None or not _is_ours(found["workspace"], found["slug"], name, repository):
            return None
        path = found["path"]
    return path if _PATH.match(path) else None


def _is_ours(workspace: str, slug: str, name: RepositoryName, repository: Repository | None) -> bool:
    workspaces, slugs = {name.workspace}, {name.slug}
    if repository is not None:
        workspaces |= {repository.workspace_slug, repository.workspace_uuid}
        slugs |= {repository.slug, repository.uuid}
    return workspace.lower() in workspaces and slug.lower() in slugs
