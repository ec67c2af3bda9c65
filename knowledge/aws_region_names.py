"""How AWS names its regions, and which partition each belongs to.

The names, as the AWS SDK for Python 1.43 lists them: https://docs.aws.amazon.com/general/latest/gr/sts.html
New ones come every year, so a name that is not here is only likely to be none.
"""

from __future__ import annotations

import re

from knowledge.near import near

_NAMES = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6
ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2
eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1
us-east-2 us-west-1 us-west-2 cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 us-iso-east-1
us-iso-west-1 us-isob-east-1 us-isob-west-1 eu-isoe-west-1 us-isof-east-1 us-isof-south-1
eusc-de-east-1
"""
KNOWN = frozenset(_NAMES.split())
_FORM = re.compile(r"[a-z]{2,4}(?:-(?:gov|iso[a-z]?|[a-z]{2}))?-[a-z]{4,10}-[1-9]")
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
)


def well_formed(text: str) -> bool:
    """Whether the text is written as a region is, known or not."""
    return _FORM.fullmatch(text) is not None


def partition_of(region: str) -> str | None:
    """The partition of a region; None for a text that is not written as one."""
    if not well_formed(region):
        return None
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def meant_by(text: str) -> str | None:
    """The one region that a misspelt text is nearest to; None when there are several, or none."""
    bare = re.sub(r"[\s_]+", "-", text.strip().strip("\"'").lower())
    joined = bare.replace("-", "")
    same = [name for name in KNOWN if name.replace("-", "") == joined]
    found = same or near(bare, KNOWN, limit=1)
    return found[0] if len(found) == 1 else None
