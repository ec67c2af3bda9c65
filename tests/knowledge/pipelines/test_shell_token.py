"""Where a script writes the token, mentions it, and what it hands on to later steps."""

from __future__ import annotations

import pytest

from knowledge.location import Position
from knowledge.pipelines.shell import read_script
from tests.knowledge.pipelines.shell_reading import TOKEN, pipe, read

WRITES = [
    (f"echo {TOKEN} > f", "f", ""),
    (f'echo -n "{TOKEN}" >f', "f", ""),
    ('echo "${BITBUCKET_STEP_OIDC_TOKEN}" > "$(pwd)/f"', '"$(pwd)/f"', ""),
    (f'printf \'%s\' "{TOKEN}" > "$AWS_WEB_IDENTITY_TOKEN_FILE"', '"$AWS_WEB_IDENTITY_TOKEN_FILE"', ""),
    (f'printf "%s\\n" "{TOKEN}" >> f', "f", "append"),
    (f'printf "{TOKEN}" > f', "f", ""),
    (f"echo {TOKEN} | tee f", "f", ""),
    (f"echo {TOKEN} | tee -a f > /dev/null", "f", "append"),
    (f"echo {TOKEN} | sudo tee f", "f", ""),
    (f"echo {TOKEN} | tr -d '\\n' > f", "f", ""),
    (f"cat <<EOF > f\n{TOKEN}\nEOF", "f", ""),
    (f"cat > f <<EOF\n{TOKEN}\nEOF", "f", ""),
    (f"cat <<< {TOKEN} > f", "f", ""),
    (f'tee f <<< "{TOKEN}"', "f", ""),
    ("printenv BITBUCKET_STEP_OIDC_TOKEN > f", "f", ""),
    (f"(umask 077 && printf '%s' \"{TOKEN}\" > f)", "f", ""),
    (f"mkdir -p d && echo {TOKEN} > d/f && chmod 600 d/f", "d/f", ""),
    (f"{{ echo {TOKEN}; }} > f", "f", ""),
    (f"> f echo {TOKEN}", "f", ""),
    (f"if true; then echo {TOKEN} > f; fi", "f", ""),
    (f"bash -c 'echo {TOKEN} > f'", "f", ""),
    (f"T={TOKEN}; echo $T > f", "f", ""),
    (f"echo '{TOKEN}' > f", "f", "literal"),
    ("echo BITBUCKET_STEP_OIDC_TOKEN > f", "f", "literal"),
    ('echo "BITBUCKET_STEP_OIDC_TOKEN" > f', "f", "literal"),
    (f"echo \\{TOKEN} > f", "f", "literal"),
    (f"cat <<'EOF' > f\n{TOKEN}\nEOF", "f", "literal"),
]


@pytest.mark.parametrize(("text", "target", "how"), WRITES)
def test_forms_of_writing_the_token(text: str, target: str, how: str) -> None:
    (write,) = read(text).token_writes
    assert (write.target, write.literal, write.append) == (target, how == "literal", how == "append")


@pytest.mark.parametrize(
    "text",
    [
        f"echo {TOKEN}",
        f"echo {TOKEN} > /dev/null",
        f"echo {TOKEN} >&2",
        f'echo "token={TOKEN}" >> .env',
        f"echo {TOKEN} | cut -d. -f2 | base64 -d > claims.json",
        f"echo {TOKEN} | wc -c > size",
        f'curl -H "Authorization: Bearer {TOKEN}" https://sts.example.org > answer.json',
        f'[ -n "{TOKEN}" ] && echo yes > f',
        f"echo {TOKEN} 2> errors",
        f"echo start && echo {TOKEN} | cut -c1-5 && echo end > f",
        "echo $OTHER > f",
        "echo 'the BITBUCKET_STEP_OIDC_TOKEN is missing' > f",
        f"# echo {TOKEN} > f",
    ],
)
def test_what_leaves_no_file_with_the_token_alone(text: str) -> None:
    assert read(text).token_writes == ()


def test_a_write_stands_where_its_command_begins_and_quotes_its_line() -> None:
    (write,) = read(f"mkdir d\n  echo {TOKEN} > d/f # keep").token_writes
    assert (write.at, write.text) == (Position(11, 3), f"echo {TOKEN} > d/f # keep")


def test_writes_are_told_in_the_order_in_which_they_run() -> None:
    first, second = read(f"echo {TOKEN} > f", f"echo {TOKEN} > g").token_writes
    assert [first.target, second.target] == ["f", "g"]


def test_every_expansion_is_a_mention_and_nothing_else_is() -> None:
    script = read(
        f"echo {TOKEN} '{TOKEN}'",
        'x "${BITBUCKET_STEP_OIDC_TOKEN:-}"',
        f"cat <<E\n{TOKEN}\nE",
        f"cat <<'E'\n{TOKEN}\nE",
        f"# {TOKEN}",
    )
    assert script.token_mentions == (Position(10, 16), Position(20, 14), Position(31, 1))


def test_a_token_handed_to_a_pipe_is_a_mention() -> None:
    script = read_script([], (pipe("acme/login", TOKEN=TOKEN),))
    assert script.token_mentions == (Position(5, 11),)
    assert script.variables_used == ("BITBUCKET_STEP_OIDC_TOKEN",)


PATH = "$BITBUCKET_PIPELINES_VARIABLES_PATH"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"echo A=b >> {PATH}", ["A"]),
        (f'echo "A=$B" >> "{PATH}"', ["A"]),
        ("echo A=$(cmd) >> ${BITBUCKET_PIPELINES_VARIABLES_PATH}", ["A"]),
        (f"printf 'A=%s\\nB=%s\\n' 1 2 >> {PATH}", ["A", "B"]),
        (f"cat <<E >> {PATH}\nA=1\nB=$C\nE", ["A", "B"]),
        (f"{{ echo A=1; echo B=2; }} >> {PATH}", ["A", "B"]),
        (f"echo A=1 | tee -a {PATH}", ["A"]),
        (f"if x; then\n  echo A=1 >> {PATH}\nfi", ["A"]),
        (f"cat {PATH}", []),
        ("echo A=b >> build.env", []),
        (f"echo done >> {PATH}", []),
    ],
)
def test_names_handed_on_to_later_steps(text: str, names: list[str]) -> None:
    assert [name for name, _ in read(text).carried_out] == names
