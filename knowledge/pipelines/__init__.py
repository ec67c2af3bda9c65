"""Pipeline files: read as Bitbucket reads them, with the place of everything; and changed with care.

`model` is what a reader gets, `edit` what a fix changes; the rest is how the one is made of a text.
"""

from knowledge.pipelines.reading import parse
from knowledge.pipelines.select import block_of, find_named, find_run_step

__all__ = ["block_of", "find_named", "find_run_step", "parse"]
