"""Case files from files alone, for the commands that ask nobody: no Slack, no cloud, no database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from bot.offline_files import (
    PIPELINE_FILE,
    STDIN,
    InputProblem,
    called,
    only_one_stdin,
    read_bytes,
    read_paste,
    read_text,
)
from bot.offline_google import with_google
from bot.offline_policy import other_issuer, read_claims, read_role
from bot.offline_variables import with_variables
from knowledge.answer import Answer, Kind
from knowledge.casefile import CaseFile, Role
from knowledge.engine import diagnose
from knowledge.finding import Diagnosis, Verdict
from knowledge.frozen import dataclass
from knowledge.leaks import warning
from knowledge.pipelines import parse
from knowledge.reading import Known, Unread
from knowledge.roles import asked_in_place_of, named_beside, role_choice
from knowledge.suspects import NoSuchStep, choose_suspects
from knowledge.symptoms import recognise
from knowledge.target_text import find_target
from knowledge.words import code

_REPOSITORY = Unread(
    "the repository's identity",
    "offline nobody is asked for it",
    "pass the token's claims with --claims FILE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a person handed over: names of files, `-` for standard input, None for what was not given."""

    paste: str | None = None
    pipeline_file: str | None = None
    step: str | None = None
    variables: str | None = None
    trust_policy: str | None = None
    claims: str | None = None
    provider_config: str | None = None
    service_account_policy: str | None = None


def read_case(given: Given) -> CaseFile:
    """All that was handed over, read.

    Raises:
        InputProblem: something cannot be used; the message is one line that says what to do.
    """
    _check(given)
    case = CaseFile(repository=_REPOSITORY)
    if given.paste is not None:
        case = _with_paste(
            case, given.paste, alone=given.pipeline_file is None and given.trust_policy is None
        )
    if given.variables is not None:
        case = with_variables(case, read_text(given.variables), called(given.variables))
    if given.claims is not None:
        claims, context = read_claims(read_text(given.claims), called(given.claims))
        issuer = other_issuer(claims)
        if issuer is not None:
            raise InputProblem(
                f"{called(given.claims)}: these are not the claims of a Bitbucket step, their `iss` is "
                f"{issuer[:200]!r}; give those of the step's own token"
            )
        case = replace(case, claims=claims, claims_pasted=False, request_context=context)
    if given.pipeline_file is not None:
        case = _with_file(case, given.pipeline_file, given.step)
    if given.trust_policy is not None:
        case = _with_role(case, read_role(read_text(given.trust_policy), called(given.trust_policy)))
    return with_google(case, given.provider_config, given.service_account_policy)


def _check(given: Given) -> None:
    google = (given.provider_config, given.service_account_policy)
    files = (given.paste, given.pipeline_file, given.variables, given.trust_policy, given.claims, *google)
    only_one_stdin(files)
    if given.paste is None and given.pipeline_file is None and given.trust_policy is None and not any(google):
        raise InputProblem(
            "nothing to diagnose: give --paste FILE, --pipeline-file FILE or --trust-policy FILE"
        )
    if given.step is not None and given.pipeline_file is None:
        raise InputProblem("--step names a step of the pipeline file: give --pipeline-file FILE too")


def _with_paste(case: CaseFile, name: str, *, alone: bool) -> CaseFile:
    pasted, _ = read_paste(name)
    text = pasted.text
    if alone and not text.strip():
        raise InputProblem(f"{called(name)} is empty: put the error's text into it, with the lines around it")
    return replace(
        case,
        paste=text,
        symptoms=recognise(text),
        target=find_target(text),
        claims=pasted.claims,
        claims_pasted=pasted.claims is not None,
        redactions=pasted.redactions,
    )


def _with_file(case: CaseFile, name: str, wanted: str | None) -> CaseFile:
    # In the repository the file stands at the root, wherever this copy of it was put.
    file = parse(read_bytes(name), PIPELINE_FILE if name == STDIN else PurePath(name).name)
    case = replace(case, pipeline_file=Known(file, called(name)))
    if any(problem.fatal for problem in file.problems):
        return case
    try:
        return replace(case, suspects=choose_suspects(file, case.symptoms, wanted=wanted))
    except NoSuchStep as error:
        raise InputProblem(str(error)) from None


def _with_role(case: CaseFile, role: Role) -> CaseFile:
    asked = asked_in_place_of(case, role)
    if asked is not None:
        other = Unread(
            "the role's trust policy",
            f"what was read is of the role {code(role.arn)}, and {code(asked.arn)} is asked for",
            f"pass what `aws iam get-role --role-name {asked.name}` prints in the account {asked.account}",
        )
        return replace(case, role=other, role_arn=(asked.arn or "").strip())
    arn = role.arn or _role_arn(case)
    return replace(
        case, role=Known(replace(role, arn=arn), "the trust policy that was given"), role_arn=arn or None
    )


def _role_arn(case: CaseFile) -> str:
    """The role that a bare policy belongs to: the pasted text's, or the one that all suspects assume. Where
    the two differ it may be either's."""
    pasted = case.field("role_arn")
    if pasted:
        differ = any(named_beside(case, suspect) for suspect in case.suspects)
        return "" if differ else pasted
    choices = [role_choice(case, suspect.step) for suspect in case.suspects]
    arns = {choice.arn.strip() for choice in choices if choice is not None and choice.account and choice.arn}
    return arns.pop() if len(arns) == 1 else ""


def explain(case: CaseFile) -> Answer:
    """The answer to the case, as it would be given in a thread."""
    return Answer(
        kind=Kind.DIAGNOSIS,
        target=case.target,
        symptoms=case.symptoms,
        diagnosis=diagnose(case),
        paste=case.paste,
        warning=warning(case.redactions, case.claims if case.claims_pasted else None),
    )


def is_wrong(diagnosis: Diagnosis) -> bool:
    """Whether anything was found, confirmed or likely; advice too, which is a finding like the others."""
    return any(finding.verdict in (Verdict.CONFIRMED, Verdict.LIKELY) for finding in diagnosis.findings)
