"""`aws-region-unknown`, `aws-region-disabled`, `aws-partition-mismatch`: what is wrong with a region."""

from __future__ import annotations

import pytest

from knowledge.aws_region_names import KNOWN, meant_by, partition_of, well_formed
from knowledge.casefile import CaseFile
from knowledge.finding import Verdict
from knowledge.redact import redact
from knowledge.rules import aws_partition_mismatch, aws_region_disabled, aws_region_unknown
from knowledge.symptoms import recognise
from tests.knowledge.rules.asking import NO_CREDENTIALS, REFUSED, ask, case_of, said, tried
from tests.knowledge.rules.scripts import GOOD, NOTHING, one
from tests.knowledge.rules.trusting import AFTER

REGION = "export AWS_REGION=eu-central-1"
FORM = "Provided region_name '{}' doesn't match a supported format."
ADDRESS = 'Could not connect to the endpoint URL: "https://sts.{}.amazonaws.com/"'
OFF = (
    "An error occurred (RegionDisabledException) when calling the AssumeRoleWithWebIdentity operation: STS "
    "is not activated in this region for account:123456789012.  Your account administrator can activate STS "
    "in this region using the IAM Console."
)
MALFORMED = (
    "An error occurred (InvalidToken) when calling the PutObject operation: The provided token is malformed "
    "or otherwise invalid."
)


def alone(paste: str) -> CaseFile:
    text = redact(paste).text
    return CaseFile(symptoms=recognise(text), paste=text)


def in_region(region: str) -> str:
    return one(f"export AWS_REGION={region}", *(line for line in GOOD if "REGION" not in line))


@pytest.mark.parametrize(
    ("text", "region", "verdict"),
    [
        (FORM, "eu_west_1", Verdict.CONFIRMED),
        (FORM, "Europe (Ireland)", Verdict.CONFIRMED),
        (ADDRESS, "EU-WEST-1", Verdict.CONFIRMED),
        (ADDRESS, "eu-central-1a", Verdict.CONFIRMED),
        (ADDRESS, "eu-west-9", Verdict.LIKELY),
        (ADDRESS, "eu-cental-1", Verdict.LIKELY),
        (ADDRESS, "eu-central-1", Verdict.POSSIBLE),
    ],
)
def test_the_text_names_the_region_and_its_form_decides(text: str, region: str, verdict: Verdict) -> None:
    (finding,) = aws_region_unknown.RULE.check(alone(text.format(region)), None)

    assert finding.verdict is verdict
    assert f"`{region}`" in finding.headline


def test_a_region_that_exists_is_a_matter_of_the_network() -> None:
    (finding,) = aws_region_unknown.RULE.check(alone(ADDRESS.format("eu-central-1")), None)

    assert "reaches no network" in finding.meaning
    assert finding.fixes[0].commands == ("curl -sS -o /dev/null https://sts.eu-central-1.amazonaws.com/",)


def test_a_misspelt_region_is_found_in_the_file_and_mended() -> None:
    case = case_of(in_region("eu-cental-1"), NOTHING, ADDRESS.format("eu-cental-1"))
    (finding,) = ask(aws_region_unknown.RULE, case)
    (fix,) = finding.fixes

    assert finding.evidence[1].excerpt == "export AWS_REGION=eu-cental-1"
    assert "- export AWS_REGION=eu-central-1\n" in (fix.file_after or "")
    assert said(aws_region_unknown.RULE, tried(case, fix)) == [Verdict.UNDETERMINED]


def test_a_region_that_nothing_of_the_step_gives_is_left_open() -> None:
    (finding,) = ask(aws_region_unknown.RULE, case_of(one(*GOOD), NOTHING, FORM.format("eu_west_1")))

    assert finding.verdict is Verdict.UNDETERMINED
    assert "says `eu-central-1`" in finding.meaning
    assert "its own configuration" in finding.meaning


def test_an_availability_zone_is_told_as_such() -> None:
    case = case_of(in_region("eu-central-1a"), NOTHING, ADDRESS.format("eu-central-1a"))
    (finding,) = ask(aws_region_unknown.RULE, case)

    assert finding.meaning == "It is an availability zone; its region is `eu-central-1`."


