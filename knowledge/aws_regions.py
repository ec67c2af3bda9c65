"""Where a step's AWS tools find their region.

AWS CLI and boto3: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html
All SDKs: https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from knowledge.aws_login import REGIONS, login_of
from knowledge.casefile import CaseFile, Suspect
from knowledge.frozen import dataclass
from knowledge.late_pattern import late
from knowledge.location import Location, Position
from knowledge.pipelines.model import PipelineStep
from knowledge.quoting import in_file
from knowledge.script_order import rank
from knowledge.variables import Lookup, expand, look_up, where
from knowledge.words import code

#: Tools that read only one of the two names. Version 2 of the AWS CLI and Terraform read both.
_READS: Mapping[str, str] = {
    "boto3": "AWS_DEFAULT_REGION",
    "botocore": "AWS_DEFAULT_REGION",
    "python": "AWS_DEFAULT_REGION",
    "sam": "AWS_DEFAULT_REGION",
    "aws-cli-v1": "AWS_DEFAULT_REGION",
    "serverless": "AWS_REGION",
    "sls": "AWS_REGION",
    "js": "AWS_REGION",
    "javascript": "AWS_REGION",
    "node": "AWS_REGION",
    "java": "AWS_REGION",
}
#: Texts of one tool. Version 2 of the AWS CLI prints the words of boto3 without this class's name.
_BY_TEXT = (
    (re.compile(r"\bNoRegionError\b|Error Setting Up Managed Stack Client"), "AWS_DEFAULT_REGION"),
    (re.compile(r"Error: Region is missing|Missing region in config"), "AWS_REGION"),
    (re.compile(r"Unable to (?:load region from any|find a region via the region) "), "AWS_REGION"),
)
_CONFIGURED = late(r"aws\s+configure\s+set\s+(?:[\w.-]+\.)?region\s+\S|(?:^|[\s\"'\\n])region\s*=\s*\S")
_CLI_V1 = late(r"\bpip3?\s+install\b[^;&|\n]*\bawscli\b")


def name_by_text(case: CaseFile) -> str | None:
    """The one variable that the tool reads whose text was pasted; None when that is not known, or both."""
    for pattern, name in _BY_TEXT:
        if pattern.search(case.paste):
            return name
    for symptom in case.symptoms:
        tool = symptom.fields.get("tool", "").casefold()
        for known, name in _READS.items():
            if tool == known or tool.startswith((f"{known} ", f"{known}-")):
                return name
    return None


def only_name(case: CaseFile, step: PipelineStep) -> str | None:
    """The one variable from which the failing tool takes its region, by the text, else by the script; None
    when it reads both, or when the tool is not known."""
    told, login = name_by_text(case), login_of(case, step)
    if told is not None or login is None:
        return told
    if login.program == "aws" and any(_CLI_V1.search(text) for text, _ in step.script_text):
        return "AWS_DEFAULT_REGION"
    # A program of the repository is named with its file: `python deploy.py`.
    return _READS.get(re.split(r"[\d. ]", login.program, maxsplit=1)[0])


def region_lookups(case: CaseFile, step: PipelineStep, at: Position | None) -> tuple[Lookup, ...]:
    """Both names, as they are when the command at `at` runs."""
    return tuple(look_up(case, step, name, at) for name in REGIONS)


def region_in_script(step: PipelineStep, at: Position) -> bool:
    """Whether the region is given otherwise: as an option of that command, or in a profile."""
    for command in step.script.commands:
        if command.at == at and any(name == "--region" for name, _ in command.arguments):
            return True
    return any(
        _CONFIGURED.search(text) and rank(step, place) < rank(step, at) for text, place in step.script_text
    )


@dataclass(frozen=True, slots=True)
class RegionPlace:
    """A place that gives a command of the step its region: `words` complete "it is given ...", `text` is what
    stands there, `at` the place in the file, None for a stored variable."""

    value: str | None
    words: str
    text: str
    location: Location
    at: Position | None


def region_places(case: CaseFile, suspect: Suspect | None) -> tuple[RegionPlace, ...]:
    """Where the step's regions come from: options of its commands first, then the variables."""
    if suspect is None:
        return ()
    step = suspect.step
    found: list[RegionPlace] = []
    for command in step.script.commands:
        written = dict(command.arguments).get("--region") if command.cloud == "aws" else None
        if written is not None:
            value = expand(case, step, written.strip("\"'"), command.at).value
            place = in_file(case, command.at)
            found.append(RegionPlace(value, f"on line {command.at.line}", command.text, place, command.at))
    for name in REGIONS:
        winner = look_up(case, step, name).winner
        if winner is not None:
            text = winner.text if winner.at else winner.name
            words = f"as {code(name)} {where(winner)}"
            found.append(RegionPlace(winner.value, words, text, winner.location, winner.at))
    return tuple(found)
