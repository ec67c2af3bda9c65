"""Names that are typed almost right: how far apart, and which are near enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.near import distance, near

FEW = st.text("abcd_x", max_size=8)


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("oidc", "oidc", 0),
        ("odic", "oidc", 1),
        ("oidcc", "oidc", 1),
        ("idc", "oidc", 1),
        ("oido", "oidc", 1),
        ("odicc", "oidc", 2),
        ("abcd", "wxyz", 4),
        ("", "abc", 3),
        ("", "abcd", 4),
        ("awsrolearn", "awsrolearm", 1),
        ("awsrolearn", "awsoidcrolearn", 4),
    ],
)
def test_changes_are_counted_up_to_the_limit(one: str, other: str, far: int) -> None:
    assert distance(one, other, 3) == far
    assert distance(other, one, 3) == far


@given(FEW, FEW, st.integers(0, 3))
def test_a_limit_cuts_off_and_changes_nothing_else(one: str, other: str, limit: int) -> None:
    assert distance(one, other, limit) == min(distance(one, other, 9), limit + 1)


def test_the_nearest_comes_first_and_the_name_itself_not_at_all() -> None:
    candidates = ["AWS_ROLE_ARN", "AWS_ROLE_ARM", "aws-role-arn", "AWS_REGION"]

    assert near("AWS_ROLE_ARN", candidates) == ("aws-role-arn", "AWS_ROLE_ARM")
