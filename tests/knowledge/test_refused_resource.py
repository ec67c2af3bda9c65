"""The resource of a refused call: told whole, or not at all."""

from __future__ import annotations

import pytest

from knowledge.redact import redact
from knowledge.symptoms import recognise

REFUSED = (
    "User: arn:aws:sts::123456789012:assumed-role/deploy/ci is not authorized to perform: "
    "s3:PutObject on resource: "
)
WHY = " because no identity-based policy allows the s3:PutObject action"
NOTES = "arn:aws:s3:::acme/release notes/v 1.txt"


@pytest.mark.parametrize(
    ("written", "resource"),
    [
        (f'"{NOTES}"{WHY}', NOTES),
        (f'\\"{NOTES}\\"{WHY}', NOTES),
        (f"{NOTES}{WHY}", NOTES),
        (f"{NOTES} with an explicit deny in an identity-based policy", NOTES),
        (f'"{NOTES}"', NOTES),
        # Where it ends is not certain, and a part of it is another resource.
        (NOTES, None),
        (f'"{NOTES}', None),
        ('"arn:aws:s3:::acme/release\n  notes.txt"' + WHY, None),
        ("arn:aws:s3:::acme/a (Service: S3, Status Code: 403)", "arn:aws:s3:::acme/a"),
        (
            "arn:aws:ecs:eu-west-1:123456789012:service/x\nDone",
            "arn:aws:ecs:eu-west-1:123456789012:service/x",
        ),
        ("arn:aws:s3:::acme/a", "arn:aws:s3:::acme/a"),
        (f"*{WHY}", "*"),
    ],
)
def test_a_resource_with_blanks_is_told_whole_or_not_at_all(written: str, resource: str | None) -> None:
    (symptom,) = recognise(redact(f"{REFUSED}{written}").text)

    assert symptom.fields.get("resource") == resource
