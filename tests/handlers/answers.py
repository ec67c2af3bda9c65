"""Answers as the investigator gives them, for rendering."""

from __future__ import annotations

from dataclasses import replace

from knowledge.answer import Answer, History, Kind, Source
from knowledge.finding import (
    Comparison,
    Diagnosis,
    Disposition,
    Evidence,
    Finding,
    Fix,
    Severity,
    StepRef,
    Surface,
    VariableEdit,
    Verdict,
)
from knowledge.location import InFile, InLog, InPaste, InPolicy, InVariables
from knowledge.reading import Unread
from knowledge.symptoms import Family, Reach, Symptom
from knowledge.target import Target
from knowledge.trust import ConditionResult, StatementResult

JOB = "T1-C1-1795400000.000100"
FILE = "https://bitbucket.org/acme/widget/src/3b4547d/bitbucket-pipelines.yml#lines-41"
RUN = "https://bitbucket.org/acme/widget/pipelines/results/42"
STEP = StepRef("branches/main", 2, "Deploy to prod", 41)
SUBJECT = "{1b1e4b4c-0f8e-4f7f-8a51-7ac3a4d2c111}:{9d9b7a3e-52a5-4b3c-9a57-0a4c2f9a7d22}"
SYMPTOM = Symptom(
    id="aws-sts-access-denied",
    provider="aws",
    family=Family.ROLE_REFUSED,
    reach=Reach.OIDC,
    span=(0, 10),
    fields={"role_arn": "arn:aws:iam::123456789012:role/deploy"},
)

