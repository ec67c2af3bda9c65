"""Why a step gets no token: which one of the slips with `oidc` it is, and how sure that is.

Only one of the causes `oidc-*` speaks for a step: the most special one. All of them ask here.
"""

from __future__ import annotations

from enum import StrEnum

from knowledge.casefile import CaseFile, Suspect
from knowledge.finding import Evidence, Verdict
from knowledge.frozen import dataclass
from knowledge.once import once_per_case
from knowledge.pipelines.model import OidcState, PipelineFile, PipelineStep, StrayOidc
from knowledge.quoting import file_of, quoted
from knowledge.switch_need import Grade, TokenNeed, token_need
from knowledge.switch_places import child_parents, strays_for, switch_beside, switched_on_in
from knowledge.symptoms.model import TOKEN_REACHED, Family, Reach

_OPTIONS = "`options`, where only a mapping with `audiences` is documented"
#: Some login worked.
_PAST = frozenset({Family.AFTER_ASSUME, Family.CALL_REFUSED, Family.SESSION_EXPIRED, Family.UNAVAILABLE})


class Slip(StrEnum):
    """The slips, the most special first."""

    MISSPELT = "misspelt"
    WRONG_VALUE = "wrong-value"
    MISPLACED = "misplaced"
    OTHER_STEP = "other-step"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class SwitchFault:
    """What is wrong with the step's switch. `stray` is the key meant for it; `other` the step of the same
    pipeline that has one, or the parent of a child pipeline."""

    slip: Slip
    verdict: Verdict
    need: TokenNeed
    stray: StrayOidc | None = None
    other: PipelineStep | None = None


@once_per_case
def switch_fault(case: CaseFile, suspect: Suspect) -> SwitchFault | None:
    """The fault of the suspect's switch; None when it is on, or nothing shows that it ought to be."""
    file, step = file_of(case), suspect.step
    if file is None or step.oidc.state is OidcState.ON or step.child_pipeline is not None:
        return None
    if switch_beside(file, step):
        # It goes where the other keys go: `misindented-step` speaks.
        return None
    need = token_need(case, step)
    slip, stray, other = _slip(file, step)
    if slip in (Slip.ABSENT, Slip.OTHER_STEP) and _had_a_token(case, step):
        return None
    verdict = _verdict(case, suspect, file, need, slip)
    return SwitchFault(slip, verdict, need, stray, other) if verdict is not None else None


def _slip(file: PipelineFile, step: PipelineStep) -> tuple[Slip, StrayOidc | None, PipelineStep | None]:
    strays = strays_for(file, step)
    misspelt = next((stray for stray in strays if stray.misspelt), None)
    if misspelt is not None:
        return Slip.MISSPELT, misspelt, None
    if step.oidc.state is not OidcState.ABSENT:
        return Slip.WRONG_VALUE, None, None
    if strays:
        return Slip.MISPLACED, strays[0], None
    options = file.options_oidc
    if options.state is OidcState.WRONG_VALUE and options.key_at is not None:
        stray = StrayOidc("oidc", options.key_at, options.value, _OPTIONS, step_line=None, misspelt=False)
        return Slip.MISPLACED, stray, None
    for parent in child_parents(file, step):
        return Slip.MISPLACED, None, parent
    for other in switched_on_in(file, step.pipeline):
        if other.index != step.index:
            return Slip.OTHER_STEP, None, other
    return Slip.ABSENT, None, None


def _verdict(
    case: CaseFile, suspect: Suspect, file: PipelineFile, need: TokenNeed, slip: Slip
) -> Verdict | None:
    families = case.families
    if slip in (Slip.MISSPELT, Slip.MISPLACED):
        verdict = _meant(case, need)
        if file.options_oidc.state is OidcState.WRONG_VALUE and Family.TOKEN_EMPTY not in families:
            # What Bitbucket makes of other values there is not documented.
            verdict = Verdict.LIKELY
    elif slip is Slip.WRONG_VALUE:
        verdict = _odd_value(case, suspect.step, need)
    elif need.grade is Grade.VISIBLE:
        verdict = Verdict.LIKELY if _reached(case) else Verdict.CONFIRMED
    else:
        verdict = _unseen_need(case, need, elsewhere=slip is Slip.OTHER_STEP)
    if verdict is None or not file.options_may_switch_on:
        return verdict
    # Whether `options` alone gives a step its token is not documented.
    if Family.TOKEN_EMPTY in families:
        return Verdict.LIKELY
    return Verdict.POSSIBLE if families else None


