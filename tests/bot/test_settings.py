"""Settings: all problems at once, by name, never by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-canary-1",
    "SLACK_SIGNING_SECRET": "canary-2",
    "CI_HELP_CHANNELS": "C0CIHELP, C0OTHER",
    "BITBUCKET_TOKEN": "canary-3",
    "BITBUCKET_WORKSPACES": "Acme, beta/tool",
}


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({**GOOD, **changes})
    return caught.value.problems


def test_the_smallest_good_settings_have_the_documented_defaults() -> None:
    settings = Settings.from_mapping(GOOD)

    assert settings.channels == ("C0CIHELP", "C0OTHER")
    assert settings.workspaces == ("acme", "beta/tool")
    assert settings.port == 3000
    assert settings.host == "0.0.0.0"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.slack_hooks_url == "https://hooks.slack.com/"
    assert settings.slack_files_url == "https://files.slack.com/"
    assert settings.bitbucket_api_url == "https://api.bitbucket.org/2.0"
    assert settings.database_url.get_secret_value() == "sqlite:///rolecall.db"
    assert settings.log_level == "INFO"
    assert not settings.socket_mode


def test_an_app_token_means_socket_mode_even_beside_a_signing_secret() -> None:
    assert Settings.from_mapping({**GOOD, "SLACK_APP_TOKEN": "xapp-1"}).socket_mode


def test_everything_missing_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping({})

    assert caught.value.problems == [
        "BITBUCKET_TOKEN: is required (or BITBUCKET_OAUTH_KEY with BITBUCKET_OAUTH_SECRET)",
        "SLACK_BOT_TOKEN: is required",
        "CI_HELP_CHANNELS: is required",
        "BITBUCKET_WORKSPACES: is required",
        (
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET: one of them is needed "
            "(Socket Mode with the first, HTTP with the second)"
        ),
    ]


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        ({"BITBUCKET_OAUTH_KEY": "k", "BITBUCKET_OAUTH_SECRET": "canary"}, []),
        (
            {"BITBUCKET_OAUTH_KEY": "k", "BITBUCKET_TOKEN": ""},
            ["BITBUCKET_OAUTH_SECRET: is required, as its other half is set"],
        ),
        (
            {"BITBUCKET_OAUTH_SECRET": "canary"},
            ["BITBUCKET_OAUTH_KEY: is required, as its other half is set"],
        ),
        (
            {"BITBUCKET_TOKEN": "canary", "BITBUCKET_OAUTH_KEY": "k", "BITBUCKET_OAUTH_SECRET": "canary"},
            ["BITBUCKET_TOKEN, BITBUCKET_OAUTH_KEY: only one of them can be used"],
        ),
        (
            {
                "BITBUCKET_OAUTH_KEY": "k",
                "BITBUCKET_OAUTH_SECRET": "canary",
                "BITBUCKET_OAUTH_URL": "https://bitbucket.org.evil.example/site/oauth2/access_token",
            },
            [
                (
                    "BITBUCKET_OAUTH_URL: must be https://bitbucket.org/site/oauth2/access_token "
                    "(another address only on loopback hosts)"
                )
            ],
        ),
        (
            {
                "BITBUCKET_OAUTH_KEY": "k",
                "BITBUCKET_OAUTH_SECRET": "canary",
                "BITBUCKET_OAUTH_URL": "http://127.0.0.1:9/token",
            },
            [],
        ),
    ],
)
def test_one_way_to_log_in_to_bitbucket_is_needed(given: dict[str, str], problems: list[str]) -> None:
    settings = {**GOOD, "BITBUCKET_TOKEN": "", **given}
    if not problems:
        made = Settings.from_mapping(settings)
        assert made.oauth_key == "k"
        assert "canary" not in repr(made)
        return
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping(settings)
    assert caught.value.problems == problems


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-canary", "SLACK_BOT_TOKEN: must be a token that begins with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-canary", "SLACK_APP_TOKEN: must be a token that begins with xapp-"),
        ("PORT", "canary", "PORT: input should be a valid integer, unable to parse string as an integer"),
        ("PORT", "70000", "PORT: input should be less than or equal to 65535"),
        (
            "CI_HELP_CHANNELS",
            "#ci-help",
            "CI_HELP_CHANNELS: must list channel ids such as C0123ABCD, not names",
        ),
        ("CI_HELP_CHANNELS", " , ", "CI_HELP_CHANNELS: must list at least one channel id"),
        (
            "BITBUCKET_WORKSPACES",
            "a/b/c",
            "BITBUCKET_WORKSPACES: must list workspaces or workspace/repository, separated by commas",
        ),
        (
            "BITBUCKET_API_URL",
            "http://bitbucket.example/2.0",
            "BITBUCKET_API_URL: must be an https:// address (http:// only for loopback hosts)",
        ),
        ("SLACK_API_URL", "ftp://x", "SLACK_API_URL: must be an https:// address"),
        (
            "SLACK_HOOKS_URL",
            "https://user:canary@hooks.example/",
            "SLACK_HOOKS_URL: must not carry a user name or password",
        ),
        ("DATABASE_URL", "mysql://x", "DATABASE_URL: must begin with sqlite:/// or postgresql://"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        (
            "AWS_READ_ROLES",
            "arn:aws:iam::123456789012:user/canary",
            "AWS_READ_ROLES: must list role ARNs such as arn:aws:iam::123456789012:role/RolecallRead",
        ),
        (
            "AWS_READ_ROLES",
            "arn:aws:iam::123456789012:role/a,arn:aws:iam::123456789012:role/b",
            "AWS_READ_ROLES: must list one role an account",
        ),
        ("HOST", "a\x01canary", "HOST: must be a host's name or address such as 0.0.0.0"),
        ("HOST", "canary here", "HOST: must be a host's name or address such as 0.0.0.0"),
        ("AWS_REGION", "canary y/../", "AWS_REGION: must be a region such as eu-central-1"),
        ("AWS_DEFAULT_REGION", "canary.example", "AWS_DEFAULT_REGION: must be a region such as eu-central-1"),
        *(
            (name, value, f"{name}: must not hold line breaks or other control characters")
            for name, value in (
                ("DATABASE_URL", "sqlite:///a\ncanary.db"),
                ("DATABASE_URL", "postgresql://u:canary\x1b@127.0.0.1/x"),
                ("AWS_PROFILE", "a\x00canary"),
                ("AWS_CONFIG_FILE", "/a\u2028canary"),
            )
        ),
    ],
)
def test_each_bad_value_is_named_without_being_shown(name: str, value: str, sentence: str) -> None:
    found = problems(**{name: value})

    assert found == [sentence]
    assert "canary" not in " ".join(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "::1"),
        ("HOST", "fe80::1%eth0"),
        ("HOST", "rolecall.internal"),
        ("AWS_REGION", "us-gov-west-1"),
        ("AWS_PROFILE", "the team's own"),
        ("DATABASE_URL", "sqlite:////var/lib/my bot/rolecall.db"),
    ],
)
def test_what_is_odd_but_right_is_taken(name: str, value: str) -> None:
    made = Settings.from_mapping({**GOOD, name: value})
    kept = {"DATABASE_URL": made.database_url, **made.aws}
    assert (kept[name].get_secret_value() if name in kept else made.host) == value


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1", "[::1]:9"])
def test_plain_http_is_taken_for_loopback_hosts(host: str) -> None:
    assert (
        Settings.from_mapping({**GOOD, "SLACK_API_URL": f"http://{host}/api"}).slack_api_url
        == f"http://{host}/api/"
    )


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_SSO_OIDC"])
def test_an_address_of_aws_is_called_in_the_clear_on_loopback_only(name: str) -> None:
    refused = f"{name}: must be an https:// address (http:// only for loopback hosts)"

    assert problems(**{name: "http://aws.canary.example/"}) == [refused]
    assert problems(**{name: "http://[canary"}) == [f"{name}: must be an https:// address"]
    for good in ("https://aws.example/", "http://127.0.0.1:4566", "http://localhost:4566/"):
        assert Settings.from_mapping({**GOOD, name: good}).aws[name].get_secret_value() == good


SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-can{}ary",
    "SLACK_APP_TOKEN": "xapp-can{}ary",
    "SLACK_SIGNING_SECRET": "can{}ary",
    "BITBUCKET_TOKEN": "can{}ary",
    "BITBUCKET_EMAIL": "can{}ary@acme.example",
    "BITBUCKET_WRITE_TOKEN": "can{}ary",
    "BITBUCKET_WRITE_EMAIL": "can{}ary@acme.example",
    "AWS_ACCESS_KEY_ID": "CAN{}ARY",
    "AWS_SECRET_ACCESS_KEY": "can{}ary",
    "AWS_SESSION_TOKEN": "can{}ary",
}


@pytest.mark.parametrize("inside", ["\n", "\r\nX: y", " ", "\t", "\0", "\x7f", "ö", "\u200b"], ids=ascii)
@pytest.mark.parametrize("name", SECRETS)
def test_what_no_header_can_carry_is_refused(name: str, inside: str) -> None:
    assert problems(**{name: SECRETS[name].format(inside)}) == [
        f"{name}: must be plain ASCII without blanks or line breaks inside"
    ]


@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {} ", "\t{}"], ids=ascii)
def test_what_a_secret_store_leaves_around_a_value_is_none_of_it_and_is_named(around: str) -> None:
    values = {name: value.format("") for name, value in SECRETS.items()}
    settings = Settings.from_mapping(
        {**GOOD, **{name: around.format(value) for name, value in values.items()}, "OTHER": " x "}
    )

    assert settings.bot_token.get_secret_value() == values["SLACK_BOT_TOKEN"]
    assert settings.bitbucket_token is not None
    assert settings.bitbucket_token.get_secret_value() == values["BITBUCKET_TOKEN"]
    assert settings.bitbucket_email == values["BITBUCKET_EMAIL"]
    assert settings.aws["AWS_SESSION_TOKEN"].get_secret_value() == values["AWS_SESSION_TOKEN"]
    assert set(settings.trimmed) == set(SECRETS)
    assert Settings.from_mapping({**GOOD, **values}).trimmed == ()


@pytest.mark.parametrize(
    "value", ["https://slack.example/\napi", "https://slack.exämple/", "https://x:99999/"]
)
def test_an_address_that_cannot_be_called_is_refused(value: str) -> None:
    assert problems(SLACK_API_URL=value) == ["SLACK_API_URL: must be an https:// address"]


def test_what_is_wrong_is_said_all_at_once() -> None:
    found = problems(SLACK_BOT_TOKEN="xoxb-a\nb", AWS_ENDPOINT_URL="http://aws.example", PORT="x")

    assert sorted(sentence.partition(":")[0] for sentence in found) == [
        "AWS_ENDPOINT_URL",
        "PORT",
        "SLACK_BOT_TOKEN",
    ]


def test_secrets_do_not_show_in_repr_or_errors() -> None:
    further = {"DATABASE_URL": "postgresql://u:canary-4@h/d", "AWS_SECRET_ACCESS_KEY": "canary-5"}
    settings = Settings.from_mapping({**GOOD, **further})

    assert "canary" not in repr(settings)
    assert "canary" not in str(SettingsError(problems(PORT="canary")))


def test_the_configuration_file_maps_channels_to_repositories(tmp_path: Path) -> None:
    config = tmp_path / "rolecall.yml"
    config.write_text("channels:\n  C0CIHELP: [Acme/widget]\n  C0OTHER: acme\n")

    settings = Settings.from_mapping({**GOOD, "ROLECALL_CONFIG": str(config)})

    assert settings.channel_repositories == {"C0CIHELP": ("acme/widget",), "C0OTHER": ("acme",)}


NO_CHANNELS = "ROLECALL_CONFIG: `channels` must map channel ids to lists of workspaces and repositories"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("channels: [", "ROLECALL_CONFIG: the file is not valid YAML (line 1, column 12)"),
        ("colour: red", "ROLECALL_CONFIG: must be a mapping with the keys `channels` and `shared_channels`"),
        ("shared_channels: C1", "ROLECALL_CONFIG: `shared_channels` must list channel ids"),
        ("shared_channels: [1]", "ROLECALL_CONFIG: `shared_channels` must list channel ids"),
        ("shared_channels: ['#ci-help']", "ROLECALL_CONFIG: `shared_channels` must list channel ids"),
        ("channels: 3", NO_CHANNELS),
        ("channels: {ci-help: [acme/widget]}", NO_CHANNELS),
        ("channels: {1: [acme/widget]}", NO_CHANNELS),
        ("channels: {C0CIHELP: [acme/widget/main]}", NO_CHANNELS),
        ("channels: {C0CIHELP: ['https://bitbucket.org/acme']}", NO_CHANNELS),
    ],
)
def test_a_broken_configuration_file_is_said(tmp_path: Path, content: str, sentence: str) -> None:
    config = tmp_path / "rolecall.yml"
    config.write_text(content)

    assert problems(ROLECALL_CONFIG=str(config)) == [sentence]


@pytest.mark.parametrize("inside", ["\0", "\n", "\x1b"], ids=ascii)
def test_a_configuration_file_that_no_path_can_name_is_refused(inside: str) -> None:
    assert problems(ROLECALL_CONFIG=f"role{inside}call.yml") == [
        "ROLECALL_CONFIG: must not hold line breaks or other control characters"
    ]


def test_a_missing_configuration_file_is_said(tmp_path: Path) -> None:
    assert problems(ROLECALL_CONFIG=str(tmp_path / "no.yml")) == ["ROLECALL_CONFIG: the file cannot be read"]