SWITCH = Finding(
    cause="oidc-not-enabled",
    verdict=Verdict.CONFIRMED,
    headline="Step `Deploy to prod` has no `oidc: true`, so it gets no token.",
    meaning="Bitbucket makes a token only for a step that asks for it.",
    step=STEP,
    evidence=(
        Evidence(
            "The step on line 41 has no key `oidc`.",
            InFile("bitbucket-pipelines.yml", 41, 7, FILE),
            "- step:",
        ),
        Evidence(
            "Line 47 uses `$BITBUCKET_STEP_OIDC_TOKEN`.",
            InFile("bitbucket-pipelines.yml", 47, 11),
            'printf %s "$BITBUCKET_STEP_OIDC_TOKEN" > token',
            primary=False,
        ),
    ),
    fixes=(
        Fix(
            title="Set `oidc: true` on step `Deploy to prod`",
            surface=Surface.PIPELINE_FILE,
            disposition=Disposition.SAFE,
            diff=(
                "--- a/bitbucket-pipelines.yml\n+++ b/bitbucket-pipelines.yml\n@@ -41,3 +41,4 @@\n"
                "       - step:\n           name: Deploy to prod\n+          oidc: true\n           script:\n"
            ),
            verify="Run the pipeline again; the step then prints the role.",
            url="https://support.atlassian.com/bitbucket-cloud/docs/oidc/",
        ),
        Fix(
            title="Or take the token from another step",
            surface=Surface.RUN,
            steps=("Pipelines > Run pipeline: choose `deploy`.",),
        ),
    ),
)
TRUST = Finding(
    cause="trust-subject-mismatch",
    verdict=Verdict.LIKELY,
    headline="The trust policy of `deploy` lets in another repository than this one.",
    evidence=(
        Evidence(
            "Statement 1 compares the subject.",
            InPolicy(
                "arn:aws:iam::123456789012:role/deploy",
                0,
                "StringLike",
                "sub",
                "https://console.aws.amazon.com/iam/",
            ),
            '"StringLike"',
            comparison=Comparison("sub", SUBJECT, SUBJECT.replace("9d9b7a3e", "9d9b7a3f"), 48),
        ),
    ),
    fixes=(
        Fix(
            title="Let this repository in",
            surface=Surface.ROLE_TRUST,
            policy_after={"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]},
            commands=(
                "aws iam update-assume-role-policy --role-name deploy --policy-document file://trust.json",
            ),
        ),
    ),
)
VARIABLE = Finding(
    cause="aws-role-arn-missing",
    verdict=Verdict.POSSIBLE,
    headline="`AWS_ROLE_ARN` is set at no level.",
    evidence=(
        Evidence(
            "`AWS_ROLE_ARN` is set for `Staging`.",
            InVariables("deployment", "AWS_ROLE_ARN", "Staging"),
            "AWS_ROLE_ARN",
            primary=False,
        ),
        Evidence("The log says so.", InLog("Deploy", 120), "no role given\nbye", primary=False),
    ),
    fixes=(
        Fix(
            title="Add `AWS_ROLE_ARN`",
            surface=Surface.VARIABLES,
            variables=(VariableEdit("repository", "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x"),),
            steps=("Repository settings > Pipelines > Repository variables: add it.", "Leave it unsecured."),
        ),
    ),
)
ADVICE = replace(
    VARIABLE, cause="trust-too-wide", severity=Severity.ADVICE, headline="The policy lets in everybody."
)
UNREAD = (
    Unread("workspace variables", "the token lacks the scope `pipeline`", "give it that scope"),
    Unread("the role's trust policy", "AWS did not answer in time.", "ask again."),
)

DIAGNOSIS = Answer(
    kind=Kind.DIAGNOSIS,
    target=Target(workspace="acme", repository="widget", build_number=42),
    symptoms=(SYMPTOM,),
    diagnosis=Diagnosis(
        findings=(SWITCH, TRUST, ADVICE),
        ruled_out=(replace(VARIABLE, verdict=Verdict.RULED_OUT),),
        unread=UNREAD,
        checked=("`AWS_ROLE_ARN` is set on line 44", "the role's trust policy lets this step in"),
    ),
    run_line="run #42 of `acme/widget`, the newest failed run",
    run_url=RUN,
    sources=(
        Source("bitbucket-pipelines.yml at 3b4547d", FILE),
        Source("workspace variables of acme", age=250.0),
    ),
)
ANSWERS: dict[str, Answer] = {
    "diagnosis": DIAGNOSIS,
    "again": replace(
        DIAGNOSIS,
        history=History(
            "The second time since Monday: `oidc-not-enabled` in `acme/widget`.",
            "https://acme.slack.com/archives/C1/p1795300000000100",
            same=True,
        ),
    ),
    "likely": replace(DIAGNOSIS, diagnosis=Diagnosis(findings=(TRUST,))),
    "possible": replace(DIAGNOSIS, diagnosis=Diagnosis(findings=(VARIABLE,), unread=UNREAD)),
    "nothing-found": replace(
        DIAGNOSIS, diagnosis=Diagnosis(unread=UNREAD, checked=("`oidc: true` on the step",))
    ),
    "undecided": replace(
        DIAGNOSIS,
        diagnosis=Diagnosis(
            findings=(
                replace(VARIABLE, verdict=Verdict.UNDETERMINED, headline="Whether it exists is not known."),
                ADVICE,
            ),
            unread=UNREAD,
        ),
    ),
    "question-with-a-hint": Answer(
        kind=Kind.QUESTION,
        target=Target(),
        symptoms=(SYMPTOM,),
        diagnosis=Diagnosis(findings=(VARIABLE, replace(VARIABLE, verdict=Verdict.UNDETERMINED))),
        note="The text shows that no role was named. Which repository is it?",
    ),
    "question": Answer(
        kind=Kind.QUESTION,
        target=Target(),
        symptoms=(SYMPTOM,),
        note="The text shows that the role said no. Which repository is it? A link to the run says it all.",
    ),
    "bare-question": Answer(kind=Kind.QUESTION, target=Target(), symptoms=(SYMPTOM,)),
    "refusal": Answer(
        kind=Kind.REFUSAL, target=Target(), note="I may not speak about this (`BITBUCKET_WORKSPACES`)."
    ),
    "apology": Answer(
        kind=Kind.APOLOGY, target=Target(), note="Something broke. It is found under `ab12cd34`."
    ),
}


def hostile(text: str) -> Answer:
    """A diagnosis in which everything that can come from outside is `text`."""
    finding = replace(
        SWITCH,
        headline=f"Step {text} has no token.",
        meaning=text,
        evidence=(
            Evidence(
                text,
                InFile(text, 41, 7, f"https://bitbucket.org/{text}"),
                text,
                comparison=Comparison(text, text, text, 0),
            ),
            Evidence(text, InPaste(0, 1), text, primary=False),
            Evidence(text, InVariables("deployment", text, text, text), text, primary=False),
        ),
        fixes=(
            Fix(
                title=text,
                surface=Surface.PIPELINE_FILE,
                diff=text,
                policy_after={text: text},
                commands=(text,),
                steps=(text, text),
                verify=text,
                url=text,
                variables=(VariableEdit("repository", text, text),),
            ),
            Fix(title=text, surface=Surface.RUN, steps=(text,), url=text),
        ),
    )
    return Answer(
        kind=Kind.DIAGNOSIS,
        target=Target(),
        symptoms=(replace(SYMPTOM, fields={"role_arn": text}),),
        diagnosis=Diagnosis(
            findings=(
                finding,
                replace(finding, verdict=Verdict.LIKELY),
                replace(finding, verdict=Verdict.POSSIBLE),
            ),
            ruled_out=(finding,),
            unread=(Unread(text, text, text),),
            checked=(text, text),
        ),
        run_line=text,
        run_url=text,
        note=text,
        sources=(Source(text, text), Source(text)),
        asks_for_policy=True,
        history=History(text, text),
        statements=(
            StatementResult(
                index=0,
                sid=text,
                effect="Allow",
                applies=False,
                why="condition",
                conditions=(
                    ConditionResult(
                        text, text, (text, text), (text,), matches=False, reason="different-value"
                    ),
                    ConditionResult(text, text, (), (), matches=None, reason="unknown"),
                ),
                principal_fits=True,
                action_fits=True,
            ),
        ),
    )