def _had_a_token(case: CaseFile, step: PipelineStep) -> bool:
    """Whether the text is all about calls of the role that was assumed by the token: the key that the file
    lacks is not what stopped this run."""
    if not case.families or not case.families <= {Family.AFTER_ASSUME, Family.CALL_REFUSED}:
        return False
    # Only texts of AWS name a role; the file alone needs none of it.
    from knowledge.aws_other_role import logged_in_by_token

    return logged_in_by_token(case, step)


def _reached(case: CaseFile) -> bool:
    """The role, the provider or the token's claims lead then; a fault of the file is told all the same: the
    text may be an older run's, or another web identity stood in."""
    return bool(case.families & TOKEN_REACHED) and Family.TOKEN_EMPTY not in case.families


def _meant(case: CaseFile, need: TokenNeed) -> Verdict | None:
    """The key is there, so a token was meant, and there is none."""
    if _reached(case):
        return Verdict.LIKELY if need.grade > Grade.NONE else Verdict.POSSIBLE
    return Verdict.CONFIRMED


def _odd_value(case: CaseFile, step: PipelineStep, need: TokenNeed) -> Verdict | None:
    """What Bitbucket makes of `"true"`, `1` or nothing is not documented; `false` is off for certain."""
    if step.oidc.state is OidcState.OFF:
        if need.grade is Grade.VISIBLE:
            return Verdict.LIKELY if _reached(case) else Verdict.CONFIRMED
        return _unseen_need(case, need, elsewhere=False)
    if Family.TOKEN_EMPTY in case.families:
        # No token came, so the value did not count.
        return Verdict.LIKELY if step.oidc.state is OidcState.UNCERTAIN else Verdict.CONFIRMED
    if step.oidc.state is OidcState.UNCERTAIN:
        return Verdict.POSSIBLE
    return Verdict.LIKELY


def _unseen_need(case: CaseFile, need: TokenNeed, *, elsewhere: bool) -> Verdict | None:
    """A step that does not show that it needs a token: the text must say so; likely at most."""
    families = case.families
    if not families:
        return Verdict.LIKELY if need.grade is Grade.IMPLIED and not need.forgiving else None
    if families <= _PAST or need.grade is Grade.NONE:
        return None
    if Family.TOKEN_EMPTY in families:
        return Verdict.LIKELY
    about_oidc = any(symptom.reach is Reach.OIDC for symptom in case.symptoms)
    if need.grade is Grade.HIDDEN:
        if about_oidc and not _reached(case):
            return Verdict.LIKELY
        return Verdict.POSSIBLE if about_oidc or elsewhere else None
    if need.grade is Grade.IMPLIED or about_oidc:
        return Verdict.LIKELY
    if Family.NO_CREDENTIALS in families:
        return Verdict.LIKELY if elsewhere else Verdict.POSSIBLE
    return Verdict.POSSIBLE if elsewhere else None


def need_evidence(case: CaseFile, need: TokenNeed) -> tuple[Evidence, ...]:
    """The line that shows the need, where one does."""
    return (quoted(case, need.at, need.sentence, primary=False),) if need.at is not None else ()


def why(case: CaseFile) -> str:
    """Why no token gives this error, and what the text says about that."""
    sentence = (
        "Bitbucket makes a token only for a step that asks for it with `oidc`, and for that step alone."
    )
    if _reached(case):
        return (
            f"{sentence} The text says that a token reached the service; it may come from another run, "
            "another step or a file that was left behind."
        )
    return f"{sentence} Without it `$BITBUCKET_STEP_OIDC_TOKEN` does not exist there."
