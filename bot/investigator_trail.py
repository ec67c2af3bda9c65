"""Looks the refused login up in CloudTrail, where the role's own policy leaves open why it was refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.investigator_notes import Notes, known, read, waiting
from bot.ports import Aws
from knowledge.answer import LoginRecord
from knowledge.aws_readings import LoginEvent
from knowledge.aws_region_names import KNOWN, partition_of
from knowledge.casefile import CaseFile
from knowledge.finding import Diagnosis
from knowledge.reading import Absent, Known, Reading, Unread
from knowledge.roles import ROLE_ARN
from knowledge.symptoms.model import Family
from knowledge.trust_case import judge
from knowledge.variables import look_up

_SOURCE = "CloudTrail's record of the login"
_GLOBAL = "us-east-1"
"""Where the records of the global endpoint of STS lie."""
_ENDPOINT = re.compile(r"\bsts\.(?P<region>[a-z0-9-]{8,20})\.amazonaws\.com")
_REFUSED = "AccessDenied"
_OPEN = "refused-above-the-role"
"""The cause whose finding names CloudTrail's missing record."""
_BACK = timedelta(days=1)


async def look_up_login(aws: Aws, notes: Notes) -> None:
    """Fill the notes' `login_event`, with one or two calls; nothing is asked where the policy itself already
    says why, or where no record could be told from another's."""
    case = notes.case()
    arn = notes.role_arn
    if arn is None or Family.ROLE_REFUSED not in case.families or not _in_doubt(case):
        return
    if case.field("request_id") is None and notes.run_step is None:
        return
    since = _since(notes)
    regions = _regions(case, arn)
    if not regions:
        return
    notes.login_event = waiting(_SOURCE)
    found = await asyncio.gather(
        *(read(_SOURCE, partial(aws.logins, arn, region, since)) for region in regions)
    )
    notes.login_event = _matching(found, notes, ", ".join(regions))


def login_record(notes: Notes, diagnosis: Diagnosis) -> LoginRecord:
    """Whether the record was found, or may still come and change the diagnosis, which then says so."""
    if isinstance(notes.login_event, Known):
        return LoginRecord.FOUND
    open_why = any(finding.cause == _OPEN for finding in diagnosis.findings)
    awaited = isinstance(notes.login_event, Absent) and open_why
    return LoginRecord.AWAITED if awaited else LoginRecord.NOT_ASKED


def _in_doubt(case: CaseFile) -> bool:
    """Whether the trust policy was read and does not refuse by itself what the step presents."""
    if not isinstance(case.role, Known):
        return False
    for suspect in case.suspects or (None,):
        judged = judge(case, suspect)
        if judged is not None and not (judged.known and judged.result.decision == "denied"):
            return True
    return False


def _since(notes: Notes) -> datetime | None:
    run = known(notes.run)
    if run is not None and run.created_on is not None:
        return run.created_on
    asked = notes.question.asked_at
    return asked - _BACK if asked is not None else None


def _regions(case: CaseFile, arn: str) -> tuple[str, ...]:
    """The region of the endpoint that the text names, else those of the step's variables; then the one of the
    global endpoint, which only the largest partition has."""
    named = [found["region"] for found in _ENDPOINT.finditer(case.paste)][:1]
    if not named:
        values = (
            look_up(case, suspect.step, name).winner
            for suspect in case.suspects
            for name in ("AWS_REGION", "AWS_DEFAULT_REGION")
        )
        named = [winner.value for winner in values if winner is not None and winner.value][:1]
    found = ROLE_ARN.fullmatch(arn)
    partition = found["partition"] if found is not None else None
    # A text that is no region of AWS's is asked for nowhere.
    regions = [one for one in (*named, _GLOBAL) if one in KNOWN and partition_of(one) == partition]
    return tuple(dict.fromkeys(regions))


def _matching(
    found: Iterable[Reading[tuple[LoginEvent, ...]]], notes: Notes, where: str
) -> Reading[LoginEvent]:
    """The record of this very login: of the same request, or of the step's own token."""
    readings = list(found)
    events = [event for reading in readings for event in known(reading) or ()]
    request = next((s.fields["request_id"] for s in notes.symptoms if "request_id" in s.fields), None)
    step = notes.run_step.uuid.lower() if notes.run_step is not None else None
    for event in events:
        if request is not None and event.request_id == request:
            return Known(replace(event, matched="its request id is that of the text"), _SOURCE)
    for event in sorted(events, key=lambda one: one.at, reverse=True):
        if event.error_code == _REFUSED and step and event.subject.lower().endswith(f":{step}"):
            return Known(replace(event, matched="its subject names this step of this run"), _SOURCE)
    unread = next((reading for reading in readings if isinstance(reading, Unread)), None)
    return unread or Absent(f"{_SOURCE} in {where}; records come some minutes late")