def test_an_option_of_the_command_is_a_place_too() -> None:
    line = "aws s3 ls --region eu-west-9"
    (finding,) = ask(aws_region_unknown.RULE, case_of(one(line), NOTHING, ADDRESS.format("eu-west-9")))

    assert finding.evidence[1].excerpt == line
    assert finding.evidence[1].sentence == "It is given on line 7."


@pytest.mark.parametrize("paste", ["", REFUSED, NO_CREDENTIALS, OFF])
def test_other_texts_say_nothing_of_a_name(paste: str) -> None:
    assert said(aws_region_unknown.RULE, case_of(in_region("eu-cental-1"), NOTHING, paste)) == []


def test_a_region_in_which_sts_is_off_is_confirmed_by_the_text() -> None:
    (finding,) = ask(aws_region_disabled.RULE, case_of(in_region("af-south-1"), NOTHING, OFF))

    assert finding.verdict is Verdict.CONFIRMED
    assert finding.headline == ("STS is not switched on in region `af-south-1` for account `123456789012`.")
    assert finding.fixes[0].commands == ("aws account enable-region --region-name af-south-1",)


def test_a_session_of_the_global_endpoint_is_likely_by_the_text() -> None:
    (finding,) = aws_region_disabled.RULE.check(alone(MALFORMED), None)

    assert finding.verdict is Verdict.LIKELY
    assert "`AWS_STS_REGIONAL_ENDPOINTS`" in finding.fixes[0].steps[0]


@pytest.mark.parametrize(
    ("partition", "region", "verdicts"),
    [
        ("aws-us-gov", "eu-central-1", [Verdict.LIKELY]),
        ("aws-cn", "eu-central-1", [Verdict.LIKELY]),
        ("aws", "cn-north-1", [Verdict.LIKELY]),
        ("aws", "us-gov-west-1", [Verdict.LIKELY]),
        ("aws-us-gov", "us-gov-west-1", []),
        ("aws-cn", "cn-northwest-1", []),
        ("aws", "eu-central-1", []),
        ("aws", "not_a_region", []),
        ("aws", "$REGION", []),
    ],
)
def test_role_and_region_are_compared_by_their_partition(
    partition: str, region: str, verdicts: list[Verdict]
) -> None:
    file = in_region(region).replace("arn:aws:iam", f"arn:{partition}:iam")

    assert said(aws_partition_mismatch.RULE, case_of(file, NOTHING)) == verdicts


def test_a_command_for_the_roles_own_partition_is_enough() -> None:
    file = in_region("eu-central-1").replace("arn:aws:iam", "arn:aws-cn:iam")
    file = file.replace("aws s3", "aws --region cn-north-1 s3", 1)

    assert said(aws_partition_mismatch.RULE, case_of(file, NOTHING)) == []


def test_after_a_login_that_worked_the_partition_is_no_matter() -> None:
    file = in_region("eu-central-1").replace("arn:aws:iam", "arn:aws-cn:iam")

    assert said(aws_partition_mismatch.RULE, case_of(file, NOTHING, AFTER)) == []


def test_every_known_region_is_well_formed_and_has_a_partition() -> None:
    assert [name for name in KNOWN if not well_formed(name)] == []
    assert {partition_of(name) for name in KNOWN} == {
        "aws",
        "aws-cn",
        "aws-us-gov",
        "aws-iso",
        "aws-iso-b",
        "aws-iso-e",
        "aws-iso-f",
        "aws-eusc",
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("eu_west_1", "eu-west-1"),
        ("eu-west1", "eu-west-1"),
        ("US East 1", "us-east-1"),
        ("eu-centarl-1", "eu-central-1"),
        ("eu-west-9", None),
        ("Europe (Ireland)", None),
        ("", None),
    ],
)
def test_a_misspelt_region_is_taken_for_the_only_one_it_can_be(written: str, meant: str | None) -> None:
    assert meant_by(written) == meant
