"""What several rules ask of one case is worked out once, and kept with that very case."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from knowledge.casefile import CaseFile, Suspect
from knowledge.pipelines.model import PipelineStep

About = TypeVar("About", bound=PipelineStep | Suspect | None)
P = ParamSpec("P")
T = TypeVar("T")


def once_per_case(
    work: Callable[Concatenate[CaseFile, About, P], T],
) -> Callable[Concatenate[CaseFile, About, P], T]:
    """For pure functions of a case, a step or suspect of it, and hashable values given by position.

    A changed copy of the case (`dataclasses.replace`) begins with nothing kept.
    """

    def kept(case: CaseFile, about: About, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if kwargs:
            return work(case, about, *args, **kwargs)
        # By identity: comparing whole steps would cost more than is saved. The step is kept beside the
        # result, so that no other object can come to have its id.
        key: tuple[Hashable, ...] = (work, id(about), *args)
        known = case.worked_out.get(key)
        if known is None:
            known = case.worked_out[key] = (about, work(case, about, *args, **kwargs))
        result: T = known[1]
        return result

    update_wrapper(kept, work)
    return kept
