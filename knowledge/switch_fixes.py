"""The changes that give a step its token. Which of them hold is tried by `knowledge.trial`."""

from __future__ import annotations

from knowledge.casefile import CaseFile
from knowledge.finding import Disposition, Fix, Surface
from knowledge.location import Position
from knowledge.pipelines.edit import indent_step, remove_key, replace_span, set_step_key, users_of_body
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep, StrayOidc
from knowledge.pipelines.reading import changed
from knowledge.pipelines.select import same_step
from knowledge.quoting import file_of
from knowledge.switch_need import Grade, token_need
from knowledge.switch_places import scope
from knowledge.words import code, listed

DOCUMENTED = (
    "https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/"
)
VERIFY = (
    'Run the pipeline again; `test -n "$BITBUCKET_STEP_OIDC_TOKEN" && echo "there is a token"` in the step '
    "shows whether it has one."
)


def switched_on(case: CaseFile, step: PipelineStep) -> Fix:
    """`oidc: true` on the step itself, in place of whatever value the key has there."""
    file = file_of(case)
    after = set_step_key(file, step, "oidc", "true") if file else None
    return _fix(case, step, after, f"Set `oidc: true` on step {code(step.label)}")


def respelt(case: CaseFile, step: PipelineStep, stray: StrayOidc) -> Fix:
    """The key under its right name, with a value that counts."""
    file = file_of(case)
    after = replace_span(file, stray.at, stray.key, "oidc") if file else None
    if file is not None and not _counts(after, file, step):
        title = f"Write `oidc: true` for {code(stray.key)}, in step {code(step.label)} itself"
        return _fix(case, step, _moved(file, step, stray, [step]), title)
    return _fix(case, step, after, f"Write {code(stray.key)} as `oidc`", key_at=stray.at)


def moved(case: CaseFile, step: PipelineStep, stray: StrayOidc) -> Fix:
    """The key taken from where it does nothing, and put on the step, and on the other steps it was meant
    for and that show that they need a token."""
    file = file_of(case)
    if file is None:
        return _fix(case, step, None, f"Move `oidc: true` into step {code(step.label)}")
    wanted = [step]
    if stray.step_line is None:
        wanted += [
            other
            for other in scope(file, stray)
            if other.oidc.state is OidcState.ABSENT
            and other.body_at != step.body_at
            and other.child_pipeline is None
            and token_need(case, other).grade is Grade.VISIBLE
        ]
    after = _moved(file, step, stray, wanted)
    also = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
    return _fix(case, step, after, f"Move `oidc: true` into step {code(step.label)}{also}")


def moved_in(case: CaseFile, step: PipelineStep) -> Fix:
    """All keys of the step indented below `step:`."""
    file = file_of(case)
    after = indent_step(file, step) if file else None
    return Fix(
        title=f"Indent the keys of step {code(step.label)} below `step:`",
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after is not None else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=()
        if after is not None
        else (f"Line {step.at.line}: write the keys of the step below `step:`, indented further than it.",),
        verify="Run the pipeline again: its steps are listed.",
    )


def _fix(
    case: CaseFile, step: PipelineStep, after: str | None, title: str, key_at: Position | None = None
) -> Fix:
    """The fix; `key_at` is the place of the key that it changes, where that may be shared by a merge."""
    file = file_of(case)
    # Whom else it touches is only told of a change that is shown.
    users = users_of_body(file, step) if file and after not in (None, file.text) else ()
    if users and file is not None and key_at is not None:
        users = tuple(other for other in file.steps if any(at == key_at for _, at in other.keys))
    others = [other.label for other in users if (other.pipeline, other.index) != (step.pipeline, step.index)]
    steps: tuple[str, ...] = ()
    if after is None:
        there = step.oidc.key_at
        where = "beside `script:`" if there is None else f"in the place of `oidc` (line {there.line})"
        steps = (f"In step {code(step.label)} (line {step.at.line}), write `oidc: true` {where}.",)
    elif others:
        names = list(dict.fromkeys(code(label) for label in others))
        more = [f"{len(names) - 3} more"] if len(names) > 3 else []
        whose = listed([*names[:3], *more])
        steps = (f"The keys stand in an anchor that is also used by {whose}: each gets a token too.",)
    return Fix(
        title=title,
        surface=Surface.PIPELINE_FILE,
        disposition=Disposition.SAFE if after is not None and not others else Disposition.NEEDS_REVIEW,
        file_after=after,
        steps=steps,
        verify=VERIFY,
        url=DOCUMENTED,
    )


def _counts(after: str | None, file: PipelineFile, step: PipelineStep) -> bool:
    """Whether the step is on in the changed text."""
    if after is None:
        return False
    again = same_step(changed(file, after), step)
    return again is not None and again.oidc.state is OidcState.ON


def _moved(
    file: PipelineFile, step: PipelineStep, stray: StrayOidc, wanted: list[PipelineStep]
) -> str | None:
    """The text without the stray's line, and with the key on each of `wanted`."""
    # A key with lines of its own below it is left for a person to take out.
    whole = stray.value is not None and stray.value.tag in ("map", "list")
    after = file.text if whole else remove_key(file, stray.at)
    for target in wanted:
        now = changed(file, after) if after is not None else None
        again = same_step(now, target) if now is not None else None
        if now is None or again is None:
            return None
        if again.oidc.state is OidcState.ON:
            continue
        after = set_step_key(now, again, "oidc", "true")
    return after if after is not None and _counts(after, file, step) else None
